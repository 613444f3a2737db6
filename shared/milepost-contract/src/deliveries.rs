//! The log of deliveries, and sending again: the hub's own routes, and Ship24's two of a tracker.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::{AttemptJson, DeliveryJson};

/// `GET /v1/deliveries`: a page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveriesJson {
    /// Newest first.
    pub deliveries: Vec<DeliveryJson>,
    /// What to send as `cursor` for the next page; `null` at the end. A page may be short, or empty, before the end.
    pub next: Option<String>,
}

/// `GET /v1/deliveries/{id}`: one of them with its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeliveryDetailJson {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryJson,
    /// What is sent; `null` when it is not kept any more.
    pub body: Option<Value>,
}

/// The body of `POST /v1/deliveries/resend`: which deliveries. One of the members at least is to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResendRequest {
    /// To this endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// In this state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Of this tracking number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Made at this instant or later, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Made before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Where the answer before this one stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What sending again came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResentJson {
    /// Deliveries queued.
    pub resent: usize,
    /// What to send as `cursor` to go on; `null` when all are queued.
    pub next: Option<String>,
}

/// `POST /v1/environment/webhooks/{webhook_id}/test`: what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedJson {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The attempt.
    #[serde(flatten)]
    pub attempt: AttemptJson,
}

/// Ship24's answer to a resend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResentTracker {
    /// What Ship24 wraps every answer in.
    pub data: ResentTrackerData,
}

/// What is in a [`ResentTracker`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResentTrackerData {
    /// How many.
    pub summary: ResentSummary,
}

/// How many messages of a tracker were sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResentSummary {
    /// As a text: one of Ship24's clients takes nothing else, and the other takes either.
    pub total_resent: String,
}

/// Ship24's download of what a tracker's webhooks were told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookHistory {
    /// About the tracker.
    pub metadata: HistoryMetadata,
    /// Newest first, as they were sent.
    pub webhooks: Vec<Value>,
}

/// About a [`WebhookHistory`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryMetadata {
    /// Which tracker.
    pub tracker_id: String,
    /// Its number.
    pub tracking_number: String,
    /// When this was made, in UTC.
    pub generated_at: String,
    /// How many.
    pub total_webhooks: usize,
}

impl ResentTracker {
    /// So many.
    pub fn of(total: usize) -> Self {
        Self {
            data: ResentTrackerData {
                summary: ResentSummary {
                    total_resent: total.to_string(),
                },
            },
        }
    }
}
