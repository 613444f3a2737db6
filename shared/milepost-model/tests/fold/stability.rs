//! What was told once keeps its name: what arrives later adds events and never renames one.

use std::collections::BTreeSet;

use milepost_model::{Arrival, EventIdentity, Parcel, Told, Which, WrittenZone, fold};
use proptest::prelude::*;

use crate::arbitrary::growing_rows;
use crate::check::{folded, shown_event};
use crate::reader::read;
use crate::rows::{Row, carrier, event, event_in, import, number, viewer};

fn parcel(rows: &[Row]) -> Parcel {
    let bundles: Vec<_> = rows.iter().map(Row::bundle).collect();
    fold(&number(), &carrier(), &bundles, &viewer(), Which::Newest, &read)
}

fn identities(parcel: &Parcel) -> BTreeSet<EventIdentity> {
    parcel.events.iter().map(|event| event.identity).collect()
}

/// Rows up to an arrival, and all of them.
fn prefix(rows: &[Row], nth: usize) -> (Vec<Row>, Arrival) {
    let until = rows.iter().cycle().nth(nth).unwrap().arrival;
    let early = rows.iter().filter(|row| row.arrival <= until).cloned().collect();
    (early, until)
}

proptest! {
    #[test]
    fn an_event_that_arrives_later_is_news(rows in growing_rows(), nth in 0..20usize) {
        let (early, until) = prefix(&rows, nth);
        let known = identities(&parcel(&early));
        for event in parcel(&rows).events {
            if event.first_arrival > until {
                prop_assert!(!known.contains(&event.identity), "{:?} hides behind a name that was told", event);
            }
        }
    }

    #[test]
    fn an_event_that_was_told_keeps_its_identity(rows in growing_rows(), nth in 0..20usize) {
        // Joining UTC with local copies takes one of two events away, and a new event may tell others their zone; all
        // else only adds.
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|mut row| {
                row.events.retain(|event| event.time.zone != WrittenZone::Utc);
                row.facts.retain(|fact| fact.as_of.as_ref().is_none_or(|time| time.stated_instant().is_some()));
                row
            })
            .collect();
        let (early, until) = prefix(&rows, nth);
        let (before, after) = (parcel(&early), parcel(&rows));
        let known = identities(&before);
        prop_assert!(known.is_subset(&identities(&after)), "renamed or lost");
        for event in &after.events {
            prop_assert_eq!(event.first_arrival <= until, known.contains(&event.identity), "{:?}", event);
        }
        let restated = |name| before.facts.get(name).is_some_and(|fact| {
            after.facts.get(name).is_some_and(|now| now.value == fact.value && now.began != fact.began && now.began <= until)
        });
        prop_assert!(!before.facts.keys().any(restated), "a value that did not change began anew");
    }
}

/// After `first` was told, the later rows bring these new events, as [`shown_event`] writes them.
#[track_caller]
fn check(first: &[Row], later: &[Row], expected: &[&str]) {
    let told = Told::all_of(&folded(first));
    let all = folded(&[first, later].concat());
    let news = told.news(&all).map_or(Vec::new(), |news| news.events);
    let new = all.events.iter().filter(|event| news.contains(&event.identity));
    assert_eq!(new.map(shown_event).collect::<Vec<_>>(), expected, "{all:#?}");
}

#[test]
fn a_second_place_does_not_rename_the_first() {
    let at = "2026-11-20T14:03-06";
    let bare = || import("2026-11-20", 0).event(event("AR", at));
    let zurich = || import("2026-11-21", 0).event(event_in("AR", at, "Zurich"));
    let bern = || import("2026-11-22", 0).event(event_in("AR", at, "Bern"));
    check(&[bare()], &[zurich()], &[]);
    check(&[bare(), zurich()], &[bern()], &["11-20T20:03 AR Bern"]);
    check(&[zurich()], &[bern()], &["11-20T20:03 AR Bern"]);
    check(
        &[zurich(), bern()],
        &[import("2026-11-23", 0).event(event("AR", at))],
        &[],
    );

    let mut richer = event_in("AR", at, "Bern");
    richer.place.postal_code = "3000".into();
    check(
        &[bare(), zurich(), bern()],
        &[import("2026-11-23", 0).event(richer)],
        &[],
    );
}

#[test]
fn a_date_that_gets_its_time_is_no_news() {
    let date_only = |day| import(day, 0).event(event("DE", "2026-11-20"));
    let timed = |day| import(day, 0).event(event("DE", "2026-11-20T14:03-06"));
    let earlier = |day| import(day, 0).event(event("DE", "2026-11-20T09:00-06"));
    check(&[date_only("2026-11-20")], &[timed("2026-11-21")], &[]);
    check(&[timed("2026-11-20")], &[date_only("2026-11-21")], &[]);
    check(
        &[date_only("2026-11-20"), timed("2026-11-21")],
        &[earlier("2026-11-22")],
        &["11-20T15:00 DE"],
    );
}

#[test]
fn utc_and_local_are_one_whichever_came_first() {
    let utc = |day| import(day, 0).event(event("DE", "2026-11-20T20:03Z"));
    let local = |day| import(day, 0).event(event("DE", "2026-11-20T14:03-06"));
    check(&[utc("2026-11-20")], &[local("2026-11-21")], &[]);
    check(&[local("2026-11-20")], &[utc("2026-11-21")], &[]);
}
