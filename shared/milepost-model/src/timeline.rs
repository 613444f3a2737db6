//! Distinct events with what they mean, in order, beside them the facts, and the journeys that they make.

use crate::copies::{EventCopy, FactCopy};
use crate::dated::{DatedFact, dated};
use crate::group::{self, Group};
use crate::journey::Journeys;
use crate::{Arrival, Kind, MergedEvent, ParcelEvent, Reading, Status};

/// Says what events mean: one reading for each, in the same order.
pub(crate) type Read<'r> = &'r dyn Fn(&[MergedEvent]) -> Vec<Reading>;

/// All that a number has lived through.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    /// Oldest first.
    pub(crate) events: Vec<ParcelEvent>,
    /// The copies of each event.
    pub(crate) copies: Vec<Vec<EventCopy<'a>>>,
    pub(crate) facts: Vec<DatedFact<'a>>,
    pub(crate) journeys: Journeys,
}

impl<'a> Timeline<'a> {
    /// Without live copies that arrived after the first import of their journey: from then on the imports alone speak,
    /// whichever was stored first.
    pub(crate) fn of(events: Vec<EventCopy<'a>>, facts: Vec<FactCopy<'a>>, read: Read<'_>) -> Self {
        let all = Self::of_all(events, facts, read);
        let first_imports = all.first_imports();
        let late = |journey: usize, kind: Kind, arrival: Arrival| {
            let first = first_imports.get(journey).copied().flatten();
            kind == Kind::Live && first.is_some_and(|first| arrival > first)
        };
        let mut events = Vec::new();
        for (journey, copies) in all.copies_by_journey() {
            events.extend(copies.iter().filter(|copy| !late(journey, copy.kind, copy.arrival)));
        }
        let mut facts = Vec::new();
        for DatedFact { as_of, copy } in &all.facts {
            if !late(all.journeys.at(*as_of), copy.kind, copy.arrival) {
                facts.push(*copy);
            }
        }
        let before = all.copies.iter().map(Vec::len).sum::<usize>() + all.facts.len();
        if events.len() + facts.len() == before {
            return all;
        }
        Self::of_all(events, facts, read)
    }

    fn of_all(events: Vec<EventCopy<'a>>, facts: Vec<FactCopy<'a>>, read: Read<'_>) -> Self {
        let mut groups = group::group(events);
        let mut readings = readings(&mut groups, read);
        let in_utc = groups.iter().filter(|group| group.is_utc_alone()).count();
        if in_utc > 0 && in_utc < groups.len() {
            let instants = readings.iter().map(|reading| reading.instant);
            groups = group::join_utc(groups, instants);
            readings = self::readings(&mut groups, read);
        }
        let mut placed: Vec<_> = groups.into_iter().zip(readings).map(placed).collect();
        placed.sort_by_key(|(event, _)| {
            let rank = event.reading.status.map_or(0, Status::rank);
            (event.sort_instant(), event.event.sequence, rank, event.identity)
        });
        let (events, copies): (Vec<_>, Vec<_>) = placed.into_iter().unzip();
        Self {
            journeys: Journeys::of(&events),
            facts: dated(facts, &events),
            events,
            copies,
        }
    }

    /// The copies of each event, with its journey.
    pub(crate) fn copies_by_journey(&self) -> impl Iterator<Item = (usize, &[EventCopy<'a>])> {
        let indexed = self.copies.iter().enumerate();
        indexed.map(|(index, copies)| (self.journeys.of_event(index), copies.as_slice()))
    }

    /// Of each journey the arrival of its first import.
    fn first_imports(&self) -> Vec<Option<Arrival>> {
        let mut first_imports: Vec<Option<Arrival>> = vec![None; self.journeys.count()];
        for (journey, arrival) in self.imports() {
            if let Some(first) = first_imports.get_mut(journey) {
                *first = Some(first.map_or(arrival, |first| first.min(arrival)));
            }
        }
        first_imports
    }

    /// The arrival of everything that was imported, with its journey.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (usize, Arrival)> {
        let events = self.copies_by_journey().flat_map(|(journey, copies)| {
            let imported = copies.iter().filter(|copy| copy.kind == Kind::Import);
            imported.map(move |copy| (journey, copy.arrival))
        });
        let facts = self.facts.iter().filter(|fact| fact.copy.kind == Kind::Import);
        events.chain(facts.map(|fact| (self.journeys.at(fact.as_of), fact.copy.arrival)))
    }
}

/// Brings the groups in order of wall time, since what an event means may depend on its neighbours, and reads them.
fn readings(groups: &mut [Group<'_>], read: Read<'_>) -> Vec<Reading> {
    groups.sort_by_key(|group| (group.merged.event.time.wall.start(), group.merged.identity));
    let merged: Vec<MergedEvent> = groups.iter().map(|group| group.merged.clone()).collect();
    let readings = read(&merged);
    debug_assert_eq!(readings.len(), merged.len(), "one reading for each event");
    readings
}

fn placed<'a>((group, reading): (Group<'a>, Reading)) -> (ParcelEvent, Vec<EventCopy<'a>>) {
    let Group { merged, copies, .. } = group;
    let at = reading.instant.unwrap_or_else(|| merged.event.time.as_if_utc());
    let event = ParcelEvent {
        identity: merged.identity,
        quiet: merged.notify_from.is_some_and(|from| at < from),
        event: merged.event,
        first_arrival: merged.first_arrival,
        imported: merged.imported,
        reading,
    };
    (event, copies)
}
