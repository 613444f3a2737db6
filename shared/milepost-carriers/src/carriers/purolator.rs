//! Purolator. 16 codes: the event codes that ha-parcel-integrations/ha-purolator saw in answers of Purolator's
//! tracking, with the stage it gives them. Purolator publishes no list. 3 codes are silent, since the same source has
//! them from elsewhere and unconfirmed.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("purolator_ca", "Purolator Canada")
    .ship24("purolator")
    .based_in("CA")
    .link("https://www.purolator.com/en/shipping/tracker?pin={0}")
    .track_login(needs::USER)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("answers of Purolator's tracking", 16, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("0300", D::InTransit),
    ("1300", D::InTransit),
    ("2300", D::InTransit),
    ("2380", D::InTransit),
    ("3010", D::ShipmentCreated),
    ("4060", D::InTransit),
    ("4100", D::InTransit),
    ("4200", D::OutForDelivery),
    ("7220", D::InTransit),
    ("7520", D::InTransit),
    ("7525", D::InTransit),
    ("7810", D::InTransit),
    ("9000", D::Delivered),
];

const SILENT: &[&str] = &["9260", "9500", "9550"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("purolator_ca", "3010", "", Some(D::ShipmentCreated));
        check("purolator_ca", "0300", "", Some(D::InTransit));
        check("purolator_ca", "4200", "", Some(D::OutForDelivery));
        check("purolator_ca", "9000", "", Some(D::Delivered));
        check("purolator_ca", "9550", "", None);
        check("purolator_ca", "1", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("purolator.rs"));
    }
}
