//! Rows of one event each: the columns of delimited text, or the keys of a JSON object per line.

mod cells;
mod find;

use std::collections::BTreeMap;

use milepost_feeds::Record;
use milepost_model::{CarrierCode, DetailCode, EventTime, Fact, FactName, RejectReason, TrackingEvent};

use super::field::{Column, Field};
use super::item::{self, Item, Refusal};
use super::time::{Clock, NoTime, shape};
use super::values;
use crate::registry::resolve;

use cells::{Cells, Shape};
pub(super) use find::find;

/// What a layout says of such rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ColumnRows {
    pub(super) fields: BTreeMap<Field, Column>,
    pub(super) facts: Vec<(FactName, Column)>,
    pub(super) required: Vec<Field>,
    /// Joined by a space.
    pub(super) time: Vec<Column>,
    pub(super) offset: Option<Column>,
    pub(super) clock: Clock,
}

/// The same with every column found in a file: no name is looked up again for any row.
#[derive(Debug)]
pub(super) struct ColumnMapper {
    shape: Shape,
    number: Slot,
    /// All fields but the tracking number.
    fields: Vec<(Field, usize)>,
    facts: Vec<(FactName, usize)>,
    time: Vec<Slot>,
    offset: Option<usize>,
    clock: Clock,
    statuses: BTreeMap<String, DetailCode>,
}

/// Where a column is in a record, and what messages call it.
#[derive(Debug)]
struct Slot {
    index: usize,
    label: String,
}

impl ColumnMapper {
    pub(super) fn map(&self, record: Record<'_>) -> Result<Item, Refusal> {
        let cells = self.shape.cells(record)?;
        let number = cells.get(self.number.index).unwrap_or_default();
        if cells.is_rounded(self.number.index) {
            let hint = format!(
                "{}: a JSON number has lost its last digits, write it as a string",
                self.number.label
            );
            return Err((RejectReason::BadTrackingNumber, hint));
        }
        let (number, as_written) = item::number(number, &self.number.label)?;
        let time = self.time(&cells)?;

        let mut row = EventRow::at(time);
        for (field, index) in &self.fields {
            if let Some(text) = cells.get(*index) {
                row.put(*field, text);
            }
        }
        row.finish(&self.statuses);
        let mut facts: Vec<Fact> = Vec::new();
        for (name, index) in &self.facts {
            if let Some(text) = cells.get(*index) {
                facts.push(Fact {
                    name: *name,
                    value: text.to_owned(),
                    as_of: Some(row.event.time.clone()),
                });
            }
        }
        let says = values::says_something(&row.event);
        if !says && facts.is_empty() {
            return Err((
                RejectReason::Nothing,
                "no event code, no description and no fact".to_owned(),
            ));
        }
        facts.extend(as_written.map(|fact| Fact {
            as_of: Some(row.event.time.clone()),
            ..fact
        }));
        Ok(Item {
            number,
            carrier: row.carrier,
            events: if says { vec![row.event] } else { Vec::new() },
            facts,
            replaces: false,
            warnings: row.warnings,
        })
    }

    fn time(&self, cells: &Cells<'_>) -> Result<EventTime, Refusal> {
        let joined: String;
        let text = match self.time.as_slice() {
            [one] => cells.get(one.index).unwrap_or_default(),
            several => {
                let parts: Vec<&str> = several.iter().filter_map(|slot| cells.get(slot.index)).collect();
                joined = parts.join(" ");
                &joined
            }
        };
        let offset = self.offset.and_then(|index| cells.get(index));
        self.clock.read(text, offset).map_err(|no_time| {
            let labels: Vec<&str> = self.time.iter().map(|slot| slot.label.as_str()).collect();
            let label = labels.join(" and ");
            let hint = match no_time {
                NoTime::Pattern if text.is_empty() => format!("{label}: empty"),
                NoTime::Pattern => format!("{label}: no pattern of the layout reads {:?}", shape(text)),
                NoTime::Offset => {
                    format!(
                        "{label}: its offset has the form {:?}, not +hh:mm",
                        shape(offset.unwrap_or_default())
                    )
                }
                NoTime::Year => format!("{label}: no parcel was under way in that year"),
            };
            (RejectReason::BadTime, hint)
        })
    }
}

/// An event while its row is read.
struct EventRow<'a> {
    event: TrackingEvent,
    carrier: Option<CarrierCode>,
    latitude: Option<&'a str>,
    longitude: Option<&'a str>,
    warnings: Vec<String>,
}

impl<'a> EventRow<'a> {
    fn at(time: EventTime) -> Self {
        Self {
            event: TrackingEvent::at(time),
            carrier: None,
            latitude: None,
            longitude: None,
            warnings: Vec::new(),
        }
    }

    fn put(&mut self, field: Field, text: &'a str) {
        let event = &mut self.event;
        match field {
            Field::TrackingNumber => {}
            Field::Carrier => {
                self.carrier = resolve(text);
                self.odd(field, self.carrier.is_none(), "no known carrier's code");
            }
            Field::EventCode => event.code = text.to_owned(),
            Field::CarrierDetailCode => event.carrier_detail_code = text.to_owned(),
            Field::Description => event.description = text.to_owned(),
            Field::City => event.place.city = text.to_owned(),
            Field::State => event.place.state = text.to_owned(),
            Field::PostalCode => event.place.postal_code = text.to_owned(),
            Field::Country => event.place.country = text.to_owned(),
            Field::Latitude => self.latitude = Some(text),
            Field::Longitude => self.longitude = Some(text),
            Field::Signer => event.signer = text.to_owned(),
            Field::Company => event.company = text.to_owned(),
            Field::Piece => event.piece = text.to_owned(),
            Field::Sequence => {
                event.sequence = text.parse().ok();
                let odd = event.sequence.is_none();
                self.odd(field, odd, "no whole number");
            }
            Field::ProofOfDeliveryUrl => event.proof_of_delivery_url = text.to_owned(),
            Field::StatusCode => {
                event.status = values::status(text);
                let odd = event.status.is_none();
                self.odd(field, odd, "none of ShipEngine's status codes");
            }
            Field::StatusDetailCode => {
                event.detail = values::detail(text);
                let odd = event.detail.is_none();
                self.odd(field, odd, "none of ShipEngine's detail codes");
            }
        }
    }

    fn odd(&mut self, field: Field, odd: bool, why: &str) {
        if odd {
            self.warnings.push(format!("{}: {why}", field.as_str()));
        }
    }

    /// What needs more than one column.
    fn finish(&mut self, statuses: &BTreeMap<String, DetailCode>) {
        self.event.place.coordinates = values::coordinates(self.latitude, self.longitude);
        let lost = self.event.place.coordinates.is_none() && (self.latitude.is_some() || self.longitude.is_some());
        self.odd(Field::Latitude, lost, "with its longitude it is no position on Earth");
        if self.event.detail.is_none() {
            self.event.detail = statuses.get(&self.event.code).copied();
        }
    }
}
