//! What events mean, in tests: a small table, and two cities with a zone.

use jiff::tz::Offset;
use milepost_model::{DetailCode, MergedEvent, Reading, Status, WrittenZone, ZoneRule};

/// A stated offset or UTC gives the instant, then the city's zone; else the wall time is taken as UTC.
pub(crate) fn read(events: &[MergedEvent]) -> Vec<Reading> {
    assert!(events.is_sorted_by_key(|event| event.event.time.wall.start()));
    events.iter().map(read_one).collect()
}

/// The same, but a time without a zone takes the offset of the event before it: a reading that depends on the order in
/// which the fold shows events.
pub(crate) fn read_by_neighbours(events: &[MergedEvent]) -> Vec<Reading> {
    let mut before = None;
    let mut readings = read(events);
    for (reading, event) in readings.iter_mut().zip(events) {
        match (reading.offset, before) {
            (Some(offset), _) => before = Some(offset),
            (None, Some(offset)) if event.event.time.zone == WrittenZone::Unstated => place(reading, event, offset),
            (None, _) => {}
        }
    }
    readings
}

fn read_one(merged: &MergedEvent) -> Reading {
    let event = &merged.event;
    let (status, detail) = meaning(&event.code);
    let mut reading = Reading {
        instant: Some(event.time.as_if_utc()),
        offset: None,
        rule: ZoneRule::Home,
        detail: event.detail.or(detail),
        status: event.status.or(status),
        coordinates: event.place.coordinates,
    };
    match (&event.time.zone, event.place.city.as_str()) {
        (WrittenZone::Offset(offset), _) => place(&mut reading, merged, *offset),
        (WrittenZone::Unstated, "Denver") => place(&mut reading, merged, jiff::tz::offset(-7)),
        (WrittenZone::Unstated, "Austin") => place(&mut reading, merged, jiff::tz::offset(-6)),
        (WrittenZone::Unstated, "Boise") => place(&mut reading, merged, jiff::tz::offset(10)),
        _ => {}
    }
    reading
}

fn place(reading: &mut Reading, merged: &MergedEvent, offset: Offset) {
    reading.instant = offset.to_timestamp(merged.event.time.wall.start()).ok();
    reading.offset = Some(offset);
    reading.rule = ZoneRule::Stated;
}

/// The carrier's table; every other code is unmapped.
fn meaning(code: &str) -> (Option<Status>, Option<DetailCode>) {
    let (status, detail) = match code {
        "NEW" => (Status::NotYetInSystem, DetailCode::ShipmentCreated),
        "PU" => (Status::Accepted, DetailCode::PickedUp),
        "AR" => (Status::InTransit, DetailCode::HubScanIn),
        "OF" => (Status::InTransit, DetailCode::OutForDelivery),
        "AT" => (Status::DeliveryAttempt, DetailCode::AttemptedDelivery),
        "HO" => (Status::Exception, DetailCode::HeldByCarrier),
        "DE" => (Status::Delivered, DetailCode::Delivered),
        "RT" => (Status::Exception, DetailCode::ReturnToSender),
        "ND" => (Status::Exception, DetailCode::NotDelivered),
        _ => return (None, None),
    };
    (Some(status), Some(detail))
}
