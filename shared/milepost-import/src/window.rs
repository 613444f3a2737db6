//! Events wait here until more of their parcel have come: a bundle of eight costs what a bundle of one costs.
//!
//! 1. rows go to their parcel's draft; an exact repeat of an event's latest report changes nothing and is counted
//! 2. a draft that is full, or that a `replace` row ends, leaves at once
//! 3. over the budget, the parcels whose first row is oldest leave until the window is 90 % full

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::RandomState;
use foldhash::quality::FixedState;
use jiff::Timestamp;
use milepost_carriers::layout::Item;
use milepost_model::{EventIdentity, MAX_BUNDLE_BYTES, MAX_BUNDLE_EVENTS, Place, TrackingEvent, TrackingNumber};
use milepost_store::BundleDraft;

/// What a parcel in the window takes besides its draft: two copies of the number, the map's and the queue's entry, and
/// what the heap rounds up. Counted too small, a file whose parcels wait with one event each takes more memory than
/// one of the same length whose parcels wait with all of theirs.
const PARCEL_BYTES: usize = 420;

/// What is kept of each event to know an exact repeat.
const SEEN_BYTES: usize = size_of::<Seen>();

/// A window over its budget is emptied to this share of it: emptied whole, the same file costs two thirds more writes.
const KEPT_PERCENT: usize = 90;

/// Entries of the queue that may be stale before it is cleaned: a file of `replace` rows makes one with each.
const MAX_STALE: usize = 1_024;

/// The window of one feed file.
#[derive(Debug)]
pub(crate) struct Window {
    /// Boxed, since a map has up to as much room again as it has entries.
    parcels: HashMap<TrackingNumber, Box<Waiting>, RandomState>,
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
    /// Of each event the latest report.
    seen: Vec<Seen>,
}

