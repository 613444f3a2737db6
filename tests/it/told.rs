//! Who is told what of two parcels, over histories made by chance: events twice, in any order, from two sources; following
//! that starts and stops; and what the stream makes of it: batches split anywhere, late, twice, two at once, cut short and
//! begun again, with the changes of one parcel before or behind those of the other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::date;
use milepost_carriers::read_parcel;
use milepost_contract::ship24::TrackingsWebhook;
use milepost_contract::shipengine::{TimeStyle, TrackWebhook};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, EndpointStyle, EventTime, Kind, Parcel, Scope, SourceHash,
    Status, Tell, Told, Tracker, TrackerTerms, TrackingEvent, TrackingNumber, Wall, Which, WrittenZone,
};
use milepost_track::{Asked, Connections, start, stop};
use milepost_webhooks::WebhookOrder;
use notify_changes::NotifyChanges;
use support::carrier_file::Seeded;

use crate::deliveries::{Bench, FAR, stream_batch};

const SEEDS: u64 = 12;
const STEPS: usize = 14;

const NUMBERS: [&str; 2] = ["9405511899223197428490", "9400111899223197428497"];

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

/// Ids with their bodies, in the order of their first appearance.
type Heard = Vec<(String, Vec<u8>)>;

/// One of the two, and what is owed of it.
struct Watched {
    number: TrackingNumber,
    /// Whether it is subscribed to.
    following: bool,
    /// What a receiver of every state must have heard last, while nothing was owed since the last start.
    begun: Vec<u8>,
    first: Status,
    /// What was heard of earlier followings.
    earlier: usize,
    /// Events that were there before its tracker.
    before: BTreeSet<String>,
    /// Changes of it that the stream has not brought yet, as their places in it.
    pending: Vec<u64>,
    /// Every state that was ever visible.
    visible: BTreeSet<Vec<u8>>,
}

