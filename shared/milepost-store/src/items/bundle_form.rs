//! The CBOR form of a bundle: what its keys do not say already, short.
//!
//! Integer keys never change their meaning and are never used again; a reader skips those that it does not know. Only
//! what is not empty is written. Texts are borrowed from the bundle when writing and from the item when reading.

use jiff::Timestamp;
use milepost_model::{
    Arrival, Arrived, Bundle, Coordinates, DetailCode, Fact, FactName, FileIdentity, FileVersion, Kind, Place, Status,
    TrackingEvent,
};
use minicbor::{Decode, Encode};

use super::forms::Forms;
use super::time_form::TimeForm;

/// What a bundle says.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct BundleForm<'a> {
    #[cbor(n(0), skip_if = "is_false")]
    live: bool,
    #[cbor(n(1), with = "minicbor::bytes")]
    file: Option<[u8; 8]>,
    #[n(2)]
    revision: Option<u32>,
    #[cbor(n(3), skip_if = "is_false")]
    replaces: bool,
    /// Unix seconds, with the nanoseconds apart because they are nearly always zero.
    #[n(4)]
    notify_from: Option<i64>,
    #[n(5)]
    notify_from_nanoseconds: Option<i32>,
    /// The IANA zones that the feed's layout names; events say which by its place, from 1.
    #[cbor(b(6), skip_if = "Vec::is_empty")]
    zones: Vec<&'a str>,
    #[cbor(b(7), skip_if = "Forms::is_empty")]
    events: Forms<'a, EventForm<'a>>,
    #[cbor(b(8), skip_if = "Forms::is_empty")]
    facts: Forms<'a, FactForm<'a>>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct EventForm<'a> {
    /// Bytes from the bundle's first row.
    #[cbor(n(0), skip_if = "is_zero")]
    behind: u64,
    #[n(1)]
    wall_seconds: Option<i64>,
    #[n(2)]
    wall_days: Option<i64>,
    #[n(3)]
    offset_seconds: Option<i32>,
    #[n(4)]
    zone: Option<u32>,
    #[n(5)]
    code: Option<&'a str>,
    #[n(6)]
    description: Option<&'a str>,
    #[n(7)]
    city: Option<&'a str>,
    #[n(8)]
    state: Option<&'a str>,
    #[n(9)]
    postal_code: Option<&'a str>,
    #[n(10)]
    country: Option<&'a str>,
    #[n(11)]
    signer: Option<&'a str>,
    #[n(12)]
    company: Option<&'a str>,
    #[n(13)]
    piece: Option<&'a str>,
    #[n(14)]
    sequence: Option<u32>,
    #[n(15)]
    detail: Option<u8>,
    #[n(16)]
    status: Option<u8>,
    #[n(17)]
    carrier_detail_code: Option<&'a str>,
    #[n(18)]
    proof_of_delivery_url: Option<&'a str>,
    #[n(19)]
    coordinates: Option<(f64, f64)>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct FactForm<'a> {
    #[cbor(n(0), skip_if = "is_zero")]
    behind: u64,
    #[n(1)]
    wall_seconds: Option<i64>,
    #[n(2)]
    wall_days: Option<i64>,
    #[n(3)]
    offset_seconds: Option<i32>,
    #[n(4)]
    zone: Option<u32>,
    #[n(5)]
    name: u8,
    #[n(6)]
    value: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the derive calls")]
fn is_false(value: &bool) -> bool {
    !value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that the derive calls")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// What a bundle says beside its events and facts, and its keys do not.
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) file: Option<FileVersion>,
    pub(super) replaces: bool,
    pub(super) notify_from: Option<Timestamp>,
}

