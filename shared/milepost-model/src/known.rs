//! Whether the table has a bundle's events and facts already.
//!
//! Carriers send cumulative files again and again, with a few rows more each time. A bundle of rows that came before
//! need not be stored: no answer would change. That is claimed only where it is certain; a bundle that is stored once
//! too often costs a write and changes nothing either.

use crate::group::{Subject, minute_of_day};
use crate::journey::DAY_MS;
use crate::{Arrival, Arrived, Bundle, EventTime, Fact, IMPORT_FED_DAYS, TrackingEvent, Wall, WrittenZone};

/// What came longer ago than this is stored again, in milliseconds: imports that say nothing new still say that the
/// parcel is fed by imports ([`crate::import_fed`]). A quarter of the time that they do.
const STANDS_MS: u64 = (IMPORT_FED_DAYS / 4 * DAY_MS).unsigned_abs();

/// Places have offsets from UTC that are multiples of this: times that differ by anything else are no one instant.
const OFFSET_STEP_SECONDS: i64 = 15 * 60;

/// No two offsets from UTC are further apart: from -12 to +14 hours.
const OFFSETS_APART_SECONDS: i64 = 26 * 3_600;

/// Whether an imported bundle may be left out beside those that are stored of its number. Answers folded now, and later
/// with whatever arrives behind it, are the same but for the instant of the last import, for the loudness of a fact that came
/// back quietly and was loud before, and for what decision 0037 gives up.
///
/// Each event and each row of facts must be in a stored bundle of another file that everybody sees who would see this
/// one, that lives as long and hides no more; nothing that arrived since may say otherwise of it. A fact without a time
/// of its own holds since it arrived, so its repeat is news.
pub fn is_known(bundle: &Bundle, stored: &[Bundle]) -> bool {
    let stored: Vec<&Bundle> = stored
        .iter()
        .filter(|other| other.number == bundle.number && other.carrier == bundle.carrier)
        .collect();
    // What an earlier revision of the layout read from this file counts until the first bundle of this one.
    if bundle.replaces || stored.iter().any(|other| supersedes(bundle, other)) {
        return false;
    }
    let stand: Vec<&Bundle> = stored
        .iter()
        .copied()
        .filter(|other| stands_for(other, bundle, &stored))
        .collect();
    let mut rows_of_facts = bundle.facts.chunk_by(|a, b| a.offset == b.offset);
    bundle
        .events
        .iter()
        .all(|event| event_is_known(&event.value, bundle.arrival_at(event.offset), &stand, &stored))
        && rows_of_facts.all(|row| facts_are_known(row, bundle, &stand, &stored))
}

/// Whether `bundle` is of the same file under a higher revision of its layout.
fn supersedes(bundle: &Bundle, other: &Bundle) -> bool {
    matches!((bundle.file, other.file), (Some(new), Some(old)) if new.file == old.file && new.revision > old.revision)
}

/// Whether what a stored bundle says makes the same said by `bundle` superfluous, whoever views and when.
fn stands_for(other: &Bundle, bundle: &Bundle, stored: &[&Bundle]) -> bool {
    let counts = |by: &&Bundle| {
        let replaced = by.replaces && by.scope == other.scope && by.kind == other.kind && by.arrival > other.arrival;
        !replaced && !supersedes(by, other)
    };
    let age_ms = bundle.arrival.at_ms.checked_sub(other.arrival.at_ms);
    (&other.scope, other.kind) == (&bundle.scope, bundle.kind)
        && other.file.is_none_or(|file| Some(file) != bundle.file)
        && other.expires_at >= bundle.expires_at
        && other.notify_from <= bundle.notify_from
        && age_ms.is_some_and(|age_ms| age_ms <= STANDS_MS)
        && stored.iter().all(counts)
}

/// Whether an event that arrives `at` has been reported so, and not otherwise since.
fn event_is_known(event: &TrackingEvent, at: Arrival, stand: &[&Bundle], stored: &[&Bundle]) -> bool {
    let reported = events(stand).filter(|(arrival, other)| *arrival < at && *other == event);
    let Some(since) = reported.map(|(arrival, _)| arrival).max() else {
        return false;
    };
    let subject = Subject::of(event);
    let kin = || events(stored).filter(|(_, other)| Subject::of(other) == subject);
    // One source writes local time and another UTC: then any two reports may turn out to be of one minute.
    let mixed = kin().any(|(_, other)| is_utc(other)) && kin().any(|(_, other)| !is_utc(other));
    kin().all(|(arrival, other)| {
        arrival < since || other == event || !(mixed || may_be_at_once(other.time.wall, event.time.wall))
    })
}

/// Whether a row of facts has been reported so, and no other value as of the same time since.
fn facts_are_known(row: &[Arrived<Fact>], bundle: &Bundle, stand: &[&Bundle], stored: &[&Bundle]) -> bool {
    let Some(at) = row.first().map(|fact| bundle.arrival_at(fact.offset)) else {
        return true;
    };
    let said = |rows: &[Arrived<Fact>]| {
        rows.iter()
            .map(|fact| &fact.value)
            .eq(row.iter().map(|fact| &fact.value))
    };
    let reported = stand.iter().flat_map(|other| {
        let rows = other.facts.chunk_by(|a, b| a.offset == b.offset);
        rows.filter(|rows| said(rows))
            .filter_map(|rows| Some(other.arrival_at(rows.first()?.offset)))
    });
    let Some(since) = reported.filter(|arrival| *arrival < at).max() else {
        return false;
    };
    let since_then = || {
        let facts = stored.iter().flat_map(|other| {
            let facts = other.facts.iter();
            facts.map(|fact| (other.arrival_at(fact.offset), &fact.value))
        });
        facts.filter(|(arrival, _)| *arrival >= since)
    };
    row.iter().map(|fact| &fact.value).all(|fact| {
        let Some(as_of) = &fact.as_of else { return false };
        let mut otherwise = since_then().filter(|(_, other)| other.name == fact.name && other.value != fact.value);
        otherwise.all(|(_, other)| other.as_of.as_ref().is_some_and(|other| !may_tie(other, as_of)))
    })
}

fn events<'a>(bundles: &[&'a Bundle]) -> impl Iterator<Item = (Arrival, &'a TrackingEvent)> {
    bundles.iter().flat_map(|bundle| {
        let events = bundle.events.iter();
        events.map(|event| (bundle.arrival_at(event.offset), &event.value))
    })
}

/// A date alone may be any minute of it.
fn may_be_at_once(a: Wall, b: Wall) -> bool {
    let (minute, other) = (minute_of_day(a), minute_of_day(b));
    a.date() == b.date() && (minute == other || minute.is_none() || other.is_none())
}

fn is_utc(event: &TrackingEvent) -> bool {
    matches!(event.time.wall, Wall::At(_)) && event.time.zone == WrittenZone::Utc
}

/// Whether two times may be one instant, whatever the zones are that they do not state.
fn may_tie(a: &EventTime, b: &EventTime) -> bool {
    let apart = a.as_if_utc().as_second() - b.as_if_utc().as_second();
    if a.stated_instant().is_some() && b.stated_instant().is_some() {
        apart == 0
    } else {
        apart % OFFSET_STEP_SECONDS == 0 && apart.abs() <= OFFSETS_APART_SECONDS
    }
}
