//! What is due when: polls, parked retries of webhooks, connections.
//!
//! Entries of one kind and shard lie in partitions of a quarter of an hour, sorted by the instant. A tick reads from a
//! mark to now and then moves the mark; TTL deletes what was read. No index is needed.

use sha2::{Digest, Sha256};

use crate::items::due::{from_item, to_item};
use crate::items::{checked, key_item};
use crate::keys::{QUARTER_HOUR_MS, due_partition, quarter_hour, sortable_ms};
use crate::listing::{Listing, Part};
use crate::{Key, Store, StoreError};

/// Into how many shards each kind is cut. A partition takes 1,000 write units a second, and a new on-demand table 4,000;
/// each further shard costs a tick two reads.
pub const DUE_SHARDS: u8 = 4;

/// An entry lives so long past its instant. A hub that was off for a long weekend (or a laptop that was closed) still
/// finds its parked retries.
const KEPT_DAYS: i64 = 7;

/// A connection's slot, without which it would never run again, outlasts any pause.
const CONNECTION_KEPT_DAYS: i64 = 400;

const DAY: i64 = 86_400;

/// Quarter hours that one read visits at most: a day of them, so that a tick after an outage is bounded.
const MAX_QUARTERS: usize = 96;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DueKind {
    /// Ask a carrier about a parcel.
    Poll,
    /// Send a webhook again.
    Retry,
    /// Look at a connection.
    Connection,
}

impl DueKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Poll, Self::Retry, Self::Connection];

    /// Its name in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Retry => "retry",
            Self::Connection => "connection",
        }
    }

    fn kept_days(self) -> i64 {
        match self {
            Self::Poll | Self::Retry => KEPT_DAYS,
            Self::Connection => CONNECTION_KEPT_DAYS,
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Something that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEntry {
    /// What, in the words of its kind.
    pub id: String,
    /// When, in Unix milliseconds.
    pub due_ms: i64,
    /// What the kind wants to know besides.
    pub payload: String,
}

/// A stretch of time of one kind and shard, to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWindow {
    pub(crate) kind: DueKind,
    pub(crate) shard: u8,
    /// The quarter hour that is read next.
    pub(crate) quarter: i64,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// The sort key behind which reading goes on.
    pub(crate) behind: Option<String>,
}

impl DueWindow {
    /// From one instant to another, both included, in Unix milliseconds. What is older than entries live is left out.
    pub fn new(kind: DueKind, shard: u8, from_ms: i64, to_ms: i64) -> Self {
        let oldest = to_ms.saturating_sub(kind.kept_days() * DAY * 1000);
        let from_ms = from_ms.max(oldest).max(0);
        Self {
            kind,
            shard,
            quarter: quarter_hour(from_ms),
            from_ms,
            to_ms,
            behind: None,
        }
    }
}

/// What one read of a window gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePage {
    /// In order of their instants.
    pub entries: Vec<DueEntry>,
    /// What is left of the window; `None` when all of it was read.
    pub rest: Option<DueWindow>,
}

/// The shard of an id.
fn shard(id: &str) -> u8 {
    let [first, ..] = Sha256::digest(id).0;
    first % DUE_SHARDS
}

impl Store {
    /// Puts a due entry, or puts it again.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::TooLarge`].
    pub async fn put_due(&self, kind: DueKind, id: &str, due_ms: i64, payload: &str) -> Result<(), StoreError> {
        let key = Key::Due {
            kind,
            shard: shard(id),
            due_ms,
            id: id.to_owned(),
        };
        let expires_at = due_ms.div_euclid(1000) + kind.kept_days() * DAY;
        let item = checked("due entry", to_item(&key, payload, expires_at))?;
        self.do_put(self.put(item)).await?;
        Ok(())
    }

    /// Reads a window's entries, `limit` at most, and says what is left of it.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn due(&self, window: DueWindow, limit: usize) -> Result<DuePage, StoreError> {
        let mut entries = Vec::new();
        let mut window = window;
        for _ in 0..MAX_QUARTERS {
            if window.is_read() || entries.len() >= limit {
                break;
            }
            let listed = self.list(window.listing(limit - entries.len())).await?;
            for item in &listed.items {
                entries.push(self.read(from_item(item))?);
            }
            window.behind = listed
                .stopped_at
                .as_ref()
                .map(|at| crate::items::sort_key(at).to_owned());
            if window.behind.is_none() {
                window.quarter += 1;
            }
        }
        let rest = (!window.is_read()).then_some(window);
        Ok(DuePage { entries, rest })
    }
}

impl DueWindow {
    fn is_read(&self) -> bool {
        self.from_ms > self.to_ms || self.quarter > quarter_hour(self.to_ms)
    }

    /// Its part of the quarter hour that comes next.
    fn listing(&self, limit: usize) -> Listing {
        let partition = due_partition(self.kind, self.shard, self.quarter);
        let begins = self.from_ms.max(self.quarter * QUARTER_HOUR_MS);
        // `$` is the character after `#`: every id of the last millisecond is before it.
        let part = Part::Between(sortable_ms(begins), format!("{}$", sortable_ms(self.to_ms)));
        let behind = self.behind.as_ref().map(|sk| Key::parse(&partition, sk));
        Listing {
            behind: behind.and_then(Result::ok).map(|key| key_item(&key)),
            limit: Some(limit),
            ..Listing::of(partition, part)
        }
    }
}
