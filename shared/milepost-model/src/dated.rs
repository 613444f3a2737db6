//! Since when facts hold.

use jiff::Timestamp;
use jiff::tz::Offset;

use crate::copies::FactCopy;
use crate::{EventTime, ParcelEvent};

/// A report of a fact, and the instant since which it holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DatedFact<'a> {
    pub(crate) as_of: Timestamp,
    pub(crate) copy: FactCopy<'a>,
}

/// The instant that is stated, else by the offset of the event whose wall time is nearest (the earlier on a tie);
/// without a time, when the fact arrived.
pub(crate) fn dated<'a>(facts: Vec<FactCopy<'a>>, events: &[ParcelEvent]) -> Vec<DatedFact<'a>> {
    let mut offsets: Vec<(i64, Offset)> = events
        .iter()
        .filter_map(|event| Some((wall_second(&event.event.time), event.reading.offset?)))
        .collect();
    offsets.sort_by_key(|(wall, _)| *wall);
    let of = |copy: FactCopy<'a>| {
        let as_of = match &copy.value.as_of {
            Some(time) => instant(time, &offsets),
            None => copy.arrival.instant(),
        };
        DatedFact { as_of, copy }
    };
    facts.into_iter().map(of).collect()
}

/// `offsets` are in order of wall time.
fn instant(time: &EventTime, offsets: &[(i64, Offset)]) -> Timestamp {
    let by_neighbour = || {
        let wall = wall_second(time);
        let (before, after) = offsets.split_at_checked(offsets.partition_point(|(at, _)| *at <= wall))?;
        let nearest = match (before.last(), after.first()) {
            (Some(before), Some(after)) if after.0 - wall < wall - before.0 => after,
            (before, after) => before.or(after)?,
        };
        nearest.1.to_timestamp(time.wall.start()).ok()
    };
    time.stated_instant()
        .or_else(by_neighbour)
        .unwrap_or_else(|| time.as_if_utc())
}

/// The wall clock as seconds, to measure between wall times.
fn wall_second(time: &EventTime) -> i64 {
    time.wall.as_if_utc().as_second()
}
