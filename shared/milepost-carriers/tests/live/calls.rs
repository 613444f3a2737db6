//! The calls that each carrier gets.

use std::time::Duration;

use milepost_carriers::live::{Access, Asked, CallError, Credentials, HttpCall, Method, Secret, Token};
use milepost_model::TrackingNumber;

use crate::fixture::{CARRIERS, carrier};

fn asked(numbers: &[&str]) -> Vec<Asked> {
    numbers
        .iter()
        .map(|number| Asked::from(TrackingNumber::parse(number).unwrap()))
        .collect()
}

fn credentials() -> Credentials {
    Credentials::new([
        ("client_id", "the-id"),
        ("client_secret", "the secret\n"),
        ("api_key", "the-key"),
    ])
}

fn token() -> Token {
    Token {
        value: Secret::new("the-token"),
        good_for: Duration::from_secs(60),
    }
}

fn track(code: &str, asked: &[Asked]) -> Result<HttpCall, CallError> {
    let (credentials, token) = (credentials(), token());
    carrier(code).track_call(
        asked,
        &Access {
            base_url: "https://api.example/",
            credentials: &credentials,
            token: Some(&token),
            call_id: "c-1",
        },
    )
}

/// A call as text, headers sorted.
fn written(call: &HttpCall) -> String {
    let method = match call.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let mut headers: Vec<_> = call
        .headers
        .iter()
        .map(|(name, value)| format!("\n{name}: {value}"))
        .collect();
    headers.sort();
    format!(
        "{method} {}{}\n{}",
        call.url,
        headers.concat(),
        String::from_utf8_lossy(&call.body)
    )
}

#[test]
fn ups() {
    let call = track("ups", &asked(&["1Z999AA10123456784"])).unwrap();
    insta::assert_snapshot!(written(&call), @"
    GET https://api.example/api/track/v1/details/1Z999AA10123456784?locale=en_US&returnSignature=false&returnMilestones=false&returnPOD=false
    accept: application/json
    authorization: Bearer the-token
    transactionsrc: milepost
    transid: c-1
    ");
    assert!(matches!(
        track("ups", &asked(&["1Z9999"])),
        Err(CallError::Number { .. })
    ));
}

#[test]
fn usps() {
    let one = Asked {
        destination_postal_code: Some("53207-1234".to_owned()),
        ship_date: Some(jiff::civil::date(2026, 11, 20)),
        ..asked(&["9400 1000 0000 0000 0000 00"]).remove(0)
    };
    insta::assert_snapshot!(written(&track("usps", &[one]).unwrap()), @"
    GET https://api.example/tracking/v3/tracking/9400100000000000000000?expand=DETAIL&destinationZIPCode=53207&mailingDate=2026-11-20
    accept: application/json
    authorization: Bearer the-token
    ");
}

#[test]
fn fedex() {
    let call = track("fedex", &asked(&["100000000001", "100000000002"])).unwrap();
    insta::assert_snapshot!(written(&call), @r#"
    POST https://api.example/track/v1/trackingnumbers
    accept: application/json
    authorization: Bearer the-token
    content-type: application/json
    x-customer-transaction-id: c-1
    x-locale: en_US
    {"includeDetailedScans":true,"trackingInfo":[{"trackingNumberInfo":{"trackingNumber":"100000000001"}},{"trackingNumberInfo":{"trackingNumber":"100000000002"}}]}
    "#);
}

#[test]
fn dhl() {
    let call = track("dhl_express", &asked(&["1000000001/A"])).unwrap();
    insta::assert_snapshot!(written(&call), @"
    GET https://api.example/track/shipments?trackingNumber=1000000001%2FA&service=express&language=en
    accept: application/json
    dhl-api-key: the-key
    ");
}

#[test]
fn gls() {
    let call = track("gls", &asked(&["10000000001", "10000000002"])).unwrap();
    insta::assert_snapshot!(written(&call), @"
    GET https://api.example/track-and-trace-v1/tracking/simple/trackids/10000000001,10000000002?showEvents=true
    accept-language: en
    accept: application/json
    authorization: Bearer the-token
    ");
}

#[test]
fn la_poste() {
    let call = track("la_poste", &asked(&["EW100000001FR"])).unwrap();
    insta::assert_snapshot!(written(&call), @"
    GET https://api.example/suivi/v2/idships/EW100000001FR?lang=en_GB
    accept: application/json
    x-okapi-key: the-key
    ");
}

#[test]
fn tokens() {
    let credentials = credentials();
    let access = Access {
        base_url: "https://api.example",
        credentials: &credentials,
        token: None,
        call_id: "c-1",
    };
    let calls: Vec<_> = CARRIERS
        .iter()
        .filter_map(|code| carrier(code).token_call(&access).unwrap())
        .map(|call| written(&call))
        .collect();
    insta::assert_snapshot!(calls.join("\n\n"), @"
    POST https://api.example/security/v1/oauth/token
    accept: application/json
    authorization: Basic dGhlLWlkOnRoZSBzZWNyZXQ=
    content-type: application/x-www-form-urlencoded
    grant_type=client_credentials

    POST https://api.example/oauth2/v3/token
    accept: application/json
    content-type: application/x-www-form-urlencoded
    grant_type=client_credentials&client_id=the-id&client_secret=the%20secret&scope=tracking

    POST https://api.example/oauth/token
    accept: application/json
    content-type: application/x-www-form-urlencoded
    grant_type=client_credentials&client_id=the-id&client_secret=the%20secret

    POST https://api.example/oauth2/v2/token
    accept: application/json
    authorization: Basic dGhlLWlkOnRoZSBzZWNyZXQ=
    content-type: application/x-www-form-urlencoded
    grant_type=client_credentials
    ");
}

/// What is missing is named, what is too much is said, and nothing shows a secret.
#[test]
fn calls_that_cannot_be_built() {
    let none = Credentials::default();
    for code in CARRIERS {
        let carrier = carrier(code);
        let batch = carrier.terms().batch;
        let many: Vec<_> = (0..=batch).map(|nth| format!("1000000{nth:05}")).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(
            track(code, &asked(&many)).unwrap_err(),
            CallError::Batch { most: batch },
            "{code}"
        );
        assert_eq!(
            track(code, &[]).unwrap_err(),
            CallError::Batch { most: batch },
            "{code}"
        );
        let access = Access {
            base_url: "https://api.example",
            credentials: &none,
            token: None,
            call_id: "c-1",
        };
        let missing = match carrier.token_call(&access) {
            Ok(None) => carrier.track_call(&asked(&["10000000001"]), &access).unwrap_err(),
            Ok(Some(call)) => panic!("{code}: {call:?}"),
            Err(error) => {
                let call = carrier.track_call(&asked(&["10000000001"]), &access);
                assert_eq!(call.unwrap_err(), CallError::NoToken, "{code}");
                error
            }
        };
        assert!(matches!(missing, CallError::NoCredential { .. }), "{code}: {missing}");
        let call = track(code, &asked(&["10000000001"])).unwrap();
        let shown = format!("{call:?} {:?} {:?}", credentials(), token());
        assert!(
            !shown.contains("the-key") && !shown.contains("the-token") && !shown.contains("the secret"),
            "{shown}"
        );
    }
}
