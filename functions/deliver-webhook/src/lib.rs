//! The delivery queue, and a tick for parked attempts: one signed POST for each message.
//!
//! Decodes the event, calls one use case, answers which messages are to come again: those for which the hub itself
//! failed. A receiver that fails is the use case's business.

use futures_util::StreamExt;
use futures_util::stream;
use milepost_runtime::{Failures, now, random};
use milepost_webhooks::{Chance, Deliverer, WebhookError, WebhookOrder};
use serde::Deserialize;

/// POSTs at a time within one batch; the batch has ten messages.
const AT_ONCE: usize = 10;

/// What invokes the function.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum DeliverEvent {
    /// Messages of the delivery queue.
    Queue {
        /// One delivery's attempt each.
        #[serde(rename = "Records")]
        records: Vec<Message>,
    },
    /// The schedule.
    Tick {
        /// Which.
        tick: Tick,
    },
}

/// A message of the queue; only the fields in use.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Names it in the answer.
    pub message_id: String,
    /// A `WebhookOrder`.
    pub body: String,
}

/// What the schedule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tick {
    /// Queue the parked attempts that are due.
    Retries,
}

/// What the function holds between events.
pub struct DeliverWebhook {
    deliverer: Deliverer,
}

impl DeliverWebhook {
    /// Over a deliverer.
    pub fn new(deliverer: Deliverer) -> Self {
        Self { deliverer }
    }

    /// Handles a batch or a tick.
    ///
    /// # Errors
    /// Those of a tick; the next one does what this one could not.
    pub async fn handle(&self, event: DeliverEvent) -> Result<Failures, WebhookError> {
        match event {
            DeliverEvent::Tick { tick: Tick::Retries } => {
                self.deliverer.wake(now()).await?;
                Ok(Failures::default())
            }
            DeliverEvent::Queue { records } => Ok(self.deliver_all(records).await),
        }
    }

    async fn deliver_all(&self, messages: Vec<Message>) -> Failures {
        let attempts = messages.into_iter().map(|message| async move {
            let outcome = self.deliver(&message.body).await;
            (message.message_id, outcome)
        });
        let outcomes: Vec<_> = stream::iter(attempts).buffer_unordered(AT_ONCE).collect().await;
        let mut failures = Failures::default();
        for (message_id, outcome) in outcomes {
            if let Err(error) = outcome {
                tracing::error!(%error, message_id, "an attempt could not be made or written");
                failures.add(message_id);
            }
        }
        failures
    }

    async fn deliver(&self, body: &str) -> Result<(), WebhookError> {
        let order = WebhookOrder::parse(body)?;
        let chance = Chance {
            now: &now,
            random: random(),
        };
        self.deliverer.handle(&order, chance).await.map(drop)
    }
}
