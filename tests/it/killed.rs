//! Hubs and functions that are killed while they import, and others that go on where they were.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::ToSpan;
use milepost_contract::shipengine::{TimeStyle, TrackingLog};
use milepost_import::{FileOrder, ImportOrder, Importer};
use milepost_local::hub::{Access, Folder};
use milepost_model::{AccountId, CarrierCode, ConnectionId, RejectReason, RunOutcome, RunReport, TrackingNumber};
use milepost_runtime::now;
use milepost_store::Store;
use milepost_track::{Asked, lookup};
use serde_json::{Value, json};
use support::answers::answers;
use support::carrier_file::{CarrierFile, Seeded};
use support::feed::{EventRow, days_ago, generic_file};
use support::function::Function;
use support::hub::TestHub;
use support::proxy::Gate;
use support::runs::{is_finished, rejects, report_where};
use support::runtime_api::Outcome;
use support::stand_ins::StandIns;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

/// The hub as it is started by hand keeps a window of 200,000 rows and makes a checkpoint every 20,000. Parcels with
/// many events fill their bundles of 100 on the way, so that parts of the file are stored before its end is read.
const PARCELS: usize = 50;
const EVENTS: usize = 400;

/// Rows before the first checkpoint.
const UNTIL_CHECKPOINT: u64 = 20_000;

/// Of a thousand rows so many come twice, and so many are bad.
const REPEATED: u64 = 600;
const BAD: u64 = 10;

/// Many events of a few parcels.
struct Scans {
    text: String,
    /// The times of each parcel's events, newest first.
    parcels: Vec<(String, Vec<String>)>,
    good: u64,
    bad: u64,
}

impl Scans {
    fn made(rng: &mut Seeded) -> Self {
        let start = days_ago(40).at(0, 0, 0, 0);
        let number = |parcel: usize| format!("94055118990000000{parcel:05}");
        let mut parcels: Vec<_> = (0..PARCELS).map(|parcel| (number(parcel), Vec::new())).collect();
        let (mut rows, mut bad) = (Vec::new(), 0);
        let mut under_way: Vec<usize> = (0..PARCELS).collect();
        while !under_way.is_empty() {
            let parcel = rng.pick(&under_way);
            let (number, times) = &mut parcels[parcel];
            let at = start + (i64::try_from(times.len()).unwrap() * 60).minutes();
            let row = EventRow::new(number, "10", &at.to_string());
            times.push(at.to_string());
            if times.len() == EVENTS {
                times.reverse();
                under_way.retain(|other| *other != parcel);
            }
            if rng.chance(REPEATED) {
                rows.push(row.clone());
            }
            if rng.chance(BAD) {
                bad += 1;
                rows.push(EventRow {
                    number: String::new(),
                    ..row.clone()
                });
            }
            rows.push(row);
        }
        Self {
            text: generic_file(&rows),
            parcels,
            good: u64::try_from(rows.len()).unwrap() - bad,
            bad,
        }
    }

    fn numbers(&self) -> impl Iterator<Item = &str> {
        self.parcels.iter().map(|(number, _)| number.as_str())
    }

    fn rejected(&self) -> BTreeMap<RejectReason, u64> {
        [(RejectReason::NoTrackingNumber, self.bad)].into()
    }

    /// Asserts that every event is answered once.
    fn check(&self, answers: &BTreeMap<String, TrackingLog>) {
        for (number, times) in &self.parcels {
            let events = answers[number].events.iter();
            let answered: Vec<&str> = events.map(|event| event.carrier_occurred_at.as_str()).collect();
            assert_eq!(answered, *times, "{number}");
        }
    }
}

/// Asserts that every row is counted once: so many good ones, and the others.
#[track_caller]
fn check_counts(report: &RunReport, good: u64, rejected: &BTreeMap<RejectReason, u64>) {
    let rows = good + rejected.values().sum::<u64>();
    assert_eq!((report.rows, &report.rejected), (rows, rejected), "{report:#?}");
    assert_eq!(report.events + report.duplicates, good, "{report:#?}");
}

