//! Rows as tests write them, and the bundles they make.

use jiff::Timestamp;
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, EventTime, Fact, FactName, FileIdentity, FileVersion, Kind,
    Scope, SourceHash, TrackingEvent, TrackingNumber, Wall, WrittenZone,
};

/// One row of a file, or one entry of a live answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) arrival: Arrival,
    pub(crate) kind: Kind,
    pub(crate) scope: Scope,
    pub(crate) file: Option<FileVersion>,
    pub(crate) replaces: bool,
    pub(crate) notify_from: Option<Timestamp>,
    pub(crate) events: Vec<TrackingEvent>,
    pub(crate) facts: Vec<Fact>,
}

/// A row of a file that arrived at an instant, seen by everybody.
pub(crate) fn import(arrived: &str, offset: u64) -> Row {
    Row {
        arrival: Arrival {
            at_ms: u64::try_from(instant(arrived).as_millisecond()).unwrap(),
            source: SourceHash(1),
            offset,
        },
        kind: Kind::Import,
        scope: Scope::Shared,
        file: None,
        replaces: false,
        notify_from: None,
        events: Vec::new(),
        facts: Vec::new(),
    }
}

/// The same of a live answer.
pub(crate) fn live(arrived: &str, offset: u64) -> Row {
    let mut row = import(arrived, offset);
    row.kind = Kind::Live;
    row.arrival.source = SourceHash(2);
    row
}

impl Row {
    pub(crate) fn event(mut self, event: TrackingEvent) -> Self {
        self.events.push(event);
        self
    }

    pub(crate) fn fact(mut self, name: FactName, value: &str, as_of: &str) -> Self {
        self.facts.push(Fact {
            name,
            value: value.into(),
            as_of: (!as_of.is_empty()).then(|| time(as_of)),
        });
        self
    }

    pub(crate) fn of_account(mut self, account: &str) -> Self {
        self.scope = Scope::Account(AccountId::parse(account).unwrap());
        self
    }

    pub(crate) fn of_file(mut self, name: &str, revision: u32) -> Self {
        self.file = Some(FileVersion {
            file: FileIdentity::of(&[name]),
            revision,
        });
        self
    }

    pub(crate) fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }

    pub(crate) fn told_from(mut self, notify_from: &str) -> Self {
        self.notify_from = Some(instant(notify_from));
        self
    }

    /// A bundle of this row alone.
    pub(crate) fn bundle(&self) -> Bundle {
        let offset = self.arrival.offset;
        Bundle {
            number: number(),
            carrier: carrier(),
            scope: self.scope.clone(),
            kind: self.kind,
            arrival: self.arrival,
            file: self.file,
            replaces: self.replaces,
            notify_from: self.notify_from,
            events: arrived(&self.events, offset),
            facts: arrived(&self.facts, offset),
            expires_at: i64::MAX,
        }
    }
}

fn arrived<T: Clone>(values: &[T], offset: u64) -> Vec<Arrived<T>> {
    values
        .iter()
        .map(|value| Arrived {
            offset,
            value: value.clone(),
        })
        .collect()
}

/// An event of a code; times as in [`time`].
pub(crate) fn event(code: &str, at: &str) -> TrackingEvent {
    TrackingEvent {
        code: code.into(),
        ..TrackingEvent::at(time(at))
    }
}

/// The same in a city.
pub(crate) fn event_in(code: &str, at: &str, city: &str) -> TrackingEvent {
    let mut event = event(code, at);
    event.place.city = city.into();
    event
}

/// `2026-11-20` is a date alone, `2026-11-20T14:03` a local time without a zone, `2026-11-20T14:03-06` one with an
/// offset in hours, and `2026-11-20T14:03Z` the source's UTC alone.
pub(crate) fn time(text: &str) -> EventTime {
    let Some((date, clock)) = text.split_once('T') else {
        return EventTime {
            wall: Wall::Date(text.parse().expect("a date")),
            zone: WrittenZone::Unstated,
        };
    };
    let (clock, zone) = if let Some(clock) = clock.strip_suffix('Z') {
        (clock, WrittenZone::Utc)
    } else if let Some(at) = clock.find(['+', '-']) {
        let (clock, hours) = clock.split_at(at);
        (
            clock,
            WrittenZone::Offset(jiff::tz::offset(hours.parse().expect("hours"))),
        )
    } else {
        (clock, WrittenZone::Unstated)
    };
    EventTime {
        wall: Wall::At(format!("{date}T{clock}").parse().expect("a time")),
        zone,
    }
}

/// `2026-11-20` is midnight in UTC; all else is RFC 3339.
pub(crate) fn instant(text: &str) -> Timestamp {
    let midnight = format!("{text}T00:00:00Z");
    midnight
        .parse()
        .or_else(|_| text.parse())
        .expect("an instant or a date")
}

pub(crate) fn number() -> TrackingNumber {
    TrackingNumber::parse("1Z999AA10123456784").unwrap()
}

pub(crate) fn carrier() -> CarrierCode {
    CarrierCode::parse("ups").unwrap()
}

/// Who asks, where a test does not care.
pub(crate) fn viewer() -> AccountId {
    AccountId::default_account()
}
