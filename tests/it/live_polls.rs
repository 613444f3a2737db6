//! Polls of followed parcels, tick by tick.

use jiff::SignedDuration;
use milepost_model::{AccountId, LiveApi, LiveKey, LiveQuota, Scope, Status, TrackingNumber};
use milepost_track::{Asked, Refreshed, start, stop};
use support::carrier_api::ApiAnswer;
use support::live_world::World;

const USPS: &str = "9400100000000000000001";

async fn connected() -> World {
    let world = World::new().await;
    world.connect("usps", Scope::Account(world.account.clone())).await;
    world
}

async fn tick(world: &World) -> Refreshed {
    world.refresher.tick().await.unwrap()
}

fn usps_answer(events: &[(&str, &str)]) -> ApiAnswer {
    ApiAnswer::usps(USPS, events)
}

#[tokio::test]
async fn a_parcel_is_polled_until_it_is_delivered() {
    let world = connected().await;
    let accepted = ("2026-11-20T10:00:00", "03");
    world.api.answer(usps_answer(&[accepted]));
    world.start("usps", USPS).await;
    assert_eq!(tick(&world).await.news, 1);
    assert_eq!(world.look_up("usps", USPS).await.parcel.status, Status::Accepted);
    assert_eq!(tick(&world).await, Refreshed::default(), "nothing is due");

    // Without news: two write units, and one for the quota.
    world.advance(SignedDuration::from_hours(27));
    let before = world.store.used().write_units;
    let polled = tick(&world).await;
    let units = world.store.used().write_units - before;
    // Four shards' marks beside them, and three for a token, which lasts four hours here: whose turn it is to get one,
    // the quota of its call, and the token.
    assert!((units - 10.0).abs() < 0.01, "{units}");
    assert_eq!((polled.polled, polled.news), (1, 0));

    let out = ("2026-11-22T20:00:00", "OF");
    world.api.answer(usps_answer(&[accepted, out]));
    world.advance(SignedDuration::from_hours(27));
    assert_eq!(tick(&world).await.news, 1);
    let due = world.state("usps", USPS).await.unwrap().due.unwrap();
    assert!(
        due.duration_since(world.now()) < SignedDuration::from_hours(4),
        "out for delivery: soon"
    );

    world
        .api
        .answer(usps_answer(&[accepted, out, ("2026-11-22T23:30:00", "01")]));
    world.advance(SignedDuration::from_hours(4));
    let last = tick(&world).await;
    assert_eq!((last.polled, last.ended), (1, 1));
    assert_eq!(world.state("usps", USPS).await.unwrap().due, None);
    let calls = world.api.calls().len();
    world.advance(SignedDuration::from_hours(30));
    assert_eq!(tick(&world).await.polled, 0);
    assert_eq!(world.api.calls().len(), calls);
}

#[tokio::test]
async fn polls_end_when_nobody_follows() {
    let world = connected().await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "03")]));
    world.start("usps", USPS).await;
    tick(&world).await;
    let asked = Asked::Carrier("usps".parse().unwrap());
    stop(
        &world.store,
        &world.account,
        &asked,
        &TrackingNumber::parse(USPS).unwrap(),
    )
    .await
    .unwrap();
    world.advance(SignedDuration::from_hours(27));
    let stopped = tick(&world).await;
    assert_eq!((stopped.polled, stopped.ended, world.api.calls().len()), (0, 1, 1));
    world.start("usps", USPS).await;
    assert_eq!(tick(&world).await.polled, 1, "started anew, polled anew");
}

#[tokio::test]
async fn a_poll_without_an_answer_is_made_again_soon() {
    let world = connected().await;
    let (down, _) = ApiAnswer::fixture("usps", "down");
    world.api.answer(down);
    world.start("usps", USPS).await;
    assert_eq!(tick(&world).await.failed, 1);
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "03")]));
    world.advance(SignedDuration::from_mins(40));
    assert_eq!(tick(&world).await.news, 1);
}

/// FedEx takes thirty numbers in one call.
#[tokio::test]
async fn several_numbers_are_one_call_and_each_has_its_own_outcome() {
    let world = World::new().await;
    world.connect("fedex", Scope::Account(world.account.clone())).await;
    let (answer, asked) = ApiAnswer::fixture("fedex", "partial");
    world.api.answer(answer);
    let numbers: Vec<&str> = asked
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].as_str().unwrap())
        .collect();
    for number in &numbers {
        world.start("fedex", number).await;
    }
    let done = tick(&world).await;
    assert_eq!((done.polled, done.calls, done.news), (numbers.len(), 1, 1));
    assert_eq!(world.api.calls().len(), 1);
    assert_eq!(
        world.look_up("fedex", numbers[0]).await.parcel.status,
        Status::Delivered
    );
}

