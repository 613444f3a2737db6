//! One event of a row.

use milepost_model::{CarrierCode, EventTime, Fact, FactName, RejectReason, TrackingEvent};

use super::super::field::Field;
use super::super::item::{Item, Refusal};
use super::super::meanings::Meanings;
use super::super::time::{Clock, NoTime, shape};
use super::super::values;
use super::cells::Cells;
use crate::registry::resolve;

/// Where a column is in a record, and what messages call it.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The first that is not empty counts.
    pub(super) indexes: Vec<usize>,
    pub(super) label: String,
}

/// The columns of an event, found in a file.
#[derive(Debug)]
pub(super) struct EventMapper {
    pub(super) fields: Vec<(Field, Vec<usize>)>,
    pub(super) values: Vec<(Field, String)>,
    pub(super) facts: Vec<(FactName, Vec<usize>)>,
    pub(super) time: Vec<Slot>,
    pub(super) offset: Option<Vec<usize>>,
    pub(super) clock: Option<Clock>,
    pub(super) meanings: Meanings,
    /// Columns that must hold something, where a format can leave them out.
    pub(super) required: Vec<Slot>,
    /// A record of delimited text with fewer fields has lost some.
    pub(super) fewest: usize,
}

impl EventMapper {
    /// Whether rows have such an event: one without a time has none.
    pub(super) fn is_there(&self) -> bool {
        self.clock.is_some()
    }

    /// Adds the event and the facts of the cells to an item; nothing when they say nothing.
    pub(super) fn map(&self, cells: &Cells<'_>, item: &mut Item) -> Result<(), Refusal> {
        let time = self.time(cells)?;
        let mut row = EventRow::at(time);
        for (field, indexes) in &self.fields {
            if let Some(text) = cells.first(indexes) {
                row.put(*field, text);
            }
        }
        for (field, text) in &self.values {
            row.put_if_empty(*field, text);
        }
        row.finish(&self.meanings);
        for (name, indexes) in &self.facts {
            if let Some(text) = cells.first(indexes) {
                item.facts.push(Fact {
                    name: *name,
                    value: text.to_owned(),
                    as_of: Some(row.event.time.clone()),
                });
            }
        }
        item.carrier = item.carrier.take().or(row.carrier);
        item.warnings.append(&mut row.warnings);
        if values::says_something(&row.event) {
            item.events.push(row.event);
        }
        Ok(())
    }

    fn time(&self, cells: &Cells<'_>) -> Result<EventTime, Refusal> {
        let Some(clock) = &self.clock else {
            return Err((RejectReason::BadTime, "the layout has no time".to_owned()));
        };
        let joined: String;
        let text = match self.time.as_slice() {
            [one] => cells.first(&one.indexes).unwrap_or_default(),
            several => {
                let parts: Vec<&str> = several.iter().filter_map(|slot| cells.first(&slot.indexes)).collect();
                joined = parts.join(" ");
                &joined
            }
        };
        let offset = self.offset.as_ref().and_then(|indexes| cells.first(indexes));
        clock.read(text, offset).map_err(|no_time| {
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

    /// The text of a field that is one.
    fn text(&mut self, field: Field) -> Option<&mut String> {
        let event = &mut self.event;
        Some(match field {
            Field::EventCode => &mut event.code,
            Field::CarrierDetailCode => &mut event.carrier_detail_code,
            Field::Description => &mut event.description,
            Field::City => &mut event.place.city,
            Field::State => &mut event.place.state,
            Field::PostalCode => &mut event.place.postal_code,
            Field::Country => &mut event.place.country,
            Field::Signer => &mut event.signer,
            Field::Company => &mut event.company,
            Field::Piece => &mut event.piece,
            Field::ProofOfDeliveryUrl => &mut event.proof_of_delivery_url,
            _ => return None,
        })
    }

    fn put(&mut self, field: Field, text: &'a str) {
        if let Some(place) = self.text(field) {
            text.clone_into(place);
            return;
        }
        let event = &mut self.event;
        match field {
            Field::Carrier => {
                self.carrier = resolve(text);
                self.odd(field, self.carrier.is_none(), "no known carrier's code");
            }
            Field::Latitude => self.latitude = Some(text),
            Field::Longitude => self.longitude = Some(text),
            Field::Sequence => {
                event.sequence = text.parse().ok();
                let odd = event.sequence.is_none();
                self.odd(field, odd, "no whole number");
            }
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
            _ => {}
        }
    }

    /// What the layout says of rows that do not say it themselves.
    fn put_if_empty(&mut self, field: Field, text: &'a str) {
        let has = match field {
            Field::StatusCode => self.event.status.is_some(),
            Field::StatusDetailCode => self.event.detail.is_some(),
            Field::Carrier => self.carrier.is_some(),
            _ => self.text(field).is_none_or(|written| !written.is_empty()),
        };
        if !has {
            self.put(field, text);
        }
    }

    fn odd(&mut self, field: Field, odd: bool, why: &str) {
        if odd {
            self.warnings.push(format!("{}: {why}", field.as_str()));
        }
    }

    /// What needs more than one column.
    fn finish(&mut self, meanings: &Meanings) {
        self.event.place.coordinates = values::coordinates(self.latitude, self.longitude);
        let lost = self.event.place.coordinates.is_none() && (self.latitude.is_some() || self.longitude.is_some());
        self.odd(Field::Latitude, lost, "with its longitude it is no position on Earth");
        if self.event.detail.is_none() {
            self.event.detail = meanings.of(&self.event.code, &self.event.carrier_detail_code);
        }
    }
}
