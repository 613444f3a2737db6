use aws_sdk_dynamodb::types::ReturnValue;
use milepost_model::{AccountId, Scope};

use crate::calls::Answer;
use crate::items::number;
use crate::{Key, Store, StoreError};

/// The counter of connections' numbers, under the shared scope: one row of numbers for the whole hub.
const CARRIER_IDS: &str = "carrier";

const COUNT: &str = "n";

impl Store {
    /// The next number of an account's counter, from 1. Two calls never get one number; a lost answer leaves a gap.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn next_number(&self, account: &AccountId, counter: &str) -> Result<u32, StoreError> {
        self.next(Scope::Account(account.clone()), counter).await
    }

    pub(crate) async fn next_carrier_id(&self) -> Result<i32, StoreError> {
        self.next(Scope::Shared, CARRIER_IDS).await
    }

    async fn next<T: std::str::FromStr>(&self, scope: Scope, counter: &str) -> Result<T, StoreError> {
        let key = Key::Counter {
            scope,
            name: counter.to_owned(),
        };
        let update = self
            .update(&key)
            .update_expression(format!("SET v = :v ADD {COUNT} :one"))
            .expression_attribute_values(":v", number(1))
            .expression_attribute_values(":one", number(1))
            .return_values(ReturnValue::AllNew);
        // No condition, so never refused.
        let (Answer::Done(item) | Answer::Refused(Some(item))) = self.do_update(update).await? else {
            return self.read(Err(crate::items::Unreadable::Part {
                item: "counter",
                part: COUNT,
            }));
        };
        self.read(crate::items::Fields::of("counter", &item).and_then(|fields| fields.number(COUNT)))
    }
}
