//! What Ship24's clients are answered about parcels: milestones carried forward, order, statistics, and one answer whole.

#![expect(clippy::unwrap_used, reason = "what is missing fails the test")]

use jiff::civil::date;
use milepost_carriers::read_parcel;
use milepost_contract::ship24::{EventJson, TimestampsJson, TrackingJson, TrackingNews};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, DetailCode, EventTime, Fact, FactName, Kind, Parcel, Place,
    Scope, SourceHash, Status, Tracker, TrackerTerms, TrackingEvent, TrackingNumber, Wall, Which, WrittenZone,
};
use proptest::prelude::*;
use proptest::sample::select;

/// An event at so many hours after the beginning: what it means, if that is known.
type Happened = (u16, Option<DetailCode>, Option<Status>);

fn event((hours, detail, status): Happened) -> TrackingEvent {
    let start = date(2026, 11, 1).at(8, 0, 0, 0);
    let wall = Wall::At(start.checked_add(jiff::Span::new().hours(i64::from(hours))).unwrap());
    TrackingEvent {
        // An event's code and time are its identity.
        code: format!("{detail:?} {status:?}"),
        description: format!("at hour {hours}"),
        detail,
        status,
        place: Place {
            city: "SARCOXIE".into(),
            state: "MO".into(),
            postal_code: "64862".into(),
            country: "US".into(),
            coordinates: None,
        },
        ..TrackingEvent::at(EventTime {
            wall,
            zone: WrittenZone::Unstated,
        })
    }
}

fn number() -> TrackingNumber {
    TrackingNumber::parse("9405511899223197428490").unwrap()
}

