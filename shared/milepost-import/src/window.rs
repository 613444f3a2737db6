//! Events wait here until more of their parcel have come: a bundle of eight costs what a bundle of one costs.
//!
//! 1. rows go to their parcel's draft; an exact repeat of an event's latest report changes nothing and is counted
//! 2. a draft that is full, or that a `replace` row ends, leaves at once
//! 3. over the budget, the parcels whose first row is oldest leave until the window is 90 % full

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use milepost_carriers::layout::Item;
use milepost_model::{EventIdentity, MAX_BUNDLE_BYTES, MAX_BUNDLE_EVENTS, TrackingNumber};
use milepost_store::BundleDraft;

/// What a parcel in the window takes besides its draft: two copies of the number, the map's and the queue's entry.
const PARCEL_BYTES: usize = 320;

/// What is kept of each event to know an exact repeat.
const SEEN_BYTES: usize = 16;

/// A window over its budget is emptied to this share of it: emptied whole, the same file costs two thirds more writes.
const KEPT_PERCENT: usize = 90;

/// The window of one feed file.
#[derive(Debug)]
pub(crate) struct Window {
    parcels: HashMap<TrackingNumber, Waiting>,
    /// Parcels by their first row. An entry whose parcel has left and come back is stale.
    queue: VecDeque<(u64, TrackingNumber)>,
    bytes: usize,
    budget: usize,
}

/// A parcel's draft as it leaves.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) number: TrackingNumber,
    pub(crate) draft: BundleDraft,
    pub(crate) first_offset: u64,
    pub(crate) newest: Timestamp,
    pub(crate) replaces: bool,
    /// Whether it left because it was full.
    pub(crate) full: bool,
}

#[derive(Debug)]
struct Waiting {
    draft: BundleDraft,
    first_offset: u64,
    newest: Timestamp,
    replaces: bool,
    /// Of each event the latest report's content.
    seen: Vec<(u64, u64)>,
}

/// What adding a row did.
#[derive(Debug, Default)]
pub(crate) struct Added {
    pub(crate) events: u64,
    pub(crate) facts: u64,
    pub(crate) duplicates: u64,
    pub(crate) new_parcel: bool,
}

impl Window {
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            parcels: HashMap::new(),
            queue: VecDeque::new(),
            bytes: 0,
            budget,
        }
    }

    /// Adds a row; drafts that end with it are pushed to `leaving`.
    pub(crate) fn add(&mut self, item: &Item, offset: u64, arrived: Timestamp, leaving: &mut Vec<Leaving>) -> Added {
        if item.replaces {
            leaving.extend(self.take(&item.number, false));
        }
        let mut added = Added::default();
        for event in &item.events {
            let newest = event.time.as_if_utc();
            let waiting = self.waiting(&item.number, offset, item.replaces, newest, &mut added);
            let identity = EventIdentity::of(event);
            let content = BundleDraft::content_hash(event);
            let identity = short(&identity);
            match waiting.seen.iter_mut().find(|(seen, _)| *seen == identity) {
                Some((_, latest)) if *latest == content => {
                    added.duplicates += 1;
                    continue;
                }
                Some((_, latest)) => *latest = content,
                None => waiting.seen.push((identity, content)),
            }
            let before = waiting.draft.bytes();
            waiting.draft.push_event(offset, event);
            waiting.newest = waiting.newest.max(newest);
            let grown = waiting.draft.bytes() - before + SEEN_BYTES;
            let full = waiting.draft.events() >= MAX_BUNDLE_EVENTS || waiting.draft.bytes() >= MAX_BUNDLE_BYTES;
            self.bytes += grown;
            added.events += 1;
            if full {
                leaving.extend(self.take(&item.number, true));
            }
        }
        for fact in &item.facts {
            let newest = fact
                .as_of
                .as_ref()
                .map_or(arrived, milepost_model::EventTime::as_if_utc);
            let waiting = self.waiting(&item.number, offset, item.replaces, newest, &mut added);
            let before = waiting.draft.bytes();
            waiting.draft.push_fact(offset, fact);
            waiting.newest = waiting.newest.max(newest);
            let grown = waiting.draft.bytes() - before;
            let full = waiting.draft.bytes() >= MAX_BUNDLE_BYTES;
            self.bytes += grown;
            added.facts += 1;
            if full {
                leaving.extend(self.take(&item.number, true));
            }
        }
        added
    }

    fn waiting(
        &mut self,
        number: &TrackingNumber,
        offset: u64,
        replaces: bool,
        newest: Timestamp,
        added: &mut Added,
    ) -> &mut Waiting {
        match self.parcels.entry(number.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                added.new_parcel = true;
                self.queue.push_back((offset, number.clone()));
                self.bytes += PARCEL_BYTES;
                entry.insert(Waiting {
                    draft: BundleDraft::default(),
                    first_offset: offset,
                    newest,
                    replaces,
                    seen: Vec::new(),
                })
            }
        }
    }

    fn take(&mut self, number: &TrackingNumber, full: bool) -> Option<Leaving> {
        let Waiting {
            draft,
            first_offset,
            newest,
            replaces,
            seen,
        } = self.parcels.remove(number)?;
        self.bytes = self
            .bytes
            .saturating_sub(PARCEL_BYTES + draft.bytes() + seen.len() * SEEN_BYTES);
        Some(Leaving {
            number: number.clone(),
            draft,
            first_offset,
            newest,
            replaces,
            full,
        })
    }

    /// The parcel whose first row is oldest, while the window holds more than it keeps of its budget.
    pub(crate) fn evict(&mut self) -> Option<Leaving> {
        if self.bytes > self.budget / 100 * KEPT_PERCENT {
            self.pop()
        } else {
            None
        }
    }

    /// Whether parcels have to leave.
    pub(crate) fn is_over_budget(&self) -> bool {
        self.bytes > self.budget
    }

    /// The parcel whose first row is oldest.
    pub(crate) fn pop(&mut self) -> Option<Leaving> {
        loop {
            let (offset, number) = self.queue.pop_front()?;
            if self
                .parcels
                .get(&number)
                .is_some_and(|waiting| waiting.first_offset == offset)
            {
                return self.take(&number, false);
            }
        }
    }

    /// The smallest offset that is still inside.
    pub(crate) fn oldest_offset(&mut self) -> Option<u64> {
        while let Some((offset, number)) = self.queue.front() {
            if self
                .parcels
                .get(number)
                .is_some_and(|waiting| waiting.first_offset == *offset)
            {
                return Some(*offset);
            }
            self.queue.pop_front();
        }
        None
    }
}

fn short(identity: &EventIdentity) -> u64 {
    let mut hasher = DefaultHasher::new();
    identity.as_bytes().hash(&mut hasher);
    hasher.finish()
}
