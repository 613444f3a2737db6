//! The cells of a record, whatever its format.

use std::fmt;

use milepost_feeds::{Fields, Record, RowFault};
use milepost_model::RejectReason;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};

use super::super::item::{Refusal, faulty};
use super::super::scalar::Scalar;

/// What a record must look like.
#[derive(Debug)]
pub(super) enum Shape {
    /// Delimited text.
    Delimited {
        /// Fewer fields than this have lost some.
        fewest: usize,
        /// How many the header has. Something behind them means that an unquoted delimiter has shifted the row.
        most: Option<usize>,
    },
    /// A JSON object.
    Keyed {
        /// The keys that are read, by slot.
        keys: Vec<String>,
        /// Slots that must hold something.
        required: Vec<usize>,
    },
}

/// The texts of a record by slot.
#[derive(Debug)]
pub(super) enum Cells<'a> {
    Fields(Fields<'a>),
    Keyed(Vec<Scalar<'a>>),
}

impl Shape {
    pub(super) fn cells<'a>(&self, record: Record<'a>) -> Result<Cells<'a>, Refusal> {
        match (self, record) {
            (Self::Delimited { fewest, most }, Record::Fields(fields)) => {
                let len = fields.len();
                if len < *fewest {
                    let hint = format!("{len} fields, where {fewest} are needed");
                    return Err((RejectReason::MissingFields, hint));
                }
                let surplus = |most: usize| (most..len).filter_map(|index| fields.field(index));
                if most.is_some_and(|most| surplus(most).any(|text| !text.trim().is_empty())) {
                    let hint = format!("{len} fields, more than the header has: a delimiter in a text needs quotes");
                    return Err((RejectReason::Malformed, hint));
                }
                Ok(Cells::Fields(fields))
            }
            (Self::Keyed { keys, required }, Record::Json(line)) => {
                let mut parser = serde_json::Deserializer::from_str(line.text());
                let read = Keyed(keys)
                    .deserialize(&mut parser)
                    .and_then(|cells| parser.end().map(|()| cells));
                // Asked again for its fault, which tells a line that was cut off from one that is no JSON.
                let values = read.map_err(|error| match line.parse::<IgnoredAny>() {
                    Err(fault) => faulty(fault),
                    Ok(_) => faulty(RowFault::JsonShape { column: error.column() }),
                })?;
                let cells = Cells::Keyed(values);
                match required
                    .iter()
                    .find(|slot| cells.get(**slot).is_none())
                    .and_then(|slot| keys.get(*slot))
                {
                    Some(key) => Err((RejectReason::MissingFields, format!("no {key:?}"))),
                    None => Ok(cells),
                }
            }
            _ => Err((
                RejectReason::Malformed,
                "the record is not of the layout's format".to_owned(),
            )),
        }
    }
}

impl Cells<'_> {
    /// The text of a slot, trimmed. `None` when there is none in it.
    pub(super) fn get(&self, slot: usize) -> Option<&str> {
        match self {
            Self::Fields(fields) => fields.field(slot).map(str::trim).filter(|text| !text.is_empty()),
            Self::Keyed(values) => values.get(slot)?.text(),
        }
    }

    /// Whether the slot holds a JSON number that may have lost digits.
    pub(super) fn is_rounded(&self, slot: usize) -> bool {
        match self {
            Self::Fields(_) => false,
            Self::Keyed(values) => values.get(slot).is_some_and(Scalar::is_rounded),
        }
    }
}

/// Reads an object's values for the given keys and passes over the others. Of a key that stands twice the last counts.
struct Keyed<'k>(&'k [String]);

impl<'de> DeserializeSeed<'de> for Keyed<'_> {
    type Value = Vec<Scalar<'de>>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keyed<'_> {
    type Value = Vec<Scalar<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![Scalar::Absent; self.0.len()];
        while let Some(key) = entries.next_key_seed(Key(self.0))? {
            match key.and_then(|slot| values.get_mut(slot)) {
                Some(value) => *value = entries.next_value()?,
                None => _ = entries.next_value::<IgnoredAny>()?,
            }
        }
        Ok(values)
    }
}

/// The slot of a key, without copying it.
struct Key<'k>(&'k [String]);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| known == key))
    }
}
