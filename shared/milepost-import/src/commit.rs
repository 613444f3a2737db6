//! Bundles on their way to the table: at most a few batches in flight, and the smallest offset not yet acknowledged.

use std::future::Future;
use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use milepost_store::{BATCH, BundlePut, Store, StoreError, Used};

/// Batches in flight. Four keep a fresh on-demand table (4,000 units a second) busy at 25 ms an answer, and hold at
/// most 100 bundles.
const IN_FLIGHT: usize = 4;

type Write = Pin<Box<dyn Future<Output = (u64, Result<Used, StoreError>)> + Send>>;

/// Writes bundles in batches.
pub(crate) struct Commit {
    store: Store,
    batch: Vec<BundlePut>,
    batch_oldest: u64,
    writes: FuturesUnordered<Write>,
    /// The smallest offset of each batch in flight.
    flying: Vec<u64>,
    pub(crate) used: Used,
}

impl Commit {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            batch: Vec::with_capacity(BATCH),
            batch_oldest: u64::MAX,
            writes: FuturesUnordered::new(),
            flying: Vec::new(),
            used: Used::default(),
        }
    }

    /// Takes a bundle whose first row is at `offset`; waits while too much is in flight.
    ///
    /// # Errors
    /// The error of any write so far: the run ends, and its checkpoint stays where it was.
    pub(crate) async fn put(&mut self, bundle: BundlePut, offset: u64) -> Result<(), StoreError> {
        self.batch.push(bundle);
        self.batch_oldest = self.batch_oldest.min(offset);
        if self.batch.len() == BATCH {
            self.send().await
        } else {
            Ok(())
        }
    }

    async fn send(&mut self) -> Result<(), StoreError> {
        while self.writes.len() >= IN_FLIGHT {
            self.land().await?;
        }
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        let oldest = std::mem::replace(&mut self.batch_oldest, u64::MAX);
        let store = self.store.clone();
        self.flying.push(oldest);
        self.writes
            .push(Box::pin(async move { (oldest, store.put_drafts(batch).await) }));
        Ok(())
    }

    async fn land(&mut self) -> Result<(), StoreError> {
        if let Some((oldest, outcome)) = self.writes.next().await {
            let used = outcome?;
            self.used.write_units += used.write_units;
            if let Some(at) = self.flying.iter().position(|flying| *flying == oldest) {
                self.flying.swap_remove(at);
            }
        }
        Ok(())
    }

    /// Waits until everything is acknowledged.
    ///
    /// # Errors
    /// The error of any write.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        self.send().await?;
        while !self.writes.is_empty() {
            self.land().await?;
        }
        Ok(())
    }

    /// The smallest offset not yet acknowledged.
    pub(crate) fn oldest_offset(&self) -> Option<u64> {
        let batch = (!self.batch.is_empty()).then_some(self.batch_oldest);
        self.flying.iter().copied().chain(batch).min()
    }
}
