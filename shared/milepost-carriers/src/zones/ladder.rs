//! The ladder of time rules, best first:
//!
//! 1. the carrier wrote an offset, or UTC
//! 2. the feed's layout names the zone
//! 3. the place has one zone: its postal code, the town in a facility's name, the city, the region, the country
//! 4. the offset of the nearest event of the same parcel that a better rule placed, the earlier one on a tie
//! 5. the carrier's home zone
//! 6. nothing: the wall time stands without a zone
//!
//! A clock that is put forward skips wall times and one that is put back shows some twice. A skipped time is read with
//! the offset from before the change (02:30 of a missing hour becomes 03:30), a doubled one as the first of the two;
//! RFC 5545 reads calendars so. A date alone stands for the midnight with which it begins.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use milepost_model::{EventIdentity, EventTime, MergedEvent, WrittenZone, ZoneRule};

use super::table::Spot;
use super::zone;
use crate::registry::Carrier;

/// When an event happened, and by which rule that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    pub(crate) instant: Option<Timestamp>,
    pub(crate) offset: Option<Offset>,
    pub(crate) rule: ZoneRule,
}

/// Places the events of one parcel in time, in their order; `spots` is where each happened. `carrier` is `None` for one
/// that is not known here.
pub(crate) fn place_all(carrier: Option<&Carrier>, events: &[MergedEvent], spots: &[Spot]) -> Vec<Placed> {
    let each = events.iter().zip(spots);
    let mut placed: Vec<Option<Placed>> = each.map(|(event, spot)| by_itself(event, spot)).collect();
    let anchors = Anchors::of(events, &placed);
    let home = carrier.and_then(|carrier| carrier.home_zone).and_then(zone);
    for (event, placed) in events.iter().zip(&mut placed) {
        let time = &event.event.time;
        *placed = placed
            .or_else(|| in_offset(time, anchors.nearest(wall_seconds(time))?))
            .or_else(|| in_zone(time, home.as_ref()?, ZoneRule::Home));
    }
    placed.into_iter().map(|placed| placed.unwrap_or(UNKNOWN)).collect()
}

const UNKNOWN: Placed = Placed {
    instant: None,
    offset: None,
    rule: ZoneRule::Unknown,
};

/// What the event settles without its neighbours: rules 1 to 3.
fn by_itself(event: &MergedEvent, spot: &Spot) -> Option<Placed> {
    let time = &event.event.time;
    let of_place = || spot.zone.and_then(zone);
    let stated = |instant, offset| Placed {
        instant: Some(instant),
        offset,
        rule: ZoneRule::Stated,
    };
    let from_writing = match &time.zone {
        WrittenZone::Offset(offset) => time.stated_instant().map(|instant| stated(instant, Some(*offset))),
        // The instant is settled; the place only tells what its clocks showed.
        WrittenZone::Utc => time
            .stated_instant()
            .map(|instant| stated(instant, of_place().map(|zone| zone.to_offset(instant)))),
        WrittenZone::Feed(name) => zone(name).and_then(|zone| in_zone(time, &zone, ZoneRule::Feed)),
        WrittenZone::Unstated => None,
    };
    from_writing.or_else(|| in_zone(time, &of_place()?, ZoneRule::Place))
}

fn in_zone(time: &EventTime, zone: &TimeZone, rule: ZoneRule) -> Option<Placed> {
    let instant = zone.to_ambiguous_timestamp(time.wall.start()).compatible().ok()?;
    Some(Placed {
        instant: Some(instant),
        offset: Some(zone.to_offset(instant)),
        rule,
    })
}

fn in_offset(time: &EventTime, offset: Offset) -> Option<Placed> {
    Some(Placed {
        instant: Some(offset.to_timestamp(time.wall.start()).ok()?),
        offset: Some(offset),
        rule: ZoneRule::Neighbour,
    })
}

/// The wall clock as a number that can be compared and subtracted.
fn wall_seconds(time: &EventTime) -> i64 {
    let wall = Offset::UTC.to_timestamp(time.wall.start());
    wall.unwrap_or(Timestamp::MAX).as_second()
}

/// The events that lend their offset, in order of local wall time.
struct Anchors(Vec<(i64, EventIdentity, Offset)>);

impl Anchors {
    fn of(events: &[MergedEvent], placed: &[Option<Placed>]) -> Self {
        let anchors = events.iter().zip(placed).filter_map(|(event, placed)| {
            let (instant, offset) = (placed.as_ref()?.instant?, placed.as_ref()?.offset?);
            let wall = instant.as_second() + i64::from(offset.seconds());
            Some((wall, event.identity, offset))
        });
        let mut anchors: Vec<_> = anchors.collect();
        anchors.sort_by_key(|(wall, identity, _)| (*wall, *identity));
        Self(anchors)
    }

