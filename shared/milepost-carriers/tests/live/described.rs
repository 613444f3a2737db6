//! Descriptions: what is wrong with one is said, and in which field.

use milepost_carriers::live::{
    Access, Asked, Credentials, DescribedCarrier, DescriptionError, HttpAnswer, LiveCarrier, Outcome,
    bundled_descriptions,
};
use milepost_model::TrackingNumber;

use crate::fixture::fold;

fn good() -> String {
    let (_, text) = bundled_descriptions().iter().find(|(code, _)| *code == "gls").unwrap();
    (*text).to_owned()
}

/// What the docs show is what is tested.
#[test]
fn the_worked_example_is_the_file_of_gls() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adding-a-carrier.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&good()), "docs/adding-a-carrier.md shows apis/gls.toml");
}

#[test]
fn bundled_descriptions_are_called_what_they_are() {
    for (code, text) in bundled_descriptions() {
        assert_eq!(DescribedCarrier::parse(text).unwrap().code().as_str(), *code);
    }
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
}

/// How the good description writes its patterns of time.
const WRITTEN: &str = "patterns = [\"%Y-%m-%dT%H:%M:%S%z\"]";

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
    check(WRITTEN, "patterns = []", "answer.time.patterns: 1 to 50");
    let many = format!("patterns = [{}]", "\"%Y-%m-%d\", ".repeat(51));
    check(WRITTEN, &many, "answer.time.patterns: 1 to 50");
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

/// A carrier unlike the worked example in everything that a file can say.
const OTHER: &str = r##"
code = "acme_parcels"
name = "Acme"
source = "a test"
base_url = "https://api.example/v2/"

[quota]
requests = 10
period_seconds = 60

[[registration]]
name = "api_key"
title = "Key"
kind = "secret"

[[settings]]
name = "lang"
title = "Language"
required = false

[track]
method = "POST"
path = "/status?c={country}&z={postal_code}"
batch = 3
body = '''{"n": {numbers}, "key": "{credential.api_key}", "lang": "{setting.lang}", "on": "{ship_date}"}'''

[track.headers]
X-Api-Key = "{credential.api_key}"
X-Call = "{call_id}"
Accept = "application/vnd.acme+json"

[answer]
parcels = "data.list"
number = "id"
events = "history"
order = "oldest-first"
html = true

[answer.event]
event_code = "c"
carrier_detail_code = "sub"
description = ["text.en", "text"]
city = "where.0"
latitude = "geo.lat"
longitude = "geo.lon"
signer = "by"

[answer.time]
paths = ["day", "hour"]
patterns = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
offset = "gmt"
zone = "Europe/Madrid"

[answer.facts]
weight = ["kg", "weight.value"]

[[problems]]
status = [200]
path = "error.code"
is = ["E1"]
means = "throttled"

[[problems]]
path = "error.text"
contains = ["password"]
means = "refused"

[[problems]]
of = "parcel"
path = "unknown"
means = "not-found-yet"

[status]
D = "DELIVERED"
"D-9" = "DELIVERED_TO_NEIGHBOUR"
T = "IN_TRANSIT"
"##;

fn other() -> DescribedCarrier {
    DescribedCarrier::parse(OTHER).unwrap()
}

#[test]
fn another_carrier_is_asked() {
    let acme = other();
    let number = |text: &str| TrackingNumber::parse(text).unwrap();
    let asked = [
        Asked {
            destination_country: Some("ES".to_owned()),
            ship_date: Some(jiff::civil::date(2026, 11, 20)),
            ..Asked::from(number("AC12345678"))
        },
        Asked::from(number("AC12345679")),
    ];
    let credentials = Credentials::new([("api_key", "k\"1")]);
    let access = Access {
        base_url: &acme.terms().base_url,
        credentials: &credentials,
        token: None,
        call_id: "c-7",
    };
    assert_eq!(acme.token_call(&access), Ok(None));
    let call = acme.track_call(&asked, &access).unwrap();
    assert_eq!(call.url, "https://api.example/v2/status?c=ES&z=");
    assert_eq!(
        String::from_utf8(call.body).unwrap(),
        r#"{"n": ["AC12345678","AC12345679"], "key": "k\"1", "lang": "", "on": "2026-11-20"}"#
    );
    let mut headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    let expect = [
        "accept: application/vnd.acme+json",
        "content-type: application/json",
        "x-api-key: k\"1",
        "x-call: c-7",
    ];
    assert_eq!(headers, expect);
}

