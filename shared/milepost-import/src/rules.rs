//! What an importer refuses besides what the layout refuses: items by whom and when they came, and whole files.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use milepost_carriers::layout::{Item, Refusal};
use milepost_carriers::{Codes, Known, carrier};
use milepost_model::{CarrierCode, EventTime, RejectReason, Retention, TrackingEvent, TrackingNumber};
use milepost_store::FileCounts;

use crate::ImportError;

/// Events that one file may have for one number before the number counts as a placeholder.
const MAX_EVENTS_OF_NUMBER: u64 = 2_000;

/// Numbers whose events are counted: those that filled a bundle. A placeholder fills one soon.
const MAX_BUSY_NUMBERS: usize = 10_000;

/// An event may be dated so much later than it arrived: clocks differ, and zones are not known yet.
const FUTURE_SECONDS: i64 = 2 * 86_400;

/// An unplaced wall time is at most this far from UTC.
const ZONE_SECONDS: i64 = 14 * 3_600;

/// Unknown codes that are counted for a file: whoever has more has the wrong column.
const MAX_UNKNOWN: usize = 50;

/// A longer code, in bytes, is no code.
const MAX_CODE: usize = 64;

/// A whole file of fewer rows is not judged by its share of rejects.
const FEW_ROWS: u64 = 50;

/// The rules for the items of one file.
pub(crate) struct ItemRules<'a> {
    carrier: &'a CarrierCode,
    arrived: Timestamp,
    retention: Retention,
    busy: HashMap<TrackingNumber, u64>,
    /// The carrier's table of event codes.
    codes: Option<&'static Codes>,
}

impl<'a> ItemRules<'a> {
    /// For a file of `carrier` that was first seen at `arrived`.
    pub(crate) fn new(code: &'a CarrierCode, arrived: Timestamp, retention: Retention) -> Self {
        Self {
            carrier: code,
            arrived,
            retention,
            busy: HashMap::new(),
            codes: carrier(code).and_then(|known| known.codes),
        }
    }

    /// Takes note of a bundle that was full.
    pub(crate) fn count_full(&mut self, number: &TrackingNumber, events: usize) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        if let Some(count) = self.busy.get_mut(number) {
            *count += events;
        } else if self.busy.len() < MAX_BUSY_NUMBERS {
            self.busy.insert(number.clone(), events);
        }
    }

    /// An item of the file, without what is dated too late or too early.
    ///
    /// # Errors
    /// Why the item as a whole is refused; also when nothing is left of it.
    pub(crate) fn check(&self, mut item: Item) -> Result<Item, Refusal> {
        if item.carrier.as_ref().is_some_and(|carrier| carrier != self.carrier) {
            return Err((
                RejectReason::OtherCarrier,
                format!("the file is read as one of {}", self.carrier),
            ));
        }
        let events = self.busy.get(&item.number);
        if events.is_some_and(|events| *events > MAX_EVENTS_OF_NUMBER) {
            let hint = format!("more than {MAX_EVENTS_OF_NUMBER} events of one number in one file");
            return Err((RejectReason::TooManyForNumber, hint));
        }
        let mut refused = None;
        let mut is_good = |time: &EventTime| {
            let refusal = self.misdated(time);
            let good = refusal.is_none();
            refused = refusal.or(refused.take());
            good
        };
        item.events.retain(|event| is_good(&event.time));
        item.facts.retain(|fact| fact.as_of.as_ref().is_none_or(&mut is_good));
        match refused {
            Some(refusal) if item.events.is_empty() && item.facts.is_empty() => Err(refusal),
            Some((_, hint)) => {
                item.warnings
                    .insert(0, format!("a part of the row is left out: {hint}"));
                Ok(item)
            }
            None => Ok(item),
        }
    }

    /// Counts the code of an event that nothing gives a meaning: neither its file, nor its layout, nor its carrier's
    /// table.
    pub(crate) fn count_unknown(&self, counts: &mut BTreeMap<String, u64>, event: &TrackingEvent) {
        let TrackingEvent {
            code,
            carrier_detail_code,
            ..
        } = event;
        let said = event.detail.is_some() || event.status.is_some() || code.is_empty();
        let is_unknown = |codes: &Codes| codes.known(code, carrier_detail_code) == Known::Unknown;
        if said || !self.codes.is_some_and(is_unknown) {
            return;
        }
        if let Some(count) = counts.get_mut(code) {
            *count += 1;
        } else if code.len() <= MAX_CODE && counts.len() < MAX_UNKNOWN {
            counts.insert(code.clone(), 1);
        }
    }

    fn misdated(&self, time: &EventTime) -> Option<Refusal> {
        let (at, arrived) = (time.as_if_utc(), self.arrived.as_second());
        let slack = if time.stated_instant().is_some() {
            0
        } else {
            ZONE_SECONDS
        };
        if at.as_second() - slack > arrived + FUTURE_SECONDS {
            let hint = "more than two days after the file was first seen";
            return Some((RejectReason::Future, hint.to_owned()));
        }
        (self.retention.expires_at(at) <= arrived).then(|| {
            let hint = format!("older than the retention of {} days", self.retention.days);
            (RejectReason::Expired, hint)
        })
    }
}

