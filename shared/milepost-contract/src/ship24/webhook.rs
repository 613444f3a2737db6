use jiff::Timestamp;
use milepost_model::{EventIdentity, Parcel, Tracker};
use serde::{Deserialize, Serialize};

use super::event::EventJson;
use super::time;
use super::timeline::timeline;
use crate::ship24::{ShipmentJson, StatisticsJson, WebhookTrackerJson};

/// The topic of news about tracking.
const TOPIC: &str = "tracking/events";

/// The body of Ship24's webhook: without the wrapping that its answers have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingsWebhook {
    /// One at least.
    pub trackings: Vec<TrackingNews>,
}

/// News of one tracker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackingNews {
    /// About the message.
    pub metadata: MetadataJson,
    /// The tracker.
    pub tracker: WebhookTrackerJson,
    /// The shipment as a whole, as it is now.
    pub shipment: ShipmentJson,
    /// The events that are new, newest first.
    pub events: Vec<EventJson>,
    /// When it came how far.
    pub statistics: StatisticsJson,
}

/// About a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MetadataJson {
    /// UTC, with milliseconds.
    pub generated_at: String,
    /// The same at every attempt.
    pub message_id: String,
    /// Always `tracking/events`.
    pub topic: String,
}

impl TrackingNews {
    /// News of a tracker: of what its carriers know, only the events named.
    pub fn of(
        tracker: &Tracker,
        parcels: &[Parcel],
        new: &[EventIdentity],
        message_id: &str,
        generated: Timestamp,
    ) -> Self {
        let placed = timeline(parcels);
        let shown = placed
            .iter()
            .rev()
            .filter(|placed| new.contains(&placed.event.identity));
        Self {
            metadata: MetadataJson {
                generated_at: time::milliseconds(generated),
                message_id: message_id.to_owned(),
                topic: TOPIC.to_owned(),
            },
            tracker: WebhookTrackerJson::of(tracker),
            shipment: ShipmentJson::of(tracker, parcels),
            events: shown.map(EventJson::of).collect(),
            statistics: StatisticsJson::of(&placed, parcels),
        }
    }
}
