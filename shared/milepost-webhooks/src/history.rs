//! What an account's endpoints were told of one tracker.

use jiff::Timestamp;
use milepost_carriers::read_followed;
use milepost_model::{
    AccountId, Delivery, DeliveryId, Endpoint, EndpointStyle, EventIdentity, Follower, FollowerKind, Tracker,
    TrackerId, TrackingNumber,
};
use milepost_store::{Store, StoreError};

use crate::{body, message_id};

/// Deliveries of a tracker that are looked for, those of the newest events: each takes a read, one that is sent again a
/// write too, and an answer is due within 29 s. A parcel with more than a hundred events is rare.
const MAX_DELIVERIES: usize = 500;

/// Bytes of the bodies in a history. A function's answer ends at 6 MB, in which this is text with every quote escaped.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Bodies read at a time: 25 of the largest items are 10 MB.
const READ: usize = 25;

/// A tracker and what was told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The tracker.
    pub tracker: Tracker,
    /// The latest told first, at most 500 and 4 MiB of bodies; each with its body as it was sent.
    pub deliveries: Vec<Delivery>,
}

/// What the endpoints of Ship24's style were told of a tracker; `None` when the account has no such tracker.
///
/// # Errors
/// The table's.
pub async fn history(
    store: &Store,
    account: &AccountId,
    number: &TrackingNumber,
    tracker: TrackerId,
    now: Timestamp,
) -> Result<Option<History>, StoreError> {
    let endpoints = endpoints(store, account).await?;
    let Some((tracker, found)) = of_tracker(store, account, number, tracker, &endpoints, now).await? else {
        return Ok(None);
    };
    let (mut deliveries, mut bytes) = (Vec::with_capacity(found.len()), 0);
    'all: for some in found.chunks(READ) {
        for mut delivery in store.with_bodies(some.to_vec()).await? {
            let Some(body) = body::unpack(&delivery.body) else {
                continue;
            };
            bytes += body.len();
            if bytes > MAX_BYTES {
                break 'all;
            }
            delivery.body = body;
            deliveries.push(delivery);
        }
    }
    Ok(Some(History { tracker, deliveries }))
}

/// The account's endpoints that are told of trackers.
pub(crate) async fn endpoints(store: &Store, account: &AccountId) -> Result<Vec<Endpoint>, StoreError> {
    let mut endpoints = store.endpoints(account).await?;
    endpoints.retain(|endpoint| endpoint.style == EndpointStyle::Ship24);
    Ok(endpoints)
}

/// The deliveries of a tracker's events to some endpoints, the latest told first, without bodies; `None` when the account
/// has no such tracker. Their ids follow from endpoint, tracker and event, so nothing has to be searched.
pub(crate) async fn of_tracker(
    store: &Store,
    account: &AccountId,
    number: &TrackingNumber,
    tracker: TrackerId,
    endpoints: &[Endpoint],
    now: Timestamp,
) -> Result<Option<(Tracker, Vec<Delivery>)>, StoreError> {
    let known = store.number(number, now.as_second()).await?;
    let mut followers = known.followers.iter().chain(&known.unsubscribed);
    let meant = |follower: &Follower| match &follower.kind {
        FollowerKind::Tracker(there) if there.id == tracker && follower.account == *account => Some(there.clone()),
        _ => None,
    };
    let Some((follower, tracker)) = followers.find_map(|follower| Some((follower, meant(follower)?))) else {
        return Ok(None);
    };
    let parcels = read_followed(follower, &known.bundles);
    let mut events: Vec<(Timestamp, EventIdentity)> = parcels
        .iter()
        .flat_map(|parcel| &parcel.events)
        .map(|event| (event.sort_instant(), event.identity))
        .collect();
    events.sort();
    let ids: Vec<DeliveryId> = events
        .iter()
        .rev()
        .flat_map(|(_, event)| {
            endpoints
                .iter()
                .map(|endpoint| message_id::of_event(&endpoint.id, follower, *event))
        })
        .take(MAX_DELIVERIES)
        .collect();
    let mut deliveries = store.deliveries_by_id(account, &ids, now.as_second()).await?;
    deliveries.sort_by_cached_key(|delivery| {
        let place = ids.iter().position(|id| *id == delivery.id);
        (std::cmp::Reverse(delivery.created), place)
    });
    Ok(Some((*tracker, deliveries)))
}
