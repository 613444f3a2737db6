//! Leases: one run of a connection at a time, and an epoch that fences whoever was frozen.
//!
//! The lease is for economy: two runs of one connection store the same set. What must not go back in time (checkpoints,
//! the ledger) is conditional on the epoch, which rises at each taking and never falls, whatever clocks do.

use aws_sdk_dynamodb::types::ReturnValue;
use milepost_model::ConnectionId;

use crate::calls::Answer;
use crate::items::{Fields, Item, Unreadable, number, text};
use crate::{Key, Store, StoreError};

/// A lease that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// On which connection.
    pub connection: ConnectionId,
    /// Who holds it, the same for every attempt at one piece of work.
    pub holder: String,
    /// Which taking it was, from 1.
    pub epoch: u64,
    /// Until when it is held, in Unix milliseconds of the holder's clock.
    pub until_ms: i64,
}

impl Store {
    /// Takes the lease on a connection if it is free, has run out by `now_ms`, or is the holder's own; `None` when
    /// another holds it.
    ///
    /// The holder is what stays the same when an attempt is made again: then the new attempt need not wait for the lease
    /// of one that was killed. Each taking has its own epoch, so an earlier attempt that wakes is fenced. A taking whose
    /// answer was lost is simply made again, under the next epoch.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn take_lease(
        &self,
        connection: &ConnectionId,
        holder: &str,
        now_ms: i64,
        until_ms: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let update = self
            .update(&key(connection))
            .update_expression("SET v = :v, holder = :holder, until_ms = :until ADD epoch :one")
            .condition_expression("attribute_not_exists(pk) OR until_ms <= :now OR holder = :holder")
            .expression_attribute_values(":v", number(1))
            .expression_attribute_values(":holder", text(holder))
            .expression_attribute_values(":until", number(until_ms))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":now", number(now_ms))
            .return_values(ReturnValue::AllNew);
        let item = match self.do_update(update).await? {
            Answer::Done(item) => item,
            Answer::Refused(_) => return Ok(None),
        };
        Ok(Some(Lease {
            connection: connection.clone(),
            holder: holder.to_owned(),
            epoch: self.read(epoch(&item))?,
            until_ms,
        }))
    }

    /// Holds a lease longer. Also the way to ask, before a step outside the table, whether it is still held.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another has taken it, [`StoreError::Call`].
    pub async fn renew_lease(&self, lease: &Lease, until_ms: i64) -> Result<Lease, StoreError> {
        if self.set_until(lease, until_ms).await? {
            Ok(Lease {
                until_ms,
                ..lease.clone()
            })
        } else {
            Err(StoreError::Fenced {
                connection: lease.connection.clone(),
            })
        }
    }

    /// Gives a lease back; `false` when another has taken it. The item stays, for its epoch.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn release_lease(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.set_until(lease, 0).await
    }

    async fn set_until(&self, lease: &Lease, until_ms: i64) -> Result<bool, StoreError> {
        let update = self
            .update(&key(&lease.connection))
            .update_expression("SET until_ms = :until")
            .condition_expression("epoch = :epoch")
            .expression_attribute_values(":until", number(until_ms))
            .expression_attribute_values(":epoch", number(lease.epoch));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }
}

fn key(connection: &ConnectionId) -> Key {
    Key::Lease {
        connection: connection.clone(),
    }
}

fn epoch(item: &Item) -> Result<u64, Unreadable> {
    Fields::of("lease", item)?.number("epoch")
}
