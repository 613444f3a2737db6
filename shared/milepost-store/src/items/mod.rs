//! Items: the model's types as attributes and back, one file for each kind.
//!
//! Every item has its two keys and `v`, the version of its form. What is queried, compared or looked at by an operator
//! is an attribute of its own; what is only carried is one compact CBOR value with integer keys, whose readers skip the
//! keys that they do not know.

pub(crate) mod api_key;
pub(crate) mod bundle;
mod bundle_form;
#[cfg(test)]
mod bundle_tests;
pub(crate) mod connection;
pub(crate) mod delivery;
mod draft;
pub(crate) mod due;
pub(crate) mod endpoint;
pub(crate) mod feed_file;
pub(crate) mod follower;
mod forms;
#[cfg(test)]
mod golden;
pub(crate) mod label;
pub(crate) mod live;
mod live_connection;
pub(crate) mod packing;
mod reject;
pub(crate) mod run;
mod run_form;
mod time_form;
pub(crate) mod tracker;

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use thiserror::Error;

pub use draft::{BundleDraft, BundleHead};

use crate::{Key, PARTITION_KEY, SORT_KEY, StoreError, TTL_ATTRIBUTE};

/// An attribute's value.
pub(crate) type Value = AttributeValue;

/// An item, or the part of one that a call is about.
pub(crate) type Item = HashMap<String, Value>;

/// The version that this code writes, of every kind of item. Readers refuse what is newer: better a reported item than
/// one that is half understood.
const VERSION: u32 = 1;

/// The attribute with the version.
const VERSION_ATTRIBUTE: &str = "v";

/// What DynamoDB takes for an item, keys and attribute names included.
const MAX_ITEM_BYTES: usize = 400 * 1024;

/// Why an item cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A part is missing or not what it should be.
    #[error("{item}: {part} is missing or damaged")]
    Part {
        /// Which kind of item.
        item: &'static str,
        /// Which attribute, or part of one.
        part: &'static str,
    },
    /// It was written by a newer version of the hub.
    #[error("{item}: it was written by a newer version of the hub")]
    Newer {
        /// Which kind of item.
        item: &'static str,
    },
}

pub(crate) fn text(value: impl Into<String>) -> Value {
    Value::S(value.into())
}

pub(crate) fn number(value: impl Into<i128>) -> Value {
    Value::N(value.into().to_string())
}

pub(crate) fn bytes(value: impl Into<Vec<u8>>) -> Value {
    Value::B(value.into().into())
}

pub(crate) fn flag(value: bool) -> Value {
    Value::Bool(value)
}

pub(crate) fn list(values: Vec<Value>) -> Value {
    Value::L(values)
}

/// Instants are kept in milliseconds: what is finer is cut.
pub(crate) fn instant(at: Timestamp) -> Value {
    number(at.as_millisecond())
}

/// The two keys alone.
pub(crate) fn key_item(key: &Key) -> Item {
    Item::from([
        (PARTITION_KEY.to_owned(), text(key.pk())),
        (SORT_KEY.to_owned(), text(key.sk())),
    ])
}

/// An item with its keys and its version, to be filled.
pub(crate) fn new_item(key: &Key) -> Item {
    let mut item = key_item(key);
    // For most kinds this is all the room they need, taken once.
    item.reserve(5);
    item.insert(VERSION_ATTRIBUTE.to_owned(), number(VERSION));
    item
}

/// Fills an item.
pub(crate) trait Fill {
    fn with(self, name: &str, value: Value) -> Self;
    fn with_some(self, name: &str, value: Option<Value>) -> Self;
    fn expiring(self, at_s: i64) -> Self;
}

impl Fill for Item {
    fn with(mut self, name: &str, value: Value) -> Self {
        self.insert(name.to_owned(), value);
        self
    }

    fn with_some(self, name: &str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn expiring(self, at_s: i64) -> Self {
        self.with(TTL_ATTRIBUTE, number(at_s))
    }
}

/// Reads an item's attributes; what is missing or of another type is an error that names it.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    kind: &'static str,
    item: &'a Item,
}

impl<'a> Fields<'a> {
    /// Of an item of a kind, if its version is known.
    pub(crate) fn of(kind: &'static str, item: &'a Item) -> Result<Self, Unreadable> {
        let fields = Self { kind, item };
        if fields.number::<u32>(VERSION_ATTRIBUTE)? > VERSION {
            return Err(Unreadable::Newer { item: kind });
        }
        Ok(fields)
    }

    pub(crate) fn damaged(&self, part: &'static str) -> Unreadable {
        Unreadable::Part { item: self.kind, part }
    }

    pub(crate) fn key(&self) -> Result<Key, Unreadable> {
        Key::parse(self.text(PARTITION_KEY)?, self.text(SORT_KEY)?).map_err(|_| self.damaged("key"))
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&'a str, Unreadable> {
        self.some_text(name)?.ok_or_else(|| self.damaged(name))
    }

