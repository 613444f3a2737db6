//! What AWS does between the services and the functions: event source mappings and schedules.

use std::fmt::Display;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deliver_webhook::{DeliverEvent, Tick};
use milepost_runtime::Failures;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::functions::Functions;
use super::names::{IMPORT_QUEUE, NOTIFY_QUEUE, WEBHOOK_QUEUE};
use crate::aws::{EmbeddedTable, Queues, Received, StreamReader, sqs_event};

/// After a failure of the stand-ins themselves, a moment's rest.
const REST: Duration = Duration::from_secs(1);

/// How often expired items are deleted. Readers leave them out anyway.
const SWEEP: Duration = Duration::from_secs(3_600);

/// `run-import` takes one message at a time, as in the template.
pub(super) async fn imports(queues: Queues, functions: Functions, poll: Duration) {
    loop {
        let received = receive(&queues, IMPORT_QUEUE, 1, poll).await;
        let Some(event) = as_event(&sqs_event(IMPORT_QUEUE, &received)) else {
            continue;
        };
        let failures = functions.import.handle(event, None).await;
        settle(&queues, IMPORT_QUEUE, received, &failures).await;
    }
}

/// `deliver-webhook` takes ten.
pub(super) async fn deliveries(queues: Queues, functions: Functions, poll: Duration) {
    loop {
        let received = receive(&queues, WEBHOOK_QUEUE, 10, poll).await;
        let Some(event) = as_event(&sqs_event(WEBHOOK_QUEUE, &received)) else {
            continue;
        };
        if let Some(failures) = logged(functions.deliver.handle(event).await) {
            settle(&queues, WEBHOOK_QUEUE, received, &failures).await;
        }
    }
}

/// The retry queue of `notify-changes`.
pub(super) async fn retries(queues: Queues, functions: Functions, poll: Duration) {
    loop {
        let received = receive(&queues, NOTIFY_QUEUE, 10, poll).await;
        let Some(event) = as_event(&sqs_event(NOTIFY_QUEUE, &received)) else {
            continue;
        };
        if let Some(failures) = logged(functions.notify.handle(event).await) {
            settle(&queues, NOTIFY_QUEUE, received, &failures).await;
        }
    }
}

/// The stream of the table.
pub(super) async fn changes(mut stream: StreamReader, functions: Functions, poll: Duration) {
    loop {
        // Busy until a look finds nothing: what was put a moment ago counts as work.
        functions.busy.store(1, Ordering::SeqCst);
        let Some(batch) = logged(stream.try_next().await) else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let Some(batch) = batch else {
            functions.busy.store(0, Ordering::SeqCst);
            tokio::time::sleep(poll).await;
            continue;
        };
        let Some(event) = as_event(&batch.event()) else {
            continue;
        };
        let outcome = logged(functions.notify.handle(event).await);
        let lowest = outcome
            .as_ref()
            .and_then(|failures| failures.identifiers().min().map(str::to_owned));
        let acknowledged = match (outcome, lowest) {
            (None, _) => {
                tokio::time::sleep(REST).await;
                continue;
            }
            (Some(_), None) => stream.ack(batch).await,
            (Some(_), Some(failed)) => stream.ack_before(batch, &failed).await,
        };
        logged(acknowledged);
    }
}

/// EventBridge's schedules.
pub(super) async fn ticks(functions: Functions, every: Duration) {
    let mut interval = tokio::time::interval(every);
    loop {
        interval.tick().await;
        logged(functions.schedule.handle().await);
        logged(
            functions
                .deliver
                .handle(DeliverEvent::Tick { tick: Tick::Retries })
                .await,
        );
    }
}

/// DynamoDB's deletion of what has expired.
pub(super) async fn sweeps(table: EmbeddedTable) {
    let mut interval = tokio::time::interval(SWEEP);
    loop {
        interval.tick().await;
        logged(table.sweep_expired().await);
    }
}

/// At least one message.
async fn receive(queues: &Queues, queue: &str, max: usize, poll: Duration) -> Vec<Received> {
    loop {
        match logged(queues.receive(queue, max).await) {
            Some(received) if !received.is_empty() => return received,
            Some(_) => tokio::time::sleep(poll).await,
            None => tokio::time::sleep(REST).await,
        }
    }
}

/// Deletes what was handled; the rest shows again after its visibility timeout.
async fn settle(queues: &Queues, queue: &str, received: Vec<Received>, failures: &Failures) {
    for message in received {
        if !failures.identifiers().any(|failed| failed == message.message_id) {
            logged(queues.delete(queue, &message.receipt).await);
        }
    }
}

/// Through JSON, as Lambda does it: the functions' own decoding is part of what runs here.
fn as_event<T: DeserializeOwned>(event: &impl Serialize) -> Option<T> {
    logged(serde_json::to_value(event).and_then(serde_json::from_value))
}

fn logged<T, E: Display>(outcome: Result<T, E>) -> Option<T> {
    outcome
        .map_err(|error| tracing::error!(%error, "the hub stumbled"))
        .ok()
}
