//! Putting an answer together.

use jiff::civil::Time;
use milepost_model::{EventTime, Fact, FactName, TrackingEvent, TrackingNumber, Wall, WrittenZone};

use super::problem::without;
use super::{Asked, LiveAnswer, LiveProblem, MAX_ANSWER_EVENTS, Outcome};
use crate::layout::time::{YEARS, iso_time, read_offset};
use crate::statuses::Codes;

/// The same outcome for every number asked.
pub(crate) fn for_all(asked: &[Asked], problem: &LiveProblem) -> Vec<Outcome> {
    let outcome = |asked: &Asked| Outcome {
        number: asked.number.clone(),
        result: Err(problem.clone()),
    };
    asked.iter().map(outcome).collect()
}

/// The outcome of a call that asks about one number.
pub(crate) fn for_one(
    asked: &[Asked],
    read: impl FnOnce(&TrackingNumber) -> Result<LiveAnswer, LiveProblem>,
) -> Vec<Outcome> {
    match asked {
        [one] => vec![Outcome {
            number: one.number.clone(),
            result: read(&one.number),
        }],
        many => for_all(many, &without("answer about several numbers")),
    }
}

/// An answer of events, newest first as carriers send them, and of facts, which hold since the newest event.
pub(crate) fn answer(
    newest_first: Vec<TrackingEvent>,
    facts: Vec<(FactName, String)>,
    mut warnings: Warnings,
) -> LiveAnswer {
    let mut events = newest_first;
    let sent = events.len();
    events.retain(|event| YEARS.contains(&event.time.wall.date().year()));
    if events.len() < sent {
        warnings.add("an event's year cannot be: it is left out");
    }
    if events.len() > MAX_ANSWER_EVENTS {
        warnings.add("more events than are kept: the oldest are left out");
        events.truncate(MAX_ANSWER_EVENTS);
    }
    // The carrier's order decides between events of one minute.
    for (place, event) in events.iter_mut().rev().enumerate() {
        event.sequence = u32::try_from(place + 1).ok();
    }
    let newest = events
        .iter()
        .map(|event| &event.time)
        .max_by_key(|time| time.as_if_utc())
        .cloned();
    let fact = |(name, value): (FactName, String)| {
        (!value.is_empty()).then(|| Fact {
            name,
            value,
            as_of: newest.clone(),
        })
    };
    LiveAnswer {
        facts: facts.into_iter().filter_map(fact).collect(),
        events,
        warnings: warnings.0,
    }
}

/// What is odd in an answer, each thing said once.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<String>);

impl Warnings {
    pub(crate) fn add(&mut self, text: &str) {
        if !self.0.iter().any(|said| said == text) {
            self.0.push(text.to_owned());
        }
    }
}

/// What a `Z` behind a time says at a carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zulu {
    /// UTC.
    Utc,
    /// Nothing: its documentation writes one and the same local time with it and without.
    Nothing,
}

/// A time in ISO 8601, of whose zone `offset` may speak. Midnight of which nothing else is said is a date: that is how
/// carriers write an event whose time they do not know.
pub(crate) fn moment(text: &str, offset: &str, zulu: Zulu, warnings: &mut Warnings) -> Option<EventTime> {
    let (wall, own) = iso_time(text)?;
    match own {
        Some(WrittenZone::Utc) if zulu == Zulu::Nothing => {}
        Some(zone) => return Some(EventTime { wall, zone }),
        None => {}
    }
    let mut time = with_offset(wall, offset, warnings);
    if let Wall::At(at) = wall
        && at.time() == Time::midnight()
        && time.zone == WrittenZone::Unstated
    {
        time.wall = Wall::Date(at.date());
    }
    Some(time)
}

/// A day or a time as a fact: midnight stands for the day.
pub(crate) fn day_or_time(text: &str) -> String {
    match text.split_once('T') {
        Some((day, time)) if time.starts_with("00:00:00") => day.to_owned(),
        _ => text.to_owned(),
    }
}

/// A weight with its unit; empty where either is missing.
pub(crate) fn weight(value: &str, unit: &str) -> String {
    if value.is_empty() || unit.is_empty() {
        String::new()
    } else {
        format!("{value} {unit}")
    }
}

/// A wall time with the offset that stands beside it. An offset that is none is as if it were not there.
pub(crate) fn with_offset(wall: Wall, offset: &str, warnings: &mut Warnings) -> EventTime {
    let zone = match (offset, read_offset(offset)) {
        ("", _) => WrittenZone::Unstated,
        (_, Some(offset)) => WrittenZone::Offset(offset),
        (_, None) => {
            warnings.add("an offset from GMT cannot be read: the place decides");
            WrittenZone::Unstated
        }
    };
    EventTime { wall, zone }
}

/// What to keep beside an event's own code: nothing where the table gives the code a meaning; else the first of the
/// carrier's more general codes that has one, so that a code which nobody has listed yet, or which alone says nothing,
/// still has the meaning of its kind; else the first.
pub(crate) fn beside<'a>(codes: &Codes, own: &str, general: &[&'a str]) -> &'a str {
    let means = |code: &str| codes.meaning(code, "").is_some();
    if means(own) {
        return "";
    }
    let mut sent = general.iter().copied().filter(|code| !code.is_empty());
    let known = sent.clone().find(|code| means(code));
    known.or_else(|| sent.next()).unwrap_or_default()
}

/// Whether a number in an answer is the one that was asked about.
pub(crate) fn is_number(written: &str, asked: &TrackingNumber) -> bool {
    TrackingNumber::parse(written).is_ok_and(|number| number == *asked)
}
