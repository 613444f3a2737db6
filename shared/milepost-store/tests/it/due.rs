use std::collections::BTreeSet;

use milepost_store::{DUE_SHARDS, DueEntry, DueKind, DueWindow, Store};

use crate::support::store;

const MINUTE: i64 = 60_000;

/// All entries of a kind between two instants, read in pages of `limit`; how many reads it took.
async fn read(store: &Store, kind: DueKind, from_ms: i64, to_ms: i64, limit: usize) -> (Vec<DueEntry>, usize) {
    let (mut entries, mut reads) = (Vec::new(), 0);
    for shard in 0..DUE_SHARDS {
        let mut window = Some(DueWindow::new(kind, shard, from_ms, to_ms));
        while let Some(next) = window {
            let page = store.due(next, limit).await.unwrap();
            assert!(page.entries.len() <= limit);
            assert!(page.entries.is_sorted_by_key(|entry| entry.due_ms));
            entries.extend(page.entries);
            window = page.rest;
            reads += 1;
        }
    }
    (entries, reads)
}

fn ids(entries: &[DueEntry]) -> BTreeSet<&str> {
    entries.iter().map(|entry| entry.id.as_str()).collect()
}

#[tokio::test]
async fn a_window_has_what_is_due_in_it() {
    let store = store().await;
    let noon = 1_795_176_000_000;
    for (id, due_ms) in [
        ("early", noon - 1),
        ("first", noon),
        ("same#1", noon + 20 * MINUTE),
        ("same#2", noon + 20 * MINUTE),
        ("last", noon + 40 * MINUTE),
        ("late", noon + 40 * MINUTE + 1),
    ] {
        store.put_due(DueKind::Poll, id, due_ms, "payload").await.unwrap();
    }
    store.put_due(DueKind::Retry, "other", noon, "").await.unwrap();
    for limit in [100, 1] {
        let (entries, _) = read(&store, DueKind::Poll, noon, noon + 40 * MINUTE, limit).await;
        assert_eq!(ids(&entries), ["first", "last", "same#1", "same#2"].into());
        assert_eq!(entries.len(), 4, "each once, pages of {limit}");
        assert!(entries.iter().all(|entry| entry.payload == "payload"));
    }
    let (entries, _) = read(&store, DueKind::Retry, noon, noon, 10).await;
    assert_eq!(ids(&entries), ["other"].into());
    let (entries, _) = read(&store, DueKind::Poll, noon + 1, noon, 10).await;
    assert!(entries.is_empty(), "a clock gone back");
}

#[tokio::test]
async fn many_of_one_millisecond_come_through_in_pages() {
    let store = store().await;
    for nth in 0..40 {
        store
            .put_due(DueKind::Poll, &format!("p{nth}"), 5_000, "")
            .await
            .unwrap();
    }
    let (entries, _) = read(&store, DueKind::Poll, 0, 10_000, 3).await;
    assert_eq!(entries.len(), 40);
    assert_eq!(ids(&entries).len(), 40);
}

#[tokio::test]
async fn after_an_outage_reads_are_bounded_and_nothing_is_lost() {
    let store = store().await;
    let now = 1_795_176_000_000;
    let day = 24 * 60 * MINUTE;
    store
        .put_due(DueKind::Retry, "weekend", now - 3 * day, "")
        .await
        .unwrap();
    store
        .put_due(DueKind::Retry, "month", now - 30 * day, "")
        .await
        .unwrap();
    let (entries, reads) = read(&store, DueKind::Retry, 0, now, 10).await;
    assert_eq!(ids(&entries), ["weekend"].into(), "entries live for seven days");
    assert!(
        (7..=8).contains(&(reads / usize::from(DUE_SHARDS))),
        "{reads}: a day at a time"
    );
}

