//! Canada Post. 202 codes: its message code tables for developers (`messagescodetables.jsf`), with some that only
//! answers show, as collected by the Karrio project. Answers write the numbers with zeros before them (`0174`); both
//! forms are read.
//!
//! 32 codes are silent: payments, wishes about the delivery, changed dates, what stands at the door without being
//! called delivered (610 to 620), and 700 and 4450, whose English and French texts disagree.

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("canada_post", "Canada Post")
    .post()
    .based_in("CA")
    .domestic("CA")
    .ship24("ca-post")
    .link("https://www.canadapost-postescanada.ca/track-reperage/en#/search?searchFor={0}")
    .track_login(needs::USER)
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("Canada Post, message code tables", 202, MEANS)
    .silent(SILENT)
    .zeros_before();

const MEANS: &[(&str, D)] = &[
    ("100", D::HubProcessing),
    ("102", D::HubProcessing),
    ("104", D::HubProcessing),
    ("105", D::HubProcessing),
    ("106", D::HubProcessing),
    ("107", D::HubProcessing),
    ("1100", D::ReturnToSender),
    ("113", D::SubContractorEvent),
    ("114", D::SubContractorEvent),
    ("115", D::SubContractorReceived),
    ("116", D::SubContractorReceived),
    ("117", D::HeldByCarrier),
    ("118", D::ParcelOutsideOfServiceCapability),
    ("120", D::AddressQuery),
    ("121", D::HeldByCarrier),
    ("1240", D::HubProcessing),
    ("1241", D::HubProcessing),
    ("1244", D::HubProcessing),
    ("127", D::HeldByCustoms),
    ("130", D::CustomsCleared),
    ("1300", D::ReceivedByCarrier),
    ("1301", D::DroppedOff),
    ("1302", D::DroppedOff),
    ("1303", D::DroppedOff),
    ("1405", D::DeliveredToPickupPoint),
    ("1406", D::ParcelCollectedFromPickupPoint),
    ("1407", D::AwaitingCollectionFromPickupPoint),
    ("1408", D::Delivered),
    ("1409", D::Delivered),
    ("1410", D::HeldByCarrier),
    ("1411", D::AttemptedDelivery),
    ("1412", D::AddressQuery),
    ("1414", D::DeliveryRescheduled),
    ("1415", D::ReturnToSender),
    ("1416", D::ReturnToSender),
    ("1417", D::RefusedByCustomer),
    ("1418", D::ReturnToSender),
    ("1419", D::NotCollectedFromPickupPoint),
    ("1420", D::ReturnToSender),
    ("1421", D::Delivered),
    ("1422", D::Delivered),
    ("1423", D::Delivered),
    ("1424", D::Delivered),
    ("1425", D::DeliveredToReception),
    ("1426", D::Delivered),
    ("1427", D::DeliveredSpecifiedSafePlace),
    ("1428", D::Delivered),
    ("1429", D::Delivered),
    ("1430", D::Delivered),
    ("1431", D::Delivered),
    ("1432", D::DeliveredToReception),
    ("1433", D::Delivered),
    ("1434", D::DeliveredSpecifiedSafePlace),
    ("1435", D::CustomerCarded),
    ("1436", D::CustomerCarded),
    ("1437", D::CustomerCarded),
    ("1438", D::CustomerCarded),
    ("1441", D::Delivered),
    ("1442", D::Delivered),
    ("1443", D::AttemptedDelivery),
    ("1444", D::DeliveryScheduled),
    ("1450", D::HeldByCarrier),
    ("1461", D::DeliveredToReception),
    ("1462", D::DeliveredToReception),
    ("1463", D::DeliveredToReception),
    ("1465", D::DeliveredToReception),
    ("1466", D::DeliveredToReception),
    ("1467", D::DeliveredToReception),
    ("1468", D::DeliveredToReception),
    ("1469", D::DeliveredToReception),
    ("1471", D::DeliveredToAlternativeDeliveryLocation),
    ("1472", D::DeliveredToAlternativeDeliveryLocation),
    ("1473", D::DeliveredToReception),
    ("1475", D::DeliveredToReception),
    ("1476", D::Delivered),
    ("1479", D::CustomerCarded),
    ("1480", D::ParcelRedirected),
    ("1481", D::ReturnToSender),
    ("1482", D::RefusedByCustomer),
    ("1483", D::NotDelivered),
    ("1484", D::HeldByCarrier),
    ("1487", D::HeldByCustoms),
    ("1488", D::CustomerCarded),
    ("1490", D::ParcelRedirected),
    ("1491", D::ReturnToSender),
    ("1492", D::RefusedByCustomer),
    ("1493", D::NotDelivered),
    ("1494", D::HeldByCarrier),
    ("1495", D::HeldByCustoms),
    ("1496", D::Delivered),
    ("1498", D::Delivered),
    ("150", D::ParcelDisposed),
    ("156", D::CustomerCarded),
    ("159", D::DelayedNotCarrier),
    ("160", D::DelayedNotCarrier),
    ("161", D::CarrierDelays),
    ("162", D::CarrierDelays),
    ("163", D::DelayedNotCarrier),
    ("167", D::ReturnToSender),
    ("168", D::ReturnToSender),
    ("169", D::ReturnToSender),
    ("170", D::HubProcessing),
    ("1701", D::CollectAtLocalPo),
    ("1703", D::InTransit),
    ("1705", D::InTransit),
    ("171", D::AddressQuery),
    ("172", D::Misrouted),
    ("173", D::AddressQuery),
    ("174", D::OutForDelivery),
    ("175", D::InTransit),
    ("179", D::NotDelivered),
    ("181", D::ReturnToSender),
    ("182", D::ReturnToSender),
    ("183", D::ReturnToSender),
    ("184", D::ReturnToSender),
    ("190", D::Cancelled),
    ("198", D::ParcelOverLabelled),
    ("20", D::ProofOfDelivery),
    ("2001", D::ProofOfDelivery),
    ("2300", D::PickedUp),
    ("2407", D::AwaitingCollectionFromPickupPoint),
    ("2410", D::HeldByCarrier),
    ("2411", D::HeldByCarrier),
    ("2412", D::AddressQuery),
    ("2414", D::DeliveryRescheduled),
    ("2500", D::HubProcessing),
    ("2501", D::HubProcessing),
    ("2600", D::ReturnToSender),
    ("2601", D::InTransit),
    ("2802", D::ReturnToSender),
    ("3000", D::ElecAdviceRecdByCarrier),
    ("3001", D::ReturnToSender),
    ("3002", D::ShipmentCreated),
    ("400", D::HubScanIn),
    ("4000", D::ReceivedByCarrier),
    ("405", D::HubScanIn),
    ("410", D::HubScanOut),
    ("4100", D::HubProcessing),
    ("4202", D::HubScanOut),
    ("4310", D::HubScanIn),
    ("4311", D::HubScanIn),
    ("4330", D::CustomsProcessing),
    ("4400", D::CustomsProcessing),
    ("4500", D::CustomsCleared),
    ("4550", D::InTransit),
    ("4600", D::ReceivedLocalDeliveryDepot),
    ("4650", D::NotDelivered),
    ("4700", D::HeldByCarrier),
    ("4900", D::HubScanIn),
    ("4950", D::HubScanOut),
    ("500", D::OutForDelivery),
    ("5201", D::CustomsCleared),
    ("621", D::DeliveryRescheduled),
    ("622", D::DeliveryRescheduled),
    ("623", D::DeliveryRescheduled),
    ("624", D::DeliveryRescheduled),
    ("625", D::DeliveryRescheduled),
    ("626", D::DeliveryRescheduled),
    ("627", D::DeliveryRescheduled),
    ("628", D::DeliveryRescheduled),
    ("630", D::ParcelRedirectedByCarrier),
    ("701", D::HubScanIn),
    ("710", D::ParcelDamaged),
    ("800", D::CustomsProcessing),
    ("804", D::InTransit),
    ("810", D::HeldByCustoms),
    ("815", D::HubProcessing),
    ("8901", D::HubScanOut),
    ("900", D::CustomsCleared),
    ("910", D::CustomsCleared),
];

