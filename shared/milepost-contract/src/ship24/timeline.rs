//! What several carriers know of one number as one line of events, each with the state of the shipment at that moment.

use milepost_carriers::{Milestone, Ship24Status, ship24_of};
use milepost_model::{DetailCode, Parcel, ParcelEvent, Status, leading};

/// One event in its place.
pub(super) struct Placed<'a> {
    /// What the event itself says.
    pub(super) own: Option<Ship24Status>,
    /// The state of the shipment once it had happened.
    pub(super) milestone: Milestone,
    /// From 1; a lower number is older.
    pub(super) order: u32,
    /// Whose event it is.
    pub(super) parcel: &'a Parcel,
    /// The event.
    pub(super) event: &'a ParcelEvent,
}

/// The events of all parcels, oldest first.
///
/// A milestone holds until another event changes it: one whose code is not known changes nothing. After delivery only a
/// return or a correction changes it, as for the status of a parcel.
pub(super) fn timeline(parcels: &[Parcel]) -> Vec<Placed<'_>> {
    // A parcel's events are newest first, and of one instant in the order of the fold: that order is kept.
    let events = parcels
        .iter()
        .flat_map(|parcel| parcel.events.iter().rev().map(move |event| (parcel, event)));
    let mut events: Vec<_> = events.collect();
    events.sort_by_key(|(_, event)| event.sort_instant());
    let mut milestone = Milestone::Pending;
    let placed = events.into_iter().zip(1..).map(|((parcel, event), order)| {
        let own = status_of_event(event);
        if let Some(own) = own
            && may_follow(milestone, own.milestone, event.reading.detail)
        {
            milestone = own.milestone;
        }
        Placed {
            own,
            milestone,
            order,
            parcel,
            event,
        }
    });
    placed.collect()
}

/// What a tracker is told of the parcels of its carriers together.
pub(super) fn status_of_all(parcels: &[Parcel]) -> Status {
    leading(parcels).map_or(Status::NotYetInSystem, |parcel| parcel.status)
}

/// The status of a parcel as a whole.
pub(super) fn status_of_parcel(parcel: &Parcel) -> Ship24Status {
    match (parcel.detail, parcel.status) {
        (Some(detail), _) if detail != DetailCode::CarrierStatusNotMapped => ship24_of(detail),
        // Of a parcel of which something is known, and nothing that is mapped.
        (_, Status::Unknown | Status::NotYetInSystem) if !parcel.is_known() => bare(Milestone::Pending),
        (_, status) => bare(milestone_of(status).unwrap_or(Milestone::Pending)),
    }
}

fn status_of_event(event: &ParcelEvent) -> Option<Ship24Status> {
    match (event.reading.detail, event.reading.status) {
        (Some(detail), _) if detail != DetailCode::CarrierStatusNotMapped => Some(ship24_of(detail)),
        (_, status) => status.and_then(milestone_of).map(bare),
    }
}

/// Where a source states one of ShipEngine's statuses and no more. `None`: it states nothing.
fn milestone_of(status: Status) -> Option<Milestone> {
    match status {
        Status::Unknown => None,
        Status::NotYetInSystem => Some(Milestone::InfoReceived),
        Status::Accepted | Status::InTransit => Some(Milestone::InTransit),
        Status::DeliveryAttempt => Some(Milestone::FailedAttempt),
        Status::Exception => Some(Milestone::Exception),
        Status::DeliveredToServicePoint => Some(Milestone::AvailableForPickup),
        Status::Delivered => Some(Milestone::Delivered),
    }
}

fn bare(milestone: Milestone) -> Ship24Status {
    Ship24Status {
        milestone,
        category: None,
        code: None,
    }
}

fn may_follow(from: Milestone, to: Milestone, detail: Option<DetailCode>) -> bool {
    from != Milestone::Delivered || to == Milestone::Delivered || detail.is_some_and(DetailCode::reopens_delivered)
}
