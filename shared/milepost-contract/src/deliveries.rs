//! The log of deliveries, and sending again: the hub's own routes, and Ship24's two of a tracker.

use jiff::Timestamp;
use milepost_model::{Attempt, Delivery, DeliveryId, Tracker};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::hub::{AttemptJson, DeliveryJson};
use crate::ship24::time;

/// `GET /v1/deliveries`: a page of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveriesJson {
    /// Newest first.
    pub deliveries: Vec<DeliveryJson>,
    /// What to send as `cursor` for the next page; `null` at the end. A page may be short, or empty, before the end.
    pub next: Option<String>,
}

impl DeliveriesJson {
    /// What [`next`](Self::next) says of where a page ended: after the delivery that was made then, with this id.
    pub fn cursor(created: Timestamp, id: &DeliveryId) -> String {
        format!("{}-{}", created.as_millisecond(), id.0)
    }

    /// Where a page ended, of what its [`next`](Self::next) said. `None`: no answer said that.
    pub fn place(cursor: &str) -> Option<(Timestamp, DeliveryId)> {
        let (created_ms, id) = cursor.split_once('-')?;
        let created = Timestamp::from_millisecond(created_ms.parse().ok()?).ok()?;
        Some((created, DeliveryId(id.to_owned())))
    }
}

/// `GET /v1/deliveries/{id}`: one of them with its body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DeliveryDetailJson {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryJson,
    /// What is sent; `null` when it is not kept any more.
    pub body: Option<Value>,
}

/// The body of `POST /v1/deliveries/resend`: which deliveries. One of the members at least is to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResentJson {
    /// Deliveries queued.
    pub resent: usize,
    /// What to send as `cursor` to go on; `null` when all are queued.
    pub next: Option<String>,
}

/// `POST /v1/environment/webhooks/{webhook_id}/test`: what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TestedJson {
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The attempt.
    #[serde(flatten)]
    pub attempt: AttemptJson,
}

/// Ship24's answer to a resend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResentTracker {
    /// What Ship24 wraps every answer in.
    pub data: ResentTrackerData,
}

/// What is in a [`ResentTracker`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResentTrackerData {
    /// How many.
    pub summary: ResentSummary,
}

/// How many messages of a tracker were sent again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ResentSummary {
    /// As a text: one of Ship24's clients takes nothing else, and the other takes either.
    pub total_resent: String,
}

/// Ship24's download of what a tracker's webhooks were told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookHistory {
    /// About the tracker.
    pub metadata: HistoryMetadata,
    /// The latest made first. Those that wait for their first attempt are left out.
    pub webhooks: Vec<PushJson>,
}

/// About a [`WebhookHistory`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HistoryMetadata {
    /// Canonical.
    pub tracking_number: String,
    /// A UUID.
    pub tracker_id: String,
    /// The owner's own name for the tracker.
    pub client_tracker_id: Option<String>,
    /// Always `null`: an address may hold a secret, and a key that only reads may ask for this.
    pub webhook_url: Option<String>,
    /// When one of these last was sent and taken, in UTC.
    pub last_successful_push_at: Option<String>,
    /// When one of these last was sent and not taken, in UTC.
    pub last_failed_push_at: Option<String>,
}

/// One message of a [`WebhookHistory`], with its last attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PushJson {
    /// `sent` once its receiver has taken it, else `failed`.
    pub status: String,
    /// When the attempt was made, in UTC.
    pub push_timestamp: String,
    /// As it was sent; `null` where it cannot be read.
    pub request_body: Value,
    /// Always `null`: what receivers answer is not kept.
    pub response_body: Option<Value>,
    /// Always `null`, likewise.
    pub response_headers: Option<Value>,
    /// `null` where nothing was answered.
    pub response_status_code: Option<u16>,
    /// Own: to which webhook.
    pub webhook_id: String,
}

impl WebhookHistory {
    /// Of a tracker and what was told of it, with bodies as they were sent.
    pub fn of(tracker: &Tracker, deliveries: &[Delivery]) -> Self {
        let attempts = || deliveries.iter().flat_map(|delivery| &delivery.attempts);
        let last = |taken| {
            let meant = attempts().filter(|attempt| is_taken(attempt) == taken);
            meant.map(|attempt| attempt.at).max().map(time::milliseconds)
        };
        Self {
            metadata: HistoryMetadata {
                tracking_number: tracker.number.to_string(),
                tracker_id: tracker.id.to_string(),
                client_tracker_id: tracker.client_id.clone(),
                webhook_url: None,
                last_successful_push_at: last(true),
                last_failed_push_at: last(false),
            },
            webhooks: deliveries.iter().filter_map(PushJson::of).collect(),
        }
    }
}

