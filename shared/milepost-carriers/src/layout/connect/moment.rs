//! The time of an event from its two fields.
//!
//! | `event_datetime` | `event_datetime_local` | read as |
//! |---|---|---|
//! | UTC | local | local time with the offset between the two, rounded to a quarter of an hour |
//! | UTC | none | UTC alone: the local time is unknown |
//! | with an offset | none | local time with that offset |
//! | none | local | local time with nothing said of the zone |
//! | none | with an offset | local time with that offset |
//!
//! A `Z` or `+00:00` on the local field says nothing: systems put it on every time that they write. A date alone is a
//! local date in either field.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use milepost_model::{EventTime, Wall, WrittenZone};

use super::super::scalar::Scalar;
use super::super::time::{iso_time, plausible};
use super::shape::Event;

/// Offsets are multiples of this everywhere on Earth; the two clocks of a carrier differ by less.
const QUARTER_HOUR: i64 = 15 * 60;

/// The time of an event; `None` when neither field can be read.
pub(super) fn read(event: &Event<'_>, warnings: &mut Vec<String>) -> Option<EventTime> {
    let mut time = |scalar: &Scalar<'_>, field: &str| {
        let text = scalar.text()?;
        let time = iso_time(text);
        if time.is_none() {
            warnings.push(format!("events.{field}: no time in ISO 8601"));
        }
        time
    };
    let utc = time(&event.event_datetime, "event_datetime");
    let local = time(&event.event_datetime_local, "event_datetime_local");
    match (utc, local) {
        (Some((Wall::At(utc), zone)), Some((Wall::At(local), local_zone))) => {
            let utc_offset = own_offset(zone.as_ref());
            let offset = own_offset(local_zone.as_ref()).or_else(|| between(to_utc(utc, utc_offset), local));
            if offset.is_some() {
                return Some(stated(local, offset));
            }
            warnings.push("events: event_datetime and event_datetime_local are too far apart".to_owned());
            Some(stated(utc, utc_offset))
        }
        (Some((Wall::At(utc), zone)), _) => Some(stated(utc, own_offset(zone.as_ref()))),
        (_, Some((local, zone))) => Some(EventTime {
            wall: local,
            zone: own_offset(zone.as_ref()).map_or(WrittenZone::Unstated, WrittenZone::Offset),
        }),
        (Some((date, _)), None) => Some(EventTime {
            wall: date,
            zone: WrittenZone::Unstated,
        }),
        (None, None) => None,
    }
}

/// An offset that says more than "this may be UTC".
fn own_offset(zone: Option<&WrittenZone>) -> Option<Offset> {
    match zone {
        Some(WrittenZone::Offset(offset)) if *offset != Offset::UTC => Some(*offset),
        _ => None,
    }
}

/// A time with its offset, or in UTC without one.
fn stated(wall: DateTime, offset: Option<Offset>) -> EventTime {
    EventTime {
        wall: Wall::At(wall),
        zone: offset.map_or(WrittenZone::Utc, WrittenZone::Offset),
    }
}

fn to_utc(wall: DateTime, offset: Option<Offset>) -> DateTime {
    let instant = offset.and_then(|offset| offset.to_timestamp(wall).ok());
    instant.map_or(wall, |instant| Offset::UTC.to_datetime(instant))
}

/// The offset at which UTC shows as the local time.
fn between(utc: DateTime, local: DateTime) -> Option<Offset> {
    let seconds = |time| Offset::UTC.to_timestamp(time).ok().map(jiff::Timestamp::as_second);
    let apart = seconds(local)? - seconds(utc)?;
    let rounded = (apart + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR) * QUARTER_HOUR;
    plausible(Offset::from_seconds(i32::try_from(rounded).ok()?).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(utc: &str, local: &str, expect: &str) {
        let json = format!(r#"{{"event_datetime": "{utc}", "event_datetime_local": "{local}"}}"#);
        let event: Event<'_> = serde_json::from_str(&json).unwrap();
        let mut warnings = Vec::new();
        let got = match read(&event, &mut warnings) {
            None => "none".to_owned(),
            Some(EventTime { wall, zone }) => {
                let zone = match zone {
                    WrittenZone::Offset(offset) => offset.to_string(),
                    other => format!("{other:?}"),
                };
                format!("{} {zone}", wall.start())
            }
        };
        let warned = if warnings.is_empty() { "" } else { " !" };
        assert_eq!(format!("{got}{warned}"), expect, "{utc:?} {local:?}");
    }

    #[test]
    fn both_fields() {
        check("2021-09-20T19:03:00Z", "2021-09-20T14:03:00", "2021-09-20T14:03:00 -05");
        check(
            "2021-09-20T08:33:00Z",
            "2021-09-20T14:03:00",
            "2021-09-20T14:03:00 +05:30",
        );
        // Three minutes of two clocks.
        check("2021-09-20T19:03:00Z", "2021-09-20T14:00:10", "2021-09-20T14:00:10 -05");
        check(
            "2021-09-20T19:03:00Z",
            "2021-09-20T14:03:00Z",
            "2021-09-20T14:03:00 -05",
        );
        check(
            "2021-09-20T19:03:00",
            "2021-09-20T14:03:00-05:00",
            "2021-09-20T14:03:00 -05",
        );
        check(
            "2021-09-20T21:03:00+02:00",
            "2021-09-20T14:03:00",
            "2021-09-20T14:03:00 -05",
        );
        check("2021-09-20T14:03:00Z", "2021-09-20T14:03:00", "2021-09-20T14:03:00 +00");
        check(
            "2021-09-20T19:03:00Z",
            "2021-09-22T14:03:00",
            "2021-09-20T19:03:00 Utc !",
        );
        check("2021-09-20T19:03:00Z", "2021-09-20", "2021-09-20T19:03:00 Utc");
        check("2021-09-20T19:03:00Z", "yesterday", "2021-09-20T19:03:00 Utc !");
        check("yesterday", "2021-09-20T14:03:00", "2021-09-20T14:03:00 Unstated !");
    }

    #[test]
    fn one_field() {
        check("2021-09-20T19:03:00Z", "", "2021-09-20T19:03:00 Utc");
        check("2021-09-20T19:03:00+00:00", "", "2021-09-20T19:03:00 Utc");
        check("2021-09-20T19:03:00", "", "2021-09-20T19:03:00 Utc");
        check("2021-09-20T14:03:00-05:00", "", "2021-09-20T14:03:00 -05");
        check("", "2021-09-20T14:03:00", "2021-09-20T14:03:00 Unstated");
        check("", "2021-09-20T14:03:00Z", "2021-09-20T14:03:00 Unstated");
        check("", "2021-09-20T14:03:00-05:00", "2021-09-20T14:03:00 -05");
        check("", "2021-09-20", "2021-09-20T00:00:00 Unstated");
        check("2021-09-20", "", "2021-09-20T00:00:00 Unstated");
        check("", "", "none");
        check("2021-02-31T00:00:00Z", "", "none !");
    }
}
