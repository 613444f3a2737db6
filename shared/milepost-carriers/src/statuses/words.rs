//! Statuses in words, for people.

use milepost_model::{DetailCode, Status};

/// ShipEngine's own description of a status.
pub fn status_description(status: Status) -> &'static str {
    match status {
        Status::Unknown => "Unknown",
        Status::NotYetInSystem => "Not Yet In System",
        Status::Accepted => "Accepted",
        Status::InTransit => "In Transit",
        Status::DeliveryAttempt => "Delivery Attempt",
        Status::Exception => "Exception",
        Status::DeliveredToServicePoint => "Delivered To The Collection Location",
        Status::Delivered => "Delivered",
    }
}

/// A detail code in plain words, one short sentence.
pub fn detail_description(detail: DetailCode) -> &'static str {
    use DetailCode as D;

    match detail {
        D::CarrierStatusNotMapped => "The carrier's status has no standard meaning yet.",
        D::ShipmentCreated => "The shipment was announced to the carrier.",
        D::AwaitingPickupDropOff => "The parcel waits to be picked up or dropped off.",
        D::DroppedOff => "The parcel was dropped off with the carrier.",
        D::ElecAdviceRecdByCarrier => "The carrier has received the shipment's data.",
        D::PickedUp => "The carrier picked the parcel up.",
        D::CustomsCleared => "Customs cleared the parcel.",
        D::CustomsProcessing => "Customs is processing the parcel.",
        D::DeliveryArrangedWithRecipient => "Delivery was arranged with the recipient.",
        D::HubScanOut => "The parcel left a carrier facility.",
        D::HubScanIn => "The parcel arrived at a carrier facility.",
        D::InTransit => "The parcel is on its way.",
        D::Information => "The carrier added information.",
        D::ParcelOverLabelled => "The carrier put a new label on the parcel.",
        D::ParcelUpdateNotification => "The carrier sent the recipient an update.",
        D::ReceivedByCarrier => "The carrier has received the parcel.",
        D::ReceivedLocalDeliveryDepot => "The parcel arrived at the local delivery depot.",
        D::SubContractorEvent => "A delivery partner of the carrier reported progress.",
        D::SubContractorReceived => "A delivery partner of the carrier has received the parcel.",
        D::ParcelRedirected => "The parcel was redirected.",
        D::DeliveryScheduled => "Delivery was scheduled.",
        D::HubProcessing => "The parcel is being processed at a carrier facility.",
        D::DeliveryRescheduled => "Delivery was rescheduled.",
        D::AttemptedDelivery => "Delivery was attempted.",
        D::AttemptedDeliveryFinal => "Delivery was attempted for the last time.",
        D::CodAmountPaid => "The amount due on delivery was paid.",
        D::CustomerCarded => "Delivery was attempted and a card was left.",
        D::OutForDelivery => "The parcel is out for delivery.",
        D::AwaitingCollectionFromPickupPoint => "The parcel is ready at a pickup point.",
        D::CollectAtLocalPo => "The parcel is ready at the local post office.",
        D::CustomerToCollectFromCarrier => "The parcel is ready at the carrier's depot.",
        D::DeliveredToReception => "The parcel was delivered to a reception.",
        D::Delivered => "The parcel was delivered.",
        D::DeliveredDamaged => "The parcel was delivered damaged.",
        D::DeliveredInPart => "A part of the shipment was delivered.",
        D::DeliveredSpecifiedSafePlace => "The parcel was left in the safe place that the recipient named.",
        D::DeliveredToAlternativeDeliveryLocation => "The parcel was delivered to another location.",
        D::DeliveredToNeighbour => "The parcel was delivered to a neighbour.",
        D::DeliveredToPoBox => "The parcel was delivered to a post office box.",
        D::ParcelCollectedFromPickupPoint => "The parcel was collected from the pickup point.",
        D::PostTransitStatus => "The carrier added information after delivery.",
        D::ProofOfDelivery => "The delivery is proven.",
        D::PickupFailed => "The carrier could not pick the parcel up.",
        D::NotYetReceivedByCarrier => "The carrier has not received the parcel yet.",
        D::ParcelDamaged => "The parcel is damaged.",
        D::AddressQuery => "There is a problem with the address.",
        D::CarrierDelays => "The carrier is late.",
        D::DelayedNotCarrier => "The parcel is late for a reason outside the carrier.",
        D::HeldByCarrier => "The carrier holds the parcel.",
        D::HeldByCarrierForClearancePreProcessing => "The carrier holds the parcel to prepare customs clearance.",
        D::HeldByCustoms => "Customs holds the parcel.",
        D::IncorrectDeclaration => "The parcel was declared incorrectly.",
        D::Misrouted => "The parcel was sent the wrong way.",
        D::ParcelRepacked => "The carrier repacked the parcel.",
        D::RecdByCarrierNoElecAdvice => "The carrier has received the parcel but not its data.",
        D::CodAmountNotPaid => "The amount due on delivery was not paid.",
        D::CustomerIdentificationFailed => "The recipient could not be identified.",
        D::NoAccessToRecipientsAddress => "The carrier had no access to the address.",
        D::Cancelled => "The shipment was cancelled.",
        D::CustomerMoved => "The recipient has moved.",
        D::HazardousProhibited => "The parcel holds something that the carrier may not carry.",
        D::NotCollectedFromPickupPoint => "The parcel was not collected from the pickup point.",
        D::NotDelivered => "The parcel was not delivered.",
        D::NotDeliveredAddresseeDeceased => "The parcel was not delivered: the recipient has died.",
        D::ParcelDisposed => "The carrier disposed of the parcel.",
        D::ParcelLost => "The parcel is lost.",
        D::ParcelOutsideOfServiceCapability => "The parcel is outside what the service can carry.",
        D::RefusedByCustomer => "The recipient refused the parcel.",
        D::ReturnToSender => "The parcel goes back to the sender.",
        D::UnspecifiedException => "Something went wrong that the carrier does not name.",
        D::TrackingExpired => "The carrier no longer tracks the parcel.",
        D::DutyNotPaid => "Duty was not paid.",
        D::ParcelRedirectedByCarrier => "The carrier redirected the parcel.",
        D::DeliveredToPickupPoint => "The parcel was delivered to a pickup point.",
        D::UndeliverableReturnedToSender => "The parcel could not be delivered and went back to the sender.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_detail_has_words_of_its_own() {
        let words: BTreeSet<_> = DetailCode::ALL
            .iter()
            .map(|detail| detail_description(*detail))
            .collect();
        assert_eq!(words.len(), DetailCode::ALL.len());
        assert!(words.iter().all(|text| text.ends_with('.')));
    }

    #[test]
    fn statuses_read_as_shipengine_writes_them() {
        let words: Vec<_> = Status::ALL
            .into_iter()
            .map(|status| format!("{status} {}", status_description(status)))
            .collect();
        insta::assert_snapshot!(words.join("\n"), @r"
        UN Unknown
        NY Not Yet In System
        AC Accepted
        IT In Transit
        AT Delivery Attempt
        EX Exception
        SP Delivered To The Collection Location
        DE Delivered
        ");
    }
}