/// One account's world, and what it heard.
struct World {
    bench: Bench,
    function: NotifyChanges,
    account: AccountId,
    carrier: CarrierCode,
    watched: [Watched; 2],
    /// The stream's next place.
    place: u64,
    /// By endpoint and number.
    heard: BTreeMap<(String, String), Heard>,
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
        let watched = NUMBERS.map(|number| Watched {
            number: TrackingNumber::parse(number).unwrap(),
            following: false,
            begun: Vec::new(),
            first: Status::NotYetInSystem,
            earlier: 0,
            before: BTreeSet::new(),
            pending: Vec::new(),
            visible: BTreeSet::new(),
        });
        Self {
            function: bench.notify_changes(),
            bench,
            account: AccountId::default_account(),
            carrier: CarrierCode::parse("usps").unwrap(),
            watched,
            place: 0,
            heard: BTreeMap::new(),
        }
    }

    async fn parcel(&self, which: usize) -> Parcel {
        let number = &self.watched[which].number;
        let known = self.bench.store.number(number, 0).await.unwrap();
        read_parcel(number, &self.carrier, &known.bundles, &self.account, Which::Newest)
    }

    async fn body(&self, which: usize) -> Vec<u8> {
        let parcel = self.parcel(which).await;
        let webhook = TrackWebhook::of(&parcel, "https://hub.example", TimeStyle::default());
        serde_json::to_vec(&webhook).unwrap()
    }

    async fn arrive(&mut self, which: usize, source: u64, events: &[usize]) {
        let arrived = events.iter().zip(0..).map(|(nth, offset)| Arrived {
            offset,
            value: event(*nth),
        });
        let at_ms = u64::try_from(self.bench.now.as_millisecond()).unwrap();
        let bundle = Bundle {
            number: self.watched[which].number.clone(),
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
            expires_at: FAR,
        };
        self.bench.store.put_bundles(&[bundle]).await.unwrap();
        self.place += 1;
        self.watched[which].pending.push(self.place);
        let visible = self.body(which).await;
        self.watched[which].visible.insert(visible);
    }

    /// Begins to follow by a tracker, which never ends.
    async fn track(&mut self, which: usize) {
        let (account, number) = (self.account.clone(), self.watched[which].number.clone());
        let tracker = Tracker::new(account, number.clone(), TrackerTerms::default(), 1, self.bench.now);
        let parcel = self.parcel(which).await;
        let told = Told::all_of(&parcel);
        self.bench.store.mark_followed(&number, FAR).await.unwrap();
        assert!(self.bench.store.put_follower(&tracker.follower(told)).await.unwrap());
        self.watched[which].before = codes(&parcel);
    }

    async fn start(&mut self, which: usize) {
        let connections = Connections::new(self.bench.store.clone());
        let (asked, now) = (Asked::Carrier(self.carrier.clone()), self.bench.now);
        let number = &self.watched[which].number;
        start(&connections, &self.account, &asked, number, now).await.unwrap();
        let (begun, first) = (self.body(which).await, self.parcel(which).await.status);
        let earlier = self.heard("se-2", which).len();
        let watched = &mut self.watched[which];
        (watched.begun, watched.first, watched.earlier) = (begun, first, earlier);
        watched.following = true;
    }

    async fn stop(&mut self, which: usize) {
        let asked = Asked::Carrier(self.carrier.clone());
        let number = &self.watched[which].number;
        stop(&self.bench.store, &self.account, &asked, number).await.unwrap();
        self.watched[which].following = false;
    }

    /// What the stream brings now: changes of one parcel in their order, those of the two in any, and the last perhaps
    /// later. Two parcels may lie in different shards, which are read at their own pace.
    fn batches(&mut self, rng: &mut Seeded) -> Vec<Vec<(TrackingNumber, u64)>> {
        let mut queues = self.watched.each_mut().map(|watched| {
            let late = usize::from(rng.chance(200)).min(watched.pending.len());
            let now = watched.pending.len() - late;
            let places: Vec<u64> = watched.pending.drain(..now).rev().collect();
            (watched.number.clone(), places)
        });
        let (mut batches, mut batch) = (Vec::new(), Vec::new());
        while queues.iter().any(|(_, places)| !places.is_empty()) {
            let [one, two] = &mut queues;
            let (number, places) = if rng.chance(500) { one } else { two };
            if let Some(place) = places.pop() {
                batch.push((number.clone(), place));
            }
            if rng.chance(400) {
                batches.push(std::mem::take(&mut batch));
            }
        }
        batches.push(batch);
        batches.retain(|batch| !batch.is_empty());
        batches
    }

    async fn handle(&self, batch: &[(TrackingNumber, u64)]) {
        let event = stream_batch(batch.iter().map(|(number, place)| (number.as_str(), *place)));
        let failures = self.function.handle(event).await.unwrap();
        assert_eq!(failures.identifiers().count(), 0, "what fails goes to the retry queue");
    }

    /// Has the function look at what the stream brings, and hears what it queues.
    async fn look(&mut self, rng: &mut Seeded) {
        for batch in self.batches(rng) {
            match rng.below(5) {
                // A function that was given up went on beside the next.
                0 => {
                    tokio::join!(self.handle(&batch), self.handle(&batch));
                }
                // Its answer was lost.
                1 => {
                    self.handle(&batch).await;
                    self.handle(&batch).await;
                }
                // It was cut in two, and came again as a whole.
                2 => {
                    let (half, rest) = batch.split_at(batch.len() / 2);
                    self.handle(half).await;
                    self.handle(rest).await;
                    self.handle(&batch).await;
                }
                _ => self.handle(&batch).await,
            }
            self.look_again().await;
            self.hear().await;
        }
    }

    /// What the function sent itself.
    async fn look_again(&self) {
        while let Some(event) = self.bench.next_retry().await {
            let failures = self.function.handle(event).await.unwrap();
            assert_eq!(failures.identifiers().count(), 0);
        }
    }

    async fn hear(&mut self) {
        while let Some(message) = self.bench.next_message().await {
            let WebhookOrder::Deliver(order) = message else {
                panic!("{message:?}");
            };
            let body = order.new.unwrap().json().unwrap();
            let heard = self.heard.entry((order.endpoint, order.number)).or_default();
            match heard.iter().find(|(id, _)| *id == order.delivery) {
                Some((_, before)) => assert_eq!(*before, body, "an id stands for the same bytes"),
                None => heard.push((order.delivery, body)),
            }
        }
    }

    fn heard(&self, endpoint: &str, which: usize) -> &[(String, Vec<u8>)] {
        let key = (endpoint.to_owned(), self.watched[which].number.as_str().to_owned());
        self.heard.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a receiver of every state has heard the last one, or nothing was owed.
    async fn check_last(&self, which: usize, when: &str) {
        let watched = &self.watched[which];
        // Of what the stream has not brought nothing can be told.
        if !watched.following || !watched.pending.is_empty() {
            return;
        }
        let now = self.body(which).await;
        match self.heard("se-2", which)[watched.earlier..].last() {
            Some((_, last)) => assert_eq!(*last, now, "{when}: the last state is told"),
            None => assert_eq!(watched.begun, now, "{when}: nothing is owed"),
        }
    }
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
        for which in [0, 1] {
            if rng.chance(500) {
                world.arrive(which, 9, &[0]).await;
            }
            world.track(which).await;
            world.start(which).await;
        }
        for step in 0..STEPS {
            world.bench.advance(Duration::from_secs(60));
            for which in [0, 1] {
                if rng.chance(150) {
                    if world.watched[which].following {
                        world.stop(which).await;
                    } else {
                        world.start(which).await;
                    }
                }
                for _ in 0..rng.below(3) {
                    let some: Vec<usize> = (0..12).filter(|_| rng.chance(120)).collect();
                    if !some.is_empty() {
                        world.arrive(which, rng.pick(&[1, 2]), &some).await;
                    }
                }
            }
            let told = [0, 1].map(|which| world.heard("se-2", which).len());
            world.look(&mut rng).await;
            for which in [0, 1] {
                let when = format!("seed {seed} step {step} parcel {which}");
                if !world.watched[which].following {
                    assert_eq!(world.heard("se-2", which).len(), told[which], "{when}: stopped");
                }
                world.check_last(which, &when).await;
            }
        }
        // The stream brings the rest.
        while world.watched.iter().any(|watched| !watched.pending.is_empty()) {
            world.look(&mut rng).await;
        }
        for which in [0, 1] {
            world.check_last(which, &format!("seed {seed} parcel {which}")).await;
            check_whole(&world, which, &format!("seed {seed} parcel {which}")).await;
        }
        world.bench.cloud.stop().await;
    }
}

