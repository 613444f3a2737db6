use milepost_model::{FactName, Parcel, ParcelEvent};
use serde::{Deserialize, Serialize};

use crate::shipengine::TimeStyle;

/// `carrier_id` in answers about a carrier of which the account has no connection. Connections are numbered from 1, so it
/// is none of theirs.
pub const UNCONNECTED_CARRIER_ID: i32 = 0;

/// What `GET /v1/tracking` answers.
///
/// Every key of ShipEngine's OpenAPI document is always there, those of its published example in the example's order.
/// As in that example a text that is not known is `""`, and a code, date or coordinate that is not known is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingLog {
    /// Canonical: upper case, without spaces.
    pub tracking_number: String,
    /// The carrier's page about the parcel; `""` where the carrier has none.
    pub tracking_url: String,
    /// Two letters: UN AC IT DE EX AT NY SP.
    pub status_code: String,
    /// The carrier by its own code, where an alias was asked for too.
    pub carrier_code: String,
    /// The number of the account's connection, else [`UNCONNECTED_CARRIER_ID`].
    pub carrier_id: i32,
    /// The carrier's more specific code.
    pub carrier_detail_code: Option<String>,
    /// The words for [`TrackingLog::status_code`].
    pub status_description: String,
    /// The carrier's code; `""` while the carrier has sent none. The OpenAPI document asks for a character, but any
    /// character would pass for the carrier's.
    pub carrier_status_code: String,
    /// The carrier's words.
    pub carrier_status_description: String,
    /// When it was shipped: see [`TimeStyle`] for its zone. So also the next two.
    pub ship_date: Option<String>,
    /// When the carrier expects to deliver; `null` where the carrier's estimate is words and not a time.
    pub estimated_delivery_date: Option<String>,
    /// When it was delivered, where the carrier states that beside its events.
    pub actual_delivery_date: Option<String>,
    /// What went wrong, in words.
    pub exception_description: Option<String>,
    /// One of the 75 detail codes.
    pub status_detail_code: Option<String>,
    /// The words for it.
    pub status_detail_description: Option<String>,
    /// Newest first.
    pub events: Vec<TrackingEvent>,
}

/// One event of a [`TrackingLog`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingEvent {
    /// When, in UTC as far as that is known: see [`TimeStyle`].
    pub occurred_at: String,
    /// When by the carrier's clock, without a zone.
    pub carrier_occurred_at: String,
    /// The carrier's words.
    pub description: String,
    /// City or facility.
    pub city_locality: String,
    /// State, province or region.
    pub state_province: String,
    /// Postal code.
    pub postal_code: String,
    /// As the carrier wrote it: mostly two letters.
    pub country_code: String,
    /// The company at the place.
    pub company_name: String,
    /// Who signed.
    pub signer: String,
    /// The carrier's code.
    pub event_code: String,
    /// The carrier's more specific code.
    pub carrier_detail_code: Option<String>,
    /// Two letters; `null` where the carrier's code is not mapped. The example has `null` everywhere.
    pub status_code: Option<String>,
    /// The words for it.
    pub status_description: Option<String>,
    /// The same as [`TrackingEvent::event_code`], as in the example.
    pub carrier_status_code: String,
    /// The same as [`TrackingEvent::description`], as in the example.
    pub carrier_status_description: String,
    /// Degrees, north positive.
    pub latitude: Option<f64>,
    /// Degrees, east positive.
    pub longitude: Option<f64>,
    /// One of the 75 detail codes.
    pub status_detail_code: Option<String>,
    /// The words for it.
    pub status_detail_description: Option<String>,
    /// Link to a proof of delivery.
    pub proof_of_delivery_url: Option<String>,
}

impl TrackingLog {
    /// What is answered about a parcel. Of an unknown number that is status `NY` and no events: it is no error.
    pub fn of(parcel: &Parcel, carrier_id: i32, style: TimeStyle) -> Self {
        let time = |name| parcel.fact(name).and_then(|written| style.fact(written));
        let carrier = milepost_carriers::carrier(&parcel.carrier);
        Self {
            tracking_number: parcel.number.to_string(),
            tracking_url: carrier
                .and_then(|carrier| carrier.tracking_url(&parcel.number))
                .unwrap_or_default(),
            status_code: parcel.status.code().to_owned(),
            carrier_code: parcel.carrier.to_string(),
            carrier_id,
            carrier_detail_code: known(&parcel.carrier_detail_code),
            status_description: milepost_carriers::status_description(parcel.status).to_owned(),
            carrier_status_code: parcel.carrier_status_code.clone(),
            carrier_status_description: parcel.carrier_status_description.clone(),
            ship_date: time(FactName::ShipDate),
            estimated_delivery_date: time(FactName::EstimatedDelivery),
            actual_delivery_date: time(FactName::ActualDelivery),
            exception_description: parcel.fact(FactName::ExceptionDescription).map(str::to_owned),
            status_detail_code: parcel.detail.map(|detail| detail.to_string()),
            status_detail_description: parcel
                .detail
                .map(|detail| milepost_carriers::detail_description(detail).to_owned()),
            events: parcel
                .events
                .iter()
                .map(|event| TrackingEvent::of(event, style))
                .collect(),
        }
    }
}

impl TrackingEvent {
    fn of(of_parcel: &ParcelEvent, style: TimeStyle) -> Self {
        let (event, reading) = (&of_parcel.event, &of_parcel.reading);
        Self {
            occurred_at: style.occurred_at(&event.time, reading),
            carrier_occurred_at: style.carrier_occurred_at(&event.time),
            description: event.description.clone(),
            city_locality: event.place.city.clone(),
            state_province: event.place.state.clone(),
            postal_code: event.place.postal_code.clone(),
            country_code: event.place.country.clone(),
            company_name: event.company.clone(),
            signer: event.signer.clone(),
            event_code: event.code.clone(),
            carrier_detail_code: known(&event.carrier_detail_code),
            status_code: reading.status.map(|status| status.code().to_owned()),
            status_description: reading
                .status
                .map(|status| milepost_carriers::status_description(status).to_owned()),
            carrier_status_code: event.code.clone(),
            carrier_status_description: event.description.clone(),
            latitude: reading.coordinates.map(|at| at.latitude),
            longitude: reading.coordinates.map(|at| at.longitude),
            status_detail_code: reading.detail.map(|detail| detail.to_string()),
            status_detail_description: reading
                .detail
                .map(|detail| milepost_carriers::detail_description(detail).to_owned()),
            proof_of_delivery_url: known(&event.proof_of_delivery_url),
        }
    }
}

/// The model's empty text as `null`.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
