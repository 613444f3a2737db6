use milepost_model::{LabelId, Parcel, Status};
use serde::{Deserialize, Serialize};

use super::{TimeStyle, TrackingLog};

/// `GET /v1/labels/{label_id}/track`: where the parcel of a label is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LabelTracking {
    /// The label.
    pub label_id: String,
    /// The status in the fewer words of ShipEngine's labels: `unknown`, `in_transit`, `error`, `delivered` or
    /// `delivered_to_service_point`.
    pub tracking_status: String,
    /// What `GET /v1/tracking` answers of the parcel.
    #[serde(flatten)]
    pub log: TrackingLog,
}

impl LabelTracking {
    /// Of a parcel.
    pub fn of(label: &LabelId, parcel: &Parcel, carrier_id: i32, style: TimeStyle) -> Self {
        Self {
            label_id: label.to_string(),
            tracking_status: tracking_status(parcel.status).to_owned(),
            log: TrackingLog::of(parcel, carrier_id, style),
        }
    }
}

/// A label has no word for what is accepted or was attempted: it is on its way.
fn tracking_status(status: Status) -> &'static str {
    match status {
        Status::Unknown => "unknown",
        Status::Exception => "error",
        Status::Delivered => "delivered",
        Status::DeliveredToServicePoint => "delivered_to_service_point",
        _ => "in_transit",
    }
}
