//! GLS. 21 codes: the fifteen status words of its group tracking API and the six event numbers that its answers were
//! seen with, as ha-parcel-integrations/ha-gls names them. GLS publishes no list of event numbers; others stay unknown.
//! 4 words are silent, being named with no event that would tell what they are.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("gls", "GLS")
    .ship24("gls")
    .link("https://gls-group.com/GROUP/en/parcel-tracking?match={0}")
    .track_login(needs::CLIENT)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("GLS group tracking API, statuses and events", 21, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("0.0", D::ReceivedByCarrier),
    ("0.100", D::ElecAdviceRecdByCarrier),
    ("11.0", D::OutForDelivery),
    ("2.0", D::HubScanIn),
    ("3.0", D::Delivered),
    ("3.896", D::DeliveredToPickupPoint),
    ("CANCELED", D::Cancelled),
    ("CANCELLED", D::Cancelled),
    ("DELIVERED", D::Delivered),
    ("DELIVEREDPS", D::DeliveredToPickupPoint),
    ("INDELIVERY", D::OutForDelivery),
    ("INTRANSIT", D::InTransit),
    ("INWAREHOUSE", D::HubScanIn),
    ("NOTDELIVERED", D::NotDelivered),
    ("NOTPICKEDUP", D::NotCollectedFromPickupPoint),
    ("PREADVICE", D::ElecAdviceRecdByCarrier),
    ("RETURNED", D::ReturnToSender),
];

const SILENT: &[&str] = &["INPICKUP", "MULTIPACK", "PROCESSING", "UNAVAILABLE"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("gls", "PREADVICE", "", Some(D::ElecAdviceRecdByCarrier));
        check("gls", "INTRANSIT", "", Some(D::InTransit));
        check("gls", "INDELIVERY", "", Some(D::OutForDelivery));
        check("gls", "DELIVERED", "", Some(D::Delivered));
        check("gls", "DELIVEREDPS", "", Some(D::DeliveredToPickupPoint));
        check("gls", "NOTDELIVERED", "", Some(D::NotDelivered));
        check("gls", "INTRANSIT", "3.0", Some(D::Delivered));
        check("gls", "11.0", "", Some(D::OutForDelivery));
        check("gls", "MULTIPACK", "", None);
        check("gls", "6.211", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("gls.rs"));
    }
}
