//! The code of docs/receiving.md, run as it stands on a delivery that the hub has made: it accepts what is genuine and
//! refuses what was tampered with, is old or was signed with another key. The page's Rust is a documentation test.
//!
//! The page verifies with the official libraries of Standard Webhooks. A language that is not there is passed over.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use milepost_model::{AccountId, EndpointFilter, EndpointStyle, Tell};
use milepost_runtime::now;
use serde_json::json;
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::TestHub;
use support::programs::{is_usable, printed};
use support::receiver::{Message, Receiver};
use tokio::process::Command;

const PAGE: &str = include_str!("../../docs/receiving.md");

const NUMBER: &str = "9405511899223197428490";

/// The blocks of a language, one behind the other.
fn blocks(language: &str) -> String {
    let parts = PAGE.split("```").skip(1).step_by(2);
    let of_language = parts.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n'));
    let blocks: Vec<&str> = of_language.collect();
    assert!(!blocks.is_empty(), "{language}");
    blocks.join("\n")
}

/// What a program is asked: each case a secret, headers and a body.
struct Case {
    name: &'static str,
    secret: String,
    headers: BTreeMap<String, String>,
    body: String,
    genuine: bool,
}

fn case(name: &'static str, secret: &str, headers: &BTreeMap<String, String>, body: &str, genuine: bool) -> Case {
    Case {
        name,
        secret: secret.to_owned(),
        headers: headers.clone(),
        body: body.to_owned(),
        genuine,
    }
}

fn as_text(message: &Message) -> (BTreeMap<String, String>, String) {
    let headers = message.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (headers.collect(), String::from_utf8(message.body.to_vec()).unwrap())
}

async fn follow(hub: &TestHub) {
    let start = format!("/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}");
    assert_eq!(hub.post(&start).await.0, 204);
}

async fn happens(hub: &TestHub, code: &str, day: i64) {
    let row = EventRow::new(NUMBER, code, &format!("{}T06:00:00", days_ago(day)));
    import_text(&hub.hub, &format!("{code}.csv"), &generic_file(&[row])).await;
}

/// A delivery of the hub, and what is to be refused of it.
async fn cases(hub: &TestHub) -> Vec<Case> {
    let receiver = Receiver::start().await;
    let secret = milepost_webhooks::secret_text(&hub.add_webhook(&receiver.url).await);
    follow(hub).await;
    happens(hub, "01", 1).await;
    let message = receiver.wait_for(1).await.remove(0);
    let (headers, body) = as_text(&message);
    let with = |name: &str, value: &str| {
        let mut headers = headers.clone();
        headers.insert(name.to_owned(), value.to_owned());
        headers
    };
    let other = milepost_webhooks::secret_text(b"another-secret-of-24-byt");
    let old = headers["webhook-timestamp"].parse::<i64>().unwrap() - 301;
    let mut old = with("webhook-timestamp", &old.to_string());
    old.insert("x-shipengine-timestamp".to_owned(), "2026-01-01T00:00:00Z".to_owned());
    let mut elsewhere = with("webhook-id", "msg_other");
    elsewhere.insert("x-shipengine-rsa-sha256-signature".to_owned(), "AAAA".to_owned());
    vec![
        case("genuine", &secret, &headers, &body, true),
        case("tampered", &secret, &headers, &body.replace("DE", "IT"), false),
        case("old", &secret, &old, &body, false),
        case("of another message", &secret, &elsewhere, &body, false),
        case("wrongly keyed", &other, &headers, &body, false),
    ]
}

/// A program of a language that verifies a case: the page's code, with a call of it in place of CALL.
struct Language {
    program: &'static str,
    probe: [&'static str; 3],
    file: &'static str,
    main: &'static str,
}

const PYTHON: Language = Language {
    program: "python3",
    probe: ["python3", "-c", "import standardwebhooks, jwcrypto"],
    file: "receive.py",
    main: "
import json, sys
asked = json.loads(sys.argv[1])
print(json.dumps([CALL for case in asked['cases']]))
",
};

const JAVASCRIPT: Language = Language {
    program: "node",
    probe: ["node", "-e", "require('standardwebhooks')"],
    file: "receive.js",
    main: "
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.cases.map((c) => CALL)));
",
};

