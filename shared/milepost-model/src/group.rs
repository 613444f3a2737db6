//! From copies to distinct events.
//!
//! Copies are taken in order of arrival, and each joins the first event that it agrees with. So what arrives later adds
//! events and enriches them, but renames none that followers were told of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::copies::EventCopy;
use crate::identity::fold_text;
use crate::merge::by_arrival;
use crate::time::minute_of;
use crate::{EventIdentity, MergedEvent, TrackingEvent, Wall, WrittenZone};

/// Copies of one event.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    pub(crate) merged: MergedEvent,
    /// In order of arrival.
    pub(crate) copies: Vec<EventCopy<'a>>,
    subject: Subject<'a>,
    place: NamedPlace,
    /// Hour and minute; `None` while only the date is known.
    minute: Option<(i8, i8)>,
    /// Whether a copy has the local time.
    local: bool,
}

/// What two copies of one event share besides their time: piece, and code or else folded text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject<'a> {
    piece: &'a str,
    code: &'a str,
    text: String,
}

/// A place as far as it keeps events apart: postal code and city, as [`Names`] numbers them.
#[derive(Debug, Clone, Copy)]
struct NamedPlace {
    postal_code: usize,
    city: usize,
}

/// Numbers folded texts, so that an event is quickly compared with many; 0 is the empty text.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, usize>);

/// Groups copies into events: same subject, same minute, and no other place named. A date alone agrees with every minute
/// of that date, but what agrees to the minute, or is a date alone too, goes first.
pub(crate) fn group(mut copies: Vec<EventCopy<'_>>) -> Vec<Group<'_>> {
    copies.sort_by(by_arrival);
    let mut names = Names::default();
    let mut days: BTreeMap<(Subject<'_>, Date), Vec<Group<'_>>> = BTreeMap::new();
    for copy in copies {
        let subject = Subject::of(copy.value);
        let place = names.place(copy.value);
        let minute = minute_of_day(copy.value.time.wall);
        let day = days.entry((subject.clone(), copy.value.time.wall.date())).or_default();
        let same = |group: &Group<'_>| group.minute == minute && group.place.agrees(place);
        let may_be = |group: &Group<'_>| (group.minute.is_none() || minute.is_none()) && group.place.agrees(place);
        let host = day.iter().position(same).or_else(|| day.iter().position(may_be));
        if let Some(host) = host.and_then(|at| day.get_mut(at)) {
            host.add(copy, place);
            continue;
        }
        let mut identity = EventIdentity::of(copy.value);
        if day.iter().any(|group| group.merged.identity == identity) {
            identity = identity.elsewhere(&postal_code(copy.value), &city(copy.value));
        }
        day.push(Group::begin(identity, subject, place, copy));
    }
    days.into_values().flatten().collect()
}

/// Joins events of one subject that turned out to happen in one minute, where one of them came in UTC alone: one source
/// writes local time and another UTC. `instants` are those of `groups`; the outcome is in no order.
pub(crate) fn join_utc(groups: Vec<Group<'_>>, instants: impl Iterator<Item = Option<Timestamp>>) -> Vec<Group<'_>> {
    let mut placed: Vec<_> = groups.into_iter().zip(instants).collect();
    placed.sort_by_key(|(group, _)| (group.merged.first_arrival, group.merged.identity));
    let mut minutes: BTreeMap<(Subject<'_>, Option<i64>), Vec<Group<'_>>> = BTreeMap::new();
    for (group, instant) in placed {
        let minute = instant.map(minute_of);
        let together = minutes.entry((group.subject.clone(), minute)).or_default();
        let twin = together.iter_mut().find(|other| {
            minute.is_some() && (other.is_utc_alone() || group.is_utc_alone()) && other.place.agrees(group.place)
        });
        match twin {
            Some(twin) => twin.join(group),
            None => together.push(group),
        }
    }
    minutes.into_values().flatten().collect()
}

impl<'a> Group<'a> {
    fn begin(identity: EventIdentity, subject: Subject<'a>, place: NamedPlace, copy: EventCopy<'a>) -> Self {
        Self {
            merged: MergedEvent::first(identity, &copy),
            copies: vec![copy],
            subject,
            place,
            minute: minute_of_day(copy.value.time.wall),
            local: is_local(copy.value),
        }
    }

    fn add(&mut self, copy: EventCopy<'a>, place: NamedPlace) {
        self.merged.add(&copy);
        self.copies.push(copy);
        self.place = self.place.or(place);
        self.minute = self.minute.or(minute_of_day(copy.value.time.wall));
        self.local |= is_local(copy.value);
    }

    /// Whether its local time is unknown.
    pub(crate) fn is_utc_alone(&self) -> bool {
        self.minute.is_some() && !self.local
    }

    /// Takes over the copies of an event that arrived later, and keeps its own identity.
    fn join(&mut self, later: Self) {
        self.copies.extend(later.copies);
        self.copies.sort_by(by_arrival);
        if let Some((first, rest)) = self.copies.split_first() {
            self.merged = MergedEvent::first(self.merged.identity, first);
            rest.iter().for_each(|copy| self.merged.add(copy));
        }
        self.place = self.place.or(later.place);
        self.local |= later.local;
    }
}

impl<'a> Subject<'a> {
    pub(crate) fn of(event: &'a TrackingEvent) -> Self {
        let text = if event.code.is_empty() {
            fold_text(&event.description)
        } else {
            String::new()
        };
        Self {
            piece: &event.piece,
            code: &event.code,
            text,
        }
    }
}

impl Names {
    fn place(&mut self, event: &TrackingEvent) -> NamedPlace {
        NamedPlace {
            postal_code: self.number(postal_code(event)),
            city: self.number(city(event)),
        }
    }

    fn number(&mut self, text: String) -> usize {
        if text.is_empty() {
            return 0;
        }
        let next = self.0.len() + 1;
        *self.0.entry(text).or_insert(next)
    }
}

impl NamedPlace {
    /// Whether neither field names another place.
    fn agrees(self, other: Self) -> bool {
        let agree = |a, b| a == b || a == 0 || b == 0;
        agree(self.postal_code, other.postal_code) && agree(self.city, other.city)
    }

    /// With what the other names and this does not.
    fn or(self, other: Self) -> Self {
        let or = |a, b| if a == 0 { b } else { a };
        Self {
            postal_code: or(self.postal_code, other.postal_code),
            city: or(self.city, other.city),
        }
    }
}

/// Compared without spaces: H2Y1C6 is H2Y 1C6.
fn postal_code(event: &TrackingEvent) -> String {
    fold_text(&event.place.postal_code).replace(' ', "")
}

fn city(event: &TrackingEvent) -> String {
    fold_text(&event.place.city)
}

fn is_local(event: &TrackingEvent) -> bool {
    matches!(event.time.wall, Wall::At(_)) && event.time.zone != WrittenZone::Utc
}

/// Hour and minute, if more than the date is known.
pub(crate) fn minute_of_day(wall: Wall) -> Option<(i8, i8)> {
    match wall {
        Wall::Date(_) => None,
        Wall::At(at) => Some((at.hour(), at.minute())),
    }
}
