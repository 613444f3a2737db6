//! What the table has already is left out: a carrier's cumulative file comes again and again with a few rows more, and
//! reading a parcel costs a fifth of writing it and wakes no notifier.
//!
//! 1. bundles gather in groups
//! 2. of the first group of a file a sample is compared with the table; what is known is not put, but counted
//! 3. where at least half of what was compared is known, the rest of the group is compared too, and every group behind it,
//!    until one is news for the most part: then the next sample is taken two groups later, four, and so on to forty
//!
//! A group is compared once everything before it is acknowledged, so that a parcel that comes twice in one file meets
//! its former self in the table.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use milepost_model::{Bundle, is_known};
use milepost_store::{BATCH, BundlePut, FileCounts, Store, StoreError, Used};

use crate::commit::Commit;

/// Bundles of a group: a batch's.
const GROUP: usize = BATCH;

/// Bundles of a group that are compared where the group before was not sifted, and parcels that are read at once: each
/// may hold sixteen bundles of 64 KB. A file with fewer is put as it is: there is little to save.
const SAMPLE: usize = 8;

/// In a long file of news one group of so many is sampled: that adds two parts in a thousand to what the writes cost.
const MAX_GAP: usize = 40;

/// Bytes of the window for one event or fact that was left out and may be read again. A row in the window takes more, so
/// they are as many only in a file in which one parcel waits while others fill bundle after bundle; then what comes is
/// put whole for a while.
const BYTES_UNSETTLED: usize = 100;

/// A bundle, and the offset of its first row.
type Waiting = (BundlePut, u64);

/// What came of comparing a bundle.
enum Look {
    Known(Bundle),
    News,
    /// It was not compared: another bundle of its parcel in the same group is not in the table yet.
    Deferred,
}

/// Bundles of one file on their way to [`Commit`].
pub(crate) struct Sieve {
    store: Store,
    commit: Commit,
    arrived_s: i64,
    group: Vec<Waiting>,
    /// Groups that are put whole before the next is sampled, and how many they were from the beginning.
    unlooked: usize,
    gap: usize,
    /// Whether half of what was compared last was known.
    sifting: bool,
    max_unsettled: usize,
    /// The offsets of events and facts that were left out, while their rows may be read again.
    events: Vec<u64>,
    facts: Vec<u64>,
    read_units: f64,
}

impl Sieve {
    /// A sieve for a file that arrived at an instant, behind a window of so many bytes.
    pub(crate) fn new(store: Store, arrived: Timestamp, window_bytes: usize) -> Self {
        Self {
            commit: Commit::new(store.clone()),
            store,
            arrived_s: arrived.as_second(),
            group: Vec::with_capacity(GROUP),
            unlooked: 0,
            gap: 0,
            sifting: false,
            max_unsettled: window_bytes / BYTES_UNSETTLED,
            events: Vec::new(),
            facts: Vec::new(),
            read_units: 0.0,
        }
    }

    /// Takes a bundle whose first row is at `offset`; waits while too much is under way. `may_look` is false where no time
    /// is left to compare: putting is quicker.
    ///
    /// # Errors
    /// The error of any read or write so far: the run ends, and its checkpoint stays where it was.
    pub(crate) async fn put(
        &mut self,
        bundle: BundlePut,
        offset: u64,
        may_look: bool,
        counts: &mut FileCounts,
    ) -> Result<(), StoreError> {
        self.group.push((bundle, offset));
        if self.group.len() == GROUP {
            self.pass(may_look, counts).await?;
        }
        Ok(())
    }

    /// Waits until everything is acknowledged.
    ///
    /// # Errors
    /// The error of any read or write.
    pub(crate) async fn flush(&mut self, may_look: bool, counts: &mut FileCounts) -> Result<(), StoreError> {
        self.pass(may_look, counts).await?;
        self.commit.flush().await
    }

