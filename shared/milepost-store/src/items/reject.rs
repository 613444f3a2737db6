//! Reasons for rejects as numbers.

use std::collections::BTreeMap;

use milepost_model::RejectReason;

/// By place in this list a reason is stored: only ever append.
const REASONS: [RejectReason; 16] = [
    RejectReason::Encoding,
    RejectReason::Malformed,
    RejectReason::TooLong,
    RejectReason::MissingFields,
    RejectReason::NoTrackingNumber,
    RejectReason::BadTrackingNumber,
    RejectReason::PlaceholderNumber,
    RejectReason::BadTime,
    RejectReason::Future,
    RejectReason::Expired,
    RejectReason::BadField,
    RejectReason::Nothing,
    RejectReason::ReportedByCarrier,
    RejectReason::TooManyForNumber,
    RejectReason::OtherCarrier,
    RejectReason::Forgotten,
];

/// The stored form. A match, so that a new reason does not compile before it has a number.
pub(super) fn to_number(reason: RejectReason) -> u8 {
    match reason {
        RejectReason::Encoding => 0,
        RejectReason::Malformed => 1,
        RejectReason::TooLong => 2,
        RejectReason::MissingFields => 3,
        RejectReason::NoTrackingNumber => 4,
        RejectReason::BadTrackingNumber => 5,
        RejectReason::PlaceholderNumber => 6,
        RejectReason::BadTime => 7,
        RejectReason::Future => 8,
        RejectReason::Expired => 9,
        RejectReason::BadField => 10,
        RejectReason::Nothing => 11,
        RejectReason::ReportedByCarrier => 12,
        RejectReason::TooManyForNumber => 13,
        RejectReason::OtherCarrier => 14,
        RejectReason::Forgotten => 15,
    }
}

/// The opposite; a reason of a newer version counts as a bad field.
pub(super) fn from_number(number: u8) -> RejectReason {
    REASONS
        .get(usize::from(number))
        .copied()
        .unwrap_or(RejectReason::BadField)
}

/// Counts by reason, in the order of the stored numbers.
pub(super) fn to_counts(counts: &BTreeMap<RejectReason, u64>) -> BTreeMap<u8, u64> {
    counts
        .iter()
        .map(|(reason, count)| (to_number(*reason), *count))
        .collect()
}

/// The opposite of [`to_counts`].
pub(super) fn from_counts(counts: &BTreeMap<u8, u64>) -> BTreeMap<RejectReason, u64> {
    let mut read = BTreeMap::new();
    for (number, count) in counts {
        *read.entry(from_number(*number)).or_default() += count;
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_round_trip() {
        for reason in REASONS {
            assert_eq!(from_number(to_number(reason)), reason);
        }
        assert_eq!(from_number(200), RejectReason::BadField);
    }
}
