//! DHL Express. 69 codes: the checkpoints that its XML services and the `MyDHL` API name (62 in a published table of the
//! XML services, `EM` and `SD` in a newer one), and the five status codes of DHL's unified tracking API, which speaks
//! for every division.
//!
//! 19 codes are silent: papers, payments, traces, handovers and inspections that happen beside the parcel's way, and
//! `BR`, which one source calls a release by the broker and another a delivery; `unknown` is DHL's own word.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("dhl_express", "DHL Express")
    .ship24("dhl-express")
    .link("https://www.dhl.com/global-en/home/tracking/tracking-express.html?submit=1&tracking-id={0}")
    .track_login(needs::KEY)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes =
    Codes::new("DHL Express checkpoint list and DHL's unified tracking API", 69, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("AD", D::DeliveryArrangedWithRecipient),
    ("AF", D::HubScanIn),
    ("AR", D::ReceivedLocalDeliveryDepot),
    ("BA", D::AddressQuery),
    ("BL", D::CustomsProcessing),
    ("BN", D::CustomsProcessing),
    ("CA", D::AttemptedDelivery),
    ("CC", D::CustomerToCollectFromCarrier),
    ("CD", D::HeldByCustoms),
    ("CI", D::HubScanIn),
    ("CM", D::CustomerMoved),
    ("CR", D::CustomsCleared),
    ("DD", D::DeliveredDamaged),
    ("DF", D::HubScanOut),
    ("DM", D::ParcelDamaged),
    ("DS", D::ParcelDisposed),
    ("DU", D::ElecAdviceRecdByCarrier),
    ("ES", D::CustomsProcessing),
    ("FD", D::SubContractorReceived),
    ("HI", D::HeldByCarrier),
    ("HO", D::HubProcessing),
    ("HP", D::HeldByCarrier),
    ("IC", D::CustomsProcessing),
    ("IR", D::Misrouted),
    ("LV", D::HubProcessing),
    ("MC", D::Misrouted),
    ("MD", D::CarrierDelays),
    ("MS", D::Misrouted),
    ("ND", D::NotDelivered),
    ("NH", D::AttemptedDelivery),
    ("OH", D::HeldByCarrier),
    ("OK", D::Delivered),
    ("PD", D::DeliveredInPart),
    ("PL", D::HubProcessing),
    ("PU", D::PickedUp),
    ("RD", D::RefusedByCustomer),
    ("RT", D::ReturnToSender),
    ("SA", D::ReceivedByCarrier),
    ("SD", D::ElecAdviceRecdByCarrier),
    ("SS", D::HeldByCarrier),
    ("TD", D::CarrierDelays),
    ("TP", D::SubContractorReceived),
    ("TR", D::InTransit),
    ("UD", D::HeldByCustoms),
    ("UV", D::HubProcessing),
    ("WC", D::OutForDelivery),
    ("delivered", D::Delivered),
    ("failure", D::UnspecifiedException),
    ("pre-transit", D::NotYetReceivedByCarrier),
    ("transit", D::InTransit),
];

const SILENT: &[&str] = &[
    "BR", "CS", "CU", "DI", "DP", "EM", "HN", "IA", "NA", "PY", "RR", "RW", "SC", "SI", "SM", "ST", "TI", "TT",
    "unknown",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("dhl_express", "PU", "", Some(D::PickedUp));
        check("dhl_express", "DF", "", Some(D::HubScanOut));
        check("dhl_express", "AR", "", Some(D::ReceivedLocalDeliveryDepot));
        check("dhl_express", "WC", "", Some(D::OutForDelivery));
        check("dhl_express", "OK", "", Some(D::Delivered));
        check("dhl_express", "NH", "", Some(D::AttemptedDelivery));
        check("dhl_express", "RD", "", Some(D::RefusedByCustomer));
        check("dhl_express", "OH", "", Some(D::HeldByCarrier));
        check("dhl_express", "CR", "", Some(D::CustomsCleared));
        check("dhl_express", "transit", "OK", Some(D::Delivered));
        check("dhl_express", "transit", "", Some(D::InTransit));
        check("dhl_express", "unknown", "", None);
        check("dhl_express", "BR", "", None);
        check("dhl_express", "XX", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("dhl_express.rs"));
    }
}
