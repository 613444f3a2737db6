//! Ten attempts on a clock of the test's own: queued, parked, woken, and at the end exhausted or delivered.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use milepost_local::aws::{Cloud, CloudOptions, ManualClock, QueueSpec, TableSpec};
use milepost_local::hub::{Access, BUCKET, TABLE, WEBHOOK_QUEUE};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, Circuit, Delivery, DeliveryId, DeliveryState, Endpoint,
    EndpointFilter, EndpointId, EndpointSecrets, EndpointStyle, EventTime, Kind, Scope, SourceHash, Standing, Tell,
    TrackingEvent, TrackingNumber, Wall, WrittenZone,
};
use milepost_net::{AddressPolicy, Exchange, Guard, Timeouts};
use milepost_store::{SealKey, Store, TTL_ATTRIBUTE};
use milepost_track::{Asked, Connections, Followed, start};
use milepost_webhooks::{ATTEMPTS, Chance, Deliverer, DeliveryOrder, Notified, Notifier, Outcome, WebhookOrder};
use support::receiver::Receiver;
use tempfile::TempDir;

const BEGIN: &str = "2026-11-20T12:00:00Z";

/// Queue, table and bucket on one clock that only the test moves.
pub(crate) struct Bench {
    _folder: TempDir,
    pub(crate) cloud: Cloud,
    clock: Arc<ManualClock>,
    pub(crate) access: Access,
    pub(crate) store: Store,
    pub(crate) now: Timestamp,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let now: Timestamp = BEGIN.parse().unwrap();
        let clock = Arc::new(ManualClock::at(now.as_millisecond()));
        let queue = QueueSpec {
            name: WEBHOOK_QUEUE.to_owned(),
            visibility: Duration::from_secs(60),
            dead_letter: None,
        };
        let options = CloudOptions {
            table: TableSpec {
                name: TABLE.to_owned(),
                expires_attribute: TTL_ATTRIBUTE.to_owned(),
            },
            queues: vec![queue],
            buckets: vec![BUCKET.to_owned()],
            notices: Vec::new(),
            clock: clock.clone(),
        };
        let cloud = Cloud::start(folder.path(), options).await.unwrap();
        let access = Access::to(cloud.endpoints(), folder.path());
        let store = access.store_sealed(SealKey::new([7; 32]));
        Self {
            _folder: folder,
            cloud,
            clock,
            access,
            store,
            now,
        }
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.now += SignedDuration::try_from(by).unwrap();
    }

    pub(crate) fn deliverer(&self) -> Deliverer {
        let policy = AddressPolicy {
            allow_loopback: true,
            allow_plain_http: true,
            ..AddressPolicy::default()
        };
        let exchange = Exchange::new(Guard::new(policy), Timeouts::default(), "test").unwrap();
        let queue = self.access.webhook_queue();
        Deliverer::new(self.store.clone(), queue, exchange, None)
    }

    /// The next message of the queue, deleted.
    pub(crate) async fn next_order(&self) -> Option<DeliveryOrder> {
        let received = self.cloud.queues().receive(WEBHOOK_QUEUE, 1).await.unwrap().pop()?;
        self.cloud
            .queues()
            .delete(WEBHOOK_QUEUE, &received.receipt)
            .await
            .unwrap();
        match WebhookOrder::parse(&received.body).unwrap() {
            WebhookOrder::Deliver(order) => Some(order),
            WebhookOrder::Release(order) => panic!("{order:?}"),
        }
    }

    /// The next message of the queue, of any kind, deleted.
    pub(crate) async fn next_message(&self) -> Option<WebhookOrder> {
        let received = self.cloud.queues().receive(WEBHOOK_QUEUE, 1).await.unwrap().pop()?;
        let queues = self.cloud.queues();
        queues.delete(WEBHOOK_QUEUE, &received.receipt).await.unwrap();
        Some(WebhookOrder::parse(&received.body).unwrap())
    }

    /// An endpoint of the account `default`.
    pub(crate) async fn endpoint(&self, id: &str, url: &str, style: EndpointStyle, tell: Tell) -> Endpoint {
        let endpoint = Endpoint {
            id: EndpointId(id.to_owned()),
            account: AccountId::default_account(),
            url: url.to_owned(),
            name: None,
            store_id: None,
            style,
            filter: EndpointFilter::of_all(tell),
            created: self.now,
            standing: Standing::Enabled,
            circuit: Circuit::default(),
        };
        let secrets = EndpointSecrets::new(vec![1; 32]);
        self.store.put_endpoint(&endpoint, &secrets).await.unwrap();
        endpoint
    }

    /// Follows a parcel, has something happen to it, and has the notifier look.
    async fn something_happens(&self, receiver: &Receiver) -> Notified {
        let account = AccountId::default_account();
        self.endpoint("se-1", &receiver.url, EndpointStyle::ShipEngine, Tell::StatusChanges)
            .await;
        let carrier = CarrierCode::parse("usps").unwrap();
        let number = TrackingNumber::parse("9405511899223197428490").unwrap();
        let asked = Asked::Carrier(carrier.clone());
        let followed = start(
            &Connections::new(self.store.clone()),
            &account,
            &asked,
            &number,
            self.now,
        )
        .await
        .unwrap();
        assert_eq!(followed, Followed::Started);
        self.store
            .put_bundles(&[delivered(&number, carrier, self.now)])
            .await
            .unwrap();
        let queue = self.access.webhook_queue();
        let url = "https://hub.example".to_owned();
        let notifier = Notifier::new(self.store.clone(), queue, url);
        let first = notifier.notify(&number, self.now).await.unwrap();
        assert_eq!(
            notifier.notify(&number, self.now).await.unwrap().deliveries,
            0,
            "it was told"
        );
        first
    }

    async fn delivery(&self, id: &str) -> Delivery {
        let found = self
            .store
            .delivery(&AccountId::default_account(), &DeliveryId(id.to_owned()))
            .await;
        found.unwrap().unwrap()
    }
}

