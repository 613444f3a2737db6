//! Which facts rule, and when they decide the status.

use milepost_model::{DetailCode, FactName, Status};

use crate::check::{check, folded};
use crate::rows::{Row, event, event_in, import, live};

fn service(arrived: &str, value: &str, as_of: &str) -> Row {
    import(arrived, 0).fact(FactName::Service, value, as_of)
}

fn status(value: &str, as_of: &str) -> Row {
    import("2026-11-21", 9).fact(FactName::Status, value, as_of)
}

#[test]
fn the_latest_as_of_rules_then_the_later_arrival_then_the_value() {
    let ground = || service("2026-11-21", "Ground", "2026-11-20T10:00-06");
    check(
        &[ground(), service("2026-11-22", "Air", "2026-11-20T09:00-06")],
        "UN {service=Ground}",
    );
    check(
        &[ground(), service("2026-11-22", "Air", "2026-11-20T10:00-06")],
        "UN {service=Air}",
    );
    check(
        &[ground(), service("2026-11-21", "Air", "2026-11-20T10:00-06")],
        "UN {service=Ground}",
    );
    check(
        &[ground(), service("2026-11-20", "Air", "2026-11-20T10:00-05")],
        "UN {service=Ground}",
    );
}

#[test]
fn without_a_time_a_fact_holds_since_it_arrived() {
    let parcel = folded(&[service("2026-11-21T08:00:00Z", "Ground", "")]);
    let fact = &parcel.facts[&FactName::Service];
    assert_eq!(fact.as_of.to_string(), "2026-11-21T08:00:00Z");
    check(
        &[
            service("2026-11-21", "Ground", ""),
            service("2026-11-23", "Air", "2026-11-20"),
        ],
        "UN {service=Ground}",
    );
}

#[test]
fn an_empty_value_never_rules() {
    check(
        &[service("2026-11-21", "Ground", ""), service("2026-11-22", "", "")],
        "UN {service=Ground}",
    );
    check(&[service("2026-11-22", "", "")], "NY");
}

#[test]
fn a_local_time_takes_the_offset_of_the_nearest_event() {
    let denver = || import("2026-11-21", 0).event(event("AR", "2026-11-20T10:00-07"));
    let tokyo = || import("2026-11-21", 1).event(event("PU", "2026-11-10T10:00+09"));
    let as_of = |rows: &[Row]| folded(rows).facts[&FactName::Service].as_of.to_string();
    let noon = || service("2026-11-21", "Ground", "2026-11-20T12:00");
    assert_eq!(as_of(&[noon()]), "2026-11-20T12:00:00Z");
    assert_eq!(as_of(&[noon(), tokyo()]), "2026-11-20T03:00:00Z");
    assert_eq!(as_of(&[noon(), tokyo(), denver()]), "2026-11-20T19:00:00Z");
    let between = service("2026-11-21", "Ground", "2026-11-15T10:00");
    assert_eq!(
        as_of(&[between, tokyo(), denver()]),
        "2026-11-15T01:00:00Z",
        "the earlier on a tie"
    );
    // By the wall clock: in Tokyo it was later in the day, though earlier in time.
    let evening = import("2026-11-21", 2).event(event("PU", "2026-11-20T20:00+09"));
    let morning = service("2026-11-21", "Ground", "2026-11-20T09:00");
    assert_eq!(as_of(&[morning, evening, denver()]), "2026-11-20T16:00:00Z");
}

#[test]
fn a_status_without_any_event_rules() {
    // What Connect's own example of an import yields: a number, a status and its words, no event.
    let item =
        status("IT", "2026-11-20T10:00Z").fact(FactName::CarrierStatusDescription, "On the way", "2026-11-20T10:00Z");
    let parcel = folded(&[item]);
    assert_eq!(parcel.status, Status::InTransit);
    assert_eq!(parcel.carrier_status_description, "On the way");
    assert!(parcel.is_known());
    check(&[status("IT", ""), status("AC", "2026-11-20")], "IT {status=IT}");
    check(&[status("UN", "")], "UN {status=UN}");
    check(&[status("nonsense", "")], "UN {status=nonsense}");
}

#[test]
fn a_status_rules_only_while_no_event_carries_one_at_or_after_it() {
    let scan = |at| import("2026-11-21", 0).event(event("AR", at));
    let held = || status("EX", "2026-11-20T10:00-06");
    check(&[held(), scan("2026-11-20T09:00-06")], "EX: 11-20T15:00 AR {status=EX}");
    check(&[held(), scan("2026-11-20T10:00-06")], "IT: 11-20T16:00 AR {status=EX}");
    check(
        &[held(), scan("2026-11-20T10:00:59-06")],
        "IT: 11-20T16:00 AR {status=EX}",
    );
    check(&[held(), scan("2026-11-20T11:00-06")], "IT: 11-20T17:00 AR {status=EX}");
    let seconds = status("EX", "2026-11-20T10:00:59-06");
    check(
        &[seconds, scan("2026-11-20T10:00-06")],
        "IT: 11-20T16:00 AR {status=EX}",
    );
    let unmapped = import("2026-11-21", 0).event(event("X9", "2026-11-20T11:00-06"));
    check(&[held(), unmapped], "EX: 11-20T17:00 X9 {status=EX}");
}

