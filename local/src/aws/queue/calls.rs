//! The calls of the SQS API: what each checks, and what it asks of the queues.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::event::{attributes, queue_arn};
use super::http::Fault;
use super::json::{
    ChangeMessageVisibility, DeleteMessage, Entry, FailedEntry, GetQueueAttributes, GetQueueUrl, Message, Messages,
    Nothing, Outgoing, QueueAttributes, QueueUrl, ReceiveMessage, SendMessage, SendMessageBatch, Sent, SentBatch,
    SentEntry,
};
use super::{MAX_BODY_BYTES, NewMessage, Queues, Received, queue_name, queue_url};
use crate::aws::md5_hex;

/// Entries in a batch (SQS).
const MAX_ENTRIES: usize = 10;

/// Characters in the id of a batch entry (SQS).
const MAX_ENTRY_ID: usize = 80;

/// Messages in one answer (SQS).
const MAX_RECEIVED: usize = 10;

/// The longest wait for a message (SQS).
const MAX_WAIT: Duration = Duration::from_secs(20);

/// How often a waiting receive looks again.
const WAIT_STEP: Duration = Duration::from_millis(100);

/// The queues behind one endpoint.
pub(super) struct Calls {
    pub(super) queues: Queues,
    pub(super) base: Arc<str>,
}

impl Calls {
    pub(super) async fn send_message(&self, call: SendMessage) -> Result<Sent, Fault> {
        let message = call.message.check()?;
        let md5_of_message_body = md5_hex(message.body.as_bytes());
        let message_id = self.queues.send(queue_name(&call.queue_url), message).await?;
        Ok(Sent {
            message_id,
            md5_of_message_body,
        })
    }

    pub(super) async fn send_message_batch(&self, call: SendMessageBatch) -> Result<SentBatch, Fault> {
        check_batch(&call.entries)?;
        let (mut accepted, mut failed) = (Vec::new(), Vec::new());
        for Entry { id, message } in call.entries {
            match message.check() {
                Ok(message) => accepted.push((id, message)),
                Err(fault) => failed.push(FailedEntry {
                    id,
                    sender_fault: true,
                    code: fault.code,
                    message: fault.message,
                }),
            }
        }
        let messages = accepted.iter().map(|(_, message)| message.clone()).collect();
        let ids = self.queues.send_all(queue_name(&call.queue_url), messages).await?;
        let sent = accepted.into_iter().zip(ids).map(|((id, message), message_id)| {
            let md5_of_message_body = md5_hex(message.body.as_bytes());
            SentEntry {
                id,
                sent: Sent {
                    message_id,
                    md5_of_message_body,
                },
            }
        });
        Ok(SentBatch {
            successful: sent.collect(),
            failed,
        })
    }

    pub(super) async fn receive_message(&self, call: ReceiveMessage) -> Result<Messages, Fault> {
        let queue = queue_name(&call.queue_url);
        let max = call.max_number_of_messages.unwrap_or(1);
        if !(1..=MAX_RECEIVED).contains(&max) {
            return Err(Fault::new(
                "InvalidParameterValue",
                "MaxNumberOfMessages must be between 1 and 10.",
            ));
        }
        let wait = Duration::from_secs(call.wait_time_seconds.unwrap_or(0));
        if wait > MAX_WAIT {
            return Err(Fault::new(
                "InvalidParameterValue",
                "WaitTimeSeconds must be between 0 and 20.",
            ));
        }
        let visibility = match call.visibility_timeout {
            Some(seconds) => Duration::from_secs(seconds),
            None => self.queues.spec(queue)?.visibility,
        };
        let wanted: BTreeSet<_> = call
            .attribute_names
            .into_iter()
            .chain(call.message_system_attribute_names)
            .collect();
        let mut waited = Duration::ZERO;
        loop {
            let received = self.queues.receive_hiding(queue, max, visibility).await?;
            if !received.is_empty() || waited >= wait {
                return Ok(Messages {
                    messages: received.into_iter().map(|one| message(one, &wanted)).collect(),
                });
            }
            tokio::time::sleep(WAIT_STEP).await;
            waited += WAIT_STEP;
        }
    }

