use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;
use milepost_model::{Parcel, Tracker};
use serde::{Deserialize, Serialize};

use super::event::EventJson;
use super::timeline::{status_of_all, timeline};
use crate::ship24::{ShipmentJson, TrackerJson};

const DAY_MS: i64 = 86_400_000;

/// One line of `GET /v1/trackers/export`: a tracker, and what has become of its parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrackerLine {
    /// A UUID.
    pub tracker_id: String,
    /// Canonical.
    pub tracking_number: String,
    /// The owner's reference.
    pub shipment_reference: Option<String>,
    /// The owner's own name for the tracker.
    pub client_tracker_id: Option<String>,
    /// The number of the owner's order.
    pub order_number: Option<String>,
    /// What the owner calls the order.
    pub title: Option<String>,
    /// The couriers that know the parcel, in Ship24's codes.
    pub courier_code: Vec<String>,
    /// Whether its owner wants it.
    pub is_subscribed: bool,
    /// Whether more is expected.
    pub is_tracked: bool,
    /// UTC, with milliseconds.
    pub created_at: String,
    /// How far the shipment is.
    pub status_milestone: String,
    /// What happened last, in Ship24's codes.
    pub status_code: Option<String>,
    /// When that was; `null` while nothing has happened.
    pub last_event_datetime: Option<String>,
    /// The carrier's words for it.
    pub last_event: Option<String>,
    /// Whole days since then, or since the tracker's creation while nothing has happened.
    pub silent_days: i64,
    /// When the carrier expects to deliver.
    pub estimated_delivery_date: Option<String>,
    /// Whether that day has passed and more is still expected.
    pub is_late: bool,
}

impl TrackerLine {
    /// Of a tracker and what each of its carriers knows, at an instant.
    pub fn of(tracker: &Tracker, parcels: &[Parcel], now: Timestamp) -> Self {
        let json = TrackerJson::of(tracker, status_of_all(parcels));
        let shipment = ShipmentJson::of(tracker, parcels);
        let newest = timeline(parcels).pop();
        let last = newest.as_ref().map(EventJson::of);
        let heard = newest.map_or(tracker.created, |placed| placed.event.sort_instant());
        let heard_ms = heard.as_millisecond();
        let estimate = shipment.delivery.estimated_delivery_date;
        let due = estimate
            .as_deref()
            .and_then(|estimate| Some(Pieces::parse(estimate).ok()?.date()));
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut couriers: Vec<String> = parcels
            .iter()
            .map(|parcel| crate::ship24::courier_code(parcel.carrier.as_str()))
            .collect();
        couriers.dedup();
        Self {
            tracker_id: json.tracker_id,
            tracking_number: json.tracking_number,
            shipment_reference: json.shipment_reference,
            client_tracker_id: json.client_tracker_id,
            order_number: tracker.order_number.clone(),
            title: tracker.title.clone(),
            courier_code: couriers,
            is_subscribed: json.is_subscribed,
            is_tracked: json.is_tracked,
            created_at: json.created_at,
            status_milestone: shipment.status_milestone,
            status_code: shipment.status_code,
            last_event_datetime: last.as_ref().map(|event| event.occurrence_datetime.clone()),
            last_event: last.and_then(|event| event.status),
            silent_days: ((now.as_millisecond() - heard_ms) / DAY_MS).max(0),
            is_late: json.is_tracked && due.is_some_and(|due| due < today),
            estimated_delivery_date: estimate,
        }
    }
}
