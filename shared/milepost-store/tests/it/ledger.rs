use milepost_model::*;
use milepost_store::{Checkpoint, FileCounts, Lease, SeenFile, Store, StoreError};

use crate::support::{at, store};

fn connection() -> ConnectionId {
    ConnectionId::parse("usps-daily").unwrap()
}

pub(crate) fn file(nth: u8) -> SeenFile {
    SeenFile {
        version: FileVersion {
            file: FileIdentity([nth; 8]),
            revision: 1,
        },
        name: format!("events-{nth}.csv"),
        size: Some(1_000),
        etag: None,
        first_seen_ms: 1_795_183_380_123,
        notify_from: Some(at("2026-11-20T14:03:00.123Z")),
    }
}

fn to(offset: u64, line: u64) -> Checkpoint {
    Checkpoint {
        offset,
        counted: offset + 1,
        line,
        reject_parts: 3,
    }
}

async fn lease(store: &Store, holder: &str, now_ms: i64) -> Option<Lease> {
    store
        .take_lease(&connection(), holder, now_ms, now_ms + 1_000)
        .await
        .unwrap()
}

#[track_caller]
fn assert_fenced<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::Fenced { .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Permanent);
}

#[tokio::test]
async fn one_holds_the_lease() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    assert_eq!(one.epoch, 1);
    assert_eq!(lease(&store, "two", 999).await, None, "held");
    let one = store.renew_lease(&one, 5_000).await.unwrap();
    assert_eq!(lease(&store, "two", 4_999).await, None, "held longer");
    assert!(store.release_lease(&one).await.unwrap());
    let two = lease(&store, "two", 0).await.unwrap();
    assert_eq!(two.epoch, 2, "the epoch survives a release, and a clock gone back");
    assert_fenced(store.renew_lease(&one, 9_000).await);
    assert!(!store.release_lease(&one).await.unwrap());
    assert_eq!(
        lease(&store, "three", 0).await,
        None,
        "the release of the first did not free it"
    );
    let three = lease(&store, "three", 1_000).await.unwrap();
    assert_eq!(three.epoch, 3, "it had run out");
}

#[tokio::test]
async fn another_attempt_of_the_holder_takes_over_and_fences() {
    let store = store().await;
    let killed = lease(&store, "message 1", 0).await.unwrap();
    let again = lease(&store, "message 1", 1).await.unwrap();
    assert_eq!(again.epoch, 2);
    assert_fenced(store.renew_lease(&killed, 9_000).await);
    assert_eq!(lease(&store, "message 2", 1).await, None);
}

#[tokio::test]
async fn of_two_takers_one_wins() {
    let store = store().await;
    let (one, two) = tokio::join!(lease(&store, "one", 0), lease(&store, "two", 0));
    assert!(one.is_some() ^ two.is_some());
}

#[tokio::test]
async fn the_first_to_see_a_file_fixes_its_arrival() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    let first = store.see_file(&one, &file(1)).await.unwrap();
    assert_eq!(first.checkpoint, Checkpoint::default());
    assert!(!first.done);
    let later = SeenFile {
        first_seen_ms: 2_000_000_000_000,
        notify_from: None,
        ..file(1)
    };
    assert_eq!(store.see_file(&one, &later).await.unwrap(), first);
    let two = lease(&store, "two", 1_000).await.unwrap();
    assert_eq!(store.see_file(&two, &later).await.unwrap(), first);
    let revised = SeenFile {
        version: FileVersion {
            revision: 2,
            ..file(1).version
        },
        ..later
    };
    let revised = store.see_file(&two, &revised).await.unwrap();
    assert_eq!(
        revised.first_seen_ms, 2_000_000_000_000,
        "another revision is another file"
    );
}

#[tokio::test]
async fn progress_is_kept_until_done() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    let mut state = store.see_file(&one, &file(1)).await.unwrap();
    state.checkpoint = to(500, 5);
    state.counts = FileCounts {
        rows: 5,
        events: 3,
        rejected: [(RejectReason::BadTime, 2)].into(),
        ..FileCounts::default()
    };
    store.checkpoint(&one, &state).await.unwrap();
    assert_eq!(store.see_file(&one, &file(1)).await.unwrap(), state);
    state.checkpoint = to(1_000, 10);
    store.finish_file(&one, &state).await.unwrap();
    let done = store.see_file(&one, &file(1)).await.unwrap();
    assert!(done.done);
    assert_eq!((done.checkpoint, done.counts), (state.checkpoint, state.counts.clone()));

    let two = lease(&store, "two", 1_000).await.unwrap();
    let metered = store.metered();
    assert!(metered.see_file(&two, &file(1)).await.unwrap().done);
    assert_eq!(metered.used().write_units, 0.0, "a file that is done costs no write");
}

#[tokio::test]
async fn a_frozen_holder_that_wakes_is_fenced() {
    let store = store().await;
    let zombie = lease(&store, "zombie", 0).await.unwrap();
    let mut stale = store.see_file(&zombie, &file(1)).await.unwrap();
    stale.checkpoint = to(100, 1);
    // It freezes; the lease runs out; another goes on from where it was.
    let next = lease(&store, "next", 1_000).await.unwrap();
    let mut fresh = store.see_file(&next, &file(1)).await.unwrap();
    // It wakes before the other's first checkpoint.
    assert_fenced(store.checkpoint(&zombie, &stale).await);
    fresh.checkpoint = to(900, 9);
    store.checkpoint(&next, &fresh).await.unwrap();
    assert_fenced(store.checkpoint(&zombie, &stale).await);
    assert_fenced(store.finish_file(&zombie, &stale).await);
    assert_fenced(store.see_file(&zombie, &file(1)).await);
    assert_fenced(store.renew_lease(&zombie, 9_000).await);
    assert_eq!(store.see_file(&next, &file(1)).await.unwrap(), fresh);
}

#[tokio::test]
async fn the_new_holder_starts_where_the_old_one_last_was() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    let mut state = store.see_file(&one, &file(1)).await.unwrap();
    let two = lease(&store, "two", 1_000).await.unwrap();
    // The first is late but not yet fenced from this file: what it says is true, and the second starts from it.
    state.checkpoint = to(700, 7);
    store.checkpoint(&one, &state).await.unwrap();
    assert_eq!(
        store.see_file(&two, &file(1)).await.unwrap().checkpoint,
        state.checkpoint
    );
    assert_fenced(store.checkpoint(&one, &state).await);
}

#[tokio::test]
async fn a_file_that_nobody_saw_cannot_be_stepped_on() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    let state = store.see_file(&one, &file(1)).await.unwrap();
    let unseen = milepost_store::FeedFileState {
        version: file(2).version,
        ..state
    };
    assert_fenced(store.checkpoint(&one, &unseen).await);
    assert!(
        store
            .feed_files(&connection(), &[file(2).version])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_ledger_is_read_many_at_once() {
    let store = store().await;
    let one = lease(&store, "one", 0).await.unwrap();
    for nth in 0..120 {
        store.see_file(&one, &file(nth)).await.unwrap();
    }
    let versions: Vec<FileVersion> = (0..=255).map(|nth| file(nth).version).collect();
    let known = store.feed_files(&connection(), &versions).await.unwrap();
    assert_eq!(known.len(), 120);
    let other = ConnectionId::parse("other").unwrap();
    assert!(store.feed_files(&other, &versions).await.unwrap().is_empty());
}