    pub(crate) fn some_text(&self, name: &'static str) -> Result<Option<&'a str>, Unreadable> {
        self.optional(name, |value| value.as_s().ok().map(String::as_str))
    }

    /// A name of the model, by its own parser.
    pub(crate) fn parsed<T, E>(
        &self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T, Unreadable> {
        parse(self.text(name)?).map_err(|_| self.damaged(name))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &'static str) -> Result<T, Unreadable> {
        self.some_number(name)?.ok_or_else(|| self.damaged(name))
    }

    pub(crate) fn some_number<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Unreadable> {
        self.optional(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub(crate) fn instant(&self, name: &'static str) -> Result<Timestamp, Unreadable> {
        self.some_instant(name)?.ok_or_else(|| self.damaged(name))
    }

    pub(crate) fn some_instant(&self, name: &'static str) -> Result<Option<Timestamp>, Unreadable> {
        self.optional(name, |value| {
            Timestamp::from_millisecond(value.as_n().ok()?.parse().ok()?).ok()
        })
    }

    pub(crate) fn flag(&self, name: &'static str) -> Result<bool, Unreadable> {
        self.some_flag(name)?.ok_or_else(|| self.damaged(name))
    }

    pub(crate) fn some_flag(&self, name: &'static str) -> Result<Option<bool>, Unreadable> {
        self.optional(name, |value| value.as_bool().ok().copied())
    }

    /// The members of a list of texts; none where there is no list.
    pub(crate) fn list_of_texts(&self, name: &'static str) -> Result<Vec<&'a str>, Unreadable> {
        let members = self.optional(name, |value| value.as_l().ok())?;
        let member = |value: &'a Value| value.as_s().ok().map(String::as_str);
        let members = members.into_iter().flatten();
        members
            .map(|value| member(value).ok_or_else(|| self.damaged(name)))
            .collect()
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Result<&'a [u8], Unreadable> {
        self.optional(name, |value| value.as_b().ok().map(AsRef::as_ref))?
            .ok_or_else(|| self.damaged(name))
    }

    pub(crate) fn some_map(&self, name: &'static str) -> Result<Option<&'a HashMap<String, Value>>, Unreadable> {
        self.optional(name, |value| value.as_m().ok())
    }

    /// The members of a list of byte strings.
    pub(crate) fn list_of_bytes(&self, name: &'static str) -> Result<Vec<&'a [u8]>, Unreadable> {
        let members = self
            .optional(name, |value| value.as_l().ok())?
            .ok_or_else(|| self.damaged(name))?;
        let member = |value: &'a Value| value.as_b().ok().map(AsRef::as_ref);
        members
            .iter()
            .map(|value| member(value).ok_or_else(|| self.damaged(name)))
            .collect()
    }

    fn optional<T>(&self, name: &'static str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Unreadable> {
        self.item
            .get(name)
            .map(|value| read(value).ok_or_else(|| self.damaged(name)))
            .transpose()
    }
}

/// When an item expires, in Unix seconds; `None`: never.
pub(crate) fn expires_at(item: &Item) -> Option<i64> {
    item.get(TTL_ATTRIBUTE)?.as_n().ok()?.parse().ok()
}

/// Whether an item is still there for readers: DynamoDB deletes what has expired within days, not at once.
pub(crate) fn is_alive(item: &Item, now_s: i64) -> bool {
    expires_at(item).is_none_or(|at| at > now_s)
}

/// The sort key, where the item has one.
pub(crate) fn sort_key(item: &Item) -> &str {
    item.get(SORT_KEY)
        .and_then(|value| value.as_s().ok())
        .map_or("", String::as_str)
}

/// The partition key, where the item has one.
pub(crate) fn partition_key(item: &Item) -> &str {
    item.get(PARTITION_KEY)
        .and_then(|value| value.as_s().ok())
        .map_or("", String::as_str)
}

/// The size that DynamoDB bills, names included (Developer Guide, "DynamoDB item sizes and formats").
pub(crate) fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    match value {
        Value::S(text) => text.len(),
        Value::B(bytes) => bytes.as_ref().len(),
        // About a byte for two digits and one more, and one for a sign.
        Value::N(digits) => digits.len() / 2 + 2,
        Value::L(values) => 3 + values.iter().map(|value| 1 + value_size(value)).sum::<usize>(),
        Value::M(values) => {
            3 + values
                .iter()
                .map(|(name, value)| 1 + name.len() + value_size(value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// An item that DynamoDB would take.
///
/// # Errors
/// [`StoreError::TooLarge`].
pub(crate) fn checked(kind: &'static str, item: Item) -> Result<Item, StoreError> {
    match size(&item) {
        bytes if bytes > MAX_ITEM_BYTES => Err(StoreError::TooLarge { item: kind, bytes }),
        _ => Ok(item),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::ConnectionId;

    fn item() -> Item {
        let key = Key::Lease {
            connection: ConnectionId::by_hand(),
        };
        new_item(&key)
    }

    #[test]
    fn a_newer_item_is_refused_and_a_damaged_one_named() {
        assert_eq!(
            Fields::of("lease", &item().with("v", number(2))).err(),
            Some(Unreadable::Newer { item: "lease" })
        );
        let damaged = |part| Unreadable::Part { item: "lease", part };
        assert_eq!(
            Fields::of("lease", &item().with("v", text("1"))).err(),
            Some(damaged("v"))
        );
        let item = item().with("epoch", text("three"));
        let fields = Fields::of("lease", &item).unwrap();
        assert_eq!(fields.number::<u64>("epoch"), Err(damaged("epoch")));
        assert_eq!(fields.text("holder"), Err(damaged("holder")));
        assert_eq!(fields.some_text("holder"), Ok(None));
    }

    #[test]
    fn what_has_expired_is_not_there() {
        assert!(is_alive(&item(), i64::MAX));
        assert!(is_alive(&item().expiring(100), 99));
        assert!(!is_alive(&item().expiring(100), 100));
    }

    #[test]
    fn an_item_over_the_limit_is_refused() {
        let large = item().with("b", bytes(vec![0; MAX_ITEM_BYTES]));
        assert!(matches!(
            checked("lease", large),
            Err(StoreError::TooLarge { item: "lease", bytes }) if bytes > MAX_ITEM_BYTES
        ));
    }
}
