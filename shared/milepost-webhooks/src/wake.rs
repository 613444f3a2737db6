//! What is parked in the table goes to the queue when it is due.

use jiff::Timestamp;
use milepost_model::{AccountId, DeliveryId, DeliveryState, EndpointId};
use milepost_store::{DUE_SHARDS, DueEntry, DueKind, StoreError};

use crate::{Deliverer, DeliveryOrder, ReleaseOrder, WebhookError, WebhookOrder};

/// Due entries that one tick wakes in each shard; the rest waits for the next tick, a minute later.
const MAX_WOKEN: usize = 1_000;

/// An attempt that was woken and left no trace is woken again after so long: well over the life of a function.
pub(crate) const PUT_OFF_MS: i64 = 5 * 60 * 1000;

impl Deliverer {
    /// Queues what is parked and due. An entry counts only if its delivery, or its endpoint's rest, still waits for just
    /// that instant; anything else is a repeat.
    ///
    /// # Errors
    /// The hub's own; what was not queued stays due.
    pub async fn wake(&self, now: Timestamp) -> Result<usize, WebhookError> {
        let mut woken = 0;
        for shard in 0..DUE_SHARDS {
            let tick = self
                .store
                .due_now(DueKind::Retry, shard, now.as_millisecond(), MAX_WOKEN)
                .await?;
            for entry in &tick.entries {
                match self.wake_one(entry, now).await {
                    Ok(sent) => woken += usize::from(sent),
                    // A delivery or an endpoint that cannot be read must not stop those behind it.
                    Err(WebhookError::Store(error @ StoreError::Item { .. })) => {
                        tracing::error!(id = entry.id, %error, "a parked attempt cannot be woken");
                    }
                    Err(error) => return Err(error),
                }
            }
            // Behind the work, so that a tick that ends early is done again.
            self.store.settle_due(&tick).await?;
        }
        Ok(woken)
    }

    async fn wake_one(&self, entry: &DueEntry, now: Timestamp) -> Result<bool, WebhookError> {
        match WebhookOrder::parse(&entry.payload) {
            Ok(WebhookOrder::Deliver(order)) => self.wake_attempt(&order, entry, now).await,
            Ok(WebhookOrder::Release(order)) => self.wake_release(&order, entry).await,
            // An entry that this version cannot read must not stop those behind it.
            Err(_) => {
                tracing::error!(id = entry.id, "a parked attempt cannot be read");
                Ok(false)
            }
        }
    }

    /// Queues a parked attempt once, whatever ticks find it: whoever puts it off sends it. Should that one stop between
    /// the two, the attempt is found again at the later instant.
    async fn wake_attempt(
        &self,
        order: &DeliveryOrder,
        entry: &DueEntry,
        now: Timestamp,
    ) -> Result<bool, WebhookError> {
        let Ok(account) = AccountId::parse(&order.account) else {
            return Ok(false);
        };
        let id = DeliveryId(order.delivery.clone());
        let Some(delivery) = self.store.delivery(&account, &id).await? else {
            return Ok(false);
        };
        let DeliveryState::Waiting { retry_at } = delivery.state else {
            return Ok(false);
        };
        if retry_at.as_millisecond() != entry.due_ms {
            return Ok(false);
        }
        let later_ms = now.as_millisecond() + PUT_OFF_MS;
        let Ok(later) = Timestamp::from_millisecond(later_ms) else {
            return Ok(false);
        };
        self.store
            .put_due(DueKind::Retry, &entry.id, later_ms, &entry.payload)
            .await?;
        let mine = self.store.put_off_retry(&account, &id, retry_at, later).await?;
        if mine {
            self.queue.send(entry.payload.clone(), 0).await?;
        }
        Ok(mine)
    }

    /// Queues the look at an endpoint whose rest is over. Of several such looks one gets to probe.
    async fn wake_release(&self, order: &ReleaseOrder, entry: &DueEntry) -> Result<bool, WebhookError> {
        let Ok(account) = AccountId::parse(&order.account) else {
            return Ok(false);
        };
        let endpoint = self
            .store
            .endpoint(&account, &EndpointId(order.release.clone()))
            .await?;
        let rests_until = endpoint.and_then(|endpoint| endpoint.circuit.rests_until);
        if rests_until.map(Timestamp::as_millisecond) != Some(entry.due_ms) {
            return Ok(false);
        }
        self.queue.send(entry.payload.clone(), 0).await?;
        Ok(true)
    }
}
