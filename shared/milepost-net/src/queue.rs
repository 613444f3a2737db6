//! The hub's queues (SQS): sending, and keeping a message hidden while it is worked on.
//!
//! Receiving is not here: AWS hands messages to the functions.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use tokio::time::sleep;

use crate::error::{AwsError, ErrorClass};

/// The most messages of one `SendMessageBatch` call, by SQS.
const BATCH: usize = 10;

/// The largest message, and the largest sum of the messages of one batch, in bytes, by SQS.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The longest delay of a message in seconds, by SQS.
pub const MAX_DELAY_SECONDS: u32 = 900;

/// How long a message can be hidden in one go, in seconds: 12 hours, by SQS.
pub const MAX_HIDE_SECONDS: u32 = 43_200;

/// How often the refused part of a batch is sent again. Refusals of a part are throttling and pass within a second.
const RESENDS: u32 = 4;

/// The pause before the first resend; each further one is twice as long, 1.5 s in all.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A message that could not be sent, or not be hidden.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// A message is longer than [`MAX_BYTES`]. Nothing was sent.
    #[error("a message of {bytes} bytes is too long for the queue")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A delay or a hiding time is longer than SQS knows. Nothing was sent.
    #[error("{seconds} s are too long for the queue")]
    TooLate {
        /// The time asked for.
        seconds: u32,
    },
    /// Some messages were refused again and again, or for good.
    #[error("{unsent} of {total} messages were not sent, the last with {code}")]
    NotSent {
        /// How many were not sent.
        unsent: usize,
        /// How many were to be sent.
        total: usize,
        /// The code of the last refusal.
        code: String,
    },
    /// A call failed as a whole.
    #[error("{unsent} of {total} messages were not sent: {source}")]
    Broken {
        /// How many were not, or not certainly, sent.
        unsent: usize,
        /// How many were to be sent.
        total: usize,
        /// Why.
        source: AwsError,
    },
    /// The message could not be hidden.
    #[error("the message was not hidden: {0}")]
    NotHidden(#[source] AwsError),
}

impl QueueError {
    /// What a caller can do about it. Sending everything again is always safe: whoever receives must bear repeats.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::TooLong { .. } | Self::TooLate { .. } => ErrorClass::Permanent,
            Self::NotSent { .. } => ErrorClass::Retry,
            Self::Broken { source, .. } | Self::NotHidden(source) => source.class(),
        }
    }
}

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// A queue by its URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self {
            client,
            url: url.into(),
        }
    }

    /// Sends one message, to be received no sooner than `delay_seconds` from now.
    ///
    /// # Errors
    ///
    /// [`QueueError::TooLong`], [`QueueError::TooLate`] or [`QueueError::Broken`].
    pub async fn send(&self, body: String, delay_seconds: u32) -> Result<(), QueueError> {
        check(&body, delay_seconds)?;
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .delay_seconds(seconds(delay_seconds))
            .send()
            .await
            .map_err(|error| QueueError::Broken {
                unsent: 1,
                total: 1,
                source: AwsError::new("SendMessage", &error),
            })?;
        Ok(())
    }

    /// Sends messages with their delays in seconds, in order, in as few calls as SQS allows.
    ///
    /// # Errors
    ///
    /// Any [`QueueError`] but [`QueueError::NotHidden`]. What was sent before the error stays sent.
    pub async fn send_all(&self, messages: Vec<(String, u32)>) -> Result<(), QueueError> {
        for (body, delay_seconds) in &messages {
            check(body, *delay_seconds)?;
        }
        let total = messages.len();
        let mut sent = 0;
        let mut rest = messages.into_iter().peekable();
        loop {
            let batch = next_batch(&mut rest);
            if batch.is_empty() {
                return Ok(());
            }
            let size = batch.len();
            self.send_batch(batch).await.map_err(|refused| match refused {
                Refused::Part { unsent, code } => QueueError::NotSent {
                    unsent: total - sent - size + unsent,
                    total,
                    code,
                },
                Refused::Call { source, unsent } => QueueError::Broken {
                    unsent: total - sent - size + unsent,
                    total,
                    source,
                },
            })?;
            sent += size;
        }
    }

    /// Hides a received message for `seconds` from now, at most 12 hours after it was received.
    ///
    /// # Errors
    ///
    /// [`QueueError::TooLate`] or [`QueueError::NotHidden`].
    pub async fn hide(&self, receipt_handle: &str, seconds: u32) -> Result<(), QueueError> {
        if seconds > MAX_HIDE_SECONDS {
            return Err(QueueError::TooLate { seconds });
        }
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(self::seconds(seconds))
            .send()
            .await
            .map_err(|error| QueueError::NotHidden(AwsError::new("ChangeMessageVisibility", &error)))?;
        Ok(())
    }

    /// Sends one batch, and what was refused of it again.
    async fn send_batch(&self, mut batch: Vec<(String, u32)>) -> Result<(), Refused> {
        let mut resends = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.send_once(&batch).await?;
            if answer.not_taken.is_empty() {
                return Ok(());
            }
            if answer.hopeless || resends == RESENDS {
                let unsent = answer.not_taken.len();
                return Err(Refused::Part {
                    unsent,
                    code: answer.code,
                });
            }
            let again = answer.not_taken.into_iter();
            batch = again.filter_map(|at| batch.get_mut(at).map(std::mem::take)).collect();
            sleep(pause).await;
            resends += 1;
            pause *= 2;
        }
    }

    async fn send_once(&self, batch: &[(String, u32)]) -> Result<BatchAnswer, Refused> {
        let entries = batch.iter().enumerate().map(|(at, (body, delay_seconds))| {
            SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_body(body)
                .delay_seconds(seconds(*delay_seconds))
                .build()
        });
        let unsent = batch.len();
        let call = |error| Refused::Call {
            source: AwsError::new("SendMessageBatch", &error),
            unsent,
        };
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| call(error.into()))?;
        let answer = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(call)?;
        // Taken is what the answer says was taken: a message it does not name is sent again.
        let taken: Vec<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
        Ok(BatchAnswer {
            not_taken: (0..batch.len())
                .filter(|at| !taken.contains(&at.to_string().as_str()))
                .collect(),
            code: answer
                .failed()
                .last()
                .map_or("no answer", |entry| entry.code())
                .to_owned(),
            hopeless: answer.failed().iter().any(|entry| entry.sender_fault()),
        })
    }
}

