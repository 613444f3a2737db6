//! What events mean: when each happened, and its status.

use std::collections::BTreeSet;

use milepost_model::{
    AccountId, Bundle, CarrierCode, DetailCode, Follower, FollowerKind, MergedEvent, Parcel, Reading, Status,
    TrackingEvent, TrackingNumber, Which, fold,
};

use crate::registry::Carrier;
use crate::statuses::status_of;
use crate::{registry, zones};

/// Reads the events of one parcel: one [`Reading`] for each, in the same order. The order itself changes nothing.
pub fn read(carrier: &CarrierCode, events: &[MergedEvent]) -> Vec<Reading> {
    read_as(registry::carrier(carrier), events)
}

/// By the tables of a carrier; `None` is one that is not known here.
fn read_as(known: Option<&Carrier>, events: &[MergedEvent]) -> Vec<Reading> {
    let domestic = known.and_then(|carrier| carrier.domestic_country);
    let spots: Vec<_> = events
        .iter()
        .map(|merged| zones::locate(&merged.event.place, domestic))
        .collect();
    let placed = zones::place_all(known, events, &spots);
    let readings = events.iter().zip(spots).zip(placed).map(|((merged, spot), placed)| {
        let (detail, status) = meaning(known, &merged.event);
        Reading {
            instant: placed.instant,
            offset: placed.offset,
            rule: placed.rule,
            detail,
            status,
            coordinates: merged.event.place.coordinates.or(spot.coordinates),
        }
    });
    readings.collect()
}

/// What is known of a number, as a viewer may see it: the fold over `bundles` with this crate's readings.
pub fn read_parcel(
    number: &TrackingNumber,
    carrier: &CarrierCode,
    bundles: &[Bundle],
    viewer: &AccountId,
    which: Which,
) -> Parcel {
    fold(number, carrier, bundles, viewer, which, &|events| read(carrier, events))
}

/// What a follower means, as its account may see it: a subscription the one parcel of its carrier, a tracker what each
/// of its carriers knows, in order of carrier. `bundles` are all of its number.
pub fn read_followed(follower: &Follower, bundles: &[Bundle]) -> Vec<Parcel> {
    let Follower { account, number, .. } = follower;
    let read = |carrier| read_parcel(number, carrier, bundles, account, follower.which());
    match &follower.kind {
        FollowerKind::Subscription { carrier } => vec![read(carrier)],
        FollowerKind::Tracker(tracker) => {
            let visible = bundles.iter().filter(|bundle| bundle.scope.visible_to(account));
            let carriers: BTreeSet<&CarrierCode> = visible.map(|bundle| &bundle.carrier).collect();
            tracker.means(carriers.into_iter().map(read).collect())
        }
    }
}

/// Detail and status of an event: what its layout says of the code, then a status that the source states, then the
/// carrier's table. `UN` states nothing. A code in no table leaves both empty: never a guess.
fn meaning(carrier: Option<&Carrier>, event: &TrackingEvent) -> (Option<DetailCode>, Option<Status>) {
    let stated = event.status.filter(|status| *status != Status::Unknown);
    if let Some(detail) = event.detail {
        let status = status_of(detail);
        return (
            Some(detail),
            stated.filter(|_| status == Status::Unknown).or(Some(status)),
        );
    }
    let codes = carrier.and_then(|carrier| carrier.codes);
    let detail = codes.and_then(|codes| codes.meaning(&event.code, &event.carrier_detail_code));
    let Some(stated) = stated else {
        return (detail, detail.map(status_of));
    };
    // The table adds a detail to a stated status, unless the two contradict each other.
    (detail.filter(|detail| status_of(*detail) == stated), Some(stated))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use milepost_model::{Arrival, EventIdentity, EventTime, SourceHash, Wall, WrittenZone};

    use super::*;
    use crate::statuses::Codes;

    fn event(code: &str) -> TrackingEvent {
        let wall = Wall::At(date(2026, 1, 5).at(10, 11, 12, 0));
        let zone = WrittenZone::Unstated;
        TrackingEvent {
            code: code.into(),
            ..TrackingEvent::at(EventTime { wall, zone })
        }
    }

    fn merged(event: TrackingEvent) -> MergedEvent {
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

    #[track_caller]
    fn check(carrier: &str, event: TrackingEvent, detail: Option<DetailCode>, status: Option<Status>) {
        let readings = read(&CarrierCode::parse(carrier).unwrap(), &[merged(event)]);
        assert_eq!(readings.len(), 1);
        assert_eq!((readings[0].detail, readings[0].status), (detail, status));
    }

    #[test]
    fn the_carriers_table() {
        check(
            "usps",
            event("01"),
            Some(DetailCode::Delivered),
            Some(Status::Delivered),
        );
        check("usps", event("??"), None, None);
        check("usps", event(""), None, None);
        check("apc", event("01"), None, None);
        check("acme", event("01"), None, None);
    }

    /// What is stored stays as it is; a table that knows a code more, or better, answers with it.
    #[test]
    fn a_better_table_heals_what_is_stored() {
        static FIRST: Codes = Codes::new("a first list", 1, &[("A", DetailCode::InTransit)]);
        static BETTER: Codes = Codes::new(
            "a better list",
            2,
            &[("A", DetailCode::HubScanIn), ("Z", DetailCode::Delivered)],
        );
        let stored = [merged(event("A")), merged(event("Z"))];
        let details = |codes| {
            let carrier = Carrier::new("acme", "Acme").codes(codes);
            let readings = read_as(Some(&carrier), &stored);
            readings.into_iter().map(|reading| reading.detail).collect::<Vec<_>>()
        };
        assert_eq!(details(&FIRST), [Some(DetailCode::InTransit), None]);
        assert_eq!(
            details(&BETTER),
            [Some(DetailCode::HubScanIn), Some(DetailCode::Delivered)]
        );
    }

    #[test]
    fn the_layouts_table_goes_before_it() {
        let held = TrackingEvent {
            detail: Some(DetailCode::HeldByCustoms),
            status: Some(Status::InTransit),
            ..event("01")
        };
        check("usps", held, Some(DetailCode::HeldByCustoms), Some(Status::Exception));
        let unmapped = TrackingEvent {
            detail: Some(DetailCode::CarrierStatusNotMapped),
            ..event("01")
        };
        check(
            "usps",
            unmapped,
            Some(DetailCode::CarrierStatusNotMapped),
            Some(Status::Unknown),
        );
    }

    #[test]
    fn a_stated_status_goes_before_it_too() {
        let stated = |code, status| TrackingEvent {
            status: Some(status),
            ..event(code)
        };
        check("usps", stated("01", Status::Exception), None, Some(Status::Exception));
        check(
            "usps",
            stated("OF", Status::InTransit),
            Some(DetailCode::OutForDelivery),
            Some(Status::InTransit),
        );
        check("acme", stated("X", Status::Accepted), None, Some(Status::Accepted));
        check(
            "usps",
            stated("01", Status::Unknown),
            Some(DetailCode::Delivered),
            Some(Status::Delivered),
        );
        let both = TrackingEvent {
            detail: Some(DetailCode::CarrierStatusNotMapped),
            ..stated("01", Status::Accepted)
        };
        check(
            "usps",
            both,
            Some(DetailCode::CarrierStatusNotMapped),
            Some(Status::Accepted),
        );
    }
}
