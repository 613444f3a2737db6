use milepost_model::{EndpointId, ErrorClass};
use milepost_net::{ExchangeError, QueueError};
use milepost_store::StoreError;
use thiserror::Error;

/// What can go wrong in telling. A receiver that fails is not an error but an attempt.
#[derive(Debug, Error)]
pub enum WebhookError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue of deliveries.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The HTTP client could not be built.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// A message that this hub did not write.
    #[error("the queue message is not one that this hub wrote")]
    Message(#[source] serde_json::Error),
    /// What was told changed again and again while it was compared.
    #[error("others tell of the same number at once")]
    Contended,
    /// The key that signs in ShipEngine's way cannot be used.
    #[error("the signing key is no RSA private key of 2,048 bits or more in PKCS #8 (make one with: openssl genpkey)")]
    SigningKey,
    /// No randomness for a secret.
    #[error("the operating system gives no randomness")]
    Randomness,
    /// Something that an owner is to write otherwise.
    #[error("{field}: {why}")]
    Refused {
        /// What it is about.
        field: &'static str,
        /// The rule that it breaks.
        why: String,
    },
    /// The account has an endpoint of this style at this address.
    #[error("the account has this address already, as {}", .0.0)]
    Conflict(EndpointId),
    /// The account has no such endpoint.
    #[error("there is no such webhook")]
    NoEndpoint,
    /// The account has no such delivery.
    #[error("there is no such delivery")]
    NoDelivery,
    /// The endpoint is disabled.
    #[error("the webhook is disabled: enable it first")]
    Disabled,
    /// The endpoint did not answer the probe.
    #[error("nothing that takes deliveries answers at the webhook's address: its receiver must answer a HEAD request")]
    Unanswered,
    /// A body that does not decode.
    #[error("the body of delivery {0} cannot be decoded")]
    Body(String),
}

impl WebhookError {
    /// Who is to act.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Store(error) => error.class(),
            Self::Queue(error) => error.class(),
            Self::Exchange(error) => error.class(),
            Self::Contended => ErrorClass::Retry,
            Self::Message(_) | Self::Body(_) | Self::SigningKey | Self::Randomness => ErrorClass::Permanent,
            Self::Refused { .. }
            | Self::Conflict(_)
            | Self::NoEndpoint
            | Self::NoDelivery
            | Self::Disabled
            | Self::Unanswered => ErrorClass::Caller,
        }
    }
}