#[tokio::test]
async fn what_finds_no_quota_waits_for_its_turn_and_loses_none() {
    let world = World::new().await;
    let quota = LiveQuota {
        requests: 40,
        seconds: 3_600,
        pause_ms: 0,
    };
    let scope = Scope::Account(world.account.clone());
    world
        .connect_with("dhl_express", scope, LiveApi::Known, Some(quota))
        .await;
    let (answer, _) = ApiAnswer::fixture("dhl_express", "not-found");
    world.api.answer(answer);
    for nth in 0..8 {
        world.start("dhl_express", &format!("100000000{nth}")).await;
    }
    let first = tick(&world).await;
    assert_eq!(
        (first.polled, first.put_off),
        (2, 6),
        "half of a burst of four is kept for lookups"
    );
    let mut polled = first.polled;
    for _ in 0..20 {
        world.advance(SignedDuration::from_mins(1));
        polled += tick(&world).await.polled;
    }
    assert_eq!(polled, 8, "all had their turn within the quota's time");
    assert_eq!(world.api.calls().len(), 8);
}

/// One after the other, each answered, and the next at once.
async fn make_eleven_polls(world: &World, key: &LiveKey) {
    for _ in 0..11 {
        let (before, now) = (world.store.live_state(key).await.unwrap().unwrap(), world.now());
        let next = Some((now, "default under-way"));
        let asking = world.store.take_poll(&before, next, now, now).await.unwrap().unwrap();
        world.store.end_asking(&asking, true).await.unwrap();
        world.advance(SignedDuration::from_mins(20));
    }
}

/// A parcel that does not arrive has twelve polls, the last one late, and no more.
#[tokio::test]
async fn a_chain_has_twelve_polls() {
    let world = connected().await;
    world.start("usps", USPS).await;
    let (down, _) = ApiAnswer::fixture("usps", "down");
    world.api.answer(down);
    assert_eq!(tick(&world).await.failed, 1);
    let key = world.state("usps", USPS).await.unwrap().key;
    let state = async || world.store.live_state(&key).await.unwrap().unwrap();
    assert_eq!(state().await.polls, 0, "one without an answer does not count");
    make_eleven_polls(&world, &key).await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "10")]));
    assert_eq!(tick(&world).await.polled, 1, "the twelfth");
    let last = state().await;
    let due = last.due.unwrap();
    assert_eq!(last.polls, 12);
    assert!(
        due.duration_since(world.now()) > SignedDuration::from_hours(24 * 6),
        "{due}"
    );

    let soon = world.now() + SignedDuration::from_hours(1);
    let account = &world.account;
    assert!(
        world
            .store
            .put_poll(&key, account, Some(due), soon, "default under-way")
            .await
            .unwrap()
    );
    world.advance(SignedDuration::from_hours(2));
    let over = tick(&world).await;
    assert_eq!(
        (over.polled, over.ended, state().await.due),
        (0, 1, None),
        "no thirteenth"
    );
    world.start("usps", USPS).await;
    assert_eq!(
        (tick(&world).await.polled, state().await.polls),
        (1, 1),
        "started anew, it has twelve more"
    );
}

#[tokio::test]
async fn a_chain_outlives_its_connection_and_goes_on_with_the_next() {
    let world = World::new().await;
    let scope = Scope::Account(world.account.clone());
    let connection = world.connect("usps", scope.clone()).await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "03")]));
    world.start("usps", USPS).await;
    tick(&world).await;
    world.store.remove_connection(&connection.id).await.unwrap();
    world.advance(SignedDuration::from_hours(27));
    let without = tick(&world).await;
    assert_eq!((without.polled, without.put_off, without.ended), (0, 1, 0));
    assert_eq!(tick(&world).await.due, 0, "it waits for a day");

    world.connect("usps", scope).await;
    world.advance(SignedDuration::from_hours(27));
    assert_eq!(tick(&world).await.polled, 1, "there is a connection again");
    world.store.remove_connection(&connection.id).await.unwrap();
    for _ in 0..40 {
        world.advance(SignedDuration::from_hours(27));
        tick(&world).await;
    }
    let state = world.state("usps", USPS).await.unwrap();
    assert_eq!(state.due, None, "silence ends it as ever");
}

