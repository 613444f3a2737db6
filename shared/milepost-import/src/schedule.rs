use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use milepost_model::ConnectionId;
use milepost_net::Queue;
use milepost_store::{DUE_SHARDS, DueEntry, DueKind, Store};

use crate::{ImportError, ImportOrder};

/// Connections that one tick and shard queues; the next tick takes the rest.
const MAX_DUE: usize = 1_000;

/// Entries that are handled at once: each is four calls one after the other, and a thousand of them must not take longer
/// than a tick.
const AT_ONCE: usize = 16;

/// Queues the runs that are due.
#[derive(Clone)]
pub struct Scheduler {
    store: Store,
    queue: Queue,
}

impl Scheduler {
    /// Over the table and the import queue.
    pub fn new(store: Store, queue: Queue) -> Self {
        Self { store, queue }
    }

    /// One tick: a message for each connection whose slot has come. How many were queued.
    ///
    /// # Errors
    /// The table's or the queue's; what was not queued stays due.
    pub async fn tick(&self, now: Timestamp) -> Result<usize, ImportError> {
        let mut queued = 0;
        for shard in 0..DUE_SHARDS {
            let tick = self
                .store
                .due_now(DueKind::Connection, shard, now.as_millisecond(), MAX_DUE)
                .await?;
            // Boxed, since the compiler does not see through so many borrowed futures at once.
            let runs = tick.entries.iter().map(|entry| self.queue_run(entry, now).boxed());
            let mut runs = stream::iter(runs.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
            while let Some(run) = runs.try_next().await? {
                queued += usize::from(run);
            }
            // Behind the work, so that a tick that ends early is done again.
            self.store.settle_due(&tick).await?;
        }
        Ok(queued)
    }

    /// The entry counts only while it is the connection's next slot; the slot moves on by a conditional update, so two
    /// ticks queue one run. The message goes first: should the tick end between the two, the next one queues the same
    /// slot again, and the second run finds nothing new.
    async fn queue_run(&self, entry: &DueEntry, now: Timestamp) -> Result<bool, ImportError> {
        let Ok(id) = ConnectionId::parse(&entry.payload) else {
            return Ok(false);
        };
        let Some(connection) = self.store.connection(&id).await? else {
            return Ok(false);
        };
        let Some(slot) = connection.next_due.filter(|slot| slot.as_millisecond() == entry.due_ms) else {
            return Ok(false);
        };
        let order = ImportOrder::Connection {
            connection: id.as_str().to_owned(),
            slot,
        };
        self.queue.send(order.to_body()?, 0).await?;
        let next = connection.schedule.next_after(slot, now);
        if let Some(next) = next {
            self.store
                .put_due(DueKind::Connection, id.as_str(), next.as_millisecond(), id.as_str())
                .await?;
        }
        self.store.advance_due(&id, Some(slot), next).await?;
        Ok(true)
    }
}
