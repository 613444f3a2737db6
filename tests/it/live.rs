//! Lookups that ask carriers: each carrier against a server that plays its API.

use jiff::SignedDuration;
use milepost_model::{AccountId, LiveApi, LiveQuota, Scope, Status};
use serde_json::Value;
use support::carrier_api::ApiAnswer;
use support::live_world::{PATIENCE, World};

/// Those with an API that the hub knows; the third has one number in each call, as most.
const CARRIERS: [&str; 5] = ["usps", "ups", "fedex", "dhl_express", "dhl_parcel_de"];

fn own(world: &World) -> Scope {
    Scope::Account(world.account.clone())
}

fn number(asked: &Value) -> String {
    asked[0]["number"].as_str().unwrap().to_owned()
}

/// A world whose carrier answers a fixture, and the number that it is about.
async fn world(carrier: &str, fixture: &str) -> (World, String, Value) {
    let world = World::new().await;
    world.connect(carrier, own(&world)).await;
    let (answer, asked) = ApiAnswer::fixture(carrier, fixture);
    world.api.answer(answer);
    (world, number(&asked), asked)
}

#[tokio::test]
async fn what_the_carrier_knows_is_answered_and_stored() {
    for carrier in CARRIERS {
        let (world, number, asked) = world(carrier, "success").await;
        let answer = world.look_up(carrier, &number).await;
        let expected = asked[0]["events"].as_array().unwrap();
        assert_eq!(answer.parcel.status.code(), asked[0]["becomes"], "{carrier}");
        assert_eq!(answer.parcel.events.len(), expected.len(), "{carrier}");
        assert_eq!(world.api.calls().len(), 1, "{carrier}");

        let again = world.look_up(carrier, &number).await;
        assert_eq!(again.parcel, answer.parcel, "{carrier}");
        assert_eq!(
            world.api.calls().len(),
            1,
            "{carrier}: what is fresh is not asked about"
        );
        world.advance(SignedDuration::from_hours(25));
        let stored = world.bundles(&number).await;
        let again = world.look_up(carrier, &number).await;
        assert_eq!((world.api.calls().len(), again.parcel), (2, answer.parcel), "{carrier}");
        assert_eq!(
            world.bundles(&number).await,
            stored,
            "{carrier}: nothing new, nothing stored"
        );
        assert!(world.api.tokens() <= 2, "{carrier}: a token is good for many calls");
    }
}

#[tokio::test]
async fn a_number_that_the_carrier_does_not_know_is_not_in_the_system_yet() {
    for carrier in CARRIERS {
        let (world, number, _) = world(carrier, "not-found").await;
        for _ in 0..2 {
            let answer = world.look_up(carrier, &number).await;
            assert_eq!(
                (answer.parcel.status, answer.parcel.events.len()),
                (Status::NotYetInSystem, 0),
                "{carrier}"
            );
        }
        assert_eq!(world.api.calls().len(), 1, "{carrier}: it has answered");
        let (found, _) = ApiAnswer::fixture(carrier, "success");
        world.api.answer(found);
        world.advance(SignedDuration::from_mins(16));
        assert!(world.look_up(carrier, &number).await.parcel.is_known(), "{carrier}");
    }
}