/// The chain of a parcel whose followers have used it up is still due once: to end.
#[tokio::test]
async fn who_follows_after_the_twelfth_poll_has_polls_of_its_own() {
    let world = connected().await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "10")]));
    world.start("usps", USPS).await;
    let key = world.state("usps", USPS).await.unwrap().key;
    let state = async || world.store.live_state(&key).await.unwrap().unwrap();
    make_eleven_polls(&world, &key).await;
    tick(&world).await;
    assert_eq!(state().await.polls, 12);
    assert!(state().await.due.is_some(), "it has not ended yet");

    world.advance(SignedDuration::from_hours(24));
    world.start("usps", USPS).await;
    assert_eq!((tick(&world).await.polled, state().await.polls), (1, 1));
    assert_eq!(state().await.began, Some(world.now()));
    world.start("usps", USPS).await;
    assert_eq!(tick(&world).await.polled, 0, "one that is under way goes on as it is");
}

/// What one account knows by a connection of its own ends nobody else's polls.
#[tokio::test]
async fn a_shared_chain_ends_when_all_its_followers_have_heard() {
    let world = World::new().await;
    let shared = world.connect("usps", Scope::Shared).await;
    world.speak_for_the_carrier(shared).await;
    let (number, carrier) = (TrackingNumber::parse(USPS).unwrap(), "usps".parse().unwrap());
    let asked = Asked::Carrier("usps".parse().unwrap());
    let other = AccountId::parse("other").unwrap();
    for account in [&world.account, &other] {
        start(&world.connections, account, &asked, &number, world.now())
            .await
            .unwrap();
    }
    let key = LiveKey {
        number,
        carrier,
        scope: Scope::Shared,
    };
    let due = async || world.store.live_state(&key).await.unwrap().unwrap().due;
    assert!(due().await.is_some());

    // The first one, by the order of their names, hears of the delivery from its sandbox.
    world.connect("usps", Scope::Account(world.account.clone())).await;
    world.advance(SignedDuration::from_mins(2));
    world.api.answer(usps_answer(&[("2026-11-20T16:00:00", "01")]));
    assert_eq!(world.look_up("usps", USPS).await.parcel.status, Status::Delivered);
    world.secret_is_there(false);
    assert_eq!(tick(&world).await.ended, 0);
    assert!(due().await.is_some(), "the other is still to hear");
    stop(&world.store, &other, &asked, &key.number).await.unwrap();
    world.advance(SignedDuration::from_hours(27));
    tick(&world).await;
    assert_eq!(due().await, None);
}

/// A function died between its question and the answer.
#[tokio::test]
async fn a_question_without_an_answer_keeps_no_poll() {
    let world = connected().await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "03")]));
    world.start("usps", USPS).await;
    let (now, state) = (world.now(), world.state("usps", USPS).await.unwrap());
    let held_until = now + SignedDuration::from_secs(30);
    let asking = world
        .store
        .take_asking(&state.key, &world.account, Some(&state), now, held_until)
        .await
        .unwrap();
    assert!(asking.is_some());
    world.advance(SignedDuration::from_mins(1));
    assert_eq!(tick(&world).await.news, 1);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_counts_as_a_poll() {
    let world = connected().await;
    let (malformed, _) = ApiAnswer::fixture("usps", "malformed");
    world.api.answer(malformed);
    world.start("usps", USPS).await;
    let first = tick(&world).await;
    assert_eq!((first.polled, first.failed), (1, 1));
    world.advance(SignedDuration::from_mins(40));
    assert_eq!(tick(&world).await.polled, 0, "not before the usual pause");
    assert_eq!(world.state("usps", USPS).await.unwrap().polls, 1);
}

#[tokio::test]
async fn a_tick_between_the_two_writes_of_a_beginning_loses_no_chain() {
    let world = connected().await;
    world.api.answer(usps_answer(&[("2026-11-20T10:00:00", "03")]));
    world.start("usps", USPS).await;
    let state = world.state("usps", USPS).await.unwrap();
    let (key, due) = (state.key, state.due.unwrap());
    assert!(world.store.end_polls(&key, due).await.unwrap());
    assert_eq!(tick(&world).await.polled, 0, "the entry alone");
    let begun = world
        .store
        .put_poll(&key, &world.account, None, due, "default under-way");
    assert!(begun.await.unwrap());
    assert_eq!(tick(&world).await.polled, 1);
}
