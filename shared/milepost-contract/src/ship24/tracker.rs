use milepost_model::{CarrierCode, Follower, FollowerKind, Status, Tracker};
use serde::{Deserialize, Serialize};

use super::time;
use crate::ship24::courier_code;

/// A tracker as the API answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrackerJson {
    /// A UUID.
    pub tracker_id: String,
    /// Canonical: upper case, without spaces.
    pub tracking_number: String,
    /// The owner's reference.
    pub shipment_reference: Option<String>,
    /// The couriers that the owner named, in Ship24's codes; often none.
    pub courier_code: Vec<String>,
    /// The owner's own name for the tracker.
    pub client_tracker_id: Option<String>,
    /// Whether its owner wants it.
    pub is_subscribed: bool,
    /// Whether more is expected: `false` once the parcel was delivered, or its owner wants it no more.
    pub is_tracked: bool,
    /// UTC, with milliseconds.
    pub created_at: String,
}

/// A tracker as webhooks show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WebhookTrackerJson {
    /// A UUID.
    pub tracker_id: String,
    /// Canonical.
    pub tracking_number: String,
    /// The owner's reference.
    pub shipment_reference: Option<String>,
    /// The owner's own name for the tracker.
    pub client_tracker_id: Option<String>,
    /// Whether its owner wants it.
    pub is_subscribed: bool,
    /// UTC, with milliseconds.
    pub created_at: String,
}

/// The answer with one tracker that was created: `data.tracker`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackerAnswer {
    /// What Ship24 wraps every answer in.
    pub data: TrackerData,
}

/// What is in a [`TrackerAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackerData {
    /// The tracker.
    pub tracker: TrackerJson,
}

/// The answer with one tracker that was read or changed: the tracker in `data.tracker`, as Ship24's own SDK reads it,
/// and its fields at the top, as clients made from Ship24's OpenAPI document do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackerBoth {
    /// The tracker in its wrapping.
    pub data: TrackerData,
    /// The tracker bare.
    #[serde(flatten)]
    pub tracker: TrackerJson,
}

/// A page of the list of trackers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackersAnswer {
    /// What Ship24 wraps every answer in.
    pub data: TrackersData,
}

/// What is in a [`TrackersAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrackersData {
    /// In the order asked for.
    pub trackers: Vec<TrackerJson>,
}

impl TrackerJson {
    /// Of a tracker whose parcel has this status.
    pub fn of(tracker: &Tracker, status: Status) -> Self {
        let couriers = tracker.terms.couriers.iter();
        Self {
            tracker_id: tracker.id.to_string(),
            tracking_number: tracker.number.to_string(),
            shipment_reference: tracker.terms.reference.clone(),
            courier_code: couriers.map(CarrierCode::as_str).map(courier_code).collect(),
            client_tracker_id: tracker.client_id.clone(),
            is_subscribed: tracker.subscribed,
            is_tracked: tracker.is_tracked(status),
            created_at: time::milliseconds(tracker.created),
        }
    }

    /// Of a follower, with the status that it was told last. `None`: it is a subscription.
    pub fn of_follower(follower: &Follower) -> Option<Self> {
        match &follower.kind {
            FollowerKind::Tracker(tracker) => Some(Self::of(tracker, follower.told.status)),
            FollowerKind::Subscription { .. } => None,
        }
    }
}

impl WebhookTrackerJson {
    /// Of a tracker.
    pub fn of(tracker: &Tracker) -> Self {
        Self {
            tracker_id: tracker.id.to_string(),
            tracking_number: tracker.number.to_string(),
            shipment_reference: tracker.terms.reference.clone(),
            client_tracker_id: tracker.client_id.clone(),
            is_subscribed: tracker.subscribed,
            created_at: time::milliseconds(tracker.created),
        }
    }
}

impl From<TrackerJson> for TrackerAnswer {
    fn from(tracker: TrackerJson) -> Self {
        let data = TrackerData { tracker };
        Self { data }
    }
}

impl From<TrackerJson> for TrackerBoth {
    fn from(tracker: TrackerJson) -> Self {
        let data = TrackerData {
            tracker: tracker.clone(),
        };
        Self { data, tracker }
    }
}

impl From<Vec<TrackerJson>> for TrackersAnswer {
    fn from(trackers: Vec<TrackerJson>) -> Self {
        let data = TrackersData { trackers };
        Self { data }
    }
}