    /// Puts the group, without what of it was compared and is known.
    async fn pass(&mut self, may_look: bool, counts: &mut FileCounts) -> Result<(), StoreError> {
        let group = std::mem::replace(&mut self.group, Vec::with_capacity(GROUP));
        let unsettled = self.events.len() + self.facts.len();
        let may_look = may_look && unsettled <= self.max_unsettled && (self.sifting || group.len() >= SAMPLE);
        if self.unlooked > 0 || !may_look {
            self.unlooked = self.unlooked.saturating_sub(1);
            return self.put_all(group, counts).await;
        }
        self.commit.flush().await?;
        let mut numbers = BTreeSet::new();
        let mut bundles = group.iter().map(|(put, _)| {
            let bundle = put.bundle()?;
            numbers.insert(bundle.number.clone()).then_some(bundle)
        });
        let first = if self.sifting { GROUP } else { SAMPLE };
        let mut looks = self.look_at(bundles.by_ref().take(first).collect()).await?;
        self.sifting = is_half_known(&looks);
        if self.sifting {
            looks.extend(self.look_at(bundles.collect()).await?);
            self.gap = 0;
        } else {
            self.gap = (2 * self.gap + 1).min(MAX_GAP - 1);
            self.unlooked = self.gap;
        }
        self.sift(group, looks, counts).await
    }

    /// Compares bundles with the table, each in its place.
    async fn look_at(&mut self, bundles: Vec<Option<Bundle>>) -> Result<Vec<Look>, StoreError> {
        let looks = bundles
            .into_iter()
            .map(|bundle| look(&self.store, bundle, self.arrived_s));
        let looks: Vec<_> = stream::iter(looks).buffered(SAMPLE).try_collect().await?;
        let (looks, units): (Vec<_>, Vec<f64>) = looks.into_iter().unzip();
        self.read_units += units.iter().sum::<f64>();
        Ok(looks)
    }

    /// `looks` are of the group's first bundles; the others are put.
    async fn sift(&mut self, group: Vec<Waiting>, looks: Vec<Look>, counts: &mut FileCounts) -> Result<(), StoreError> {
        let mut news = Vec::new();
        let looks = looks.into_iter().chain(std::iter::repeat_with(|| Look::News));
        for (waiting, look) in group.into_iter().zip(looks) {
            match look {
                Look::Known(bundle) => {
                    counts.known.get_or_insert(0);
                    self.events.extend(bundle.events.iter().map(|event| event.offset));
                    self.facts.extend(bundle.facts.iter().map(|fact| fact.offset));
                }
                Look::News | Look::Deferred => news.push(waiting),
            }
        }
        self.put_all(news, counts).await
    }

    async fn put_all(&mut self, group: Vec<Waiting>, counts: &mut FileCounts) -> Result<(), StoreError> {
        counts.bundles += group.len() as u64;
        for (bundle, offset) in group {
            self.commit.put(bundle, offset).await?;
        }
        Ok(())
    }

    /// The smallest offset not yet acknowledged or known.
    pub(crate) fn oldest_offset(&self) -> Option<u64> {
        let waiting = self.group.iter().map(|(_, offset)| *offset);
        waiting.chain(self.commit.oldest_offset()).min()
    }

    /// What it cost so far.
    pub(crate) fn used(&self) -> Used {
        Used {
            read_units: self.read_units,
            ..self.commit.used
        }
    }

    /// Rows before `stored` are not read again: what was left out of them was counted as stored, and is known.
    pub(crate) fn settle(&mut self, stored: u64, counts: &mut FileCounts) {
        if let Some(known) = &mut counts.known {
            let events = take_before(&mut self.events, stored);
            let facts = take_before(&mut self.facts, stored);
            counts.events = counts.events.saturating_sub(events);
            counts.facts = counts.facts.saturating_sub(facts);
            *known += events + facts;
        }
    }
}

/// Compares a bundle with the table, and says what that cost in read units.
async fn look(store: &Store, bundle: Option<Bundle>, arrived_s: i64) -> Result<(Look, f64), StoreError> {
    let Some(bundle) = bundle else {
        return Ok((Look::Deferred, 0.0));
    };
    let stored = store.few_bundles(&bundle.number, &bundle.carrier, arrived_s).await?;
    let known = stored.bundles.is_some_and(|stored| is_known(&bundle, &stored));
    let look = if known { Look::Known(bundle) } else { Look::News };
    Ok((look, stored.used.read_units))
}

fn is_half_known(looks: &[Look]) -> bool {
    let count = |is: fn(&Look) -> bool| looks.iter().filter(|look| is(look)).count();
    2 * count(|look| matches!(look, Look::Known(_))) >= count(|look| !matches!(look, Look::Deferred))
}

fn take_before(offsets: &mut Vec<u64>, stored: u64) -> u64 {
    let before = offsets.len();
    offsets.retain(|offset| *offset >= stored);
    (before - offsets.len()) as u64
}
