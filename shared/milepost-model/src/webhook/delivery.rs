use std::fmt;

use jiff::Timestamp;

use crate::{AccountId, CarrierCode, EndpointId, Follower, FollowerKind, TrackerId, TrackingNumber};

/// Names a delivery: the message id that every attempt carries, the same for the same news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub String);

/// One change told to one endpoint.
#[derive(Clone, PartialEq)]
pub struct Delivery {
    /// The message id.
    pub id: DeliveryId,
    /// Whose it is.
    pub account: AccountId,
    /// Where it goes.
    pub endpoint: EndpointId,
    /// Of which number.
    pub number: TrackingNumber,
    /// Which of the number's followers it was made for.
    pub told: ToldTo,
    /// The body, the same bytes for every attempt.
    pub body: Vec<u8>,
    /// How it stands.
    pub state: DeliveryState,
    /// What was tried, oldest first.
    pub attempts: Vec<Attempt>,
    /// When it was made.
    pub created: Timestamp,
}

/// Without the body, which may name who signed.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .field("state", &self.state)
            .field("attempts", &self.attempts.len())
            .finish_non_exhaustive()
    }
}

/// For which follower a delivery was made: enough to see whether that one follows still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldTo {
    /// Which of the number's followers.
    pub name: FollowerName,
    /// Its start in Unix milliseconds: one that was stopped and started again is another.
    pub started_ms: i64,
}

impl ToldTo {
    /// A follower by its name.
    pub fn of(follower: &Follower) -> Self {
        let name = match &follower.kind {
            FollowerKind::Subscription { carrier } => FollowerName::Subscription(carrier.clone()),
            FollowerKind::Tracker(tracker) => FollowerName::Tracker(tracker.id),
        };
        Self {
            name,
            started_ms: follower.started_ms,
        }
    }
}

/// What tells the followers of one number and account apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FollowerName {
    /// A subscription: the parcel of one carrier.
    Subscription(CarrierCode),
    /// A tracker.
    Tracker(TrackerId),
}

impl FollowerName {
    /// The opposite of its text.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('#')? {
            ("W", carrier) => CarrierCode::parse(carrier).ok().map(Self::Subscription),
            ("T", id) => TrackerId::parse(id).ok().map(Self::Tracker),
            _ => None,
        }
    }
}

/// One text: `W#<carrier>` or `T#<tracker>`.
impl fmt::Display for FollowerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subscription(carrier) => write!(f, "W#{carrier}"),
            Self::Tracker(id) => write!(f, "T#{id}"),
        }
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Queued, or waiting for its next attempt at the instant.
    Waiting {
        /// When the next attempt is due.
        retry_at: Timestamp,
    },
    /// Its endpoint does not answer at present: it goes out when the endpoint does again.
    Held,
    /// An endpoint answered 2xx.
    Delivered,
    /// Every attempt failed; it can be sent again by hand.
    Exhausted,
    /// Nobody wants it any more: the endpoint is gone or disabled, or the parcel is not followed any more.
    Dropped,
}

/// One POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// The answer's HTTP status, where there was one.
    pub status: Option<u16>,
    /// What went wrong, where nothing was answered.
    pub error: Option<String>,
    /// How long it took.
    pub milliseconds: u32,
}
