//! Purolator. 27 codes: the event codes that two public readers of Purolator's tracking saw in its answers
//! (ha-parcel-integrations/ha-purolator and a later one), with the stage they give them. Purolator publishes no list.
//! `2300` and `2380` are a pickup for one and on the way for the other; they are read as on the way, which both allow.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("purolator_ca", "Purolator Canada")
    .ship24("purolator")
    .based_in("CA")
    .domestic("CA")
    .link("https://www.purolator.com/en/shipping/tracker?pin={0}")
    .track_login(needs::USER)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("answers of Purolator's tracking", 27, MEANS);

const MEANS: &[(&str, D)] = &[
    ("0200", D::InTransit),
    ("0300", D::InTransit),
    ("0500", D::CarrierDelays),
    ("0510", D::CarrierDelays),
    ("1300", D::InTransit),
    ("2300", D::InTransit),
    ("2380", D::InTransit),
    ("3000", D::ShipmentCreated),
    ("3010", D::ShipmentCreated),
    ("4020", D::InTransit),
    ("4060", D::InTransit),
    ("4100", D::InTransit),
    ("4200", D::OutForDelivery),
    ("6500", D::AddressQuery),
    ("6550", D::InTransit),
    ("6720", D::DeliveryScheduled),
    ("7220", D::InTransit),
    ("7520", D::InTransit),
    ("7525", D::InTransit),
    ("7810", D::InTransit),
    ("9000", D::Delivered),
    ("9100", D::InTransit),
    ("9230", D::AttemptedDelivery),
    ("9250", D::AttemptedDelivery),
    ("9260", D::AttemptedDelivery),
    ("9500", D::ParcelCollectedFromPickupPoint),
    ("9550", D::AwaitingCollectionFromPickupPoint),
];

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
        check("purolator_ca", "9230", "", Some(D::AttemptedDelivery));
        check("purolator_ca", "9550", "", Some(D::AwaitingCollectionFromPickupPoint));
        check("purolator_ca", "1", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("purolator.rs"));
    }
}
