//! Who asks about a parcel, tokens and quotas: one at a time, whatever is lost.

use jiff::{SignedDuration, Timestamp};
use milepost_model::*;
use milepost_store::{CredentialsHash, DUE_SHARDS, DueKind, SealKey, Store, StoredToken};

use tokio::task::JoinSet;

use crate::support::{account, at, number, store, usps};

const NUMBER: &str = "9405511899223197428490";

fn key() -> LiveKey {
    LiveKey {
        number: number(NUMBER),
        carrier: usps(),
        scope: Scope::Shared,
    }
}

fn now() -> Timestamp {
    at("2026-11-20T14:00:00Z")
}

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

async fn state(store: &Store) -> Option<LiveState> {
    let read = store.number(&number(NUMBER), now().as_second()).await.unwrap();
    assert_eq!(read.unreadable, 0);
    read.live.into_iter().next()
}

async fn due_ids(store: &Store, until: Timestamp) -> Vec<String> {
    let mut ids = Vec::new();
    for shard in 0..DUE_SHARDS {
        let tick = store
            .due_now(DueKind::Poll, shard, until.as_millisecond(), 100)
            .await
            .unwrap();
        ids.extend(
            tick.entries
                .into_iter()
                .map(|entry| format!("{} {}", entry.id, entry.payload)),
        );
    }
    ids
}

#[tokio::test]
async fn a_chain_of_polls_begins_goes_on_and_ends() {
    let store = store().await;
    let acme = account("acme");
    assert!(store.put_poll(&key(), &acme, None, now(), "acme").await.unwrap());
    let begun = state(&store).await.unwrap();
    assert_eq!(
        (begun.due, begun.began, begun.asked, &begun.account),
        (Some(now()), Some(now()), None, &acme)
    );
    assert_eq!(due_ids(&store, now()).await, [format!("{NUMBER}#usps#* acme")]);
    assert!(
        !store
            .put_poll(&key(), &account("other"), None, after(5), "other")
            .await
            .unwrap(),
        "one chain for each parcel"
    );

    let before = store.used().write_units;
    let taken = store
        .take_poll(&begun, Some((after(600), "acme")), after(1), after(30))
        .await
        .unwrap();
    assert!(taken.is_some());
    assert!(
        (store.used().write_units - before - 2.0).abs() < 1e-9,
        "two write units a poll"
    );
    let again = store
        .take_poll(&begun, Some((after(900), "acme")), after(1), after(30))
        .await;
    assert!(again.unwrap().is_none(), "the second of two ticks");
    let polled = state(&store).await.unwrap();
    assert_eq!(
        (polled.due, polled.began, polled.asked, polled.held_until),
        (Some(after(600)), Some(now()), Some(after(1)), Some(after(30)))
    );
    assert_eq!((begun.polls, polled.polls), (0, 1));
    assert!(
        store
            .take_poll(&polled, None, after(20), after(50))
            .await
            .unwrap()
            .is_none(),
        "it is held"
    );

    // Without an answer it is as if it had not been made.
    store.end_asking(&taken.unwrap(), false).await.unwrap();
    let unanswered = state(&store).await.unwrap();
    assert_eq!((unanswered.polls, unanswered.asked), (0, None));
    let taken = store.take_poll(&unanswered, Some((after(600), "acme")), after(40), after(70));
    store.end_asking(&taken.await.unwrap().unwrap(), true).await.unwrap();
    assert_eq!(state(&store).await.unwrap().polls, 1);

    assert!(!store.end_polls(&key(), now()).await.unwrap(), "an end that comes late");
    assert!(store.end_polls(&key(), after(600)).await.unwrap());
    let ended = state(&store).await.unwrap();
    assert_eq!((ended.due, ended.began, ended.polls), (None, None, 0));
    assert!(
        store.put_poll(&key(), &acme, None, after(700), "acme").await.unwrap(),
        "and anew"
    );
}