fn parcel(carrier: &str, events: &[Happened], facts: Vec<(FactName, &str)>) -> Parcel {
    let carrier = CarrierCode::parse(carrier).unwrap();
    let fact = |(name, value): (FactName, &str)| Fact {
        name,
        value: value.to_owned(),
        as_of: None,
    };
    let bundle = Bundle {
        number: number(),
        carrier: carrier.clone(),
        scope: Scope::Shared,
        kind: Kind::Import,
        arrival: Arrival {
            at_ms: 1_795_183_380_123,
            source: SourceHash(7),
            offset: 0,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: (0..)
            .zip(events)
            .map(|(offset, happened)| Arrived {
                offset,
                value: event(*happened),
            })
            .collect(),
        facts: (1_000..)
            .zip(facts)
            .map(|(offset, written)| Arrived {
                offset,
                value: fact(written),
            })
            .collect(),
        expires_at: 1_811_808_000,
    };
    let account = AccountId::default_account();
    read_parcel(&number(), &carrier, &[bundle], &account, Which::Newest)
}

fn tracker() -> Tracker {
    let (account, terms) = (AccountId::default_account(), TrackerTerms::default());
    let created = "2026-11-20T14:03:00.123Z".parse().unwrap();
    let mut tracker = Tracker::new(account, number(), terms, 7, created);
    tracker.client_id = Some("mine".into());
    tracker.terms.destination_post_code = Some("64862".into());
    tracker.recipient_name = Some("Jane".into());
    tracker
}

/// The milestones of events, oldest first.
#[track_caller]
fn check(events: &[Happened], expect: &[&str]) {
    let tracking = TrackingJson::bare(&number(), &[parcel("usps", events, Vec::new())]);
    let milestones: Vec<&str> = tracking
        .events
        .iter()
        .rev()
        .map(|event| event.status_milestone.as_str())
        .collect();
    assert_eq!(milestones, expect);
    assert_eq!(Some(&tracking.shipment.status_milestone.as_str()), milestones.last());
}

#[test]
fn milestones_are_carried_forward() {
    use DetailCode as D;
    let known = |hours, detail| (hours, Some(detail), None);
    let unknown = |hours| (hours, None, None);
    check(&[unknown(0), unknown(1)], &["pending", "pending"]);
    check(
        &[
            known(0, D::ShipmentCreated),
            unknown(1),
            known(2, D::OutForDelivery),
            unknown(3),
        ],
        &["info_received", "info_received", "out_for_delivery", "out_for_delivery"],
    );
    check(
        &[
            known(0, D::OutForDelivery),
            known(1, D::Delivered),
            known(2, D::HubScanIn),
            unknown(3),
        ],
        &["out_for_delivery", "delivered", "delivered", "delivered"],
    );
    check(
        &[
            known(0, D::Delivered),
            known(1, D::ReturnToSender),
            known(2, D::HubScanIn),
        ],
        &["delivered", "exception", "in_transit"],
    );
    check(
        &[known(0, D::OutForDelivery), known(1, D::CarrierDelays)],
        &["out_for_delivery", "in_transit"],
    );
    check(
        &[(0, None, Some(Status::DeliveredToServicePoint))],
        &["available_for_pickup"],
    );
}

#[test]
fn a_whole_tracking() {
    let parcel = parcel(
        "usps",
        &[
            (0, Some(DetailCode::ShipmentCreated), None),
            (20, None, None),
            (30, Some(DetailCode::Delivered), None),
        ],
        vec![
            (FactName::EstimatedDelivery, "2026-11-03"),
            (FactName::Service, "Ground Advantage"),
            (FactName::OriginCountry, "USA"),
        ],
    );
    let whole = TrackingJson::of(&tracker(), std::slice::from_ref(&parcel));
    insta::assert_json_snapshot!("tracking", whole);
    let new = [parcel.events[0].identity];
    let now = "2026-11-20T14:03:00Z".parse().unwrap();
    let news = TrackingNews::of(&tracker(), std::slice::from_ref(&parcel), &new, "msg_1", now);
    insta::assert_json_snapshot!("news", news);
}

#[test]
fn nothing_is_known() {
    insta::assert_json_snapshot!("nothing", TrackingJson::of(&tracker(), &[]));
}

#[test]
fn two_carriers_are_one_line() {
    let first = parcel(
        "fedex",
        &[(0, Some(DetailCode::PickedUp), None), (9, None, None)],
        Vec::new(),
    );
    let second = parcel("usps", &[(5, Some(DetailCode::OutForDelivery), None)], Vec::new());
    let tracking = TrackingJson::of(&tracker(), &[first, second]);
    let line: Vec<_> = tracking
        .events
        .iter()
        .map(|event| (event.courier_code.as_deref().unwrap(), event.status_milestone.as_str()))
        .collect();
    assert_eq!(
        line,
        [
            ("fedex", "out_for_delivery"),
            ("us-post", "out_for_delivery"),
            ("fedex", "in_transit")
        ]
    );
    let ids: std::collections::BTreeSet<&str> = tracking.events.iter().map(|event| event.event_id.as_str()).collect();
    assert_eq!(ids.len(), 3);
}

fn happened() -> impl Strategy<Value = Happened> {
    let details = DetailCode::ALL.iter().copied().map(Some).chain([None]);
    let detail = select(details.collect::<Vec<_>>());
    let statuses = Status::ALL.into_iter().map(Some).chain([None]);
    (0_u16..400, detail, select(statuses.collect::<Vec<_>>()))
}

fn first_of(events: &[EventJson], milestone: &str) -> Option<String> {
    let mut oldest_first = events.iter().rev();
    let first = oldest_first.find(|event| event.status_milestone == milestone)?;
    Some(first.occurrence_datetime.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn laws(happened in proptest::collection::vec(happened(), 0..12)) {
        let parcel = parcel("usps", &happened, Vec::new());
        let tracking = TrackingJson::of(&tracker(), std::slice::from_ref(&parcel));
        let events = &tracking.events;
        // Newest first, numbered without gaps.
        let orders: Vec<u32> = events.iter().rev().map(|event| event.order.unwrap()).collect();
        prop_assert_eq!(orders, (1..=u32::try_from(events.len()).unwrap()).collect::<Vec<_>>());
        prop_assert_eq!(events.len(), parcel.events.len());
        // The newest event's state is the shipment's.
        let newest = events.first().map_or("pending", |event| &event.status_milestone);
        prop_assert_eq!(&tracking.shipment.status_milestone, newest);
        // An event without a code or category changes nothing, or a source stated its status.
        for pair in events.windows(2) {
            let [newer, older] = pair else { continue };
            let place = events.len() - usize::try_from(newer.order.unwrap()).unwrap();
            let reading = &parcel.events[place].reading;
            if reading.detail.is_none() && reading.status.is_none() {
                prop_assert_eq!(&newer.status_milestone, &older.status_milestone);
            }
        }
        // Statistics are the first of each.
        let first = |milestone| first_of(events, milestone);
        let expect = TimestampsJson {
            info_received_datetime: first("info_received"),
            in_transit_datetime: first("in_transit"),
            out_for_delivery_datetime: first("out_for_delivery"),
            failed_attempt_datetime: first("failed_attempt"),
            available_for_pickup_datetime: first("available_for_pickup"),
            exception_datetime: first("exception"),
            delivered_datetime: first("delivered"),
        };
        prop_assert_eq!(&tracking.statistics.timestamps, &expect);
    }
}
