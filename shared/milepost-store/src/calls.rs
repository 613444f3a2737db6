//! The calls about one item or one transaction: tried again, measured, with a failed condition as an answer.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::delete_item::builders::DeleteItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use milepost_model::ErrorClass;

use crate::items::{Item, Unreadable, key_item};
use crate::meter::units;
use crate::{Key, Store, StoreError, once};

/// What became of a conditional call.
pub(crate) enum Answer<T> {
    /// It was done.
    Done(T),
    /// The condition does not hold; the item as it is, if there is one.
    Refused(Option<Item>),
}

impl Store {
    /// Reads one item, consistently.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.get_only(key, None).await
    }

    /// Reads some attributes of one item, consistently; `None`: all.
    pub(crate) async fn get_only(&self, key: &Key, only: Option<&str>) -> Result<Option<Item>, StoreError> {
        let get = self
            .shared
            .client
            .get_item()
            .table_name(self.table())
            .set_key(Some(key_item(key)))
            .set_projection_expression(only.map(ToOwned::to_owned))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.retrying(|| async {
            let answer = get.clone().send().await;
            let output = answer.map_err(|error| StoreError::call(self.table(), "GetItem", &error))?;
            self.meter.read(units(output.consumed_capacity()));
            Ok(output.item)
        })
        .await
    }

    pub(crate) fn put(&self, item: Item) -> PutItemFluentBuilder {
        self.shared
            .client
            .put_item()
            .table_name(self.table())
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(crate) fn update(&self, key: &Key) -> UpdateItemFluentBuilder {
        self.shared
            .client
            .update_item()
            .table_name(self.table())
            .set_key(Some(key_item(key)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    pub(crate) fn delete(&self, key: &Key) -> DeleteItemFluentBuilder {
        self.shared
            .client
            .delete_item()
            .table_name(self.table())
            .set_key(Some(key_item(key)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values(ReturnValue::AllOld)
    }

    /// Sends a put.
    pub(crate) async fn do_put(&self, put: PutItemFluentBuilder) -> Result<Answer<()>, StoreError> {
        self.retrying(|| async {
            match put.clone().send().await {
                Ok(output) => {
                    self.meter.wrote(units(output.consumed_capacity()));
                    Ok(Answer::Done(()))
                }
                Err(error) => match error.as_service_error() {
                    Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                        Ok(Answer::Refused(refusal.item().cloned()))
                    }
                    _ => Err(StoreError::call(self.table(), "PutItem", &error)),
                },
            }
        })
        .await
    }

    /// Sends an update; the answer has the attributes that it asked for.
    pub(crate) async fn do_update(&self, update: UpdateItemFluentBuilder) -> Result<Answer<Item>, StoreError> {
        self.retrying(|| async {
            match update.clone().send().await {
                Ok(output) => {
                    self.meter.wrote(units(output.consumed_capacity()));
                    Ok(Answer::Done(output.attributes.unwrap_or_default()))
                }
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                        Ok(Answer::Refused(refusal.item().cloned()))
                    }
                    _ => Err(StoreError::call(self.table(), "UpdateItem", &error)),
                },
            }
        })
        .await
    }

    /// Sends a delete; the answer has the item that was there.
    pub(crate) async fn do_delete(&self, delete: DeleteItemFluentBuilder) -> Result<Answer<Option<Item>>, StoreError> {
        self.retrying(|| async {
            match delete.clone().send().await {
                Ok(output) => {
                    self.meter.wrote(units(output.consumed_capacity()));
                    Ok(Answer::Done(output.attributes))
                }
                Err(error) => match error.as_service_error() {
                    Some(DeleteItemError::ConditionalCheckFailedException(refusal)) => {
                        Ok(Answer::Refused(refusal.item().cloned()))
                    }
                    _ => Err(StoreError::call(self.table(), "DeleteItem", &error)),
                },
            }
        })
        .await
    }

    /// Writes all of it or nothing; `false` when one of its conditions does not hold. The token makes a second try of
    /// an applied transaction a success, for ten minutes.
    pub(crate) async fn transact(&self, actions: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        const OPERATION: &str = "TransactWriteItems";
        let transact = self
            .shared
            .client
            .transact_write_items()
            .set_transact_items(Some(actions))
            .client_request_token(once::request_token()?)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        self.retrying(|| async {
            match transact.clone().send().await {
                Ok(output) => {
                    self.meter.wrote(units(output.consumed_capacity()));
                    Ok(true)
                }
                Err(error) => match error.as_service_error() {
                    Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                        let reasons = cancelled
                            .cancellation_reasons()
                            .iter()
                            .filter_map(|reason| reason.code());
                        self.cancelled(reasons, OPERATION)
                    }
                    _ => Err(StoreError::call(self.table(), OPERATION, &error)),
                },
            }
        })
        .await
    }

    /// A failed condition is an answer; conflicts and throttling pass; anything else does not.
    fn cancelled<'a>(
        &self,
        reasons: impl Iterator<Item = &'a str>,
        operation: &'static str,
    ) -> Result<bool, StoreError> {
        let mut class = ErrorClass::Permanent;
        for reason in reasons {
            match reason {
                "ConditionalCheckFailed" => return Ok(false),
                "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded" => {
                    class = ErrorClass::Retry;
                }
                _ => {}
            }
        }
        Err(StoreError::Call {
            table: self.table().to_owned(),
            operation,
            cause: "the transaction was cancelled".to_owned(),
            class,
        })
    }

    /// What was read, with the table's name in the error if it cannot be.
    pub(crate) fn read<T>(&self, read: Result<T, Unreadable>) -> Result<T, StoreError> {
        read.map_err(|cause| StoreError::Item {
            table: self.table().to_owned(),
            cause,
        })
    }
}

/// A part of a request. The SDK's builders check at run time that the required fields are set; here they always are.
pub(crate) fn built<T>(store: &Store, operation: &'static str, part: Result<T, BuildError>) -> Result<T, StoreError> {
    part.map_err(|_| StoreError::Call {
        table: store.table().to_owned(),
        operation,
        cause: "the request could not be built".to_owned(),
        class: ErrorClass::Permanent,
    })
}
