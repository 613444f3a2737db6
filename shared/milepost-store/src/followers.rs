//! Who follows a number, and what they were told.

use milepost_model::{AccountId, Follower, FollowerName, Told, ToldTo, TrackingNumber};

use crate::calls::Answer;
use crate::items::follower::{self, SINCE, TOLD, pack_told};
use crate::items::{bytes, number, partition_key};
use crate::keys::number_partition;
use crate::once::Placed;
use crate::{Key, PARTITION_KEY, Store, StoreError};

impl Store {
    /// Which of these numbers have the mark that somebody follows them, in the order given.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`].
    pub async fn followed(&self, numbers: &[TrackingNumber]) -> Result<Vec<TrackingNumber>, StoreError> {
        let marks = numbers.iter().map(|number| Key::Followed { number: number.clone() });
        let marks = self.get_all(marks, Some(PARTITION_KEY)).await?;
        let marked: std::collections::BTreeSet<&str> = marks.iter().map(partition_key).collect();
        let followed = numbers
            .iter()
            .filter(|number| marked.contains(number_partition(number).as_str()));
        Ok(followed.cloned().collect())
    }

    /// Marks a number as followed until an instant in Unix seconds, or renews the mark.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn mark_followed(&self, number: &TrackingNumber, expires_at: i64) -> Result<(), StoreError> {
        self.do_put(self.put(follower::mark(number, expires_at))).await?;
        Ok(())
    }

    /// Puts a follower; `false` when it follows already, and then it stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_follower(&self, follower: &Follower) -> Result<bool, StoreError> {
        let item = crate::items::checked("follower", follower::to_item(follower))?;
        Ok(matches!(self.put_new(item).await?, Placed::New))
    }

    /// Removes a follower, found by its kind, account, carrier and number; whether there was one. If the answer of a
    /// removal was lost and tried again, it is `false`.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn remove_follower(&self, follower: &Follower) -> Result<bool, StoreError> {
        let removed = self.do_delete(self.delete(&follower::key(follower))).await?;
        Ok(matches!(removed, Answer::Done(Some(_))))
    }

    /// Writes what a follower was told in place of what it was told when it was read; `false` when it follows no more,
    /// was started anew or was told something else meanwhile: a stop is never undone, and of two that tell at once the
    /// later looks again.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn set_told(&self, follower: &Follower, told: &Told) -> Result<bool, StoreError> {
        let packed = bytes(pack_told(told));
        let update = self
            .update(&follower::key(follower))
            .update_expression(format!("SET {TOLD} = :t"))
            .condition_expression(format!("{SINCE} = :s AND {TOLD} = :old"))
            .expression_attribute_values(":t", packed.clone())
            .expression_attribute_values(":old", bytes(pack_told(&follower.told)))
            .expression_attribute_values(":s", number(follower.started_ms));
        let since = number(follower.started_ms);
        Ok(match self.do_update(update).await? {
            Answer::Done(_) => true,
            // The first try was applied although its answer was lost, or another has told the same.
            Answer::Refused(there) => {
                there.is_some_and(|there| (there.get(TOLD), there.get(SINCE)) == (Some(&packed), Some(&since)))
            }
        })
    }

    /// Whether the follower for which something was made follows still. Nothing else of its item is read: who asks may
    /// be one that is to see no parcel.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn follows(
        &self,
        account: &AccountId,
        number: &TrackingNumber,
        told: &ToldTo,
    ) -> Result<bool, StoreError> {
        let (number, account) = (number.clone(), account.clone());
        let key = match &told.name {
            FollowerName::Subscription(carrier) => Key::Subscription {
                number,
                carrier: carrier.clone(),
                account,
            },
            FollowerName::Tracker(tracker) => Key::Tracker {
                number,
                account,
                tracker: *tracker,
            },
        };
        let Some(there) = self.get_only(&key, Some(follower::STANDING)).await? else {
            return Ok(false);
        };
        let (since, subscribed) = self.read(follower::standing(&there))?;
        // A tracker is one and the same however often its owner comes and goes.
        let same = matches!(told.name, FollowerName::Tracker(_)) || since == told.started_ms;
        Ok(same && subscribed)
    }
}
