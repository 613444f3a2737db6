//! A file of everything that carriers write, and the API's answer about each of its parcels.

use std::collections::BTreeMap;

use milepost_local::hub::BUCKET;
use milepost_model::{RunOutcome, RunReport, SourceAddress};
use serde_json::Value;
use support::answers::{Waiting, answers, items, waiting};
use support::carrier_file::CarrierFile;
use support::feed::{EventRow, days_ago, generic_file, import_path};
use support::hub::TestHub;
use support::receiver::Receiver;
use support::runs::{connect, has_failed, is_finished, rejects, report_where, run};

async fn import(hub: &TestHub, name: &str, bytes: &[u8]) -> RunReport {
    let path = hub.folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    import_path(&hub.hub, &path, "generic").await
}

#[test]
fn the_file_has_some_of_everything() {
    let file = CarrierFile::of_rows(5_000, 7);
    assert_eq!(file.rows, 5_000);
    assert_eq!(file.rejected.len(), 6, "{:?}", file.rejected);
    assert_eq!(file.events + file.repeats + file.rejected.values().sum::<u64>(), 5_000);
    assert!(file.repeats > 100 && file.displaced > 150);
    assert!(file.numbers().count() > 300);
    assert!(
        file.bytes == CarrierFile::of_rows(5_000, 7).bytes,
        "a seed makes one file"
    );
    assert!(
        file.bytes != CarrierFile::of_rows(5_000, 8).bytes,
        "another makes another"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_good_is_answered_and_what_was_bad_is_counted() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    hub.add_webhook(&receiver.url).await;
    let file = CarrierFile::of_rows(5_000, 7);

    let report = import(&hub, "events.csv", &file.bytes).await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    assert_eq!((report.rows, &report.rejected), (file.rows, &file.rejected));
    assert_eq!((report.events, report.duplicates), (file.events, file.repeats));
    assert_eq!(
        report.parcels,
        u64::try_from(file.numbers().count()).unwrap(),
        "the window holds the whole file"
    );
    let first = answers(&hub, &hub.key, file.numbers()).await;
    file.check(&first);

    // Followed now, a parcel has no news in the same file, nor in the same rows under another name and in another form.
    let followed = file.numbers().next().unwrap();
    let start = format!("/v1/tracking/start?carrier_code=usps&tracking_number={followed}");
    assert_eq!(hub.post(&start).await.0, 204);
    hub.hub.drain().await.unwrap();
    let before = items(&hub).await;
    let again = import(&hub, "events.csv", &file.bytes).await;
    assert_eq!((again.outcome, again.rows, again.bundles), (RunOutcome::Finished, 0, 0));
    assert!(
        again.warnings[0].starts_with("events.csv was imported before"),
        "{:?}",
        again.warnings
    );
    hub.hub.drain().await.unwrap();
    let changed = changed(&before, &items(&hub).await);
    let may_change = |key: &str| key.starts_with("C#by-hand R#") || key == "C#by-hand L" || key.starts_with("D#");
    assert!(changed.iter().all(|key| may_change(key)), "{changed:?}");
    assert!(
        changed.iter().any(|key| key.starts_with("C#by-hand R#")),
        "the run has a report: {changed:?}"
    );

    let gzipped = import(&hub, "events.csv.gz", &file.gzipped()).await;
    assert_eq!(gzipped.outcome, RunOutcome::Finished);
    assert_eq!((gzipped.rows, &gzipped.rejected), (file.rows, &file.rejected));
    assert_eq!((gzipped.known, gzipped.duplicates), (Some(file.events), file.repeats));
    assert_eq!((gzipped.events, gzipped.bundles), (0, 0), "600 parcels are 24 groups");
    hub.hub.drain().await.unwrap();
    assert_eq!(answers(&hub, &hub.key, file.numbers()).await, first);
    assert!(receiver.messages().is_empty(), "nothing of it is news");
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gzipped_file_alone_is_answered_alike() {
    let hub = TestHub::start().await;
    let file = CarrierFile::of_rows(1_000, 8);
    let report = import(&hub, "events", &file.gzipped()).await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    assert_eq!(
        (report.rows, report.events, report.duplicates),
        (file.rows, file.events, file.repeats)
    );
    file.check(&answers(&hub, &hub.key, file.numbers()).await);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_takes_each_file_for_itself() {
    let hub = TestHub::start().await;
    // Past S3, which would tell of each and so begin runs of its own.
    let folder = hub.folder.join("s3").join(BUCKET).join("in/acme");
    std::fs::create_dir_all(&folder).unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let day = days_ago(3);
    let file = |number: &str, bad: usize| {
        let row = |minute: usize| EventRow::new(number, "03", &format!("{day}T14:{minute:02}:00"));
        let good = (10..30).map(row);
        let bad = (30..30 + bad).map(|minute| EventRow {
            number: String::new(),
            ..row(minute)
        });
        generic_file(&good.chain(bad).collect::<Vec<_>>())
    };
    let numbers = [
        "9405511899223197428490",
        "9405511899223197428506",
        "9405511899223197428513",
    ];
    put("a.csv", &file(numbers[0], 2));
    put("b.csv", "Dear customer,\r\nyour parcels are fine.\r\n");
    put("c.csv", &file(numbers[1], 3));
    let source = SourceAddress::new("s3", &[("prefix", "in/acme/"), ("pattern", "*.csv")]);
    let connection = connect(&hub, "acme", source).await;

    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, has_failed).await;
    assert_eq!(
        report.files,
        ["a.csv", "b.csv", "c.csv"].map(|name| format!("in/acme/{name}"))
    );
    assert!(matches!(&report.outcome, RunOutcome::Failed(why) if why.starts_with("in/acme/b.csv: the file has no")));
    assert_eq!((report.rows, report.events, report.rejects()), (45, 40, 5));
    let rejects = rejects(hub.hub.access(), &report).await;
    let of = |name: &str| rejects.iter().filter(|line| line.contains(name)).count();
    assert_eq!((rejects.len(), of("a.csv"), of("c.csv")), (5, 2, 3), "{rejects:#?}");

    // The next run takes what is new, and neither what is stored nor what will never do.
    put("d.csv", &file(numbers[2], 0));
    let slot = run(&hub, &connection).await;
    let report = report_where(hub.hub.access(), &connection, slot, is_finished).await;
    assert_eq!((report.files, report.rows), (vec!["in/acme/d.csv".to_owned()], 20));
    hub.hub.drain().await.unwrap();
    for (number, log) in answers(&hub, &hub.key, numbers).await {
        assert_eq!(log.events.len(), 20, "{number}");
    }
    assert_eq!(waiting(&hub, "imports-dead").await, Waiting::default());
    hub.hub.stop().await;
}

/// Keys whose items are new, gone or different.
fn changed(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let keys = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)));
    keys.filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}