const SILENT: &[&str] = &[
    "1200", "1203", "1210", "1214", "1215", "1216", "1220", "1221", "1223", "1224", "1225", "1230", "1232", "1234",
    "1245", "152", "21", "2101", "4450", "610", "611", "612", "613", "614", "615", "616", "617", "618", "619", "620",
    "629", "700",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("canada_post", "3000", "", Some(D::ElecAdviceRecdByCarrier));
        check("canada_post", "1301", "", Some(D::DroppedOff));
        check("canada_post", "0100", "", Some(D::HubProcessing));
        check("canada_post", "100", "", Some(D::HubProcessing));
        check("canada_post", "0174", "", Some(D::OutForDelivery));
        check("canada_post", "1408", "", Some(D::Delivered));
        check("canada_post", "1496", "", Some(D::Delivered));
        check("canada_post", "1441", "", Some(D::Delivered));
        check("canada_post", "1435", "", Some(D::CustomerCarded));
        check("canada_post", "0020", "", Some(D::ProofOfDelivery));
        check("canada_post", "810", "", Some(D::HeldByCustoms));
        check("canada_post", "1417", "", Some(D::RefusedByCustomer));
        check("canada_post", "1419", "", Some(D::NotCollectedFromPickupPoint));
        check("canada_post", "700", "", None);
        check("canada_post", "9999", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("canada_post.rs"));
    }
}
