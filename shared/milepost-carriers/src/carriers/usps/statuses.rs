//! USPS's event codes, as its own tracking pages and extracts name them (Publication 97, customer daily extract).
//!
//! Only codes whose meaning is beyond doubt stand here; another code is `UN` and counted until somebody adds it.

use milepost_model::DetailCode as D;

pub(crate) const STATUSES: &[(&str, D)] = &[
    // Manifest acknowledgement: a label exists, USPS awaits the item.
    ("MA", D::ShipmentCreated),
    ("03", D::PickedUp),
    // Under way.
    ("10", D::HubScanIn),
    ("A1", D::HubScanIn),
    ("T1", D::HubScanOut),
    ("NT", D::InTransit),
    ("PC", D::HubProcessing),
    ("SF", D::HubScanOut),
    ("EF", D::HubScanOut),
    ("07", D::ReceivedLocalDeliveryDepot),
    ("06", D::ParcelRedirected),
    // A shipping partner has the parcel and USPS does not yet.
    ("80", D::SubContractorReceived),
    ("81", D::SubContractorEvent),
    ("82", D::SubContractorEvent),
    ("OF", D::OutForDelivery),
    ("01", D::Delivered),
    // Attempted: notice left, business closed, receptacle blocked, full, no secure location, nobody to sign.
    ("02", D::AttemptedDelivery),
    ("51", D::AttemptedDelivery),
    ("52", D::AttemptedDelivery),
    ("53", D::NoAccessToRecipientsAddress),
    ("54", D::AttemptedDelivery),
    ("55", D::AttemptedDelivery),
    ("56", D::AttemptedDelivery),
    ("30", D::NoAccessToRecipientsAddress),
    ("16", D::AwaitingCollectionFromPickupPoint),
    // Not USPS's: sample files write it for a parcel that waits at an agent's.
    ("ZZ", D::AwaitingCollectionFromPickupPoint),
    // Something went wrong.
    ("EX", D::DelayedNotCarrier),
    ("04", D::RefusedByCustomer),
    ("05", D::NotDelivered),
    ("08", D::Misrouted),
    ("15", D::Misrouted),
    ("09", D::ReturnToSender),
    ("21", D::AddressQuery),
    ("22", D::AddressQuery),
    ("23", D::CustomerMoved),
    ("24", D::CustomerMoved),
    ("25", D::AddressQuery),
    ("26", D::AddressQuery),
    ("27", D::NotCollectedFromPickupPoint),
    ("28", D::NotDeliveredAddresseeDeceased),
    ("29", D::ReturnToSender),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use milepost_model::CarrierCode;

    use super::*;
    use crate::statuses::{detail_of, status_of};

    #[track_caller]
    fn check(code: &str, status: &str) {
        let usps = CarrierCode::parse("usps").unwrap();
        let detail = detail_of(&usps, code);
        assert_eq!(
            detail.map(|detail| status_of(detail).code()).unwrap_or("-"),
            status,
            "{code}"
        );
    }

    #[test]
    fn codes_mean_what_usps_says() {
        check("MA", "NY");
        check("03", "AC");
        for code in ["10", "T1", "NT", "A1", "07", "OF", "06"] {
            check(code, "IT");
        }
        for code in ["02", "30", "53"] {
            check(code, "AT");
        }
        check("01", "DE");
        for code in ["21", "04", "EX", "09"] {
            check(code, "EX");
        }
        for code in ["ZZ", "16"] {
            check(code, "SP");
        }
        for code in ["", "1", "of", "QQ"] {
            check(code, "-");
        }
    }

    #[test]
    fn no_code_stands_twice() {
        let codes: BTreeSet<_> = STATUSES.iter().map(|(code, _)| code).collect();
        assert_eq!(codes.len(), STATUSES.len());
    }
}
