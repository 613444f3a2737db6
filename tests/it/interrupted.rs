//! Imports whose source breaks, that are dropped or frozen, or whose time is up end where an undisturbed one ends.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_contract::shipengine::TrackingLog;
use milepost_import::{FileOrder, ImportOrder, Importer, Step};
use milepost_local::hub::{Access, BUCKET, Folder};
use milepost_model::{AccountId, ConnectionId, RunOutcome, RunReport, SourceAddress};
use milepost_runtime::now;
use support::answers::answers;
use support::carrier_file::{CarrierFile, Seeded};
use support::feed::import_path;
use support::ftp::FtpServer;
use support::hub::{TestHub, key};
use support::proxy::{Proxy, Speech};
use support::runs::{connect, has_failed, is_finished, rejects, report_where, run};

const ROWS: u64 = 3_000;

/// A window that holds a part of the file, and thirty checkpoints.
fn small(importer: &mut Importer) {
    importer.settings.window_bytes = 40_000;
    importer.settings.checkpoint_rows = 100;
    importer.settings.settle = Duration::from_millis(20);
}

/// Asserts that a report counts each row of the file once. A window that is smaller than the file does not see that a
/// row repeats one that has left it.
#[track_caller]
fn check_counts(report: &RunReport, file: &CarrierFile) {
    assert_eq!(
        (report.rows, &report.rejected),
        (file.rows, &file.rejected),
        "{report:#?}"
    );
    assert_eq!(
        report.events + report.duplicates,
        file.events + file.repeats,
        "{report:#?}"
    );
    assert!(report.events >= file.events, "{report:#?}");
    assert_eq!(report.first_rejects.len(), 10, "{report:#?}");
    let mut lines: Vec<u64> = report.first_rejects.iter().map(|reject| reject.line).collect();
    lines.dedup();
    assert_eq!(lines.len(), 10, "each reject is shown once: {report:#?}");
}

/// What an undisturbed import ends in.
async fn undisturbed(file: &CarrierFile) -> BTreeMap<String, TrackingLog> {
    let hub = TestHub::start().await;
    let path = hub.folder.join("events.csv");
    std::fs::write(&path, &file.bytes).unwrap();
    let report = import_path(&hub.hub, &path, "generic").await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    let answers = answers(&hub, &hub.key, file.numbers()).await;
    file.check(&answers);
    hub.hub.stop().await;
    answers
}

