//! Webhook endpoints.

use milepost_model::{AccountId, Endpoint, EndpointId};

use crate::calls::Answer;
use crate::items::endpoint::{from_item, open, to_item};
use crate::items::{Item, checked};
use crate::keys::account_partition;
use crate::listing::{Listing, Part};
use crate::{Key, SealKey, Store, StoreError};

impl Store {
    /// Puts an endpoint, or puts it again with another address, secret or switch.
    ///
    /// # Errors
    /// [`StoreError::NoSealKey`], [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_endpoint(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        let item = checked("webhook endpoint", to_item(endpoint, self.seal()?)?)?;
        self.do_put(self.put(item)).await?;
        Ok(())
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`StoreError::NoSealKey`], [`StoreError::Sealed`], [`StoreError::Item`], [`StoreError::Call`].
    pub async fn endpoint(&self, account: &AccountId, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let item = self.get(&key(account, id)).await?;
        item.map(|item| self.opened(&item)).transpose()
    }

    /// An account's endpoints, in order of their ids.
    ///
    /// # Errors
    /// As [`Store::endpoint`].
    pub async fn endpoints(&self, account: &AccountId) -> Result<Vec<Endpoint>, StoreError> {
        let listing = Listing::of(account_partition(account), Part::Prefix("E#".to_owned()));
        let listed = self.list(listing).await?;
        listed.items.iter().map(|item| self.opened(item)).collect()
    }

    /// The ids of an account's endpoints to which deliveries go, without their secrets: who only queues deliveries needs
    /// no seal key.
    ///
    /// # Errors
    /// [`StoreError::Item`], [`StoreError::Call`].
    pub async fn enabled_endpoints(&self, account: &AccountId) -> Result<Vec<EndpointId>, StoreError> {
        let listing = Listing::of(account_partition(account), Part::Prefix("E#".to_owned()));
        let listed = self.list(listing).await?;
        let mut enabled = Vec::with_capacity(listed.items.len());
        for item in &listed.items {
            let sealed = self.read(from_item(item))?;
            if sealed.enabled {
                enabled.push(sealed.id);
            }
        }
        Ok(enabled)
    }

    /// Removes an endpoint; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn remove_endpoint(&self, account: &AccountId, id: &EndpointId) -> Result<bool, StoreError> {
        let removed = self.do_delete(self.delete(&key(account, id))).await?;
        Ok(matches!(removed, Answer::Done(Some(_))))
    }

    fn opened(&self, item: &Item) -> Result<Endpoint, StoreError> {
        open(self.read(from_item(item))?, self.seal()?)
    }

    fn seal(&self) -> Result<&SealKey, StoreError> {
        self.shared.seal.as_ref().ok_or(StoreError::NoSealKey)
    }
}

fn key(account: &AccountId, id: &EndpointId) -> Key {
    Key::Endpoint {
        account: account.clone(),
        id: id.clone(),
    }
}