/// What each endpoint has heard of a parcel in all.
async fn check_whole(world: &World, which: usize, when: &str) {
    let watched = &world.watched[which];
    for endpoint in ["se-1", "se-2"] {
        let heard = world.heard(endpoint, which);
        for (_, body) in heard {
            assert!(watched.visible.contains(body), "{when}: never visible");
        }
        for pair in heard.windows(2) {
            assert_ne!(pair[0].1, pair[1].1, "{when}: a state twice without a change between");
        }
    }
    let status = |body: &[u8]| serde_json::from_slice::<TrackWebhook>(body).unwrap().data.status_code;
    let last = world.heard("se-1", which).last().map(|(_, body)| status(body));
    let now = world.parcel(which).await.status;
    if watched.following && now != watched.first {
        assert_eq!(last.as_deref(), Some(now.code()), "{when}");
    }
    // The tracker was never stopped: each event that came behind it, once and by itself.
    let mut told = BTreeSet::new();
    for (id, body) in world.heard("se-3", which) {
        let webhook: TrackingsWebhook = serde_json::from_slice(body).unwrap();
        assert_eq!((webhook.trackings.len(), webhook.trackings[0].events.len()), (1, 1));
        assert_eq!(webhook.trackings[0].metadata.message_id, *id);
        assert!(
            told.insert(webhook.trackings[0].events[0].event_id.clone()),
            "{when}: an event twice"
        );
    }
    let owed = codes(&world.parcel(which).await).difference(&watched.before).count();
    assert_eq!(told.len(), owed, "{when}");
}
