//! The functions' programs, as Lambda runs them: each event of `events/` through a process of its own.
//!
//! `MILEPOST_BINARIES` names a folder with the programs of another build, such as the one that is packaged.

use std::collections::BTreeMap;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use milepost_contract::shipengine::TrackingLog;
use milepost_import::ImportOrder;
use milepost_local::hub::{BUCKET, IMPORT_QUEUE, NOTIFY_QUEUE, WEBHOOK_QUEUE};
use milepost_model::{AccountId, CarrierCode, Connection, ConnectionId, Schedule, Scope, SourceAddress};
use milepost_store::{ApiKey, DueKind, KeyHash, KeyScopes};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::carrier_file::CarrierFile;
use support::feed::{EventRow, days_ago, generic_file};
use support::function::Function;
use support::runtime_api::Outcome;
use support::stand_ins::StandIns;

/// The key in the sample events.
const SAMPLE_KEY: &str = "mp_SampleKey-0123456789-abcdefghijklmnopqrstuv";

/// The sealing key: 32 bytes in base64.
const SEAL_KEY: &str = "TWFya2VyLU1hcmtlci1NYXJrZXItTWFya2VyLTEyMzQ=";

/// The connection of the sample events.
const CONNECTION: &str = "usps-scans";

const TIMEOUT: Duration = Duration::from_secs(60);

/// A program, and the variables that it cannot do without.
struct Program {
    name: &'static str,
    built_here: &'static str,
    variables: &'static [&'static str],
}

const LOOKUP_TRACKING: Program = Program {
    name: "lookup-tracking",
    built_here: env!("CARGO_BIN_EXE_lookup-tracking-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_SEAL_KEY"],
};
const START_TRACKING: Program = Program {
    name: "start-tracking",
    built_here: env!("CARGO_BIN_EXE_start-tracking-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_NOTIFY_QUEUE", "MILEPOST_SEAL_KEY"],
};
const MANAGE_HUB: Program = Program {
    name: "manage-hub",
    built_here: env!("CARGO_BIN_EXE_manage-hub-under-test"),
    variables: &[
        "MILEPOST_TABLE",
        "MILEPOST_BUCKET",
        "MILEPOST_WEBHOOK_QUEUE",
        "MILEPOST_SEAL_KEY",
    ],
};
const SCHEDULE_IMPORTS: Program = Program {
    name: "schedule-imports",
    built_here: env!("CARGO_BIN_EXE_schedule-imports-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_IMPORT_QUEUE"],
};
const REFRESH_TRACKING: Program = Program {
    name: "refresh-tracking",
    built_here: env!("CARGO_BIN_EXE_refresh-tracking-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_SEAL_KEY"],
};
const RUN_IMPORT: Program = Program {
    name: "run-import",
    built_here: env!("CARGO_BIN_EXE_run-import-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_BUCKET", "MILEPOST_IMPORT_QUEUE"],
};
const NOTIFY_CHANGES: Program = Program {
    name: "notify-changes",
    built_here: env!("CARGO_BIN_EXE_notify-changes-under-test"),
    variables: &[
        "MILEPOST_TABLE",
        "MILEPOST_WEBHOOK_QUEUE",
        "MILEPOST_NOTIFY_QUEUE",
        "MILEPOST_PUBLIC_URL",
    ],
};
const DELIVER_WEBHOOK: Program = Program {
    name: "deliver-webhook",
    built_here: env!("CARGO_BIN_EXE_deliver-webhook-under-test"),
    variables: &["MILEPOST_TABLE", "MILEPOST_WEBHOOK_QUEUE", "MILEPOST_SEAL_KEY"],
};

impl Program {
    #[expect(clippy::disallowed_methods, reason = "whoever runs the tests says which programs")]
    fn path(&self) -> PathBuf {
        match std::env::var_os("MILEPOST_BINARIES") {
            Some(folder) => Path::new(&folder).join(self.name),
            None => PathBuf::from(self.built_here),
        }
    }

    async fn start(&self, stand_ins: &StandIns) -> Function {
        self.start_without(stand_ins, "").await
    }

    async fn start_without(&self, stand_ins: &StandIns, missing: &str) -> Function {
        let given = self.variables.iter().filter(|name| **name != missing);
        let mut variables = stand_ins.endpoints();
        variables.extend(given.map(|name| stand_ins.variable(name)));
        Function::start(&self.path(), &variables).await
    }

