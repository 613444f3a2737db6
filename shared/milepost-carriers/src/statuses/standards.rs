//! Codes of the two message standards that carriers send status files in. They mean the same whoever sends them.

mod iftsta;
mod x12;

use milepost_model::DetailCode;

use super::codes::{Codes, Known};

/// A message standard with status codes of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// ANSI X12 214, segment AT7: a status (element 1650) and its reason (1651).
    X12,
    /// UN/EDIFACT IFTSTA, segment STS: a status event (9011, later 4405 with UN/ECE Recommendation 24).
    Iftsta,
}

impl Standard {
    /// Both.
    pub const ALL: [Self; 2] = [Self::X12, Self::Iftsta];

    /// Its list of status codes.
    pub fn codes(self) -> &'static Codes {
        match self {
            Self::X12 => &x12::STATUSES,
            Self::Iftsta => &iftsta::EVENTS,
        }
    }

    /// Its list of reasons, where it has one that changes what a status means.
    pub fn reasons(self) -> Option<&'static Codes> {
        match self {
            Self::X12 => Some(&x12::REASONS),
            Self::Iftsta => None,
        }
    }

    /// What a status means, with the reason given beside it; empty where none is given.
    ///
    /// In X12 the reason says more only of two statuses: a delay (`SD`) and a delivery that was not completed (`AP`).
    pub fn known(self, status: &str, reason: &str) -> Known {
        let of_status = self.codes().known(status, "");
        match (self, status) {
            (Self::X12, "SD" | "AP") => match x12::REASONS.known(reason, "") {
                Known::Means(detail) => Known::Means(detail),
                _ => of_status,
            },
            _ => of_status,
        }
    }

    /// The detail code of a status and its reason.
    pub fn detail(self, status: &str, reason: &str) -> Option<DetailCode> {
        match self.known(status, reason) {
            Known::Means(detail) => Some(detail),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use milepost_model::DetailCode as D;

    use super::*;

    #[track_caller]
    fn check(standard: Standard, status: &str, reason: &str, detail: Option<D>) {
        assert_eq!(standard.detail(status, reason), detail, "{status} {reason}");
    }

    #[test]
    fn heads_count_them() {
        x12::STATUSES.assert_head(include_str!("standards/x12.rs"));
        iftsta::EVENTS.assert_head(include_str!("standards/iftsta.rs"));
    }

    #[test]
    fn lists_are_sound() {
        for standard in Standard::ALL {
            standard.codes().assert_sound();
            if let Some(reasons) = standard.reasons() {
                reasons.assert_sound();
                reasons.assert_head(include_str!("standards/x12.rs"));
            }
        }
    }

    #[test]
    fn x12_statuses() {
        check(Standard::X12, "AF", "NS", Some(D::PickedUp));
        check(Standard::X12, "X6", "NS", Some(D::InTransit));
        check(Standard::X12, "D1", "NS", Some(D::Delivered));
        check(Standard::X12, "A7", "", Some(D::RefusedByCustomer));
        check(Standard::X12, "AG", "", None);
        check(Standard::X12, "ZZ", "", None);
        assert_eq!(Standard::X12.known("AG", ""), Known::Silent);
        assert_eq!(Standard::X12.known("ZZ", "AO"), Known::Unknown);
    }

    #[test]
    fn a_reason_says_more_of_a_delay_and_of_a_delivery_not_completed() {
        check(Standard::X12, "SD", "", Some(D::CarrierDelays));
        check(Standard::X12, "SD", "NS", Some(D::CarrierDelays));
        check(Standard::X12, "SD", "AO", Some(D::DelayedNotCarrier));
        check(Standard::X12, "SD", "AI", Some(D::CarrierDelays));
        check(Standard::X12, "AP", "A2", Some(D::AddressQuery));
        check(Standard::X12, "AP", "", Some(D::NotDelivered));
        check(Standard::X12, "D1", "AO", Some(D::Delivered));
    }

    #[test]
    fn iftsta_events() {
        check(Standard::Iftsta, "13", "", Some(D::PickedUp));
        check(Standard::Iftsta, "21", "", Some(D::Delivered));
        check(Standard::Iftsta, "31", "", Some(D::InTransit));
        check(Standard::Iftsta, "77", "", Some(D::RefusedByCustomer));
        check(Standard::Iftsta, "89", "", None);
        check(Standard::Iftsta, "104", "", None);
    }
}
