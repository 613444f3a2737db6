//! `OnTrac`. 39 codes: those of both its regional sets in the table that its tracking page loads, as a public reader of
//! that page files them by the table's descriptions. `NFRP` says that another carrier took the parcel over, although the
//! page calls it delivered.

use milepost_model::DetailCode as D;

use crate::registry::Carrier;
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("ontrac", "OnTrac")
    .ship24("ontrac")
    .based_in("US")
    .domestic("US")
    .link("https://www.ontrac.com/tracking/?number={0}")
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("OnTrac's tracking page, status codes", 39, MEANS);

const MEANS: &[(&str, D)] = &[
    ("ACSS", D::AttemptedDelivery),
    ("ALPK", D::ReceivedByCarrier),
    ("ARRD", D::InTransit),
    ("AUTO", D::NotYetReceivedByCarrier),
    ("BCLD", D::AttemptedDelivery),
    ("CL", D::Delivered),
    ("DD", D::Delivered),
    ("DLVD", D::Delivered),
    ("DM", D::Delivered),
    ("DN", D::Delivered),
    ("DW", D::Delivered),
    ("EXRL", D::NotYetReceivedByCarrier),
    ("FCTF", D::InTransit),
    ("INRL", D::NotYetReceivedByCarrier),
    ("LOAD", D::InTransit),
    ("LOST", D::ParcelLost),
    ("MSPK", D::UnspecifiedException),
    ("NDMI", D::AttemptedDelivery),
    ("NFRP", D::SubContractorReceived),
    ("NH", D::AttemptedDelivery),
    ("OD", D::OutForDelivery),
    ("OFDL", D::OutForDelivery),
    ("OK", D::Delivered),
    ("ONHD", D::UnspecifiedException),
    ("ORIG", D::InTransit),
    ("OS", D::InTransit),
    ("OVRC", D::NotYetReceivedByCarrier),
    ("PKUP", D::PickedUp),
    ("PU", D::PickedUp),
    ("RCVD", D::InTransit),
    ("RETD", D::ReturnToSender),
    ("RETN", D::ReturnToSender),
    ("RFDM", D::AttemptedDelivery),
    ("RL", D::ReceivedByCarrier),
    ("RS", D::ReturnToSender),
    ("SFCT", D::InTransit),
    ("UD", D::UnspecifiedException),
    ("UTLV", D::AttemptedDelivery),
    ("XX", D::NotYetReceivedByCarrier),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("ontrac", "XX", "", Some(D::NotYetReceivedByCarrier));
        check("ontrac", "PU", "", Some(D::PickedUp));
        check("ontrac", "OD", "", Some(D::OutForDelivery));
        check("ontrac", "NH", "", Some(D::AttemptedDelivery));
        check("ontrac", "DLVD", "", Some(D::Delivered));
        check("ontrac", "NFRP", "", Some(D::SubContractorReceived));
        check("ontrac", "ZZ", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("ontrac.rs"));
    }
}
