//! A bundle while it grows: events wait in their stored form, which is a quarter of the size of the model's, and an
//! importer has a hundred thousand of them waiting.

use milepost_model::{
    Arrival, CarrierCode, EventTime, Fact, FileVersion, Kind, Scope, TrackingEvent, TrackingNumber, WrittenZone,
};
use minicbor::Encode;

use super::bundle::of_form;
use super::bundle_form::{BundleForm, EventForm, FactForm, Said};
use super::forms::Forms;
use super::packing::cbor;
use crate::{BundlePut, Key};

/// Events and facts of one parcel, to be put as one bundle.
#[derive(Debug, Clone, Default)]
pub struct BundleDraft {
    first: Option<u64>,
    zones: Vec<Box<str>>,
    events: Encoded,
    facts: Encoded,
}

/// Forms as the bundle's CBOR has them, one behind the other.
#[derive(Debug, Clone, Default)]
struct Encoded {
    bytes: Vec<u8>,
    count: usize,
}

impl Encoded {
    fn push(&mut self, form: &impl Encode<()>) {
        let form = cbor(form);
        // Not a byte to spare: there are ten thousands of parcels, and none knows how many events will follow.
        self.bytes.reserve_exact(form.len());
        self.bytes.extend_from_slice(&form);
        self.count += 1;
    }

    fn forms<T>(&self) -> Forms<'_, T> {
        Forms::Encoded {
            bytes: &self.bytes,
            count: self.count,
        }
    }
}

/// What a bundle says beside its events and facts.
#[derive(Debug, Clone, PartialEq)]
pub struct BundleHead {
    /// Of which number.
    pub number: TrackingNumber,
    /// Of which carrier.
    pub carrier: CarrierCode,
    /// Who may see it.
    pub scope: Scope,
    /// How it came.
    pub kind: Kind,
    /// When and from where; its offset is replaced by that of the draft's first row.
    pub arrival: Arrival,
    /// The file version it was read from.
    pub file: Option<FileVersion>,
    /// See [`milepost_model::Bundle::replaces`].
    pub replaces: bool,
    /// See [`milepost_model::Bundle::notify_from`].
    pub notify_from: Option<jiff::Timestamp>,
    /// Unix seconds after which it does not exist.
    pub expires_at: i64,
}

impl BundleDraft {
    /// Adds the event of a row. Rows are added in order of their offsets.
    pub fn push_event(&mut self, offset: u64, event: &TrackingEvent) {
        let behind = self.behind(offset);
        let mut zones = zones_with(&self.zones, Some(&event.time));
        self.events.push(&EventForm::of(event, behind, &mut zones));
        self.note_zone(Some(&event.time));
    }

    /// Adds the fact of a row.
    pub fn push_fact(&mut self, offset: u64, fact: &Fact) {
        let behind = self.behind(offset);
        let mut zones = zones_with(&self.zones, fact.as_of.as_ref());
        self.facts.push(&FactForm::of(fact, behind, &mut zones));
        self.note_zone(fact.as_of.as_ref());
    }

    /// How many events it has.
    pub fn events(&self) -> usize {
        self.events.count
    }

    /// Bytes that its events and facts take.
    pub fn bytes(&self) -> usize {
        self.events.bytes.len() + self.facts.bytes.len()
    }

    /// The bundle of the draft: it says what the model's [`milepost_model::Bundle`] of the same rows says. Equal rows
    /// make equal bundles, as there.
    pub fn finish(&self, head: BundleHead) -> BundlePut {
        let BundleHead {
            number,
            carrier,
            scope,
            kind,
            arrival,
            file,
            replaces,
            notify_from,
            expires_at,
        } = head;
        let zones = self.zones.iter().map(AsRef::as_ref).collect();
        let said = Said {
            kind,
            file,
            replaces,
            notify_from,
        };
        let form = BundleForm::with(&said, zones, self.events.forms(), self.facts.forms());
        let arrival = arrival.at_offset(self.first.unwrap_or(arrival.offset));
        let key = |content| Key::Bundle {
            number,
            carrier,
            scope,
            arrival,
            content,
        };
        BundlePut(of_form(&form, key, expires_at))
    }

    fn behind(&mut self, offset: u64) -> u64 {
        offset.wrapping_sub(*self.first.get_or_insert(offset))
    }

    fn note_zone(&mut self, time: Option<&EventTime>) {
        if let Some(WrittenZone::Feed(zone)) = time.map(|time| &time.zone)
            && !self.zones.contains(zone)
        {
            self.zones.push(zone.clone());
        }
    }
}

/// The zones so far, to which the form of a time may add its own.
fn zones_with<'a>(zones: &'a [Box<str>], time: Option<&EventTime>) -> Vec<&'a str> {
    match time.map(|time| &time.zone) {
        Some(WrittenZone::Feed(_)) => zones.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}
