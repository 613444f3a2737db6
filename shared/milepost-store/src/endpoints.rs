//! Webhook endpoints.

use milepost_model::{AccountId, Circuit, Endpoint, EndpointId, EndpointSecrets, Standing};

use crate::calls::Answer;
use crate::items::endpoint::{self, from_item, open, to_item};
use crate::items::{Value, checked};
use crate::keys::account_partition;
use crate::listing::{Listing, Part};
use crate::{Key, SealKey, Store, StoreError};

impl Store {
    /// Puts a new endpoint.
    ///
    /// # Errors
    /// [`StoreError::NoSealKey`], [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_endpoint(&self, endpoint: &Endpoint, secrets: &EndpointSecrets) -> Result<(), StoreError> {
        let item = checked(KIND, to_item(endpoint, secrets, self.seal()?)?)?;
        self.do_put(self.put(item)).await?;
        Ok(())
    }

    /// Writes what its owner sets of an endpoint that is there, and leaves its standing and circuit; `false` when it is
    /// not there.
    ///
    /// # Errors
    /// As [`Store::put_endpoint`].
    pub async fn change_endpoint(&self, endpoint: &Endpoint, secrets: &EndpointSecrets) -> Result<bool, StoreError> {
        checked(KIND, to_item(endpoint, secrets, self.seal()?)?)?;
        let settings = endpoint::settings(endpoint, secrets, self.seal()?)?;
        self.set(&endpoint.account, &endpoint.id, &settings).await
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`StoreError::Item`], [`StoreError::Call`].
    pub async fn endpoint(&self, account: &AccountId, id: &EndpointId) -> Result<Option<Endpoint>, StoreError> {
        let item = self.get(&key(account, id)).await?;
        item.map(|item| self.read(from_item(&item))).transpose()
    }

    /// One endpoint with its secrets.
    ///
    /// # Errors
    /// [`StoreError::NoSealKey`], [`StoreError::Sealed`], [`StoreError::Item`], [`StoreError::Call`].
    pub async fn endpoint_with_secrets(
        &self,
        account: &AccountId,
        id: &EndpointId,
    ) -> Result<Option<(Endpoint, EndpointSecrets)>, StoreError> {
        let seal = self.seal()?;
        let Some(item) = self.get(&key(account, id)).await? else {
            return Ok(None);
        };
        let secrets = self.read(open(&item, seal))??;
        Ok(Some((self.read(from_item(&item))?, secrets)))
    }

    /// An account's endpoints, in order of their ids as texts. Who only queues deliveries needs no seal key.
    ///
    /// # Errors
    /// [`StoreError::Item`], [`StoreError::Call`].
    pub async fn endpoints(&self, account: &AccountId) -> Result<Vec<Endpoint>, StoreError> {
        let listing = Listing::of(account_partition(account), Part::Prefix("E#".to_owned()));
        let listed = self.list(listing).await?;
        listed.items.iter().map(|item| self.read(from_item(item))).collect()
    }

    /// The same with their secrets.
    ///
    /// # Errors
    /// As [`Store::endpoint_with_secrets`].
    pub async fn endpoints_with_secrets(
        &self,
        account: &AccountId,
    ) -> Result<Vec<(Endpoint, EndpointSecrets)>, StoreError> {
        let seal = self.seal()?;
        let listing = Listing::of(account_partition(account), Part::Prefix("E#".to_owned()));
        let listed = self.list(listing).await?;
        let mut endpoints = Vec::with_capacity(listed.items.len());
        for item in &listed.items {
            endpoints.push((self.read(from_item(item))?, self.read(open(item, seal))??));
        }
        Ok(endpoints)
    }

    /// Removes an endpoint; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn remove_endpoint(&self, account: &AccountId, id: &EndpointId) -> Result<bool, StoreError> {
        let removed = self.do_delete(self.delete(&key(account, id))).await?;
        Ok(matches!(removed, Answer::Done(Some(_))))
    }

    /// Enables or disables an endpoint, and forgets what its last attempts came to; `false` when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn set_standing(
        &self,
        account: &AccountId,
        id: &EndpointId,
        standing: Standing,
    ) -> Result<bool, StoreError> {
        let fresh = endpoint::circuit(&Circuit::default());
        let attributes: Vec<_> = endpoint::standing(standing).into_iter().chain(fresh).collect();
        self.set(account, id, &attributes).await
    }

    /// Puts one circuit in the place of another; `false` when another is there, or no endpoint. Of several that find
    /// the same circuit, one gets `true`.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn swap_circuit(
        &self,
        account: &AccountId,
        id: &EndpointId,
        from: &Circuit,
        to: &Circuit,
    ) -> Result<bool, StoreError> {
        let attributes = endpoint::circuit(to);
        let mut update = self
            .update(&key(account, id))
            .update_expression(expression(&attributes));
        let mut conditions = vec!["attribute_exists(pk)".to_owned()];
        for ((name, value), old) in endpoint::circuit(from).into_iter().zip([":f", ":g", ":h"]) {
            match value {
                Some(value) => {
                    conditions.push(format!("#{name} = {old}"));
                    update = update.expression_attribute_values(old, value);
                }
                None => conditions.push(format!("attribute_not_exists(#{name})")),
            }
        }
        for (name, value) in attributes {
            update = update.expression_attribute_names(format!("#{name}"), name);
            if let Some(value) = value {
                update = update.expression_attribute_values(format!(":{name}"), value);
            }
        }
        match self
            .do_update(update.condition_expression(conditions.join(" AND ")))
            .await?
        {
            Answer::Done(_) => Ok(true),
            // The first try may have been applied although its answer was lost. Two that ask for the same are then taken
            // for one, which costs a probe more.
            Answer::Refused(Some(there)) if from != to => Ok(self.read(from_item(&there))?.circuit == *to),
            Answer::Refused(_) => Ok(false),
        }
    }

    /// All is well with an endpoint; `false` when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn reset_circuit(&self, account: &AccountId, id: &EndpointId) -> Result<bool, StoreError> {
        self.set(account, id, &endpoint::circuit(&Circuit::default())).await
    }

    /// Writes attributes of an endpoint that is there, and removes those without a value.
    async fn set(
        &self,
        account: &AccountId,
        id: &EndpointId,
        attributes: &[(&'static str, Option<Value>)],
    ) -> Result<bool, StoreError> {
        let mut update = self
            .update(&key(account, id))
            .update_expression(expression(attributes))
            .condition_expression("attribute_exists(pk)");
        for (name, value) in attributes {
            // Names by reference, for some are words of DynamoDB's own.
            update = update.expression_attribute_names(format!("#{name}"), *name);
            if let Some(value) = value {
                update = update.expression_attribute_values(format!(":{name}"), value.clone());
            }
        }
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    fn seal(&self) -> Result<&SealKey, StoreError> {
        self.shared.seal.as_ref().ok_or(StoreError::NoSealKey)
    }
}

const KIND: &str = "webhook endpoint";

/// Sets what has a value, under a name like its own, and removes the rest.
fn expression(attributes: &[(&'static str, Option<Value>)]) -> String {
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    for (name, value) in attributes {
        match value {
            Some(_) => set.push(format!("#{name} = :{name}")),
            None => remove.push(format!("#{name}")),
        }
    }
    let mut expression = String::new();
    if !set.is_empty() {
        expression.push_str(&format!("SET {} ", set.join(", ")));
    }
    if !remove.is_empty() {
        expression.push_str(&format!("REMOVE {}", remove.join(", ")));
    }
    expression
}

fn key(account: &AccountId, id: &EndpointId) -> Key {
    Key::Endpoint {
        account: account.clone(),
        id: id.clone(),
    }
}