/// What each of three numbers becomes, as text.
fn read(status: u16, body: &str) -> Vec<String> {
    let asked: Vec<_> = ["AC12345678", "AC12345679", "AC12345670"]
        .iter()
        .map(|number| Asked::from(TrackingNumber::parse(number).unwrap()))
        .collect();
    let answer = HttpAnswer {
        status,
        headers: &[],
        body: body.as_bytes(),
    };
    let outcome = |outcome: Outcome| match outcome.result {
        Err(problem) => problem.to_string(),
        Ok(answer) => {
            let parcel = fold("acme_parcels", &outcome.number, &answer);
            let events = parcel.events.iter().map(|event| {
                let instant = event.reading.instant.unwrap();
                let detail = event.reading.detail.map_or("-", |detail| detail.as_str());
                let place = &event.event.place;
                let at = place
                    .coordinates
                    .map_or(String::new(), |at| format!(" {} {}", at.latitude, at.longitude));
                format!("{instant} {detail} {} {}{at}", event.event.description, place.city)
            });
            let mut lines: Vec<_> = events.collect();
            lines.extend(
                answer
                    .facts
                    .iter()
                    .map(|fact| format!("{} {}", fact.name.as_str(), fact.value)),
            );
            lines.join("\n")
        }
    };
    other().read(&answer, &asked).into_iter().map(outcome).collect()
}

#[test]
fn another_carrier_answers() {
    let body = r#"{"data": {"list": [
        {"id": "ac 1234 5679", "unknown": true},
        {"id": "AC12345678", "weight": {"value": 2.5}, "history": [
            {"c": "T", "text": "Recogido", "day": "19.11.2026", "hour": "09:30", "where": ["Madrid"]},
            {"c": "T", "text": {"en": "At sea &amp; far"}, "day": "19.11.2026", "hour": "23:15", "gmt": "-01:00",
             "geo": {"lat": 36.5, "lon": "-25.1"}},
            {"c": "D", "sub": "D-9", "text": "Entregado", "day": "20.11.2026", "by": "X"},
            {"day": "20.11.2026"}, {"c": "D", "day": "soon"}]}]}}"#;
    let got = read(200, body);
    assert_eq!(
        got,
        [
            "2026-11-20T00:15:00Z IN_TRANSIT At sea & far  36.5 -25.1\n\
             2026-11-19T23:00:00Z DELIVERED_TO_NEIGHBOUR Entregado \n\
             2026-11-19T08:30:00Z IN_TRANSIT Recogido Madrid\n\
             weight 2.5",
            "the carrier does not know the number yet",
            "the carrier does not know the number yet",
        ]
    );
}

#[test]
fn another_carrier_refuses() {
    let all = |status: u16, body: &str| {
        let problems = read(status, body);
        assert!(problems.iter().all(|problem| *problem == problems[0]), "{problems:?}");
        problems[0].clone()
    };
    assert_eq!(
        all(200, r#"{"error": {"code": "E1"}}"#),
        "the carrier's quota is used up"
    );
    assert!(all(200, r#"{"error": {"text": "wrong password"}}"#).contains("refused the credentials"));
    assert!(all(401, "").contains("the key or the password is wrong"));
    assert_eq!(all(404, "<html>"), "the carrier does not know the number yet");
    assert_eq!(all(503, "<html>"), "the carrier's service is down");
    assert!(all(302, "").contains("status 302"));
    assert!(all(200, "{}").contains("no data.list"));
    assert!(all(200, "").contains("no JSON"));
}

/// A token comes from another host only with the carrier's own base URL.
#[test]
fn where_tokens_are_had() {
    let text = good().replacen("\"/oauth2/v2/token\"", "\"https://login.gls.example/t\"", 1);
    let gls = DescribedCarrier::parse(&text).unwrap();
    let credentials = Credentials::new([("client_id", "a"), ("client_secret", "b")]);
    let url = |base_url: &str| {
        let access = Access {
            base_url,
            credentials: &credentials,
            token: None,
            call_id: "c-1",
        };
        gls.token_call(&access).unwrap().unwrap().url
    };
    assert_eq!(url("https://api.gls-group.net/"), "https://login.gls.example/t");
    assert_eq!(url("https://api-sandbox.gls-group.net"), "https://login.gls.example/t");
    assert_eq!(url("http://127.0.0.1:8080"), "http://127.0.0.1:8080/t");
}
