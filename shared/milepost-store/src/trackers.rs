//! Ship24's trackers: creation in one transaction, the account's list by place, the owner's names for them.
//!
//! A tracker is an item under its number, where one Query finds it beside all that is known. Under the account stand its
//! place, a count of the trackers before it, and while it is subscribed the owner's name for it. Places have no gaps, so
//! that a page of the list is one range of them, whichever page: a creation takes the next place and advances the
//! account's counter in one transaction, on the condition that nobody took it before.

use std::collections::BTreeMap;

use milepost_model::{AccountId, Follower, FollowerKind, Scope, Tracker, TrackerId, TrackingNumber};

use crate::calls::Answer;
use crate::items::follower::{self, SINCE, TOLD, pack_told};
use crate::items::tracker::{self, FORM, SUBSCRIBED};
use crate::items::{Fields, Fill, Item, bytes, checked, flag, number};
use crate::keys::{account_partition, sortable_place};
use crate::listing::{Listing, Part};
use crate::once::Change;
use crate::{Key, Store, StoreError};

/// Which tracker something points at.
pub type Pointer = (TrackingNumber, TrackerId);

/// The counter of an account's trackers.
const COUNTER: &str = "trackers";

const COUNT: &str = "n";

/// The places that come next in an account's list, as long as nobody takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlaces {
    account: AccountId,
    first: u64,
}

impl NewPlaces {
    /// Trackers to create in one transaction, which takes a hundred items: three for each, and the counter.
    pub const MOST: usize = 33;

    /// The place of the nth new tracker, from 0.
    pub fn place(&self, nth: usize) -> u64 {
        self.first.saturating_add(nth as u64)
    }
}