/// How far an import was when its process was killed.
struct Killed {
    /// Rows behind the last checkpoint are not counted.
    counted: u64,
    late: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_killed_hubs() {
    // Each waits a while for the killed one's message to show again: all at a time.
    let hubs: JoinSet<Killed> = (0..).zip([0, 100, 200, 300]).map(kill_and_go_on).collect();
    let killed = hubs.join_all().await;
    let late = killed.iter().filter(|killed| killed.late).count();
    assert!(late <= 2, "{late} of four were done before they could be killed");
    let behind_checkpoint = killed
        .iter()
        .filter(|killed| !killed.late && killed.counted >= UNTIL_CHECKPOINT);
    assert!(behind_checkpoint.count() >= 1, "some go on from a checkpoint");
}

/// Starts a hub, gives it a file, kills it when so many events of one parcel are stored, and opens another in its folder.
async fn kill_and_go_on((seed, events): (u64, usize)) -> Killed {
    let mut rng = Seeded(seed);
    let scans = Scans::made(&mut rng);
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("data");
    let mut process = start(&folder);
    let access = announced(&folder).await;
    let order = give(&access, Bytes::from(scans.text.clone())).await;
    access.import_queue().send(order.to_body().unwrap(), 0).await.unwrap();
    wait_until_stored(&access, &order, &rng.pick(&scans.parcels).0, events).await;
    process.kill().await.unwrap();

    let (window, rows) = (rng.pick(&[200_000, 20 << 20]), rng.pick(&[1_000, UNTIL_CHECKPOINT]));
    let settings = |importer: &mut Importer| {
        importer.settings.window_bytes = window;
        importer.settings.checkpoint_rows = rows;
    };
    let hub = TestHub::open_with(&folder, settings).await;
    let by_hand = ConnectionId::by_hand();
    let begun = hub.hub.access().store().run(&by_hand, order.started()).await;
    let begun = begun.unwrap().unwrap();
    println!(
        "seed {seed}, killed at {events} events: {:?}, {} rows counted",
        begun.outcome, begun.rows
    );
    let report = report_where(hub.hub.access(), &by_hand, order.started(), is_finished).await;
    check_counts(&report, scans.good, &scans.rejected());
    scans.check(&answers(&hub, &hub.key, scans.numbers()).await);
    hub.hub.stop().await;
    Killed {
        counted: begun.rows,
        late: begun.outcome != RunOutcome::Running,
    }
}

/// The program as somebody starts it.
fn start(folder: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_milepost-under-test"))
        .arg("--data")
        .arg(folder)
        .args(["up", "--empty", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// A hub in another process, once it can be reached. Waits for at most a minute.
async fn announced(folder: &Path) -> Access {
    for _ in 0..3_000 {
        if let Some(announced) = Folder::announced(folder) {
            return Access::to_announced(&announced, folder);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it has not come up in a minute");
}

/// Puts a file into the hub's bucket, to be imported as one given by hand.
async fn give(access: &Access, bytes: Bytes) -> ImportOrder {
    let order = ImportOrder::File(FileOrder {
        given: now(),
        key: "in/by-hand/scans".to_owned(),
        name: "scans".to_owned(),
        size: u64::try_from(bytes.len()).unwrap(),
        content: "scans".to_owned(),
        layout: "generic".to_owned(),
        layout_text: None,
        carrier: "usps".to_owned(),
        scope: FileOrder::scope_of(&AccountId::default_account()),
        quiet: false,
    });
    let bucket = access.bucket();
    bucket.put("in/by-hand/scans", "text/csv", bytes).await.unwrap();
    order
}

/// Waits until an import has begun and so many events of a parcel are stored, for at most a minute.
async fn wait_until_stored(access: &Access, order: &ImportOrder, number: &str, events: usize) {
    let (store, number) = (access.store(), TrackingNumber::parse(number).unwrap());
    for _ in 0..12_000 {
        let begun = store.run(&ConnectionId::by_hand(), order.started()).await.unwrap();
        let known = store.number(&number, now().as_second()).await.unwrap();
        let stored: usize = known.bundles.iter().map(|bundle| bundle.events.len()).sum();
        if begun.is_some() && stored >= events {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{events} events are not stored in a minute");
}

/// More rows than the smallest function's window holds, and than a checkpoint waits for.
const FILE_ROWS: u64 = 25_000;

/// How often one import is killed.
const KILLS: usize = 10;

/// A process that is killed at its work has just been sent this share of the file: some hundred rows.
const LAST_SHARE: usize = 40;

/// Lambda's longest: no import here is stopped by its deadline.
const TIMEOUT: Duration = Duration::from_secs(900);

/// The import of a file by functions in processes of their own.
struct ByFunctions {
    stand_ins: StandIns,
    order: ImportOrder,
    bytes: Vec<u8>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_killed_ten_times() {
    let imports: JoinSet<Vec<Killed>> = (0..3).map(import_killed_ten_times).collect();
    let killed: Vec<Killed> = imports.join_all().await.into_iter().flatten().collect();
    let late = killed.iter().filter(|killed| killed.late).count();
    assert_eq!((killed.len(), late), (3 * KILLS, 0), "none is done before it is killed");
    let behind_checkpoint = killed.iter().filter(|killed| killed.counted >= UNTIL_CHECKPOINT);
    assert!(behind_checkpoint.count() >= 1, "some go on from a checkpoint");
}

/// The first with everything that carriers' files have in them; then two whose parcels' bundles are full on the way: one
/// whose processes get less far than those before them, and one that is compressed.
async fn import_killed_ten_times(seed: u64) -> Vec<Killed> {
    let mut rng = Seeded(seed);
    if seed == 0 {
        let file = CarrierFile::of_rows(FILE_ROWS, seed);
        let import = ByFunctions::begin(file.bytes.clone()).await;
        let killed = import.kill_ten_times(seed, &mut rng).await;
        import.finish(file.events + file.repeats, &file.rejected).await;
        file.check(&import.logs(file.numbers()).await);
        return killed;
    }
    let scans = Scans::made(&mut rng);
    let text = scans.text.as_bytes();
    let bytes = if seed == 1 { text.to_vec() } else { gzipped(text) };
    let import = ByFunctions::begin(bytes).await;
    let killed = import.kill_ten_times(seed, &mut rng).await;
    import.finish(scans.good, &scans.rejected()).await;
    scans.check(&import.logs(scans.numbers()).await);
    killed
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

impl ByFunctions {
    async fn begin(bytes: Vec<u8>) -> Self {
        let stand_ins = StandIns::start().await;
        let order = give(&stand_ins.access, Bytes::from(bytes.clone())).await;
        Self {
            stand_ins,
            order,
            bytes,
        }
    }

    /// A process with so many mebibytes, that reaches the bucket there.
    async fn function(&self, memory: u32, bucket: String) -> Function {
        let mut variables = self.stand_ins.endpoints();
        let own = ["MILEPOST_TABLE", "MILEPOST_BUCKET", "MILEPOST_IMPORT_QUEUE"];
        variables.extend(own.map(|name| self.stand_ins.variable(name)));
        variables.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string()));
        variables.push(("AWS_ENDPOINT_URL_S3", bucket));
        Function::start(Path::new(env!("CARGO_BIN_EXE_run-import-under-test")), &variables).await
    }

    /// The message of the import, the same each time.
    fn message(&self) -> String {
        let body = self.order.to_body().unwrap();
        json!({"Records": [{"messageId": "scans", "receiptHandle": "scans", "body": body}]}).to_string()
    }

    /// One process after another, each killed at a byte of the file that the seed says.
    async fn kill_ten_times(&self, seed: u64, rng: &mut Seeded) -> Vec<Killed> {
        let bytes = u64::try_from(self.bytes.len()).unwrap();
        let mut offsets: Vec<u64> = (0..KILLS).map(|_| 1 + rng.below(bytes - 1)).collect();
        if seed != 1 {
            offsets.sort_unstable();
        }
        let (mut killed, mut counted) = (Vec::new(), 0);
        for offset in offsets {
            let memory = rng.pick(&[40, 40, 48, 128]);
            let at_work = rng.pick(&[None, None, Some(0), Some(10), Some(40)]);
            self.kill_at(
                usize::try_from(offset).unwrap(),
                memory,
                at_work.map(Duration::from_millis),
            )
            .await;
            // One that was killed before its first row has written none.
            let begun = self
                .report()
                .await
                .unwrap_or_else(|| RunReport::started(self.order.started()));
            println!(
                "seed {seed}, killed at byte {offset} of {bytes}, {memory} MiB, after {at_work:?} ms: {:?}, {} rows \
                 and {} bundles counted",
                begun.outcome, begun.rows, begun.bundles
            );
            // A report says nothing of a file before the attempt's first checkpoint.
            counted = begun.rows.max(counted);
            killed.push(Killed {
                counted,
                late: begun.outcome != RunOutcome::Running,
            });
        }
        killed
    }

    /// Kills a process that is sent so many bytes of the file, and the others never: when it has done with all of them,
    /// or so long after it was sent the last ones.
    async fn kill_at(&self, offset: usize, memory: u32, at_work: Option<Duration>) {
        let bucket = &self.stand_ins.cloud.endpoints().bucket;
        let upstream = bucket.strip_prefix("http://").unwrap().parse().unwrap();
        let gate = Gate::start(upstream, &self.bytes[..64]).await;
        let mut function = self.function(memory, format!("http://{}", gate.address)).await;
        let last = at_work.map_or(0, |_| self.bytes.len() / LAST_SHARE);
        tokio::select! {
            outcome = function.invoke(self.message(), TIMEOUT) => panic!("{outcome:?}: {}", function.printed()),
            // Without any it may not even have begun.
            () = gate.pass(offset.saturating_sub(last).max(1)) => {}
        }
        function.at_rest().await;
        if let Some(at_work) = at_work {
            gate.pass(offset).await;
            tokio::time::sleep(at_work).await;
        }
        function.kill().await;
    }

    async fn report(&self) -> Option<RunReport> {
        let store = self.stand_ins.access.store();
        let report = store.run(&ConnectionId::by_hand(), self.order.started()).await;
        report.unwrap()
    }

    /// Lets a process come to the end, and asserts that every row is counted once, and every reject written.
    async fn finish(&self, good: u64, rejected: &BTreeMap<RejectReason, u64>) {
        let bucket = self.stand_ins.cloud.endpoints().bucket.clone();
        let mut function = self.function(40, bucket).await;
        let outcome = function.invoke(self.message(), TIMEOUT).await;
        let done = Outcome::Answer(json!({"batchItemFailures": []}));
        assert_eq!(outcome, done, "{}", function.printed());
        let report = self.report().await.unwrap();
        assert_eq!(report.outcome, RunOutcome::Finished);
        check_counts(&report, good, rejected);
        let mut written: BTreeMap<String, u64> = BTreeMap::new();
        for line in rejects(&self.stand_ins.access, &report).await {
            let line: Value = serde_json::from_str(&line).unwrap();
            *written.entry(line["reason"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let counted = rejected
            .iter()
            .map(|(reason, count)| (reason.as_str().to_owned(), *count));
        assert_eq!(written, counted.collect(), "in the rejects files");
    }

    /// What the API would answer of each parcel. Several are looked up at a time, since there may be thousands.
    async fn logs(&self, numbers: impl Iterator<Item = &str>) -> BTreeMap<String, TrackingLog> {
        let numbers: Vec<TrackingNumber> = numbers.map(|number| TrackingNumber::parse(number).unwrap()).collect();
        let parts = numbers.chunks(numbers.len().div_ceil(4));
        let looked_up: JoinSet<Vec<(String, TrackingLog)>> = parts
            .map(|numbers| look_up(self.stand_ins.access.store(), numbers.to_vec()))
            .collect();
        looked_up.join_all().await.into_iter().flatten().collect()
    }
}

async fn look_up(store: Store, numbers: Vec<TrackingNumber>) -> Vec<(String, TrackingLog)> {
    let (viewer, asked) = (
        AccountId::default_account(),
        Asked::Carrier(CarrierCode::parse("usps").unwrap()),
    );
    let mut logs = Vec::new();
    for number in numbers {
        let answer = lookup(&store, None, &viewer, &asked, &number, &[], now())
            .await
            .unwrap();
        let log = TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default());
        logs.push((number.as_str().to_owned(), log));
    }
    logs
}
