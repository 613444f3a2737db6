//! Sets of rows from small alphabets, so that rows meet: equal identities, equal arrivals, places that differ.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time, date};
use jiff::tz::{Offset, offset};
use milepost_model::{
    AccountId, Arrival, Bundle, DetailCode, EventTime, Fact, FactName, FileIdentity, FileVersion, Kind, Place, Scope,
    SourceHash, Status, TrackingEvent, Wall, WrittenZone,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::rows::Row;

/// Everything at once: several sources, scopes, revisions, `replace`, journeys far apart.
pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let days = select(vec![0, 0, 1, 2, 130, 131, 300]);
    sources(any_source(), day_wall(days), true)
}

/// One journey of shared files, nothing left out: what arrives later only adds.
pub(crate) fn growing_rows() -> impl Strategy<Value = Vec<Row>> {
    let shared = (0..4u64, 0..2u32).prop_map(|(day, source)| Row {
        arrival: arrival(day, source),
        kind: Kind::Import,
        scope: Scope::Shared,
        file: None,
        replaces: false,
        notify_from: None,
        events: Vec::new(),
        facts: Vec::new(),
    });
    sources(shared, day_wall(select(vec![0, 0, 1])), false)
}

/// Times at both ends of the calendar, under offsets that lead beyond it, and arrivals that no clock gives.
pub(crate) fn extreme_rows() -> impl Strategy<Value = Vec<Row>> {
    let days = select(vec![Date::MIN, date(-1, 12, 31), date(0, 1, 1), first_day(), Date::MAX]);
    let walls = (days, select(vec![None, Some(Time::MIN), Some(Time::MAX)])).prop_map(|(day, clock)| match clock {
        None => Wall::Date(day),
        Some(clock) => Wall::At(day.to_datetime(clock)),
    });
    let zones = select(vec![
        WrittenZone::Unstated,
        WrittenZone::Utc,
        WrittenZone::Offset(Offset::MIN),
        WrittenZone::Offset(Offset::MAX),
    ]);
    let ends = (
        select(vec![0, 1, u64::MAX]),
        select(vec![None, Some(Timestamp::MIN), Some(Timestamp::MAX)]),
    );
    let row = (any_source(), sources(any_source(), walls, true), zones, ends);
    row.prop_map(|(source, mut rows, zone, (at_ms, notify_from))| {
        for (nth, row) in (0..).zip(&mut rows) {
            row.notify_from = notify_from;
            row.kind = if nth % 2 == 0 { source.kind } else { row.kind };
            row.arrival.at_ms = at_ms;
            row.arrival.offset = u64::MAX - nth;
            for event in &mut row.events {
                event.time.zone.clone_from(&zone);
            }
        }
        rows
    })
}

fn sources(
    source: impl Strategy<Value = Row>,
    wall: impl Strategy<Value = Wall> + Clone + 'static,
    may_replace: bool,
) -> impl Strategy<Value = Vec<Row>> {
    let row = (
        0..4u64,
        prop::bool::weighted(if may_replace { 0.1 } else { 0.0 }),
        prop::collection::vec(event(wall.clone()), 0..4),
        prop::collection::vec(fact(wall), 0..3),
    );
    let source = (source, prop::collection::vec(row, 1..5)).prop_map(|(source, rows)| {
        let rows = rows.into_iter().map(|(offset, replaces, events, facts)| Row {
            arrival: source.arrival.at_offset(offset * 100),
            replaces,
            events,
            facts,
            ..source.clone()
        });
        rows.collect::<Vec<_>>()
    });
    prop::collection::vec(source, 1..5).prop_map(|sources| sources.concat())
}

fn any_source() -> impl Strategy<Value = Row> {
    (
        (select(vec![0, 1, 2, 131, 299u64]), 0..2u32),
        select(vec![Kind::Import, Kind::Import, Kind::Live]),
        select(vec![
            Scope::Shared,
            Scope::Account(AccountId::default_account()),
            Scope::Account(other_account()),
        ]),
        prop::option::of((select(vec!["a", "b"]), 1..3u32)),
        prop::option::of(select(vec![0, 1, 200])),
    )
        .prop_map(|((day, source), kind, scope, file, notify_day)| Row {
            arrival: arrival(day, source),
            kind,
            scope,
            file: file.map(|(name, revision)| FileVersion {
                file: FileIdentity::of(&[name]),
                revision,
            }),
            replaces: false,
            notify_from: notify_day.map(midnight),
            events: Vec::new(),
            facts: Vec::new(),
        })
}

pub(crate) fn other_account() -> AccountId {
    AccountId::parse("other").unwrap()
}

fn first_day() -> Date {
    date(2026, 1, 10)
}

fn midnight(days: i32) -> Timestamp {
    let day = first_day() + jiff::Span::new().days(days);
    day.at(0, 0, 0, 0)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
}

fn arrival(day: u64, source: u32) -> Arrival {
    let first = u64::try_from(midnight(1).as_millisecond()).unwrap();
    Arrival {
        at_ms: first + day * 86_400_000,
        source: SourceHash(source),
        offset: 0,
    }
}

