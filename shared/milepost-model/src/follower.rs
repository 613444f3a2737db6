use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::{
    AccountId, CarrierCode, EventIdentity, IDENTITY_VERSION, Parcel, ParcelEvent, ShortIdentity, Status, TrackingNumber,
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
    /// Of which carrier.
    pub carrier: CarrierCode,
    /// Unix milliseconds of its start: it belongs to the journey that was under way then.
    pub started_ms: i64,
    /// What it was told.
    pub told: Told,
}

/// How somebody follows a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FollowerKind {
    /// ShipEngine's start and stop: one for each account, carrier and number.
    Subscription,
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
        Self {
            version: IDENTITY_VERSION,
            identities: parcel.events.iter().map(|event| event.identity.short()).collect(),
            status: parcel.status,
            state: state_hash(parcel),
        }
    }

    /// What of the parcel was not told; `None` when all was. Told under another identity rule, nothing can be said of
    /// single events: they are taken as told, and only another status is loud.
    pub fn news(&self, parcel: &Parcel) -> Option<News> {
        let now = Self::all_of(parcel);
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
        let new: Vec<&ParcelEvent> = parcel.events.iter().filter(new).collect();
        // Which part of the state is another is not kept: without new events it is the facts, or what events mean.
        let loud_state = if parcel.facts.is_empty() {
            new.is_empty()
        } else {
            parcel.facts.values().any(|fact| !fact.quiet)
        };
        Some(News {
            loud: new.iter().any(|event| !event.quiet) || (now.state != self.state && loud_state),
            events: new.into_iter().map(|event| event.identity).collect(),
            status_changed,
        })
    }
}

/// Covers what is shown besides events, and the arrival at which each fact's value began: a value that returns is news.
fn state_hash(parcel: &Parcel) -> [u8; 8] {
    let mut hash = Sha256::new();
    let mut write = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
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
    let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
    [a, b, c, d, e, f, g, h]
}
