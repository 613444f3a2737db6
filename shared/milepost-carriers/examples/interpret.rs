//! How long it takes to say when and where an event happened: `cargo run --release -p milepost-carriers --example
//! interpret`. Each row of the test's table is read as a parcel of one event, again and again.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that a person starts and reads"
)]

use std::time::Instant;

use jiff::civil::DateTime;
use milepost_carriers::read;
use milepost_model::{
    Arrival, CarrierCode, EventIdentity, EventTime, MergedEvent, Place, SourceHash, TrackingEvent, Wall, WrittenZone,
};

const ROUNDS: u32 = 2_000;

fn main() {
    let events: Vec<MergedEvent> = include_str!("../tests/fixtures/zones/moments.tsv")
        .lines()
        .filter_map(|line| event(&line.split('\t').collect::<Vec<_>>()))
        .collect();
    let carrier = CarrierCode::parse("usps").unwrap();
    let before = resident();
    let started = Instant::now();
    let first = events.iter().filter(|event| is_placed(&carrier, event)).count();
    let cold = started.elapsed();
    let started = Instant::now();
    let mut placed = 0;
    for _ in 0..ROUNDS {
        placed = events.iter().filter(|event| is_placed(&carrier, event)).count();
    }
    let each = started.elapsed() / ROUNDS / u32::try_from(events.len()).unwrap();
    assert_eq!(first, placed);
    println!("{} events, {placed} with an instant", events.len());
    println!("first time {cold:?} for all, then {each:?} for each");
    println!("resident memory before {before}, after {}", resident());
}

fn is_placed(carrier: &CarrierCode, event: &MergedEvent) -> bool {
    read(carrier, std::slice::from_ref(event))
        .iter()
        .any(|reading| reading.instant.is_some())
}

/// An event without offset or feed zone, so that its place has to be looked up.
fn event(row: &[&str]) -> Option<MergedEvent> {
    let &[_, wall, "", city, state, postal_code, country, ..] = row else {
        return None;
    };
    let place = Place {
        city: city.into(),
        state: state.into(),
        postal_code: postal_code.into(),
        country: country.into(),
        coordinates: None,
    };
    let time = EventTime {
        wall: Wall::At(wall.parse::<DateTime>().ok()?),
        zone: WrittenZone::Unstated,
    };
    let event = TrackingEvent {
        place,
        ..TrackingEvent::at(time)
    };
    Some(MergedEvent {
        identity: EventIdentity::of(&event),
        event,
        first_arrival: Arrival {
            at_ms: 0,
            source: SourceHash(0),
            offset: 0,
        },
        imported: true,
        notify_from: None,
    })
}

/// As Linux tells it; empty elsewhere.
fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap_or_default().trim().to_owned()
}
