//! The published example answer, made anew from its events as a carrier would have sent them.

use milepost_carriers::read_parcel;
use milepost_contract::shipengine::{TimeStyle, TrackingLog};
use milepost_feeds::Limits;
use milepost_import::{Rows, layout};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, Fact, FactName, Kind, Scope, SourceHash, TrackingEvent,
    TrackingNumber, Which,
};
use serde_json::Value;

/// The answer on ShipEngine's page about tracking, as published.
const EXAMPLE: &str = include_str!("../../shared/milepost-contract/tests/fixtures/example_answer.json");

/// Its events as rows of a file.
const FILE: &str = include_str!("../../shared/milepost-carriers/tests/fixtures/shipengine-example.csv");

/// The published positions are those of another gazetteer.
const MOST_KILOMETRES: f64 = 25.0;

const NUMBER: &str = "9405511899223197428490";

async fn answer(style: TimeStyle) -> Value {
    let limits = Limits::default();
    let layout = layout("generic", None).unwrap();
    let mut rows = Rows::open("example.csv", FILE.as_bytes(), &layout, &limits)
        .await
        .unwrap();
    let mut events: Vec<Arrived<TrackingEvent>> = Vec::new();
    while let Some(row) = rows.next().await.unwrap() {
        let item = row.item.unwrap();
        events.extend(item.events.into_iter().map(|value| Arrived {
            offset: row.offset,
            value,
        }));
    }
    let published: Value = serde_json::from_str(EXAMPLE).unwrap();
    // What the carrier's API says of the parcel as a whole: no row of a file has it.
    let words = Fact {
        name: FactName::CarrierStatusDescription,
        value: published["carrier_status_description"].as_str().unwrap().to_owned(),
        as_of: Some(events[0].value.time.clone()),
    };
    let (number, carrier) = (
        TrackingNumber::parse(NUMBER).unwrap(),
        CarrierCode::parse("usps").unwrap(),
    );
    let account = AccountId::default_account();
    let bundle = Bundle {
        number: number.clone(),
        carrier: carrier.clone(),
        scope: Scope::Account(account.clone()),
        kind: Kind::Live,
        arrival: Arrival {
            at_ms: 1_632_165_000_000,
            source: SourceHash(7),
            offset: events[0].offset,
        },
        file: None,
        replaces: false,
        notify_from: None,
        facts: vec![Arrived {
            offset: events[0].offset,
            value: words,
        }],
        events,
        expires_at: i64::MAX,
    };
    let parcel = read_parcel(&number, &carrier, &[bundle], &account, Which::Newest);
    serde_json::to_value(TrackingLog::of(&parcel, 1, style)).unwrap()
}

/// In kilometres, on a sphere: good to half a percent.
fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    let (lat1, lon1) = (one.0.to_radians(), one.1.to_radians());
    let (lat2, lon2) = (other.0.to_radians(), other.1.to_radians());
    let half = ((lat2 - lat1) / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * ((lon2 - lon1) / 2.0).sin().powi(2);
    2.0 * 6_371.0 * half.sqrt().asin()
}

fn position(event: &Value) -> Option<(f64, f64)> {
    Some((event["latitude"].as_f64()?, event["longitude"].as_f64()?))
}

/// Every published key has the published value; what may differ is stated here and nowhere else.
fn check(ours: &Value, published: &Value, style: TimeStyle) {
    for (key, value) in published.as_object().unwrap() {
        if key != "events" {
            assert_eq!(&ours[key], value, "{key}");
        }
    }
    let (events, expected) = (
        ours["events"].as_array().unwrap(),
        published["events"].as_array().unwrap(),
    );
    assert_eq!(events.len(), expected.len());
    for (event, expected) in events.iter().zip(expected) {
        let code = &expected["event_code"];
        for (key, value) in expected.as_object().unwrap() {
            match key.as_str() {
                // Filled in where the example has null.
                "status_code" | "status_description" if value.is_null() => {
                    assert!(event[key].is_string(), "{code} {key}");
                }
                "latitude" | "longitude" => {}
                // Without a place the example has a local time with a Z, which says a thing that nobody knows.
                "occurred_at" if style == TimeStyle::Exact && code == "NT" => {
                    assert_ne!(&event[key], value);
                }
                _ => assert_eq!(&event[key], value, "{code} {key}"),
            }
        }
        match (position(event), position(expected)) {
            (Some(ours), Some(published)) => {
                let apart = distance(ours, published);
                assert!(apart <= MOST_KILOMETRES, "{code}: {apart} km apart");
            }
            (ours, published) => assert_eq!(ours, published, "{code}"),
        }
    }
}

#[tokio::test]
async fn every_key_is_the_published_one() {
    let published = serde_json::from_str(EXAMPLE).unwrap();
    for style in [TimeStyle::Exact, TimeStyle::ShipEngine] {
        check(&answer(style).await, &published, style);
    }
}
