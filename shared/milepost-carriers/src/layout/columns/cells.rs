//! The cells of a record, whatever its format.

mod keyed;

use milepost_feeds::{Fields, JsonLine, Picks, Record, RowFault};
use milepost_model::RejectReason;
use serde::de::{DeserializeSeed, IgnoredAny};

use super::super::item::{Refusal, faulty};
use super::super::scalar::Scalar;
use super::Groups;
use super::event::EventMapper;
pub(super) use keyed::Keys;
use keyed::Out;

/// What a record must look like.
#[derive(Debug)]
pub(super) enum Shape {
    /// Delimited text.
    Delimited {
        /// Names in the header; `None` without one. Something behind the last means that an unquoted delimiter has
        /// shifted the row.
        most: Option<usize>,
    },
    /// A JSON object: the keys that are read, and those of a list's objects.
    Keyed { keys: Keys, group: Keys },
    /// What the format was asked for.
    Picked,
}

/// The texts of a record by slot.
#[derive(Debug)]
pub(super) enum Cells<'a> {
    Fields {
        fields: Fields<'a>,
        /// Where slot 0 is.
        from: usize,
        /// How many slots there are.
        width: usize,
    },
    Keyed {
        values: Vec<Scalar<'a>>,
        groups: Vec<Vec<Scalar<'a>>>,
    },
    Group(&'a [Scalar<'a>]),
    Picked(&'a Picks),
}

impl Shape {
    /// Opens a record.
    pub(super) fn cells<'a>(&self, record: &Record<'a>) -> Result<Cells<'a>, Refusal> {
        match (self, record) {
            (Self::Delimited { .. }, Record::Fields(fields)) => Ok(Cells::Fields {
                fields: *fields,
                from: 0,
                width: usize::MAX,
            }),
            (Self::Keyed { keys, group }, Record::Json(line)) => keyed(line, keys, group),
            (Self::Picked, Record::Picks(picks)) => Ok(Cells::Picked(picks)),
            _ => Err((
                RejectReason::Malformed,
                "the record is not of the layout's format".to_owned(),
            )),
        }
    }

    /// Whether a record has what an event needs.
    pub(super) fn check(&self, cells: &Cells<'_>, event: &EventMapper) -> Result<(), Refusal> {
        if let (Self::Delimited { most }, Cells::Fields { fields, .. }) = (self, cells) {
            let (len, fewest) = (fields.len(), event.fewest);
            if len < fewest {
                let hint = format!("{len} fields, where {fewest} are needed");
                return Err((RejectReason::MissingFields, hint));
            }
            let surplus = |most: usize| (most..len).filter_map(|index| fields.field(index));
            if most.is_some_and(|most| surplus(most).any(|text| !text.trim().is_empty())) {
                let hint = format!("{len} fields, more than the header has: a delimiter in a text needs quotes");
                return Err((RejectReason::Malformed, hint));
            }
            return Ok(());
        }
        match event.required.iter().find(|slot| cells.first(&slot.indexes).is_none()) {
            Some(slot) => Err((RejectReason::MissingFields, format!("no {:?}", slot.label))),
            None => Ok(()),
        }
    }

    pub(super) fn has_header(&self) -> bool {
        matches!(self, Self::Delimited { most: Some(_) })
    }
}

fn keyed<'a>(line: &JsonLine<'a>, keys: &Keys, group: &Keys) -> Result<Cells<'a>, Refusal> {
    let mut parser = serde_json::Deserializer::from_str(line.text());
    let mut out = Out::new(keys, group);
    let read = keys
        .object(&mut out)
        .deserialize(&mut parser)
        .and_then(|()| parser.end());
    // Asked again for its fault, which tells a line that was cut off from one that is no JSON.
    read.map_err(|error| match line.parse::<IgnoredAny>() {
        Err(fault) => faulty(fault),
        Ok(_) => faulty(RowFault::JsonShape { column: error.column() }),
    })?;
    Ok(Cells::Keyed {
        values: out.values,
        groups: out.groups,
    })
}

impl Cells<'_> {
    /// The text of a slot, trimmed. `None` when there is none in it.
    fn get(&self, slot: usize) -> Option<&str> {
        match self {
            Self::Fields { fields, from, width } => {
                let text = fields.field(from + slot).filter(|_| slot < *width)?.trim();
                Some(text).filter(|text| !text.is_empty())
            }
            Self::Keyed { values, .. } => values.get(slot)?.text(),
            Self::Group(values) => values.get(slot)?.text(),
            Self::Picked(picks) => picks.get(slot).map(str::trim).filter(|text| !text.is_empty()),
        }
    }

    /// The text of the first of some slots that has one.
    pub(super) fn first(&self, slots: &[usize]) -> Option<&str> {
        slots.iter().find_map(|slot| self.get(*slot))
    }

    /// Whether the slots hold a JSON number that may have lost digits.
    pub(super) fn is_rounded(&self, slots: &[usize]) -> bool {
        let Self::Keyed { values, .. } = self else { return false };
        let first = slots
            .iter()
            .filter_map(|slot| values.get(*slot))
            .find(|value| value.text().is_some());
        first.is_some_and(Scalar::is_rounded)
    }

    /// The cells of each group that is not empty.
    pub(super) fn groups<'c>(&'c self, groups: &Groups) -> Vec<Cells<'c>> {
        match (self, groups) {
            (Self::Fields { fields, .. }, Groups::Fields { from, width }) => (*from..fields.len())
                .step_by((*width).max(1))
                .map(|from| Cells::Fields {
                    fields: *fields,
                    from,
                    width: *width,
                })
                .filter(|group| (0..*width).any(|slot| group.get(slot).is_some()))
                .collect(),
            (Self::Keyed { groups, .. }, Groups::List(_)) => groups.iter().map(|group| Cells::Group(group)).collect(),
            _ => Vec::new(),
        }
    }
}