#[tokio::test]
async fn an_entry_put_again_is_one() {
    let store = store().await;
    store
        .put_due(DueKind::Connection, "usps-daily", 5_000, "a")
        .await
        .unwrap();
    store
        .put_due(DueKind::Connection, "usps-daily", 5_000, "b")
        .await
        .unwrap();
    let (entries, _) = read(&store, DueKind::Connection, 0, 10_000, 10).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].payload, "b");
}

/// Early in 1970: a first tick reads all the quarter hours since then.
const NOW: i64 = 6 * 60 * MINUTE;

/// Ticks over all shards; what each handled, and whether it found nothing that it may not take.
async fn tick(store: &Store, now_ms: i64, limit: usize) -> Vec<DueEntry> {
    let mut entries = Vec::new();
    for shard in 0..DUE_SHARDS {
        let tick = store.due_now(DueKind::Retry, shard, now_ms, limit).await.unwrap();
        store.settle_due(&tick).await.unwrap();
        entries.extend(tick.entries);
    }
    entries
}

#[tokio::test]
async fn the_first_tick_ever_finds_what_is_due() {
    let store = store().await;
    let now = NOW;
    store
        .put_due(DueKind::Retry, "old", now - 5 * 60 * MINUTE, "")
        .await
        .unwrap();
    store.put_due(DueKind::Retry, "new", now - MINUTE, "").await.unwrap();
    store.put_due(DueKind::Retry, "later", now + MINUTE, "").await.unwrap();
    assert_eq!(ids(&tick(&store, now, 10).await), ["old", "new"].into());
}

#[tokio::test]
async fn ticks_move_on_and_look_back_an_hour() {
    let store = store().await;
    let now = NOW;
    assert!(tick(&store, now, 10).await.is_empty());
    // Put late: an entry of half an hour ago, by a clock that is slow.
    store
        .put_due(DueKind::Retry, "late", now - 30 * MINUTE, "")
        .await
        .unwrap();
    assert_eq!(ids(&tick(&store, now + MINUTE, 10).await), ["late"].into());
    assert_eq!(
        ids(&tick(&store, now + 45 * MINUTE, 10).await),
        ["late"].into(),
        "again"
    );
    assert!(tick(&store, now + 46 * MINUTE, 10).await.is_empty(), "the hour is over");
}

#[tokio::test]
async fn more_than_a_tick_may_take_is_taken_by_the_next_ones() {
    let store = store().await;
    let now = NOW;
    // All of one millisecond, and the limit far below their number: no tick may see the same ones for ever.
    for nth in 0..60 {
        store
            .put_due(DueKind::Retry, &format!("r{nth}"), now - MINUTE, "")
            .await
            .unwrap();
    }
    let mut seen = BTreeSet::new();
    for minute in 0..10 {
        let entries = tick(&store, now + minute * MINUTE, 3).await;
        assert!(entries.len() <= 3 * usize::from(DUE_SHARDS));
        seen.extend(entries.into_iter().map(|entry| entry.id));
    }
    assert_eq!(seen.len(), 60);
}

#[tokio::test]
async fn a_tick_that_was_not_settled_is_made_again() {
    let store = store().await;
    let now = NOW;
    store.put_due(DueKind::Retry, "one", now, "").await.unwrap();
    for _ in 0..2 {
        let mut found = 0;
        for shard in 0..DUE_SHARDS {
            found += store
                .due_now(DueKind::Retry, shard, now, 10)
                .await
                .unwrap()
                .entries
                .len();
        }
        assert_eq!(found, 1);
    }
}

#[tokio::test]
async fn a_clock_that_ran_ahead_hides_nothing() {
    let store = store().await;
    let now = NOW;
    assert!(tick(&store, now + 24 * 60 * MINUTE, 10).await.is_empty(), "a day ahead");
    store.put_due(DueKind::Retry, "one", now + MINUTE, "").await.unwrap();
    assert_eq!(ids(&tick(&store, now + 2 * MINUTE, 10).await), ["one"].into());
}
