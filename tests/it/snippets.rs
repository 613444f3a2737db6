//! ShipEngine's documented snippets, run as they stand with the programs that they are for, against a hub.
//!
//! `fixtures/snippets/` has them word for word. What changes is the host (with `https://`, for the hub on this machine
//! speaks plain HTTP) and the key; the documentation shows only a start, so for a stop and a lookup the last word of the
//! path changes too, and for a lookup the method.
//!
//! A program that is not there is passed over.

use std::net::SocketAddr;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::{Span, Timestamp};
use serde_json::Value;
use support::answers::items;
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::TestHub;
use support::programs::{is_usable, printed};
use support::relay::{Answer, Relay};
use tokio::process::Command;

/// The published answer.
const EXAMPLE: &str = include_str!("../../shared/milepost-contract/tests/fixtures/example_answer.json");

/// The number of the published answer, and of the published lookup.
const LOOKED_UP: &str = "9405511899223197428490";

/// The number of the published start.
const STARTED: &str = "9361269903502070406152";

/// What is asked of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Start,
    Lookup,
    Stop,
}

/// A snippet in some language.
struct Snippet {
    text: &'static str,
    file: &'static str,
    /// What runs a file of it.
    program: &'static str,
    /// Succeeds where the program is there with all that the snippet needs.
    probe: [&'static str; 3],
}

const CURL: Snippet = Snippet {
    text: include_str!("../fixtures/snippets/start.sh"),
    file: "start.sh",
    program: "sh",
    probe: ["sh", "-c", "curl --version"],
};
const FETCH: Snippet = Snippet {
    text: include_str!("../fixtures/snippets/start.js"),
    file: "start.js",
    program: "node",
    probe: ["node", "-e", "fetch"],
};
const PYTHON: Snippet = Snippet {
    text: include_str!("../fixtures/snippets/start.py"),
    file: "start.py",
    program: "python3",
    probe: ["python3", "-c", "import requests"],
};

/// The documented requests themselves need no program.
const RAW_LOOKUP: &str = include_str!("../fixtures/snippets/lookup.http");
const RAW_START: &str = include_str!("../fixtures/snippets/start.http");

impl Call {
    /// A snippet for this call, made of the one for a start.
    fn of(self, start: &str) -> String {
        match self {
            Self::Start => start.to_owned(),
            Self::Stop => replaced(start, "/v1/tracking/start?", "/v1/tracking/stop?"),
            Self::Lookup => {
                let get = replaced(start, "POST", "GET");
                replaced(&get, "/v1/tracking/start?", "/v1/tracking?")
            }
        }
    }
}

impl Snippet {
    /// Runs it; answers what it prints.
    async fn run(&self, folder: &Path, text: &str) -> String {
        let file = folder.join(self.file);
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new(self.program);
        // The hub is on this machine, whatever proxy the machine uses.
        command.arg(&file).envs([("no_proxy", "*"), ("NO_PROXY", "*")]);
        printed(&mut command, "").await
    }
}

/// A text in which something is there to be replaced.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replace(from, to)
}

/// With the reader's own host and key.
fn own(snippet: &str, host: SocketAddr, key: &str) -> String {
    let own_key = replaced(snippet, "__YOUR_API_KEY_HERE__", key);
    own_key
        .replace("https://api.shipengine.com", &format!("http://{host}"))
        .replace("api.shipengine.com", &host.to_string())
}

/// A request as it is written in a text, on the wire.
fn on_the_wire(text: &str) -> String {
    text.lines().map(|line| format!("{line}\r\n")).collect::<String>() + "\r\n"
}

/// The published answer, as many days later as make it two days old.
fn example() -> Value {
    let mut example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let published: DateTime = parsed(&example["events"][0]["carrier_occurred_at"]);
    let later = published.date().until(days_ago(2)).unwrap();
    for event in example["events"].as_array_mut().unwrap() {
        let local: DateTime = parsed(&event["carrier_occurred_at"]);
        let utc: Timestamp = parsed(&event["occurred_at"]);
        let later_utc = utc + Span::new().hours(24 * i64::from(later.get_days()));
        event["carrier_occurred_at"] = (local + later).to_string().into();
        event["occurred_at"] = later_utc.to_string().into();
    }
    example
}

