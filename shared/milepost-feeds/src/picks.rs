//! The values of one row that somebody asked for.

use std::fmt;
use std::ops::Range;

use crate::{Limits, RowFault};

/// The values of a row by the order in which they were asked for. Of several at one place the first that is not blank
/// counts.
///
/// It keeps no more bytes than a field and a record may have: [`Picks::fault`] tells of what did not fit.
#[derive(Clone)]
pub struct Picks {
    text: String,
    slots: Vec<Option<Range<usize>>>,
    fault: Option<RowFault>,
    limits: Limits,
}

impl Picks {
    /// Room for so many values.
    pub fn new(slots: usize, limits: &Limits) -> Self {
        Self {
            text: String::new(),
            slots: vec![None; slots],
            fault: None,
            limits: *limits,
        }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.text.clear();
        self.slots.fill(None);
        self.fault = None;
    }

    /// Forgets one value, and what was wrong.
    pub fn remove(&mut self, slot: usize) {
        self.fault = None;
        let Some(gone) = self.slots.get_mut(slot).and_then(Option::take) else {
            return;
        };
        // Every range was made by `put` and lies between letters.
        self.text.drain(gone.clone());
        for range in self.slots.iter_mut().flatten().filter(|range| range.start >= gone.end) {
            *range = range.start - gone.len()..range.end - gone.len();
        }
    }

    /// Keeps a value, unless there is one already or this one is blank.
    pub fn put(&mut self, slot: usize, value: &str) {
        let column = slot + 1;
        let Some(place) = self.slots.get_mut(slot).filter(|place| place.is_none()) else {
            return;
        };
        if value.trim().is_empty() {
            return;
        }
        if value.len() > self.limits.field_bytes {
            let limit = self.limits.field_bytes;
            self.fault = self.fault.or(Some(RowFault::FieldTooLong { column, limit }));
        } else if self.text.len() + value.len() > self.limits.record_bytes {
            let limit = self.limits.record_bytes;
            self.fault = self.fault.or(Some(RowFault::RecordTooLong { limit }));
        } else if value.contains('\0') {
            self.fault = self.fault.or(Some(RowFault::Nul { column }));
        } else {
            let start = self.text.len();
            self.text.push_str(value);
            *place = Some(start..self.text.len());
        }
    }

    /// Takes over what `other` has and this has not.
    pub fn fill_from(&mut self, other: &Self) {
        for slot in 0..self.slots.len() {
            if let Some(value) = other.get(slot) {
                self.put(slot, value);
            }
        }
    }

    /// Notes why the row is none. The first reason stays.
    pub fn spoil(&mut self, fault: RowFault) {
        self.fault = self.fault.or(Some(fault));
    }

    /// Why the row is none.
    pub fn fault(&self) -> Option<RowFault> {
        self.fault
    }

    /// A value, as it is written, spaces kept.
    pub fn get(&self, slot: usize) -> Option<&str> {
        let range = self.slots.get(slot)?.clone()?;
        self.text.get(range)
    }

    /// How many values were asked for.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing was asked for.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

impl fmt::Debug for Picks {
    /// Without content: rows carry names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picks")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_counts_and_limits_hold() {
        let limits = Limits {
            field_bytes: 4,
            record_bytes: 6,
            ..Limits::default()
        };
        let mut picks = Picks::new(3, &limits);
        picks.put(0, " ");
        picks.put(0, "Köl");
        picks.put(0, "Bonn");
        assert_eq!((picks.get(0), picks.get(1), picks.fault()), (Some("Köl"), None, None));
        picks.put(1, "abc");
        assert_eq!(picks.fault(), Some(RowFault::RecordTooLong { limit: 6 }));
        picks.clear();
        picks.put(1, "abcde");
        picks.put(1, "a\0");
        assert_eq!(picks.fault(), Some(RowFault::FieldTooLong { column: 2, limit: 4 }));
        assert!(!format!("{picks:?}").contains("abc"));
    }

    #[test]
    fn a_value_can_be_replaced_for_ever() {
        let mut picks = Picks::new(3, &Limits::default());
        picks.put(2, "last");
        for value in ["ä", "bb", ""].repeat(1_000) {
            picks.remove(1);
            picks.put(1, value);
            picks.remove(0);
            picks.put(0, "first");
            assert_eq!((picks.get(0), picks.get(2)), (Some("first"), Some("last")));
            assert_eq!(picks.get(1), Some(value).filter(|value| !value.is_empty()));
        }
        assert!(picks.text.len() < 20 && picks.fault().is_none());
    }
}
