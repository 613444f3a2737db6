//! The tick: polls that are due, the most urgent first, fair between accounts, within each quota.

mod group;
mod poll;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use futures_util::StreamExt;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use milepost_model::{AccountId, CarrierCode, LiveKey, Scope};
use milepost_store::{DUE_SHARDS, DueEntry, DueKind, DueTick};

use super::fair::Turn;
use super::interval::Urgency;
use super::polls::read_payload;
use super::{Live, after};
use crate::TrackError;

/// Entries of one shard that one tick takes: four shards make 2,000, which at half a second each and eight at a time
/// are two minutes' work of one minute's function; more wait for the next tick.
const TAKEN: usize = 500;

/// Quotas that are worked through at the same time.
const AT_ONCE: usize = 8;

/// A tick begins no poll after this: the function has a minute, and an answer may take fifteen seconds.
const WORK_SECONDS: i64 = 35;

/// Entries that were handled are read again for an hour (they lie in the stretch that each tick looks back); so long
/// they are remembered, and then forgotten.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(75);

/// Handled entries that are remembered at most, some ten megabytes of them. A repeat that is not remembered costs a read.
const MAX_REMEMBERED: usize = 60_000;

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Entries that were due and not handled before.
    pub due: usize,
    /// Parcels that were asked about.
    pub polled: usize,
    /// Calls to carriers that this took.
    pub calls: usize,
    /// Polls of which something was new.
    pub news: usize,
    /// Polls without an answer, to be made again soon, or with one that cannot be read.
    pub failed: usize,
    /// Polls that found no quota and were put off.
    pub put_off: usize,
    /// Chains that ended: delivered, silent, fed by imports, or nobody follows.
    pub ended: usize,
    /// Polls that this tick had no time for; the next one makes them.
    pub left: usize,
    /// How long the oldest poll that is put off or left has been waiting, in seconds.
    pub oldest_seconds: u64,
}

/// Goes on with polls that are due.
pub struct Refresher {
    live: Live,
    handled: Mutex<HashSet<(String, i64)>>,
}

/// A poll that is due.
#[derive(Debug, Clone)]
struct Due {
    key: LiveKey,
    account: AccountId,
    urgency: Urgency,
    at: Timestamp,
    /// The entry's own id, by which it is remembered.
    entry: (String, i64),
}

impl Turn for Due {
    fn account(&self) -> &AccountId {
        &self.account
    }
    fn urgency(&self) -> Urgency {
        self.urgency
    }
}

/// Whose connection asks: polls of one group share a route.
type Group = (Scope, CarrierCode, Option<AccountId>);

impl Refresher {
    /// Over what asks.
    pub fn new(live: Live) -> Self {
        Self {
            live,
            handled: Mutex::default(),
        }
    }

    /// Makes the polls that are due, as far as quotas and the function's time go.
    ///
    /// # Errors
    /// The table's; the next tick does what this one could not.
    pub async fn tick(&self) -> Result<Refreshed, TrackError> {
        let now = self.live.now();
        let deadline = after(now, WORK_SECONDS);
        let mut ticks: Vec<DueTick> = Vec::new();
        for shard in 0..DUE_SHARDS {
            ticks.push(
                self.live
                    .store()
                    .due_now(DueKind::Poll, shard, now.as_millisecond(), TAKEN)
                    .await?,
            );
        }
        let entries = ticks.iter().flat_map(|tick| &tick.entries);
        let due: Vec<Due> = entries.filter_map(|entry| self.read(entry)).collect();
        let mut refreshed = Refreshed {
            due: due.len(),
            ..Refreshed::default()
        };
        let mut groups: BTreeMap<Group, Vec<Due>> = BTreeMap::new();
        for poll in due {
            groups.entry(group_of(&poll)).or_default().push(poll);
        }
        let work = groups.into_values().map(|polls| self.work_through(polls, deadline));
        let mut work = stream::iter(work).buffer_unordered(AT_ONCE);
        let mut failure = None;
        while let Some(done) = work.next().await {
            match done {
                Ok(done) => refreshed.add(&done),
                Err(error) => failure = Some(error),
            }
        }
        if let Some(error) = failure {
            return Err(error.into());
        }
        // What is left is read again from the same mark.
        if refreshed.left == 0 {
            for tick in &ticks {
                self.live.store().settle_due(tick).await?;
            }
        }
        self.forget(now);
        Ok(refreshed)
    }

    /// An entry that was not handled before.
    fn read(&self, entry: &DueEntry) -> Option<Due> {
        let name = (entry.id.clone(), entry.due_ms);
        let handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        if handled.contains(&name) {
            return None;
        }
        let (key, payload) = (LiveKey::parse(&entry.id), read_payload(&entry.payload));
        let at = Timestamp::from_millisecond(entry.due_ms).ok();
        let (Some(key), Some((account, urgency)), Some(at)) = (key, payload, at) else {
            tracing::warn!("a due poll cannot be read");
            return None;
        };
        Some(Due {
            key,
            account,
            urgency,
            at,
            entry: name,
        })
    }

    fn handled(&self, poll: &Due) {
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        if handled.len() < MAX_REMEMBERED {
            handled.insert(poll.entry.clone());
        }
    }

    fn forget(&self, now: Timestamp) {
        let since = now.as_millisecond() - REMEMBERED.as_secs() * 1000;
        let mut handled = self.handled.lock().unwrap_or_else(PoisonError::into_inner);
        handled.retain(|(_, due_ms)| *due_ms > since);
    }
}

impl Refreshed {
    fn add(&mut self, other: &Self) {
        self.polled += other.polled;
        self.calls += other.calls;
        self.news += other.news;
        self.failed += other.failed;
        self.put_off += other.put_off;
        self.ended += other.ended;
        self.left += other.left;
        self.oldest_seconds = self.oldest_seconds.max(other.oldest_seconds);
    }

    /// Notes a poll that waits on.
    fn waits(&mut self, poll: &Due, now: Timestamp) {
        let waited = now.duration_since(poll.at).as_secs();
        self.oldest_seconds = self.oldest_seconds.max(u64::try_from(waited).unwrap_or(0));
    }
}

fn group_of(poll: &Due) -> Group {
    let owner = match poll.key.scope {
        Scope::Account(_) => Some(poll.account.clone()),
        Scope::Shared => None,
    };
    (poll.key.scope.clone(), poll.key.carrier.clone(), owner)
}
