//! Copies of one event made one, field by field.

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::copies::EventCopy;
use crate::{Arrival, EventIdentity, EventTime, Kind, Place, TrackingEvent, Wall, WrittenZone};

/// One event of a parcel: all its copies merged field by field, non-empty over empty, then the later arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedEvent {
    /// Which event.
    pub identity: EventIdentity,
    /// The merged fields.
    pub event: TrackingEvent,
    /// When its first copy arrived.
    pub first_arrival: Arrival,
    /// Whether any copy came from a file.
    pub imported: bool,
    /// Tell nobody of it if it happened before this instant; `None`: at least one copy is to be told.
    pub notify_from: Option<Timestamp>,
}

impl MergedEvent {
    /// What the copy that arrived first says.
    pub(crate) fn first(identity: EventIdentity, copy: &EventCopy<'_>) -> Self {
        Self {
            identity,
            event: copy.value.clone(),
            first_arrival: copy.arrival,
            imported: copy.kind == Kind::Import,
            notify_from: copy.notify_from,
        }
    }

    /// Takes over what a copy that arrived later has.
    pub(crate) fn add(&mut self, copy: &EventCopy<'_>) {
        overlay(&mut self.event, copy.value);
        self.imported |= copy.kind == Kind::Import;
        // `None` tells, and sorts first; else the copy that hides least.
        self.notify_from = self.notify_from.min(copy.notify_from);
    }
}

fn overlay(event: &mut TrackingEvent, later: &TrackingEvent) {
    let texts = [
        (&mut event.code, &later.code),
        (&mut event.carrier_detail_code, &later.carrier_detail_code),
        (&mut event.description, &later.description),
        (&mut event.place.city, &later.place.city),
        (&mut event.place.state, &later.place.state),
        (&mut event.place.postal_code, &later.place.postal_code),
        (&mut event.place.country, &later.place.country),
        (&mut event.signer, &later.signer),
        (&mut event.company, &later.company),
        (&mut event.piece, &later.piece),
        (&mut event.proof_of_delivery_url, &later.proof_of_delivery_url),
    ];
    for (to, from) in texts {
        if !from.is_empty() {
            to.clone_from(from);
        }
    }
    event.place.coordinates = later.place.coordinates.or(event.place.coordinates);
    event.sequence = later.sequence.or(event.sequence);
    event.detail = later.detail.or(event.detail);
    event.status = later.status.or(event.status);
    if says(&later.time) >= says(&event.time) {
        event.time.clone_from(&later.time);
    }
}

/// How much a time says: a time of day more than a date, then a stated zone more than none.
fn says(time: &EventTime) -> (bool, u8) {
    let zone = match time.zone {
        WrittenZone::Offset(_) => 3,
        WrittenZone::Feed(_) => 2,
        WrittenZone::Unstated => 1,
        // UTC alone has lost the local time.
        WrittenZone::Utc => 0,
    };
    (matches!(time.wall, Wall::At(_)), zone)
}

/// In order of arrival. One row may report an event twice, so equal arrivals are ordered by all that they say.
pub(crate) fn by_arrival(a: &EventCopy<'_>, b: &EventCopy<'_>) -> Ordering {
    a.arrival
        .cmp(&b.arrival)
        .then_with(|| total_order(a.value).cmp(&total_order(b.value)))
}

/// Every field, so that only equal events are equal; those that name a place come after those that do not.
fn total_order(event: &TrackingEvent) -> impl Ord + '_ {
    let TrackingEvent {
        time,
        code,
        carrier_detail_code,
        description,
        place,
        signer,
        company,
        piece,
        sequence,
        detail,
        status,
        proof_of_delivery_url,
    } = event;
    let Place {
        city,
        state,
        postal_code,
        country,
        coordinates,
    } = place;
    let coordinates = coordinates.map(|at| (at.latitude.to_bits(), at.longitude.to_bits()));
    (
        (postal_code, city, state, country, coordinates),
        (piece, code, carrier_detail_code, description),
        (time, sequence, detail, status.map(|status| status.rank())),
        (signer, company, proof_of_delivery_url),
    )
}
