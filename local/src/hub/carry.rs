//! What AWS does between the services and the functions: event source mappings and schedules.

use std::convert::Infallible;
use std::fmt::Display;
use std::future::Future;
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
        let import = functions.import.clone();
        let failures = invoked(async move { Ok::<_, Infallible>(import.handle(event, None).await) }).await;
        settle(&queues, IMPORT_QUEUE, received, failures).await;
    }
}

/// `deliver-webhook` takes ten.
pub(super) async fn deliveries(queues: Queues, functions: Functions, poll: Duration) {
    loop {
        let received = receive(&queues, WEBHOOK_QUEUE, 10, poll).await;
        let Some(event) = as_event(&sqs_event(WEBHOOK_QUEUE, &received)) else {
            continue;
        };
        let deliver = functions.deliver.clone();
        let failures = invoked(async move { deliver.handle(event).await }).await;
        settle(&queues, WEBHOOK_QUEUE, received, failures).await;
    }
}

/// The retry queue of `notify-changes`.
pub(super) async fn retries(queues: Queues, functions: Functions, poll: Duration) {
    loop {
        let received = receive(&queues, NOTIFY_QUEUE, 10, poll).await;
        let Some(event) = as_event(&sqs_event(NOTIFY_QUEUE, &received)) else {
            continue;
        };
        let notify = functions.notify.clone();
        let failures = invoked(async move { notify.handle(event).await }).await;
        settle(&queues, NOTIFY_QUEUE, received, failures).await;
    }
}

/// The stream of the table.
pub(super) async fn changes(mut stream: StreamReader, functions: Functions, poll: Duration) {
    loop {
        let Some(batch) = logged(stream.try_next().await) else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let Some(batch) = batch else {
            functions.empty_looks.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(poll).await;
            continue;
        };
        let Some(event) = as_event(&batch.event()) else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let notify = functions.notify.clone();
        let Some(failures) = invoked(async move { notify.handle(event).await }).await else {
            tokio::time::sleep(REST).await;
            continue;
        };
        let lowest = failures.identifiers().min().map(str::to_owned);
        logged(match lowest {
            None => stream.ack(batch).await,
            Some(failed) => stream.ack_before(batch, &failed).await,
        });
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

/// The schedule of polls, by itself: carriers may take their time, and imports and webhooks do not wait for them.
pub(super) async fn polls(functions: Functions, every: Duration) {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        logged(functions.refresh.handle().await);
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

/// An invocation: one that fails or panics is logged, and answers nothing, as in Lambda.
async fn invoked<E: Display + Send + 'static>(
    invocation: impl Future<Output = Result<Failures, E>> + Send + 'static,
) -> Option<Failures> {
    logged(logged(tokio::spawn(invocation).await)?)
}

/// Deletes what was handled; the rest, or all of a failed invocation, shows again after its visibility timeout.
async fn settle(queues: &Queues, queue: &str, received: Vec<Received>, failures: Option<Failures>) {
    let Some(failures) = failures else { return };
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