impl Said {
    fn by(bundle: &Bundle) -> Self {
        let Bundle {
            kind,
            file,
            replaces,
            notify_from,
            ..
        } = *bundle;
        Self {
            kind,
            file,
            replaces,
            notify_from,
        }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl<'a> BundleForm<'a> {
    pub(super) fn of(bundle: &'a Bundle) -> Self {
        let mut zones = Vec::new();
        let first = bundle.arrival.offset;
        // Rows stand behind the first one; wrapping keeps any other bundle whole.
        let events = bundle
            .events
            .iter()
            .map(|event| EventForm::of(&event.value, event.offset.wrapping_sub(first), &mut zones));
        let events = events.collect();
        let facts = bundle
            .facts
            .iter()
            .map(|fact| FactForm::of(&fact.value, fact.offset.wrapping_sub(first), &mut zones));
        let facts = facts.collect();
        Self::with(&Said::by(bundle), zones, Forms::Plain(events), Forms::Plain(facts))
    }

    /// A form of its parts.
    pub(super) fn with(
        said: &Said,
        zones: Vec<&'a str>,
        events: Forms<'a, EventForm<'a>>,
        facts: Forms<'a, FactForm<'a>>,
    ) -> Self {
        let nanoseconds = said.notify_from.map_or(0, Timestamp::subsec_nanosecond);
        Self {
            live: said.kind == Kind::Live,
            file: said.file.map(|version| version.file.0),
            revision: said.file.map(|version| version.revision),
            replaces: said.replaces,
            notify_from: said.notify_from.map(Timestamp::as_second),
            notify_from_nanoseconds: (nanoseconds != 0).then_some(nanoseconds),
            zones,
            events,
            facts,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        if self.live { Kind::Live } else { Kind::Import }
    }

    pub(super) fn file(&self) -> Option<FileVersion> {
        Some(FileVersion {
            file: FileIdentity(self.file?),
            revision: self.revision?,
        })
    }

    pub(super) fn replaces(&self) -> bool {
        self.replaces
    }

    /// `Err` when what is there is no instant.
    pub(super) fn notify_from(&self) -> Result<Option<Timestamp>, ()> {
        let Some(seconds) = self.notify_from else {
            return Ok(None);
        };
        let nanoseconds = self.notify_from_nanoseconds.unwrap_or_default();
        Timestamp::new(seconds, nanoseconds).map(Some).map_err(|_| ())
    }

    /// `None` when one has no time or an impossible one.
    pub(super) fn events(&self, arrival: Arrival) -> Option<Vec<Arrived<TrackingEvent>>> {
        self.events
            .plain()
            .iter()
            .map(|form| {
                let offset = arrival.offset.wrapping_add(form.behind);
                let value = form.event(&self.zones)?;
                Some(Arrived { offset, value })
            })
            .collect()
    }

    /// `None` when one has an impossible time. A fact that a newer version knows is left out.
    pub(super) fn facts(&self, arrival: Arrival) -> Option<Vec<Arrived<Fact>>> {
        let known = self
            .facts
            .plain()
            .iter()
            .filter_map(|form| Some((form, FactName::from_number(form.name)?)));
        known
            .map(|(form, name)| {
                let offset = arrival.offset.wrapping_add(form.behind);
                let time = form.time();
                let as_of = if time.is_none() {
                    None
                } else {
                    Some(time.read(&self.zones)?)
                };
                let value = Fact {
                    name,
                    value: form.value.to_owned(),
                    as_of,
                };
                Some(Arrived { offset, value })
            })
            .collect()
    }
}

impl<'a> EventForm<'a> {
    /// An event that stands `behind` bytes after the first row; a feed's zone is added to `zones` if it is not there.
    pub(super) fn of(event: &'a TrackingEvent, behind: u64, zones: &mut Vec<&'a str>) -> Self {
        let time = TimeForm::of(&event.time, zones);
        Self {
            behind,
            wall_seconds: time.wall_seconds,
            wall_days: time.wall_days,
            offset_seconds: time.offset_seconds,
            zone: time.zone,
            code: some(&event.code),
            description: some(&event.description),
            city: some(&event.place.city),
            state: some(&event.place.state),
            postal_code: some(&event.place.postal_code),
            country: some(&event.place.country),
            signer: some(&event.signer),
            company: some(&event.company),
            piece: some(&event.piece),
            sequence: event.sequence,
            detail: event.detail.map(|detail| detail as u8),
            status: event.status.map(Status::rank),
            carrier_detail_code: some(&event.carrier_detail_code),
            proof_of_delivery_url: some(&event.proof_of_delivery_url),
            coordinates: event.place.coordinates.map(|at| (at.latitude, at.longitude)),
        }
    }

    fn event(&self, zones: &[&str]) -> Option<TrackingEvent> {
        let time = TimeForm {
            wall_seconds: self.wall_seconds,
            wall_days: self.wall_days,
            offset_seconds: self.offset_seconds,
            zone: self.zone,
        };
        let owned = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let place = Place {
            city: owned(self.city),
            state: owned(self.state),
            postal_code: owned(self.postal_code),
            country: owned(self.country),
            coordinates: self
                .coordinates
                .map(|(latitude, longitude)| Coordinates { latitude, longitude }),
        };
        Some(TrackingEvent {
            time: time.read(zones)?,
            code: owned(self.code),
            carrier_detail_code: owned(self.carrier_detail_code),
            description: owned(self.description),
            place,
            signer: owned(self.signer),
            company: owned(self.company),
            piece: owned(self.piece),
            sequence: self.sequence,
            // What a newer version knows and this one does not reads as if the layout had not said it.
            detail: self
                .detail
                .and_then(|number| DetailCode::ALL.get(usize::from(number)).copied()),
            status: self.status.and_then(|rank| Status::ALL.get(usize::from(rank)).copied()),
            proof_of_delivery_url: owned(self.proof_of_delivery_url),
        })
    }
}

impl<'a> FactForm<'a> {
    /// As [`EventForm::of`].
    pub(super) fn of(fact: &'a Fact, behind: u64, zones: &mut Vec<&'a str>) -> Self {
        let time = fact.as_of.as_ref().map(|as_of| TimeForm::of(as_of, zones));
        let time = time.unwrap_or_default();
        Self {
            behind,
            wall_seconds: time.wall_seconds,
            wall_days: time.wall_days,
            offset_seconds: time.offset_seconds,
            zone: time.zone,
            name: fact.name.to_number(),
            value: &fact.value,
        }
    }

    fn time(&self) -> TimeForm {
        TimeForm {
            wall_seconds: self.wall_seconds,
            wall_days: self.wall_days,
            offset_seconds: self.offset_seconds,
            zone: self.zone,
        }
    }
}