/// Judges a file that was read to its end. A few rows say little, unless none of them was any good.
///
/// # Errors
/// As [`judge`].
pub(crate) fn judge_whole(counts: &FileCounts, max_percent: u8, file: &str, line: u64) -> Result<(), ImportError> {
    if counts.rows >= FEW_ROWS || counts.rejected.values().sum::<u64>() == counts.rows {
        judge(counts, max_percent, file, line)
    } else {
        Ok(())
    }
}

/// Judges a file by its rows so far, the last of which ended in `line`.
///
/// # Errors
/// [`ImportError::TooManyRejects`] ends a file that is not what its layout says.
pub(crate) fn judge(counts: &FileCounts, max_percent: u8, file: &str, line: u64) -> Result<(), ImportError> {
    let judged = counts.rejected.iter().filter(|(reason, _)| is_judged(**reason));
    let rejected: u64 = judged.map(|(_, count)| count).sum();
    if rejected * 100 <= counts.rows * u64::from(max_percent) {
        return Ok(());
    }
    let most = counts.rejected.iter().max_by_key(|(_, count)| **count);
    Err(ImportError::TooManyRejects {
        file: file.to_owned(),
        rejected,
        rows: counts.rows,
        most: most.map_or("", |(reason, _)| reason.as_str()),
        line,
    })
}

/// Rows that are old, of erased parcels, or that the carrier itself reports as errors say nothing against the layout.
fn is_judged(reason: RejectReason) -> bool {
    !matches!(
        reason,
        RejectReason::Expired | RejectReason::Forgotten | RejectReason::ReportedByCarrier
    )
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use milepost_model::{DetailCode, Wall, WrittenZone};

    use super::*;

    fn counted(carrier: &str, change: impl Fn(u64, &mut TrackingEvent), events: u64) -> Vec<(String, u64)> {
        let carrier = CarrierCode::parse(carrier).unwrap();
        let rules = ItemRules::new(&carrier, Timestamp::UNIX_EPOCH, Retention::default());
        let mut codes = BTreeMap::new();
        for nth in 0..events {
            let mut event = TrackingEvent::at(EventTime {
                wall: Wall::At(date(2026, 11, 20).at(9, 0, 0, 0)),
                zone: WrittenZone::Unstated,
            });
            change(nth, &mut event);
            rules.count_unknown(&mut codes, &event);
        }
        codes.into_iter().collect()
    }

    #[test]
    fn codes_without_a_meaning_are_counted() {
        let of = |code: &'static str| move |_, event: &mut TrackingEvent| event.code = code.to_owned();
        assert_eq!(counted("usps", of("01"), 2), []);
        assert_eq!(counted("usps", of("Q9"), 2), [("Q9".to_owned(), 2)]);
        assert_eq!(counted("usps", of(""), 2), []);
        assert_eq!(counted("acme", of("Q9"), 2), [], "a carrier without a table");
        let told = |_, event: &mut TrackingEvent| {
            event.code = "Q9".to_owned();
            event.detail = Some(DetailCode::Delivered);
        };
        assert_eq!(counted("usps", told, 2), [], "the layout gives it a meaning");
    }

    #[test]
    fn a_wrong_column_fills_no_memory() {
        let texts = |nth, event: &mut TrackingEvent| event.code = format!("{nth} Main Street");
        let counted = counted("usps", texts, 1_000);
        assert_eq!(counted.len(), MAX_UNKNOWN);
    }
}
