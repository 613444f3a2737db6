//! Reading a time as a file writes it.

mod strptime;

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use milepost_model::{EventTime, Wall, WrittenZone};

use strptime::Strptime;

/// The built-in pattern: ISO 8601.
pub(crate) const ISO: &str = "iso";

/// The zone of a file that says nothing of it.
pub(crate) const UNSTATED: &str = "unstated";

/// Years in which a parcel can have been under way. Before them stand the zeros of databases, behind them typing
/// errors; the narrower window, by arrival, is the importer's.
pub(crate) const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// One way to write a time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pattern {
    /// `2026-01-05T10:11:12`, with `T` or a space; seconds, fractions, an offset or `Z` where they come; or the date.
    Iso,
    /// A pattern of strptime.
    Strptime(Strptime),
}

impl Pattern {
    /// Checks a layout's pattern by writing a time with it and reading that again.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        if written == ISO {
            return Ok(Self::Iso);
        }
        Strptime::parse(written).map(Self::Strptime)
    }

    fn read(&self, text: &str, zones: &Zones) -> Option<(Wall, Option<WrittenZone>)> {
        match self {
            Self::Iso => iso(text),
            Self::Strptime(pattern) => pattern.read(text, zones),
        }
    }
}

/// What a file calls zones: the layout's own table.
pub(crate) type Zones = BTreeMap<String, WrittenZone>;

/// How the times of a file are written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clock {
    /// Tried in order.
    pub(crate) patterns: Vec<Pattern>,
    /// What holds where neither the time nor the offset column says anything.
    pub(crate) zone: WrittenZone,
    /// Abbreviations and codes: `EST` is one thing in Boston and another in Sydney, so nothing is known by itself.
    pub(crate) zones: Zones,
}

impl Clock {
    /// Reads a time. What the time itself says of its zone goes before `offset`, and that before the file's zone.
    pub(crate) fn read(&self, text: &str, offset: Option<&str>) -> Result<EventTime, NoTime> {
        let (wall, own) = self
            .patterns
            .iter()
            .find_map(|pattern| pattern.read(text, &self.zones))
            .ok_or(NoTime::Pattern)?;
        let zone = match (own, offset) {
            (Some(own), _) => own,
            (None, Some(offset)) => named_zone(offset, &self.zones).ok_or(NoTime::Offset)?,
            (None, None) => self.zone.clone(),
        };
        if YEARS.contains(&wall.date().year()) {
            Ok(EventTime { wall, zone })
        } else {
            Err(NoTime::Year)
        }
    }
}

/// The zone that a layout or a description states: unstated, UTC or an IANA zone.
pub(crate) fn written_zone(name: &str) -> Option<WrittenZone> {
    match name {
        UNSTATED => Some(WrittenZone::Unstated),
        // Times in UTC have lost the local time, which is another thing than a place on the meridian.
        "UTC" => Some(WrittenZone::Utc),
        _ => {
            let zone = crate::zones::zone(name)?;
            Some(WrittenZone::Feed(zone.iana_name().unwrap_or(name).into()))
        }
    }
}

/// What a text says of the zone: a name of the layout's, an offset, or an IANA zone.
fn named_zone(text: &str, zones: &Zones) -> Option<WrittenZone> {
    if let Some(zone) = zones.get(text) {
        return Some(zone.clone());
    }
    if let Some(offset) = read_offset(text) {
        return Some(WrittenZone::Offset(offset));
    }
    let zone = crate::zones::zone(text).filter(|_| text.contains('/'))?;
    Some(WrittenZone::Feed(zone.iana_name()?.into()))
}

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTime {
    /// No pattern reads it.
    Pattern,
    /// The offset column holds no offset.
    Offset,
    /// The year is out of bounds.
    Year,
}

/// Reads a time that Connect or an `iso` column wrote, within the same years.
pub(crate) fn iso_time(text: &str) -> Option<(Wall, Option<WrittenZone>)> {
    iso(text).filter(|(wall, _)| YEARS.contains(&wall.date().year()))
}

