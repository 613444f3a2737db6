//! Many items by their keys: a hundred at a time, until DynamoDB has given all.

use std::collections::{BTreeSet, VecDeque};

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use milepost_model::ErrorClass;

use crate::calls::built;
use crate::items::{Item, key_item};
use crate::meter::units;
use crate::retry::Backoff;
use crate::{Key, Store, StoreError};

/// What one call takes.
const BATCH: usize = 100;

const OPERATION: &str = "BatchGetItem";

impl Store {
    /// The items that there are, consistently read, in no order.
    pub(crate) async fn get_all(
        &self,
        keys: impl Iterator<Item = Key>,
        only: Option<&'static str>,
    ) -> Result<Vec<Item>, StoreError> {
        // DynamoDB refuses a batch with one key twice.
        let mut seen = BTreeSet::new();
        let mut waiting: VecDeque<Item> = keys
            .filter(|key| seen.insert((key.pk(), key.sk())))
            .map(|key| key_item(&key))
            .collect();
        let mut items = Vec::new();
        let mut backoff = Backoff::new(&self.shared.retries);
        while !waiting.is_empty() {
            let batch: Vec<Item> = waiting.drain(..waiting.len().min(BATCH)).collect();
            let asked = batch.len();
            let (unread, error) = match self.get_batch(batch.clone(), only).await {
                Ok(mut output) => {
                    self.meter.read(units(output.consumed_capacity()));
                    let found = output.responses.as_mut().and_then(|tables| tables.remove(self.table()));
                    items.extend(found.unwrap_or_default());
                    let left = output
                        .unprocessed_keys
                        .as_mut()
                        .and_then(|tables| tables.remove(self.table()));
                    (left.map(|left| left.keys).unwrap_or_default(), None)
                }
                Err(error) if error.class() == ErrorClass::Retry => (batch, Some(error)),
                Err(error) => return Err(error),
            };
            if unread.len() < asked {
                backoff.progress();
            }
            if unread.is_empty() {
                continue;
            }
            waiting.extend(unread);
            if !backoff.pause().await {
                return Err(error.unwrap_or_else(|| StoreError::Busy {
                    table: self.table().to_owned(),
                    operation: OPERATION,
                    left: waiting.len(),
                    tries: self.shared.retries.tries,
                }));
            }
        }
        Ok(items)
    }

    async fn get_batch(&self, keys: Vec<Item>, only: Option<&'static str>) -> Result<BatchGetItemOutput, StoreError> {
        let wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .set_projection_expression(only.map(ToOwned::to_owned))
            .consistent_read(true);
        let wanted = built(self, OPERATION, wanted.build())?;
        let answer = self
            .shared
            .client
            .batch_get_item()
            .request_items(self.table(), wanted)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        answer.map_err(|error| StoreError::call(self.table(), OPERATION, &error))
    }
}
