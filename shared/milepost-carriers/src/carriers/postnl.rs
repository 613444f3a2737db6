//! `PostNL`. 61 codes: the observation codes that its Track & Trace gives, as ha-parcel-integrations/ha-postnl names them
//! with `PostNL`'s own words. 16 codes are silent: announcements, reminders and changes of the expected time that do not
//! move the parcel.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("postnl", "PostNL")
    .ship24("nl-post")
    .post()
    .based_in("NL")
    .track_login(needs::KEY)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("PostNL Track & Trace, observation codes", 61, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("A01", D::NotYetReceivedByCarrier),
    ("A03", D::ElecAdviceRecdByCarrier),
    ("A21", D::InTransit),
    ("A80", D::ProofOfDelivery),
    ("B01", D::ReceivedByCarrier),
    ("C02", D::ReceivedByCarrier),
    ("F01", D::PickedUp),
    ("G01", D::DeliveryRescheduled),
    ("G03", D::CarrierDelays),
    ("G05", D::DeliveryRescheduled),
    ("I01", D::Delivered),
    ("I02", D::ParcelCollectedFromPickupPoint),
    ("I05", D::Delivered),
    ("I07", D::InTransit),
    ("I08", D::AwaitingCollectionFromPickupPoint),
    ("I11", D::Delivered),
    ("I12", D::DeliveredSpecifiedSafePlace),
    ("J01", D::HubProcessing),
    ("J02", D::AwaitingCollectionFromPickupPoint),
    ("J04", D::HubProcessing),
    ("J05", D::OutForDelivery),
    ("J12", D::AwaitingCollectionFromPickupPoint),
    ("J21", D::InTransit),
    ("J23", D::AwaitingCollectionFromPickupPoint),
    ("J30", D::HubProcessing),
    ("J31", D::HubProcessing),
    ("J32", D::InTransit),
    ("J39", D::ParcelRedirectedByCarrier),
    ("J40", D::HubProcessing),
    ("J44", D::InTransit),
    ("J46", D::InTransit),
    ("J55", D::InTransit),
    ("K01", D::DeliveryRescheduled),
    ("K70", D::AttemptedDelivery),
    ("M02", D::NotYetReceivedByCarrier),
    ("R01", D::HubProcessing),
    ("T04", D::DeliveryRescheduled),
    ("V06", D::CarrierDelays),
    ("X01", D::InTransit),
    ("X02", D::HubScanIn),
    ("X03", D::CustomsProcessing),
    ("X04", D::CustomsCleared),
    ("X08", D::HubProcessing),
    ("X19", D::InTransit),
    ("Z01", D::Delivered),
];

const SILENT: &[&str] = &[
    "A04", "A18", "A19", "A20", "A24", "A25", "A65", "A94", "A95", "A96", "A98", "B03", "J09", "K33", "K50", "P21",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("postnl", "A01", "", Some(D::NotYetReceivedByCarrier));
        check("postnl", "B01", "", Some(D::ReceivedByCarrier));
        check("postnl", "J01", "", Some(D::HubProcessing));
        check("postnl", "J05", "", Some(D::OutForDelivery));
        check("postnl", "I01", "", Some(D::Delivered));
        check("postnl", "J02", "", Some(D::AwaitingCollectionFromPickupPoint));
        check("postnl", "I02", "", Some(D::ParcelCollectedFromPickupPoint));
        check("postnl", "G01", "", Some(D::DeliveryRescheduled));
        check("postnl", "X03", "", Some(D::CustomsProcessing));
        check("postnl", "A19", "", None);
        check("postnl", "Q99", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("postnl.rs"));
    }
}
