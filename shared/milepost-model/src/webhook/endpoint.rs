use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;

use super::Circuit;
use crate::{AccountId, CarrierCode, Status};

/// Names a webhook endpoint of an account: `se-` and a number, as ShipEngine writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub String);

/// Where an account is told. Its secrets stand apart ([`EndpointSecrets`]): who only decides what is told does not see
/// them.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub id: EndpointId,
    /// Whose it is.
    pub account: AccountId,
    /// Where to POST.
    pub url: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// A number that its owner gave; changes nothing.
    pub store_id: Option<i32>,
    /// In which form it is told.
    pub style: EndpointStyle,
    /// What it is told of.
    pub filter: EndpointFilter,
    /// When it was added.
    pub created: Timestamp,
    /// Whether deliveries go there.
    pub standing: Standing,
    /// What its last attempts came to.
    pub circuit: Circuit,
}

/// Without the address, which may hold a token.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("style", &self.style)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

/// Whose messages an endpoint gets: the form, and of which followers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointStyle {
    /// The whole history of a subscription's parcel.
    ShipEngine,
    /// Each new event of a tracker, by itself.
    Ship24,
}

impl EndpointStyle {
    /// Every style.
    pub const ALL: [Self; 2] = [Self::ShipEngine, Self::Ship24];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ShipEngine => "shipengine",
            Self::Ship24 => "ship24",
        }
    }

    /// The opposite of [`EndpointStyle::as_str`].
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|style| style.as_str() == text)
    }

    /// What an endpoint of this style is told unless its owner says otherwise: ShipEngine tells "whenever the shipping
    /// status changes", Ship24 each new event.
    pub fn usual(self) -> Tell {
        match self {
            Self::ShipEngine => Tell::StatusChanges,
            Self::Ship24 => Tell::EveryEvent,
        }
    }
}

/// What an endpoint is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointFilter {
    /// Parcels of these carriers; empty: of all.
    pub carriers: BTreeSet<CarrierCode>,
    /// Parcels that come to one of these statuses; empty: to any.
    pub statuses: BTreeSet<Status>,
    /// How much of what happens to them.
    pub tell: Tell,
}

/// How much an endpoint is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Only when the status is another.
    StatusChanges,
    /// Whenever there is anything new.
    EveryEvent,
}

impl Tell {
    /// Both.
    pub const ALL: [Self; 2] = [Self::StatusChanges, Self::EveryEvent];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StatusChanges => "status_changes",
            Self::EveryEvent => "every_event",
        }
    }

    /// The opposite of [`Tell::as_str`].
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tell| tell.as_str() == text)
    }
}

impl EndpointFilter {
    /// All carriers and statuses.
    pub fn of_all(tell: Tell) -> Self {
        Self {
            carriers: BTreeSet::new(),
            statuses: BTreeSet::new(),
            tell,
        }
    }

    /// Whether parcels of a carrier are told.
    pub fn has_carrier(&self, carrier: &CarrierCode) -> bool {
        self.carriers.is_empty() || self.carriers.contains(carrier)
    }

    /// Whether a status is told.
    pub fn has_status(&self, status: Status) -> bool {
        self.statuses.is_empty() || self.statuses.contains(&status)
    }
}

/// Whether deliveries go to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They do.
    Enabled,
    /// They do not, until it is enabled again.
    Disabled {
        /// Why.
        why: DisabledWhy,
        /// Since when.
        at: Timestamp,
    },
}

impl Standing {
    /// Whether deliveries go there.
    pub fn is_enabled(self) -> bool {
        matches!(self, Self::Enabled)
    }
}

/// Why an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledWhy {
    /// It did not answer the probe that goes before enabling.
    Unanswered,
    /// It answered 410.
    Gone,
    /// Every attempt of five days failed.
    Failing,
}

impl DisabledWhy {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Unanswered, Self::Gone, Self::Failing];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unanswered => "probe_failed",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    /// The opposite of [`DisabledWhy::as_str`].
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

/// What only the owner of an endpoint and its receiver may know.
#[derive(Clone, PartialEq, Eq)]
pub struct EndpointSecrets {
    /// Signs: 24 to 64 random bytes (Standard Webhooks).
    pub signing: Vec<u8>,
    /// The one before it, while receivers change over.
    pub former: Option<FormerSecret>,
    /// Headers that the owner wants sent along, as names and values.
    pub headers: Vec<(String, String)>,
}

/// A secret that was replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct FormerSecret {
    /// It signs too.
    pub secret: Vec<u8>,
    /// Until then.
    pub until: Timestamp,
}

impl EndpointSecrets {
    /// A first secret, and no headers.
    pub fn new(signing: Vec<u8>) -> Self {
        Self {
            signing,
            former: None,
            headers: Vec::new(),
        }
    }

    /// What was replaced and still signs at an instant.
    pub fn former_at(&self, now: Timestamp) -> Option<&[u8]> {
        let former = self.former.as_ref().filter(|former| former.until > now)?;
        Some(&former.secret)
    }
}

/// Without anything of it.
impl fmt::Debug for EndpointSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EndpointSecrets")
    }
}

/// Without anything of it.
impl fmt::Debug for FormerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormerSecret")
    }
}
