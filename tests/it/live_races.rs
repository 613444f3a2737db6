//! What happens at once: lookups, tokens, imports and polls, in many orders.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use milepost_carriers::read_parcel;
use milepost_model::{
    Arrival, Arrived, Bundle, CarrierCode, EventTime, Kind, Scope, SourceHash, TrackingEvent, TrackingNumber, Wall,
    Which, WrittenZone,
};
use support::carrier_api::ApiAnswer;
use support::live_world::World;
use tokio::task::JoinSet;

const USPS: &str = "9400100000000000000001";

async fn connected() -> World {
    let world = World::new().await;
    world.connect("usps", Scope::Account(world.account.clone())).await;
    let (answer, _) = ApiAnswer::fixture("usps", "success");
    world.api.answer(answer.after(Duration::from_millis(100)));
    world
}

#[tokio::test]
async fn of_many_lookups_at_once_one_asks_and_all_are_answered() {
    let world = Arc::new(connected().await);
    let mut lookups = JoinSet::new();
    for _ in 0..20 {
        let world = Arc::clone(&world);
        lookups.spawn(async move { world.look_up("usps", USPS).await.parcel });
    }
    let parcels = lookups.join_all().await;
    assert!(parcels.iter().all(|parcel| parcel.is_known() && *parcel == parcels[0]));
    assert_eq!(world.api.calls().len(), 1);
}

#[tokio::test]
async fn of_many_who_need_a_token_one_gets_it() {
    let world = Arc::new(connected().await);
    let mut lookups = JoinSet::new();
    for nth in 0..12 {
        let world = Arc::clone(&world);
        lookups.spawn(async move { world.look_up("usps", &format!("94001000000000000000{nth:02}")).await });
    }
    lookups.join_all().await;
    assert_eq!((world.api.tokens(), world.api.calls().len()), (1, 12));
}

/// A file's event of the number, first seen at an instant.
fn imported(world: &World, at_ms: i64) -> Bundle {
    let wall = Wall::At("2026-11-18T08:00:00".parse().unwrap());
    let event = TrackingEvent {
        code: "03".to_owned(),
        ..TrackingEvent::at(EventTime {
            wall,
            zone: WrittenZone::Utc,
        })
    };
    Bundle {
        number: TrackingNumber::parse(USPS).unwrap(),
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Account(world.account.clone()),
        kind: Kind::Import,
        arrival: Arrival {
            at_ms: u64::try_from(at_ms).unwrap(),
            source: SourceHash(7),
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
        expires_at: i64::MAX / 2,
    }
}

/// Fault 34: an import, a poll and a lookup of one parcel meet. Whatever comes first, nothing that the carrier said
/// after the first import was seen is shown or told, and from then on the carrier is not asked any more.
#[tokio::test]
async fn an_import_switches_the_asking_off_whatever_comes_first() {
    for seed in 0..16_u64 {
        let world = connected().await;
        let pause = |of: u64| Duration::from_millis((seed * 37 + of * 53) % 160);
        world.start("usps", USPS).await;
        // The file was seen before, while, or after the carrier answered.
        let seen_ms = world.now().as_millisecond() + [-5_000, 0, 5_000][(seed % 3) as usize];
        let bundle = imported(&world, seen_ms);
        let import = async {
            tokio::time::sleep(pause(1)).await;
            world.store.put_bundles(std::slice::from_ref(&bundle)).await.unwrap();
        };
        let poll = async {
            tokio::time::sleep(pause(2)).await;
            world.refresher.tick().await.unwrap();
        };
        let lookup = async {
            tokio::time::sleep(pause(3)).await;
            world.look_up("usps", USPS).await
        };
        tokio::join!(import, poll, lookup);

        let calls = world.api.calls().len();
        assert!(calls <= 1, "seed {seed}: {calls} calls");
        let number = TrackingNumber::parse(USPS).unwrap();
        let stored = world.store.number(&number, world.now().as_second()).await.unwrap();
        let carrier = CarrierCode::parse("usps").unwrap();
        let parcel = read_parcel(&number, &carrier, &stored.bundles, &world.account, Which::Newest);
        for event in &parcel.events {
            let late = !event.imported && event.first_arrival.at_ms > u64::try_from(seen_ms).unwrap();
            assert!(!late, "seed {seed}: {} came after the import", event.event.code);
        }
        let told = stored
            .followers
            .iter()
            .filter_map(|follower| follower.told.news(&parcel));
        let of_parcel: Vec<_> = parcel.events.iter().map(|event| event.identity).collect();
        assert!(
            told.flat_map(|news| news.events)
                .all(|event| of_parcel.contains(&event)),
            "seed {seed}"
        );

        for _ in 0..3 {
            world.advance(SignedDuration::from_hours(26));
            world.refresher.tick().await.unwrap();
            world.look_up("usps", USPS).await;
        }
        assert_eq!(world.api.calls().len(), calls, "seed {seed}: files tell of it now");
        let due = world.state("usps", USPS).await.and_then(|state| state.due);
        assert_eq!(due, None, "seed {seed}: the polls have ended");
    }
}

#[tokio::test]
async fn two_ticks_at_once_poll_once() {
    for seed in 0..8_u64 {
        let world = connected().await;
        world.start("usps", USPS).await;
        let other = milepost_track::Refresher::new(world.live.clone());
        let late = async {
            tokio::time::sleep(Duration::from_millis(seed * 15)).await;
            other.tick().await.unwrap()
        };
        let (one, two) = tokio::join!(world.refresher.tick(), late);
        assert_eq!(one.unwrap().polled + two.polled, 1, "seed {seed}");
        assert_eq!(world.api.calls().len(), 1, "seed {seed}");
    }
}
