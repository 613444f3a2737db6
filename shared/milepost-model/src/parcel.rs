use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    Arrival, CarrierCode, DetailCode, EventIdentity, FactName, Reading, Status, TrackingEvent, TrackingNumber,
};

/// What is known of one number, carrier and viewer: one journey of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    /// Canonical.
    pub number: TrackingNumber,
    /// Which carrier.
    pub carrier: CarrierCode,
    /// The status that rules; [`Status::NotYetInSystem`] when nothing is known.
    pub status: Status,
    /// What the status means in detail.
    pub detail: Option<DetailCode>,
    /// The carrier's code for the status; empty when unknown.
    pub carrier_status_code: String,
    /// The carrier's more specific code; empty when unknown.
    pub carrier_detail_code: String,
    /// The carrier's words for the status; empty when unknown.
    pub carrier_status_description: String,
    /// What rules of each fact, in this journey.
    pub facts: BTreeMap<FactName, ParcelFact>,
    /// Newest first.
    pub events: Vec<ParcelEvent>,
    /// When the last imported event or fact of this journey arrived.
    pub last_import: Option<Timestamp>,
}

/// An event with what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct ParcelEvent {
    /// Which event.
    pub identity: EventIdentity,
    /// As the carrier wrote it.
    pub event: TrackingEvent,
    /// What it means.
    pub reading: Reading,
    /// When its first copy arrived.
    pub first_arrival: Arrival,
    /// Whether a file brought it.
    pub imported: bool,
    /// Whether followers are not told of it, because it happened before its connection's `notify_from`.
    pub quiet: bool,
}

impl ParcelEvent {
    /// The instant, or the wall time as if it were UTC where none is known: what the timeline is sorted by.
    pub fn sort_instant(&self) -> Timestamp {
        self.reading.instant.unwrap_or_else(|| self.event.time.as_if_utc())
    }
}

/// A fact that rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelFact {
    /// As the carrier wrote it.
    pub value: String,
    /// Since when it holds.
    pub as_of: Timestamp,
    /// The arrival at which this value began to rule: a value that returns begins anew, and is news.
    pub began: Arrival,
    /// Whether followers are not told of it.
    pub quiet: bool,
}

impl Parcel {
    /// A number of which nothing is known.
    pub fn unknown(number: TrackingNumber, carrier: CarrierCode) -> Self {
        Self {
            number,
            carrier,
            status: Status::NotYetInSystem,
            detail: None,
            carrier_status_code: String::new(),
            carrier_detail_code: String::new(),
            carrier_status_description: String::new(),
            facts: BTreeMap::new(),
            events: Vec::new(),
            last_import: None,
        }
    }

    /// Whether anything at all is known.
    pub fn is_known(&self) -> bool {
        !self.events.is_empty() || !self.facts.is_empty()
    }

    /// Whether nothing more is to come: it was delivered, or its life has ended otherwise.
    pub fn has_ended(&self) -> bool {
        self.status == Status::Delivered || self.detail.is_some_and(DetailCode::ends_life)
    }

    /// The value of a fact.
    pub fn fact(&self, name: FactName) -> Option<&str> {
        self.facts.get(&name).map(|fact| fact.value.as_str())
    }
}