/// Bytes between the first and the last of so many, ascending.
fn cuts(seed: u64, count: usize, bytes: usize) -> Vec<u64> {
    let (mut rng, bytes) = (Seeded(seed), u64::try_from(bytes).unwrap());
    let mut cuts: Vec<u64> = (0..count).map(|_| 5_000 + rng.below(bytes - 10_000)).collect();
    cuts.sort_unstable();
    cuts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_breaks_off() {
    let file = CarrierFile::of_rows(ROWS, 11);
    let bucket = TestHub::start().await;
    let put = bucket.hub.access().bucket();
    put.put("out/events.csv", "text/csv", Bytes::from(file.bytes.clone()))
        .await
        .unwrap();
    let mut announced = Folder::announced(&bucket.folder).unwrap();
    let address = announced.bucket.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxy::start(Speech::Plain, address, cuts(11, 6, file.bytes.len())).await;
    announced.bucket = format!("http://{}", proxy.address);
    let s3 = Access::to_announced(&announced, &bucket.folder).s3();
    let hub = TestHub::start_with(|importer| {
        small(importer);
        importer.sources = importer.sources.clone().with_s3(s3);
    })
    .await;
    let source = SourceAddress::new("s3", &[("bucket", BUCKET), ("prefix", "out/"), ("pattern", "*.csv")]);
    let connection = connect(&hub, "acme-s3", source).await;
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    assert_eq!(proxy.cuts_left(), 0);
    check_counts(&report, &file);
    assert!(
        report.bundles > report.events / 8,
        "the window is too small for whole parcels: {report:#?}"
    );
    assert_eq!(answers(&hub, &hub.key, file.numbers()).await, undisturbed(&file).await);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ftp_server_that_breaks_off_and_goes_away() {
    let file = CarrierFile::of_rows(ROWS, 12);
    let carrier = tempfile::tempdir().unwrap();
    std::fs::create_dir(carrier.path().join("out")).unwrap();
    std::fs::write(carrier.path().join("out/events.csv.gz"), file.gzipped()).unwrap();
    let ftp = FtpServer::start(carrier.path()).await;
    // All of them early, so that the attempt ends before ten rejects are shown.
    let proxy = Proxy::start(Speech::Ftp, ftp.address, cuts(12, 4, file.gzipped().len() / 4)).await;
    proxy.end_with_the_last_cut();
    let hub = TestHub::start_with(small).await;
    let source = SourceAddress::new(
        "ftp",
        &[
            ("host", "127.0.0.1"),
            ("port", &proxy.address.port().to_string()),
            ("user", "anonymous"),
            ("folder", "out"),
            ("pattern", "*.csv.gz"),
        ],
    );
    let connection = connect(&hub, "acme-ftp", source).await;
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, has_failed).await;
    assert!(
        report.rows > 0 && report.rows < file.rows,
        "it got half way: {report:#?}"
    );
    assert_eq!(proxy.cuts_left(), 0);

    // The queue brings the message back, and the run goes on where it stopped.
    proxy.come_up();
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    check_counts(&report, &file);
    assert_eq!(answers(&hub, &hub.key, file.numbers()).await, undisturbed(&file).await);
    hub.hub.stop().await;
}

/// How an attempt ends early.
#[derive(Debug, Clone, Copy)]
enum Interruption {
    /// It is dropped between two steps, as when its process is killed.
    Kill,
    /// It stands still while another attempt is made, and then goes on.
    Freeze,
    /// Its time is up.
    Deadline,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_interrupts_an_import_its_end_is_the_same() {
    let hub = TestHub::start().await;
    for seed in 0..20 {
        let file = CarrierFile::of_rows(300, 100 + seed);
        let order = order(&hub, &file, &format!("seed-{seed}"), "first").await;
        interrupted_three_times(&hub, &file, &order, seed).await;
    }
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_interrupts_a_file_that_is_sent_again() {
    let mut known = 0;
    for seed in 0..8 {
        let hub = TestHub::start().await;
        let file = CarrierFile::of_rows(300, 300 + seed);
        let account = format!("seed-{seed}");
        finish(
            &hub.hub.access().importer(),
            &order(&hub, &file, &account, "first").await,
        )
        .await;
        let order = order(&hub, &file, &account, "again").await;
        known += interrupted_three_times(&hub, &file, &order, seed).await;
        hub.hub.stop().await;
    }
    assert!(known > 500, "only {known} events of 2,400 rows were known");
}

/// How many events were known.
async fn interrupted_three_times(hub: &TestHub, file: &CarrierFile, order: &ImportOrder, seed: u64) -> u64 {
    let (mut rng, access) = (Seeded(seed), hub.hub.access());
    let mut told = format!("seed {seed}");
    for _ in 0..3 {
        let interruption = rng.pick(&[Interruption::Kill, Interruption::Freeze, Interruption::Deadline]);
        let most = rng.pick(&[10, 60, 400]);
        let (importer, polls) = (some_importer(access, &mut rng, &mut told), 1 + rng.below(most));
        told.push_str(&format!(" {interruption:?} after {polls}"));
        if matches!(interruption, Interruption::Deadline) {
            let (importer, deadline) = soon_over(&importer);
            importer.run(order, "message", Some(deadline)).await.unwrap();
            continue;
        }
        let mut attempt = Box::pin(importer.run(order, "message", None));
        let ended = poll_times(attempt.as_mut(), polls).await;
        if ended.is_none() && matches!(interruption, Interruption::Freeze) {
            finish(&some_importer(access, &mut rng, &mut told), order).await;
            // Whatever it still does changes nothing: it is fenced, or finds everything done.
            let woken = attempt.await.unwrap();
            assert!(matches!(woken, Step::Busy | Step::Finished), "{told}: {woken:?}");
        }
    }
    finish(&some_importer(access, &mut rng, &mut told), order).await;

    let report = access.store().run(&ConnectionId::by_hand(), order.started()).await;
    let report = report.unwrap().unwrap();
    assert_eq!(report.outcome, RunOutcome::Finished, "{told}");
    assert_eq!((report.rows, &report.rejected), (file.rows, &file.rejected), "{told}");
    let known = report.known.unwrap_or_default();
    assert_eq!(
        report.events + known + report.duplicates,
        file.events + file.repeats,
        "{told}"
    );
    let rejects = rejects(access, &report).await;
    assert_eq!(
        u64::try_from(rejects.len()).unwrap(),
        report.rejects(),
        "{told}: {rejects:#?}"
    );
    // Shown where the check fails.
    println!("{told}: {known} known");
    let key = key(&hub.hub, &format!("seed-{seed}")).await;
    file.check(&answers(hub, &key, file.numbers()).await);
    known
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_that_is_up_among_rows_that_are_read_again() {
    let hub = TestHub::start().await;
    let file = CarrierFile::of_rows(600, 21);
    let order = order(&hub, &file, "again", "first").await;
    let (access, given) = (hub.hub.access(), ConnectionId::by_hand());
    let mut importer = access.importer();
    importer.settings.checkpoint_rows = 50;
    importer.settings.stop_before_seconds = 0;

    // Killed with 500 rows counted, and all of them in the window.
    let mut killed = Box::pin(importer.run(&order, "message", None));
    let has_counted = async || {
        let report = access.store().run(&given, order.started()).await.unwrap();
        report.is_some_and(|report| report.rows >= 500)
    };
    while !has_counted().await {
        let ended = poll_times(killed.as_mut(), 1).await;
        assert!(ended.is_none(), "it has ended before it could be killed");
    }
    drop(killed);
    let (hurried, deadline) = soon_over(&importer);
    let step = hurried.run(&order, "message", Some(deadline)).await.unwrap();
    assert_eq!(step, Step::Continue);
    finish(&importer, &order).await;

    let report = access.store().run(&given, order.started()).await.unwrap().unwrap();
    assert_eq!((report.rows, &report.rejected), (file.rows, &file.rejected));
    file.check(&answers(&hub, &key(&hub.hub, "again").await, file.numbers()).await);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_plain_file_is_opened_at_its_checkpoint() {
    let hub = TestHub::start().await;
    let file = CarrierFile::of_rows(20_000, 31);
    assert!(file.bytes.len() > 1_500_000, "nearer than this it is skipped");
    let order = order(&hub, &file, "long", "first").await;
    let (access, given) = (hub.hub.access(), ConnectionId::by_hand());
    let mut importer = access.importer();
    importer.settings.checkpoint_rows = 500;
    importer.settings.window_bytes = 20_000;
    let mut killed = Box::pin(importer.run(&order, "message", None));
    let has_counted = async || {
        let report = access.store().run(&given, order.started()).await.unwrap();
        report.is_some_and(|report| report.rows >= 17_000)
    };
    while !has_counted().await {
        let ended = poll_times(killed.as_mut(), 50).await;
        assert!(ended.is_none(), "it has ended before it could be killed");
    }
    drop(killed);
    finish(&importer, &order).await;

    let report = access.store().run(&given, order.started()).await.unwrap().unwrap();
    assert_eq!((report.rows, &report.rejected), (file.rows, &file.rejected));
    let shown = rejects(access, &report).await;
    assert_eq!(
        shown.len() as u64,
        file.rejected.values().sum::<u64>(),
        "lines and offsets are the file's"
    );
    file.check(&answers(&hub, &key(&hub.hub, "long").await, file.numbers()).await);
    hub.hub.stop().await;
}

/// An importer with a window of any size, from one that holds nothing to one that holds the file, and with checkpoints
/// that lie so close that most fall among rows that are read again.
fn some_importer(access: &Access, rng: &mut Seeded, told: &mut String) -> Importer {
    let mut importer = access.importer();
    let settings = &mut importer.settings;
    settings.window_bytes = rng.pick(&[1, 2_000, 20_000, 1 << 20]);
    settings.checkpoint_rows = rng.pick(&[5, 20, 100, 1_000]);
    settings.stop_before_seconds = 0;
    told.push_str(&format!(
        ", window {} checkpoint {}",
        settings.window_bytes, settings.checkpoint_rows
    ));
    importer
}

/// Puts a version of a file into the hub's bucket, for an account.
async fn order(hub: &TestHub, file: &CarrierFile, account: &str, version: &str) -> ImportOrder {
    let key = format!("in/by-hand/{account}-{version}");
    hub.hub
        .access()
        .bucket()
        .put(&key, "text/csv", Bytes::from(file.bytes.clone()))
        .await
        .unwrap();
    ImportOrder::File(FileOrder {
        given: now(),
        key,
        name: "events.csv".to_owned(),
        size: u64::try_from(file.bytes.len()).unwrap(),
        content: format!("{account} {version}"),
        layout: "generic".to_owned(),
        layout_text: None,
        carrier: "usps".to_owned(),
        scope: FileOrder::scope_of(&AccountId::parse(account).unwrap()),
        quiet: false,
    })
}

/// The same importer on a clock that moves a second with each look, and a deadline that has come at the first look
/// among the rows.
fn soon_over(importer: &Importer) -> (Importer, Timestamp) {
    let (begin, looks) = (now(), AtomicI64::new(0));
    let clock = move || begin + SignedDuration::from_secs(looks.fetch_add(1, Ordering::Relaxed));
    let importer = Importer {
        now: Arc::new(clock),
        ..importer.clone()
    };
    (importer, begin + SignedDuration::from_secs(2))
}

/// Makes attempts until one says that everything is stored.
async fn finish(importer: &Importer, order: &ImportOrder) {
    for _ in 0..10 {
        if importer.run(order, "message", None).await.unwrap() == Step::Finished {
            return;
        }
    }
    panic!("ten attempts without an interruption");
}

/// Polls a future so many times; `None` when it has not ended by then.
pub(crate) async fn poll_times<F: Future>(mut future: Pin<&mut F>, times: u64) -> Option<F::Output> {
    let mut left = times;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