impl Store {
    /// How many trackers an account has created, which is the place of the next.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn tracker_count(&self, account: &AccountId) -> Result<u64, StoreError> {
        let Some(item) = self.get(&counter(account)).await? else {
            return Ok(0);
        };
        self.read(Fields::of("counter", &item).and_then(|fields| fields.number(COUNT)))
    }

    /// The places for new trackers.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn next_tracker_places(&self, account: &AccountId) -> Result<NewPlaces, StoreError> {
        Ok(NewPlaces {
            first: self.tracker_count(account).await?,
            account: account.clone(),
        })
    }

    /// Creates trackers of an account at its next places, all of them or none; `false` when another creation took a
    /// place or one of the names first. At most [`NewPlaces::MOST`], each a follower of kind tracker.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn create_trackers(&self, places: &NewPlaces, new: &[Follower]) -> Result<bool, StoreError> {
        let mut actions = Vec::with_capacity(3 * new.len() + 1);
        for follower in new {
            let FollowerKind::Tracker(tracker) = &follower.kind else {
                continue;
            };
            let item = checked("tracker", follower::to_item(follower))?;
            actions.push(self.transact_put(item, true)?);
            actions.push(self.transact_put(tracker::place(tracker), true)?);
            if let Some(client_id) = &tracker.client_id {
                actions.push(self.transact_put(tracker::claim(tracker, client_id), true)?);
            }
        }
        let advanced = places.place(new.len());
        let condition = match places.first {
            0 => "attribute_not_exists(pk)".to_owned(),
            _ => format!("{COUNT} = :was"),
        };
        let mut values = Item::new().with(":to", number(advanced)).with(":v", number(1));
        if places.first > 0 {
            values = values.with(":was", number(places.first));
        }
        let change = Change {
            update: format!("SET {COUNT} = :to, v = :v"),
            condition,
            values,
        };
        actions.push(self.transact_update(&counter(&places.account), change)?);
        self.transact(actions).await
    }

    /// The number of an account's tracker.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn tracker_number(
        &self,
        account: &AccountId,
        id: TrackerId,
    ) -> Result<Option<TrackingNumber>, StoreError> {
        let place = Key::TrackerPlace {
            account: account.clone(),
            place: id.place(),
        };
        let Some(item) = self.get(&place).await? else {
            return Ok(None);
        };
        let (number, there) = self.read(tracker::pointed_at(&item))?;
        Ok((there == id).then_some(number))
    }

    /// The subscribed trackers that an account calls by these names.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn named_trackers(
        &self,
        account: &AccountId,
        names: &[String],
    ) -> Result<BTreeMap<String, Pointer>, StoreError> {
        let keys = names.iter().map(|name| tracker::claim_key(account, name));
        let items = self.get_all(keys, None).await?;
        let named = items.iter().filter_map(|item| {
            let name = crate::items::sort_key(item).strip_prefix("U#")?.to_owned();
            Some((name, tracker::pointed_at(item)))
        });
        named.map(|(name, pointer)| Ok((name, self.read(pointer)?))).collect()
    }

    /// One tracker of an account, as a follower.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn tracker(
        &self,
        account: &AccountId,
        number: &TrackingNumber,
        id: TrackerId,
    ) -> Result<Option<Follower>, StoreError> {
        let item = self.get(&key(account, (number.clone(), id))).await?;
        item.map(|item| self.read(follower::from_item(&item))).transpose()
    }

    /// An account's trackers at places from `first` on, `limit` at most, in order of place: read at one cost wherever the
    /// page is.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn trackers(&self, account: &AccountId, first: u64, limit: usize) -> Result<Vec<Follower>, StoreError> {
        let Some(last) = (limit as u64).checked_sub(1).map(|more| first.saturating_add(more)) else {
            return Ok(Vec::new());
        };
        let [from, to] = [first, last].map(|place| format!("T#{}", sortable_place(place)));
        let listing = Listing {
            limit: Some(limit),
            ..Listing::of(account_partition(account), Part::Between(from, to))
        };
        let places = self.list(listing).await?;
        let pointers = places.items.iter().map(|item| self.read(tracker::pointed_at(item)));
        let pointers: Vec<Pointer> = pointers.collect::<Result<_, _>>()?;
        let keys = pointers.into_iter().map(|pointer| key(account, pointer));
        let items = self.get_all(keys, None).await?;
        let trackers = items.iter().map(|item| self.read(follower::from_item(item)));
        let mut trackers: Vec<Follower> = trackers.collect::<Result<_, _>>()?;
        trackers.sort_by_key(place_of);
        Ok(trackers)
    }

    /// Writes another form of a tracker, with what `after` was told if it is newly subscribed; `false` when the tracker
    /// is not as `before` any more, or its name is another's.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn change_tracker(&self, before: &Tracker, after: &Follower) -> Result<bool, StoreError> {
        let FollowerKind::Tracker(tracker) = &after.kind else {
            return Ok(false);
        };
        let resumed = tracker.subscribed && !before.subscribed;
        let mut update = format!("SET {FORM} = :form, {SUBSCRIBED} = :now, {SINCE} = :since");
        let mut values = Item::new()
            .with(":form", bytes(tracker::form(tracker)))
            .with(":now", flag(tracker.subscribed))
            .with(":since", number(after.started_ms))
            .with(":old", bytes(tracker::form(before)))
            .with(":was", flag(before.subscribed));
        if resumed {
            update.push_str(&format!(", {TOLD} = :told"));
            values = values.with(":told", bytes(pack_told(&after.told)));
        }
        let condition = format!("{FORM} = :old AND {SUBSCRIBED} = :was");
        let change = Change {
            update,
            condition,
            values,
        };
        let key = tracker::key(tracker);
        let Some(client_id) = tracker
            .client_id
            .as_ref()
            .filter(|_| tracker.subscribed != before.subscribed)
        else {
            return self.change(&key, change).await;
        };
        let claim = if resumed {
            self.transact_put(tracker::claim(tracker, client_id), true)?
        } else {
            self.transact_delete(&tracker::claim_key(&tracker.account, client_id))?
        };
        self.transact(vec![self.transact_update(&key, change)?, claim]).await
    }

    async fn change(&self, key: &Key, change: Change) -> Result<bool, StoreError> {
        let update = self
            .update(key)
            .update_expression(change.update)
            .condition_expression(change.condition)
            .set_expression_attribute_values(Some(change.values));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }
}

fn counter(account: &AccountId) -> Key {
    Key::Counter {
        scope: Scope::Account(account.clone()),
        name: COUNTER.to_owned(),
    }
}

fn key(account: &AccountId, (number, id): Pointer) -> Key {
    Key::Tracker {
        number,
        account: account.clone(),
        tracker: id,
    }
}

fn place_of(follower: &Follower) -> u64 {
    match &follower.kind {
        FollowerKind::Tracker(tracker) => tracker.id.place(),
        FollowerKind::Subscription { .. } => 0,
    }
}
