//! What followers hear when files begin to tell of a parcel that a carrier was asked about: writes in many orders, and
//! the notifier, which comes late, twice, or two at once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use milepost_local::hub::WEBHOOK_QUEUE;
use milepost_model::{
    Arrival, Arrived, Bundle, CarrierCode, Circuit, Endpoint, EndpointFilter, EndpointId, EndpointSecrets,
    EndpointStyle, EventTime, Kind, Scope, SourceHash, Standing, Tell, Told, Tracker, TrackerTerms, TrackingEvent,
    TrackingNumber, Wall, WrittenZone,
};
use milepost_webhooks::{Notifier, WebhookOrder};
use serde_json::Value;
use support::carrier_api::ApiAnswer;
use support::carrier_file::Seeded;
use support::live_world::World;

const USPS: &str = "9400100000000000000001";
const SEEDS: u64 = 10;
const STEPS: i64 = 14;

/// Scans of the carrier's answers are made at this minute, those of files at another.
const LIVE: &str = ":10";

struct Story {
    world: World,
    notifier: Notifier,
    number: TrackingNumber,
    rng: Seeded,
    /// The carrier's scans so far: local times.
    scans: Vec<String>,
    /// When the file was first seen; its bundle may be written later.
    seen_ms: Option<u64>,
    imported: bool,
    /// Live events that were told.
    heard: usize,
}

impl Story {
    async fn new(seed: u64) -> Self {
        let world = World::new().await;
        world.connect("usps", Scope::Account(world.account.clone())).await;
        for (id, style) in [("se-1", EndpointStyle::ShipEngine), ("se-2", EndpointStyle::Ship24)] {
            let endpoint = Endpoint {
                id: EndpointId(id.to_owned()),
                account: world.account.clone(),
                url: "https://example.com/".to_owned(),
                name: None,
                store_id: None,
                style,
                filter: EndpointFilter::of_all(Tell::EveryEvent),
                created: world.now(),
                standing: Standing::Enabled,
                circuit: Circuit::default(),
            };
            let secrets = EndpointSecrets::new(vec![1; 32]);
            world.store.put_endpoint(&endpoint, &secrets).await.unwrap();
        }
        let number = TrackingNumber::parse(USPS).unwrap();
        world.start("usps", USPS).await;
        let terms = TrackerTerms::default();
        let tracker = Tracker::new(world.account.clone(), number.clone(), terms, 1, world.now());
        let follower = tracker.follower(Told::all_of_each(&[]));
        assert!(world.store.put_follower(&follower).await.unwrap());
        let queue = world.access.webhook_queue();
        Self {
            notifier: Notifier::new(world.store.clone(), queue, "https://hub.example".to_owned()),
            world,
            number,
            rng: Seeded(seed),
            scans: Vec::new(),
            seen_ms: None,
            imported: false,
            heard: 0,
        }
    }

