//! Which rows count.

use milepost_model::{CarrierCode, FactName, TrackingNumber, Which, fold};

use crate::check::{check, check_for};
use crate::reader::read;
use crate::rows::{Row, carrier, event, event_in, import, live, number, viewer};

fn scan(clock: &str) -> milepost_model::TrackingEvent {
    event("AR", &format!("2026-11-20T{clock}Z"))
}

#[test]
fn an_account_sees_its_own_and_what_is_shared() {
    let rows = [
        import("2026-11-21", 0).event(scan("08:00")).of_account("acme"),
        import("2026-11-21", 1).event(scan("09:00")).of_account("other"),
        import("2026-11-21", 2).event(scan("10:00")),
    ];
    check_for("acme", &rows, "IT: 11-20T10:00 AR, 11-20T08:00 AR");
    check_for("other", &rows, "IT: 11-20T10:00 AR, 11-20T09:00 AR");
    check_for("third", &rows, "IT: 11-20T10:00 AR");
}

#[test]
fn one_number_of_two_carriers_is_two_parcels() {
    let mut other = import("2026-11-21", 0).event(scan("08:00")).bundle();
    other.carrier = CarrierCode::parse("fedex").unwrap();
    let mut stranger = other.clone();
    stranger.carrier = carrier();
    stranger.number = TrackingNumber::parse("1Z999AA10123456785").unwrap();
    let parcel = fold(
        &number(),
        &carrier(),
        &[other, stranger],
        &viewer(),
        Which::Newest,
        &read,
    );
    assert!(!parcel.is_known());
}

#[test]
fn the_highest_revision_of_a_file_counts() {
    let first = || import("2026-11-21", 0).event(scan("08:00")).of_file("a.csv", 1);
    let second = || import("2026-11-23", 0).event(scan("09:00")).of_file("a.csv", 2);
    let other = || import("2026-11-22", 0).event(scan("10:00")).of_file("b.csv", 1);
    check(&[first(), other()], "IT: 11-20T10:00 AR, 11-20T08:00 AR");
    check(&[first(), second(), other()], "IT: 11-20T10:00 AR, 11-20T09:00 AR");
    // A replacement that the corrected layout no longer finds replaces nothing.
    let wrong = import("2026-11-22", 0)
        .event(scan("11:00"))
        .of_file("c.csv", 1)
        .replacing();
    let right = import("2026-11-23", 0).event(scan("12:00")).of_file("c.csv", 2);
    check(&[other(), wrong, right], "IT: 11-20T12:00 AR, 11-20T10:00 AR");
}

#[test]
fn replace_leaves_out_what_arrived_before() {
    let before = || import("2026-11-21", 0).event(scan("08:00"));
    let replacing = || import("2026-11-22", 0).event(scan("09:00")).replacing();
    let after = || import("2026-11-23", 0).event(scan("10:00"));
    check(&[before(), replacing()], "IT: 11-20T09:00 AR");
    check(&[before(), replacing(), after()], "IT: 11-20T10:00 AR, 11-20T09:00 AR");
    let fact = || import("2026-11-21", 1).fact(FactName::Service, "Ground", "");
    check(&[fact(), replacing()], "IT: 11-20T09:00 AR");
    check(
        &[
            before(),
            replacing(),
            import("2026-11-24", 0).event(scan("11:00")).replacing(),
        ],
        "IT: 11-20T11:00 AR",
    );
}

#[test]
fn replace_within_a_file_goes_by_the_row() {
    let row = |offset, clock| import("2026-11-21", offset).event(scan(clock));
    check(
        &[row(0, "08:00"), row(100, "09:00").replacing(), row(200, "10:00")],
        "IT: 11-20T10:00 AR, 11-20T09:00 AR",
    );
}

#[test]
fn replace_is_of_one_scope_and_kind() {
    let own = || import("2026-11-21", 0).event(scan("08:00")).of_account("acme");
    let replacing = || import("2026-11-22", 0).event(scan("09:00")).replacing();
    check_for("acme", &[own(), replacing()], "IT: 11-20T09:00 AR, 11-20T08:00 AR");
    let answer = live("2026-11-20T13:00:00Z", 0).event(scan("07:00"));
    check(&[answer, replacing()], "IT: 11-20T09:00 AR, 11-20T07:00 AR");
}

#[test]
fn live_events_after_the_first_import_are_left_out() {
    let imported = || import("2026-11-21", 0).event(scan("08:00"));
    let early = || live("2026-11-20T12:00:00Z", 0).event(scan("07:00"));
    let late = || live("2026-11-22", 0).event(scan("09:00"));
    check(&[early(), imported(), late()], "IT: 11-20T08:00 AR, 11-20T07:00 AR");
    check(&[late()], "IT: 11-20T09:00 AR");
    let between = live("2026-11-21T06:00:00Z", 0).event(scan("09:30"));
    let again = import("2026-11-22", 0).event(scan("10:00"));
    check(&[imported(), between, again], "IT: 11-20T10:00 AR, 11-20T08:00 AR");
    let late_fact = live("2026-11-22", 0).fact(FactName::Service, "Ground", "");
    check(&[imported(), late_fact], "IT: 11-20T08:00 AR");
    // A late copy of an imported event adds nothing to it.
    let richer = live("2026-11-22", 0).event(event_in("AR", "2026-11-20T08:00Z", "Austin"));
    check(&[imported(), richer], "IT: 11-20T08:00 AR");
    // An imported fact is an import too.
    let fact = import("2026-11-21", 0).fact(FactName::Service, "Ground", "");
    check(&[fact, late()], "UN {service=Ground}");
}

#[test]
fn live_events_are_left_out_by_the_order_of_arrival_not_of_storing() {
    let imported = import("2026-11-21", 0).event(scan("08:00"));
    let late = live("2026-11-22", 0).event(scan("09:00"));
    let stored_first: [Row; 2] = [late.clone(), imported.clone()];
    check(&stored_first, "IT: 11-20T08:00 AR");
    check(&[imported, late], "IT: 11-20T08:00 AR");
}

#[test]
fn another_accounts_imports_silence_nobody_else() {
    let imported = || import("2026-11-21", 0).event(scan("08:00")).of_account("acme");
    let late = || live("2026-11-22", 0).event(scan("09:00"));
    check_for("acme", &[imported(), late()], "IT: 11-20T08:00 AR");
    check_for("other", &[imported(), late()], "IT: 11-20T09:00 AR");
}

#[test]
fn each_entry_of_a_late_answer_is_judged_by_its_own_journey() {
    let imported = import("2026-06-01", 0).event(event("DE", "2026-06-01T08:00Z"));
    // One answer, one place in it: an event of the imported life and one of the next.
    let answer = live("2026-11-22", 0)
        .event(event("AR", "2026-05-30T08:00Z"))
        .event(event("NEW", "2026-11-21T08:00Z"));
    check(&[imported, answer], "NY: 11-21T08:00 NEW");
}
