use jiff::SignedDuration;
use milepost_model::*;
use milepost_store::{RUN_DAYS, StoreError};

use crate::support::{at, store};

#[tokio::test]
async fn reports_are_kept_newest_first() {
    let store = store().await;
    let connection = ConnectionId::by_hand();
    let lease = store.take_lease(&connection, "first", 0, 1_000).await.unwrap().unwrap();
    let begun = at("2026-11-20T14:03:00.123Z");
    for nth in [2_i32, 0, 1] {
        let mut report = RunReport::started(begun + SignedDuration::from_hours(i64::from(nth)));
        report.rows = u64::try_from(nth).unwrap();
        store.put_run(&lease, &report).await.unwrap();
    }
    let rows = |runs: &[RunReport]| runs.iter().map(|run| run.rows).collect::<Vec<_>>();
    assert_eq!(rows(&store.runs(&connection, 10, 0).await.unwrap()), [2, 1, 0]);
    assert_eq!(rows(&store.runs(&connection, 2, 0).await.unwrap()), [2, 1]);
    let expired = begun.as_second() + RUN_DAYS * 86_400 + 3_600;
    assert_eq!(rows(&store.runs(&connection, 10, expired).await.unwrap()), [2]);

    let mut report = store.run(&connection, begun).await.unwrap().unwrap();
    report.outcome = RunOutcome::Finished;
    store.put_run(&lease, &report).await.unwrap();
    assert_eq!(store.run(&connection, begun).await.unwrap(), Some(report));
    let other = ConnectionId::parse("other").unwrap();
    assert_eq!(store.run(&other, begun).await.unwrap(), None);
    assert!(store.runs(&other, 10, 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_report_over_very_many_files_is_kept() {
    let store = store().await;
    let connection = ConnectionId::by_hand();
    let lease = store.take_lease(&connection, "first", 0, 1_000).await.unwrap().unwrap();
    let mut report = RunReport::started(at("2026-11-20T14:03:00Z"));
    report.files = (0..20_000)
        .map(|nth| format!("carrier/outgoing/events-{nth}-{}.csv.gz", "x".repeat(60)))
        .collect();
    report.warnings = vec!["ä".repeat(5_000); 500];
    report.rows = 77;
    store.put_run(&lease, &report).await.unwrap();
    let read = store.run(&connection, report.started).await.unwrap().unwrap();
    assert_eq!(read.rows, 77);
    assert_eq!(read.files[..], report.files[..500]);
    assert_eq!((read.warnings.len(), read.warnings[0].len()), (50, 1_024));
}

#[tokio::test]
async fn an_attempt_that_wakes_late_writes_no_report() {
    let store = store().await;
    let connection = ConnectionId::by_hand();
    let frozen = store
        .take_lease(&connection, "message", 0, 1_000)
        .await
        .unwrap()
        .unwrap();
    let newer = store
        .take_lease(&connection, "message", 0, 1_000)
        .await
        .unwrap()
        .unwrap();
    let mut report = RunReport::started(at("2026-11-20T14:03:00Z"));
    report.rows = 7;
    store.put_run(&frozen, &report).await.unwrap();
    report.rows = 9;
    store.put_run(&newer, &report).await.unwrap();
    report.rows = 8;
    assert!(matches!(
        store.put_run(&frozen, &report).await,
        Err(StoreError::Fenced { .. })
    ));
    assert_eq!(store.run(&connection, report.started).await.unwrap().unwrap().rows, 9);
}
