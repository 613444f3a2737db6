//! Writes on a condition, whose first try may have been applied although its answer was lost.
//!
//! The second try then finds the condition broken by the first. So each such write leaves a random token in its item,
//! and a refusal by an item with that very token is a success.

use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};

use crate::calls::{Answer, built};
use crate::items::{Fill, Item, Value, bytes, key_item};
use crate::keys::write_hex;
use crate::{Key, Store, StoreError};

/// The attribute with the token of the write that put or last moved the item.
pub(crate) const PUT_BY: &str = "put_by";

/// The token of one write.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token([u8; 8]);

impl Token {
    pub(crate) fn new() -> Result<Self, StoreError> {
        let mut token = [0; 8];
        getrandom::fill(&mut token)?;
        Ok(Self(token))
    }

    pub(crate) fn value(self) -> Value {
        bytes(self.0)
    }

    /// Whether this write left the item as it is.
    pub(crate) fn wrote(self, item: Option<&Item>) -> bool {
        item.and_then(|item| item.get(PUT_BY)) == Some(&self.value())
    }
}

/// A token for a transaction: DynamoDB itself remembers those.
pub(crate) fn request_token() -> Result<String, StoreError> {
    let mut token = [0; 16];
    getrandom::fill(&mut token)?;
    let mut text = String::with_capacity(32);
    // Writing to a String cannot fail.
    let _ = write_hex(&token, &mut text);
    Ok(text)
}

/// A change of an item, on a condition.
pub(crate) struct Change {
    pub(crate) update: String,
    pub(crate) condition: String,
    /// What both name.
    pub(crate) values: Item,
}

/// What became of an item that was to be new.
pub(crate) enum Placed {
    /// It was put.
    New,
    /// There is one already.
    There(Item),
}

const ABSENT: &str = "attribute_not_exists(pk)";

impl Store {
    /// Puts an item where there is none.
    pub(crate) async fn put_new(&self, item: Item) -> Result<Placed, StoreError> {
        let token = Token::new()?;
        let put = self.put(item.with(PUT_BY, token.value())).condition_expression(ABSENT);
        Ok(match self.do_put(put).await? {
            Answer::Done(()) => Placed::New,
            Answer::Refused(there) if token.wrote(there.as_ref()) => Placed::New,
            Answer::Refused(there) => Placed::There(there.unwrap_or_default()),
        })
    }

    /// As a part of a transaction: put an item, where there is none if `new`.
    pub(crate) fn transact_put(&self, item: Item, new: bool) -> Result<TransactWriteItem, StoreError> {
        let put = Put::builder()
            .table_name(self.table())
            .set_item(Some(item))
            .set_condition_expression(new.then(|| ABSENT.to_owned()));
        let put = built(self, "TransactWriteItems", put.build())?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// As a part of a transaction: change an item.
    pub(crate) fn transact_update(&self, key: &Key, change: Change) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(self.table())
            .set_key(Some(key_item(key)))
            .update_expression(change.update)
            .condition_expression(change.condition)
            .set_expression_attribute_values(Some(change.values));
        let update = built(self, "TransactWriteItems", update.build())?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// As a part of a transaction: delete an item.
    pub(crate) fn transact_delete(&self, key: &Key) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(self.table()).set_key(Some(key_item(key)));
        let delete = built(self, "TransactWriteItems", delete.build())?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}
