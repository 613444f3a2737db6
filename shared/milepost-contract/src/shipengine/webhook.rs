use form_urlencoded::Serializer;
use milepost_model::Parcel;
use serde::{Deserialize, Serialize};

use crate::shipengine::{TimeStyle, TrackingEvent, TrackingLog, UNCONNECTED_CARRIER_ID};

/// The body of ShipEngine's `track` webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackWebhook {
    /// Where to ask for the same. Receivers take the carrier from it, for `data` does not name it.
    pub resource_url: String,
    /// Always `API_TRACK`.
    pub resource_type: String,
    /// The parcel.
    pub data: TrackData,
}

/// The parcel in a [`TrackWebhook`]: like the [`TrackingLog`], with the keys that ShipEngine sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackData {
    /// Always `null`: the hub makes no labels.
    pub label_url: Option<String>,
    /// Canonical.
    pub tracking_number: String,
    /// Two letters.
    pub status_code: String,
    /// The carrier's more specific code.
    pub carrier_detail_code: Option<String>,
    /// The words for [`TrackData::status_code`].
    pub status_description: String,
    /// The carrier's code; `""` while the carrier has sent none.
    pub carrier_status_code: String,
    /// The carrier's words.
    pub carrier_status_description: String,
    /// When it was shipped.
    pub ship_date: Option<String>,
    /// When the carrier expects to deliver.
    pub estimated_delivery_date: Option<String>,
    /// When it was delivered, where the carrier states that beside its events.
    pub actual_delivery_date: Option<String>,
    /// What went wrong, in words.
    pub exception_description: Option<String>,
    /// The whole history, newest first, and not only what is new.
    pub events: Vec<TrackingEvent>,
}

impl TrackWebhook {
    /// The message about a parcel. `public_base` is the address by which callers reach the hub, such as
    /// `https://track.example.com`, with or without a slash at its end.
    pub fn of(parcel: &Parcel, public_base: &str, style: TimeStyle) -> Self {
        let query = Serializer::new(String::new())
            .append_pair("carrier_code", parcel.carrier.as_str())
            .append_pair("tracking_number", parcel.number.as_str())
            .finish();
        Self {
            resource_url: format!("{}/v1/tracking?{query}", public_base.trim_end_matches('/')),
            resource_type: "API_TRACK".to_owned(),
            // The message has no carrier_id.
            data: TrackData::of(TrackingLog::of(parcel, UNCONNECTED_CARRIER_ID, style)),
        }
    }
}

impl TrackData {
    fn of(log: TrackingLog) -> Self {
        Self {
            label_url: None,
            tracking_number: log.tracking_number,
            status_code: log.status_code,
            carrier_detail_code: log.carrier_detail_code,
            status_description: log.status_description,
            carrier_status_code: log.carrier_status_code,
            carrier_status_description: log.carrier_status_description,
            ship_date: log.ship_date,
            estimated_delivery_date: log.estimated_delivery_date,
            actual_delivery_date: log.actual_delivery_date,
            exception_description: log.exception_description,
            events: log.events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{CarrierCode, TrackingNumber};

    #[test]
    fn resource_url() {
        for (base, number, expect) in [
            (
                "https://track.example.com",
                "AB/12-3_4.5",
                "https://track.example.com/v1/tracking?carrier_code=dhl_express&tracking_number=AB%2F12-3_4.5",
            ),
            (
                "http://127.0.0.1:8080/hub/",
                "94055118",
                "http://127.0.0.1:8080/hub/v1/tracking?carrier_code=dhl_express&tracking_number=94055118",
            ),
        ] {
            let carrier = CarrierCode::parse("dhl_express").unwrap();
            let parcel = Parcel::unknown(TrackingNumber::parse(number).unwrap(), carrier);
            assert_eq!(TrackWebhook::of(&parcel, base, TimeStyle::Exact).resource_url, expect);
        }
    }
}