    /// The hour of a step, as the clocks of Milwaukee have it.
    fn local(&self, minute: &str) -> String {
        let local = jiff::tz::offset(-6).to_datetime(self.world.now());
        format!("{}{minute}:00", local.strftime("%Y-%m-%dT%H"))
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.world.now().as_millisecond()).unwrap()
    }

    /// The carrier scans the parcel, out for delivery each time, so that polls are frequent.
    fn scan(&mut self) {
        self.world.advance(SignedDuration::from_hours(1));
        self.scans.push(self.local(LIVE));
        let events: Vec<(&str, &str)> = self.scans.iter().map(|time| (time.as_str(), "OF")).collect();
        self.world.api.answer(ApiAnswer::usps(USPS, &events));
    }

    /// A file is seen; its events are written now or at a later step.
    async fn import(&mut self) {
        let seen_ms = *self.seen_ms.get_or_insert(self.now_ms() - 1);
        if self.rng.chance(500) {
            return;
        }
        let wall = self.local(":40").parse().unwrap();
        let event = TrackingEvent {
            code: "10".to_owned(),
            ..TrackingEvent::at(EventTime {
                wall: Wall::At(wall),
                zone: WrittenZone::Offset(jiff::tz::offset(-6)),
            })
        };
        let bundle = Bundle {
            number: self.number.clone(),
            carrier: CarrierCode::parse("usps").unwrap(),
            scope: Scope::Shared,
            kind: Kind::Import,
            arrival: Arrival {
                at_ms: seen_ms,
                source: SourceHash(7),
                offset: 0,
            },
            file: None,
            replaces: false,
            notify_from: Some(Timestamp::UNIX_EPOCH),
            events: vec![Arrived {
                offset: 0,
                value: event,
            }],
            facts: Vec::new(),
            expires_at: i64::MAX / 2,
        };
        self.world.store.put_bundles(&[bundle]).await.unwrap();
        self.imported = true;
    }

    /// Has the notifier look, and hears what it queues.
    async fn notify(&mut self, seed: u64) {
        let now = self.world.now();
        if self.rng.chance(300) {
            let (one, two) = tokio::join!(
                self.notifier.notify(&self.number, now),
                self.notifier.notify(&self.number, now)
            );
            assert!(one.is_ok() || two.is_ok());
        } else {
            self.notifier.notify(&self.number, now).await.unwrap();
        }
        let arrived = self.live_arrivals().await;
        let queues = self.world.cloud.queues();
        while let Some(received) = queues.receive(WEBHOOK_QUEUE, 1).await.unwrap().pop() {
            queues.delete(WEBHOOK_QUEUE, &received.receipt).await.unwrap();
            let WebhookOrder::Deliver(order) = WebhookOrder::parse(&received.body).unwrap() else {
                panic!("{}", received.body);
            };
            let body: Value = serde_json::from_slice(&order.new.unwrap().json().unwrap()).unwrap();
            for time in live_times(&body) {
                let at_ms = arrived[&time];
                let late = self.imported && self.seen_ms.is_some_and(|seen_ms| at_ms > seen_ms);
                assert!(!late, "seed {seed}: {time} came after the file and is told: {body}");
                self.heard += 1;
            }
        }
    }

    /// Of each live event that is stored, when it came.
    async fn live_arrivals(&self) -> BTreeMap<String, u64> {
        let bundles = self.world.bundles(USPS).await;
        let mut arrived = BTreeMap::new();
        for bundle in bundles.iter().filter(|bundle| bundle.kind == Kind::Live) {
            for event in &bundle.events {
                let Wall::At(wall) = event.value.time.wall else {
                    panic!("a scan has a time");
                };
                let time = wall.strftime("%Y-%m-%dT%H:%M").to_string();
                arrived.insert(time, bundle.arrival.at_ms);
            }
        }
        arrived
    }
}

/// The local times of a webhook's live events, to the minute.
fn live_times(body: &Value) -> Vec<String> {
    let ours = body["data"]["events"].as_array().into_iter().flatten();
    let ours = ours.map(|event| &event["carrier_occurred_at"]);
    let theirs = body["trackings"].as_array().into_iter().flatten();
    let theirs = theirs.flat_map(|tracking| tracking["events"].as_array().into_iter().flatten());
    let theirs = theirs.map(|event| &event["occurrenceDatetime"]);
    let times = ours.chain(theirs).map(|time| time.as_str().unwrap()[..16].to_owned());
    times.filter(|time| time.ends_with(LIVE)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_live_event_is_told_after_the_first_imported_one() {
    let (mut heard, mut left_out) = (0, 0);
    for seed in 0..SEEDS {
        let mut story = Story::new(seed + 1).await;
        let begins = i64::try_from(seed).unwrap() % 7;
        let mut calls = None;
        for step in 0..STEPS {
            story.scan();
            let mut acts = [0, 1, 2, 3];
            for last in (1..acts.len()).rev() {
                acts.swap(last, usize::try_from(story.rng.below(last as u64 + 1)).unwrap());
            }
            for act in acts {
                match act {
                    0 if step >= begins => story.import().await,
                    1 if story.rng.chance(600) => drop(story.world.refresher.tick().await.unwrap()),
                    2 if story.rng.chance(400) => drop(story.world.look_up("usps", USPS).await),
                    3 if story.rng.chance(700) => story.notify(seed).await,
                    _ => {}
                }
                let made = story.world.api.calls().len();
                if let Some(before) = calls {
                    assert_eq!(made, before, "seed {seed} step {step}: nobody asks");
                }
                calls = story.imported.then_some(made);
            }
        }
        story.notify(seed).await;
        assert!(story.imported, "seed {seed}");
        heard += story.heard;
        let seen_ms = story.seen_ms.unwrap();
        left_out += story
            .live_arrivals()
            .await
            .values()
            .filter(|at_ms| **at_ms > seen_ms)
            .count();
    }
    assert!(
        heard > 20 && left_out > 5,
        "{heard} live events told, {left_out} left out"
    );
}