    /// What it answers to each of its events, in order of their names; then it has printed no panic and no secret.
    async fn answers(&self, stand_ins: &StandIns) -> BTreeMap<String, Value> {
        let mut function = self.start(stand_ins).await;
        let mut answers = BTreeMap::new();
        for (file, event) in events_of(self.name) {
            match function.invoke(event, TIMEOUT).await {
                Outcome::Answer(answer) => answers.insert(file, answer),
                Outcome::Error(error) => panic!("{file}: {error}"),
            };
        }
        check_printed(&function);
        answers
    }
}

/// Stand-ins with a sealing key.
async fn stand_ins() -> StandIns {
    let stand_ins = StandIns::start().await;
    write_private(&stand_ins.folder.path().join("seal.key"), SEAL_KEY);
    stand_ins
}

fn write_private(path: &Path, text: &str) {
    use std::io::Write;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path);
    file.unwrap().write_all(text.as_bytes()).unwrap();
}

fn folder_of(function: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events").join(function)
}

/// File name and text of each event of a function.
fn events_of(function: &str) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(folder_of(function)).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), event_of(function, &name))).collect()
}

fn event_of(function: &str, name: &str) -> String {
    std::fs::read_to_string(folder_of(function).join(name)).unwrap()
}

fn check_printed(function: &Function) {
    let printed = function.printed();
    for never in ["panicked", SAMPLE_KEY, SEAL_KEY, "Marker-Marker"] {
        assert!(!printed.contains(never), "{never}: {printed}");
    }
}

/// The hub's clients of an account use the sample events' key.
async fn put_sample_key(stand_ins: &StandIns) {
    let api_key = ApiKey {
        account: AccountId::default_account(),
        label: "sample".to_owned(),
        created_ms: 0,
        scopes: KeyScopes::ALL,
    };
    stand_ins
        .access
        .store()
        .put_api_key(KeyHash::of(SAMPLE_KEY), &api_key)
        .await
        .unwrap();
}

/// The connection of the sample events, to files under `usps/` of the hub's own bucket.
async fn put_connection(stand_ins: &StandIns, next_due: Option<Timestamp>) {
    let connection = Connection {
        id: ConnectionId::parse(CONNECTION).unwrap(),
        carrier_id: 0,
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Account(AccountId::default_account()),
        source: SourceAddress::new("s3", &[("prefix", "usps/"), ("pattern", "*")]),
        pickup: milepost_model::Pickup::default(),
        layout: "generic".to_owned(),
        layout_text: None,
        secret: None,
        schedule: Schedule::Every { minutes: 15 },
        notify_from: Timestamp::UNIX_EPOCH,
        next_due,
        live: None,
    };
    stand_ins
        .access
        .store()
        .put_connection(&connection)
        .await
        .unwrap()
        .unwrap();
}

