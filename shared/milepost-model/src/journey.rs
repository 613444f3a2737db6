use std::ops::Range;

use jiff::Timestamp;

use crate::{DetailCode, Parcel, ParcelEvent, Status};

/// Carriers use numbers again after 120 days and more (USPS Publication 199 keeps them unique for 120).
pub const JOURNEY_GAP_DAYS: i64 = 120;

/// An imported parcel is left to its imports for this long after the last of them; then asking the carrier is right
/// again.
pub const IMPORT_FED_DAYS: i64 = 120;

pub(crate) const DAY_MS: i64 = 86_400_000;

/// Where a number's events part into journeys, and which instants belong to which.
///
/// What stands beside the events (a fact, the start of a follower) belongs to the journey that is nearer in time: a
/// label is announced before its first scan, and a proof of delivery comes after the last.
#[derive(Debug)]
pub(crate) struct Journeys {
    events: usize,
    /// Of each journey but the oldest.
    later: Vec<Beginning>,
}

#[derive(Debug)]
struct Beginning {
    /// Index of its first event.
    event: usize,
    /// The middle of the silence before it.
    instant: Timestamp,
}

impl Journeys {
    /// The journeys of events that are oldest first. A silence of more than [`JOURNEY_GAP_DAYS`] begins a new one when
    /// the older part had ended or the newer one begins with a start-of-life code; without either it was just silence.
    pub(crate) fn of(events: &[ParcelEvent]) -> Self {
        let mut later = Vec::new();
        let mut last: Option<Timestamp> = None;
        let mut ended = Ended::default();
        for (index, event) in events.iter().enumerate() {
            let at = event.sort_instant();
            if let Some(last) = last {
                let starts_life = event.reading.detail.is_some_and(DetailCode::starts_life);
                if is_long(last, at) && (starts_life || ended.is_so()) {
                    later.push(Beginning {
                        event: index,
                        instant: middle(last, at),
                    });
                    ended = Ended::default();
                }
            }
            ended.note(event);
            last = Some(at);
        }
        Self {
            events: events.len(),
            later,
        }
    }

    /// One at least: before its first event a number is in its first journey.
    pub(crate) fn count(&self) -> usize {
        self.later.len() + 1
    }

    pub(crate) fn newest(&self) -> usize {
        self.later.len()
    }

    /// The journey that an instant belongs to.
    pub(crate) fn at(&self, instant: Timestamp) -> usize {
        self.later.partition_point(|begun| begun.instant <= instant)
    }

    /// The journey of the event at an index.
    pub(crate) fn of_event(&self, index: usize) -> usize {
        self.later.partition_point(|begun| begun.event <= index)
    }

    /// The events of a journey.
    pub(crate) fn events(&self, nth: usize) -> Range<usize> {
        let begins = |nth: usize| self.later.get(nth).map(|begun| begun.event);
        let from = nth.checked_sub(1).and_then(begins).unwrap_or(0);
        from..begins(nth).unwrap_or(self.events)
    }
}

/// Whether the silence between two instants is longer than carriers keep a number from being used again.
pub(crate) fn is_long(last: Timestamp, next: Timestamp) -> bool {
    next.as_millisecond() - last.as_millisecond() > JOURNEY_GAP_DAYS * DAY_MS
}

/// The middle of a silence.
pub(crate) fn middle(last: Timestamp, next: Timestamp) -> Timestamp {
    let middle = last.as_millisecond().midpoint(next.as_millisecond());
    Timestamp::from_millisecond(middle).unwrap_or(next)
}

/// Whether a life has come to its end: it was delivered at some time, or the last that is known of it is an end.
#[derive(Debug, Default)]
struct Ended {
    delivered: bool,
    last_detail: Option<DetailCode>,
}

impl Ended {
    fn note(&mut self, event: &ParcelEvent) {
        self.delivered |= event.reading.status == Some(Status::Delivered);
        self.last_detail = event.reading.detail.or(self.last_detail);
    }

    fn is_so(&self) -> bool {
        self.delivered || self.last_detail.is_some_and(DetailCode::ends_life)
    }
}

/// Whether imports feed this parcel, so that its carrier is not asked: its journey has an imported event or fact, the
/// last no more than [`IMPORT_FED_DAYS`] before `now`. It stands beside the fold because the fold has no clock.
pub fn import_fed(parcel: &Parcel, now: Timestamp) -> bool {
    parcel
        .last_import
        .is_some_and(|last| now.as_millisecond() - last.as_millisecond() <= IMPORT_FED_DAYS * DAY_MS)
}