    pub(super) async fn delete_message(&self, call: DeleteMessage) -> Result<Nothing, Fault> {
        self.queues
            .delete(queue_name(&call.queue_url), &call.receipt_handle)
            .await?;
        Ok(Nothing {})
    }

    pub(super) async fn change_message_visibility(&self, call: ChangeMessageVisibility) -> Result<Nothing, Fault> {
        let delay = Duration::from_secs(call.visibility_timeout);
        self.queues
            .change_visibility(queue_name(&call.queue_url), &call.receipt_handle, delay)
            .await?;
        Ok(Nothing {})
    }

    pub(super) fn get_queue_url(&self, call: &GetQueueUrl) -> Result<QueueUrl, Fault> {
        self.queues.spec(&call.queue_name)?;
        Ok(QueueUrl {
            queue_url: queue_url(&self.base, &call.queue_name),
        })
    }

    pub(super) async fn get_queue_attributes(&self, call: GetQueueAttributes) -> Result<QueueAttributes, Fault> {
        let queue = queue_name(&call.queue_url);
        let spec = self.queues.spec(queue)?;
        let counts = self.queues.counts(queue).await?;
        let mut attributes = BTreeMap::from([
            ("ApproximateNumberOfMessages", counts.visible.to_string()),
            ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
            ("QueueArn", queue_arn(queue)),
            ("VisibilityTimeout", spec.visibility.as_secs().to_string()),
        ]);
        if let Some(dead) = &spec.dead_letter {
            let policy = json!({ "deadLetterTargetArn": queue_arn(&dead.queue), "maxReceiveCount": dead.max_receives });
            attributes.insert("RedrivePolicy", policy.to_string());
        }
        let wanted = call.attribute_names.into_iter().collect();
        attributes.retain(|name, _| is_wanted(&wanted, name));
        Ok(QueueAttributes { attributes })
    }
}

impl Outgoing {
    fn check(self) -> Result<NewMessage, Fault> {
        if self.message_attributes.is_some() || self.message_system_attributes.is_some() {
            // Better refused than lost without a word.
            let code = "AWS.SimpleQueueService.UnsupportedOperation";
            return Err(Fault::new(code, "This stand-in keeps no message attributes."));
        }
        let delay = Duration::from_secs(self.delay_seconds.unwrap_or(0));
        let message = NewMessage {
            body: self.message_body,
            delay,
        };
        message.check()?;
        Ok(message)
    }
}

/// What makes SQS refuse a batch as a whole.
fn check_batch(entries: &[Entry]) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let valid = |id: &str| (1..=MAX_ENTRY_ID).contains(&id.len()) && id.chars().all(plain);
    let distinct: BTreeSet<_> = entries.iter().map(|entry| &entry.id).collect();
    let bytes: usize = entries.iter().map(|entry| entry.message.message_body.len()).sum();
    let (code, message) = if entries.is_empty() {
        (
            "AWS.SimpleQueueService.EmptyBatchRequest",
            "There should be at least one entry in the batch.",
        )
    } else if entries.len() > MAX_ENTRIES {
        (
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            "A batch has at most 10 entries.",
        )
    } else if !entries.iter().all(|entry| valid(&entry.id)) {
        (
            "AWS.SimpleQueueService.InvalidBatchEntryId",
            "An entry's id is 1 to 80 letters, digits, hyphens or underscores.",
        )
    } else if distinct.len() < entries.len() {
        (
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            "Two entries have the same id.",
        )
    } else if bytes > MAX_BODY_BYTES {
        (
            "AWS.SimpleQueueService.BatchRequestTooLong",
            "Batch requests cannot be longer than 1048576 bytes.",
        )
    } else {
        return Ok(());
    };
    Err(Fault::new(code, message))
}

fn message(received: Received, wanted: &BTreeSet<String>) -> Message {
    let attributes = attributes(&received)
        .into_iter()
        .filter(|(name, _)| is_wanted(wanted, name))
        .collect();
    Message {
        md5_of_body: md5_hex(received.body.as_bytes()),
        message_id: received.message_id,
        receipt_handle: received.receipt,
        body: received.body,
        attributes,
    }
}

fn is_wanted(wanted: &BTreeSet<String>, name: &str) -> bool {
    wanted.contains("All") || wanted.contains(name)
}