fn iso(text: &str) -> Option<(Wall, Option<WrittenZone>)> {
    let Ok(pieces) = Pieces::parse(text) else {
        return end_of_day(text);
    };
    let zone = match pieces.offset() {
        None => None,
        Some(PiecesOffset::Zulu) => Some(WrittenZone::Utc),
        Some(numeric) => Some(WrittenZone::Offset(plausible(numeric.to_numeric_offset())?)),
    };
    Some((wall(pieces.date(), pieces.time())?, zone))
}

/// ISO 8601 also writes midnight as 24:00 of the day before.
fn end_of_day(text: &str) -> Option<(Wall, Option<WrittenZone>)> {
    let (date, time) = text.split_once(['T', ' '])?;
    let rest = time.strip_prefix("24:00")?;
    let zone = rest.strip_prefix(":00").unwrap_or(rest);
    let (wall, zone) = iso(&format!("{date}T00:00{zone}"))?;
    let next = wall.date().tomorrow().ok()?;
    Some((Wall::At(DateTime::from_parts(next, Time::midnight())), zone))
}

/// The wall clock to the second.
pub(super) fn wall(date: Date, time: Option<Time>) -> Option<Wall> {
    let Some(time) = time else {
        return Some(Wall::Date(date));
    };
    let time = Time::new(time.hour(), time.minute(), time.second(), 0).ok()?;
    Some(Wall::At(DateTime::from_parts(date, time)))
}

/// Reads `+01:00`, `-0530`, `+1`, `Z`.
pub(crate) fn read_offset(text: &str) -> Option<Offset> {
    if matches!(text, "Z" | "z") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() > 2 => digits.split_at_checked(digits.len() - 2)?,
        None => (digits, "0"),
    };
    let number = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<i32>().ok())?
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let seconds = hours.checked_mul(3600)?.checked_add(minutes * 60)?;
    plausible(Offset::from_seconds(sign * seconds).ok()?)
}

/// The offsets that clocks on Earth show: from 12 hours behind UTC (Baker Island) to 14 ahead (Kiribati).
pub(crate) fn plausible(offset: Offset) -> Option<Offset> {
    (-12 * 3600..=14 * 3600).contains(&offset.seconds()).then_some(offset)
}

