use std::collections::BTreeSet;

use jiff::Timestamp;
use milepost_carriers::read_parcel;
use milepost_contract::ship24::{NewTracker, TrackingJson};
use milepost_model::{AccountId, CarrierCode, Follower, Parcel, Tracker, TrackingNumber, Which};
use milepost_store::{NumberItems, Store};

use super::carriers::ask;
use super::find::By;
use super::{parcels, sample, tracker_of, trackers_of};
use crate::{Live, TrackError};

/// Where the parcels of some trackers are, and whether all that is stored was read.
#[derive(Debug)]
pub struct Found {
    /// In the order of the trackers' creation.
    pub trackings: Vec<TrackingJson>,
    /// Whether more is stored of the number than is read at once.
    pub truncated: bool,
}

/// Where the parcel of one tracker is; `None` when the account has no such tracker.
///
/// # Errors
/// The table's.
pub async fn results(store: &Store, account: &AccountId, by: &By, now: Timestamp) -> Result<Option<Found>, TrackError> {
    let Some((number, id)) = by.pointer(store, account).await? else {
        return Ok(None);
    };
    let found = of_number(store, account, &number, now, |tracker| tracker.id == id).await?;
    Ok((!found.trackings.is_empty()).then_some(found))
}

/// Where the parcels of an account's trackers of a number are: one for each tracker.
///
/// # Errors
/// The table's.
pub async fn results_of_number(
    store: &Store,
    account: &AccountId,
    number: &TrackingNumber,
    now: Timestamp,
) -> Result<Found, TrackError> {
    of_number(store, account, number, now, |_| true).await
}

async fn of_number(
    store: &Store,
    account: &AccountId,
    number: &TrackingNumber,
    now: Timestamp,
    wanted: impl Fn(&Tracker) -> bool,
) -> Result<Found, TrackError> {
    let known = store.number(number, now.as_second()).await?;
    let trackers = trackers_of(&known, account).into_iter();
    let trackings = trackers
        .filter(|(_, tracker)| wanted(tracker))
        .map(|(follower, _)| tracking(follower, &known));
    Ok(Found {
        trackings: trackings.collect(),
        truncated: known.truncated,
    })
}

/// Where a parcel is, without a tracker: what each carrier knows of the number, of its newest journey, or of the one
/// under way on the day of shipping. With `live`, its carriers are asked first where what is stored is neither fed by
/// imports nor fresh.
///
/// # Errors
/// The table's.
pub async fn search(
    store: &Store,
    live: Option<&Live>,
    account: &AccountId,
    asked: &NewTracker,
    now: Timestamp,
) -> Result<TrackingJson, TrackError> {
    let (number, terms) = (asked.number.clone(), asked.terms.clone());
    let passing = Tracker {
        subscribed: false,
        ..Tracker::new(account.clone(), number, terms, 0, now)
    };
    if let Some(sample) = sample::parcel(&passing) {
        return Ok(TrackingJson::bare(&asked.number, &[sample]));
    }
    let mut known = store.number(&asked.number, now.as_second()).await?;
    if let Some(live) = live {
        known = ask(live, &passing, known, now).await?;
    }
    Ok(TrackingJson::bare(&asked.number, &newest(&passing, &known)))
}

fn newest(passing: &Tracker, known: &NumberItems) -> Vec<Parcel> {
    let visible = known
        .bundles
        .iter()
        .filter(|bundle| bundle.scope.visible_to(&passing.account));
    let carriers: BTreeSet<&CarrierCode> = visible.map(|bundle| &bundle.carrier).collect();
    let shipped = passing
        .terms
        .ship_date
        .and_then(|_| Timestamp::from_millisecond(passing.meant_ms()).ok());
    let which = shipped.map_or(Which::Newest, Which::UnderWayAt);
    let read = |carrier| read_parcel(&passing.number, carrier, &known.bundles, &passing.account, which);
    passing.means(carriers.into_iter().map(read).collect())
}

/// What one tracker found.
pub(super) fn tracking(follower: &Follower, known: &NumberItems) -> TrackingJson {
    let parcels = parcels(follower, known);
    match tracker_of(follower) {
        Some(tracker) => TrackingJson::of(tracker, &parcels),
        None => TrackingJson::bare(&follower.number, &parcels),
    }
}
