use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Arrival, CarrierCode, EventIdentity, Fact, Scope, TrackingEvent, TrackingNumber, hash_of_texts};

/// A bundle ends at this many events: a lookup decodes it whole.
pub const MAX_BUNDLE_EVENTS: usize = 100;

/// And at this many bytes of text, of the 400 KB that DynamoDB takes: a batch of 25 stays far under its 16 MB.
pub const MAX_BUNDLE_BYTES: usize = 64 * 1024;

/// The new events and facts of one parcel that arrived together, put as one item and never changed.
///
/// Nothing of the attempt is in it: a replay of the same rows makes the same bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Of which number.
    pub number: TrackingNumber,
    /// Of which carrier.
    pub carrier: CarrierCode,
    /// Who may see it.
    pub scope: Scope,
    /// How it came.
    pub kind: Kind,
    /// The arrival of its first event or fact.
    pub arrival: Arrival,
    /// The file version it was read from.
    pub file: Option<FileVersion>,
    /// Leave out what arrived before it of the same carrier, scope and kind (Connect's update method `replace`).
    pub replaces: bool,
    /// Take as told without a message what happened before this instant; `None`: tell everything that is new.
    pub notify_from: Option<Timestamp>,
    /// In order of offset.
    pub events: Vec<Arrived<TrackingEvent>>,
    /// In order of offset. What one row or one live answer states together has one offset: so a status finds its detail.
    pub facts: Vec<Arrived<Fact>>,
    /// Unix seconds after which it does not exist: see [`Retention`].
    pub expires_at: i64,
}

/// Something with the offset of its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived<T> {
    /// Byte offset of the row in the decoded stream.
    pub offset: u64,
    /// What the row said.
    pub value: T,
}

/// How a bundle came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// From a carrier's file.
    Import,
    /// From a carrier's API, one parcel at a time.
    Live,
}

/// Which feed file: the hash of source, name, size and etag (or modification time, or content for a file given by
/// hand).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIdentity(pub [u8; 8]);

impl FileIdentity {
    /// The identity of a file: `parts` are source, name, size and version mark.
    pub fn of(parts: &[&str]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = hash_of_texts(parts.iter().copied());
        Self([a, b, c, d, e, f, g, h])
    }

    /// 16 hex digits.
    pub fn to_key(self) -> String {
        self.0.iter().fold(String::with_capacity(16), |mut key, byte| {
            // Writing to a String cannot fail.
            let _ = write!(key, "{byte:02x}");
            key
        })
    }
}

/// A feed file under one revision of its layout. After a layout is corrected the same file is imported anew, and only
/// the highest revision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileVersion {
    /// Which file.
    pub file: FileIdentity,
    /// The layout's revision, from 1.
    pub revision: u32,
}

/// How long bundles live: with their newest event plus a number of days, rounded up to the month, so that a parcel's
/// bundles mostly go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// 1 to 3,650.
    pub days: u16,
}

impl Default for Retention {
    /// Half a year: longer than carriers keep a number out of use, and than most claims.
    fn default() -> Self {
        Self { days: 180 }
    }
}

impl Retention {
    /// Unix seconds at which what happened at `newest` expires: the first of the month after `days` days.
    pub fn expires_at(self, newest: Timestamp) -> i64 {
        let last = newest.as_second().saturating_add(i64::from(self.days) * 86_400);
        let Ok(last_day) = Timestamp::from_second(last) else {
            return i64::MAX;
        };
        first_of_next_month(jiff::tz::Offset::UTC.to_datetime(last_day).date()).unwrap_or(last)
    }
}

fn first_of_next_month(date: Date) -> Option<i64> {
    let first = date.last_of_month().tomorrow().ok()?;
    let at = jiff::tz::Offset::UTC.to_timestamp(first.at(0, 0, 0, 0)).ok()?;
    Some(at.as_second())
}

impl Bundle {
    /// The arrival of one of its rows.
    pub fn arrival_at(&self, offset: u64) -> Arrival {
        self.arrival.at_offset(offset)
    }

    /// The identities of its events, in order.
    pub fn identities(&self) -> impl Iterator<Item = EventIdentity> {
        self.events.iter().map(|event| EventIdentity::of(&event.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_the_first_of_a_month() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let retention = Retention::default();
        assert_eq!(
            retention.expires_at(at("2026-11-20T14:03:00Z")),
            at("2027-06-01T00:00:00Z").as_second()
        );
        assert_eq!(
            retention.expires_at(at("2026-01-01T00:00:00Z")),
            at("2026-07-01T00:00:00Z").as_second()
        );
        assert_eq!(
            Retention { days: 1 }.expires_at(at("2026-12-31T23:59:59Z")),
            at("2027-02-01T00:00:00Z").as_second()
        );
        assert!(retention.expires_at(Timestamp::MAX) > 0);
    }

    #[test]
    fn file_identity_keeps_parts_apart() {
        assert_ne!(FileIdentity::of(&["ab", "c"]), FileIdentity::of(&["a", "bc"]));
        assert_eq!(FileIdentity::of(&["a"]).to_key().len(), 16);
    }
}
