use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use milepost_contract::ship24::TrackerLine;
use milepost_model::{AccountId, Follower};
use milepost_store::Store;

use super::{parcels, tracker_of};
use crate::TrackError;

/// Numbers read at a time: a page of a hundred trackers takes a second.
const AT_ONCE: usize = 16;

/// Which trackers an export shows; an empty one shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sieve {
    /// One of these milestones; none: any.
    pub milestones: Vec<String>,
    /// More is expected, and nothing was heard for so many days or more.
    pub silent_days: Option<i64>,
    /// It should have been delivered by now.
    pub late: bool,
}

/// A page of an export.
#[derive(Debug)]
pub struct Exported {
    /// In the order of the trackers' creation. Of the trackers looked at, those that the sieve lets pass: often fewer.
    pub lines: Vec<TrackerLine>,
    /// The place to go on from; `None` at the end.
    pub next: Option<u64>,
}

/// Looks at `limit` of an account's trackers from a place on, and shows what has become of them.
///
/// # Errors
/// The table's.
pub async fn export(
    store: &Store,
    account: &AccountId,
    from: u64,
    limit: usize,
    sieve: &Sieve,
    now: Timestamp,
) -> Result<Exported, TrackError> {
    let trackers = store.trackers(account, from, limit).await?;
    let next = match trackers.last().and_then(tracker_of) {
        Some(last) if trackers.len() == limit => Some(last.id.place() + 1),
        _ => None,
    };
    let mut reads = Vec::with_capacity(trackers.len());
    for follower in trackers {
        reads.push(line(store, follower, now));
    }
    let lines: Vec<Option<TrackerLine>> = stream::iter(reads).buffered(AT_ONCE).try_collect().await?;
    Ok(Exported {
        lines: lines
            .into_iter()
            .flatten()
            .filter(|line| sieve.lets_pass(line))
            .collect(),
        next,
    })
}

async fn line(store: &Store, follower: Follower, now: Timestamp) -> Result<Option<TrackerLine>, TrackError> {
    let known = store.number(&follower.number, now.as_second()).await?;
    let parcels = parcels(&follower, &known);
    Ok(tracker_of(&follower).map(|tracker| TrackerLine::of(tracker, &parcels, now)))
}

impl Sieve {
    fn lets_pass(&self, line: &TrackerLine) -> bool {
        let silent = |days: i64| line.is_tracked && line.silent_days >= days;
        (self.milestones.is_empty() || self.milestones.contains(&line.status_milestone))
            && self.silent_days.is_none_or(silent)
            && (!self.late || line.is_late)
    }
}
