//! Descriptions: what is wrong with one is said, and in which field.

use milepost_carriers::live::{DescribedCarrier, DescriptionError};
use milepost_model::TrackingNumber;

use crate::fixture::folder;

fn good() -> String {
    std::fs::read_to_string(folder("gls").join("carrier.toml")).unwrap()
}

/// What the docs show is what is tested.
#[test]
fn the_worked_example_is_this_file() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adding-a-carrier.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.contains(&good()),
        "docs/adding-a-carrier.md shows tests/fixtures/live/gls/carrier.toml"
    );
}

#[test]
fn a_good_one() {
    let gls = DescribedCarrier::parse(&good()).unwrap();
    assert_eq!((gls.code().as_str(), gls.name()), ("gls", "GLS"));
    let form = gls.registration_form();
    let names: Vec<_> = form.fields().iter().map(|field| field.name).collect();
    assert_eq!(names, ["client_id", "client_secret"]);
    assert_eq!(
        form.json_schema()["required"],
        serde_json::json!(["client_id", "client_secret"])
    );
    assert!(gls.settings_form().fields().is_empty());
    let number = |text: &str| TrackingNumber::parse(text).unwrap();
    assert_eq!(gls.detects(&number("10000000001")), Some(0.3));
    assert_eq!(gls.detects(&number("1000000000A")), None);
    assert_eq!(
        gls.tracking_url(&number("1000/1")).as_deref(),
        Some("https://gls-group.com/GROUP/en/parcel-tracking?match=1000%2F1")
    );
}

/// The message for the good description with `from` replaced by `to`.
#[track_caller]
fn check(from: &str, to: &str, expect: &str) {
    let text = good();
    assert!(text.contains(from), "{from}");
    let error = DescribedCarrier::parse(&text.replacen(from, to, 1)).unwrap_err();
    assert_eq!(error.class(), milepost_model::ErrorClass::Caller);
    assert!(error.to_string().contains(expect), "{from} -> {to}: {error}");
}

#[test]
fn what_is_wrong_and_where() {
    check("code = \"gls\"", "code = \"G L S\"", "code: ");
    check("code = \"gls\"", "cod = \"gls\"", "unknown field `cod`");
    check("https://api.gls", "api.gls", "base_url: ");
    check("?match={number}", "", "link: ");
    check("\"###########\"", "\"#\"", "numbers: ");
    check("requests = 500", "requests = 0", "quota: ");
    check("period_seconds = 86_400", "period_seconds = 0", "quota: ");
    check("pause_ms = 200", "pause_ms = 100_000", "quota.pause_ms: ");
    check("name = \"client_id\"", "name = \"Client Id\"", "registration: ");
    check(
        "\"{credential.client_id}\"",
        "\"{credential.clientid}\"",
        "login.client_id: {credential.clientid} is no slot",
    );
    check("/oauth2/v2/token", "oauth2", "login.token_url: ");
    check("path = \"/track", "path = \"track", "track.path: ");
    check("{numbers}", "{nubmers}", "track.path: {nubmers} is no slot");
    check("{numbers}", "{number}", "track.batch: ");
    check("number = \"requested\"", "", "track.batch: ");
    check("batch = 10", "batch = 1000", "track.batch: ");
    check("batch = 10", "body = \"{number}\"", "track.body: ");
    check("Accept-Language", "\"Accept Language\"", "track.headers: ");
    check("events = \"events\"", "events = \"a..b\"", "answer.events: ");
    check("%Y-%m-%dT", "%H-", "answer.time.patterns: ");
    check("paths = [\"eventDateTime\"]", "paths = []", "answer.time.paths: ");
    check("patterns = [", "zone = \"Mars\"\npatterns = [", "answer.time.zone: ");
    check(
        "carrier_status_code = ",
        "carrier_state = ",
        "answer.facts.carrier_state: ",
    );
    check("path = \"errorCode\"", "", "problems: ");
    check(
        "means = \"not-found-yet\"",
        "means = \"gone\"",
        "unknown variant `gone`",
    );
    check("\"CANCELLED\"", "\"GONE\"", "status.CANCEL.NORMAL: ");
}

#[test]
fn the_line_of_an_error_in_the_form() {
    let text = good().replacen("requests = 500", "requests = \"many\"", 1);
    let DescriptionError::Form { line, .. } = DescribedCarrier::parse(&text).unwrap_err() else {
        panic!("an error of the form");
    };
    let of = text.lines().position(|line| line.contains("many")).unwrap() + 1;
    assert_eq!(line, Some(of));
}

#[test]
fn no_longer_than_the_limit() {
    let long = format!("{}\n#{}", good(), "x".repeat(70_000));
    assert!(matches!(
        DescribedCarrier::parse(&long),
        Err(DescriptionError::TooLong { .. })
    ));
}
