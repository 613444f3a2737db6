//! GLS. 103 codes: the fifteen status words of its group tracking API and the six event numbers that its answers were
//! seen with (`11.0`), as ha-parcel-integrations/ha-gls names them, and the 82 status codes of the `MyGLS` API of its
//! companies in Central Europe (appendix G of its documentation), as the shop plugin VP Woo Pont quotes them with GLS's
//! words. GLS publishes no list of the event numbers with a dot; others stay unknown.
//!
//! 7 codes are silent: four words that are named with no event that would tell what they are, data of a payment (`52`),
//! a delivery note that was not signed (`39`) and a notification (`99`).

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("gls", "GLS")
    .ship24("gls")
    .link("https://gls-group.com/GROUP/en/parcel-tracking?match={0}")
    .track_login(needs::CLIENT)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes =
    Codes::new("GLS group tracking API, and MyGLS API, appendix G", 103, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("0.0", D::ReceivedByCarrier),
    ("0.100", D::ElecAdviceRecdByCarrier),
    ("1", D::ReceivedByCarrier),
    ("10", D::InTransit),
    ("11", D::AttemptedDelivery),
    ("11.0", D::OutForDelivery),
    ("12", D::AttemptedDelivery),
    ("13", D::Misrouted),
    ("14", D::AttemptedDelivery),
    ("15", D::CarrierDelays),
    ("16", D::CodAmountNotPaid),
    ("17", D::RefusedByCustomer),
    ("18", D::AddressQuery),
    ("19", D::DelayedNotCarrier),
    ("2", D::HubScanOut),
    ("2.0", D::HubScanIn),
    ("20", D::AddressQuery),
    ("21", D::Misrouted),
    ("22", D::HubScanOut),
    ("23", D::ReturnToSender),
    ("24", D::DeliveryArrangedWithRecipient),
    ("25", D::Misrouted),
    ("26", D::HubScanIn),
    ("27", D::HubScanIn),
    ("28", D::ParcelDisposed),
    ("29", D::UnspecifiedException),
    ("3", D::HubScanIn),
    ("3.0", D::Delivered),
    ("3.896", D::DeliveredToPickupPoint),
    ("30", D::ParcelDamaged),
    ("31", D::ParcelDamaged),
    ("32", D::DeliveryScheduled),
    ("33", D::NotDelivered),
    ("34", D::RefusedByCustomer),
    ("35", D::RefusedByCustomer),
    ("36", D::AttemptedDelivery),
    ("37", D::ParcelUpdateNotification),
    ("38", D::NotDelivered),
    ("4", D::OutForDelivery),
    ("40", D::ReturnToSender),
    ("41", D::InTransit),
    ("42", D::ParcelDisposed),
    ("43", D::UnspecifiedException),
    ("44", D::ParcelOutsideOfServiceCapability),
    ("46", D::ParcelRedirected),
    ("47", D::HubScanOut),
    ("5", D::Delivered),
    ("51", D::ElecAdviceRecdByCarrier),
    ("54", D::DeliveredToPickupPoint),
    ("55", D::DeliveredToPickupPoint),
    ("56", D::AwaitingCollectionFromPickupPoint),
    ("57", D::NotCollectedFromPickupPoint),
    ("58", D::DeliveredToNeighbour),
    ("6", D::HubScanIn),
    ("60", D::HeldByCustoms),
    ("61", D::CustomsProcessing),
    ("62", D::HeldByCustoms),
    ("64", D::CustomsCleared),
    ("65", D::CustomsCleared),
    ("66", D::HeldByCustoms),
    ("67", D::CustomsProcessing),
    ("68", D::RefusedByCustomer),
    ("69", D::HeldByCarrier),
    ("7", D::HubScanIn),
    ("70", D::HeldByCustoms),
    ("71", D::HeldByCustoms),
    ("72", D::CustomsProcessing),
    ("73", D::HeldByCustoms),
    ("74", D::HeldByCustoms),
    ("75", D::UnspecifiedException),
    ("76", D::CustomsProcessing),
    ("8", D::CustomerToCollectFromCarrier),
    ("80", D::ParcelRedirected),
    ("83", D::ShipmentCreated),
    ("84", D::ShipmentCreated),
    ("85", D::AwaitingPickupDropOff),
    ("86", D::HubScanIn),
    ("87", D::Cancelled),
    ("88", D::PickupFailed),
    ("89", D::PickupFailed),
    ("9", D::DeliveryRescheduled),
    ("90", D::Cancelled),
    ("91", D::Cancelled),
    ("92", D::Delivered),
    ("93", D::ProofOfDelivery),
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

const SILENT: &[&str] = &["39", "52", "99", "INPICKUP", "MULTIPACK", "PROCESSING", "UNAVAILABLE"];

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
        check("gls", "1", "", Some(D::ReceivedByCarrier));
        check("gls", "4", "", Some(D::OutForDelivery));
        check("gls", "5", "", Some(D::Delivered));
        check("gls", "17", "", Some(D::RefusedByCustomer));
        check("gls", "58", "", Some(D::DeliveredToNeighbour));
        check("gls", "88", "", Some(D::PickupFailed));
        check("gls", "45", "", None);
        check("gls", "MULTIPACK", "", None);
        check("gls", "6.211", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("gls.rs"));
    }
}