/// Dates alone, and minutes that meet in UTC when the offsets differ.
fn day_wall(days: impl Strategy<Value = i32> + Clone) -> impl Strategy<Value = Wall> + Clone {
    let clock = select(vec![None, Some((9, 0)), Some((9, 30)), Some((14, 0)), Some((15, 0))]);
    (days, clock).prop_map(|(days, clock)| {
        let day = first_day() + jiff::Span::new().days(days);
        match clock {
            None => Wall::Date(day),
            // The seconds are not part of the identity.
            Some((hour, second)) => Wall::At(day.at(hour, 0, second, 0)),
        }
    })
}

fn zone() -> impl Strategy<Value = WrittenZone> + Clone {
    select(vec![
        WrittenZone::Unstated,
        WrittenZone::Unstated,
        WrittenZone::Offset(offset(-5)),
        WrittenZone::Offset(offset(-6)),
        WrittenZone::Offset(offset(10)),
        WrittenZone::Utc,
        WrittenZone::Feed("America/Chicago".into()),
    ])
}

fn time(wall: impl Strategy<Value = Wall> + Clone) -> impl Strategy<Value = EventTime> + Clone {
    (wall, zone()).prop_map(|(wall, zone)| EventTime { wall, zone })
}

fn text(words: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(words).prop_map(str::to_owned)
}

fn place() -> impl Strategy<Value = Place> {
    (
        text(&["", "", "Denver", "DENVER", "Austin", "Boise"]),
        text(&["", "", "80201", "78701"]),
        text(&["", "CO", "TX"]),
    )
        .prop_map(|(city, postal_code, state)| Place {
            city,
            postal_code,
            state,
            ..Place::default()
        })
}

fn event(wall: impl Strategy<Value = Wall> + Clone) -> impl Strategy<Value = TrackingEvent> {
    (
        time(wall),
        text(&["", "AR", "AR", "DE", "NEW", "RT", "?"]),
        text(&["", "Arrived", "ARRIVED!", "Out"]),
        place(),
        (text(&["", "J. Doe", "M. Roe"]), text(&["", "", "2"])),
        (
            prop::option::weighted(0.3, 0..3u32),
            prop::option::weighted(0.1, select(vec![DetailCode::Delivered, DetailCode::PickedUp])),
            prop::option::weighted(0.1, select(vec![Status::Delivered, Status::Accepted])),
        ),
    )
        .prop_map(
            |(time, code, description, place, (signer, piece), (sequence, detail, status))| TrackingEvent {
                code,
                description,
                place,
                signer,
                piece,
                sequence,
                detail,
                status,
                ..TrackingEvent::at(time)
            },
        )
}

fn fact(wall: impl Strategy<Value = Wall> + Clone) -> impl Strategy<Value = Fact> {
    let names = vec![
        FactName::Status,
        FactName::StatusDetail,
        FactName::CarrierStatus,
        FactName::Service,
    ];
    (
        select(names),
        text(&["IT", "DE", "UN", "", "RETURN_TO_SENDER"]),
        prop::option::of(time(wall)),
    )
        .prop_map(|(name, value, as_of)| Fact { name, value, as_of })
}

/// How rows are put in bundles: where to cut, and in which order the bundles then lie.
#[derive(Debug, Clone)]
pub(crate) struct Cuts {
    cuts: Vec<bool>,
    order: Vec<u16>,
}

pub(crate) fn cuts() -> impl Strategy<Value = Cuts> {
    let cuts = prop::collection::vec(any::<bool>(), 64);
    let order = prop::collection::vec(any::<u16>(), 256);
    (cuts, order).prop_map(|(cuts, order)| Cuts { cuts, order })
}

impl Cuts {
    /// Bundles of rows that came together, in order of offset; a row that replaces begins one. Now and then a row is
    /// cut in two, as a bundle that is full does.
    pub(crate) fn bundles(&self, rows: &[Row]) -> Vec<Bundle> {
        let mut sources: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let together = (
                row.arrival.at_offset(0),
                row.kind,
                &row.scope,
                row.file,
                row.notify_from,
            );
            sources.entry(format!("{together:?}")).or_default().push(row);
        }
        let mut cut = self.cuts.iter().cycle();
        let mut bundles: Vec<Bundle> = Vec::new();
        for rows in sources.values_mut() {
            rows.sort_by_key(|row| row.arrival.offset);
            let mut open: Option<Bundle> = None;
            for row in rows {
                for part in parts(row, *cut.next().unwrap()) {
                    match &mut open {
                        Some(open) if !part.replaces && *cut.next().unwrap() => {
                            open.events.extend(part.events);
                            open.facts.extend(part.facts);
                        }
                        _ => bundles.extend(open.replace(part)),
                    }
                }
            }
            bundles.extend(open);
        }
        self.shuffled(bundles)
    }

    /// In this partition's order.
    pub(crate) fn shuffled(&self, bundles: Vec<Bundle>) -> Vec<Bundle> {
        let mut keyed: Vec<_> = self.order.iter().cycle().zip(bundles).collect();
        keyed.sort_by_key(|(key, _)| **key);
        keyed.into_iter().map(|(_, bundle)| bundle).collect()
    }
}

fn parts(row: &Row, split: bool) -> Vec<Bundle> {
    let whole = row.bundle();
    if !split || whole.events.len() < 2 {
        return vec![whole];
    }
    let (mut first, mut rest) = (whole.clone(), whole);
    first.events.truncate(1);
    rest.events.remove(0);
    first.facts.clear();
    rest.replaces = false;
    vec![first, rest]
}
