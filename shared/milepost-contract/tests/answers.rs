//! Whole answers: ShipEngine's published example rebuilt, an unknown number, a webhook body.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a broken fixture must stop the test"
)]

use std::collections::BTreeSet;

use jiff::tz;
use milepost_contract::shipengine::{TimeStyle, TrackWebhook, TrackingLog, UNCONNECTED_CARRIER_ID};
use milepost_model::{
    Arrival, CarrierCode, Coordinates, DetailCode, EventIdentity, EventTime, FactName, Parcel, ParcelEvent, ParcelFact,
    Place, Reading, SourceHash, Status, TrackingEvent, TrackingNumber, Wall, WrittenZone, ZoneRule,
};
use serde_json::Value;

/// The answer on ShipEngine's page about tracking, as published.
const EXAMPLE: &str = include_str!("fixtures/example_answer.json");

const ARRIVAL: Arrival = Arrival {
    at_ms: 1_632_165_000_000,
    source: SourceHash(7),
    offset: 0,
};

/// Where an event of the example happened and what was made of it.
struct Spot {
    place: [&'static str; 3],
    hours: i8,
    rule: ZoneRule,
    at: Option<(f64, f64)>,
}

const SARCOXIE: Spot = Spot {
    place: ["SARCOXIE", "MO", "64862"],
    hours: -5,
    rule: ZoneRule::Place,
    at: Some((37.0776, -94.1258)),
};
const NOWHERE: Spot = Spot {
    place: ["", "", ""],
    hours: -5,
    rule: ZoneRule::Neighbour,
    at: None,
};
const FACILITY: Spot = Spot {
    place: ["LAS VEGAS NV DISTRIBUTION CENTER ANNEX", "", ""],
    hours: -7,
    rule: ZoneRule::Place,
    at: None,
};
const LAS_VEGAS: Spot = Spot {
    place: ["LAS VEGAS", "NV", "89118"],
    hours: -7,
    rule: ZoneRule::Place,
    at: Some((35.9292, -115.1987)),
};

fn number() -> TrackingNumber {
    TrackingNumber::parse("9405511899223197428490").unwrap()
}

fn usps() -> CarrierCode {
    CarrierCode::parse("usps").unwrap()
}

fn event(wall: &str, code: &str, text: &str, spot: &Spot, detail: DetailCode, status: Status) -> ParcelEvent {
    // A date alone has ten characters.
    let wall = match wall.len() {
        10 => Wall::Date(wall.parse().unwrap()),
        _ => Wall::At(wall.parse().unwrap()),
    };
    let offset = tz::offset(spot.hours);
    let [city, state, postal_code] = spot.place.map(str::to_owned);
    let event = TrackingEvent {
        code: code.to_owned(),
        description: text.to_owned(),
        place: Place {
            city,
            state,
            postal_code,
            ..Place::default()
        },
        ..TrackingEvent::at(EventTime {
            wall,
            zone: WrittenZone::Unstated,
        })
    };
    ParcelEvent {
        identity: EventIdentity::of(&event),
        reading: Reading {
            instant: Some(offset.to_timestamp(wall.start()).unwrap()),
            offset: Some(offset),
            rule: spot.rule,
            detail: Some(detail),
            status: Some(status),
            coordinates: spot.at.map(|(latitude, longitude)| Coordinates { latitude, longitude }),
        },
        event,
        first_arrival: ARRIVAL,
        imported: true,
        quiet: false,
    }
}

fn fact(value: &str) -> ParcelFact {
    ParcelFact {
        value: value.to_owned(),
        as_of: "2021-09-20T19:03:00Z".parse().unwrap(),
        began: ARRIVAL,
        quiet: false,
    }
}

/// The parcel of the published example.
fn example() -> Parcel {
    let words = "Your item was delivered in or at the mailbox at 2:03 pm on September 20, 2021 in SARCOXIE, MO 64862.";
    let transit = Status::InTransit;
    let events = vec![
        event(
            "2021-09-20T14:03:00",
            "01",
            "Delivered, In/At Mailbox",
            &SARCOXIE,
            DetailCode::Delivered,
            Status::Delivered,
        ),
        event(
            "2021-09-20T08:10:00",
            "OF",
            "Out for Delivery",
            &SARCOXIE,
            DetailCode::OutForDelivery,
            transit,
        ),
        event(
            "2021-09-20T07:59:00",
            "07",
            "Arrived at Post Office",
            &SARCOXIE,
            DetailCode::ReceivedLocalDeliveryDepot,
            transit,
        ),
        event(
            "2021-09-18",
            "NT",
            "In Transit to Next Facility",
            &NOWHERE,
            DetailCode::InTransit,
            transit,
        ),
        event(
            "2021-09-16T19:41:00",
            "10",
            "Arrived at USPS Regional Origin Facility",
            &FACILITY,
            DetailCode::HubScanIn,
            transit,
        ),
        event(
            "2021-09-16T14:06:00",
            "03",
            "USPS picked up item",
            &LAS_VEGAS,
            DetailCode::PickedUp,
            Status::Accepted,
        ),
    ];
    Parcel {
        status: Status::Delivered,
        detail: Some(DetailCode::Delivered),
        carrier_status_code: "01".into(),
        carrier_status_description: words.into(),
        facts: [(FactName::CarrierStatusDescription, fact(words))].into(),
        events,
        ..Parcel::unknown(number(), usps())
    }
}

/// A parcel that uses every field.
fn full() -> Parcel {
    let mut parcel = example();
    parcel.carrier_detail_code = "01-M".into();
    parcel.facts.extend([
        (FactName::ShipDate, fact("2021-09-16T14:06:00-07:00")),
        (FactName::EstimatedDelivery, fact("2021-09-20")),
        (FactName::ActualDelivery, fact("2021-09-20T19:03:00Z")),
        (FactName::ExceptionDescription, fact("Delayed by weather")),
    ]);
    let delivered = &mut parcel.events[0].event;
    delivered.place.country = "US".into();
    delivered.company = "PARCEL SHOP".into();
    delivered.signer = "J DOE".into();
    delivered.carrier_detail_code = "01-M".into();
    delivered.proof_of_delivery_url = "https://tools.usps.com/pod/1".into();
    parcel.events.truncate(1);
    parcel
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Line by line, so that the order of the keys counts too. Ours may have keys that the example lacks, and the status
/// of an event where the example has `null`.
#[test]
fn published_example() {
    let log = TrackingLog::of(&example(), 1, TimeStyle::ShipEngine);
    let ours = serde_json::to_string_pretty(&log).unwrap();
    let further = [
        "\"status_detail_code\"",
        "\"status_detail_description\"",
        "\"proof_of_delivery_url\"",
    ];
    let mut lines = ours
        .lines()
        .filter(|line| !further.iter().any(|key| line.trim_start().starts_with(key)))
        .map(|line| line.trim_end_matches(','));
    for expect in EXAMPLE.lines().map(|line| line.trim_end_matches(',')) {
        let got = lines.next().unwrap_or("nothing");
        let filled = ["      \"status_code\": null", "      \"status_description\": null"];
        match expect.strip_suffix("null").filter(|_| filled.contains(&expect)) {
            Some(key) => assert!(got.starts_with(key), "{got}, expected {expect}"),
            None => assert_eq!(got, expect),
        }
    }
    assert_eq!(lines.next(), None);
}

/// The example's event without a place has no zone of its own: by default that is not called UTC.
#[test]
fn example_with_exact_times() {
    insta::assert_json_snapshot!(TrackingLog::of(&example(), 7, TimeStyle::Exact));
}

#[test]
fn full_answer() {
    insta::assert_json_snapshot!(TrackingLog::of(&full(), 7, TimeStyle::Exact));
}

#[test]
fn unknown_number() {
    let parcel = Parcel::unknown(number(), usps());
    insta::assert_json_snapshot!(TrackingLog::of(&parcel, UNCONNECTED_CARRIER_ID, TimeStyle::Exact));
}

/// A code that no table maps is `UN` for the parcel and `null` for the event, never a guess.
#[test]
fn unmapped_code() {
    let mut parcel = Parcel {
        status: Status::Unknown,
        detail: None,
        carrier_status_code: "ZZ".into(),
        ..example()
    };
    parcel.events.truncate(1);
    parcel.events[0].reading.status = None;
    parcel.events[0].reading.detail = None;
    let log = TrackingLog::of(&parcel, 7, TimeStyle::Exact);
    assert_eq!(
        (log.status_code.as_str(), log.status_description.as_str()),
        ("UN", "Unknown")
    );
    assert_eq!(log.status_detail_code, None);
    assert_eq!(log.events[0].status_code, None);
    assert_eq!(log.events[0].status_description, None);
}

/// A carrier without a tracking page, and an estimate that is no time.
#[test]
fn what_cannot_be_said() {
    let carrier = CarrierCode::parse("my_courier").unwrap();
    let mut parcel = Parcel::unknown(number(), carrier);
    parcel
        .facts
        .insert(FactName::EstimatedDelivery, fact("by end of day Tuesday"));
    let log = TrackingLog::of(&parcel, 7, TimeStyle::Exact);
    assert_eq!(log.tracking_url, "");
    assert_eq!(log.estimated_delivery_date, None);
}

/// The properties of ShipEngine's OpenAPI document, known or not.
#[test]
fn every_key_is_there() {
    let of_log = BTreeSet::from([
        "tracking_number",
        "tracking_url",
        "status_code",
        "status_detail_code",
        "carrier_code",
        "carrier_id",
        "carrier_detail_code",
        "status_description",
        "status_detail_description",
        "carrier_status_code",
        "carrier_status_description",
        "ship_date",
        "estimated_delivery_date",
        "actual_delivery_date",
        "exception_description",
        "events",
    ]);
    let of_event = BTreeSet::from([
        "occurred_at",
        "carrier_occurred_at",
        "description",
        "city_locality",
        "state_province",
        "postal_code",
        "country_code",
        "company_name",
        "signer",
        "event_code",
        "carrier_detail_code",
        "status_code",
        "status_detail_code",
        "status_description",
        "status_detail_description",
        "carrier_status_code",
        "carrier_status_description",
        "latitude",
        "longitude",
        "proof_of_delivery_url",
    ]);
    let blank = Parcel {
        events: vec![event(
            "2021-09-18",
            "",
            "",
            &NOWHERE,
            DetailCode::InTransit,
            Status::InTransit,
        )],
        ..Parcel::unknown(number(), usps())
    };
    for parcel in [full(), example(), blank] {
        let log = serde_json::to_value(TrackingLog::of(&parcel, 7, TimeStyle::Exact)).unwrap();
        assert_eq!(keys(&log), of_log);
        for event in log["events"].as_array().unwrap() {
            assert_eq!(keys(event), of_event);
        }
    }
}

#[test]
fn answers_come_back() {
    let log = TrackingLog::of(&full(), 7, TimeStyle::Exact);
    let text = serde_json::to_string(&log).unwrap();
    assert_eq!(serde_json::from_str::<TrackingLog>(&text).unwrap(), log);
}

#[test]
fn webhook_body() {
    let webhook = TrackWebhook::of(&full(), "https://track.example.com", TimeStyle::Exact);
    insta::assert_json_snapshot!(webhook);
}

/// The whole history goes out, newest first.
#[test]
fn webhook_history() {
    let webhook = TrackWebhook::of(&example(), "https://track.example.com", TimeStyle::Exact);
    let codes: Vec<_> = webhook
        .data
        .events
        .iter()
        .map(|event| event.event_code.as_str())
        .collect();
    assert_eq!(codes, ["01", "OF", "07", "NT", "10", "03"]);
}
