//! The code of docs/receiving.md, run as it stands on a delivery that the hub has made: it accepts what is genuine and
//! refuses what was tampered with, is old or was signed with another key. The page's Rust is a documentation test.
//!
//! A program that is not there is passed over, unless `MILEPOST_REQUIRE_TOOLS` is 1.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::TestHub;
use support::receiver::Receiver;
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

/// A delivery of the hub, and what is to be refused of it.
async fn cases(hub: &TestHub) -> Vec<Case> {
    let receiver = Receiver::start().await;
    let secret = milepost_webhooks::secret_text(&hub.add_webhook(&receiver.url).await);
    let started = hub
        .post(&format!(
            "/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}"
        ))
        .await;
    assert_eq!(started.0, 204);
    let row = EventRow::new(NUMBER, "01", &format!("{}T06:00:00", days_ago(1)));
    import_text(&hub.hub, "events.csv", &generic_file(&[row])).await;
    let message = receiver.wait_for(1).await.remove(0);
    let headers: BTreeMap<String, String> = message
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let body = String::from_utf8(message.body.to_vec()).unwrap();
    let with = |name: &str, value: &str| {
        let mut headers = headers.clone();
        headers.insert(name.to_owned(), value.to_owned());
        headers
    };
    let case = |name, secret: &str, headers: &BTreeMap<String, String>, body: &str, genuine| Case {
        name,
        secret: secret.to_owned(),
        headers: headers.clone(),
        body: body.to_owned(),
        genuine,
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

#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the tests says what must be there"
)]
fn must_run_all() -> bool {
    std::env::var_os("MILEPOST_REQUIRE_TOOLS").is_some_and(|value| value == "1")
}

/// Runs a program of a file on the cases; what it prints is a JSON list of booleans. `None` where it is not there.
async fn run(program: &str, probe: &[&str], file: &Path, cases: &Value) -> Option<Vec<bool>> {
    let mut check = Command::new(program);
    check.args(probe).stdout(Stdio::null()).stderr(Stdio::null());
    let usable = check.status().await.is_ok_and(|status| status.success());
    assert!(usable || !must_run_all(), "{program} {probe:?} fails");
    if !usable {
        println!("{program} is passed over: {probe:?} fails");
        return None;
    }
    let output = Command::new(program)
        .arg(file)
        .arg(cases.to_string())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_the_page_accepts_what_is_genuine_and_nothing_else() {
    let hub = TestHub::start().await;
    let cases = cases(&hub).await;
    let as_json = |case: &Case| json!({"secret": case.secret, "headers": case.headers, "body": case.body});
    let (status, jwks) = hub.call(reqwest::Method::GET, "/jwks", None).await;
    assert_eq!(status, 200);
    let asked = json!({"jwks": jwks, "cases": cases.iter().map(as_json).collect::<Vec<_>>()});
    let expect: Vec<bool> = cases.iter().map(|case| case.genuine).collect();
    let folder = tempfile::tempdir().unwrap();
    let check = async |file: &str, text: String, program: &str, probe: &[&str], expect: &[bool]| {
        let path = folder.path().join(file);
        std::fs::write(&path, text).unwrap();
        if let Some(answers) = run(program, probe, &path, &asked).await {
            for ((case, answer), expect) in cases.iter().zip(&answers).zip(expect) {
                assert_eq!(answer, expect, "{program}: {}", case.name);
            }
            assert_eq!(answers.len(), cases.len());
        }
    };
    let python = blocks("python");
    let main = r#"
import json, sys
asked = json.loads(sys.argv[1])
print(json.dumps([FUNCTION for case in asked["cases"]]))
"#;
    let probe = ["-c", "import standardwebhooks, jwcrypto"];
    let standard = main.replace(
        "FUNCTION",
        r#"is_genuine(case["secret"], case["headers"], case["body"].encode())"#,
    );
    check("standard.py", format!("{python}{standard}"), "python3", &probe, &expect).await;
    let shipengine = main.replace(
        "FUNCTION",
        r#"is_shipengines(asked["jwks"], case["headers"], case["body"].encode())"#,
    );
    // Its key is the hub's, whatever the endpoint's secret.
    let of_hub = [true, false, false, false, true];
    check(
        "shipengine.py",
        format!("{python}{shipengine}"),
        "python3",
        &probe,
        &of_hub,
    )
    .await;
    let javascript = blocks("javascript")
        + r"
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.cases.map((c) => isGenuine(c.secret, c.headers, c.body))));
";
    let probe = ["-e", "require('standardwebhooks')"];
    check("standard.js", javascript, "node", &probe, &expect).await;
}
