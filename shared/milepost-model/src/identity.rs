use std::fmt;

use sha2::{Digest, Sha256};

use crate::{TrackingEvent, Wall};

/// The version of the rule below. It is hashed in and kept in what followers were told, so that a new rule cannot make
/// every old event look new.
pub const IDENTITY_VERSION: u8 = 1;

/// Which tracking event of a parcel it is, whoever reports it and however well.
///
/// The hash of rule version, piece, carrier code (or else the folded text) and local wall time cut to the minute, or
/// the date alone if only a date came. Place and wording are not part of it: two sources write them differently.
/// Seconds are not either: one source has them and the other has zeros.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventIdentity([u8; 16]);

/// The first six bytes of an identity: enough to tell apart the events of one parcel (at 2,000 events, a collision
/// once in 140 million parcels), and six bytes is what a follower's item pays for each.
pub type ShortIdentity = [u8; 6];

impl EventIdentity {
    /// The identity of an event.
    pub fn of(event: &TrackingEvent) -> Self {
        Self::hash(&Self::parts(event))
    }

    /// What is hashed: equal for events of one identity and for no others. For who compares events of one moment only
    /// and has a quicker hash.
    pub fn parts(event: &TrackingEvent) -> Vec<u8> {
        let mut parts = Vec::with_capacity(64);
        parts.push(IDENTITY_VERSION);
        write_part(&mut parts, &event.piece);
        if event.code.is_empty() {
            parts.push(b't');
            write_part(&mut parts, &fold_text(&event.description));
        } else {
            parts.push(b'c');
            write_part(&mut parts, &event.code);
        }
        let date = event.time.wall.date();
        parts.extend(date.year().to_be_bytes());
        parts.extend(date.month().to_be_bytes());
        parts.extend(date.day().to_be_bytes());
        if let Wall::At(at) = event.time.wall {
            parts.extend(at.hour().to_be_bytes());
            parts.extend(at.minute().to_be_bytes());
        }
        parts
    }

    /// The identity of an event that shares this one with an event known before it, but names another place.
    #[must_use]
    pub(crate) fn elsewhere(self, postal_code: &str, city: &str) -> Self {
        let mut parts = self.0.to_vec();
        write_part(&mut parts, postal_code);
        write_part(&mut parts, city);
        Self::hash(&parts)
    }

    fn hash(parts: &[u8]) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(Sha256::digest(parts)) {
            *to = from;
        }
        Self(first)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first six bytes.
    pub fn short(&self) -> ShortIdentity {
        let [a, b, c, d, e, f, ..] = self.0;
        [a, b, c, d, e, f]
    }
}

/// Length first, so that no two lists of parts are alike.
fn write_part(parts: &mut Vec<u8>, part: &str) {
    parts.extend((part.len() as u64).to_be_bytes());
    parts.extend(part.as_bytes());
}

/// Upper case, with every run of anything but letters and digits as one space: sources differ in case and punctuation.
pub(crate) fn fold_text(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_uppercase));
    }
    folded
}

impl fmt::Debug for EventIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventIdentity(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventTime, WrittenZone};
    use jiff::civil::date;

    fn event(code: &str, text: &str, second: i8) -> TrackingEvent {
        let wall = Wall::At(date(2026, 11, 20).at(14, 3, second, 0));
        TrackingEvent {
            code: code.into(),
            description: text.into(),
            ..TrackingEvent::at(EventTime {
                wall,
                zone: WrittenZone::Unstated,
            })
        }
    }

    #[test]
    fn what_counts_and_what_does_not() {
        let base = event("01", "Delivered", 0);
        let same = |other: &TrackingEvent| EventIdentity::of(&base) == EventIdentity::of(other);
        assert!(
            same(&event("01", "Delivered, In/At Mailbox", 59)),
            "words and seconds do not count"
        );
        assert!(!same(&event("02", "Delivered", 0)), "the code counts");
        assert!(
            !same(&TrackingEvent {
                piece: "2".into(),
                ..base.clone()
            }),
            "the piece counts"
        );
        let date_only = EventTime {
            wall: Wall::Date(date(2026, 11, 20)),
            zone: WrittenZone::Unstated,
        };
        assert!(!same(&TrackingEvent {
            time: date_only,
            ..base.clone()
        }));
        let zoned = EventTime {
            zone: WrittenZone::Utc,
            ..base.time.clone()
        };
        assert!(
            same(&TrackingEvent {
                time: zoned,
                ..base.clone()
            }),
            "the wall time counts, not the zone"
        );
    }

    #[test]
    fn text_counts_only_without_a_code_and_folded() {
        let of = |text: &str| EventIdentity::of(&event("", text, 0));
        assert_eq!(of("Out for  Delivery!"), of("OUT FOR DELIVERY"));
        assert_ne!(of("Out for delivery"), of("Delivered"));
        assert_ne!(EventIdentity::of(&event("A", "", 0)), of("A"), "a code is not a text");
    }
}
