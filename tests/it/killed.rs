//! Hubs and functions that are killed while they import, and others that go on where they were.

#![expect(clippy::indexing_slicing, reason = "what is missing fails the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::ToSpan;
use milepost_contract::shipengine::{TimeStyle, TrackingLog};
use milepost_import::{FileOrder, ImportOrder, Importer};
use milepost_local::hub::{Access, Folder};
use milepost_model::{
    AccountId, CarrierCode, ConnectionId, RejectReason, RunOutcome, RunReport, TrackingNumber,
};
use milepost_runtime::now;
use milepost_track::{Asked, lookup};
use serde_json::json;
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

    /// Asserts that every row is counted once, and every event answered once.
    async fn check(&self, hub: &TestHub, report: &RunReport) {
        let rejected = [(RejectReason::NoTrackingNumber, self.bad)].into();
        assert_eq!(
            (report.rows, &report.rejected),
            (self.good + self.bad, &rejected),
            "{report:#?}"
        );
        assert_eq!(report.events + report.duplicates, self.good, "{report:#?}");
        let answers = answers(hub, &hub.key, self.numbers()).await;
        for (number, times) in &self.parcels {
            let events = answers[number].events.iter();
            let answered: Vec<&str> = events.map(|event| event.carrier_occurred_at.as_str()).collect();
            assert_eq!(answered, *times, "{number}");
        }
    }
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
    access
        .import_queue()
        .send(order.to_body().unwrap(), 0)
        .await
        .unwrap();
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
    scans.check(&hub, &report).await;
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
const FILE_ROWS: u64 = 30_000;

/// How often one import is killed.
const KILLS: usize = 10;

/// Lambda's longest: no import here is stopped by its deadline.
const TIMEOUT: Duration = Duration::from_secs(900);

/// What an import ends in.
#[derive(Debug, PartialEq, Eq)]
struct End {
    outcome: RunOutcome,
    rows: u64,
    events_and_duplicates: u64,
    rejected: BTreeMap<RejectReason, u64>,
    rejects: BTreeSet<String>,
    files: Vec<String>,
}

/// The import of a file by functions in processes of their own.
struct ByFunctions {
    stand_ins: StandIns,
    order: ImportOrder,
    bytes: Vec<u8>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_killed_ten_times() {
    let file = Arc::new(CarrierFile::of_rows(FILE_ROWS, 31));
    let undisturbed = ByFunctions::begin(file.bytes.clone()).await.finish(128, &file).await;
    assert_eq!(undisturbed.outcome, RunOutcome::Finished);
    assert_eq!((undisturbed.rows, &undisturbed.rejected), (file.rows, &file.rejected));
    assert_eq!(undisturbed.events_and_duplicates, file.events + file.repeats);
    assert_eq!(
        u64::try_from(undisturbed.rejects.len()).unwrap(),
        file.rejected.values().sum::<u64>()
    );
    let seeds: JoinSet<(u64, End)> = (0..3).map(|seed| kill_ten_times(seed, Arc::clone(&file))).collect();
    for (seed, end) in seeds.join_all().await {
        assert_eq!(end, undisturbed, "seed {seed}");
    }
}

/// One import whose file breaks off ten times for good, each time for another process. None of them can end: the bytes
/// behind the seeded one are held back until it is dead.
async fn kill_ten_times(seed: u64, file: Arc<CarrierFile>) -> (u64, End) {
    let mut rng = Seeded(seed);
    let bytes = if seed == 2 { file.gzipped() } else { file.bytes.clone() };
    let mut offsets: Vec<usize> = (0..KILLS).map(|_| offset(&mut rng, bytes.len())).collect();
    if seed != 1 {
        offsets.sort_unstable();
    }
    let import = ByFunctions::begin(bytes).await;
    let mut behind_checkpoint = 0;
    for offset in offsets {
        let (memory, at_rest) = (rng.pick(&[40, 40, 48, 128]), rng.chance(500));
        import.kill_at(offset, memory, at_rest).await;
        let report = import.report().await;
        println!(
            "seed {seed}, killed at {offset} with {memory} MiB, at rest {at_rest}: {} rows and {} bundles counted",
            report.rows, report.bundles
        );
        assert_eq!(report.outcome, RunOutcome::Running);
        behind_checkpoint += u64::from(report.rows >= UNTIL_CHECKPOINT && report.bundles > 0);
    }
    assert!(behind_checkpoint > 0, "seed {seed}: some go on from a checkpoint");
    (seed, import.finish(rng.pick(&[40, 128]), &file).await)
}

fn offset(rng: &mut Seeded, bytes: usize) -> usize {
    usize::try_from(rng.below(u64::try_from(bytes).unwrap())).unwrap()
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

    /// Kills a process that has got so many bytes of the file: with the last of them at once, while it reads them or
    /// waits for the table, or when it has done with all of them.
    async fn kill_at(&self, offset: usize, memory: u32, at_rest: bool) {
        let bucket = &self.stand_ins.cloud.endpoints().bucket;
        let upstream: SocketAddr = bucket.strip_prefix("http://").unwrap().parse().unwrap();
        let gate = Gate::start(upstream, &self.bytes[..64], offset).await;
        let mut function = self.function(memory, format!("http://{}", gate.address)).await;
        tokio::select! {
            outcome = function.invoke(self.message(), TIMEOUT) => panic!("ended with {outcome:?}: {}", function.printed()),
            () = gate.held() => {}
        }
        if at_rest {
            function.at_rest().await;
        }
        function.kill().await;
    }

    async fn report(&self) -> RunReport {
        let store = self.stand_ins.access.store();
        let report = store.run(&ConnectionId::by_hand(), self.order.started()).await;
        report.unwrap().unwrap()
    }

    /// Lets a process come to the end, and asserts that it is what the file says.
    async fn finish(self, memory: u32, file: &CarrierFile) -> End {
        let bucket = self.stand_ins.cloud.endpoints().bucket.clone();
        let mut function = self.function(memory, bucket).await;
        let outcome = function.invoke(self.message(), TIMEOUT).await;
        assert_eq!(
            outcome,
            Outcome::Answer(json!({"batchItemFailures": []})),
            "{}",
            function.printed()
        );
        file.check(&self.logs(file.numbers()).await);
        let report = self.report().await;
        End {
            rejects: rejects(&self.stand_ins.access, &report).await,
            outcome: report.outcome,
            rows: report.rows,
            events_and_duplicates: report.events + report.duplicates,
            rejected: report.rejected,
            files: report.files,
        }
    }

    /// What the API would answer of each parcel.
    async fn logs(&self, numbers: impl Iterator<Item = &str>) -> BTreeMap<String, TrackingLog> {
        let (store, viewer) = (self.stand_ins.access.store(), AccountId::default_account());
        let asked = Asked::Carrier(CarrierCode::parse("usps").unwrap());
        let mut logs = BTreeMap::new();
        for number in numbers {
            let parsed = TrackingNumber::parse(number).unwrap();
            let answer = lookup(&store, &viewer, &asked, &parsed, now()).await.unwrap();
            let log = TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default());
            logs.insert(number.to_owned(), log);
        }
        logs
    }
}
