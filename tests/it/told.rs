//! Who is told what, over histories made by chance: events twice, in any order, from two sources; following that starts
//! and stops; notifiers that come twice, late, or two at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::date;
use milepost_carriers::read_parcel;
use milepost_contract::ship24::TrackingsWebhook;
use milepost_contract::shipengine::{TimeStyle, TrackWebhook};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, EndpointStyle, EventTime, Kind, Parcel, Scope, SourceHash, Tell,
    Told, Tracker, TrackerTerms, TrackingEvent, TrackingNumber, Wall, Which, WrittenZone,
};
use milepost_track::{Asked, Connections, start, stop};
use milepost_webhooks::{Notifier, WebhookOrder};
use support::carrier_file::Seeded;

use crate::deliveries::Bench;

const SEEDS: u64 = 12;
const STEPS: usize = 14;

/// Codes of USPS: accepted, three of a parcel on its way, an exception, delivered.
const CODES: [&str; 6] = ["03", "10", "07", "L1", "05", "01"];

fn event(nth: usize) -> TrackingEvent {
    let day = i8::try_from(1 + nth / CODES.len()).unwrap();
    let hour = i8::try_from(nth % CODES.len()).unwrap();
    TrackingEvent {
        code: CODES[nth % CODES.len()].to_owned(),
        ..TrackingEvent::at(EventTime {
            wall: Wall::At(date(2026, 11, day).at(hour, 0, 0, 0)),
            zone: WrittenZone::Offset(jiff::tz::offset(-6)),
        })
    }
}

/// One account's world, and what it heard.
struct World {
    bench: Bench,
    notifier: Notifier,
    account: AccountId,
    number: TrackingNumber,
    carrier: CarrierCode,
    /// By endpoint: ids with their bodies, in the order of their first appearance.
    heard: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// Every state that was ever visible.
    visible: BTreeSet<Vec<u8>>,
}