impl PushJson {
    fn of(delivery: &Delivery) -> Option<Self> {
        let last = delivery.attempts.last()?;
        let sent = delivery.attempts.iter().any(is_taken);
        Some(Self {
            status: if sent { "sent" } else { "failed" }.to_owned(),
            push_timestamp: time::milliseconds(last.at),
            request_body: serde_json::from_slice(&delivery.body).unwrap_or_default(),
            response_body: None,
            response_headers: None,
            response_status_code: last.status,
            webhook_id: delivery.endpoint.0.clone(),
        })
    }
}

/// Whether the receiver took it: an answer that says otherwise in a body with a status of success left an error.
fn is_taken(attempt: &Attempt) -> bool {
    attempt.error.is_none() && attempt.status.is_some_and(|status| (200..300).contains(&status))
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use milepost_model::{
        AccountId, DeliveryId, DeliveryState, EndpointId, FollowerName, ToldTo, TrackerTerms, TrackingNumber,
    };

    fn attempt(second: i64, status: Option<u16>, error: Option<&str>) -> Attempt {
        Attempt {
            at: Timestamp::from_second(second).unwrap(),
            status,
            error: error.map(str::to_owned),
            milliseconds: 1,
        }
    }

    /// The history of one delivery with these attempts.
    fn history(attempts: Vec<Attempt>) -> WebhookHistory {
        let (account, number) = (AccountId::default_account(), TrackingNumber::parse("94055118").unwrap());
        let (terms, created) = (TrackerTerms::default(), Timestamp::UNIX_EPOCH);
        let tracker = Tracker::new(account.clone(), number.clone(), terms, 0, created);
        let delivery = Delivery {
            id: DeliveryId("msg_1".into()),
            account,
            endpoint: EndpointId("se-1".into()),
            number,
            told: ToldTo {
                name: FollowerName::Tracker(tracker.id),
                started_ms: 0,
            },
            body: b"{\"trackings\":[]}".to_vec(),
            state: DeliveryState::Delivered,
            attempts,
            created: Timestamp::UNIX_EPOCH,
        };
        WebhookHistory::of(&tracker, &[delivery])
    }

    #[track_caller]
    fn check(attempts: Vec<Attempt>, expect: Option<(&str, &str, Option<u16>)>) {
        let history = history(attempts);
        let push = history.webhooks.first();
        let told = push.map(|push| {
            assert_eq!(push.request_body, serde_json::json!({"trackings": []}));
            (
                push.status.as_str(),
                push.push_timestamp.as_str(),
                push.response_status_code,
            )
        });
        assert_eq!(told, expect);
    }

    #[test]
    fn what_became_of_a_push() {
        check(vec![], None);
        check(
            vec![attempt(1, Some(503), Some("503"))],
            Some(("failed", "1970-01-01T00:00:01.000Z", Some(503))),
        );
        check(
            vec![attempt(1, None, Some("refused"))],
            Some(("failed", "1970-01-01T00:00:01.000Z", None)),
        );
        check(
            vec![attempt(1, Some(200), Some("the answer says success: false"))],
            Some(("failed", "1970-01-01T00:00:01.000Z", Some(200))),
        );
        check(
            vec![attempt(1, Some(503), Some("503")), attempt(2, Some(204), None)],
            Some(("sent", "1970-01-01T00:00:02.000Z", Some(204))),
        );
    }

    #[test]
    fn last_pushes() {
        let two = history(vec![attempt(1, Some(503), Some("503")), attempt(2, Some(204), None)]);
        let metadata = two.metadata;
        assert_eq!(
            metadata.last_failed_push_at.as_deref(),
            Some("1970-01-01T00:00:01.000Z")
        );
        assert_eq!(
            metadata.last_successful_push_at.as_deref(),
            Some("1970-01-01T00:00:02.000Z")
        );
        assert_eq!(history(vec![]).metadata.last_failed_push_at, None);
    }
}
