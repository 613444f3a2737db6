use milepost_model::ErrorClass;
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
            Self::Message(_) | Self::Body(_) => ErrorClass::Permanent,
        }
    }
}