#[test]
fn after_delivery_a_status_needs_a_return_too() {
    let delivered = || import("2026-11-21", 0).event(event("DE", "2026-11-20T10:00-06"));
    check(
        &[delivered(), status("IT", "2026-11-20T12:00-06")],
        "DE: 11-20T16:00 DE {status=IT}",
    );
    let returned =
        status("EX", "2026-11-20T12:00-06").fact(FactName::StatusDetail, "RETURN_TO_SENDER", "2026-11-20T12:00-06");
    let parcel = folded(&[delivered(), returned]);
    assert_eq!(parcel.status, Status::Exception);
    assert_eq!(parcel.detail, Some(DetailCode::ReturnToSender));
    // The scan after the statement carries a status, though it does not rule.
    let scan = import("2026-11-21", 1).event(event("AR", "2026-11-20T13:00-06"));
    let returned =
        status("EX", "2026-11-20T12:00-06").fact(FactName::StatusDetail, "RETURN_TO_SENDER", "2026-11-20T12:00-06");
    assert_eq!(folded(&[delivered(), scan, returned]).status, Status::Delivered);
}

#[test]
fn facts_alone_keep_to_the_rule_of_delivery_too() {
    let nth = |offset, value, at: &str, detail: &str| {
        let row = import("2026-11-22", offset).fact(FactName::Status, value, at);
        row.fact(FactName::StatusDetail, detail, at)
    };
    let delivered = || nth(1, "DE", "2026-11-20T10:00-06", "DELIVERED");
    let scan = || nth(2, "IT", "2026-11-20T12:00-06", "HUB_SCAN_IN");
    let returned = || nth(3, "EX", "2026-11-20T11:00-06", "RETURN_TO_SENDER");
    let settled = |rows: &[Row]| folded(rows).status;
    assert_eq!(settled(&[scan(), delivered()]), Status::Delivered);
    assert_eq!(settled(&[delivered(), returned()]), Status::Exception);
    assert_eq!(settled(&[delivered(), returned(), scan()]), Status::InTransit);
    let used_again = || nth(4, "IT", "2027-04-01T10:00-06", "");
    assert_eq!(settled(&[delivered(), used_again()]), Status::InTransit);
    assert_eq!(settled(&[delivered(), scan(), used_again()]), Status::InTransit);
    // Rows without a time of their own stand in order of arrival.
    assert_eq!(
        settled(&[nth(1, "DE", "", ""), nth(2, "IT", "", "")]),
        Status::Delivered
    );
    assert_eq!(
        settled(&[nth(1, "IT", "", ""), nth(2, "AT", "", "")]),
        Status::DeliveryAttempt
    );
}

#[test]
fn a_detail_is_for_the_status_of_its_row() {
    let detail = |at: &str| import("2026-11-21", 0).fact(FactName::StatusDetail, "HELD_BY_CARRIER", at);
    let held = || status("EX", "2026-11-20T12:00-06");
    let both = || held().fact(FactName::StatusDetail, "HELD_BY_CUSTOMS", "2026-11-20T12:00-06");
    let settled = |rows: &[Row]| (folded(rows).status, folded(rows).detail);
    assert_eq!(
        settled(&[detail("2026-11-20T09:00-06"), held()]),
        (Status::Exception, None)
    );
    assert_eq!(
        settled(&[detail("2026-11-20T12:00-06"), held()]),
        (Status::Exception, None)
    );
    let customs = (Status::Exception, Some(DetailCode::HeldByCustoms));
    assert_eq!(settled(&[both()]), customs);
    let before = import("2026-11-21", 0).fact(FactName::Status, "EX", "2026-11-20T11:00-06");
    let after = import("2026-11-21", 10).fact(FactName::Status, "EX", "2026-11-20T13:00-06");
    assert_eq!(
        settled(&[before, both(), after]),
        customs,
        "a status that is repeated keeps its detail"
    );
}

/// The arrival at which the service that rules began, as a day.
#[track_caller]
fn began(rows: &[Row], expected: &str) {
    let parcel = folded(rows);
    let began = parcel.facts.get(&FactName::Service).unwrap().began;
    let day = jiff::Timestamp::from_millisecond(began.at_ms.try_into().unwrap())
        .unwrap()
        .to_string();
    assert_eq!(&day[..10], expected, "{parcel:#?}");
}

#[test]
fn a_value_begins_when_it_comes_to_rule() {
    let at = |day: &str, value: &str, as_of: &str| service(day, value, as_of);
    let first = || at("2026-11-20", "Ground", "2026-11-10");
    began(&[first()], "2026-11-20");
    began(&[first(), at("2026-11-21", "Ground", "2026-11-11")], "2026-11-20");
    began(&[first(), at("2026-11-21", "Ground", "2026-11-09")], "2026-11-20");
    began(&[first(), at("2026-11-21", "Air", "2026-11-09")], "2026-11-20");
    began(&[first(), at("2026-11-21", "Air", "2026-11-11")], "2026-11-21");
    let air = || at("2026-11-21", "Air", "2026-11-11");
    began(
        &[first(), air(), at("2026-11-22", "Ground", "2026-11-12")],
        "2026-11-22",
    );
    let later = || at("2026-11-21", "Ground", "2026-11-12");
    began(&[first(), later(), at("2026-11-22", "Air", "2026-11-11")], "2026-11-20");
}

#[test]
fn facts_of_live_answers_count_as_facts_of_files_do() {
    let answer = live("2026-11-20", 0).event(event_in("AR", "2026-11-20T10:00-06", "Austin"));
    let answer = answer.fact(FactName::Weight, "2 lb", "");
    check(&[answer], "IT: 11-20T16:00 AR Austin {weight=2 lb}");
}