/// Whether a delivery is genuine by the official library of each language.
const STANDARD: [(&str, &Language, &str); 2] = [
    (
        "python",
        &PYTHON,
        "is_genuine(case['secret'], case['headers'], case['body'].encode())",
    ),
    ("javascript", &JAVASCRIPT, "isGenuine(c.secret, c.headers, c.body)"),
];

/// Has a language judge the cases by the page's code. `expect` is one answer for each.
async fn check(name: &str, language: &Language, call: &str, jwks: &str, cases: &[Case], expect: &[bool]) {
    if !is_usable(&language.probe).await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(language.file);
    std::fs::write(&file, blocks(name) + &language.main.replace("CALL", call)).unwrap();
    let as_json = |case: &Case| json!({"secret": case.secret, "headers": case.headers, "body": case.body});
    let asked = json!({"jwks": jwks, "cases": cases.iter().map(as_json).collect::<Vec<_>>()});
    let mut command = Command::new(language.program);
    let answers = printed(command.arg(&file).arg(asked.to_string()), "").await;
    let answers: Vec<bool> = serde_json::from_str(&answers).unwrap();
    assert_eq!(answers.len(), cases.len());
    for ((case, answer), expect) in cases.iter().zip(&answers).zip(expect) {
        assert_eq!(answer, expect, "{name}: {}", case.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_the_page_accepts_what_is_genuine_and_nothing_else() {
    let hub = TestHub::start().await;
    let cases = cases(&hub).await;
    let (status, jwks) = hub.call(reqwest::Method::GET, "/jwks", None).await;
    assert_eq!(status, 200);
    let expect: Vec<bool> = cases.iter().map(|case| case.genuine).collect();
    for (name, language, call) in STANDARD {
        check(name, language, call, &jwks, &cases, &expect).await;
    }
    // Its key is the hub's, whatever the endpoint's secret.
    let of_hub = [true, false, false, false, true];
    let call = "is_shipengines(asked['jwks'], case['headers'], case['body'].encode())";
    check("python", &PYTHON, call, &jwks, &cases, &of_hub).await;
}

/// Both secrets sign while they overlap, so a receiver may change at any moment of it; then the old one is worth nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_secret_is_accepted_beside_the_old_one_until_the_overlap_ends() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    let filter = EndpointFilter::of_all(Tell::EveryEvent);
    let (id, first) = hub
        .add_webhook_like(&receiver.url, EndpointStyle::ShipEngine, filter)
        .await;
    let endpoints = hub.hub.access().endpoints().await.unwrap();
    let rotate = async |hours_ago: i64| {
        let at = now() - SignedDuration::from_hours(hours_ago);
        let account = AccountId::default_account();
        endpoints.rotate(&account, &id, at).await.unwrap().1.signing
    };
    follow(&hub).await;
    let second = rotate(milepost_webhooks::OVERLAP_HOURS - 1).await;
    happens(&hub, "03", 2).await;
    let within = receiver.wait_for(1).await.remove(0);
    let third = rotate(milepost_webhooks::OVERLAP_HOURS + 1).await;
    happens(&hub, "01", 1).await;
    let after = receiver.wait_for(2).await.remove(1);

    let signatures = |message: &Message| {
        let list = message.headers["webhook-signature"].to_str().unwrap();
        list.split(' ').count()
    };
    assert_eq!((signatures(&within), signatures(&after)), (2, 1));
    let cases = [
        ("within, the old one", &within, &first, true),
        ("within, the new one", &within, &second, true),
        ("within, none of the two", &within, &third, false),
        ("after, the old one", &after, &second, false),
        ("after, the one before", &after, &first, false),
        ("after, the new one", &after, &third, true),
    ]
    .map(|(name, message, secret, genuine)| {
        assert_eq!(message.verifies(secret, &message.body), genuine, "rust: {name}");
        let (headers, body) = as_text(message);
        let secret = milepost_webhooks::secret_text(secret);
        case(name, &secret, &headers, &body, genuine)
    });
    let expect = cases.each_ref().map(|case| case.genuine);
    for (name, language, call) in STANDARD {
        check(name, language, call, "{}", &cases, &expect).await;
    }
    hub.hub.stop().await;
}
