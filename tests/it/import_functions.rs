//! Imports through Lambda functions of the operator's own: the sample functions, in Python and in JavaScript, and what
//! such a function can do to a run, behind a server that plays Lambda's Invoke.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_import::{ImportOrder, Importer, Step};
use milepost_model::{Connection, ConnectionId, ErrorClass, RunOutcome, RunReport, SourceAddress, TrackingNumber};
use milepost_runtime::now;
use serde_json::{Value, json};
use support::answers::answers;
use support::feed::days_ago;
use support::hub::TestHub;
use support::lambda::{Lambda, Told};
use support::runs::connect;

const IMPORTS: &str = "arn:aws:lambda:eu-west-1:123456789012:function:imports";
const SCHEDULED: &str = "arn:aws:lambda:eu-west-1:123456789012:function:scheduled";

/// A hub, and a connection to functions.
struct World {
    hub: TestHub,
    lambda: Lambda,
    connection: ConnectionId,
}

impl World {
    async fn new(scheduled: bool, handler: impl Fn(&str, &Value) -> Told + Send + Sync + 'static) -> Self {
        let (hub, lambda) = (TestHub::start().await, Lambda::start(handler).await);
        let mut settings = vec![("function", IMPORTS), ("metadata", r#"{"site": "one"}"#)];
        if scheduled {
            settings.push(("scheduled_function", SCHEDULED));
        }
        let source = SourceAddress::new("lambda", &settings);
        let plain = connect(&hub, "vans-plain", source).await;
        let store = hub.hub.access().store();
        let connection = Connection {
            id: ConnectionId::parse("vans").unwrap(),
            layout: "connect-items".to_owned(),
            ..store.connection(&plain).await.unwrap().unwrap()
        };
        let connection = store.put_connection(&connection).await.unwrap().unwrap().id;
        Self {
            hub,
            lambda,
            connection,
        }
    }

    fn importer(&self) -> Importer {
        Importer {
            functions: self.lambda.functions(),
            ..self.hub.hub.access().importer()
        }
    }

    fn order(&self) -> ImportOrder {
        ImportOrder::Connection {
            connection: self.connection.to_string(),
            slot: now(),
        }
    }

    async fn report(&self, order: &ImportOrder) -> RunReport {
        let store = self.hub.hub.access().store();
        store.run(&self.connection, order.started()).await.unwrap().unwrap()
    }

    /// A whole run: what came of it, and the calls that it made.
    async fn run(&self) -> (RunReport, Vec<(String, Value)>) {
        let order = self.order();
        self.importer().run(&order, "message", None).await.unwrap();
        (self.report(&order).await, self.lambda.calls())
    }

    /// What is kept of answers.
    async fn kept(&self) -> Vec<String> {
        let objects = self.hub.hub.access().bucket().list("spool/", 100).await.unwrap();
        objects.into_iter().map(|object| object.key).collect()
    }
}

/// An item with one event of a parcel, its nth.
fn item(number: &str, nth: usize) -> Value {
    let at = format!("{}T{:02}:{:02}:00", days_ago(5), nth / 60, nth % 60);
    json!({"tracking_info": {"tracking_number": number, "events": [{
        "event_datetime": format!("{at}Z"), "event_datetime_local": at, "event_code": "10",
        "description": "Arrived at USPS Regional Origin Facility", "city": "SARCOXIE", "state": "MO",
    }]}})
}

const PARCELS: usize = 200;
const PAGES: usize = 8;
const PAGE: usize = 1_000;

fn number(nth: usize) -> String {
    format!("94001000000000{nth:08}")
}

/// A page of many, and what asks for the next.
fn page(cursor: usize) -> Value {
    let items = (cursor * PAGE..(cursor + 1) * PAGE).map(|nth| item(&number(nth % PARCELS), nth / PARCELS));
    let next = (cursor + 1 < PAGES).then(|| (cursor + 1).to_string());
    json!({"events": items.collect::<Vec<_>>(), "next": next})
}

fn cursor(input: &Value) -> usize {
    input["cursor"].as_str().map_or(0, |cursor| cursor.parse().unwrap())
}

/// A deadline that comes after so many looks at the clock.
pub(crate) fn hurried(importer: Importer, looks: i64) -> (Importer, Timestamp) {
    let (begin, looked) = (now(), AtomicI64::new(0));
    let clock = move || begin + SignedDuration::from_secs(looked.fetch_add(1, Ordering::Relaxed));
    let mut importer = Importer {
        now: Arc::new(clock),
        ..importer
    };
    importer.settings.stop_before_seconds = 0;
    (importer, begin + SignedDuration::from_secs(looks))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_asked_for_once_whatever_stops_the_run() {
    // Each page is given once: the function has nothing that it was asked for before.
    let fails = AtomicBool::new(true);
    let world = World::new(false, move |_, input| match cursor(input) {
        3 if fails.swap(false, Ordering::Relaxed) => Told::Error("RateLimitError"),
        cursor => Told::Answer(page(cursor)),
    })
    .await;
    let (order, mut attempts, mut again) = (world.order(), 0, 0);
    loop {
        attempts += 1;
        assert!(attempts < 30, "it gets on");
        let (importer, deadline) = hurried(world.importer(), 9);
        match importer.run(&order, "message", Some(deadline)).await {
            Ok(Step::Continue) => {}
            Ok(step) => break assert_eq!(step, Step::Finished),
            Err(error) => {
                again += 1;
                assert!(format!("{error:?}").contains("it wants a pause"), "{error}");
            }
        }
        assert!(!world.kept().await.is_empty());
    }
    assert!(attempts > 4, "{attempts} attempts: the deadline came in the middle");
    assert_eq!(again, 1);
    let calls = world.lambda.calls();
    let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
    for (function, input) in &calls {
        assert_eq!(function, IMPORTS);
        assert_eq!(
            (&input["connection_name"], &input["metadata"]["site"]),
            (&json!("vans"), &json!("one"))
        );
        *asked.entry(cursor(input)).or_default() += 1;
    }
    let once = (0..PAGES).map(|page| (page, if page == 3 { 2 } else { 1 })).collect();
    assert_eq!(asked, once);
    let report = world.report(&order).await;
    assert_eq!(
        (report.rows, report.files.as_slice()),
        (8_000, &["items".to_owned()][..])
    );
    assert_eq!(world.kept().await, [""; 0], "nothing is kept of what is stored");
    let numbers: Vec<String> = (0..PARCELS).map(number).collect();
    for (number, log) in answers(&world.hub, &world.hub.key, numbers.iter().map(String::as_str)).await {
        assert_eq!(log.events.len(), PAGES * PAGE / PARCELS, "{number}");
    }
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_function_tells_again_changes_nothing() {
    let world = World::new(false, |_, _| {
        let mut items: Vec<Value> = (0..5).map(|nth| item(&number(1), nth)).collect();
        items.push(json!({"error_messages": ["no number in line 7"]}));
        Told::Answer(items.into())
    })
    .await;
    let log = async || answers(&world.hub, &world.hub.key, [number(1).as_str()]).await;
    let (first, _) = world.run().await;
    assert_eq!((first.events, first.rejects()), (5, 1), "{first:#?}");
    let told = log().await;
    let (second, calls) = world.run().await;
    assert_eq!((second.events, calls.len()), (5, 1), "another run asks again");
    assert_eq!(log().await, told);
    world.hub.hub.stop().await;
}

/// A function whose second page is this: why the run failed, and the rows that are stored.
async fn check_failing(second: Told, why: &str) {
    let (world, text) = (
        World::new(false, move |_, input| match cursor(input) {
            0 => Told::Answer(json!({"events": [item(&number(1), 1)], "next": "1"})),
            _ => second.clone(),
        })
        .await,
        why,
    );
    let (report, calls) = world.run().await;
    let RunOutcome::Failed(why) = &report.outcome else {
        panic!("{text}: {report:#?}");
    };
    assert!(why.contains(text), "{why}");
    assert!(calls.len() <= 3, "{text}: {calls:?}");
    let stored = answers(&world.hub, &world.hub.key, [number(1).as_str()]).await;
    assert_eq!(
        (report.rows, stored[&number(1)].events.len()),
        (1, 1),
        "{text}: what came before is stored"
    );
    assert_eq!(world.kept().await, [""; 0], "{text}");
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_function_cannot_do() {
    let again = json!({"events": [], "next": "1"});
    check_failing(Told::Answer(again), "it gives the same cursor again").await;
    check_failing(Told::Answer(json!({"rows": []})), "no list of events").await;
    check_failing(Told::Error("BadRequestError"), "does not take the request").await;
    check_failing(Told::Error("UnauthorizedError"), "refuses the credentials").await;
    // What Lambda itself says, and what a stand-in lets pass.
    check_failing(Told::Error("Function.ResponseSizeTooLarge"), "more than Lambda lets").await;
    let long = Told::Raw(Bytes::from(vec![b' '; 6 * 1024 * 1024 + 1]));
    check_failing(long, "6291457 bytes").await;
    // Each of these is rewritten with all its zeros.
    let grows = Told::Raw(Bytes::from(format!("[9e15{}]", ",9e15".repeat(500_000))));
    check_failing(grows, "a page of more than 8 MiB").await;
}

fn one_page_and_a_pause(_: &str, input: &Value) -> Told {
    match cursor(input) {
        0 => Told::Answer(json!({"events": [item(&number(1), 1)], "next": "1"})),
        _ => Told::Error("RateLimitError"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_before_a_pause_is_stored() {
    let world = World::new(false, one_page_and_a_pause).await;
    let error = world.importer().run(&world.order(), "message", None).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Retry, "{error:?}");
    assert_eq!(stored(&world, &number(1)).await, 1, "though nobody comes back");
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_whose_begin_is_gone_is_not_read_on() {
    let world = World::new(false, one_page_and_a_pause).await;
    let order = world.order();
    world.importer().run(&order, "message", None).await.unwrap_err();
    for key in world.kept().await {
        world.hub.hub.access().bucket().delete(&key).await.unwrap();
    }
    world.lambda.calls();
    assert_eq!(
        world.importer().run(&order, "message", None).await.unwrap(),
        Step::Failed
    );
    let report = world.report(&order).await;
    assert!(
        matches!(&report.outcome, RunOutcome::Failed(why) if why.contains("not in the hub's bucket any more")),
        "{report:#?}"
    );
    // A page that is asked for anew may be another one.
    assert_eq!((world.lambda.calls().len(), report.rows), (0, 1), "{report:#?}");
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_is_asked_for_that_may_come_too_late() {
    let world = World::new(true, |function, input| {
        Told::Answer(match (function, cursor(input), input["region"].as_str()) {
            (SCHEDULED, ..) => json!([{"region": "eu"}, {"region": "us"}]),
            (_, 0, Some("eu")) => json!({"events": [item(&number(1), 1)], "next": "1"}),
            (_, page, _) => json!([item(&number(2), page)]),
        })
    })
    .await;
    let order = world.order();
    let attempt = async || {
        // A page may take five minutes of these.
        let (importer, deadline) = hurried(world.importer(), 200);
        let step = importer.run(&order, "message", Some(deadline)).await.unwrap();
        let calls = world.lambda.calls();
        (step, calls.iter().filter(|(function, _)| function == IMPORTS).count())
    };
    assert_eq!(attempt().await, (Step::Continue, 1), "in the middle of an input");
    assert_eq!(stored(&world, &number(1)).await, 1);
    assert_eq!(attempt().await, (Step::Continue, 1), "between two");
    assert_eq!(stored(&world, &number(2)).await, 1);
    assert_eq!(attempt().await, (Step::Finished, 1));
    let report = world.report(&order).await;
    assert_eq!((report.outcome, report.rows), (RunOutcome::Finished, 3));

    // With time enough, one attempt does it.
    let (importer, deadline) = hurried(world.importer(), 2_000);
    let step = importer.run(&world.order(), "message", Some(deadline)).await.unwrap();
    assert_eq!(step, Step::Finished);
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inputs_of_a_schedule() {
    let answer = Arc::new(std::sync::Mutex::new(json!([])));
    let scheduled = Arc::clone(&answer);
    let world = World::new(true, move |function, _| {
        Told::Answer(match function {
            SCHEDULED => scheduled.lock().unwrap().clone(),
            _ => json!([item(&number(1), 1)]),
        })
    })
    .await;
    let (report, calls) = world.run().await;
    assert_eq!(
        (report.outcome, report.files.len()),
        (RunOutcome::Finished, 0),
        "not now"
    );
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].0.as_str(), &calls[0].1["api_code"]),
        (SCHEDULED, &json!("usps"))
    );
    let first = calls[0].1["transaction_id"].clone();

    *answer.lock().unwrap() = json!(null);
    let (report, calls) = world.run().await;
    assert_eq!(report.files, ["items"]);
    assert_eq!((calls.len(), calls[1].1.get("region")), (2, None));
    assert_ne!(calls[0].1["transaction_id"], first, "each run's is its own");

    *answer.lock().unwrap() = json!([{"region": "eu"}, {"region": "us", "metadata": {"site": "two"}}]);
    let (report, calls) = world.run().await;
    assert_eq!(report.files, ["items-0001", "items-0002"]);
    let inputs: Vec<_> = calls[1..]
        .iter()
        .map(|(_, input)| {
            (
                input["region"].as_str().unwrap(),
                input["metadata"]["site"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(inputs, [("eu", "one"), ("us", "two")]);

    *answer.lock().unwrap() = json!({"region": "eu"});
    let (report, _) = world.run().await;
    assert!(matches!(report.outcome, RunOutcome::Failed(why) if why.contains("a list or null")));
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_misspelt_setting_is_refused() {
    let hub = TestHub::start().await;
    let importer = hub.hub.access().importer();
    let check = async |settings: &[(&str, &str)], problem: &str| {
        let checked = importer.check(&SourceAddress::new("lambda", settings)).await;
        assert!(checked.unwrap_err().to_string().contains(problem), "{settings:?}");
    };
    check(&[], "function is missing").await;
    check(&[("function", "imports")], "not the ARN of a function").await;
    check(&[("function", IMPORTS), ("metadata", "depot")], "not an object of JSON").await;
    check(
        &[("function", IMPORTS), ("scheduled", SCHEDULED)],
        "scheduled is not one",
    )
    .await;
    importer
        .check(&SourceAddress::new(
            "lambda",
            &[("function", IMPORTS), ("metadata", "{}")],
        ))
        .await
        .unwrap();
    hub.hub.stop().await;
}

/// What a sample function answers. `None` where its program is not there.
fn sample(folder: &str, program: &str, arguments: &[&str], input: &Value) -> Option<Value> {
    use std::io::Write as _;

    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/examples")
        .join(folder);
    let child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        assert!(!must_run_all(), "{program} is not there");
        println!("{program} is passed over: it is not there");
        return None;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says what must be there"
)]
fn must_run_all() -> bool {
    std::env::var_os("MILEPOST_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

/// Imports by a sample: under a clock of its events' day, which no later day makes too old.
async fn import_by_sample(
    scheduled: bool,
    call: impl Fn(&str, &Value) -> Option<Value> + Send + Sync + 'static,
) -> (World, RunReport) {
    let world = World::new(scheduled, move |function, input| {
        Told::Answer(call(function, input).unwrap())
    })
    .await;
    let importer = Importer {
        now: Arc::new(|| "2026-11-21T12:00:00Z".parse().unwrap()),
        ..world.importer()
    };
    let order = world.order();
    assert_eq!(importer.run(&order, "message", None).await.unwrap(), Step::Finished);
    let report = world.report(&order).await;
    (world, report)
}

/// How many events are stored of a parcel.
async fn stored(world: &World, number: &str) -> usize {
    let (store, number) = (world.hub.hub.access().store(), TrackingNumber::parse(number).unwrap());
    let known = store.number(&number, 0).await.unwrap();
    known.bundles.iter().map(|bundle| bundle.events.len()).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_python() {
    // Pages of one item each, to have three of them.
    const PROGRAM: &str = "import json, sys, handler; handler.PAGE = 1; \
                           print(json.dumps(handler.handler(json.load(sys.stdin))))";
    let call = |_: &str, input: &Value| sample("carrier-python", "python3", &["-c", PROGRAM], input);
    if call(IMPORTS, &json!({})).is_none() {
        return;
    }
    let (world, report) = import_by_sample(false, call).await;
    assert_eq!((report.rows, report.events, report.rejects()), (3, 4, 0), "{report:#?}");
    assert_eq!(world.lambda.calls().len(), 3);
    assert_eq!(
        (stored(&world, "PY00000001").await, stored(&world, "PY00000002").await),
        (2, 1)
    );
    world.hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_javascript() {
    let call = |function: &str, input: &Value| {
        let export = if function == SCHEDULED {
            "ScheduledFunction"
        } else {
            "imports"
        };
        let program = format!(
            "import('./index.mjs').then(async (module) => {{ let input = ''; \
             for await (const chunk of process.stdin) input += chunk; \
             console.log(JSON.stringify(await module.{export}(JSON.parse(input)))); }})"
        );
        sample("carrier-javascript", "node", &["-e", &program], input)
    };
    if call(IMPORTS, &json!({})).is_none() {
        return;
    }
    let (world, report) = import_by_sample(true, call).await;
    assert_eq!(report.files, ["items-0001", "items-0002"]);
    assert_eq!((report.rows, report.events, report.rejects()), (1, 1, 0), "{report:#?}");
    assert_eq!(stored(&world, "JS00000001").await, 1);
    world.hub.hub.stop().await;
}
