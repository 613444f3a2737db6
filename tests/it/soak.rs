//! An import under everything at once: a table that hands items back, throttles and fails, and a bucket that breaks off.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use milepost_import::{ImportOrder, Importer, Step};
use milepost_local::hub::{Access, BUCKET, Folder};
use milepost_model::{RunOutcome, SourceAddress};
use milepost_runtime::now;
use serde_json::Value;
use support::answers::items;
use support::carrier_file::{CarrierFile, Seeded};
use support::hub::TestHub;
use support::proxy::{Proxy, Speech};
use support::refusing_table::{Came, Faults, RefusingTable};
use support::runs::connect;

const ROWS: u64 = 20_000;

const FAULTS: Faults = Faults {
    handed_back: 50,
    throttled: 200,
    failed: 50,
};

/// What an import has left of the file's parcels in the table, and what came to the table on the way.
async fn import(file: &CarrierFile, faults: Faults, cuts: Vec<u64>) -> (BTreeMap<String, Value>, Came) {
    let hub = TestHub::start().await;
    let bucket = hub.hub.access().bucket();
    let bytes = Bytes::from(file.bytes.clone());
    bucket.put("out/events.csv", "text/csv", bytes).await.unwrap();
    let source = SourceAddress::new("s3", &[("bucket", BUCKET), ("prefix", "out/")]);
    let connection = connect(&hub, "acme", source).await;

    let mut announced = Folder::announced(&hub.folder).unwrap();
    let table = RefusingTable::before(&announced.table, faults, 33).await;
    announced.table.clone_from(&table.url);
    let address = announced.bucket.strip_prefix("http://").unwrap().parse().unwrap();
    let proxy = Proxy::start(Speech::Plain, address, cuts).await;
    announced.bucket = format!("http://{}", proxy.address);
    let access = Access::to_announced(&announced, &hub.folder);
    let mut importer = access.importer();
    importer.sources = importer.sources.with_s3(access.s3());
    importer.settings.window_bytes = 400_000;
    importer.settings.checkpoint_rows = 2_000;
    // Under one clock two imports put the same bytes.
    let begun = file_day();
    let importer = Importer {
        now: Arc::new(move || begun),
        ..importer
    };
    let order = ImportOrder::Connection {
        connection: connection.to_string(),
        slot: begun,
    };
    let step = importer.run(&order, "message", None).await.unwrap();
    assert_eq!(step, Step::Finished);
    assert_eq!(proxy.cuts_left(), 0);
    let report = hub.hub.access().store().run(&connection, begun).await.unwrap().unwrap();
    assert_eq!(report.outcome, RunOutcome::Finished);
    assert_eq!((report.rows, &report.rejected), (file.rows, &file.rejected));
    assert_eq!(report.events + report.duplicates, file.events + file.repeats);
    let came = table.came();
    let mut stored = items(&hub).await;
    stored.retain(|key, _| key.starts_with("N#"));
    assert_eq!(stored.len() as u64, report.bundles);
    hub.hub.stop().await;
    (stored, came)
}

/// An hour of today that is the same for both imports.
fn file_day() -> jiff::Timestamp {
    let day = jiff::tz::Offset::UTC.to_datetime(now()).date();
    jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_at_once_stores_the_same_for_at_most_twice_the_calls() {
    let file = CarrierFile::of_rows(ROWS, 33);
    let mut rng = Seeded(33);
    let length = u64::try_from(file.bytes.len()).unwrap();
    let mut cuts: Vec<u64> = (0..6).map(|_| 50_000 + rng.below(length - 100_000)).collect();
    cuts.sort_unstable();

    let (undisturbed, plain) = import(&file, Faults::default(), Vec::new()).await;
    let (stored, came) = import(&file, FAULTS, cuts).await;
    println!("{plain:?}, under faults {came:?}");
    assert!(
        stored == undisturbed,
        "{} items, and {}",
        stored.len(),
        undisturbed.len()
    );
    let met = [came.handed_back, came.throttled, came.failed];
    assert!(met.iter().all(|met| *met >= 5), "{came:?}");
    assert!(
        came.batches <= 2 * plain.batches,
        "{} batches, and {came:?}",
        plain.batches
    );
}