/// A report of an event. The two halves of 64 bits: among the hundred events of a bundle, no two differ in content and
/// agree here.
#[derive(Debug, Clone, Copy)]
struct Seen {
    identity: u32,
    content: u32,
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
            parcels: HashMap::default(),
            queue: VecDeque::new(),
            bytes: 0,
            budget,
        }
    }

    /// Adds a row; drafts that end with it are pushed to `leaving`.
    pub(crate) fn add(&mut self, item: &Item, offset: u64, arrived: Timestamp, leaving: &mut Vec<Leaving>) -> Added {
        self.clean_queue();
        if item.replaces {
            leaving.extend(self.take(&item.number, false));
        }
        let mut added = Added::default();
        for event in &item.events {
            let newest = event.time.as_if_utc();
            let waiting = self.waiting(&item.number, offset, item.replaces, newest, &mut added);
            let report = Seen::of(event);
            match waiting.seen.iter_mut().find(|seen| seen.identity == report.identity) {
                Some(latest) if latest.content == report.content => {
                    added.duplicates += 1;
                    continue;
                }
                Some(latest) => *latest = report,
                None => waiting.seen.push(report),
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
                entry.insert(Box::new(Waiting {
                    draft: BundleDraft::default(),
                    first_offset: offset,
                    newest,
                    replaces,
                    seen: Vec::new(),
                }))
            }
        }
    }

    /// Drops the queue's stale entries once they are as many as the others.
    fn clean_queue(&mut self) {
        if self.queue.len() > 2 * self.parcels.len() + MAX_STALE {
            let parcels = &self.parcels;
            let live = |(offset, number): &(u64, TrackingNumber)| {
                parcels
                    .get(number)
                    .is_some_and(|waiting| waiting.first_offset == *offset)
            };
            self.queue.retain(live);
        }
    }

    fn take(&mut self, number: &TrackingNumber, full: bool) -> Option<Leaving> {
        let Waiting {
            draft,
            first_offset,
            newest,
            replaces,
            seen,
        } = *self.parcels.remove(number)?;
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

impl Seen {
    fn of(event: &TrackingEvent) -> Self {
        // The event's identity itself is a SHA-256, which is wanted for what is kept longer than this window.
        let identity = FixedState::default().hash_one(EventIdentity::parts(event));
        let [a, b, c, d, ..] = identity.to_be_bytes();
        let TrackingEvent {
            time,
            code,
            carrier_detail_code,
            description,
            place,
            signer,
            company,
            piece,
            sequence,
            detail,
            status,
            proof_of_delivery_url,
        } = event;
        let Place {
            city,
            state,
            postal_code,
            country,
            coordinates,
        } = place;
        let coordinates = coordinates.map(|at| (at.latitude.to_bits(), at.longitude.to_bits()));
        let mut content = FixedState::default().build_hasher();
        (time, code, carrier_detail_code, description, signer, company).hash(&mut content);
        (city, state, postal_code, country, coordinates).hash(&mut content);
        (piece, sequence, detail, status, proof_of_delivery_url).hash(&mut content);
        let [e, f, g, h, ..] = content.finish().to_be_bytes();
        Self {
            identity: u32::from_be_bytes([a, b, c, d]),
            content: u32::from_be_bytes([e, f, g, h]),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use milepost_model::{EventTime, Wall, WrittenZone};

    use super::*;

    fn event(code: &str, minute: i8, city: &str) -> TrackingEvent {
        let time = EventTime {
            wall: Wall::At(date(2026, 11, 20).at(14, minute, 0, 0)),
            zone: WrittenZone::Unstated,
        };
        let mut event = TrackingEvent::at(time);
        event.code = code.to_owned();
        event.place.city = city.to_owned();
        event
    }

    fn item(number: &str, event: TrackingEvent) -> Item {
        Item {
            number: TrackingNumber::parse(number).unwrap(),
            carrier: None,
            events: vec![event],
            facts: Vec::new(),
            replaces: false,
            warnings: Vec::new(),
        }
    }

    /// Adds a row per item at offsets 0, 100, 200 and so on; what left at once, and what was added in all.
    fn filled(window: &mut Window, items: &[Item]) -> (Vec<Leaving>, Added) {
        let (mut leaving, mut all) = (Vec::new(), Added::default());
        for (nth, item) in (0..).zip(items) {
            let added = window.add(item, nth * 100, Timestamp::UNIX_EPOCH, &mut leaving);
            all.events += added.events;
            all.duplicates += added.duplicates;
        }
        (leaving, all)
    }

    #[track_caller]
    fn check_repeats(events: &[TrackingEvent], added: u64, duplicates: u64) {
        let items: Vec<Item> = events.iter().map(|event| item("PARCEL1", event.clone())).collect();
        let (_, all) = filled(&mut Window::new(usize::MAX), &items);
        assert_eq!((all.events, all.duplicates), (added, duplicates));
    }

    #[test]
    fn only_an_exact_repeat_of_the_latest_report_is_one() {
        let base = event("01", 3, "JOPLIN");
        let elsewhere = event("01", 3, "SARCOXIE");
        check_repeats(&[base.clone(), base.clone(), base.clone()], 1, 2);
        check_repeats(&[base.clone(), event("02", 3, "JOPLIN")], 2, 0);
        check_repeats(&[base.clone(), event("01", 4, "JOPLIN")], 2, 0);
        // A correction that is taken back is news.
        check_repeats(&[base.clone(), elsewhere, base.clone(), base.clone()], 3, 1);
        for say in [
            |event: &mut TrackingEvent| event.description.push('x'),
            |event: &mut TrackingEvent| event.place.postal_code.push('x'),
            |event: &mut TrackingEvent| event.signer.push('x'),
            |event: &mut TrackingEvent| event.company.push('x'),
            |event: &mut TrackingEvent| event.sequence = Some(0),
            |event: &mut TrackingEvent| event.time.zone = WrittenZone::Utc,
        ] {
            let mut other = base.clone();
            say(&mut other);
            check_repeats(&[base.clone(), other], 2, 0);
        }
    }

    #[test]
    fn another_parcel_is_no_repeat() {
        let base = event("01", 3, "JOPLIN");
        let (_, all) = filled(
            &mut Window::new(usize::MAX),
            &[item("PARCEL1", base.clone()), item("PARCEL2", base)],
        );
        assert_eq!((all.events, all.duplicates), (2, 0));
    }

    #[test]
    fn over_the_budget_the_oldest_leave() {
        let numbers: Vec<String> = (0..100).map(|nth| format!("PARCEL{nth:03}")).collect();
        let items: Vec<Item> = numbers
            .iter()
            .map(|number| item(number, event("01", 3, "JOPLIN")))
            .collect();
        let mut window = Window::new(100 * PARCEL_BYTES);
        filled(&mut window, &items);
        assert!(window.is_over_budget());
        let left: Vec<u64> = std::iter::from_fn(|| window.evict())
            .map(|leaving| leaving.first_offset)
            .collect();
        assert!(!window.is_over_budget());
        assert!((10..50).contains(&left.len()), "{left:?}");
        assert!(left.is_sorted());
        assert_eq!(window.oldest_offset(), left.last().map(|offset| offset + 100));
        while window.pop().is_some() {}
        assert_eq!((window.bytes, window.oldest_offset()), (0, None));
    }

    #[test]
    fn a_full_parcel_leaves_and_begins_anew() {
        let minutes = |minute: usize| event("01", i8::try_from(minute % 60).unwrap(), &(minute / 60).to_string());
        let items: Vec<Item> = (0..MAX_BUNDLE_EVENTS + 1)
            .map(|minute| item("PARCEL1", minutes(minute)))
            .collect();
        let mut window = Window::new(usize::MAX);
        let (leaving, _) = filled(&mut window, &items);
        let full: Vec<_> = leaving
            .iter()
            .map(|leaving| (leaving.full, leaving.draft.events()))
            .collect();
        assert_eq!(full, [(true, MAX_BUNDLE_EVENTS)]);
        assert_eq!(window.oldest_offset(), Some(100 * MAX_BUNDLE_EVENTS as u64));
    }

    #[test]
    fn a_replacing_row_ends_what_came_before_it() {
        let mut replacing = item("PARCEL1", event("02", 9, "JOPLIN"));
        replacing.replaces = true;
        let mut window = Window::new(usize::MAX);
        let (leaving, _) = filled(&mut window, &[item("PARCEL1", event("01", 3, "JOPLIN")), replacing]);
        assert_eq!(
            leaving.iter().map(|leaving| leaving.replaces).collect::<Vec<_>>(),
            [false]
        );
        assert!(
            window
                .pop()
                .is_some_and(|leaving| leaving.replaces && leaving.first_offset == 100)
        );
    }
}
