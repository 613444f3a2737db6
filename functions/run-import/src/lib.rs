//! The import queue: one run of one connection, or of one file given by hand, or S3's notice that an object was put.
//!
//! Decodes the message, calls one use case, and answers whether the message is to come again. While a run goes on its
//! message is kept hidden for a few minutes at a time, so that a run that is killed comes back soon.

use std::time::Duration;

use jiff::Timestamp;
use milepost_import::{ImportError, Importer, Message as Content, Step};
use milepost_net::{ErrorClass, Queue};
use milepost_runtime::Failures;
use serde::Deserialize;

/// What invokes the function: messages of the import queue, one at a time. Only the fields in use.
#[derive(Debug, Clone, Deserialize)]
pub struct ImportEvent {
    /// One.
    #[serde(rename = "Records")]
    pub records: Vec<Message>,
}

/// A message of the queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Names it in the answer.
    pub message_id: String,
    /// Hides it.
    pub receipt_handle: String,
    /// An `ImportOrder`, or an event of S3's.
    pub body: String,
}

/// How long the message of a run stays hidden after its last sign of life.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat {
    /// Seconds, at least two.
    pub hidden_seconds: u32,
}

impl Default for Heartbeat {
    /// Three minutes: long against a pause of the network, short for who waits for the parcels.
    fn default() -> Self {
        Self { hidden_seconds: 180 }
    }
}

/// How long a run waits that finds another at work on its connection.
const BUSY_SECONDS: u32 = 30;

/// What the function holds between events.
pub struct RunImport {
    importer: Importer,
    queue: Queue,
    heartbeat: Heartbeat,
}

impl RunImport {
    /// `queue` is the import queue itself.
    pub fn new(importer: Importer, queue: Queue, heartbeat: Heartbeat) -> Self {
        Self {
            importer,
            queue,
            heartbeat,
        }
    }

    /// Handles a batch. `deadline` is when the function is stopped.
    pub async fn handle(&self, event: ImportEvent, deadline: Option<Timestamp>) -> Failures {
        let mut failures = Failures::default();
        for message in event.records {
            // It comes again, and after some times it goes where dead letters go.
            if let Err(error) = self.run(&message, deadline).await {
                if error.class() != ErrorClass::Retry {
                    self.show_again(&message.receipt_handle).await;
                }
                tracing::error!(%error, message_id = message.message_id, "import run comes again");
                failures.add(message.message_id);
            }
        }
        failures
    }

    async fn run(&self, message: &Message, deadline: Option<Timestamp>) -> Result<(), ImportError> {
        let order = match Content::parse(&message.body)? {
            Content::Order(order) => order,
            Content::Objects(objects) => return self.importer.notice(&objects).await.map(drop),
        };
        let run = self.importer.run(&order, &message.message_id, deadline);
        let step = tokio::select! {
            step = run => step?,
            never = self.stay_hidden(&message.receipt_handle) => match never {},
        };
        match step {
            Step::Finished => Ok(()),
            // The report is for the operator; a log is not the place for what a file's header holds.
            Step::Failed => {
                tracing::error!(
                    message_id = message.message_id,
                    "import run failed; its report says why"
                );
                Ok(())
            }
            // A message of its own rather than this one again: neither is a failure to be counted.
            Step::Continue => Ok(self.queue.send(order.to_body()?, 0).await?),
            Step::Busy => Ok(self.queue.send(order.to_body()?, BUSY_SECONDS).await?),
        }
    }

    /// A message that no later attempt can read is shown again at once, until it is where dead letters go.
    async fn show_again(&self, receipt_handle: &str) {
        if let Err(error) = self.queue.hide(receipt_handle, 0).await {
            tracing::warn!(%error, "a message that is no order could not be shown again at once");
        }
    }

    async fn stay_hidden(&self, receipt_handle: &str) -> std::convert::Infallible {
        let seconds = self.heartbeat.hidden_seconds.max(2);
        let mut beat = tokio::time::interval(Duration::from_secs(u64::from(seconds) / 2));
        loop {
            beat.tick().await;
            if let Err(error) = self.queue.hide(receipt_handle, seconds).await {
                tracing::warn!(%error, "the message of the run could not be kept hidden");
            }
        }
    }
}
