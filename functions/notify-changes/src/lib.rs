//! The table's stream, filtered to bundles, and the notifier's own retry queue: whom to tell what.
//!
//! Decodes the records, calls one use case for each number that somebody follows, and answers which records are to
//! come again. A number that fails goes to the retry queue and the batch goes on, since a stream that reports a failed
//! record repeats everything behind it.

mod event;

use std::collections::BTreeMap;

pub use event::{EventName, NotifyEvent, Record, StreamChange, StreamKeys, Text};
use milepost_model::TrackingNumber;
use milepost_net::Queue;
use milepost_runtime::{Failures, now};
use milepost_store::Key;
use milepost_webhooks::{Notifier, NotifyOrder, WebhookError};

/// What the function holds between events.
#[derive(Clone)]
pub struct NotifyChanges {
    notifier: Notifier,
    retries: Queue,
}

impl NotifyChanges {
    /// `retries` is the queue of numbers to look at again.
    pub fn new(notifier: Notifier, retries: Queue) -> Self {
        Self { notifier, retries }
    }

    /// Handles a batch.
    ///
    /// # Errors
    /// When it cannot be found out who follows the numbers: the whole batch comes again.
    pub async fn handle(&self, event: NotifyEvent) -> Result<Failures, WebhookError> {
        let mut failures = Failures::default();
        // Of each number the first record: the stream goes on from the lowest that failed.
        let mut changed: BTreeMap<TrackingNumber, String> = BTreeMap::new();
        for record in event.records {
            match record {
                Record::Change {
                    event_name: EventName::Remove,
                    ..
                } => {}
                Record::Change { dynamodb: change, .. } => match Key::parse(&change.keys.pk.text, &change.keys.sk.text)
                {
                    Ok(Key::Bundle { number, .. }) => {
                        changed.entry(number).or_insert(change.sequence_number);
                    }
                    _ => tracing::error!("a change of an item that is no bundle was filtered in"),
                },
                Record::Message { message_id, body } => {
                    if let Err(error) = self.look_again(&body).await {
                        tracing::warn!(%error, message_id, "a number could not be told");
                        failures.add(message_id);
                    }
                }
            }
        }
        let numbers: Vec<TrackingNumber> = changed.keys().cloned().collect();
        for number in self.notifier.followed(&numbers).await? {
            let Err(error) = self.notifier.notify(&number, now()).await else {
                continue;
            };
            tracing::warn!(%error, "a number could not be told; it is looked at again");
            let order = NotifyOrder {
                number: number.as_str().to_owned(),
            }
            .to_body()?;
            if self.retries.send(order, 0).await.is_err()
                && let Some(sequence_number) = changed.get(&number)
            {
                failures.add(sequence_number.clone());
            }
        }
        Ok(failures)
    }

    async fn look_again(&self, body: &str) -> Result<(), WebhookError> {
        let order = NotifyOrder::parse(body)?;
        match TrackingNumber::parse(&order.number) {
            Ok(number) => self.notifier.notify(&number, now()).await.map(drop),
            // Nobody can follow what is no number.
            Err(_) => Ok(()),
        }
    }
}
