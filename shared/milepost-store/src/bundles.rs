//! Bundles in: batches of puts, resent until DynamoDB has taken all.

use std::collections::{BTreeSet, VecDeque};

use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::types::{PutRequest, ReturnConsumedCapacity, WriteRequest};
use milepost_model::{Bundle, ErrorClass};
use tokio::time::Instant;

use crate::calls::built;
use crate::items::{self, Item, checked, packing};
use crate::pace::Pace;
use crate::retry::Backoff;
use crate::{Store, StoreError, Used, meter};

/// What BatchWriteItem takes. Twenty-five items of 400 KB at most are 10 MB, so its 16 MB need no care.
pub const BATCH: usize = 25;

const OPERATION: &str = "BatchWriteItem";

/// A bundle as it is put.
#[derive(Debug, Clone, PartialEq)]
pub struct BundlePut(pub(crate) Item);

impl BundlePut {
    /// What it says; `None` only if what was written here cannot be read here.
    pub fn bundle(&self) -> Option<Bundle> {
        items::bundle::from_item(&self.0).ok()
    }
}

/// The size of a bundle's item as DynamoDB bills it, keys and names included, after packing.
pub fn bundle_size(bundle: &Bundle) -> usize {
    items::size(&items::bundle::to_item(bundle))
}

/// How many write units an item of so many bytes costs: one for each kilobyte begun.
pub fn write_units(bytes: usize) -> usize {
    packing::write_units(bytes)
}

impl Store {
    /// Puts bundles. Equal ones are put once. What DynamoDB hands back goes into the next batch, so that batches stay
    /// full under a table that takes only so much, and all batches of this store are spaced by what the table takes. A
    /// batch that is not taken at all is tried again with backoff; the tries count from the last progress.
    ///
    /// Batches go one after the other: who wants several under way calls several times at once. Dropping the future is
    /// safe, and so is putting the same bundles again.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Call`] of class retry when the table takes nothing more; some bundles may
    /// be stored then. [`StoreError::TooLarge`] before anything is put.
    pub async fn put_bundles(&self, bundles: &[Bundle]) -> Result<Used, StoreError> {
        let puts = bundles.iter().map(|bundle| BundlePut(items::bundle::to_item(bundle)));
        self.put_drafts(puts.collect()).await
    }

    /// Puts bundles that were drafted: as [`Store::put_bundles`].
    ///
    /// # Errors
    /// As [`Store::put_bundles`].
    pub async fn put_drafts(&self, puts: Vec<BundlePut>) -> Result<Used, StoreError> {
        let mut waiting = distinct(puts)?;
        let mut used = Used::default();
        let mut backoff = Backoff::new(&self.shared.retries);
        while !waiting.is_empty() {
            let batch: Vec<Item> = waiting.drain(..waiting.len().min(BATCH)).collect();
            let (size, units) = (batch.len(), units_of(&batch));
            self.await_turn(units).await;
            let answer = self.write_batch(&batch).await;
            let (untaken, error) = match answer {
                Ok(output) => {
                    let consumed = meter::units(output.consumed_capacity());
                    self.meter.wrote(consumed);
                    used.write_units += consumed;
                    (self.unprocessed(output), None)
                }
                Err(error) if error.class() == ErrorClass::Retry => (batch, Some(error)),
                Err(error) => return Err(error),
            };
            let taken = units.saturating_sub(units_of(&untaken));
            self.pace(|pace| pace.answered(Instant::now(), taken, untaken.is_empty()));
            if untaken.len() < size {
                backoff.progress();
            }
            if untaken.is_empty() {
                continue;
            }
            waiting.extend(untaken);
            if !backoff.pause().await {
                return Err(error.unwrap_or_else(|| StoreError::Busy {
                    table: self.table().to_owned(),
                    operation: OPERATION,
                    left: waiting.len(),
                    tries: self.shared.retries.tries,
                }));
            }
        }
        Ok(used)
    }

    /// Waits until the pace lets a batch of so many units go.
    async fn await_turn(&self, units: u32) {
        let at = self.pace(|pace| pace.reserve(Instant::now(), units));
        tokio::time::sleep_until(at).await;
    }

    fn pace<T>(&self, act: impl FnOnce(&mut Pace) -> T) -> T {
        // A panic elsewhere cannot leave a pace that is worse than another.
        let mut pace = self
            .shared
            .pace
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        act(&mut pace)
    }

    async fn write_batch(&self, batch: &[Item]) -> Result<BatchWriteItemOutput, StoreError> {
        let mut requests = Vec::with_capacity(batch.len());
        for item in batch {
            let put = PutRequest::builder().set_item(Some(item.clone()));
            let put = built(self, OPERATION, put.build())?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let answer = self
            .shared
            .client
            .batch_write_item()
            .request_items(self.table(), requests)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        answer.map_err(|error| StoreError::call(self.table(), OPERATION, &error))
    }

    fn unprocessed(&self, output: BatchWriteItemOutput) -> Vec<Item> {
        let requests = output
            .unprocessed_items
            .and_then(|mut tables| tables.remove(self.table()))
            .unwrap_or_default();
        requests
            .into_iter()
            .filter_map(|request| Some(request.put_request?.item))
            .collect()
    }
}

/// The write units of items.
fn units_of(items: &[Item]) -> u32 {
    let units: usize = items.iter().map(|item| write_units(items::size(item))).sum();
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The items of bundles, one for each key: DynamoDB refuses a batch with one key twice, and an equal key means equal
/// content.
fn distinct(puts: Vec<BundlePut>) -> Result<VecDeque<Item>, StoreError> {
    let mut seen = BTreeSet::new();
    let mut distinct = VecDeque::with_capacity(puts.len());
    for BundlePut(item) in puts {
        let item = checked("bundle", item)?;
        let key = (
            items::partition_key(&item).to_owned(),
            items::sort_key(&item).to_owned(),
        );
        if seen.insert(key) {
            distinct.push_back(item);
        }
    }
    Ok(distinct)
}
