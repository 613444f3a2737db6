//! Everything of one number in one Query.

use milepost_model::{Bundle, CarrierCode, Follower, FollowerKind, LiveState, TrackingNumber};

use crate::items::{self, Item, Unreadable, is_alive};
use crate::keys::{bundles_of, number_partition};
use crate::listing::{Listing, Part};
use crate::{Store, StoreError, Used};

/// Everything that is stored of a number: any carrier, all scopes, all followers.
///
/// The bundles are of every scope. Nobody is answered from them but through the model's fold, which asks who views.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberItems {
    /// In order of carrier, scope and arrival.
    pub bundles: Vec<Bundle>,
    /// Who is to be told: subscribed trackers in order of account and creation, then subscriptions in order of carrier
    /// and account.
    pub followers: Vec<Follower>,
    /// Trackers whose owner does not want to be told, with what they were told before.
    pub unsubscribed: Vec<Follower>,
    /// How far the asking has come, of each carrier and scope.
    pub live: Vec<LiveState>,
    /// Until when the mark is there that somebody follows it, in Unix seconds.
    pub followed_until: Option<i64>,
    /// Whether there is more than the 4 MB that one read takes. What is missing then are the oldest bundles of the
    /// carriers and scopes that come first.
    pub truncated: bool,
    /// How many items could not be read: damaged, or of a newer version.
    pub unreadable: usize,
    /// What the read cost.
    pub used: Used,
}

/// Bundles that [`Store::few_bundles`] reads, whoever may see them: some ten kilobytes. Reading more would soon cost what
/// writing one more does.
const FEW: usize = 16;

/// The bundles of one number and carrier.
#[derive(Debug, Clone, PartialEq)]
pub struct FewBundles {
    /// In order of scope and arrival; `None` when there are too many, or one that cannot be read.
    pub bundles: Option<Vec<Bundle>>,
    /// What the read cost.
    pub used: Used,
}

impl Store {
    /// Reads the bundles of one number and carrier, consistently, if they are few: for who compares what it is about to
    /// put. What has expired by `now_s`, in Unix seconds, is left out.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn few_bundles(
        &self,
        number: &TrackingNumber,
        carrier: &CarrierCode,
        now_s: i64,
    ) -> Result<FewBundles, StoreError> {
        let listing = Listing {
            // One more tells that there are too many.
            limit: Some(FEW + 1),
            ..Listing::of(number_partition(number), Part::Prefix(bundles_of(carrier)))
        };
        let listed = self.list(listing).await?;
        let alive = listed.items.iter().filter(|item| is_alive(item, now_s));
        let bundles = alive.map(|item| items::bundle::from_item(item).ok()).collect();
        Ok(FewBundles {
            bundles: if listed.items.len() <= FEW { bundles } else { None },
            used: Used {
                read_units: listed.read_units,
                ..Used::default()
            },
        })
    }

    /// Reads everything of a number, consistently. What has expired by `now_s`, in Unix seconds, is left out.
    ///
    /// The read goes from the last sort key down, so that followers come first and new bundles before old ones: a
    /// number with too many items loses its oldest bundles, not those who are to be told.
    ///
    /// # Errors
    /// [`StoreError::Call`]. An item that cannot be read is counted, not an error.
    pub async fn number(&self, number: &TrackingNumber, now_s: i64) -> Result<NumberItems, StoreError> {
        let listing = Listing {
            descending: true,
            ..Listing::of(number_partition(number), Part::All)
        };
        let listed = self.list(listing).await?;
        let mut read = NumberItems {
            bundles: Vec::new(),
            followers: Vec::new(),
            unsubscribed: Vec::new(),
            live: Vec::new(),
            followed_until: None,
            truncated: listed.stopped_at.is_some(),
            unreadable: 0,
            used: Used {
                read_units: listed.read_units,
                ..Used::default()
            },
        };
        let alive = listed.items.iter().filter(|item| is_alive(item, now_s));
        for item in alive.rev() {
            if let Err(unreadable) = read.take(item) {
                tracing::warn!(table = self.table(), error = %unreadable, "an item of a number cannot be read");
                read.unreadable += 1;
            }
        }
        Ok(read)
    }
}

impl NumberItems {
    /// Sorts an item in by its key. Kinds that this read does not know are passed over.
    fn take(&mut self, item: &Item) -> Result<(), Unreadable> {
        match items::sort_key(item).split('#').next() {
            Some("B") => self.bundles.push(items::bundle::from_item(item)?),
            Some("W" | "T") => {
                let follower = items::follower::from_item(item)?;
                match &follower.kind {
                    FollowerKind::Tracker(tracker) if !tracker.subscribed => self.unsubscribed.push(follower),
                    _ => self.followers.push(follower),
                }
            }
            Some("P") => self.live.push(items::live::from_item(item)?),
            Some("F") => self.followed_until = items::expires_at(item),
            _ => {}
        }
        Ok(())
    }
}