/// A text's form without its content: `99/99/9999 99:99`. Enough to write a pattern by, and safe to show.
pub(super) fn shape(text: &str) -> String {
    const LETTERS: usize = 32;
    let letter = |c: char| match c {
        _ if c.is_numeric() => '9',
        _ if c.is_alphabetic() => 'A',
        _ => c,
    };
    text.chars().take(LETTERS).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(patterns: &[&str], zone: WrittenZone) -> Clock {
        Clock {
            patterns: patterns
                .iter()
                .map(|pattern| Pattern::parse(pattern).unwrap())
                .collect(),
            zone,
            zones: [
                ("EST".to_owned(), WrittenZone::Feed("America/New_York".into())),
                ("AEST".to_owned(), WrittenZone::Feed("Australia/Sydney".into())),
                ("LT".to_owned(), WrittenZone::Unstated),
            ]
            .into(),
        }
    }

    #[track_caller]
    fn check(patterns: &[&str], text: &str, offset: Option<&str>, expect: &str) {
        let read = clock(patterns, WrittenZone::Unstated).read(text, offset);
        let got = match read {
            Err(error) => format!("{error:?}"),
            Ok(EventTime { wall, zone }) => {
                let wall = match wall {
                    Wall::Date(date) => date.to_string(),
                    Wall::At(at) => at.to_string(),
                };
                match zone {
                    WrittenZone::Unstated => wall,
                    WrittenZone::Offset(offset) => format!("{wall} {offset}"),
                    WrittenZone::Utc => format!("{wall} UTC"),
                    WrittenZone::Feed(zone) => format!("{wall} {zone}"),
                }
            }
        };
        assert_eq!(got, expect, "{text:?} {offset:?}");
    }

    #[test]
    fn iso_times() {
        let iso = |text, expect| check(&["iso"], text, None, expect);
        iso("2026-01-05T10:11:12", "2026-01-05T10:11:12");
        iso("2026-01-05 10:11:12", "2026-01-05T10:11:12");
        iso("2026-01-05T10:11", "2026-01-05T10:11:00");
        iso("2026-01-05T10:11:12.987", "2026-01-05T10:11:12");
        iso("2026-01-05T10:11:60", "2026-01-05T10:11:59");
        iso("2026-01-05", "2026-01-05");
        iso("2026-01-05T10:11:12Z", "2026-01-05T10:11:12 UTC");
        iso("2026-01-05T10:11:12+05:30", "2026-01-05T10:11:12 +05:30");
        iso("2026-01-05T10:11:12-0600", "2026-01-05T10:11:12 -06");
        iso("2026-02-28T24:00", "2026-03-01T00:00:00");
        iso("2024-02-28 24:00:00+01:00", "2024-02-29T00:00:00 +01");
    }

    #[test]
    fn no_times() {
        for text in [
            "31/02/2026 25:61",
            "2026-02-31",
            "2026-02-29T10:00:00",
            "2026-01-05T25:00:00",
            "2026-01-05T24:01",
            "2026-01-05T10:61:00",
            "2026-13-01",
            "26-01-05",
            "tomorrow",
            "",
            "24:00",
            " 24:00",
            "2026-01-05T10:11:12+15:00",
            "２０２６-01-05",
        ] {
            check(&["iso"], text, None, "Pattern");
        }
        check(&["iso"], "0001-01-01T00:00:00", None, "Year");
        check(&["iso"], "1969-12-31", None, "Year");
        check(&["iso"], "2200-01-01", None, "Year");
        check(&["iso"], "1970-01-01", None, "1970-01-01");
    }

    #[test]
    fn offsets() {
        let with = |offset, expect| check(&["iso"], "2026-01-05T10:11:12", Some(offset), expect);
        with("+01:00", "2026-01-05T10:11:12 +01");
        with("-03:30", "2026-01-05T10:11:12 -03:30");
        with("+0530", "2026-01-05T10:11:12 +05:30");
        with("-6", "2026-01-05T10:11:12 -06");
        with("+00:00", "2026-01-05T10:11:12 +00");
        with("Z", "2026-01-05T10:11:12 +00");
        for bad in [
            "01:00", "CET", "+25:00", "+14:15", "-12:15", "+1:75", "+", "+:", "+a:b", "++1:00", "é",
        ] {
            with(bad, "Offset");
        }
        check(
            &["iso"],
            "2026-01-05T10:11:12-06:00",
            Some("+01:00"),
            "2026-01-05T10:11:12 -06",
        );
    }

    #[test]
    fn patterns_of_ones_own() {
        check(
            &["%m/%d/%Y %H:%M", "%m/%d/%Y"],
            "11/20/2026 08:10",
            None,
            "2026-11-20T08:10:00",
        );
        check(&["%m/%d/%Y %H:%M", "%m/%d/%Y"], "11/20/2026", None, "2026-11-20");
        check(&["%Y%m%d%H%M%S"], "20261120103355", None, "2026-11-20T10:33:55");
        check(&["%d.%m.%y %H:%M"], "20.11.26 14:03", None, "2026-11-20T14:03:00");
        check(
            &["%m/%d/%Y %I:%M %p"],
            "11/20/2026 02:03 pm",
            None,
            "2026-11-20T14:03:00",
        );
        check(
            &["%Y-%m-%dT%H:%M:%S%z"],
            "2026-11-20T14:03:00+0200",
            None,
            "2026-11-20T14:03:00 +02",
        );
        check(&["%s"], "1795442580", None, "2026-11-23T14:03:00 UTC");
        check(&["%m/%d/%Y"], "31/12/2026", None, "Pattern");
        check(&["%b %d %Y %H:%M"], "Nov 20 2026 14:03", None, "2026-11-20T14:03:00");
        check(&["%Y%m%d %H%M"], "20260231 1403", None, "Pattern");
    }

    #[test]
    fn a_compact_time_that_lost_its_end_is_none() {
        for short in ["2026112", "202611", "20261120 14", "20261120 140", "20261120 14030"] {
            check(&["%Y%m%d %H%M", "%Y%m%d"], short, None, "Pattern");
        }
        check(&["%Y%m%d%H%M%z"], "20261120140+01", None, "Pattern");
        check(&["%d.%m.%Y"], "1.2.2026", None, "2026-02-01");
    }

    #[test]
    fn two_digit_years() {
        check(&["%y%m%d"], "261120", None, "2026-11-20");
        check(&["%y%m%d"], "991120", None, "1999-11-20");
        check(&["%y%m%d"], "691120", None, "Year");
    }

    #[test]
    fn midnight_is_also_24_00() {
        let wall = |pattern, text, expect| check(&[pattern], text, None, expect);
        wall("%Y%m%d%H%M", "202611202400", "2026-11-21T00:00:00");
        wall("%d.%m.%Y %H:%M", "31.12.2026 24:00", "2027-01-01T00:00:00");
        wall("%Y%m%d%H%M%S%z", "20261120240000+0100", "2026-11-21T00:00:00 +01");
        wall("%Y%m%d%H%M", "202611202401", "Pattern");
        wall("%Y%m%d%H%M", "202611202500", "Pattern");
    }

    #[test]
    fn zones_in_the_time() {
        let wall = |pattern: &str, text: &str, expect: &str| check(&[pattern], text, None, expect);
        for offset in ["+0100", "+01:00", "+01", "+1"] {
            wall(
                "%Y%m%d%H%M%z",
                &format!("202611201403{offset}"),
                "2026-11-20T14:03:00 +01",
            );
        }
        wall("%Y%m%d%H%M%z 303", "202611201403+01 303", "2026-11-20T14:03:00 +01");
        wall("%Y%m%d%H%M%z 303", "202611201403+01 203", "Pattern");
        wall(
            "%Y-%m-%d %H:%M %Z",
            "2026-11-20 14:03 EST",
            "2026-11-20T14:03:00 America/New_York",
        );
        wall(
            "%Y-%m-%d %H:%M %Z",
            "2026-11-20 14:03 AEST",
            "2026-11-20T14:03:00 Australia/Sydney",
        );
        wall("%Y-%m-%d %H:%M %Z", "2026-11-20 14:03 LT", "2026-11-20T14:03:00");
        wall("%Y-%m-%d %H:%M %Z", "2026-11-20 14:03 CST", "Pattern");
        wall("%Y-%m-%d %H:%M %Z", "2026-11-20 14:03", "Pattern");
        check(
            &["iso"],
            "2026-11-20 14:03",
            Some("Europe/Berlin"),
            "2026-11-20T14:03:00 Europe/Berlin",
        );
        check(
            &["iso"],
            "2026-11-20 14:03",
            Some("EST"),
            "2026-11-20T14:03:00 America/New_York",
        );
        check(&["iso"], "2026-11-20 14:03", Some("MST"), "Offset");
    }

    #[test]
    fn a_bad_pattern_is_told() {
        for bad in ["%H:%M", "%m/%d", "%!", "%", "", "hello", "%Z"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_files_zone_comes_last() {
        let utc = clock(&["iso"], WrittenZone::Utc);
        assert_eq!(utc.read("2026-01-05T10:11:12", None).unwrap().zone, WrittenZone::Utc);
        let stated = utc.read("2026-01-05T10:11:12", Some("+01:00")).unwrap();
        assert_ne!(stated.zone, WrittenZone::Utc);
    }

    #[test]
    fn a_shape_shows_no_content() {
        assert_eq!(shape("31/02/2026 25:61"), "99/99/9999 99:99");
        assert_eq!(shape("J SMITH, 5 Élm"), "A AAAAA, 9 AAA");
        assert_eq!(shape(&"x".repeat(100)).len(), 32);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".*", offset in ".{0,8}") {
            let patterns = ["iso", "%Y%m%d%H%M%S", "%m/%d/%Y %I:%M %p", "%d%b%y %H%Mx%zy", "%Y %H %m%d%Z"];
            // Whatever it answers.
            let _ = clock(&patterns, WrittenZone::Unstated).read(&text, Some(&offset));
            let _ = read_offset(&text);
        }
    }
}
