use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use jiff::Timestamp;

use crate::{
    AccountId, CarrierCode, EventIdentity, IDENTITY_VERSION, Parcel, ParcelEvent, ShortIdentity, Status, Tracker,
    TrackingNumber, Which, tracker,
};

/// Who is told about a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follower {
    /// How it follows.
    pub kind: FollowerKind,
    /// Whose it is.
    pub account: AccountId,
    /// Which number.
    pub number: TrackingNumber,
    /// Unix milliseconds of an instant of the journey that it belongs to: a subscription's start, a tracker's day of
    /// shipping or creation.
    pub started_ms: i64,
    /// What it was told.
    pub told: Told,
}

/// How somebody follows a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowerKind {
    /// ShipEngine's start and stop: one for each account, carrier and number.
    Subscription {
        /// Of which carrier.
        carrier: CarrierCode,
    },
    /// A Ship24 tracker, of any number of carriers.
    Tracker(Box<Tracker>),
}

impl Follower {
    /// Which journey of its number it follows.
    pub fn which(&self) -> Which {
        Timestamp::from_millisecond(self.started_ms).map_or(Which::Newest, Which::UnderWayAt)
    }
}

/// What a follower was told: enough to find what is new by comparing it with what the parcel is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The version of the identity rule.
    pub version: u8,
    /// The events.
    pub identities: BTreeSet<ShortIdentity>,
    /// The status.
    pub status: Status,
    /// Everything shown besides events.
    pub state: [u8; 8],
}

/// What a parcel is and a follower was not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// New events, newest first. Those that are [`ParcelEvent::quiet`] are not announced one by one.
    pub events: Vec<EventIdentity>,
    /// Whether the status is another.
    pub status_changed: bool,
    /// Whether any of it is to be told; else it is only taken as told.
    pub loud: bool,
}

impl Told {
    /// All that a parcel is.
    pub fn all_of(parcel: &Parcel) -> Self {
        Self::all_of_each(std::slice::from_ref(parcel))
    }

    /// All that parcels are: what each carrier that a tracker means knows of its number. None is a parcel of which
    /// nothing is known.
    pub fn all_of_each(parcels: &[Parcel]) -> Self {
        let events = parcels.iter().flat_map(|parcel| &parcel.events);
        Self {
            version: IDENTITY_VERSION,
            identities: events.map(|event| event.identity.short()).collect(),
            status: tracker::leading(parcels).map_or(Status::NotYetInSystem, |parcel| parcel.status),
            state: state_hash(parcels),
        }
    }

    /// What of the parcel was not told; `None` when all was. Told under another identity rule, nothing can be said of
    /// single events: they are taken as told, and only another status is loud.
    pub fn news(&self, parcel: &Parcel) -> Option<News> {
        self.news_of_each(std::slice::from_ref(parcel))
    }

    /// The same of parcels. The new events of each stand together, newest first.
    pub fn news_of_each(&self, parcels: &[Parcel]) -> Option<News> {
        let now = Self::all_of_each(parcels);
        if now == *self {
            return None;
        }
        let status_changed = now.status != self.status;
        if self.version != IDENTITY_VERSION {
            return Some(News {
                events: Vec::new(),
                status_changed,
                loud: status_changed,
            });
        }
        let new = |event: &&ParcelEvent| !self.identities.contains(&event.identity.short());
        let events = parcels.iter().flat_map(|parcel| &parcel.events);
        let new: Vec<&ParcelEvent> = events.filter(new).collect();
        // Which part of the state is another is not kept: without new events it is the facts, or what events mean.
        let mut facts = parcels.iter().flat_map(|parcel| parcel.facts.values()).peekable();
        let loud_state = if facts.peek().is_none() {
            new.is_empty()
        } else {
            facts.any(|fact| !fact.quiet)
        };
        Some(News {
            loud: new.iter().any(|event| !event.quiet) || (now.state != self.state && loud_state),
            events: new.into_iter().map(|event| event.identity).collect(),
            status_changed,
        })
    }
}

/// Covers what is shown besides events, and the arrival at which each fact's value began: a value that returns is news.
fn state_hash(parcels: &[Parcel]) -> [u8; 8] {
    let mut hash = Sha256::new();
    let mut write = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    if parcels.is_empty() {
        // As a parcel of which nothing is known, so that the two are one state.
        for text in [Status::NotYetInSystem.code(), "", "", "", ""] {
            write(text);
        }
    }
    for parcel in parcels {
        write(parcel.status.code());
        write(parcel.detail.map_or("", crate::DetailCode::as_str));
        write(&parcel.carrier_status_code);
        write(&parcel.carrier_detail_code);
        write(&parcel.carrier_status_description);
        for (name, fact) in &parcel.facts {
            write(name.as_str());
            write(&fact.value);
            write(&fact.began.to_key());
        }
    }
    let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
    [a, b, c, d, e, f, g, h]
}
