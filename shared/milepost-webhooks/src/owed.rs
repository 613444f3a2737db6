//! What an endpoint is owed of a follower's news: a pure choice by style and filter.

use std::collections::BTreeMap;

use milepost_model::{
    Endpoint, EndpointStyle, EventIdentity, Follower, FollowerKind, News, Parcel, ParcelEvent, Tell, Told, leading,
};

/// What is to be sent to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owed {
    /// Nothing.
    Nothing,
    /// The parcel with its whole history.
    State,
    /// These events, each by itself, oldest first.
    Events(Vec<EventIdentity>),
}

/// What an endpoint is owed of the news of a follower. An endpoint of ShipEngine's style hears of subscriptions, one of
/// Ship24's of trackers.
pub(crate) fn owed(endpoint: &Endpoint, follower: &Follower, news: &News, parcels: &[Parcel]) -> Owed {
    if !news.loud || !endpoint.standing.is_enabled() {
        return Owed::Nothing;
    }
    let only_changes = endpoint.filter.tell == Tell::StatusChanges;
    if only_changes && !news.status_changed {
        return Owed::Nothing;
    }
    match (endpoint.style, &follower.kind) {
        (EndpointStyle::ShipEngine, FollowerKind::Subscription { carrier }) => {
            let status = Told::all_of_each(parcels).status;
            if endpoint.filter.has_carrier(carrier) && endpoint.filter.has_status(status) {
                Owed::State
            } else {
                Owed::Nothing
            }
        }
        (EndpointStyle::Ship24, FollowerKind::Tracker(_)) => {
            let mut events = new_events(endpoint, news, parcels, only_changes);
            // Of a change of status the newest event tells.
            if only_changes {
                events = events.pop().into_iter().collect();
            }
            if events.is_empty() {
                Owed::Nothing
            } else {
                Owed::Events(events)
            }
        }
        _ => Owed::Nothing,
    }
}

/// The new events that the filter lets through, oldest first.
fn new_events(endpoint: &Endpoint, news: &News, parcels: &[Parcel], only_changes: bool) -> Vec<EventIdentity> {
    let filter = &endpoint.filter;
    let told = parcels.iter().filter(|parcel| filter.has_carrier(&parcel.carrier));
    // An event without a status of its own leaves the parcel's as it is.
    let has_status = |parcel: &Parcel, event: &ParcelEvent| match event.reading.status {
        Some(status) if !only_changes => filter.has_status(status),
        _ => filter.has_status(leading(parcels).map_or(parcel.status, |parcel| parcel.status)),
    };
    let events = told.flat_map(|parcel| parcel.events.iter().map(move |event| (parcel, event)));
    let by_time: BTreeMap<_, _> = events
        .filter(|(parcel, event)| !event.quiet && news.events.contains(&event.identity) && has_status(parcel, event))
        .map(|(_, event)| ((event.sort_instant(), event.identity), event.identity))
        .collect();
    by_time.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::*;

    fn endpoint(style: EndpointStyle, filter: EndpointFilter) -> Endpoint {
        Endpoint {
            id: EndpointId("se-1".into()),
            account: AccountId::default_account(),
            url: "https://example.com/".into(),
            name: None,
            store_id: None,
            style,
            filter,
            created: jiff::Timestamp::UNIX_EPOCH,
            standing: Standing::Enabled,
            circuit: Circuit::default(),
        }
    }

    fn parcel(status: Status) -> Parcel {
        let number = TrackingNumber::parse("9405511899223197428490").unwrap();
        Parcel {
            status,
            ..Parcel::unknown(number, CarrierCode::parse("usps").unwrap())
        }
    }

    fn follower() -> Follower {
        let parcel = parcel(Status::NotYetInSystem);
        Follower {
            kind: FollowerKind::Subscription {
                carrier: parcel.carrier.clone(),
            },
            account: AccountId::default_account(),
            number: parcel.number.clone(),
            started_ms: 0,
            told: Told::all_of(&parcel),
        }
    }

    #[test]
    fn a_whole_state_by_the_filter() {
        let all = EndpointFilter::of_all(Tell::StatusChanges);
        let check = |style, filter: EndpointFilter, status_changed, loud, status, expect| {
            let news = News {
                events: Vec::new(),
                status_changed,
                loud,
            };
            let parcels = [parcel(status)];
            let owed = owed(&endpoint(style, filter.clone()), &follower(), &news, &parcels);
            assert_eq!(owed, expect, "{style:?} {filter:?} {status_changed} {loud}");
        };
        let every = EndpointFilter::of_all(Tell::EveryEvent);
        let delivered = EndpointFilter {
            statuses: [Status::Delivered].into(),
            ..all.clone()
        };
        let fedex = EndpointFilter {
            carriers: [CarrierCode::parse("fedex").unwrap()].into(),
            ..every.clone()
        };
        let (ours, theirs) = (EndpointStyle::ShipEngine, EndpointStyle::Ship24);
        check(ours, all.clone(), true, true, Status::InTransit, Owed::State);
        check(ours, all.clone(), false, true, Status::InTransit, Owed::Nothing);
        check(ours, all.clone(), true, false, Status::InTransit, Owed::Nothing);
        check(ours, every.clone(), false, true, Status::InTransit, Owed::State);
        check(ours, every.clone(), false, false, Status::InTransit, Owed::Nothing);
        check(ours, delivered.clone(), true, true, Status::InTransit, Owed::Nothing);
        check(ours, delivered, true, true, Status::Delivered, Owed::State);
        check(ours, fedex, true, true, Status::Delivered, Owed::Nothing);
        check(theirs, every, true, true, Status::Delivered, Owed::Nothing);
        let disabled = Endpoint {
            standing: Standing::Disabled {
                why: DisabledWhy::Gone,
                at: jiff::Timestamp::UNIX_EPOCH,
            },
            ..endpoint(ours, all)
        };
        let news = News {
            events: Vec::new(),
            status_changed: true,
            loud: true,
        };
        assert_eq!(
            owed(&disabled, &follower(), &news, &[parcel(Status::Delivered)]),
            Owed::Nothing
        );
    }
}
