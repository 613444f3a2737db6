//! Asking carriers' APIs about parcels that no file tells of.
//!
//! 1. [`Connections`] are the connections that can ask: an account's own before a shared one.
//! 2. [`Live::track_now`] asks for a lookup, when what is stored is not fresh. Of all who want to know at once, one
//!    asks.
//! 3. [`begin_polls`] begins a chain of polls for a follower, [`Refresher::tick`] goes on with those that are due.
//!
//! Whoever asks has first moved the parcel's live state by a condition, and has taken a part of the quota of the
//! connection's credentials. What comes is put into the table like anything else; a parcel that a file tells of is not
//! asked about at all, and the fold leaves out what is asked for too late.

mod api;
mod ask;
mod connections;
pub mod fair;
pub mod interval;
mod news;
mod now;
mod polls;
mod refresh;
mod route;
mod token;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use milepost_carriers::live::Credentials;
use milepost_model::Retention;
use milepost_net::source::ReadSecret;
use milepost_net::{Exchange, Functions};
use milepost_store::{SealKey, Store};

pub use connections::Connections;
pub use polls::begin_polls;
pub use refresh::{Refreshed, Refresher};

/// Reads the key under which tokens are sealed: only who asks a carrier needs it.
pub type ReadSeal = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<SealKey, String>> + Send>> + Send + Sync>;

/// What asking takes.
#[derive(Clone)]
pub struct LiveParts {
    /// The table.
    pub store: Store,
    /// Where connections are found.
    pub connections: Connections,
    /// Calls to carriers.
    pub exchange: Exchange,
    /// Calls to functions of the operator's own.
    pub functions: Functions,
    /// Reads a connection's credentials.
    pub secrets: ReadSecret,
    /// Reads the key that seals tokens.
    pub seal: ReadSeal,
    /// How long what comes is kept.
    pub retention: Retention,
    /// The clock: an answer arrives when it comes, not when it was asked for.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

/// Asks carriers. Clones are cheap and share what they have found.
#[derive(Clone)]
pub struct Live {
    parts: LiveParts,
    kept: Arc<Kept>,
}

/// What is kept in memory between events.
#[derive(Default)]
struct Kept {
    /// Credentials by their references, until when they are believed.
    credentials: Mutex<HashMap<String, (Credentials, Timestamp)>>,
    seal: Mutex<Option<SealKey>>,
    calls: AtomicU64,
}

impl Live {
    /// Over its parts.
    pub fn new(parts: LiveParts) -> Self {
        Self {
            parts,
            kept: Arc::default(),
        }
    }

    /// Where connections are found.
    pub fn connections(&self) -> &Connections {
        &self.parts.connections
    }

    fn now(&self) -> Timestamp {
        (self.parts.now)()
    }

    fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Names a call: the instant, and a number.
    fn call_id(&self) -> String {
        let nth = self.kept.calls.fetch_add(1, Ordering::Relaxed);
        format!("milepost-{}-{nth}", self.now().as_millisecond())
    }
}

/// So many seconds later.
fn after(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at)
}
