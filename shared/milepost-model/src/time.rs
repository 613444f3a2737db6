use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::{Coordinates, DetailCode, Status};

/// A time as a carrier wrote it: what the clock on the wall showed, and what was said of the zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime {
    /// The clock on the wall. Where only UTC came, UTC's.
    pub wall: Wall,
    /// What the carrier or its feed said of the zone.
    pub zone: WrittenZone,
}

/// The clock on the wall, to the second, or the calendar alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wall {
    /// Only a date came.
    Date(Date),
    /// Date and time of day.
    At(DateTime),
}

impl Wall {
    /// The date.
    pub fn date(self) -> Date {
        match self {
            Self::Date(date) => date,
            Self::At(at) => at.date(),
        }
    }

    /// The beginning: midnight where only a date came.
    pub fn start(self) -> DateTime {
        match self {
            Self::Date(date) => DateTime::from_parts(date, jiff::civil::Time::midnight()),
            Self::At(at) => at,
        }
    }

    /// The instant, if this were UTC. The first and last days that a calendar can write lie outside of what an instant
    /// can, and become the first and last instant.
    pub(crate) fn as_if_utc(self) -> Timestamp {
        let start = self.start();
        let outside = if start.year() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        Offset::UTC.to_timestamp(start).unwrap_or(outside)
    }
}

/// What a carrier or its feed said of the zone. Anything more is worked out when the event is read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WrittenZone {
    /// Nothing.
    Unstated,
    /// An offset from UTC, or a GMT field beside the local time that gives one.
    Offset(Offset),
    /// Only UTC was sent; the local time is unknown.
    Utc,
    /// The feed's layout says in which IANA zone its times are.
    Feed(Box<str>),
}

impl EventTime {
    /// The instant, when what was written settles it without knowing the place.
    pub fn stated_instant(&self) -> Option<Timestamp> {
        match self.zone {
            WrittenZone::Offset(offset) => offset.to_timestamp(self.wall.start()).ok(),
            WrittenZone::Utc => Offset::UTC.to_timestamp(self.wall.start()).ok(),
            WrittenZone::Unstated | WrittenZone::Feed(_) => None,
        }
    }

    /// The stated instant, else the wall time taken as if it were UTC: the order of last resort, at most 14 hours wrong.
    pub fn as_if_utc(&self) -> Timestamp {
        self.stated_instant().unwrap_or_else(|| self.wall.as_if_utc())
    }
}

/// Which minute, to compare what one source writes with seconds and another without.
pub(crate) fn minute_of(instant: Timestamp) -> i64 {
    instant.as_second().div_euclid(60)
}

/// How an event's instant was found, best first (design: the ladder of time rules).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ZoneRule {
    /// The carrier sent an offset or a GMT time.
    Stated,
    /// The feed's layout names the zone.
    Feed,
    /// The place has one zone.
    Place,
    /// The offset of the nearest event of the same parcel; the earlier one on a tie.
    Neighbour,
    /// The carrier's home zone.
    Home,
    /// Nothing is known: the wall time stands without a zone.
    Unknown,
}

/// What an event means, as milepost-carriers reads it. Never stored, so that a better table heals old parcels.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// When it happened; `None` under [`ZoneRule::Unknown`].
    pub instant: Option<Timestamp>,
    /// The offset of the place at that instant, where one is known.
    pub offset: Option<Offset>,
    /// How the instant was found.
    pub rule: ZoneRule,
    /// The standard meaning of the carrier's code.
    pub detail: Option<DetailCode>,
    /// The status that follows; `None` when the code is not mapped.
    pub status: Option<Status>,
    /// Where it happened.
    pub coordinates: Option<Coordinates>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_instant_can_be_is_the_first_or_the_last() {
        assert_eq!(Wall::Date(Date::MIN).as_if_utc(), Timestamp::MIN);
        assert_eq!(Wall::At(DateTime::MAX).as_if_utc(), Timestamp::MAX);
        let beyond = EventTime {
            wall: Wall::At(DateTime::MAX),
            zone: WrittenZone::Offset(Offset::MIN),
        };
        assert_eq!(beyond.stated_instant(), None);
        assert_eq!(beyond.as_if_utc(), Timestamp::MAX);
    }

    #[test]
    fn minutes_count_from_below_before_1970() {
        let minute = |text: &str| minute_of(text.parse().unwrap());
        assert_eq!(minute("1970-01-01T00:00:59Z"), 0);
        assert_eq!(minute("1969-12-31T23:59:59Z"), -1);
    }
}
