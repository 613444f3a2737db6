//! What telling costs, counted: units of the table, requests of the queue and invocations. docs/benchmarks.md has the
//! figures with AWS's prices; whoever changes them here changes them there.

use std::path::Path;

use milepost_local::aws::{Addresses, sqs_event};
use milepost_local::hub::{Access, WEBHOOK_QUEUE};
use milepost_model::{AccountId, CarrierCode, EndpointStyle, EventTime, Tell, TrackingEvent, TrackingNumber, Wall};
use milepost_net::{AddressPolicy, Exchange, Guard, Timeouts};
use milepost_store::{SealKey, Store};
use milepost_track::{Asked, Connections, start};
use milepost_webhooks::{Deliverer, Notifier};
use notify_changes::NotifyChanges;
use support::counted::{Calls, Counted};
use support::receiver::Receiver;

use crate::deliveries::{Bench, FAR, delivered, stream_batch};

/// Messages of a parcel: accepted, three on its way, an exception, delivered.
const CODES: [&str; 6] = ["03", "10", "07", "L1", "05", "01"];

/// What a piece of work took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cost {
    write_units: f64,
    read_units: f64,
    /// Of SQS, what Lambda does to feed the function included.
    queue_requests: u64,
    invocations: u64,
}

/// A bench whose functions are counted.
struct Metered {
    bench: Bench,
    table: Counted,
    queues: Counted,
    access: Access,
    store: Store,
    function: NotifyChanges,
    invocations: u64,
    /// What Lambda's pollers asked the queue.
    polled: u64,
}

impl Metered {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let endpoints = bench.cloud.endpoints();
        let table = Counted::start(&endpoints.table).await;
        let queues = Counted::start(&endpoints.queues).await;
        let counted = Addresses {
            table: table.url.clone(),
            queues: queues.url.clone(),
            bucket: endpoints.bucket.clone(),
        };
        let access = Access::to(&counted, Path::new("."));
        let store = access.store_sealed(SealKey::new([7; 32]));
        let url = "https://hub.example".to_owned();
        let notifier = Notifier::new(store.clone(), access.webhook_queue(), url);
        Self {
            function: NotifyChanges::new(notifier, access.notify_queue()),
            bench,
            table,
            queues,
            access,
            store,
            invocations: 0,
            polled: 0,
        }
    }

    async fn notify<'n>(&mut self, numbers: impl IntoIterator<Item = &'n str>) {
        let event = stream_batch(numbers.into_iter().zip(0..));
        let failures = self.function.handle(event).await.unwrap();
        assert_eq!(failures.identifiers().count(), 0);
        self.invocations += 1;
    }

    /// Hands the queue's messages to the deliverer as Lambda does: one request takes ten, one deletes ten.
    async fn deliver(&mut self) {
        let policy = AddressPolicy {
            allow_loopback: true,
            allow_plain_http: true,
            ..AddressPolicy::default()
        };
        let exchange = Exchange::new(Guard::new(policy), Timeouts::default(), "test").unwrap();
        let deliverer = Deliverer::new(self.store.clone(), self.access.webhook_queue(), exchange, None);
        let function = deliver_webhook::DeliverWebhook::new(deliverer);
        let queues = self.bench.cloud.queues();
        loop {
            let received = queues.receive(WEBHOOK_QUEUE, 10).await.unwrap();
            if received.is_empty() {
                return;
            }
            let event = serde_json::to_value(sqs_event(WEBHOOK_QUEUE, &received)).unwrap();
            let failures = function.handle(serde_json::from_value(event).unwrap()).await.unwrap();
            assert_eq!(failures.identifiers().count(), 0);
            for message in &received {
                queues.delete(WEBHOOK_QUEUE, &message.receipt).await.unwrap();
            }
            self.polled += 2;
            self.invocations += 1;
        }
    }

    /// What was counted so far, with the table's calls. Nothing was refused, or the units would not be all.
    fn cost(&self) -> (Cost, Calls) {
        let (table, queues) = (self.table.take(), self.queues.take());
        assert_eq!(table.get("refused"), None);
        let used = self.store.used();
        let cost = Cost {
            write_units: used.write_units,
            read_units: used.read_units,
            queue_requests: queues.values().sum::<u64>() + self.polled,
            invocations: self.invocations,
        };
        (cost, table)
    }
}