    /// The offset of the anchor whose wall time is nearest, of the earlier one on a tie.
    fn nearest(&self, wall: i64) -> Option<Offset> {
        let (before, from) = self
            .0
            .split_at_checked(self.0.partition_point(|anchor| anchor.0 < wall))?;
        let distance = |anchor: &&(i64, EventIdentity, Offset)| anchor.0.abs_diff(wall);
        // `min_by_key` keeps the first of equals.
        let nearest = before.last().into_iter().chain(from.first()).min_by_key(distance)?;
        Some(nearest.2)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use milepost_model::{Arrival, CarrierCode, Place, SourceHash, TrackingEvent, Wall};
    use proptest::prelude::*;

    use super::*;
    use crate::registry;
    use crate::zones::locate;

    /// An event of `[wall] [zone] [state/country]`: `2026-01-05T10:11 -05:00 MO/US`. The zone is `-` for none, `Z` for
    /// UTC, an offset or a zone's name; `-/-` is no place.
    fn event(written: &str) -> MergedEvent {
        let parts: Vec<&str> = written.split(' ').collect();
        let wall = match parts[0].parse::<DateTime>() {
            Ok(at) if parts[0].contains('T') => Wall::At(at),
            _ => Wall::Date(parts[0].parse().unwrap()),
        };
        let zone = match parts[1] {
            "-" => WrittenZone::Unstated,
            "Z" => WrittenZone::Utc,
            name if name.contains('/') => WrittenZone::Feed(name.into()),
            hours => WrittenZone::Offset(Offset::constant(hours.parse().unwrap())),
        };
        let (state, country) = parts[2].split_once('/').unwrap();
        let sent = |text: &str| text.replace('-', "");
        let event = TrackingEvent {
            place: Place {
                state: sent(state),
                country: sent(country),
                ..Place::default()
            },
            code: written.into(),
            ..TrackingEvent::at(EventTime { wall, zone })
        };
        MergedEvent {
            identity: EventIdentity::of(&event),
            event,
            first_arrival: Arrival {
                at_ms: 0,
                source: SourceHash(0),
                offset: 0,
            },
            imported: true,
            notify_from: None,
        }
    }

    fn place(carrier: Option<&Carrier>, events: &[MergedEvent]) -> Vec<Placed> {
        let domestic = carrier.and_then(|carrier| carrier.domestic_country);
        let spots: Vec<Spot> = events
            .iter()
            .map(|event| locate(&event.event.place, domestic))
            .collect();
        place_all(carrier, events, &spots)
    }

    fn describe(placed: &Placed) -> String {
        let instant = placed.instant.map_or("-".to_owned(), |at| at.to_string());
        let offset = placed.offset.map_or("-".to_owned(), |offset| offset.to_string());
        format!("{instant} {offset} {:?}", placed.rule)
    }

    /// How the first of `events` is placed among the others.
    #[track_caller]
    fn check(carrier: &str, events: &[&str], expect: &str) {
        let merged: Vec<MergedEvent> = events.iter().map(|written| event(written)).collect();
        let known = registry::carrier(&CarrierCode::parse(carrier).unwrap());
        let placed = place(known, &merged);
        assert_eq!(placed.len(), events.len());
        assert_eq!(describe(&placed[0]), expect, "{events:?}");
    }

    #[test]
    fn rung_by_rung() {
        // What is written beats the place: carriers stamp some towns in the serving centre's zone.
        check("ups", &["2026-11-20T14:03 -5 TN/US"], "2026-11-20T19:03:00Z -05 Stated");
        check("ups", &["2026-11-20T14:03 -5 MO/US"], "2026-11-20T19:03:00Z -05 Stated");
        check("ups", &["2026-11-20T14:03 Z MO/US"], "2026-11-20T14:03:00Z -06 Stated");
        check("ups", &["2026-11-20T14:03 Z -/-"], "2026-11-20T14:03:00Z - Stated");
        check(
            "ups",
            &["2026-11-20T14:03 Europe/Paris MO/US"],
            "2026-11-20T13:03:00Z +01 Feed",
        );
        check(
            "ups",
            &["2026-11-20T14:03 No/Where MO/US"],
            "2026-11-20T20:03:00Z -06 Place",
        );
        check("ups", &["2026-11-20T14:03 - MO/US"], "2026-11-20T20:03:00Z -06 Place");
        check("usps", &["2026-11-20T14:03 - MO/-"], "2026-11-20T20:03:00Z -06 Place");
        check("ups", &["2026-11-20T14:03 - MO/-"], "- - Unknown");
        check(
            "post_haste",
            &["2026-11-20T14:03 - -/-"],
            "2026-11-20T01:03:00Z +13 Home",
        );
        check("usps", &["2026-11-20T14:03 - -/-"], "- - Unknown");
        check("acme", &["2026-11-20T14:03 - -/-"], "- - Unknown");
    }

    #[test]
    fn places_north_and_south() {
        check("apc", &["2026-07-01T12:00 - -/DE"], "2026-07-01T10:00:00Z +02 Place");
        check("apc", &["2026-01-01T12:00 - -/DE"], "2026-01-01T11:00:00Z +01 Place");
        check("apc", &["2026-07-01T12:00 - -/NZ"], "2026-07-01T00:00:00Z +12 Place");
        check("apc", &["2026-01-01T12:00 - -/NZ"], "2025-12-31T23:00:00Z +13 Place");
        check("apc", &["2026-01-01T12:00 - VIC/AU"], "2026-01-01T01:00:00Z +11 Place");
        check("apc", &["2026-01-01T12:00 - -/IN"], "2026-01-01T06:30:00Z +05:30 Place");
        // A date begins at its own midnight.
        check("apc", &["2026-01-01 - -/NZ"], "2025-12-31T11:00:00Z +13 Place");
        check("apc", &["2026-01-01 -6 -/-"], "2026-01-01T06:00:00Z -06 Stated");
    }

    #[test]
    fn clocks_put_forward_and_back() {
        // Skipped: read with the offset from before, so that 02:30 shows as 03:30.
        check("apc", &["2026-03-08T02:30 - MO/US"], "2026-03-08T08:30:00Z -05 Place");
        check("apc", &["2026-03-29T02:30 - -/DE"], "2026-03-29T01:30:00Z +02 Place");
        check("apc", &["2026-09-27T02:30 - -/NZ"], "2026-09-26T14:30:00Z +13 Place");
        // Doubled: the first of the two.
        check("apc", &["2026-11-01T01:30 - MO/US"], "2026-11-01T06:30:00Z -05 Place");
        check("apc", &["2026-10-25T02:30 - -/DE"], "2026-10-25T00:30:00Z +02 Place");
        check("apc", &["2026-04-05T02:30 - -/NZ"], "2026-04-04T13:30:00Z +13 Place");
        // Midnight itself is skipped in Beirut.
        check("apc", &["2026-03-29 - -/LB"], "2026-03-28T22:00:00Z +03 Place");
    }

    #[test]
    fn military_mail_has_no_place() {
        check("usps", &["2026-11-20T14:03 - AE/US"], "- - Unknown");
        check("usps", &["2026-11-20T14:03 - AP/-"], "- - Unknown");
    }

    #[test]
    fn neighbours() {
        let lost = "2026-01-05T12:00 - -/-";
        let before = |hours| format!("2026-01-05T{:02}:00 -8 -/-", 12 - hours);
        let after = |hours| format!("2026-01-05T{:02}:00 -5 -/-", 12 + hours);
        check(
            "usps",
            &[lost, &before(2), &after(1)],
            "2026-01-05T17:00:00Z -05 Neighbour",
        );
        check(
            "usps",
            &[lost, &before(1), &after(2)],
            "2026-01-05T20:00:00Z -08 Neighbour",
        );
        check(
            "usps",
            &[lost, &after(2), &before(2)],
            "2026-01-05T20:00:00Z -08 Neighbour",
        );
        check(
            "usps",
            &[lost, "2026-03-01T12:00 - MO/US"],
            "2026-01-05T18:00:00Z -06 Neighbour",
        );
        // A neighbour's offset beats the home zone, and one that was borrowed is not lent on.
        check(
            "post_haste",
            &[lost, "2026-01-05T10:00 +8 -/-"],
            "2026-01-05T04:00:00Z +08 Neighbour",
        );
        let borrowed = "2026-01-05T12:30 - -/-";
        check(
            "usps",
            &[lost, borrowed, &before(1)],
            "2026-01-05T20:00:00Z -08 Neighbour",
        );
        check("usps", &[lost, borrowed], "- - Unknown");
        // UTC alone has no offset to lend; with a place it has, at the hour that clocks there showed.
        check("usps", &[lost, "2026-01-05T12:00 Z -/-"], "- - Unknown");
        let utc_at_eleven = "2026-01-05T17:00 Z MO/US";
        check(
            "usps",
            &[lost, utc_at_eleven, &after(2)],
            "2026-01-05T18:00:00Z -06 Neighbour",
        );
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        check("usps", &["9999-12-31T23:59 -12 -/-"], "- - Unknown");
        check(
            "usps",
            &["9999-12-31T23:59 - -/-", "2026-01-05T12:00 -8 -/-"],
            "- - Unknown",
        );
        check("usps", &["-009999-01-01T00:00 +14 -/-"], "- - Unknown");
    }

    proptest! {
        /// Whatever order the events come in, each is placed alike.
        #[test]
        fn order_does_not_matter(hours in proptest::collection::vec((0u8..24, 0usize..4), 1..8), by in 0usize..8) {
            let zones = ["-", "-8", "+1", "Z"];
            let events: Vec<MergedEvent> = hours
                .iter()
                .map(|(hour, zone)| event(&format!("2026-01-05T{hour:02}:00 {} -/-", zones[*zone])))
                .collect();
            let mut turned = events.clone();
            turned.rotate_left(by % events.len());
            let mut placed = place(None, &events);
            placed.rotate_left(by % events.len());
            prop_assert_eq!(placed, place(None, &turned));
        }
    }
}