pub(crate) fn delivered(number: &TrackingNumber, carrier: CarrierCode, now: Timestamp) -> Bundle {
    let time = EventTime {
        wall: Wall::At(date(2026, 11, 20).at(6, 0, 0, 0)),
        zone: WrittenZone::Offset(jiff::tz::offset(-6)),
    };
    let event = TrackingEvent {
        code: "01".to_owned(),
        ..TrackingEvent::at(time)
    };
    Bundle {
        number: number.clone(),
        carrier,
        scope: Scope::Shared,
        kind: Kind::Import,
        arrival: Arrival {
            at_ms: u64::try_from(now.as_millisecond()).unwrap(),
            source: SourceHash(1),
            offset: 0,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: vec![Arrived {
            offset: 0,
            value: event,
        }],
        facts: Vec::new(),
        expires_at: now.as_second() + 86_400 * 200,
    }
}

/// Without jitter.
pub(crate) fn at(now: &(dyn Fn() -> Timestamp + Sync)) -> Chance<'_> {
    Chance { now, random: 0.0 }
}

/// The waits of the schedule, and whether the queue or the table holds the attempt meanwhile.
const WAITS: [(u64, bool); 9] = [
    (5, true),
    (5 * 60, true),
    (30 * 60, false),
    (2 * 3600, false),
    (5 * 3600, false),
    (10 * 3600, false),
    (14 * 3600, false),
    (20 * 3600, false),
    (24 * 3600, false),
];

/// Fails every attempt but the last; `last` is what the receiver answers to that one.
async fn ten_attempts(last: u16) -> (Outcome, Delivery, Receiver) {
    let mut bench = Bench::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next([500; ATTEMPTS - 1].into_iter().chain([last]));
    assert_eq!(
        bench.something_happens(&receiver).await,
        Notified {
            followers: 1,
            deliveries: 1
        }
    );
    let deliverer = bench.deliverer();
    let mut order = bench.next_order().await.unwrap();
    let id = order.delivery.clone();
    let endpoint = EndpointId("se-1".to_owned());
    for (wait, queued) in WAITS {
        let now = bench.now;
        assert_eq!(
            deliverer.deliver(&order, at(&move || now)).await.unwrap(),
            Outcome::TryAgain
        );
        assert_eq!(
            deliverer.deliver(&order, at(&move || now)).await.unwrap(),
            Outcome::Skipped,
            "the same message again makes no second attempt"
        );
        // The receiver takes others in between, or it would be left alone.
        let account = AccountId::default_account();
        assert!(bench.store.reset_circuit(&account, &endpoint).await.unwrap());
        bench.advance(Duration::from_secs(wait - 1));
        assert_eq!(deliverer.wake(bench.now).await.unwrap(), 0, "not yet due");
        assert_eq!(bench.next_order().await, None, "not yet due");
        bench.advance(Duration::from_secs(1));
        let woken = deliverer.wake(bench.now).await.unwrap();
        assert_eq!(woken, usize::from(!queued), "{wait} s");
        order = bench.next_order().await.unwrap();
    }
    let now = bench.now;
    let outcome = deliverer.deliver(&order, at(&move || now)).await.unwrap();
    assert_eq!(deliverer.wake(bench.now).await.unwrap(), 0);
    assert_eq!(bench.next_order().await, None);
    let delivery = bench.delivery(&id).await;
    assert_eq!(delivery.attempts.len(), ATTEMPTS);
    bench.cloud.stop().await;
    (outcome, delivery, receiver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tenth_attempt_may_deliver() {
    let (outcome, delivery, receiver) = ten_attempts(204).await;
    assert_eq!(
        (outcome, delivery.state),
        (Outcome::Delivered, DeliveryState::Delivered)
    );
    let messages = receiver.messages();
    assert_eq!(messages.len(), ATTEMPTS);
    for message in &messages {
        assert_eq!((&message.id, &message.body), (&delivery.id.0, &messages[0].body));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_tenth_it_is_exhausted_and_visible() {
    let (outcome, delivery, _) = ten_attempts(503).await;
    assert_eq!(
        (outcome, delivery.state),
        (Outcome::Exhausted, DeliveryState::Exhausted)
    );
    assert_eq!(delivery.attempts.last().unwrap().status, Some(503));
}