impl World {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let (ours, theirs) = (EndpointStyle::ShipEngine, EndpointStyle::Ship24);
        for (id, style, tell) in [
            ("se-1", ours, Tell::StatusChanges),
            ("se-2", ours, Tell::EveryEvent),
            ("se-3", theirs, Tell::EveryEvent),
        ] {
            bench.endpoint(id, "https://example.com/", style, tell).await;
        }
        Self {
            notifier: bench.notifier(),
            bench,
            account: AccountId::default_account(),
            number: TrackingNumber::parse("9405511899223197428490").unwrap(),
            carrier: CarrierCode::parse("usps").unwrap(),
            heard: BTreeMap::new(),
            visible: BTreeSet::new(),
        }
    }

    async fn parcel(&self) -> Parcel {
        let known = self.bench.store.number(&self.number, 0).await.unwrap();
        read_parcel(
            &self.number,
            &self.carrier,
            &known.bundles,
            &self.account,
            Which::Newest,
        )
    }

    fn body(parcel: &Parcel) -> Vec<u8> {
        let webhook = TrackWebhook::of(parcel, "https://hub.example", TimeStyle::default());
        serde_json::to_vec(&webhook).unwrap()
    }

    async fn arrive(&mut self, source: u64, events: &[usize]) {
        let arrived = events.iter().zip(0..).map(|(nth, offset)| Arrived {
            offset,
            value: event(*nth),
        });
        let at_ms = u64::try_from(self.bench.now.as_millisecond()).unwrap();
        let bundle = Bundle {
            number: self.number.clone(),
            carrier: self.carrier.clone(),
            scope: Scope::Shared,
            kind: Kind::Import,
            arrival: Arrival {
                at_ms,
                source: SourceHash(u32::try_from(source).unwrap()),
                offset: 0,
            },
            file: None,
            replaces: false,
            notify_from: None,
            events: arrived.collect(),
            facts: Vec::new(),
            expires_at: self.bench.now.as_second() + 86_400 * 200,
        };
        self.bench.store.put_bundles(&[bundle]).await.unwrap();
        self.visible.insert(Self::body(&self.parcel().await));
    }

    /// Has the notifier look, once, twice or two at once, and hears what it queues.
    async fn look(&mut self, rng: &mut Seeded) {
        let now = self.bench.now;
        if rng.chance(300) {
            let (one, two) = tokio::join!(
                self.notifier.notify(&self.number, now),
                self.notifier.notify(&self.number, now)
            );
            assert!(one.is_ok() || two.is_ok());
        } else {
            self.notifier.notify(&self.number, now).await.unwrap();
            if rng.chance(300) {
                self.notifier.notify(&self.number, now).await.unwrap();
            }
        }
        while let Some(message) = self.bench.next_message().await {
            let WebhookOrder::Deliver(order) = message else {
                panic!("{message:?}");
            };
            let body = order.new.unwrap().json().unwrap();
            let heard = self.heard.entry(order.endpoint).or_default();
            match heard.iter().find(|(id, _)| *id == order.delivery) {
                Some((_, before)) => assert_eq!(*before, body, "an id stands for the same bytes"),
                None => heard.push((order.delivery, body)),
            }
        }
    }

    fn heard(&self, endpoint: &str) -> &[(String, Vec<u8>)] {
        self.heard.get(endpoint).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A tracker of the number.
async fn track(world: &World) -> BTreeSet<String> {
    let (account, number) = (world.account.clone(), world.number.clone());
    let tracker = Tracker::new(account, number, TrackerTerms::default(), 1, world.bench.now);
    let parcel = world.parcel().await;
    let told = Told::all_of(&parcel);
    world
        .bench
        .store
        .mark_followed(&world.number, i64::MAX / 2)
        .await
        .unwrap();
    assert!(world.bench.store.put_follower(&tracker.follower(told)).await.unwrap());
    parcel
        .events
        .iter()
        .map(|event| event.event.code.clone() + &event.sort_instant().to_string())
        .collect()
}

fn codes(parcel: &Parcel) -> BTreeSet<String> {
    parcel
        .events
        .iter()
        .map(|event| event.event.code.clone() + &event.sort_instant().to_string())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_what_is_owed() {
    for seed in 0..SEEDS {
        let mut rng = Seeded(seed);
        let mut world = World::new().await;
        let asked = Asked::Carrier(world.carrier.clone());
        if rng.chance(500) {
            world.arrive(9, &[0]).await;
        }
        let before = track(&world).await;
        start(
            &Connections::new(world.bench.store.clone()),
            &world.account,
            &asked,
            &world.number,
            world.bench.now,
        )
        .await
        .unwrap();
        let mut following = true;
        // What a receiver of every state must have heard last; nothing while nothing was owed since the last start.
        let (mut begun, mut first) = (World::body(&world.parcel().await), world.parcel().await.status);
        let mut of_following = 0;
        for step in 0..STEPS {
            world.bench.advance(Duration::from_secs(60));
            if rng.chance(150) {
                if following {
                    stop(&world.bench.store, &world.account, &asked, &world.number)
                        .await
                        .unwrap();
                } else {
                    start(
                        &Connections::new(world.bench.store.clone()),
                        &world.account,
                        &asked,
                        &world.number,
                        world.bench.now,
                    )
                    .await
                    .unwrap();
                    (begun, first) = (World::body(&world.parcel().await), world.parcel().await.status);
                    of_following = world.heard("se-2").len();
                }
                following = !following;
            }
            let some: Vec<usize> = (0..12).filter(|_| rng.chance(200)).collect();
            if !some.is_empty() {
                world.arrive(rng.pick(&[1, 2]), &some).await;
            }
            let told = world.heard("se-2").len();
            world.look(&mut rng).await;
            if !following {
                assert_eq!(world.heard("se-2").len(), told, "seed {seed} step {step}: stopped");
                continue;
            }
            let now = World::body(&world.parcel().await);
            let last = world.heard("se-2")[of_following..].last();
            match last {
                Some((_, last)) => assert_eq!(*last, now, "seed {seed} step {step}: the last state is told"),
                None => assert_eq!(begun, now, "seed {seed} step {step}: nothing is owed"),
            }
        }
        for endpoint in ["se-1", "se-2"] {
            for (_, body) in world.heard(endpoint) {
                assert!(world.visible.contains(body), "seed {seed}: never visible");
            }
            for pair in world.heard(endpoint).windows(2) {
                assert_ne!(
                    pair[0].1, pair[1].1,
                    "seed {seed}: a state twice without a change between"
                );
            }
        }
        let status = |body: &[u8]| serde_json::from_slice::<TrackWebhook>(body).unwrap().data.status_code;
        let changes: Vec<String> = world.heard("se-1").iter().map(|(_, body)| status(body)).collect();
        if following && world.parcel().await.status != first {
            assert_eq!(
                changes.last().map(String::as_str),
                Some(world.parcel().await.status.code()),
                "seed {seed}"
            );
        }
        // The tracker was never stopped: each event that came behind it, once and by itself.
        let mut told = BTreeSet::new();
        for (id, body) in world.heard("se-3") {
            let webhook: TrackingsWebhook = serde_json::from_slice(body).unwrap();
            assert_eq!((webhook.trackings.len(), webhook.trackings[0].events.len()), (1, 1));
            assert_eq!(webhook.trackings[0].metadata.message_id, *id);
            assert!(
                told.insert(webhook.trackings[0].events[0].event_id.clone()),
                "seed {seed}: an event twice"
            );
        }
        let owed = codes(&world.parcel().await).difference(&before).count();
        assert_eq!(told.len(), owed, "seed {seed}");
        world.bench.cloud.stop().await;
    }
}
