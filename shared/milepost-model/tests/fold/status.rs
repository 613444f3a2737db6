//! Which status rules.

use milepost_model::{DetailCode, FactName, Status, TrackingEvent};

use crate::check::{check, folded};
use crate::rows::{event, event_in, import};

/// The status of events of one day, as `(code, time of day)`.
#[track_caller]
fn rules(events: &[(&str, &str)], expected: Status) {
    let at = |clock: &str| format!("2026-11-20T{clock}-06");
    let rows: Vec<_> = events
        .iter()
        .zip(0..)
        .map(|((code, clock), offset)| import("2026-11-21", offset).event(event(code, &at(clock))))
        .collect();
    assert_eq!(folded(&rows).status, expected, "{events:?}");
}

#[test]
fn an_unknown_number_is_not_yet_in_the_system() {
    check(&[], "NY");
    check(&[import("2026-11-21", 0)], "NY");
}

#[test]
fn the_latest_event_rules_whatever_came_first() {
    rules(&[("PU", "09:00"), ("OF", "10:00")], Status::InTransit);
    rules(&[("OF", "10:00"), ("PU", "09:00")], Status::InTransit);
    rules(&[("OF", "10:00"), ("HO", "11:00"), ("AR", "12:00")], Status::InTransit);
}

#[test]
fn the_latest_is_so_in_utc() {
    let denver = import("2026-11-21", 0).event(event_in("HO", "2026-11-20T09:30-07", "Denver"));
    let austin = import("2026-11-21", 1).event(event_in("AR", "2026-11-20T10:00-06", "Austin"));
    check(&[denver, austin], "EX: 11-20T16:30 HO Denver, 11-20T16:00 AR Austin");
}

#[test]
fn at_one_instant_the_carriers_sequence_rules_then_progress() {
    let at = "2026-11-20T14:00-06";
    let nth = |code, sequence| TrackingEvent {
        sequence: Some(sequence),
        ..event(code, at)
    };
    let row = |offset, event| import("2026-11-21", offset).event(event);
    check(
        &[row(0, nth("DE", 1)), row(1, nth("RT", 2))],
        "EX: 11-20T20:00 RT, 11-20T20:00 DE",
    );
    check(
        &[row(0, nth("HO", 2)), row(1, nth("AR", 1))],
        "EX: 11-20T20:00 HO, 11-20T20:00 AR",
    );
    rules(&[("DE", "14:00"), ("OF", "14:00")], Status::Delivered);
    rules(&[("OF", "14:00"), ("DE", "14:00")], Status::Delivered);
}

#[test]
fn after_delivery_only_a_return_or_a_correction_changes_it() {
    rules(&[("DE", "10:00"), ("AR", "11:00")], Status::Delivered);
    rules(&[("DE", "10:00"), ("AT", "11:00"), ("HO", "12:00")], Status::Delivered);
    rules(&[("DE", "10:00"), ("RT", "11:00")], Status::Exception);
    rules(&[("DE", "10:00"), ("ND", "11:00")], Status::Exception);
    rules(&[("DE", "10:00"), ("ND", "11:00"), ("OF", "12:00")], Status::InTransit);
    rules(&[("DE", "10:00"), ("RT", "11:00"), ("DE", "12:00")], Status::Delivered);
}

#[test]
fn an_unmapped_code_is_unknown_and_never_beats_a_mapped_one() {
    rules(&[("X9", "10:00")], Status::Unknown);
    rules(&[("AR", "10:00"), ("X9", "11:00")], Status::InTransit);
    let parcel = folded(&[import("2026-11-21", 0).event(event("X9", "2026-11-20T10:00-06"))]);
    assert_eq!(parcel.carrier_status_code, "X9", "what the carrier said is shown");
    assert_eq!(parcel.detail, None);
}

#[test]
fn what_the_row_states_itself_beats_the_table() {
    let mut stated = event("X9", "2026-11-20T10:00-06");
    stated.status = Some(Status::Delivered);
    stated.detail = Some(DetailCode::DeliveredToNeighbour);
    let parcel = folded(&[import("2026-11-21", 0).event(stated)]);
    assert_eq!(parcel.status, Status::Delivered);
    assert_eq!(parcel.detail, Some(DetailCode::DeliveredToNeighbour));
}

/// The words shown for the status.
#[track_caller]
fn speaks(rows: &[crate::rows::Row], status: Status, words: &str) {
    let parcel = folded(rows);
    assert_eq!(parcel.status, status, "{parcel:#?}");
    assert_eq!(parcel.carrier_status_description, words, "{parcel:#?}");
}

#[test]
fn words_are_of_what_rules() {
    let said = |code, at, words: &str| TrackingEvent {
        description: words.into(),
        ..event(code, at)
    };
    let delivered = || import("2026-11-21", 0).event(said("DE", "2026-11-20T10:00-06", "Left at door"));
    let scan = || import("2026-11-21", 1).event(said("AR", "2026-11-20T12:00-06", "Scanned"));
    let fact = |status: &str, at: &str, words: &str| {
        let row = import("2026-11-21", 2).fact(FactName::Status, status, at);
        row.fact(FactName::CarrierStatusDescription, words, at)
    };
    speaks(&[delivered(), scan()], Status::Delivered, "Left at door");
    let same_item = fact("DE", "2026-11-20T10:00-06", "Delivered, front door");
    speaks(&[delivered(), same_item], Status::Delivered, "Delivered, front door");
    let older = fact("IT", "2026-11-20T09:00-06", "On its way");
    speaks(&[delivered(), older], Status::Delivered, "Left at door");
    let late_scan = fact("IT", "2026-11-20T12:00-06", "Scanned again");
    speaks(&[delivered(), late_scan], Status::Delivered, "Left at door");
    let only_words = import("2026-11-21", 2).fact(FactName::CarrierStatusDescription, "Scanned", "2026-11-20T12:00-06");
    speaks(&[delivered(), scan(), only_words], Status::Delivered, "Left at door");
    let newer = fact("EX", "2026-11-20T13:00-06", "Held");
    speaks(&[scan(), newer], Status::Exception, "Held");
    let wordless = import("2026-11-21", 2).fact(FactName::Status, "EX", "2026-11-20T13:00-06");
    speaks(&[scan(), wordless], Status::Exception, "");
    // Words that are newer than what rules, but state no status, are as an unmapped event.
    let unmapped = import("2026-11-21", 2).fact(FactName::CarrierStatusDescription, "Zorked", "2026-11-20T13:00-06");
    speaks(&[scan(), unmapped], Status::InTransit, "Scanned");
    let first = || import("2026-11-21", 0).fact(FactName::CarrierStatusDescription, "Zorked", "");
    speaks(&[first()], Status::Unknown, "Zorked");
    let restated = import("2026-11-22", 0).fact(FactName::Status, "EX", "2026-11-20T14:00-06");
    speaks(
        &[fact("EX", "2026-11-20T13:00-06", "Held"), restated],
        Status::Exception,
        "Held",
    );
    let again = fact("EX", "2026-11-20T14:00-06", "Still held");
    speaks(
        &[fact("EX", "2026-11-20T13:00-06", "Held"), again],
        Status::Exception,
        "Still held",
    );
    let changed = import("2026-11-22", 0).fact(FactName::Status, "IT", "2026-11-20T14:00-06");
    speaks(
        &[fact("EX", "2026-11-20T13:00-06", "Held"), changed],
        Status::InTransit,
        "",
    );
    let unchanged = import("2026-11-21", 2).fact(FactName::Status, "IT", "2026-11-20T13:00-06");
    speaks(&[scan(), unchanged], Status::InTransit, "Scanned");
}
