//! UN/EDIFACT IFTSTA, segment STS: 103 codes, all of the status event list 9011 of directories D.96A and D.96B as the
//! test files of indice-co/EDI.Net have it. Later directories take the same numbers from UN/ECE Recommendation 24; its
//! first 45 were compared and agree. Recommendation 24 goes on beyond 103: those stay unknown.
//!
//! The list is made for containers, wagons and ships as well as for parcels: 42 codes are silent because they are about
//! equipment, hire and stowage, or say of the goods only that they were found, sealed or counted. A delay without a
//! reason is the carrier's own word that it is late.

use milepost_model::DetailCode as D;

use crate::statuses::Codes;

pub(super) static EVENTS: Codes = Codes::new("UN/EDIFACT D.96B, list 9011", 103, MEANS).silent(SILENT);

const MEANS: &[(&str, D)] = &[
    ("1", D::HubScanIn),
    ("10", D::CustomsProcessing),
    ("100", D::InTransit),
    ("101", D::CarrierDelays),
    ("12", D::CustomsCleared),
    ("13", D::PickedUp),
    ("15", D::HubProcessing),
    ("16", D::InTransit),
    ("17", D::HeldByCustoms),
    ("18", D::ParcelDamaged),
    ("20", D::CarrierDelays),
    ("21", D::Delivered),
    ("22", D::Delivered),
    ("23", D::NotDelivered),
    ("24", D::HubScanOut),
    ("25", D::CarrierDelays),
    ("27", D::HubScanOut),
    ("28", D::HubProcessing),
    ("29", D::HubProcessing),
    ("3", D::ParcelDamaged),
    ("31", D::InTransit),
    ("35", D::InTransit),
    ("39", D::CustomsCleared),
    ("40", D::HubScanIn),
    ("41", D::InTransit),
    ("42", D::InTransit),
    ("43", D::InTransit),
    ("44", D::InTransit),
    ("45", D::ParcelUpdateNotification),
    ("46", D::CustomsProcessing),
    ("47", D::HubScanIn),
    ("48", D::InTransit),
    ("49", D::ParcelLost),
    ("52", D::CarrierDelays),
    ("53", D::PickupFailed),
    ("56", D::NotDelivered),
    ("59", D::HubProcessing),
    ("6", D::ShipmentCreated),
    ("63", D::PickupFailed),
    ("64", D::AwaitingPickupDropOff),
    ("66", D::UnspecifiedException),
    ("69", D::ParcelDisposed),
    ("7", D::Cancelled),
    ("74", D::HubScanIn),
    ("75", D::ParcelRedirected),
    ("76", D::ParcelRedirected),
    ("77", D::RefusedByCustomer),
    ("79", D::InTransit),
    ("8", D::CustomsCleared),
    ("80", D::ReturnToSender),
    ("82", D::ReturnToSender),
    ("87", D::Misrouted),
    ("9", D::CustomsCleared),
    ("90", D::HeldByCarrier),
    ("91", D::HubProcessing),
    ("92", D::InTransit),
    ("93", D::HubProcessing),
    ("94", D::HubProcessing),
    ("97", D::ParcelDamaged),
    ("98", D::HubScanIn),
    ("99", D::HubScanOut),
];

const SILENT: &[&str] = &[
    "102", "103", "11", "14", "19", "2", "26", "30", "32", "33", "34", "36", "37", "38", "4", "5", "50", "51", "54",
    "55", "57", "58", "60", "61", "62", "65", "67", "68", "70", "71", "72", "73", "78", "81", "83", "84", "85", "86",
    "88", "89", "95", "96",
];
