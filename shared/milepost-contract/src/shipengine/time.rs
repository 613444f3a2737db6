use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::temporal::{Pieces, PiecesOffset};
use jiff::tz::Offset;
use milepost_model::{EventTime, Reading, Wall, WrittenZone, ZoneRule};

/// How times are written of which the zone is not settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeStyle {
    /// `Z` only where UTC is known by a stated offset, the feed's zone or the place. Taken over from a neighbouring
    /// event or from the carrier's home zone it is a numeric offset, and without any it is a time without a zone.
    #[default]
    Exact,
    /// ShipEngine's own habit, as its published example has it: local time with `Z` wherever the place does not settle
    /// the zone, and a date alone as midnight.
    ShipEngine,
}

impl TimeStyle {
    /// `occurred_at`. A date alone is its midnight, so that the field always has the form of a date and a time.
    pub(crate) fn occurred_at(self, time: &EventTime, reading: &Reading) -> String {
        match (reading.instant, reading.rule) {
            (Some(instant), ZoneRule::Stated | ZoneRule::Feed | ZoneRule::Place) => instant.to_string(),
            _ if self == Self::ShipEngine => format!("{}Z", time.wall.start()),
            (Some(instant), ZoneRule::Neighbour | ZoneRule::Home) => {
                with_offset(instant, reading.offset.unwrap_or(Offset::UTC))
            }
            _ => time.wall.start().to_string(),
        }
    }

    /// `carrier_occurred_at`: the clock on the carrier's wall, without a zone as in the published example. Where only
    /// UTC came it ends in `Z`, and where only a date came it is that date.
    pub(crate) fn carrier_occurred_at(self, time: &EventTime) -> String {
        match (time.wall, &time.zone) {
            (Wall::Date(date), _) if self == Self::Exact => date.to_string(),
            (Wall::At(at), WrittenZone::Utc) => format!("{at}Z"),
            (wall, _) => wall.start().to_string(),
        }
    }

    /// A time stated as a fact: with the zone that was written, or none if none was; a date alone is its midnight.
    /// `None` for free text, of which a field for times can hold nothing.
    pub(crate) fn fact(self, written: &str) -> Option<String> {
        let pieces = Pieces::parse(written).ok()?;
        let wall = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
        match (pieces.offset(), pieces.to_numeric_offset()) {
            (Some(PiecesOffset::Zulu), _) => Some(format!("{wall}Z")),
            (_, Some(offset)) => Some(with_offset(offset.to_timestamp(wall).ok()?, offset)),
            _ if self == Self::ShipEngine => Some(format!("{wall}Z")),
            _ => Some(wall.to_string()),
        }
    }
}

