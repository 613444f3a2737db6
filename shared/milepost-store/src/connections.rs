//! Connections.

use jiff::Timestamp;
use milepost_model::{AccountId, Connection, ConnectionId, Scope};

use crate::calls::Answer;
use crate::items::connection::{
    self, NEXT_DUE, as_kept, from_item, pointed_at, pointer_keys, pointers, readers, to_item,
};
use crate::items::instant;
use crate::listing::{Listing, Part};
use crate::once::{PUT_BY, Token};
use crate::{DueKind, Key, Store, StoreError};

impl Store {
    /// Puts a new connection and answers it with the number that it was given; `None` when its name is taken. Its own
    /// `carrier_id` is not looked at.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_connection(&self, new: &Connection) -> Result<Option<Connection>, StoreError> {
        let numbered = Connection {
            carrier_id: self.next_carrier_id().await?,
            notify_from: as_kept(new.notify_from),
            next_due: new.next_due.map(as_kept),
            ..new.clone()
        };
        let mut actions = vec![self.transact_put(to_item(&numbered)?, true)?];
        for pointer in pointers(&numbered) {
            actions.push(self.transact_put(pointer, false)?);
        }
        Ok(self.transact(actions).await?.then_some(numbered))
    }

    /// One connection.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let item = self.get(&connection::key(id)).await?;
        item.map(|item| self.read(from_item(&item))).transpose()
    }

    /// The connection that an account knows by a number: its own, or a shared one.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn connection_by_carrier_id(
        &self,
        account: &AccountId,
        carrier_id: i32,
    ) -> Result<Option<Connection>, StoreError> {
        for scope in [Scope::Account(account.clone()), Scope::Shared] {
            let pointer = self.get(&Key::CarrierId { scope, carrier_id }).await?;
            if let Some(pointer) = pointer {
                return self.connection(&self.read(pointed_at(&pointer))?).await;
            }
        }
        Ok(None)
    }

    /// The connections of an owner, in order of their names.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn connections(&self, scope: &Scope) -> Result<Vec<Connection>, StoreError> {
        let partition = format!("A#{}", scope.as_str());
        let pointers = self
            .list(Listing::of(partition, Part::Prefix("C#".to_owned())))
            .await?
            .items;
        let mut ids = Vec::with_capacity(pointers.len());
        for pointer in &pointers {
            ids.push(self.read(pointed_at(pointer))?);
        }
        let items = self.get_all(ids.iter().map(connection::key), None).await?;
        let mut connections = Vec::with_capacity(items.len());
        for item in &items {
            connections.push(self.read(from_item(item))?);
        }
        connections.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(connections)
    }

    /// The connections that read a bucket; empty is the hub's own.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn readers(&self, bucket: &str) -> Result<Vec<ConnectionId>, StoreError> {
        let pointers = self.list(Listing::of(readers(bucket), Part::All)).await?.items;
        pointers.iter().map(|pointer| self.read(pointed_at(pointer))).collect()
    }

    /// Makes a connection due at an instant before its next slot; `false` when its slot has changed meanwhile. The entry
    /// goes first: one without a slot falls to the check, a slot without an entry would never come.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn bring_forward(&self, connection: &Connection, to: Timestamp) -> Result<bool, StoreError> {
        let (id, to) = (&connection.id, as_kept(to));
        self.put_due(DueKind::Connection, id.as_str(), to.as_millisecond(), id.as_str())
            .await?;
        self.advance_due(id, connection.next_due, Some(to)).await
    }

    /// Removes a connection and answers what it was. Its ledger and its runs stay: under the same name again, it does
    /// not import everything anew.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn remove_connection(&self, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let Some(found) = self.connection(id).await? else {
            return Ok(None);
        };
        let mut actions = vec![self.transact_delete(&connection::key(id))?];
        for key in pointer_keys(&found) {
            actions.push(self.transact_delete(&key)?);
        }
        self.transact(actions).await?;
        Ok(Some(found))
    }

    /// Moves a connection's next slot from one instant to another; `false` when it is not at the first any more, so
    /// that of two ticks one queues the run.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn advance_due(
        &self,
        id: &ConnectionId,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let token = Token::new()?;
        let set = format!("SET {PUT_BY} = :by");
        let mut update = self
            .update(&connection::key(id))
            .expression_attribute_values(":by", token.value());
        update = match to {
            Some(to) => update
                .update_expression(format!("{set}, {NEXT_DUE} = :to"))
                .expression_attribute_values(":to", instant(to)),
            None => update.update_expression(format!("{set} REMOVE {NEXT_DUE}")),
        };
        update = match from {
            Some(from) => update
                .condition_expression(format!("{NEXT_DUE} = :from"))
                .expression_attribute_values(":from", instant(from)),
            None => update.condition_expression(format!("attribute_exists(pk) AND attribute_not_exists({NEXT_DUE})")),
        };
        Ok(match self.do_update(update).await? {
            Answer::Done(_) => true,
            Answer::Refused(there) => token.wrote(there.as_ref()),
        })
    }
}
