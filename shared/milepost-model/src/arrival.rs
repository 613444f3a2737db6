use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::Invalid;

/// When, from where and at which offset something came in: the one total order of the model.
///
/// It decides which of two copies of an event wins a field and what `replace` leaves out. It never decides the
/// timeline: there event time does. Nothing of an attempt (run, clock) is in it, so a repeated import of the same file
/// version arrives at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arrival {
    /// Unix milliseconds: when this version of the file was first seen, as the ledger fixed it before its first row
    /// was read, or when the carrier answered. 48 bits, which last until the year 10889.
    pub at_ms: u64,
    /// Which source.
    pub source: SourceHash,
    /// Byte offset of the row in the decoded stream, or the place in a live answer; 48 bits.
    pub offset: u64,
}

/// The first 32 bits of the hash of a source's name; a tie-break, not an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceHash(pub u32);

impl SourceHash {
    /// Of the name of a file version or a carrier's API.
    pub fn of(source: &[u8]) -> Self {
        let [a, b, c, d, ..] = Sha256::digest(source).0;
        Self(u32::from_be_bytes([a, b, c, d]))
    }
}

/// The largest value of a 48-bit part.
const MAX_48: u64 = (1 << 48) - 1;

impl Arrival {
    /// The same arrival at another row.
    #[must_use]
    pub fn at_offset(self, offset: u64) -> Self {
        Self { offset, ..self }
    }

    /// The instant, the latest there is if it lies beyond.
    pub(crate) fn instant(self) -> Timestamp {
        let ms = i64::try_from(self.at_ms).unwrap_or(i64::MAX);
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
    }

    /// 12 hex digits of milliseconds, 8 of the source, 12 of the offset: sorts as text as it sorts as a value.
    pub fn to_key(self) -> String {
        format!(
            "{:012x}{:08x}{:012x}",
            self.at_ms.min(MAX_48),
            self.source.0,
            self.offset.min(MAX_48)
        )
    }

    /// The opposite of [`Arrival::to_key`].
    ///
    /// # Errors
    /// [`Invalid::Name`] when the text is not 32 lower case hex digits.
    pub fn from_key(key: &str) -> Result<Self, Invalid> {
        let bad = || Invalid::Name {
            what: "arrival",
            why: "it has 32 lower case hex digits",
        };
        // The parser of integers would take a sign and upper case.
        let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if key.len() != 32 || !key.bytes().all(digit) {
            return Err(bad());
        }
        let part = |range| {
            key.get(range)
                .and_then(|hex| u64::from_str_radix(hex, 16).ok())
                .ok_or_else(bad)
        };
        let source = u32::try_from(part(12..20)?).map_err(|_| bad())?;
        Ok(Self {
            at_ms: part(0..12)?,
            source: SourceHash(source),
            offset: part(20..32)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn arrival() -> impl Strategy<Value = Arrival> {
        (0..=MAX_48, any::<u32>(), 0..=MAX_48).prop_map(|(at_ms, source, offset)| Arrival {
            at_ms,
            source: SourceHash(source),
            offset,
        })
    }

    proptest! {
        #[test]
        fn key_round_trip_keeps_order(a in arrival(), b in arrival()) {
            prop_assert_eq!(Arrival::from_key(&a.to_key()).unwrap(), a);
            prop_assert_eq!(a.cmp(&b), a.to_key().cmp(&b.to_key()));
        }
    }

    #[test]
    fn bad_keys() {
        let signed = format!("+{}", "0".repeat(31));
        let upper = "A".repeat(32);
        for bad in [
            "",
            "xyz",
            &"g".repeat(32),
            &"0".repeat(33),
            "ääääääääääääääää",
            &signed,
            &upper,
        ] {
            assert!(Arrival::from_key(bad).is_err(), "{bad}");
        }
    }
}
