//! What is news to a follower, and what is to be told aloud.

use milepost_model::{FactName, News, Status, Told};

use crate::check::folded;
use crate::rows::{Row, event, import};

/// What the later rows are to one who was told of the first: how many events, whether the status is another, and whether
/// anything is to be told.
#[track_caller]
fn check(first: &[Row], later: &[Row], expected: Option<(usize, bool, bool)>) {
    let told = Told::all_of(&folded(first));
    let all = folded(&[first, later].concat());
    let summary = |news: News| (news.events.len(), news.status_changed, news.loud);
    assert_eq!(told.news(&all).map(summary), expected, "{all:#?}");
    assert_eq!(Told::all_of(&all).news(&all), None);
}

fn scan() -> Row {
    import("2026-11-21", 0).event(event("AR", "2026-11-20T08:00Z"))
}

#[test]
fn new_events_and_statuses_are_news() {
    check(&[scan()], &[], None);
    check(&[], &[scan()], Some((1, true, true)));
    let held = import("2026-11-22", 0).event(event("HO", "2026-11-20T09:00Z"));
    check(&[scan()], &[held], Some((1, true, true)));
    let older = import("2026-11-22", 0).event(event("PU", "2026-11-20T07:00Z"));
    check(&[scan()], &[older], Some((1, false, true)));
}

#[test]
fn another_copy_of_an_event_is_no_news() {
    check(
        &[scan()],
        &[import("2026-11-22", 0).event(event("AR", "2026-11-20T08:00:30Z"))],
        None,
    );
}

#[test]
fn a_fact_is_news_when_its_value_changes_or_returns() {
    let fact = |day: &str, value: &str| import(day, 9).fact(FactName::EstimatedDelivery, value, day);
    let monday = || fact("2026-11-21", "Monday");
    let tuesday = || fact("2026-11-22", "Tuesday");
    check(&[scan()], &[monday()], Some((0, false, true)));
    check(&[scan(), monday()], &[fact("2026-11-22", "Monday")], None);
    check(&[scan(), monday()], &[tuesday()], Some((0, false, true)));
    check(
        &[scan(), monday()],
        &[tuesday(), fact("2026-11-23", "Monday")],
        Some((0, false, true)),
    );
    check(&[scan(), tuesday()], &[fact("2026-11-20", "Sunday")], None);
}

#[test]
fn what_happened_before_a_connection_tells_is_taken_as_told() {
    let old = || scan().told_from("2026-11-20T12:00:00Z");
    check(&[], &[old()], Some((1, true, false)));
    let new = import("2026-11-21", 1)
        .event(event("OF", "2026-11-20T13:00Z"))
        .told_from("2026-11-20T12:00:00Z");
    check(&[], &[old(), new], Some((2, true, true)));
    let quiet_fact = scan()
        .fact(FactName::Service, "Ground", "2026-11-20T08:00Z")
        .told_from("2026-11-20T12:00:00Z");
    check(&[], &[quiet_fact], Some((1, true, false)));
    // One of two copies is to be told.
    check(
        &[],
        &[old(), import("2026-11-22", 0).event(event("AR", "2026-11-20T08:00Z"))],
        Some((1, true, true)),
    );
}

#[test]
fn a_loud_fact_beside_quiet_events_is_told() {
    let old = scan().told_from("2026-11-20T12:00:00Z");
    let fact = import("2026-11-21", 1)
        .fact(FactName::EstimatedDelivery, "Monday", "2026-11-21")
        .told_from("2026-11-20T12:00:00Z");
    check(&[], &[old, fact], Some((1, true, true)));
}

#[test]
fn a_quiet_fact_restated_aloud_is_told_once() {
    let fact = |day: &str| import(day, 9).fact(FactName::Service, "Ground", day);
    let quiet = || fact("2026-11-21").told_from("2026-11-25");
    check(&[scan()], &[quiet()], Some((0, false, false)));
    check(&[scan()], &[quiet(), fact("2026-11-26")], Some((0, false, true)));
    check(&[scan(), quiet()], &[fact("2026-11-26")], None);
}

#[test]
fn events_that_were_replaced_are_no_news_but_are_noted() {
    let replacing = import("2026-11-22", 0)
        .event(event("AR", "2026-11-20T08:00Z"))
        .replacing();
    let other = import("2026-11-21", 1).event(event("PU", "2026-11-20T07:00Z"));
    check(&[scan(), other], &[replacing], Some((0, false, false)));
}

#[test]
fn under_another_rule_of_identity_only_the_status_is_loud() {
    let now = folded(&[scan()]);
    let mut told = Told::all_of(&now);
    told.version = 0;
    told.identities.clear();
    let news = told.news(&now).unwrap();
    assert_eq!((news.events.len(), news.status_changed, news.loud), (0, false, false));
    told.status = Status::Accepted;
    assert!(told.news(&now).unwrap().loud);
}
