//! ANSI X12 214, segment AT7, release 4010: 42 codes of a shipment's status (element 1650) and 86 codes of a reason
//! (element 1651), each list as quoted whole by a public implementation of the message.
//!
//! A vehicle that arrived at the place of delivery (`X1`, `X5`) has the parcel at the door: out for delivery. Silent
//! are estimates (`AG`, `B6`, `C1`, `X2`), what the vehicle does after unloading (`CD`), an offer to deliver (`AJ`) and
//! a trailer left at the consignee's (`S1`). Of the reasons, 18 do not say what became of the shipment, `NS` (normal)
//! among them.

use milepost_model::DetailCode as D;

use crate::statuses::Codes;

pub(super) static STATUSES: Codes = Codes::new("X12 4010, element 1650", 42, STATUS_MEANS).silent(STATUS_SILENT);

pub(super) static REASONS: Codes = Codes::new("X12 4010, element 1651", 86, REASON_MEANS).silent(REASON_SILENT);

const STATUS_MEANS: &[(&str, D)] = &[
    ("A3", D::ReturnToSender),
    ("A7", D::RefusedByCustomer),
    ("A9", D::ParcelDamaged),
    ("AF", D::PickedUp),
    ("AH", D::AttemptedDelivery),
    ("AI", D::ParcelRedirected),
    ("AM", D::InTransit),
    ("AN", D::InTransit),
    ("AP", D::NotDelivered),
    ("AR", D::HubScanIn),
    ("AV", D::InTransit),
    ("BA", D::SubContractorReceived),
    ("BC", D::HubProcessing),
    ("CA", D::Cancelled),
    ("CL", D::InTransit),
    ("CP", D::PickedUp),
    ("D1", D::Delivered),
    ("I1", D::HubScanIn),
    ("J1", D::SubContractorReceived),
    ("K1", D::CustomsProcessing),
    ("L1", D::HubProcessing),
    ("OA", D::HubScanOut),
    ("OO", D::NotYetReceivedByCarrier),
    ("P1", D::HubScanOut),
    ("PR", D::HeldByCustoms),
    ("R1", D::ReceivedByCarrier),
    ("RL", D::HubScanOut),
    ("SD", D::CarrierDelays),
    ("X1", D::OutForDelivery),
    ("X3", D::AwaitingPickupDropOff),
    ("X4", D::HubScanIn),
    ("X5", D::OutForDelivery),
    ("X6", D::InTransit),
    ("X8", D::AwaitingPickupDropOff),
    ("XB", D::ElecAdviceRecdByCarrier),
];

const STATUS_SILENT: &[&str] = &["AG", "AJ", "B6", "C1", "CD", "S1", "X2"];

const REASON_MEANS: &[(&str, D)] = &[
    ("A1", D::CarrierDelays),
    ("A2", D::AddressQuery),
    ("A5", D::AddressQuery),
    ("A6", D::AddressQuery),
    ("AA", D::Misrouted),
    ("AD", D::DelayedNotCarrier),
    ("AE", D::HazardousProhibited),
    ("AF", D::CarrierDelays),
    ("AG", D::DelayedNotCarrier),
    ("AH", D::CarrierDelays),
    ("AI", D::CarrierDelays),
    ("AJ", D::DelayedNotCarrier),
    ("AK", D::ParcelRepacked),
    ("AM", D::DelayedNotCarrier),
    ("AN", D::DelayedNotCarrier),
    ("AO", D::DelayedNotCarrier),
    ("AQ", D::DelayedNotCarrier),
    ("AR", D::IncorrectDeclaration),
    ("AS", D::HeldByCustoms),
    ("AT", D::HeldByCarrierForClearancePreProcessing),
    ("AU", D::DelayedNotCarrier),
    ("AV", D::ParcelOutsideOfServiceCapability),
    ("AY", D::PickupFailed),
    ("B1", D::DelayedNotCarrier),
    ("B4", D::HeldByCarrier),
    ("B5", D::HeldByCarrier),
    ("B8", D::DelayedNotCarrier),
    ("B9", D::DelayedNotCarrier),
    ("BB", D::HeldByCarrier),
    ("BC", D::HeldByCarrier),
    ("BD", D::HeldByCustoms),
    ("BE", D::DelayedNotCarrier),
    ("BF", D::CarrierDelays),
    ("BH", D::CarrierDelays),
    ("BL", D::HeldByCarrier),
    ("BM", D::CarrierDelays),
    ("BO", D::CarrierDelays),
    ("BP", D::CarrierDelays),
    ("BQ", D::ParcelOutsideOfServiceCapability),
    ("BR", D::CarrierDelays),
    ("BS", D::RefusedByCustomer),
    ("BT", D::ReturnToSender),
    ("C1", D::CustomerToCollectFromCarrier),
    ("C2", D::HeldByCarrier),
    ("C3", D::HeldByCarrier),
    ("C4", D::DelayedNotCarrier),
    ("C5", D::DelayedNotCarrier),
    ("C6", D::HeldByCarrier),
    ("C7", D::HeldByCarrier),
    ("C8", D::CodAmountNotPaid),
    ("C9", D::CodAmountNotPaid),
    ("CA", D::HeldByCustoms),
    ("D1", D::CarrierDelays),
    ("D2", D::CarrierDelays),
    ("F2", D::DelayedNotCarrier),
    ("HB", D::HeldByCarrier),
    ("P1", D::CarrierDelays),
    ("P2", D::HeldByCarrier),
    ("P3", D::DelayedNotCarrier),
    ("P4", D::HeldByCarrier),
    ("RC", D::ParcelRedirected),
    ("T1", D::CarrierDelays),
    ("T2", D::CarrierDelays),
    ("T3", D::CarrierDelays),
    ("T4", D::CarrierDelays),
    ("T5", D::CarrierDelays),
    ("T6", D::CarrierDelays),
    ("T7", D::CarrierDelays),
];

const REASON_SILENT: &[&str] = &[
    "A3", "AL", "AP", "AW", "AX", "AZ", "B2", "BG", "BI", "BJ", "BK", "BN", "CB", "CC", "F1", "NA", "NS", "S1",
];
