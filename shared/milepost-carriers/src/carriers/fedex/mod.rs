//! FedEx. 59 codes: the tracking status codes of FedEx's developer guide (Track service, 2015, quoted whole by several
//! public integrations), `AO`, `HP` and `OW` of the list of its present Track API, `AE` of that API's answers, and `IP`
//! of a public table of its scan events.
//!
//! An event has a type (`DL`), a derived status (also `DL`, of the same list) and sometimes an exception code (`08`).
//! Rule: with an exception code, the type is sent as the code and the exception as the specific code, and the pair goes
//! first; otherwise the derived status is the code and the type the specific code, in files. In live answers the type is
//! always the code, and the derived status stands beside one that says nothing (decision 0030). A number that no pair
//! has leaves the type to speak, for an exception says why and not what. FedEx publishes no list of exceptions: the four
//! pairs are those on which two public sources agree.
//!
//! Two codes are listed with two readings, and both are the same status: `EA` (on the way to an airport, export
//! approved) and `CA`. 18 codes are silent: news of the expected day, labels of returns, delivery options, vehicles,
//! split shipments, and the parties that a delay is laid to (`BR`, `CU`, `SH`, `TP`, `RC`).

pub(crate) mod live;

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("fedex", "FedEx")
    .based_in("US")
    .ship24("fedex")
    .link("https://www.fedex.com/fedextrack/?trknbr={0}")
    .without_connection()
    .track_login(needs::CLIENT)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("FedEx developer guide, tracking status codes", 59, MEANS)
    .silent(SILENT)
    .pairs(PAIRS);

const MEANS: &[(&str, D)] = &[
    ("AA", D::HubScanIn),
    ("AC", D::SubContractorEvent),
    ("AD", D::OutForDelivery),
    ("AF", D::HubScanIn),
    ("AR", D::HubScanIn),
    ("AX", D::SubContractorEvent),
    ("CA", D::Cancelled),
    ("CC", D::CustomsCleared),
    ("CD", D::HeldByCustoms),
    ("CP", D::CustomsProcessing),
    ("DD", D::CarrierDelays),
    ("DE", D::UnspecifiedException),
    ("DL", D::Delivered),
    ("DP", D::HubScanOut),
    ("DY", D::CarrierDelays),
    ("EA", D::InTransit),
    ("ED", D::OutForDelivery),
    ("EO", D::InTransit),
    ("EP", D::NotYetReceivedByCarrier),
    ("FD", D::ReceivedLocalDeliveryDepot),
    ("HL", D::CustomerToCollectFromCarrier),
    ("HP", D::CustomerToCollectFromCarrier),
    ("IP", D::ReceivedByCarrier),
    ("IT", D::InTransit),
    ("IX", D::InTransit),
    ("LO", D::HubScanOut),
    ("OC", D::ShipmentCreated),
    ("OD", D::OutForDelivery),
    ("OF", D::HubScanIn),
    ("OW", D::InTransit),
    ("OX", D::NotYetReceivedByCarrier),
    ("PD", D::CarrierDelays),
    ("PF", D::InTransit),
    ("PL", D::HubScanIn),
    ("PM", D::InTransit),
    ("PU", D::PickedUp),
    ("PX", D::PickedUp),
    ("RS", D::ReturnToSender),
    ("SE", D::UnspecifiedException),
    ("SF", D::HubProcessing),
    ("TR", D::InTransit),
];

const SILENT: &[&str] = &[
    "AE", "AO", "AP", "BR", "CH", "CU", "DR", "DS", "LP", "RC", "RD", "RG", "RM", "RP", "RR", "SH", "SP", "TP",
];

/// Delivery exceptions: address, refused, nobody in, a later day was asked for.
const PAIRS: &[(&str, &str, D)] = &[
    ("DE", "03", D::AddressQuery),
    ("DE", "07", D::RefusedByCustomer),
    ("DE", "08", D::AttemptedDelivery),
    ("DE", "17", D::DeliveryArrangedWithRecipient),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("fedex", "OC", "", Some(D::ShipmentCreated));
        check("fedex", "PU", "", Some(D::PickedUp));
        check("fedex", "AR", "", Some(D::HubScanIn));
        check("fedex", "OD", "", Some(D::OutForDelivery));
        check("fedex", "DL", "", Some(D::Delivered));
        check("fedex", "HL", "", Some(D::CustomerToCollectFromCarrier));
        check("fedex", "CD", "", Some(D::HeldByCustoms));
        check("fedex", "RS", "", Some(D::ReturnToSender));
        check("fedex", "IT", "DL", Some(D::Delivered));
        check("fedex", "IT", "ZZ", Some(D::InTransit));
        check("fedex", "08", "", None);
        check("fedex", "DE", "08", Some(D::AttemptedDelivery));
        check("fedex", "DE", "99", Some(D::UnspecifiedException));
        check("fedex", "DY", "08", Some(D::CarrierDelays));
        check("fedex", "SP", "", None);
    }

    /// Movement, regulatory and possession, as the Track API lists them.
    #[test]
    fn every_code_of_the_present_list_is_known() {
        let listed = "AA AC AD AF AO AP AR AX BR CA CC CD CH CP CU DD DE DL DP DR DS DY EA ED EO EP FD HL HP IT IX LO LP \
                      OC OD OF OW OX PD PF PL PM PU PX RC RD RG RM RP RR RS SE SF SH SP TP TR";
        for code in listed.split_whitespace() {
            assert_ne!(CODES.known(code, ""), crate::statuses::Known::Unknown, "{code}");
        }
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("mod.rs"));
    }
}
