//! Messages: what SQS takes, what it gives, and what it refuses.

use std::fmt;
use std::time::Duration;

/// The longest message, and the longest batch of them (SQS since August 2025).
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// The longest delay of a message (SQS).
pub const MAX_DELAY: Duration = Duration::from_secs(900);

/// The longest time that a received message can stay hidden (SQS).
pub const MAX_VISIBILITY: Duration = Duration::from_secs(12 * 3600);

/// A message to send.
#[derive(Clone)]
pub struct NewMessage {
    /// 1 to [`MAX_BODY_BYTES`] bytes, of the characters that XML allows.
    pub body: String,
    /// How long it stays hidden, [`MAX_DELAY`] at most.
    pub delay: Duration,
}

/// A message as it was received.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// Stays the same over all receives, and in the dead-letter queue.
    pub message_id: String,
    /// Good for deleting or hiding the message until it is received again.
    pub receipt: String,
    /// What was sent.
    pub body: String,
    /// How often it was received, this time included.
    pub receives: u32,
    /// When it was sent, in milliseconds since 1970.
    pub sent_ms: i64,
    /// When it was received for the first time, in milliseconds since 1970.
    pub first_received_ms: i64,
}

/// What SQS refuses too. The messages name no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No queue has this name.
    #[error("The specified queue does not exist.")]
    NoSuchQueue,
    /// The body is empty.
    #[error("The message body must not be empty.")]
    EmptyBody,
    /// The body is longer than [`MAX_BODY_BYTES`].
    #[error("The message must be shorter than 1048577 bytes.")]
    LongBody,
    /// The body holds a control character or a noncharacter that SQS does not carry.
    #[error("The message contains characters outside the allowed set.")]
    BadCharacter,
    /// The delay is longer than [`MAX_DELAY`].
    #[error("DelaySeconds must be between 0 and 900.")]
    LongDelay,
    /// The visibility timeout is longer than [`MAX_VISIBILITY`].
    #[error("VisibilityTimeout must be between 0 and 43200.")]
    LongVisibility,
    /// The receipt handle is not one of this machine's.
    #[error("The input receipt handle is invalid.")]
    BadReceipt,
    /// The message is gone, was received again, or is visible again.
    #[error("The message is not in flight under this receipt handle.")]
    NotInFlight,
}

impl NewMessage {
    /// Whether SQS would take it.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
        let carried = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
        match self {
            Self { body, .. } if body.is_empty() => Err(Refusal::EmptyBody),
            Self { body, .. } if body.len() > MAX_BODY_BYTES => Err(Refusal::LongBody),
            Self { body, .. } if !body.chars().all(carried) => Err(Refusal::BadCharacter),
            Self { delay, .. } if *delay > MAX_DELAY => Err(Refusal::LongDelay),
            _ => Ok(()),
        }
    }
}

/// Without the body, which holds what parcels and people do.
impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.len();
        f.debug_struct("NewMessage")
            .field("bytes", &bytes)
            .field("delay", &self.delay)
            .finish()
    }
}

/// Without the body, as [`NewMessage`].
impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            message_id, receives, ..
        } = self;
        f.debug_struct("Received")
            .field("id", message_id)
            .field("receives", receives)
            .finish_non_exhaustive()
    }
}

/// A message's id, in the shape of SQS's, which are UUIDs.
pub(super) fn message_id(id: i64) -> String {
    format!("00000000-0000-4000-8000-{id:012x}")
}

/// A handle that is good until the message is received again: ids are never used twice, and each receive counts.
pub(super) fn receipt(id: i64, receives: u32) -> String {
    format!("{id}-{receives}")
}

/// The id and the count of a handle.
pub(super) fn parse_receipt(receipt: &str) -> Result<(i64, u32), Refusal> {
    let parse = |(id, receives): (&str, &str)| Some((id.parse().ok()?, receives.parse().ok()?));
    receipt.split_once('-').and_then(parse).ok_or(Refusal::BadReceipt)
}

/// Whether SQS would hide a message for so long.
pub(super) fn check_visibility(visibility: Duration) -> Result<(), Refusal> {
    if visibility > MAX_VISIBILITY {
        Err(Refusal::LongVisibility)
    } else {
        Ok(())
    }
}
