//! Followers and the mark that a number has some.

use std::collections::BTreeSet;

use milepost_model::{Follower, FollowerKind, Status, Told, TrackingNumber};

use super::{Fields, Fill, Item, Unreadable, bytes, new_item, number};
use crate::Key;

const KIND: &str = "follower";

/// What it was told, packed.
pub(crate) const TOLD: &str = "told";

/// When it was started, in Unix milliseconds.
pub(crate) const SINCE: &str = "since";

/// The attributes that say whether it follows still: those that the role of `deliver-webhook` may read of a number, and
/// no other.
pub(crate) const STANDING: &str = "pk, sk, v, since, subscribed";

/// When it was started, in Unix milliseconds, and whether its owner wants to be told.
pub(crate) fn standing(item: &Item) -> Result<(i64, bool), Unreadable> {
    let fields = Fields::of(KIND, item)?;
    Ok((fields.number(SINCE)?, fields.some_flag("subscribed")?.unwrap_or(true)))
}

/// The form of [`TOLD`]: this byte, the version of the identity rule, the status, the state's hash, then the identities
/// in order, six bytes each.
const TOLD_FORM: u8 = 1;

const STATE: usize = 8;

const IDENTITY: usize = 6;

/// Where a follower is.
pub(crate) fn key(follower: &Follower) -> Key {
    match &follower.kind {
        FollowerKind::Subscription { carrier } => Key::Subscription {
            number: follower.number.clone(),
            carrier: carrier.clone(),
            account: follower.account.clone(),
        },
        FollowerKind::Tracker(tracker) => super::tracker::key(tracker),
    }
}

pub(crate) fn to_item(follower: &Follower) -> Item {
    let item = new_item(&key(follower));
    let item = match &follower.kind {
        FollowerKind::Subscription { .. } => item,
        FollowerKind::Tracker(tracker) => super::tracker::fill(item, tracker),
    };
    item.with(SINCE, number(follower.started_ms))
        .with(TOLD, bytes(pack_told(&follower.told)))
}

pub(crate) fn from_item(item: &Item) -> Result<Follower, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let (account, number, kind) = match fields.key()? {
        Key::Subscription {
            number,
            carrier,
            account,
        } => (account, number, FollowerKind::Subscription { carrier }),
        Key::Tracker {
            number,
            account,
            tracker,
        } => {
            let tracker = super::tracker::from_item(item, &account, &number, tracker)?;
            (account, number, FollowerKind::Tracker(Box::new(tracker)))
        }
        _ => return Err(fields.damaged("key")),
    };
    Ok(Follower {
        kind,
        account,
        number,
        started_ms: fields.number(SINCE)?,
        told: unpack_told(fields.bytes(TOLD)?).ok_or_else(|| fields.damaged(TOLD))?,
    })
}

pub(crate) fn pack_told(told: &Told) -> Vec<u8> {
    let mut packed = Vec::with_capacity(3 + STATE + IDENTITY * told.identities.len());
    packed.extend([TOLD_FORM, told.version, told.status.rank()]);
    packed.extend(told.state);
    packed.extend(told.identities.iter().flatten());
    packed
}

fn unpack_told(packed: &[u8]) -> Option<Told> {
    let ([form, version, status], rest) = packed.split_first_chunk()?;
    let (state, identities) = rest.split_first_chunk::<STATE>()?;
    let (identities, left) = identities.as_chunks::<IDENTITY>();
    (*form == TOLD_FORM && left.is_empty()).then_some(())?;
    Some(Told {
        version: *version,
        identities: BTreeSet::from_iter(identities.iter().copied()),
        status: Status::ALL.get(usize::from(*status)).copied()?,
        state: *state,
    })
}

/// The mark that somebody follows a number.
pub(crate) fn mark(followed: &TrackingNumber, expires_at: i64) -> Item {
    let key = Key::Followed {
        number: followed.clone(),
    };
    new_item(&key).expiring(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_told_comes_back(
            version: u8,
            identities in proptest::collection::btree_set(any::<[u8; 6]>(), 0..50),
            status in prop::sample::select(Status::ALL.to_vec()),
            state: [u8; 8],
        ) {
            let told = Told { version, identities, status, state };
            let packed = pack_told(&told);
            prop_assert_eq!(packed.len(), 11 + 6 * told.identities.len());
            prop_assert_eq!(unpack_told(&packed), Some(told));
        }

        #[test]
        fn no_bytes_are_a_panic(packed in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = unpack_told(&packed);
        }
    }
}