#[tokio::test]
async fn of_two_lookups_at_once_one_asks() {
    let store = store().await;
    let (acme, key) = (account("acme"), key());
    let (a, b) = tokio::join!(
        store.take_asking(&key, &acme, None, now(), after(30)),
        store.take_asking(&key, &acme, None, now(), after(30)),
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a.is_some(), b.is_some());
    let winner = a.or(b).unwrap();
    let seen = state(&store).await.unwrap();
    assert!(
        store
            .take_asking(&key, &acme, Some(&seen), after(1), after(31))
            .await
            .unwrap()
            .is_none()
    );
    store.end_asking(&winner, true).await.unwrap();
    assert!(
        store
            .take_asking(&key, &acme, None, after(2), after(31))
            .await
            .unwrap()
            .is_none(),
        "who has read before the answer must read again"
    );
    let seen = state(&store).await.unwrap();
    let next = store
        .take_asking(&key, &acme, Some(&seen), after(2), after(31))
        .await
        .unwrap()
        .unwrap();
    store.end_asking(&next, false).await.unwrap();
    assert_eq!(
        state(&store).await.unwrap().asked,
        Some(now()),
        "no answer: as if nobody had asked"
    );
    let late = store
        .take_asking(&key, &acme, Some(&seen), after(40), after(70))
        .await
        .unwrap();
    assert!(late.is_some());
    store.end_asking(&next, false).await.unwrap();
    assert!(
        state(&store).await.unwrap().held_until.is_some(),
        "a late end is not another's"
    );
}

#[tokio::test]
async fn whoever_died_while_asking_holds_nobody_up() {
    let store = store().await;
    let acme = account("acme");
    store
        .take_asking(&key(), &acme, None, now(), after(30))
        .await
        .unwrap()
        .unwrap();
    let seen = state(&store).await.unwrap();
    assert!(
        store
            .take_asking(&key(), &acme, Some(&seen), after(29), after(60))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .take_asking(&key(), &acme, Some(&seen), after(30), after(60))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_quota_is_shared_by_all_who_ask_at_once() {
    let store = store().await;
    let credentials = CredentialsHash::of(&["usps", "ssm:/milepost/usps"]);
    let quota = LiveQuota {
        requests: 40,
        seconds: 3_600,
        pause_ms: 0,
    };
    let take = |store: Store| async move {
        let changed = store.change_quota(credentials, now(), |state| state.take(quota, 1, 0, now()));
        changed.await.unwrap().unwrap_or(0)
    };
    let granted: u32 = (0..12)
        .map(|_| take(store.clone()))
        .collect::<JoinSet<_>>()
        .join_all()
        .await
        .iter()
        .sum();
    assert!((1..=4).contains(&granted), "{granted} of a burst of four");
    let mut rest = 0;
    for _ in 0..4 {
        rest += take(store.clone()).await;
    }
    assert_eq!(granted + rest, 4);
}

#[tokio::test]
async fn a_token_is_got_by_one_and_used_by_all() {
    let store = store().await;
    let seal = SealKey::new([7; 32]);
    let credentials = CredentialsHash::of(&["usps", "ssm:/milepost/usps"]);
    assert_eq!(store.token(credentials, &seal, now()).await.unwrap(), None);
    let (a, b) = tokio::join!(
        store.take_token_refresh(credentials, now(), after(20)),
        store.take_token_refresh(credentials, now(), after(20)),
    );
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a.is_some(), b.is_some());
    let refresh = a.or(b).unwrap();
    let token = StoredToken {
        text: "eyJ-very-secret".to_owned(),
        until: after(28_800),
    };
    assert!(!format!("{token:?}").contains("secret"));
    store.end_token_refresh(&refresh, Some(&token), &seal).await.unwrap();
    assert_eq!(
        store.token(credentials, &seal, now()).await.unwrap().as_ref(),
        Some(&token)
    );
    assert_eq!(store.token(credentials, &seal, after(28_800)).await.unwrap(), None);
    let other = SealKey::new([8; 32]);
    assert_eq!(
        store.token(credentials, &other, now()).await.unwrap(),
        None,
        "the key is another since"
    );

    store.forget_token(credentials, &token).await.unwrap();
    assert_eq!(store.token(credentials, &seal, now()).await.unwrap(), None);
    let refresh = store
        .take_token_refresh(credentials, now(), after(20))
        .await
        .unwrap()
        .unwrap();
    store.end_token_refresh(&refresh, None, &seal).await.unwrap();
    assert!(
        store
            .take_token_refresh(credentials, now(), after(20))
            .await
            .unwrap()
            .is_some()
    );
}
