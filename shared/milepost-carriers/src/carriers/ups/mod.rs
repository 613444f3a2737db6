//! UPS. 74 codes: the three digits that the Track API gives as `statusCode` (000 to 069, a list that several public
//! integrations quote whole, and 071 of UPS-API/api-documentation issue 7), and the ten letters of its status types.
//!
//! UPS says what an event is in three ways: a type (`I`), an activity code of two characters (`OT`) and the three
//! digits. The activity codes are not published as a list, and one code means different things under different types,
//! so alone it means nothing here. Rule: a known pair of type and activity goes first; then the three digits, sent as
//! the specific code; then the type. A live answer has all three: the activity is the event's code, and beside it stand
//! the digits, or the type where the digits say nothing (decision 0030). 11 codes are silent: service upgrades, voided
//! pickups, a type that only updates (`U`), types of freight.

pub(crate) mod live;

use milepost_model::DetailCode as D;

use crate::registry::{Carrier, needs};
use crate::statuses::Codes;

/// The registry's entry.
pub(crate) const CARRIER: Carrier = Carrier::new("ups", "UPS")
    .based_in("US")
    .ship24("ups")
    .link("https://www.ups.com/track?tracknum={0}")
    .without_connection()
    .track_login(needs::CLIENT)
    .documented_track()
    .detected()
    .codes(&CODES);

pub(crate) static CODES: Codes = Codes::new("UPS Track API, status codes and types", 74, MEANS)
    .silent(SILENT)
    .pairs(PAIRS);

const MEANS: &[(&str, D)] = &[
    ("003", D::ShipmentCreated),
    ("005", D::InTransit),
    ("006", D::OutForDelivery),
    ("007", D::Cancelled),
    ("010", D::InTransit),
    ("011", D::Delivered),
    ("012", D::CustomsProcessing),
    ("013", D::UnspecifiedException),
    ("014", D::CustomsCleared),
    ("016", D::HeldByCarrier),
    ("017", D::CustomerToCollectFromCarrier),
    ("018", D::DeliveryArrangedWithRecipient),
    ("019", D::DeliveryRescheduled),
    ("020", D::DeliveryRescheduled),
    ("021", D::OutForDelivery),
    ("022", D::AttemptedDelivery),
    ("023", D::AttemptedDelivery),
    ("024", D::AttemptedDeliveryFinal),
    ("025", D::SubContractorReceived),
    ("026", D::Delivered),
    ("027", D::DeliveryArrangedWithRecipient),
    ("028", D::ParcelRedirected),
    ("029", D::UnspecifiedException),
    ("030", D::UnspecifiedException),
    ("032", D::DelayedNotCarrier),
    ("033", D::ReturnToSender),
    ("034", D::ReturnToSender),
    ("035", D::ReturnToSender),
    ("036", D::ReturnToSender),
    ("037", D::ReturnToSender),
    ("038", D::PickedUp),
    ("039", D::SubContractorEvent),
    ("040", D::DeliveredToPickupPoint),
    ("044", D::NotYetReceivedByCarrier),
    ("045", D::NotYetReceivedByCarrier),
    ("046", D::CarrierDelays),
    ("047", D::CarrierDelays),
    ("048", D::CarrierDelays),
    ("049", D::CarrierDelays),
    ("050", D::AddressQuery),
    ("051", D::DelayedNotCarrier),
    ("052", D::DelayedNotCarrier),
    ("053", D::DelayedNotCarrier),
    ("054", D::DeliveryArrangedWithRecipient),
    ("055", D::DeliveryRescheduled),
    ("057", D::InTransit),
    ("058", D::HeldByCarrierForClearancePreProcessing),
    ("059", D::ParcelDamaged),
    ("060", D::AttemptedDelivery),
    ("061", D::AttemptedDelivery),
    ("062", D::CodAmountNotPaid),
    ("063", D::DeliveryArrangedWithRecipient),
    ("064", D::RefusedByCustomer),
    ("065", D::PickupFailed),
    ("066", D::AttemptedDelivery),
    ("067", D::ReturnToSender),
    ("069", D::NotCollectedFromPickupPoint),
    ("071", D::ReceivedLocalDeliveryDepot),
    ("D", D::Delivered),
    ("I", D::InTransit),
    ("M", D::ShipmentCreated),
    ("MV", D::Cancelled),
    ("X", D::UnspecifiedException),
];

const SILENT: &[&str] = &["000", "041", "042", "043", "056", "068", "DD", "DO", "NA", "U", "W"];

/// Type and activity, as UPS's answers pair them (stores-com/bloodhound pull request 22).
const PAIRS: &[(&str, &str, D)] = &[("I", "OT", D::OutForDelivery)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::check;

    #[test]
    fn rows_of_the_source() {
        check("ups", "M", "", Some(D::ShipmentCreated));
        check("ups", "M", "MP", Some(D::ShipmentCreated));
        check("ups", "MV", "", Some(D::Cancelled));
        check("ups", "I", "", Some(D::InTransit));
        check("ups", "I", "OT", Some(D::OutForDelivery));
        check("ups", "I", "021", Some(D::OutForDelivery));
        check("ups", "I", "AR", Some(D::InTransit));
        check("ups", "X", "024", Some(D::AttemptedDeliveryFinal));
        check("ups", "X", "064", Some(D::RefusedByCustomer));
        check("ups", "D", "KB", Some(D::Delivered));
        check("ups", "D", "040", Some(D::DeliveredToPickupPoint));
        check("ups", "011", "", Some(D::Delivered));
        check("ups", "U", "", None);
        check("ups", "OT", "", None);
    }

    #[test]
    fn the_head_counts_them() {
        CODES.assert_head(include_str!("mod.rs"));
    }
}
