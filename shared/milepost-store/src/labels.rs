//! Shipping labels: an account's own names for parcels.

use milepost_model::{AccountId, Label, LabelId};

use crate::items::is_alive;
use crate::items::label::{from_item, key, to_item};
use crate::once::Placed;
use crate::{Store, StoreError};

impl Store {
    /// Keeps what a label is, until an instant in Unix seconds. `false` when the account knows another parcel by it.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn put_label(&self, account: &AccountId, label: &Label, expires_at: i64) -> Result<bool, StoreError> {
        match self.put_new(to_item(account, label, expires_at)).await? {
            Placed::New => Ok(true),
            Placed::There(there) => Ok(self.read(from_item(&there))? == *label),
        }
    }

    /// The parcel of a label, unless it has expired by `now_s`, in Unix seconds.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn label(&self, account: &AccountId, id: &LabelId, now_s: i64) -> Result<Option<Label>, StoreError> {
        let item = self.get(&key(account, id)).await?.filter(|item| is_alive(item, now_s));
        item.map(|item| self.read(from_item(&item))).transpose()
    }
}
