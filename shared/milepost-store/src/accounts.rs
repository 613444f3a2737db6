//! The hub's accounts.

use milepost_model::AccountId;

use crate::items::{Fields, Fill, new_item, number};
use crate::keys::hub_partition;
use crate::listing::{Listing, Part};
use crate::once::Placed;
use crate::{Key, Store, StoreError};

const KIND: &str = "account";

const CREATED_MS: &str = "created_ms";

impl Store {
    /// Adds an account, at an instant in Unix milliseconds; whether it is a new one.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn add_account(&self, id: &AccountId, now_ms: i64) -> Result<bool, StoreError> {
        let item = new_item(&Key::Account { id: id.clone() }).with(CREATED_MS, number(now_ms));
        Ok(matches!(self.put_new(item).await?, Placed::New))
    }

    /// Whether there is an account. The default one is there from the first start.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn has_account(&self, id: &AccountId) -> Result<bool, StoreError> {
        Ok(*id == AccountId::default_account() || self.get(&Key::Account { id: id.clone() }).await?.is_some())
    }

    /// The accounts that were added, in order of their names, with the instants in Unix milliseconds.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn accounts(&self) -> Result<Vec<(AccountId, i64)>, StoreError> {
        let listed = self
            .list(Listing::of(hub_partition(), Part::Prefix("A#".to_owned())))
            .await?;
        let accounts = listed.items.iter().map(|item| {
            let fields = Fields::of(KIND, item)?;
            let Key::Account { id } = fields.key()? else {
                return Err(fields.damaged("key"));
            };
            Ok((id, fields.number(CREATED_MS)?))
        });
        accounts.map(|account| self.read(account)).collect()
    }
}
