//! Beginning a chain of polls.

use jiff::{SignedDuration, Timestamp};
use milepost_model::{AccountId, CarrierCode, LiveKey, LiveState, Parcel, TrackingNumber, import_fed};
use milepost_store::{NumberItems, StoreError};

use super::Connections;
use super::interval::{Urgency, next_poll};
use super::now::MAX_CARRIERS;
use crate::lookup::newest;

/// An entry so long past was not handled: ticks come by the minute, and read an hour back.
const STALLED: SignedDuration = SignedDuration::from_hours(1);

/// Begins the polls of a parcel that an account follows, at each of `carriers` that it is connected with, three at
/// most; the first is made by the next tick. Nothing happens where one is under way (unless it has hardly a poll left:
/// then it begins anew), where imports tell of the parcel, or where it has come to its end. `known` is what is stored of
/// the number.
///
/// # Errors
/// The table's.
pub async fn begin_polls(
    connections: &Connections,
    account: &AccountId,
    carriers: &[CarrierCode],
    number: &TrackingNumber,
    known: &NumberItems,
    now: Timestamp,
) -> Result<(), StoreError> {
    for carrier in carriers.iter().take(MAX_CARRIERS) {
        let parcel = newest(known, account, carrier, number);
        let Some((_, urgency)) = next_poll(&parcel, now, 0, now) else {
            continue;
        };
        if import_fed(&parcel, now) {
            continue;
        }
        let Some(route) = connections.route(account, carrier, now).await? else {
            continue;
        };
        let key = LiveKey {
            number: number.clone(),
            carrier: carrier.clone(),
            scope: route.scope,
        };
        let state = known.live.iter().find(|state| state.key == key);
        let mut due = state.and_then(|state| state.due);
        if let (Some(state), Some(at)) = (state, due)
            && is_nearly_over(state, at, &parcel, now)
        {
            connections.store().end_polls(&key, at).await?;
            due = None;
        }
        if due.is_none() || state.is_some_and(|state| is_stalled(state, now)) {
            let payload = payload(account, urgency);
            connections.store().put_poll(&key, account, due, now, &payload).await?;
        }
    }
    Ok(())
}

/// Whether a chain has at most one poll left, which comes late, or would end when it is due.
fn is_nearly_over(state: &LiveState, due: Timestamp, parcel: &Parcel, now: Timestamp) -> bool {
    let (due, made) = (due.max(now), state.polls.saturating_add(1));
    next_poll(parcel, state.began.unwrap_or(due), made, due).is_none()
}

/// Whether the next poll should have been made long ago.
pub(super) fn is_stalled(state: &LiveState, now: Timestamp) -> bool {
    state.due.is_some_and(|due| now.duration_since(due) > STALLED)
}

/// What a due entry says beside its key: whose turn it is, and how urgent.
pub(super) fn payload(account: &AccountId, urgency: Urgency) -> String {
    format!("{account} {}", urgency.as_str())
}

/// The opposite of [`payload`].
pub(super) fn read_payload(payload: &str) -> Option<(AccountId, Urgency)> {
    let (account, urgency) = payload.split_once(' ')?;
    Some((AccountId::parse(account).ok()?, Urgency::from_text(urgency)))
}