fn numbers(count: u64) -> Vec<String> {
    (0..count).map(|nth| format!("94001000000000000{nth:05}")).collect()
}

/// Follows so many parcels and has six things happen to all of them, each time to all at once.
async fn followed(parcels: u32) -> (Cost, Calls) {
    let mut metered = Metered::new().await;
    let receiver = Receiver::start().await;
    let (account, usps) = (AccountId::default_account(), CarrierCode::parse("usps").unwrap());
    let bench = &metered.bench;
    bench
        .endpoint("se-1", &receiver.url, EndpointStyle::ShipEngine, Tell::EveryEvent)
        .await;
    let numbers = numbers(parcels.into());
    for number in &numbers {
        let number = TrackingNumber::parse(number).unwrap();
        let (connections, asked) = (Connections::new(bench.store.clone()), Asked::Carrier(usps.clone()));
        // The mark is renewed when it has less than a year to live, by the clock of the function.
        start(&connections, &account, &asked, &number, milepost_runtime::now())
            .await
            .unwrap();
    }
    for (nth, code) in CODES.iter().enumerate() {
        for number in &numbers {
            let number = TrackingNumber::parse(number).unwrap();
            let mut bundle = delivered(&number, usps.clone(), metered.bench.now);
            bundle.expires_at = FAR;
            let arrived = &mut bundle.events[0].value;
            let day = jiff::civil::date(2026, 11, 10 + i8::try_from(nth).unwrap());
            *arrived = TrackingEvent {
                code: (*code).to_owned(),
                description: "what happened, in a carrier's words".to_owned(),
                ..TrackingEvent::at(EventTime {
                    wall: Wall::At(day.at(6, 0, 0, 0)),
                    zone: arrived.time.zone.clone(),
                })
            };
            metered.bench.store.put_bundles(&[bundle]).await.unwrap();
        }
        metered.notify(numbers.iter().map(String::as_str)).await;
        metered.deliver().await;
    }
    assert_eq!(receiver.messages().len(), numbers.len() * CODES.len());
    let cost = metered.cost();
    metered.bench.cloud.stop().await;
    cost
}

/// Has the stream bring so many bundles of parcels that nobody follows.
async fn unfollowed(bundles: u64) -> (Cost, Calls) {
    let mut metered = Metered::new().await;
    for batch in numbers(bundles).chunks(100) {
        metered.notify(batch.iter().map(String::as_str)).await;
    }
    metered.deliver().await;
    let cost = metered.cost();
    metered.bench.cloud.stop().await;
    cost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_messages_of_a_followed_parcel() {
    // Of each message: the delivery, its body, its attempt and what was told; the mark, the number, whom to tell, where to.
    let messages = 6.0;
    for (parcels, queue_requests, invocations) in [(1, 6 + 12, 12), (10, 60 + 12, 12)] {
        let of_all = messages * f64::from(parcels);
        let (cost, calls) = followed(parcels).await;
        println!("{parcels} parcels: {cost:?} {calls:?}");
        let expected = Cost {
            write_units: 4.0 * of_all,
            read_units: 4.0 * of_all,
            // One sends a parcel's news; ten messages are taken by one and deleted by another.
            queue_requests,
            invocations,
        };
        assert_eq!(cost, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_follows_costs_a_read_a_bundle_and_no_message() {
    for bundles in [1_000, 10_000] {
        let (cost, calls) = unfollowed(bundles).await;
        println!("{bundles} bundles: {cost:?} {calls:?}");
        let expected = Cost {
            read_units: f64::from(u32::try_from(bundles).unwrap()),
            invocations: bundles / 100,
            ..Cost::default()
        };
        assert_eq!(cost, expected);
        assert_eq!(calls, Calls::from([("BatchGetItem".to_owned(), bundles / 100)]));
    }
}
