//! A bundle while it grows: events wait in their stored form, which is a quarter of the size of the model's, and an
//! importer has a hundred thousand of them waiting.

use milepost_model::{
    Arrival, CarrierCode, EventTime, Fact, FileVersion, Kind, Scope, TrackingEvent, TrackingNumber, WrittenZone,
};
use minicbor::decode::Decoder;
use sha2::{Digest, Sha256};

use super::bundle::of_form;
use super::bundle_form::{BundleForm, EventForm, FactForm, Said};
use super::packing::cbor;
use crate::{BundlePut, Key};

/// Events and facts of one parcel, to be put as one bundle.
#[derive(Debug, Clone, Default)]
pub struct BundleDraft {
    first: Option<u64>,
    zones: Vec<Box<str>>,
    events: Vec<u8>,
    event_count: usize,
    facts: Vec<u8>,
    fact_count: usize,
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
        let mut zones = self.zones_with(Some(&event.time));
        let encoded = cbor(&EventForm::of(event, behind, &mut zones));
        self.events.extend_from_slice(&encoded);
        self.event_count += 1;
        self.note_zone(Some(&event.time));
    }

    /// Adds the fact of a row.
    pub fn push_fact(&mut self, offset: u64, fact: &Fact) {
        let behind = self.behind(offset);
        let mut zones = self.zones_with(fact.as_of.as_ref());
        let encoded = cbor(&FactForm::of(fact, behind, &mut zones));
        self.facts.extend_from_slice(&encoded);
        self.fact_count += 1;
        self.note_zone(fact.as_of.as_ref());
    }

    /// How many events it has.
    pub fn events(&self) -> usize {
        self.event_count
    }

    /// Bytes that its events and facts take.
    pub fn bytes(&self) -> usize {
        self.events.len() + self.facts.len()
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
        let form = BundleForm::with(
            &said,
            zones,
            decoded(&self.events, self.event_count),
            decoded(&self.facts, self.fact_count),
        );
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

    /// A hash of everything that an event says: two reports of equal hash say the same.
    pub fn content_hash(event: &TrackingEvent) -> u64 {
        let zone = match &event.time.zone {
            WrittenZone::Feed(zone) => zone.as_bytes(),
            _ => &[],
        };
        let mut hash = Sha256::new();
        hash.update(cbor(&EventForm::of(event, 0, &mut Vec::new())));
        hash.update(zone);
        let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn behind(&mut self, offset: u64) -> u64 {
        offset.wrapping_sub(*self.first.get_or_insert(offset))
    }

    /// The zones so far, to which the form of a time may add its own.
    fn zones_with(&self, time: Option<&EventTime>) -> Vec<&str> {
        match time.map(|time| &time.zone) {
            Some(WrittenZone::Feed(_)) => self.zones.iter().map(AsRef::as_ref).collect(),
            _ => Vec::new(),
        }
    }

    fn note_zone(&mut self, time: Option<&EventTime>) {
        if let Some(WrittenZone::Feed(zone)) = time.map(|time| &time.zone)
            && !self.zones.contains(zone)
        {
            self.zones.push(zone.clone());
        }
    }
}

/// The forms that [`BundleDraft`] wrote one behind the other.
fn decoded<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8], count: usize) -> Vec<T> {
    let mut decoder = Decoder::new(bytes);
    let mut forms = Vec::with_capacity(count);
    while decoder.position() < bytes.len() {
        // It decodes what was encoded a moment ago.
        match decoder.decode() {
            Ok(form) => forms.push(form),
            Err(_) => break,
        }
    }
    forms
}
