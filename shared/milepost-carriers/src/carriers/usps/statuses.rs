//! USPS's event codes: 61 codes. 49 are the table of event codes of its Web Tools tracking API (the same in Publication
//! 97 and the customer daily extract), seven more stand in eHub's published list of USPS events, and `A1`, `EX`, `NT`
//! and `T1` in USPS's own answers and extracts. `ZZ` is not USPS's: sample files write it for a parcel that waits at an
//! agent's.
//!
//! 7 codes are silent: a dead letter (`11`), a container (`19`), an item picked up by an agent (`17`) or by somebody
//! (`43`), a recall (`44`), a missing scan (`DX`), a return receipt (`GC`). What follows from them for the parcel no
//! source settles.

use milepost_model::DetailCode as D;

use crate::statuses::Codes;

pub(crate) static CODES: Codes =
    Codes::new("USPS Web Tools event codes and eHub's list of USPS events", 61, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("01", D::Delivered),
    ("02", D::AttemptedDelivery),
    ("03", D::PickedUp),
    ("04", D::RefusedByCustomer),
    ("05", D::NotDelivered),
    ("06", D::ParcelRedirected),
    ("07", D::ReceivedLocalDeliveryDepot),
    ("08", D::Misrouted),
    ("09", D::ReturnToSender),
    ("10", D::HubScanIn),
    ("14", D::DeliveredToPickupPoint),
    ("15", D::Misrouted),
    ("16", D::AwaitingCollectionFromPickupPoint),
    ("21", D::AddressQuery),
    ("22", D::AddressQuery),
    ("23", D::CustomerMoved),
    ("24", D::CustomerMoved),
    ("25", D::AddressQuery),
    ("26", D::AddressQuery),
    ("27", D::NotCollectedFromPickupPoint),
    ("28", D::NotDeliveredAddresseeDeceased),
    ("29", D::ReturnToSender),
    ("30", D::NoAccessToRecipientsAddress),
    ("31", D::NotCollectedFromPickupPoint),
    ("41", D::HubScanIn),
    ("42", D::SubContractorReceived),
    ("51", D::AttemptedDelivery),
    ("52", D::AttemptedDelivery),
    ("53", D::NoAccessToRecipientsAddress),
    ("54", D::AttemptedDelivery),
    ("55", D::AttemptedDelivery),
    ("56", D::AttemptedDelivery),
    ("71", D::DeliveryRescheduled),
    ("80", D::SubContractorReceived),
    ("81", D::SubContractorEvent),
    ("82", D::SubContractorEvent),
    ("83", D::SubContractorEvent),
    ("89", D::ShipmentCreated),
    ("A1", D::HubScanIn),
    ("AD", D::ReceivedByCarrier),
    ("EF", D::HubScanOut),
    ("EX", D::DelayedNotCarrier),
    ("GX", D::ShipmentCreated),
    ("MA", D::ShipmentCreated),
    ("NT", D::InTransit),
    ("OA", D::ReceivedByCarrier),
    ("OF", D::OutForDelivery),
    ("PA", D::ReceivedByCarrier),
    ("PC", D::HubProcessing),
    ("SF", D::HubScanOut),
    ("T1", D::HubScanOut),
    ("TM", D::ReceivedByCarrier),
    ("UA", D::ReceivedByCarrier),
    ("ZZ", D::AwaitingCollectionFromPickupPoint),
];

const SILENT: &[&str] = &["11", "17", "19", "43", "44", "DX", "GC"];

#[cfg(test)]
mod tests {
    use super::CODES;
    use crate::statuses::status_of;

    #[track_caller]
    fn check(code: &str, status: &str) {
        let detail = CODES.meaning(code, "");
        assert_eq!(
            detail.map(|detail| status_of(detail).code()).unwrap_or("-"),
            status,
            "{code}"
        );
    }

    #[test]
    fn codes_mean_what_usps_says() {
        for code in ["MA", "GX"] {
            check(code, "NY");
        }
        for code in ["03", "OA"] {
            check(code, "AC");
        }
        for code in ["10", "T1", "NT", "A1", "07", "OF", "06", "80"] {
            check(code, "IT");
        }
        for code in ["02", "30", "53"] {
            check(code, "AT");
        }
        check("01", "DE");
        for code in ["21", "04", "EX", "09", "31"] {
            check(code, "EX");
        }
        for code in ["ZZ", "16"] {
            check(code, "SP");
        }
        for code in ["", "1", "of", "QQ", "DX"] {
            check(code, "-");
        }
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("statuses.rs"));
    }
}
