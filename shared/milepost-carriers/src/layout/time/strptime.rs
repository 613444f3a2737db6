//! Patterns of strptime, with what carriers write and strptime does not read: midnight as 24:00, offsets with and
//! without colon or minutes, and zones by a name of the layout's.

use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use milepost_model::{Wall, WrittenZone};

use super::{Zones, named_zone, plausible, read_offset, wall};

/// A pattern, cut at its zone if it has one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strptime {
    before: String,
    zone: Option<ZoneMark>,
    /// What stands behind the zone, letter by letter.
    after: String,
    /// Length of what is read by `before`, in bytes, where its numbers stand side by side. strptime takes `2026112` for
    /// the second of November, and a stamp that lost its end is not that.
    length: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum ZoneMark {
    /// `%z`: an offset, or Z.
    Offset,
    /// `%Z`: a name of the layout's.
    Name,
}

/// What one reading gives: a wall time and what stands beside it of a zone.
type Read = (Wall, Option<WrittenZone>);

impl Strptime {
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        let mut pattern = Self::cut(written);
        let sample = DateTime::constant(2026, 11, 20, 14, 3, 5, 0);
        let zoned = Offset::UTC.to_timestamp(sample).map(|at| at.to_zoned(TimeZone::UTC));
        let text = zoned
            .and_then(|zoned| BrokenDownTime::from(&zoned).to_string(&pattern.before))
            .map_err(|error| error.to_string())?;
        pattern.length = is_compact(&pattern.before).then_some(text.len());
        let (text, zones) = match pattern.zone {
            None => (text, Zones::new()),
            Some(_) => (
                format!("{text}Z{}", pattern.after),
                [("Z".to_owned(), WrittenZone::Utc)].into(),
            ),
        };
        match pattern.read(&text, &zones) {
            Some((wall, _)) if wall.date() == sample.date() => Ok(pattern),
            _ => Err("a pattern must give year, month and day".to_owned()),
        }
    }

    /// Cuts a pattern at its zone, if letters alone follow it.
    fn cut(written: &str) -> Self {
        for (mark, zone) in [
            ("%z", ZoneMark::Offset),
            ("%:z", ZoneMark::Offset),
            ("%Z", ZoneMark::Name),
        ] {
            if let Some((before, after)) = written.split_once(mark)
                && !before.ends_with('%')
                && !after.contains('%')
            {
                return Self {
                    before: before.to_owned(),
                    zone: Some(zone),
                    after: after.to_owned(),
                    length: None,
                };
            }
        }
        Self {
            before: written.to_owned(),
            zone: None,
            after: String::new(),
            length: None,
        }
    }

    pub(super) fn read(&self, text: &str, zones: &Zones) -> Option<Read> {
        self.read_once(text, zones).or_else(|| self.end_of_day(text, zones))
    }

    fn read_once(&self, text: &str, zones: &Zones) -> Option<Read> {
        let Some(mark) = self.zone else {
            if self.length.is_some_and(|length| length != text.len()) {
                return None;
            }
            return stated(&BrokenDownTime::parse(&self.before, text).ok()?);
        };
        let (read, length) = BrokenDownTime::parse_prefix(&self.before, text).ok()?;
        if self.length.is_some_and(|expected| expected != length) {
            return None;
        }
        let rest = text.get(length..)?.strip_suffix(self.after.as_str())?.trim();
        let zone = match mark {
            ZoneMark::Offset => WrittenZone::Offset(read_offset(rest)?),
            ZoneMark::Name => named_zone(rest, zones)?,
        };
        let (wall, _) = stated(&read)?;
        Some((wall, Some(zone)))
    }

    /// 24:00 is midnight at the end of a day: it is read as 00:00, a day later.
    fn end_of_day(&self, text: &str, zones: &Zones) -> Option<Read> {
        let (before_hour, _) = self.before.split_once("%H")?;
        let (_, length) = BrokenDownTime::parse_prefix(before_hour, text).ok()?;
        let rest = text.get(length..)?.strip_prefix("24")?;
        let midnight = format!("{}00{rest}", text.get(..length)?);
        let (Wall::At(wall), zone) = self.read_once(&midnight, zones)? else {
            return None;
        };
        let next = wall
            .date()
            .tomorrow()
            .ok()
            .filter(|_| wall.time() == Time::midnight())?;
        Some((Wall::At(DateTime::from_parts(next, Time::midnight())), zone))
    }
}

/// Whether a pattern has numbers side by side, all of a fixed length.
fn is_compact(pattern: &str) -> bool {
    let marks: Vec<&str> = pattern.split('%').skip(1).collect();
    let fixed = |mark: &&str| mark.starts_with(['Y', 'y', 'm', 'd', 'H', 'I', 'M', 'S']);
    let beside = marks.iter().rev().skip(1).any(|mark| mark.len() == 1);
    beside && marks.iter().all(fixed)
}

fn stated(read: &BrokenDownTime) -> Option<Read> {
    if let Some(instant) = read.timestamp() {
        let utc = Offset::UTC.to_datetime(instant);
        return Some((wall(utc.date(), Some(utc.time()))?, Some(WrittenZone::Utc)));
    }
    let time = match read.hour() {
        Some(_) => Some(read.to_time().ok()?),
        None => None,
    };
    let zone = match read.offset() {
        Some(offset) => Some(WrittenZone::Offset(plausible(offset)?)),
        None => None,
    };
    Some((wall(read.to_date().ok()?, time)?, zone))
}
