//! DPD. 61 codes: the twelve scan codes of the SCANINFO files (it-integration.dpd.be), forty of its Geo event codes
//! (the matrix of February 2025) and the nine status words of its parcel API, both as ha-parcel-integrations/ha-dpd
//! names them. The matrix has 68 codes; the other 28, of customs, pickups and messages, were not found with their
//! meaning and stay unknown.
//!
//! 5 codes are silent: notices (`SPE`, `MSDLO`, `DOMSDLO`), consolidation (`01`), and `04`, which may be a return to
//! the depot or to the sender.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("dpd", "DPD")
    .ship24("dpd")
    .track_login(needs::USER)
    .documented_files()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("DPD SCANINFO, Geo event codes and parcel API", 61, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("02", D::HubScanIn),
    ("03", D::OutForDelivery),
    ("05", D::PickedUp),
    ("06", D::ReturnToSender),
    ("08", D::HeldByCarrier),
    ("10", D::HubScanIn),
    ("12", D::CustomsProcessing),
    ("13", D::Delivered),
    ("14", D::AttemptedDelivery),
    ("15", D::PickedUp),
    ("AT_DELIVERY_CENTER", D::ReceivedLocalDeliveryDepot),
    ("AVAILABLE_FOR_COLLECTION", D::AwaitingCollectionFromPickupPoint),
    ("DEHD", D::DeliveredToPickupPoint),
    ("DEHDY", D::DeliveredToPickupPoint),
    ("DELIVERED", D::Delivered),
    ("DEN", D::RefusedByCustomer),
    ("DEX", D::UnspecifiedException),
    ("DEY", D::Delivered),
    ("DEYY", D::ProofOfDelivery),
    ("DLI", D::ReceivedLocalDeliveryDepot),
    ("DLO", D::OutForDelivery),
    ("DLR", D::AttemptedDelivery),
    ("DLS", D::HubProcessing),
    ("DLW", D::HeldByCarrier),
    ("DLX", D::UnspecifiedException),
    ("DLZ", D::HubProcessing),
    ("DODEH", D::NotCollectedFromPickupPoint),
    ("DODEI", D::AwaitingCollectionFromPickupPoint),
    ("DODEN", D::NotCollectedFromPickupPoint),
    ("DODEX", D::UnspecifiedException),
    ("DODEY", D::ParcelCollectedFromPickupPoint),
    ("DODEYY", D::ProofOfDelivery),
    ("DOPKY", D::DroppedOff),
    ("ENA", D::ElecAdviceRecdByCarrier),
    ("ENX", D::UnspecifiedException),
    ("HUI", D::HubScanIn),
    ("HUS", D::HubProcessing),
    ("HUW", D::HeldByCarrier),
    ("HUX", D::UnspecifiedException),
    ("HUZ", D::HubProcessing),
    ("IN_TRANSIT", D::InTransit),
    ("ORDER_CREATED", D::ShipmentCreated),
    ("ORI", D::HubScanIn),
    ("ORW", D::HeldByCarrier),
    ("ORX", D::UnspecifiedException),
    ("PARCEL_HANDED", D::ReceivedByCarrier),
    ("PARCEL_OUT_FOR_DELIVERY", D::OutForDelivery),
    ("RETURN_TO_SENDER", D::ReturnToSender),
    ("SPL", D::HubProcessing),
    ("SPR", D::ReturnToSender),
    ("SPS", D::HubProcessing),
    ("SPV", D::HubProcessing),
    ("SPW", D::HeldByCarrier),
    ("SPX", D::UnspecifiedException),
    ("SPZ", D::HubProcessing),
    ("UNSUCCESSFUL_DELIVERY_ATTEMPTED", D::AttemptedDelivery),
];

const SILENT: &[&str] = &["01", "04", "DOMSDLO", "MSDLO", "SPE"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("dpd", "05", "", Some(D::PickedUp));
        check("dpd", "02", "", Some(D::HubScanIn));
        check("dpd", "13", "", Some(D::Delivered));
        check("dpd", "14", "", Some(D::AttemptedDelivery));
        check("dpd", "ENA", "", Some(D::ElecAdviceRecdByCarrier));
        check("dpd", "DLO", "", Some(D::OutForDelivery));
        check("dpd", "DEY", "", Some(D::Delivered));
        check("dpd", "DODEI", "", Some(D::AwaitingCollectionFromPickupPoint));
        check("dpd", "DEN", "", Some(D::RefusedByCustomer));
        check("dpd", "PARCEL_OUT_FOR_DELIVERY", "", Some(D::OutForDelivery));
        check("dpd", "04", "", None);
        check("dpd", "CCX", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("dpd.rs"));
    }
}