fn put_object(stand_ins: &StandIns, key: &str, bytes: &[u8]) {
    let path = stand_ins.cloud.bucket_folder(BUCKET).join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn statuses(answers: &BTreeMap<String, Value>) -> Vec<(&str, u64)> {
    answers
        .iter()
        .map(|(file, answer)| (file.as_str(), answer["statusCode"].as_u64().unwrap()))
        .collect()
}

fn body<T: DeserializeOwned>(answer: &Value) -> T {
    let body = answer["body"].as_str().unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{body}: {error}"))
}

/// Every file of a function of queues, with the answer that everything in it is done.
fn all_done(files: &[&str]) -> BTreeMap<String, Value> {
    files
        .iter()
        .map(|file| ((*file).to_owned(), json!({"batchItemFailures": []})))
        .collect()
}

async fn waiting(stand_ins: &StandIns, queue: &str) -> u64 {
    let counts = stand_ins.cloud.queues().counts(queue).await.unwrap();
    counts.visible + counts.in_flight + counts.delayed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lookup_tracking() {
    let stand_ins = stand_ins().await;
    put_sample_key(&stand_ins).await;
    let answers = LOOKUP_TRACKING.answers(&stand_ins).await;
    assert_eq!(
        statuses(&answers),
        [
            ("carriers.json", 200),
            ("couriers.json", 200),
            ("detect.json", 200),
            ("lookup.json", 200),
            ("missing-number.json", 400),
            ("no-key.json", 401),
            ("results-by-number.json", 404),
            ("search.json", 201),
        ]
    );
    let log: TrackingLog = body(&answers["lookup.json"]);
    assert_eq!(
        (log.tracking_number.as_str(), log.status_code.as_str()),
        ("9405511899223197428490", "NY")
    );
    let refused: Value = body(&answers["no-key.json"]);
    assert_eq!(refused["errors"][0]["error_code"], "unauthorized", "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_tracking() {
    let stand_ins = stand_ins().await;
    put_sample_key(&stand_ins).await;
    let answers = START_TRACKING.answers(&stand_ins).await;
    assert_eq!(
        statuses(&answers),
        [
            ("create-tracker.json", 201),
            ("create-trackers.json", 201),
            ("start.json", 204),
            ("stop.json", 204)
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn manage_hub() {
    let stand_ins = stand_ins().await;
    put_sample_key(&stand_ins).await;
    let answers = MANAGE_HUB.answers(&stand_ins).await;
    assert_eq!(
        statuses(&answers),
        [
            ("health.json", 200),
            ("no-such-route.json", 404),
            ("wrong-method.json", 405)
        ]
    );
    assert_eq!(answers["wrong-method.json"]["headers"]["allow"], "GET");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schedule_imports() {
    let stand_ins = stand_ins().await;
    let slot = milepost_runtime::now() - Duration::from_secs(60);
    put_connection(&stand_ins, Some(slot)).await;
    let store = stand_ins.access.store();
    store
        .put_due(DueKind::Connection, CONNECTION, slot.as_millisecond(), CONNECTION)
        .await
        .unwrap();
    let answers = SCHEDULE_IMPORTS.answers(&stand_ins).await;
    assert_eq!(answers, BTreeMap::from([("tick.json".to_owned(), json!(1))]));
    assert_eq!(waiting(&stand_ins, IMPORT_QUEUE).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_tracking() {
    let stand_ins = stand_ins().await;
    let answers = REFRESH_TRACKING.answers(&stand_ins).await;
    assert_eq!(answers, BTreeMap::from([("tick.json".to_owned(), Value::Null)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_import() {
    let stand_ins = stand_ins().await;
    put_sample_key(&stand_ins).await;
    let made = CarrierFile::of_rows(400, 7);
    let scanned = EventRow::new("9405511899223197428490", "01", &format!("{}T14:06:00", days_ago(3)));
    put_connection(&stand_ins, None).await;
    put_object(&stand_ins, "usps/scans.csv", generic_file(&[scanned]).as_bytes());
    put_object(&stand_ins, &key_of_file_order(), &made.gzipped());
    let answers = RUN_IMPORT.answers(&stand_ins).await;
    assert_eq!(answers, all_done(&["connection.json", "file.json", "object.json"]));

    // What one program has stored, another answers.
    let mut lookup = LOOKUP_TRACKING.start(&stand_ins).await;
    let mut logs = BTreeMap::new();
    for number in made.numbers() {
        logs.insert(number.to_owned(), look_up(&mut lookup, number).await);
    }
    made.check(&logs);
    let log = look_up(&mut lookup, "9405511899223197428490").await;
    assert_eq!((log.status_code.as_str(), log.events.len()), ("DE", 1));
    check_printed(&lookup);
}

/// It has no run whose report could say what is wrong: it comes again until it goes where dead letters go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_is_no_order_is_a_failure() {
    let stand_ins = stand_ins().await;
    let mut function = RUN_IMPORT.start(&stand_ins).await;
    let order = event_of("run-import", "connection.json");
    for (from, to) in [
        ("\\\"import\\\"", "\\\"export\\\""),
        ("usps-scans", "no name of a connection"),
    ] {
        let outcome = function.invoke(order.replace(from, to), TIMEOUT).await;
        let failed = json!([{"itemIdentifier": "0b69e959-a622-44a6-ab5e-23425812795b"}]);
        assert_eq!(outcome, Outcome::Answer(json!({"batchItemFailures": failed})), "{to}");
    }
    check_printed(&function);
}

/// Under which key the sample event expects its file.
fn key_of_file_order() -> String {
    let event: Value = serde_json::from_str(&event_of("run-import", "file.json")).unwrap();
    let body = event.pointer("/Records/0/body").and_then(Value::as_str).unwrap();
    match ImportOrder::parse(body).unwrap() {
        ImportOrder::File(order) => order.key,
        other => panic!("{other:?}"),
    }
}

async fn look_up(lookup: &mut Function, number: &str) -> TrackingLog {
    let event = event_of("lookup-tracking", "lookup.json").replace("9405511899223197428490", number);
    match lookup.invoke(event, TIMEOUT).await {
        Outcome::Answer(answer) => body(&answer),
        Outcome::Error(error) => panic!("{number}: {error}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notify_changes() {
    let stand_ins = stand_ins().await;
    let answers = NOTIFY_CHANGES.answers(&stand_ins).await;
    assert_eq!(answers, all_done(&["bundles.json", "look-again.json"]));
    assert_eq!(waiting(&stand_ins, WEBHOOK_QUEUE).await, 0, "nobody follows");
    assert_eq!(waiting(&stand_ins, NOTIFY_QUEUE).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliver_webhook() {
    let stand_ins = stand_ins().await;
    let answers = DELIVER_WEBHOOK.answers(&stand_ins).await;
    // Endpoints that are not there (any more) are passed over.
    assert_eq!(answers, all_done(&["attempts.json", "tick.json"]));
    assert_eq!(waiting(&stand_ins, WEBHOOK_QUEUE).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_another_form_is_an_error_and_the_next_one_is_not() {
    let stand_ins = stand_ins().await;
    let mut function = NOTIFY_CHANGES.start(&stand_ins).await;
    for bad in ["{}", "null", r#"{"Records": [{"eventSource": "aws:s3"}]}"#] {
        let outcome = function.invoke(bad, TIMEOUT).await;
        assert!(
            matches!(&outcome, Outcome::Error(error) if error["errorType"].is_string()),
            "{bad}: {outcome:?}"
        );
    }
    let outcome = function
        .invoke(event_of("notify-changes", "bundles.json"), TIMEOUT)
        .await;
    assert_eq!(outcome, Outcome::Answer(json!({"batchItemFailures": []})));
    check_printed(&function);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_variable_is_named() {
    let stand_ins = stand_ins().await;
    let programs = [
        LOOKUP_TRACKING,
        MANAGE_HUB,
        START_TRACKING,
        SCHEDULE_IMPORTS,
        REFRESH_TRACKING,
        RUN_IMPORT,
        NOTIFY_CHANGES,
        DELIVER_WEBHOOK,
    ];
    for program in programs {
        for missing in program.variables {
            let mut function = program.start_without(&stand_ins, missing).await;
            let status = function.ended().await;
            let printed = function.printed();
            assert!(!status.success(), "{} without {missing}", program.name);
            assert!(
                printed.contains(missing),
                "{} without {missing}: {printed}",
                program.name
            );
            check_printed(&function);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealing_key_that_is_none_is_not_shown() {
    let stand_ins = stand_ins().await;
    let path = stand_ins.folder.path().join("seal.key");
    write_private(&path, "Marker-Marker");
    let mut function = DELIVER_WEBHOOK.start(&stand_ins).await;
    assert!(!function.ended().await.success());
    assert!(
        function.printed().contains(&path.display().to_string()),
        "{}",
        function.printed()
    );
    check_printed(&function);
}

/// A table that is not there makes a line of error for each request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_line_of_a_request_has_its_id_and_none_a_key() {
    let stand_ins = stand_ins().await;
    for level in ["warn", "debug"] {
        let mut variables = stand_ins.endpoints();
        variables.push(("MILEPOST_TABLE", "nowhere".to_owned()));
        variables.push(("MILEPOST_SEAL_KEY", "file:nowhere".to_owned()));
        variables.push(("RUST_LOG", level.to_owned()));
        let mut function = Function::start(&LOOKUP_TRACKING.path(), &variables).await;
        let outcome = function
            .invoke(event_of("lookup-tracking", "lookup.json"), TIMEOUT)
            .await;
        let Outcome::Answer(answer) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(answer["statusCode"], 500);
        let refused: Value = body(&answer);
        let id = refused["request_id"].as_str().unwrap();
        assert_eq!(answer["headers"]["x-request-id"], id);
        let printed = function.printed();
        check_printed(&function);
        let errors: Vec<&str> = printed.lines().filter(|line| line.contains("\"ERROR\"")).collect();
        assert!(!errors.is_empty(), "{printed}");
        for line in errors {
            assert!(line.contains(id), "{id}: {line}");
        }
    }
}
