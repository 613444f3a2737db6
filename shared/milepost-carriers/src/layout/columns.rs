//! Rows by columns: fields of delimited text, keys of JSON, positions, paths of XML, values of segments. What a column
//! holds is the same in all of them, so there is one mapper.

mod cells;
mod event;
mod find;

use std::collections::BTreeMap;

use milepost_feeds::Record;
use milepost_model::{EventTime, Fact, FactName, RejectReason};

use super::field::{Column, Field};
use super::item::{self, Item, Refusal};
use super::meanings::Meanings;
use super::time::Clock;

use cells::{Cells, Shape};
use event::{EventMapper, Slot};
pub(super) use find::find;

/// What a layout says of such rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ColumnRows {
    pub(super) number: Column,
    pub(super) required: Vec<Field>,
    /// What a row says that is of no kind.
    pub(super) base: EventColumns,
    /// Tried in order.
    pub(super) kinds: Vec<Kind>,
    pub(super) repeat: Option<Repeat>,
    /// What the format was asked for, in its own words, where it has to be asked.
    pub(super) picks: Vec<String>,
}

/// The columns of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct EventColumns {
    /// All fields but the tracking number.
    pub(super) fields: BTreeMap<Field, Column>,
    /// What every row has in a field whose columns are empty.
    pub(super) values: BTreeMap<Field, String>,
    pub(super) facts: BTreeMap<FactName, Column>,
    pub(super) time: Option<TimeColumns>,
    pub(super) meanings: Meanings,
}

/// Where an event's time stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimeColumns {
    /// Joined by a space.
    pub(super) columns: Vec<Column>,
    pub(super) offset: Option<Column>,
    pub(super) clock: Clock,
}

/// Rows that are read in a way of their own.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kind {
    pub(super) when: When,
    /// `None`: they are passed over.
    pub(super) event: Option<EventColumns>,
}

/// What tells a kind of row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct When {
    pub(super) column: Column,
    pub(super) is: Vec<String>,
    pub(super) not: Vec<String>,
}

/// Events that stand in a row one after another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Repeat {
    pub(super) of: Groups,
    pub(super) event: EventColumns,
}

/// Where they are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Groups {
    /// From this field on (from 0), so many fields each, to the row's end.
    Fields { from: usize, width: usize },
    /// A list of objects at a key.
    List(String),
}

/// The same with every column found in a file: no name is looked up again for any row.
#[derive(Debug)]
pub(super) struct ColumnMapper {
    shape: Shape,
    number: Slot,
    base: EventMapper,
    kinds: Vec<(FoundWhen, Option<EventMapper>)>,
    repeat: Option<(Groups, EventMapper)>,
}

#[derive(Debug)]
struct FoundWhen {
    slot: Slot,
    is: Vec<String>,
    not: Vec<String>,
}

impl FoundWhen {
    fn holds(&self, cells: &Cells<'_>) -> bool {
        let text = cells.first(&self.slot.indexes).unwrap_or_default();
        let one_of = |texts: &[String]| texts.iter().any(|known| known == text);
        (self.is.is_empty() || one_of(&self.is)) && !one_of(&self.not)
    }
}

impl ColumnMapper {
    /// What a record says; `None` if it is of a kind that says nothing.
    pub(super) fn map(&self, record: &Record<'_>) -> Result<Option<Item>, Refusal> {
        let cells = self.shape.cells(record)?;
        let kind = self.kinds.iter().find(|(when, _)| when.holds(&cells));
        let event = match kind {
            None => &self.base,
            Some((_, Some(event))) => event,
            Some((_, None)) => return Ok(None),
        };
        self.shape.check(&cells, event)?;
        match self.item(&cells, event) {
            Err(_) if self.is_header(&cells) => Ok(None),
            read => read.map(Some),
        }
    }

    /// Whether it is the header row again, as in files that were put together from several.
    fn is_header(&self, cells: &Cells<'_>) -> bool {
        let named = |slot: &Slot| {
            cells
                .first(&slot.indexes)
                .is_some_and(|text| text.eq_ignore_ascii_case(&slot.label))
        };
        self.shape.has_header() && named(&self.number) && self.base.time.iter().all(named)
    }

    fn item(&self, cells: &Cells<'_>, event: &EventMapper) -> Result<Item, Refusal> {
        let number = cells.first(&self.number.indexes).unwrap_or_default();
        if cells.is_rounded(&self.number.indexes) {
            let hint = format!(
                "{}: a JSON number has lost its last digits, write it as a string",
                self.number.label
            );
            return Err((RejectReason::BadTrackingNumber, hint));
        }
        let (number, as_written) = item::number(number, &self.number.label)?;
        let mut item = Item {
            number,
            carrier: None,
            events: Vec::new(),
            facts: Vec::new(),
            replaces: false,
            warnings: Vec::new(),
        };
        if event.is_there() {
            event.map(cells, &mut item)?;
        }
        if let Some((groups, event)) = &self.repeat {
            repeated(groups, event, cells, &mut item)?;
        }
        if item.events.is_empty() && item.facts.is_empty() {
            return Err((
                RejectReason::Nothing,
                "no event code, no description and no fact".to_owned(),
            ));
        }
        let newest = newest(&item);
        item.facts.extend(as_written.map(|fact| Fact { as_of: newest, ..fact }));
        Ok(item)
    }
}

/// The events of a row's groups. One that cannot be read is a warning while another can.
fn repeated(groups: &Groups, event: &EventMapper, cells: &Cells<'_>, item: &mut Item) -> Result<(), Refusal> {
    let mut refused = None;
    for group in cells.groups(groups) {
        if let Err((reason, hint)) = event.map(&group, item) {
            item.warnings.push(format!("one of several events is left out: {hint}"));
            refused = Some((reason, hint));
        }
    }
    match refused {
        Some(refusal) if item.events.is_empty() && item.facts.is_empty() => Err(refusal),
        _ => Ok(()),
    }
}

fn newest(item: &Item) -> Option<EventTime> {
    let of_facts = item.facts.iter().filter_map(|fact| fact.as_of.as_ref());
    let times = item.events.iter().map(|event| &event.time).chain(of_facts);
    times.max_by_key(|time| time.as_if_utc()).cloned()
}