/// Always numeric: `+00:00` says that London's clocks showed it, `Z` would say that UTC was known.
fn with_offset(instant: Timestamp, offset: Offset) -> String {
    instant.display_with_offset(offset).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLES: [TimeStyle; 2] = [TimeStyle::Exact, TimeStyle::ShipEngine];

    fn time(wall: &str, zone: WrittenZone) -> EventTime {
        let at = wall.parse().map(Wall::At);
        EventTime {
            wall: if wall.len() == 10 {
                Wall::Date(wall.parse().unwrap())
            } else {
                at.unwrap()
            },
            zone,
        }
    }

    fn reading(rule: ZoneRule, instant: Option<&str>, offset: Option<i8>) -> Reading {
        Reading {
            instant: instant.map(|text| text.parse().unwrap()),
            offset: offset.map(jiff::tz::offset),
            rule,
            detail: None,
            status: None,
            coordinates: None,
        }
    }

    #[test]
    fn occurred_at() {
        let local = "2021-09-20T14:03:00";
        let utc = Some("2021-09-20T19:03:00Z");
        for (rule, wall, instant, offset, expect) in [
            (ZoneRule::Stated, local, utc, Some(-5), ["2021-09-20T19:03:00Z"; 2]),
            (ZoneRule::Stated, local, utc, None, ["2021-09-20T19:03:00Z"; 2]),
            (ZoneRule::Feed, local, utc, Some(-5), ["2021-09-20T19:03:00Z"; 2]),
            (ZoneRule::Place, local, utc, Some(-5), ["2021-09-20T19:03:00Z"; 2]),
            (
                ZoneRule::Place,
                "2021-09-20",
                Some("2021-09-20T05:00:00Z"),
                Some(-5),
                ["2021-09-20T05:00:00Z"; 2],
            ),
            (
                ZoneRule::Neighbour,
                local,
                utc,
                Some(-5),
                ["2021-09-20T14:03:00-05:00", "2021-09-20T14:03:00Z"],
            ),
            (
                ZoneRule::Home,
                local,
                Some("2021-09-20T14:03:00Z"),
                Some(0),
                ["2021-09-20T14:03:00+00:00", "2021-09-20T14:03:00Z"],
            ),
            (
                ZoneRule::Home,
                "2021-09-20",
                Some("2021-09-19T14:00:00Z"),
                Some(10),
                ["2021-09-20T00:00:00+10:00", "2021-09-20T00:00:00Z"],
            ),
            (
                ZoneRule::Unknown,
                local,
                None,
                None,
                ["2021-09-20T14:03:00", "2021-09-20T14:03:00Z"],
            ),
            (
                ZoneRule::Unknown,
                "2021-09-20",
                None,
                None,
                ["2021-09-20T00:00:00", "2021-09-20T00:00:00Z"],
            ),
            (
                ZoneRule::Place,
                local,
                None,
                None,
                ["2021-09-20T14:03:00", "2021-09-20T14:03:00Z"],
            ),
        ] {
            let written = time(wall, WrittenZone::Unstated);
            let got = STYLES.map(|style| style.occurred_at(&written, &reading(rule, instant, offset)));
            assert_eq!(got, expect, "{rule:?} {wall}");
        }
    }

    #[test]
    fn carrier_occurred_at() {
        let local = "2021-09-20T14:03:00";
        let offset = WrittenZone::Offset(jiff::tz::offset(-5));
        for (wall, zone, expect) in [
            (local, WrittenZone::Unstated, [local; 2]),
            (local, offset, [local; 2]),
            (local, WrittenZone::Feed("Europe/Berlin".into()), [local; 2]),
            (local, WrittenZone::Utc, ["2021-09-20T14:03:00Z"; 2]),
            (
                "2021-09-20",
                WrittenZone::Unstated,
                ["2021-09-20", "2021-09-20T00:00:00"],
            ),
            ("2021-09-20", WrittenZone::Utc, ["2021-09-20", "2021-09-20T00:00:00"]),
        ] {
            let written = time(wall, zone);
            assert_eq!(
                STYLES.map(|style| style.carrier_occurred_at(&written)),
                expect,
                "{written:?}"
            );
        }
    }

    #[test]
    fn facts() {
        let none: [Option<&str>; 2] = [None, None];
        for (written, expect) in [
            ("2026-11-22T17:00:00Z", [Some("2026-11-22T17:00:00Z"); 2]),
            ("2026-11-22T17:00:00+01:00", [Some("2026-11-22T17:00:00+01:00"); 2]),
            ("2026-11-22T17:00:00+00:00", [Some("2026-11-22T17:00:00+00:00"); 2]),
            (
                "2026-11-22 17:00",
                [Some("2026-11-22T17:00:00"), Some("2026-11-22T17:00:00Z")],
            ),
            (
                "2026-11-22",
                [Some("2026-11-22T00:00:00"), Some("2026-11-22T00:00:00Z")],
            ),
            ("by end of day Tuesday", none),
            ("2026-11-22 by 9pm", none),
            ("22/11/2026", none),
            ("2026-02-30", none),
            ("", none),
        ] {
            let got = STYLES.map(|style| style.fact(written));
            assert_eq!(got.each_ref().map(Option::as_deref), expect, "{written}");
        }
    }
}