fn parsed<T: std::str::FromStr>(value: &Value) -> T {
    let text = value.as_str().unwrap();
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// The rows in which a carrier would have sent these events, oldest first.
fn rows(number: &str, example: &Value) -> Vec<EventRow> {
    let events = example["events"].as_array().unwrap().iter().rev();
    let row = |event: &Value| {
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let local: DateTime = parsed(&event["carrier_occurred_at"]);
        let utc: Timestamp = parsed(&event["occurred_at"]);
        let offset = local.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp() - utc;
        EventRow {
            number: number.to_owned(),
            code: text("event_code"),
            // The file is CSV, and a description may have a comma.
            description: format!("\"{}\"", text("description")),
            local_timestamp: text("carrier_occurred_at"),
            city: text("city_locality"),
            state: text("state_province"),
            postal_code: text("postal_code"),
            utc_offset: format!("{:+03}:00", offset.total(jiff::Unit::Hour).unwrap()),
        }
    };
    events.map(row).collect()
}

/// Asserts that an answer is the published one, as far as a carrier's file can say it.
#[track_caller]
fn check_timeline(answer: &Answer, number: &str, example: &Value) {
    assert_eq!(answer.status, 200, "{answer:?}");
    let log: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(log["tracking_number"], number);
    for name in [
        "carrier_code",
        "status_code",
        "status_description",
        "carrier_status_code",
    ] {
        assert_eq!(log[name], example[name], "{name}");
    }
    let said = |log: &Value| -> Vec<Vec<Value>> {
        let names = [
            "occurred_at",
            "carrier_occurred_at",
            "event_code",
            "description",
            "city_locality",
            "state_province",
            "postal_code",
            "company_name",
            "signer",
            "carrier_status_code",
            "carrier_status_description",
        ];
        let events = log["events"].as_array().unwrap();
        events
            .iter()
            .map(|event| names.iter().map(|name| event[name].clone()).collect())
            .collect()
    };
    assert_eq!(said(&log), said(example));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for (ours, published) in [(&log, example), (&log["events"][0], &example["events"][0])] {
        let ours = keys(ours);
        let missing: Vec<String> = keys(published).into_iter().filter(|key| !ours.contains(key)).collect();
        assert!(missing.is_empty(), "{missing:?} are published");
    }
}

/// A hub that knows both numbers of the documentation.
async fn hub(example: &Value) -> TestHub {
    let hub = TestHub::start().await;
    let rows = [LOOKED_UP, STARTED].map(|number| rows(number, example)).concat();
    let report = import_text(&hub.hub, "published.csv", &generic_file(&rows)).await;
    assert_eq!((report.events, report.rejects()), (12, 0), "{report:#?}");
    hub
}

fn address(hub: &TestHub) -> SocketAddr {
    hub.url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// Whether the account follows the number of the published start.
async fn is_followed(hub: &TestHub) -> bool {
    items(hub).await.contains_key(&format!("N#{STARTED} W#usps#default"))
}

/// Starts, looks up and stops by a snippet, through a relay that sees what is answered.
async fn check(snippet: &Snippet) {
    if !is_usable(&snippet.probe).await {
        return;
    }
    let example = example();
    let hub = hub(&example).await;
    let relay = Relay::start(address(&hub)).await;
    let folder = tempfile::tempdir().unwrap();
    for call in [Call::Start, Call::Lookup, Call::Stop] {
        let text = own(&call.of(snippet.text), relay.address, &hub.key);
        let said = snippet.run(folder.path(), &text).await;
        let answer = relay.answer();
        assert!(said.contains(&answer.body), "{call:?}: {said} instead of {answer:?}");
        if call == Call::Lookup {
            check_timeline(&answer, STARTED, &example);
        } else {
            let empty = String::new();
            assert_eq!((answer.status, answer.body), (204, empty), "{call:?} says {said}");
        }
        assert_eq!(is_followed(&hub).await, call != Call::Stop, "{call:?}");
    }
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl() {
    check(&CURL).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fetch_of_javascript() {
    check(&FETCH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_python() {
    check(&PYTHON).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_requests_themselves() {
    let example = example();
    let hub = hub(&example).await;
    let host = address(&hub);
    let ask = async |snippet: &str| Answer::to(host, &on_the_wire(&own(snippet, host, &hub.key))).await;

    check_timeline(&ask(RAW_LOOKUP).await, LOOKED_UP, &example);
    for (call, followed) in [(Call::Start, true), (Call::Stop, false)] {
        let Answer { status, body } = ask(&call.of(RAW_START)).await;
        assert_eq!((status, body.as_str()), (204, ""), "{call:?}");
        assert_eq!(is_followed(&hub).await, followed, "{call:?}");
    }

    // A hub on this machine answers to its own names alone, or any page in a browser could ask it under another.
    let with_key = replaced(RAW_LOOKUP, "__YOUR_API_KEY_HERE__", &hub.key);
    let Answer { status, body } = Answer::to(host, &on_the_wire(&with_key)).await;
    assert_eq!(status, 421, "{body}");
    // A key that was not filled in is refused.
    for unfilled in [RAW_LOOKUP, RAW_START] {
        let unfilled = unfilled.replace("api.shipengine.com", &host.to_string());
        let Answer { status, body } = Answer::to(host, &on_the_wire(&unfilled)).await;
        assert_eq!(status, 401, "{body}");
        let error: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(error["errors"][0]["error_code"], "unauthorized", "{body}");
    }
    assert!(!is_followed(&hub).await);
    hub.hub.stop().await;
}
