//! Numbers that are used again.

use milepost_model::{FactName, IMPORT_FED_DAYS, import_fed};

use crate::check::{check, check_at, folded};
use crate::rows::{Row, event, import, instant, live};

/// Events at noon, imported together.
fn seen(events: &[(&str, &str)]) -> Vec<Row> {
    let row = |(nth, (code, day)): (usize, &(&str, &str))| {
        import("2026-12-31", u64::try_from(nth).unwrap()).event(event(code, &format!("{day}T12:00Z")))
    };
    events.iter().enumerate().map(row).collect()
}

#[test]
fn a_long_silence_after_an_end_begins_a_journey() {
    let ended = ("DE", "2026-01-01");
    check(
        &seen(&[("AR", "2025-12-30"), ended, ("AR", "2026-05-02")]),
        "IT: 05-02T12:00 AR",
    );
    // 120 days to the minute are not more than 120.
    check(
        &seen(&[ended, ("AR", "2026-05-01")]),
        "DE: 05-01T12:00 AR, 01-01T12:00 DE",
    );
    check(
        &seen(&[("RT", "2026-01-01"), ("AR", "2026-06-01")]),
        "IT: 06-01T12:00 AR",
    );
    check(
        &seen(&[("DE", "2026-01-01"), ("X9", "2026-01-05"), ("X9", "2026-06-01")]),
        "UN: 06-01T12:00 X9",
    );
    // What is not mapped neither ends nor goes on.
    check(
        &seen(&[("RT", "2026-01-01"), ("X9", "2026-01-05"), ("AR", "2026-06-01")]),
        "IT: 06-01T12:00 AR",
    );
}

#[test]
fn a_long_silence_before_a_beginning_begins_a_journey() {
    check(
        &seen(&[("AR", "2026-01-01"), ("NEW", "2026-06-01")]),
        "NY: 06-01T12:00 NEW",
    );
    check(
        &seen(&[("AR", "2026-01-01"), ("PU", "2026-06-01")]),
        "AC: 06-01T12:00 PU",
    );
    check(
        &seen(&[("AR", "2026-01-01"), ("PU", "2026-03-01")]),
        "AC: 03-01T12:00 PU, 01-01T12:00 AR",
    );
}

#[test]
fn silence_alone_begins_nothing() {
    check(
        &seen(&[("AR", "2026-01-01"), ("AR", "2026-06-01")]),
        "IT: 06-01T12:00 AR, 01-01T12:00 AR",
    );
}

#[test]
fn the_end_of_the_life_before_ends_nothing_more() {
    check(
        &seen(&[("DE", "2025-01-01"), ("NEW", "2026-01-01"), ("AR", "2026-06-01")]),
        "IT: 06-01T12:00 AR, 01-01T12:00 NEW",
    );
}

#[test]
fn a_new_journey_is_no_longer_delivered() {
    check(
        &seen(&[("DE", "2026-01-01"), ("NEW", "2026-06-01")]),
        "NY: 06-01T12:00 NEW",
    );
}

#[test]
fn a_number_may_be_used_more_than_twice() {
    let rows = seen(&[
        ("DE", "2024-01-01"),
        ("NEW", "2025-01-01"),
        ("DE", "2025-01-05"),
        ("NEW", "2026-01-01"),
    ]);
    check(&rows, "NY: 01-01T12:00 NEW");
    check_at(instant("2025-02-01"), &rows, "DE: 01-05T12:00 DE, 01-01T12:00 NEW");
    check_at(instant("2023-01-01"), &rows, "DE: 01-01T12:00 DE");
}

#[test]
fn a_follower_belongs_to_the_journey_it_was_started_in() {
    let rows = seen(&[
        ("PU", "2026-01-01"),
        ("DE", "2026-01-05"),
        ("NEW", "2026-07-01"),
        ("DE", "2026-07-05"),
    ]);
    let old = "DE: 01-05T12:00 DE, 01-01T12:00 PU";
    let new = "DE: 07-05T12:00 DE, 07-01T12:00 NEW";
    for (started, expected) in [
        ("2025-12-30", old),
        ("2026-01-02", old),
        ("2026-01-20", old), // to see a delivered parcel once more
        ("2026-06-25", new), // the label is printed, the first scan is still to come
        ("2026-07-02", new),
        ("2026-12-01", new),
    ] {
        check_at(instant(started), &rows, expected);
    }
    check_at(instant("2026-01-20"), &rows[..2], old);
}

#[test]
fn facts_belong_to_the_nearer_journey() {
    let rows = |at| {
        let mut rows = seen(&[("DE", "2026-01-05"), ("NEW", "2026-07-01")]);
        rows.push(import("2026-12-31", 9).fact(FactName::Service, "Ground", at));
        rows
    };
    let (with, without) = ("NY: 07-01T12:00 NEW {service=Ground}", "NY: 07-01T12:00 NEW");
    check(&rows("2025-12-01"), without);
    check(&rows("2026-01-20"), without);
    check(&rows("2026-06-30"), with);
    check(&rows("2026-08-01"), with);
    check_at(
        instant("2026-01-01"),
        &rows("2026-01-20"),
        "DE: 01-05T12:00 DE {service=Ground}",
    );
}

#[test]
fn a_status_of_the_old_life_says_nothing_of_the_new() {
    let mut rows = seen(&[("AR", "2026-01-05"), ("NEW", "2026-07-01")]);
    rows.push(import("2026-12-31", 9).fact(FactName::Status, "DE", "2026-01-06"));
    check(&rows, "NY: 07-01T12:00 NEW");
}

#[test]
fn an_imported_parcel_is_import_fed_for_120_days() {
    let day = |days: i64| instant("2026-11-21") + jiff::SignedDuration::from_hours(24 * days);
    let fed = |rows: &[Row], days| import_fed(&folded(rows), day(days));
    let scan = || event("AR", "2026-11-20T12:00Z");
    let imported = || import("2026-11-21", 0).event(scan());
    assert!(fed(&[imported()], 0));
    assert!(fed(&[imported()], IMPORT_FED_DAYS));
    assert!(!fed(&[imported()], IMPORT_FED_DAYS + 1));
    assert!(fed(&[imported()], -1), "a clock that is behind");
    assert!(!fed(&[live("2026-11-21", 0).event(scan())], 0));
    assert!(!fed(&[], 0));
    let fact = import("2026-11-21", 0).fact(FactName::Service, "Ground", "");
    assert!(fed(&[fact], 1));
    // The last import counts, also when it repeats an event that came another way before.
    let again = || import("2026-11-25", 0).event(scan());
    assert!(fed(&[imported(), again()], IMPORT_FED_DAYS + 4));
    assert!(fed(
        &[live("2026-11-20T13:00:00Z", 0).event(scan()), again()],
        IMPORT_FED_DAYS + 4
    ));
}

#[test]
fn an_import_of_the_old_life_does_not_feed_the_new() {
    let old = import("2026-01-02", 0).event(event("DE", "2026-01-01T12:00Z"));
    let new = live("2026-07-01T13:00:00Z", 0).event(event("NEW", "2026-07-01T12:00Z"));
    let parcel = folded(&[old, new]);
    assert_eq!(parcel.last_import, None);
    assert_eq!(parcel.events.len(), 1, "and does not silence its live events");
}