/// The answer to one call.
struct BatchAnswer {
    /// Positions in the batch.
    not_taken: Vec<usize>,
    /// The code of the last refusal.
    code: String,
    /// Whether one of them will never be taken.
    hopeless: bool,
}

/// A batch that could not be sent: in part, or as a call.
enum Refused {
    Part { unsent: usize, code: String },
    Call { source: AwsError, unsent: usize },
}

fn check(body: &str, delay_seconds: u32) -> Result<(), QueueError> {
    if body.len() > MAX_BYTES {
        return Err(QueueError::TooLong { bytes: body.len() });
    }
    if delay_seconds > MAX_DELAY_SECONDS {
        return Err(QueueError::TooLate { seconds: delay_seconds });
    }
    Ok(())
}

/// Seconds as the SDK wants them; all are checked against limits far below its own.
fn seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

/// Takes from the front what fits into one call.
fn next_batch(rest: &mut std::iter::Peekable<std::vec::IntoIter<(String, u32)>>) -> Vec<(String, u32)> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut bytes = 0;
    while batch.len() < BATCH
        && let Some(message) = rest.next_if(|(body, _)| batch.is_empty() || bytes + body.len() <= MAX_BYTES)
    {
        bytes += message.0.len();
        batch.push(message);
    }
    batch
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batches(messages: Vec<(String, u32)>) -> Vec<Vec<(String, u32)>> {
        let mut rest = messages.into_iter().peekable();
        std::iter::from_fn(|| Some(next_batch(&mut rest)).filter(|batch| !batch.is_empty())).collect()
    }

    #[test]
    fn a_batch_ends_at_ten_messages_or_one_mebibyte() {
        let check = |sizes: &[usize], expect: &[usize]| {
            let messages = sizes.iter().map(|size| ("x".repeat(*size), 0)).collect();
            let lengths: Vec<usize> = batches(messages).iter().map(Vec::len).collect();
            assert_eq!(lengths, expect, "{sizes:?}");
        };
        check(&[], &[]);
        check(&[1; 10], &[10]);
        check(&[1; 21], &[10, 10, 1]);
        check(&[MAX_BYTES], &[1]);
        check(&[MAX_BYTES / 2, MAX_BYTES / 2, 1], &[2, 1]);
        check(&[1, MAX_BYTES, 1], &[1, 1, 1]);
    }

    proptest! {
        #[test]
        fn batches_keep_order_and_limits(sizes in prop::collection::vec(0..300_000_usize, 0..40)) {
            let messages: Vec<(String, u32)> =
                sizes.iter().zip(0..).map(|(size, delay)| ("x".repeat(*size), delay)).collect();
            let batches = batches(messages.clone());
            for batch in &batches {
                prop_assert!(batch.len() <= BATCH);
                prop_assert!(batch.iter().map(|(body, _)| body.len()).sum::<usize>() <= MAX_BYTES);
            }
            prop_assert_eq!(batches.concat(), messages);
        }
    }
}
