//! Parcels that are erased on request, and stay so.
//!
//! What is kept is a hash of carrier and number, so that a file that is sent again does not bring the parcel back. The
//! hash goes first: an import that has begun before reads on with the hashes of its beginning, so it is erased again by
//! who asks again after it.

use std::collections::BTreeSet;

use milepost_model::{CarrierCode, TrackingNumber};
use sha2::{Digest, Sha256};

use crate::items::{Fill, is_alive, new_item, sort_key};
use crate::keys::{FORGOTTEN, ForgottenHash, from_hex, number_partition};
use crate::listing::{Listing, Part};
use crate::{Key, Store, StoreError};

/// Erased parcels that a run keeps in mind: 16 bytes each.
const MAX_FORGOTTEN: usize = 200_000;

/// The items of a number that are erased in one request. A number with more is erased by asking again.
const MAX_ERASED: usize = 10_000;

/// The parcels that were erased on request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten(BTreeSet<ForgottenHash>);

impl Forgotten {
    /// Whether a parcel is one of them.
    pub fn has(&self, carrier: &CarrierCode, number: &TrackingNumber) -> bool {
        !self.0.is_empty() && self.0.contains(&hash(carrier, number))
    }
}

fn hash(carrier: &CarrierCode, number: &TrackingNumber) -> ForgottenHash {
    let digest = Sha256::digest(format!("{carrier}#{number}"));
    let (first, _) = digest.0.split_at(16);
    ForgottenHash(first.try_into().unwrap_or_default())
}

impl Store {
    /// Erases what is stored of a parcel, its subscriptions and its polls, and keeps a hash until `expires_at`, in Unix
    /// seconds. How many items were erased. Trackers, which need no carrier, and what webhooks have sent are not of the
    /// parcel alone: they stay until they are stopped or expire.
    ///
    /// # Errors
    /// [`StoreError::Call`]; what was not erased is by asking again.
    pub async fn forget(
        &self,
        carrier: &CarrierCode,
        number: &TrackingNumber,
        expires_at: i64,
    ) -> Result<usize, StoreError> {
        let key = Key::Forgotten {
            hash: hash(carrier, number),
        };
        self.do_put(self.put(new_item(&key).expiring(expires_at))).await?;
        let mut erased = 0;
        for kind in ["B", "W", "P"] {
            let mut listing = Listing::of(number_partition(number), Part::Prefix(format!("{kind}#{carrier}#")));
            listing.only = Some("pk, sk");
            listing.limit = Some(MAX_ERASED);
            for item in self.list(listing).await?.items {
                if let Ok(key) = Key::parse(&number_partition(number), sort_key(&item)) {
                    self.do_delete(self.delete(&key)).await?;
                    erased += 1;
                }
            }
        }
        Ok(erased)
    }

    /// Whether a parcel was erased on request, for who is about to store something of it by another way than a file.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn is_forgotten(
        &self,
        carrier: &CarrierCode,
        number: &TrackingNumber,
        now_s: i64,
    ) -> Result<bool, StoreError> {
        let key = Key::Forgotten {
            hash: hash(carrier, number),
        };
        Ok(self.get(&key).await?.is_some_and(|item| is_alive(&item, now_s)))
    }

    /// All parcels that were erased on request: one read, for a run that has many to ask about.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn forgotten(&self, now_s: i64) -> Result<Forgotten, StoreError> {
        let mut forgotten = BTreeSet::new();
        let mut behind = None;
        while forgotten.len() < MAX_FORGOTTEN {
            let mut listing = Listing::of(FORGOTTEN.to_owned(), Part::All);
            listing.behind = behind;
            let listed = self.list(listing).await?;
            let alive = listed.items.iter().filter(|item| is_alive(item, now_s));
            forgotten.extend(alive.filter_map(|item| from_hex(sort_key(item))).map(ForgottenHash));
            behind = listed.stopped_at;
            if behind.is_none() {
                break;
            }
        }
        Ok(Forgotten(forgotten))
    }
}
