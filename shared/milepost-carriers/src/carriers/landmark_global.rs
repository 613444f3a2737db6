//! Landmark Global. 10 codes: those of an answer of its tracking API in the test files of a public tracking library.
//! `275` stands for whatever the last carrier reports on the way.

use milepost_model::DetailCode as D;

use crate::registry::Carrier;
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("landmark_global", "Landmark Global")
    .ship24("landmark-global")
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("an answer of Landmark Global's tracking API", 10, MEANS);

const MEANS: &[(&str, D)] = &[
    ("125", D::CustomsProcessing),
    ("150", D::InTransit),
    ("155", D::HubScanIn),
    ("200", D::SubContractorReceived),
    ("250", D::HubScanIn),
    ("275", D::InTransit),
    ("300", D::OutForDelivery),
    ("50", D::ElecAdviceRecdByCarrier),
    ("500", D::Delivered),
    ("75", D::HubProcessing),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("landmark_global", "50", "", Some(D::ElecAdviceRecdByCarrier));
        check("landmark_global", "150", "", Some(D::InTransit));
        check("landmark_global", "300", "", Some(D::OutForDelivery));
        check("landmark_global", "500", "", Some(D::Delivered));
        check("landmark_global", "501", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("landmark_global.rs"));
    }
}
