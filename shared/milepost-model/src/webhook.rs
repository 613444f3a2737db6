use std::fmt;

use jiff::Timestamp;

use crate::{AccountId, TrackingNumber};

/// Names a webhook endpoint of an account: `se-` and a number, as ShipEngine writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub String);

/// Names a delivery: the message id that every attempt carries, the same for the same news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub String);

/// Where an account is told.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub id: EndpointId,
    /// Whose it is.
    pub account: AccountId,
    /// Where to POST.
    pub url: String,
    /// The signing secret: 24 to 64 random bytes (Standard Webhooks).
    pub secret: Vec<u8>,
    /// When it was added.
    pub created: Timestamp,
    /// Whether deliveries go there.
    pub enabled: bool,
}

/// Without the secret, and without the address, which may hold a token.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

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

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Queued, or waiting for its next attempt at the instant.
    Waiting {
        /// When the next attempt is due.
        retry_at: Timestamp,
    },
    /// An endpoint answered 2xx.
    Delivered,
    /// Every attempt failed; it can be sent again by hand.
    Exhausted,
    /// Nobody wants it any more: the endpoint is gone or disabled.
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
