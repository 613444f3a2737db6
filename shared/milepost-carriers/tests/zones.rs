//! When and where events happened, against what the world says.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZoneDatabase};
use milepost_carriers::read;
use milepost_model::{
    Arrival, CarrierCode, Coordinates, EventIdentity, EventTime, MergedEvent, Place, Reading, SourceHash,
    TrackingEvent, Wall, WrittenZone, ZoneRule,
};
use proptest::prelude::*;

/// The rows of a fixture, without comments and the line of names.
fn rows(fixture: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = fixture.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split('\t').collect())
}

fn event(wall: &str, said: &str, place: Place) -> MergedEvent {
    let zone = match said {
        "" => WrittenZone::Unstated,
        "Z" => WrittenZone::Utc,
        name if name.contains('/') => WrittenZone::Feed(name.into()),
        offset => WrittenZone::Offset(hours_and_minutes(offset)),
    };
    let wall = match wall.parse::<DateTime>() {
        Ok(at) if wall.contains('T') => Wall::At(at),
        _ => Wall::Date(wall.parse().unwrap()),
    };
    let event = TrackingEvent {
        place,
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

/// `-03:30`.
fn hours_and_minutes(offset: &str) -> Offset {
    let (hours, minutes) = offset[1..].split_once(':').unwrap();
    let seconds = hours.parse::<i32>().unwrap() * 3600 + minutes.parse::<i32>().unwrap() * 60;
    Offset::from_seconds(if offset.starts_with('-') { -seconds } else { seconds }).unwrap()
}

fn place(city: &str, state: &str, postal_code: &str, country: &str) -> Place {
    Place {
        city: city.into(),
        state: state.into(),
        postal_code: postal_code.into(),
        country: country.into(),
        coordinates: None,
    }
}

fn read_one(carrier: &str, event: MergedEvent) -> Reading {
    read(&CarrierCode::parse(carrier).unwrap(), &[event]).remove(0)
}

#[test]
fn moments() {
    let (mut count, mut wrong) = (0, Vec::new());
    for row in rows(include_str!("fixtures/zones/moments.tsv")) {
        let &[
            carrier,
            wall,
            said,
            city,
            state,
            postal_code,
            country,
            instant,
            offset,
            rule,
            truth,
        ] = &row[..]
        else {
            panic!("{row:?}");
        };
        let reading = read_one(carrier, event(wall, said, place(city, state, postal_code, country)));
        let expect = (
            (!instant.is_empty()).then(|| instant.parse::<Timestamp>().unwrap()),
            (!offset.is_empty()).then(|| hours_and_minutes(offset)),
            rule.to_owned(),
        );
        let found = (reading.instant, reading.offset, format!("{:?}", reading.rule));
        if found != expect {
            wrong.push(format!(
                "{wall} {said} {city}/{state}/{postal_code}/{country} ({truth}): {found:?}"
            ));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

/// In kilometres, along the sphere.
fn distance(a: Coordinates, latitude: f64, longitude: f64) -> f64 {
    let (from, to) = (a.latitude.to_radians(), latitude.to_radians());
    let east = (a.longitude - longitude).to_radians();
    let half = ((to - from) / 2.0).sin().powi(2) + from.cos() * to.cos() * (east / 2.0).sin().powi(2);
    2.0 * 6371.0 * half.sqrt().asin()
}

#[track_caller]
fn check_near(reading: &Reading, latitude: &str, longitude: &str, within_km: f64, what: &str) {
    let found = reading.coordinates.unwrap_or_else(|| panic!("{what} is nowhere"));
    let far = distance(found, latitude.parse().unwrap(), longitude.parse().unwrap());
    assert!(far <= within_km, "{what} is {far:.1} km away, at {found:?}");
}

/// Every position within the rounding of the tables, and a clock that shows the zone of the list shows.
#[test]
fn sampled_cities() {
    let (rules, mut count) = (TimeZoneDatabase::bundled(), 0);
    for row in rows(include_str!("fixtures/zones/cities.tsv")) {
        let &[city, region, country, zone, latitude, longitude] = &row[..] else {
            panic!("{row:?}");
        };
        for wall in ["2026-01-15T12:00", "2026-07-15T12:00"] {
            let reading = read_one("dhl_express", event(wall, "", place(city, region, "", country)));
            check_near(&reading, latitude, longitude, 1.0, city);
            // Beijing's time is the legal one in all of China.
            let zone = if country == "CN" { "Asia/Shanghai" } else { zone };
            let clock = rules.get(zone).unwrap().to_offset(reading.instant.unwrap());
            assert_eq!(reading.offset, Some(clock), "{city} {region} {country}");
        }
        count += 1;
    }
    assert!(count > 400, "{count}");
}

/// If this fails after new rules came with jiff, make the tables again with the newest list of zones.
#[test]
fn joined_zones_still_agree() {
    let rules = TimeZoneDatabase::bundled();
    let mut count = 0;
    for row in rows(include_str!("fixtures/zones/joined.tsv")) {
        let [zone, other] = [row[0], row[1]].map(|name| rules.get(name).unwrap());
        let mut at: Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
        let until: Timestamp = "2028-01-01T00:00:00Z".parse().unwrap();
        while at < until {
            assert_eq!(zone.to_offset(at), other.to_offset(at), "{row:?} at {at}");
            at += jiff::SignedDuration::from_hours(24);
        }
        count += 1;
    }
    assert!(count > 40, "{count}");
}

#[test]
fn sampled_zip_codes_and_towns() {
    let mut count = 0;
    for row in rows(include_str!("fixtures/zones/zips.tsv")) {
        let &[zip, town, state, latitude, longitude] = &row[..] else {
            panic!("{row:?}");
        };
        let by_code = read_one("usps", event("2026-07-15T12:00", "", place("", "", zip, "US")));
        check_near(&by_code, latitude, longitude, 1.0, zip);
        let by_name = read_one("ups", event("2026-07-15T12:00", "", place(town, state, "", "US")));
        assert_eq!(by_name.instant, by_code.instant, "{town} {state}");
        count += 1;
    }
    assert!(count > 400, "{count}");
}

/// The answer that ShipEngine publishes as its example. Its positions differ from every public list by up to 17 km, and
/// it stamps the one event without a place as if local time were UTC; here it borrows Las Vegas's clock.
#[test]
fn the_published_example() {
    let text = include_str!("fixtures/zones/shipengine-example.json");
    let answer: serde_json::Value = serde_json::from_str(text).unwrap();
    let sent = answer["events"].as_array().unwrap();
    let events: Vec<_> = sent
        .iter()
        .map(|sent| {
            let field = |name: &str| sent[name].as_str().unwrap();
            let place = place(
                field("city_locality"),
                field("state_province"),
                field("postal_code"),
                field("country_code"),
            );
            event(field("carrier_occurred_at"), "", place)
        })
        .collect();
    let readings = read(&CarrierCode::parse("usps").unwrap(), &events);
    let mut placed = 0;
    for (sent, reading) in sent.iter().zip(&readings) {
        let code = sent["event_code"].as_str().unwrap();
        let expect = match code {
            "NT" => "2021-09-18T07:00:00Z",
            _ => sent["occurred_at"].as_str().unwrap(),
        };
        assert_eq!(reading.instant, Some(expect.parse().unwrap()), "{code}");
        match sent["latitude"].as_f64() {
            Some(latitude) => {
                let longitude = sent["longitude"].as_f64().unwrap();
                check_near(reading, &latitude.to_string(), &longitude.to_string(), 25.0, code);
                placed += 1;
            }
            None => assert_eq!(reading.coordinates, None, "{code}"),
        }
    }
    assert_eq!((readings.len(), placed), (6, 4));
}

#[test]
fn a_position_that_the_carrier_sent_stands() {
    let at = Coordinates {
        latitude: 1.5,
        longitude: -2.5,
    };
    let sent = Place {
        coordinates: Some(at),
        ..place("SARCOXIE", "MO", "64862", "US")
    };
    let reading = read_one("usps", event("2026-07-15T12:00", "", sent));
    assert_eq!(reading.coordinates, Some(at));
}

proptest! {
    /// Whatever a carrier writes is answered, an instant always comes with the rule that found it, and one that the place
    /// gave with the offset that its clocks showed.
    #[test]
    fn any_place_is_answered(
        city in "(\\PC{0,20}|SPRINGFIELD|NEW YORK NY|ISC |HUB|APO| - GERMANY){0,3}",
        state in "(\\PC{0,8}|MO|TN|AE|Québec)",
        postal_code in "(\\PC{0,8}|[0-9]{5}|[0-9]{9}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])",
        country in "(\\PC{0,8}|US|CA|DE|PR|UNITED STATES)",
        carrier in "(usps|ups|fastway_nz|acme)",
    ) {
        let at = event("2026-07-15T12:00", "", place(&city, &state, &postal_code, &country));
        let reading = read_one(&carrier, at);
        prop_assert_eq!(reading.instant.is_none(), reading.rule == ZoneRule::Unknown);
        prop_assert_eq!(reading.instant.is_none(), reading.offset.is_none());
        prop_assert_ne!(reading.rule, ZoneRule::Stated);
        if let Some(at) = reading.coordinates {
            prop_assert!(at.latitude.abs() <= 90.0 && at.longitude.abs() <= 180.0);
        }
    }
}
