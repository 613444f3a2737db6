use jiff::Timestamp;
use milepost_contract::ship24::{Refusal, TrackerChange};
use milepost_model::{AccountId, Follower, Status, Told, Tracker};
use milepost_store::{NumberItems, Store};

use super::carriers::to_ask;
use super::create::is_sample;
use super::find::By;
use super::{parcels, tracker_of, trackers_of};
use crate::TrackError;
use crate::follow::FOLLOWED_SECONDS;
use crate::live::{Connections, begin_polls};

/// How often another change of the same tracker may be faster.
const TRIES: u32 = 8;

/// Changes a tracker of an account. One that is unsubscribed keeps its results, is told no more and gives its name
/// free; one that is subscribed again is told of what comes from now on. Where no file tells of its parcel, the likely
/// carriers of one that is subscribed again or has other couriers are asked from then on.
///
/// # Errors
/// The table's. What is wrong with the request is within.
pub async fn change(
    connections: &Connections,
    account: &AccountId,
    by: &By,
    change: &TrackerChange,
    now: Timestamp,
) -> Result<Result<Follower, Refusal>, TrackError> {
    let store = connections.store();
    // A repeat may be of a change that failed half way.
    let asks_anew = change.subscribed == Some(true) || change.couriers.is_some();
    for lost in 0..TRIES {
        let Some((number, id)) = by.pointer(store, account).await? else {
            return Ok(Err(Refusal::NoTracker));
        };
        if change.subscribed == Some(true) {
            store.mark_followed(&number, now.as_second() + FOLLOWED_SECONDS).await?;
        }
        let known = store.number(&number, now.as_second()).await?;
        let found = trackers_of(&known, account)
            .into_iter()
            .find(|(_, tracker)| tracker.id == id);
        let Some((follower, before)) = found else {
            return Ok(Err(Refusal::NoTracker));
        };
        let after = match changed(before, change, has_gathered(follower, &known)) {
            Ok(after) if after == *before => {
                if asks_anew {
                    begin(connections, follower, &known, now).await?;
                }
                return Ok(Ok(follower.clone()));
            }
            Ok(after) => after,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let resumed = after.subscribed && !before.subscribed;
        if resumed && is_taken(store, account, &after).await? {
            return Ok(Err(Refusal::NameTaken));
        }
        let mut after = after.follower(follower.told.clone());
        if resumed {
            after.told = Told::all_of_each(&parcels(&after, &known));
        }
        if store.change_tracker(before, &after).await? {
            if asks_anew {
                begin(connections, &after, &known, now).await?;
            }
            return Ok(Ok(after));
        }
        store.wait_after_losing(lost).await;
    }
    Ok(Err(Refusal::InFlight))
}

/// Begins the polls of a tracker that is subscribed. Of a test number nothing ever comes.
async fn begin(
    connections: &Connections,
    follower: &Follower,
    known: &NumberItems,
    now: Timestamp,
) -> Result<(), TrackError> {
    let Some(tracker) = tracker_of(follower).filter(|tracker| tracker.subscribed) else {
        return Ok(());
    };
    if !is_sample(follower) {
        let carriers = to_ask(tracker, known, now);
        begin_polls(connections, &tracker.account, &carriers, &tracker.number, known, now).await?;
    }
    Ok(())
}

/// Whether the tracker has found anything, now or at any time before.
fn has_gathered(follower: &Follower, known: &NumberItems) -> bool {
    let told = &follower.told;
    told.status != Status::NotYetInSystem || !told.identities.is_empty() || !parcels(follower, known).is_empty()
}

/// The tracker with another one's name as its own.
async fn is_taken(store: &Store, account: &AccountId, after: &Tracker) -> Result<bool, TrackError> {
    let Some(name) = &after.client_id else {
        return Ok(false);
    };
    Ok(By::Name(name.clone()).pointer(store, account).await?.is_some())
}

/// The tracker with its changes. Once it has found something its couriers, its countries and its day of shipping are
/// settled: they decided what it found.
fn changed(before: &Tracker, change: &TrackerChange, gathered: bool) -> Result<Tracker, Refusal> {
    let mut after = before.clone();
    let terms = &mut after.terms;
    if let Some(couriers) = &change.couriers {
        settle(&mut terms.couriers, couriers.clone(), "courierCode", gathered)?;
    }
    if let Some(country) = &change.origin_country {
        settle(
            &mut terms.origin_country,
            Some(country.clone()),
            "originCountryCode",
            gathered,
        )?;
    }
    if let Some(country) = &change.destination_country {
        let country = Some(country.clone());
        settle(
            &mut terms.destination_country,
            country,
            "destinationCountryCode",
            gathered,
        )?;
    }
    if let Some(date) = change.ship_date {
        settle(&mut terms.ship_date, Some(date), "shippingDate", gathered)?;
    }
    after.subscribed = change.subscribed.unwrap_or(before.subscribed);
    let keep = |to: &mut Option<String>, from: &Option<String>| {
        if from.is_some() {
            to.clone_from(from);
        }
    };
    keep(&mut after.terms.destination_post_code, &change.destination_post_code);
    keep(&mut after.terms.courier_name, &change.courier_name);
    keep(&mut after.terms.tracking_url, &change.tracking_url);
    keep(&mut after.recipient_name, &change.recipient_name);
    Ok(after)
}

fn settle<T: PartialEq>(to: &mut T, from: T, field: &'static str, gathered: bool) -> Result<(), Refusal> {
    if gathered && *to != from {
        return Err(Refusal::Frozen { field });
    }
    *to = from;
    Ok(())
}