#[tokio::test]
async fn a_carrier_that_cannot_answer_changes_nothing_and_is_left_alone() {
    for carrier in CARRIERS {
        for trouble in ["throttled", "down", "refused"] {
            let (world, number, asked) = world(carrier, "success").await;
            let known = world.look_up(carrier, &number).await;
            let (answer, _) = ApiAnswer::fixture(carrier, trouble);
            world.api.answer(answer);
            world.advance(SignedDuration::from_hours(25));
            let begun = world.api.calls().len();
            for _ in 0..3 {
                assert_eq!(
                    world.look_up(carrier, &number).await.parcel,
                    known.parcel,
                    "{carrier} {trouble}"
                );
            }
            let tried = world.api.calls().len() - begun;
            assert!((1..=2).contains(&tried), "{carrier} {trouble}: {tried} calls");
            let (answer, _) = ApiAnswer::fixture(carrier, "success");
            world.api.answer(answer);
            world.advance(SignedDuration::from_hours(2));
            assert_eq!(
                world.look_up(carrier, &number).await.parcel.status.code(),
                asked[0]["becomes"]
            );
            assert_eq!(
                world.api.calls().len(),
                begun + tried + 1,
                "{carrier} {trouble}: and asked again later"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_asked_for_again() {
    for carrier in CARRIERS {
        let (world, number, _) = world(carrier, "malformed").await;
        for calls in 1..=2 {
            assert!(!world.look_up(carrier, &number).await.parcel.is_known(), "{carrier}");
            assert_eq!(world.api.calls().len(), calls, "{carrier}");
        }
    }
}

#[tokio::test]
async fn part_of_an_answer_is_better_than_none() {
    for carrier in ["usps", "ups", "fedex", "dhl_express"] {
        let (world, number, asked) = world(carrier, "partial").await;
        let answer = world.look_up(carrier, &number).await;
        assert_eq!(
            answer.parcel.events.len(),
            asked[0]["events"].as_array().unwrap().len(),
            "{carrier}"
        );
    }
}

#[tokio::test]
async fn a_slow_carrier_does_not_keep_the_caller() {
    for carrier in CARRIERS {
        let (world, number, _) = world(carrier, "success").await;
        let (answer, _) = ApiAnswer::fixture(carrier, "success");
        world.api.answer_once(answer.after(PATIENCE * 20));
        let begun = std::time::Instant::now();
        assert!(!world.look_up(carrier, &number).await.parcel.is_known(), "{carrier}");
        assert!(begun.elapsed() < PATIENCE * 10, "{carrier}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    for carrier in ["usps", "ups", "fedex"] {
        let (world, number, asked) = world(carrier, "success").await;
        let (refused, _) = ApiAnswer::fixture(carrier, "token-refused");
        world.api.answer_once(refused.clone());
        let answer = world.look_up(carrier, &number).await;
        assert_eq!(answer.parcel.status.code(), asked[0]["becomes"], "{carrier}");
        assert_eq!((world.api.tokens(), world.api.calls().len()), (2, 2), "{carrier}");

        world.api.answer(refused);
        world.advance(SignedDuration::from_hours(25));
        world.look_up(carrier, &number).await;
        assert!(world.api.calls().len() <= 4, "{carrier}: not for ever");
    }
}

/// What a connection with an address of its own brings is the asking account's alone, though it is shared.
#[tokio::test]
async fn a_stand_in_tells_nobody_else() {
    let (shared, (answer, asked)) = (World::new().await, ApiAnswer::fixture("usps", "success"));
    shared.connect("usps", Scope::Shared).await;
    shared.api.answer(answer);
    let number = number(&asked);
    assert!(shared.look_up("usps", &number).await.parcel.is_known());
    let scopes: Vec<Scope> = shared
        .bundles(&number)
        .await
        .into_iter()
        .map(|bundle| bundle.scope)
        .collect();
    assert_eq!(scopes, [own(&shared)]);
    // Another account asks for itself.
    let other = AccountId::parse("other").unwrap();
    assert!(shared.look_up_as(&other, "usps", &number).await.parcel.is_known());
    assert_eq!(shared.api.calls().len(), 2);
}

#[tokio::test]
async fn without_quota_what_is_stored_is_answered() {
    let world = World::new().await;
    let quota = LiveQuota {
        requests: 20,
        seconds: 3_600,
        pause_ms: 0,
    };
    world
        .connect_with("dhl_express", own(&world), LiveApi::Known, Some(quota))
        .await;
    let (answer, _) = ApiAnswer::fixture("dhl_express", "not-found");
    world.api.answer(answer);
    for nth in 0..6 {
        world.look_up("dhl_express", &format!("100000000{nth}")).await;
    }
    assert_eq!(world.api.calls().len(), 2, "a tenth at once");
}

/// What the hub itself lacks is no reason to leave the carrier alone: as soon as it is there, the carrier is asked.
#[tokio::test]
async fn the_hubs_own_trouble_gives_no_carrier_a_rest() {
    for carrier in CARRIERS {
        let (world, number, asked) = world(carrier, "success").await;
        world.secret_is_there(false);
        assert!(!world.look_up(carrier, &number).await.parcel.is_known(), "{carrier}");
        assert_eq!(world.api.calls().len(), 0, "{carrier}");
        world.secret_is_there(true);
        let answer = world.look_up(carrier, &number).await;
        assert_eq!(answer.parcel.status.code(), asked[0]["becomes"], "{carrier}");
        assert_eq!(world.api.calls().len(), 1, "{carrier}");
    }
}
