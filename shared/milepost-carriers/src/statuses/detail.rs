//! The one table from detail code to both API families. It is a `match`, so that a new detail code does not compile
//! until it has its row.
//!
//! ShipEngine publishes the 75 detail codes but not the status of each. The list is published in groups (announced and
//! accepted, in transit, attempted, to be collected, delivered, exception), which decide where the name leaves it open;
//! captured answers show `ELEC_ADVICE_RECD_BY_CARRIER` as `AC` and `OUT_FOR_DELIVERY` as `IT`. The meaning of the name
//! goes before its group in few rows: what nobody handed over yet is `NY`, a parcel that came without its data is
//! accepted, a door that stayed shut or a payment that was not made at it is an attempt.
//!
//! Ship24 publishes what its milestones, categories and codes mean. Its milestone `exception` is for what seems final
//! (lost, returned, destroyed, undeliverable), its codes `delivery_exception` and `customs_exception` for what can
//! usually be solved. So a delay, a hold, a question about the address or a wrong turn is a problem in `EX` and still
//! under way for Ship24: the two families do not mean the same by an exception. A pickup that failed is tried again: the
//! parcel stays announced. `destination_arrival` is the destination country, not the depot next door. A time that is
//! settled is `data_delivery_decided`; `data_delivery_proposed` waits for the recipient's answer.

use milepost_model::{DetailCode, Status};

use super::ship24::{Category, Milestone, Ship24Code, Ship24Status};

/// ShipEngine's status of a detail code.
pub fn status_of(detail: DetailCode) -> Status {
    meaning(detail).0
}

/// Ship24's status of a detail code.
pub fn ship24_of(detail: DetailCode) -> Ship24Status {
    let (_, milestone, category, code) = meaning(detail);
    Ship24Status {
        milestone,
        category,
        code,
    }
}

type Meaning = (Status, Milestone, Option<Category>, Option<Ship24Code>);

fn meaning(detail: DetailCode) -> Meaning {
    use Category as In;
    use DetailCode as D;
    use Milestone as M;
    use Ship24Code as C;
    use Status as S;

    match detail {
        D::CarrierStatusNotMapped => (S::Unknown, M::Pending, None, None),

        D::ShipmentCreated => (
            S::NotYetInSystem,
            M::InfoReceived,
            Some(In::Data),
            Some(C::DataOrderCreated),
        ),
        D::AwaitingPickupDropOff | D::NotYetReceivedByCarrier => {
            (S::NotYetInSystem, M::InfoReceived, Some(In::Data), None)
        }
        D::ElecAdviceRecdByCarrier => (S::Accepted, M::InfoReceived, Some(In::Data), Some(C::DataOrderCreated)),

        D::DroppedOff | D::PickedUp | D::ReceivedByCarrier | D::RecdByCarrierNoElecAdvice => {
            (S::Accepted, M::InTransit, Some(In::Transit), Some(C::TransitHandover))
        }

        D::HubScanOut
        | D::HubScanIn
        | D::HubProcessing
        | D::InTransit
        | D::ReceivedLocalDeliveryDepot
        | D::ParcelOverLabelled
        | D::SubContractorEvent
        | D::ParcelRedirected
        | D::ParcelRedirectedByCarrier => (S::InTransit, M::InTransit, Some(In::Transit), None),
        D::SubContractorReceived => (S::InTransit, M::InTransit, Some(In::Transit), Some(C::TransitHandover)),
        D::CustomsProcessing => (S::InTransit, M::InTransit, Some(In::Customs), Some(C::CustomsReceived)),
        D::CustomsCleared => (S::InTransit, M::InTransit, Some(In::Customs), Some(C::CustomsCleared)),
        D::Information | D::ParcelUpdateNotification => (S::InTransit, M::InTransit, Some(In::Data), None),
        D::DeliveryScheduled | D::DeliveryRescheduled | D::DeliveryArrangedWithRecipient => {
            (S::InTransit, M::InTransit, Some(In::Data), Some(C::DataDeliveryDecided))
        }
        D::CodAmountPaid => (S::InTransit, M::OutForDelivery, Some(In::Delivery), None),
        D::OutForDelivery => (
            S::InTransit,
            M::OutForDelivery,
            Some(In::Delivery),
            Some(C::DeliveryOutForDelivery),
        ),

        D::AttemptedDelivery
        | D::AttemptedDeliveryFinal
        | D::CustomerCarded
        | D::CodAmountNotPaid
        | D::CustomerIdentificationFailed
        | D::NoAccessToRecipientsAddress => (
            S::DeliveryAttempt,
            M::FailedAttempt,
            Some(In::Delivery),
            Some(C::DeliveryAttempted),
        ),

        D::AwaitingCollectionFromPickupPoint
        | D::CollectAtLocalPo
        | D::CustomerToCollectFromCarrier
        | D::DeliveredToPickupPoint => (
            S::DeliveredToServicePoint,
            M::AvailableForPickup,
            Some(In::Delivery),
            Some(C::DeliveryAvailableForPickup),
        ),

        D::Delivered
        | D::DeliveredDamaged
        | D::DeliveredInPart
        | D::DeliveredSpecifiedSafePlace
        | D::DeliveredToAlternativeDeliveryLocation
        | D::DeliveredToNeighbour
        | D::DeliveredToPoBox
        | D::DeliveredToReception
        | D::ParcelCollectedFromPickupPoint
        | D::PostTransitStatus
        | D::ProofOfDelivery => (
            S::Delivered,
            M::Delivered,
            Some(In::Delivery),
            Some(C::DeliveryDelivered),
        ),

        // Problems that can usually be solved.
        D::AddressQuery
        | D::CarrierDelays
        | D::DelayedNotCarrier
        | D::HeldByCarrier
        | D::Misrouted
        | D::ParcelDamaged
        | D::ParcelRepacked => (
            S::Exception,
            M::InTransit,
            Some(In::Delivery),
            Some(C::DeliveryException),
        ),
        // Problems that seem final.
        D::CustomerMoved
        | D::HazardousProhibited
        | D::NotDelivered
        | D::NotDeliveredAddresseeDeceased
        | D::ParcelOutsideOfServiceCapability => (
            S::Exception,
            M::Exception,
            Some(In::Delivery),
            Some(C::DeliveryException),
        ),
        D::RefusedByCustomer => (S::Exception, M::Exception, Some(In::Delivery), Some(C::DeliveryRefused)),
        D::DutyNotPaid | D::HeldByCarrierForClearancePreProcessing | D::HeldByCustoms | D::IncorrectDeclaration => {
            (S::Exception, M::InTransit, Some(In::Customs), Some(C::CustomsException))
        }
        D::Cancelled => (S::Exception, M::Exception, Some(In::Data), Some(C::DataOrderCancelled)),
        D::NotCollectedFromPickupPoint | D::ReturnToSender | D::UndeliverableReturnedToSender => (
            S::Exception,
            M::Exception,
            Some(In::Exception),
            Some(C::ExceptionReturn),
        ),
        D::ParcelLost => (S::Exception, M::Exception, Some(In::Exception), Some(C::ExceptionLost)),
        D::ParcelDisposed => (
            S::Exception,
            M::Exception,
            Some(In::Exception),
            Some(C::ExceptionDiscarded),
        ),
        D::PickupFailed => (S::Exception, M::InfoReceived, Some(In::Data), None),
        D::TrackingExpired | D::UnspecifiedException => (S::Exception, M::Exception, Some(In::Exception), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(details: &[DetailCode], status: Status, milestone: &str) {
        for detail in details {
            assert_eq!(status_of(*detail), status, "{detail}");
            assert_eq!(ship24_of(*detail).milestone.as_str(), milestone, "{detail}");
        }
    }

    #[test]
    fn what_the_sources_state() {
        use DetailCode as D;
        check(&[D::CarrierStatusNotMapped], Status::Unknown, "pending");
        check(&[D::ShipmentCreated], Status::NotYetInSystem, "info_received");
        check(&[D::ElecAdviceRecdByCarrier], Status::Accepted, "info_received");
        check(&[D::PickedUp, D::ReceivedByCarrier], Status::Accepted, "in_transit");
        check(&[D::InTransit, D::CustomsCleared], Status::InTransit, "in_transit");
        check(&[D::OutForDelivery], Status::InTransit, "out_for_delivery");
        check(
            &[D::AttemptedDelivery, D::CustomerCarded],
            Status::DeliveryAttempt,
            "failed_attempt",
        );
        check(
            &[D::CollectAtLocalPo],
            Status::DeliveredToServicePoint,
            "available_for_pickup",
        );
        check(&[D::Delivered, D::ProofOfDelivery], Status::Delivered, "delivered");
        check(&[D::ReturnToSender, D::ParcelLost], Status::Exception, "exception");
        check(&[D::HeldByCustoms, D::CarrierDelays], Status::Exception, "in_transit");
    }

    /// The golden table of all 75: a change here is a change of the public answers.
    #[test]
    fn all_details() {
        let rows: Vec<String> = DetailCode::ALL
            .iter()
            .map(|detail| {
                let ship24 = ship24_of(*detail);
                let category = ship24.category.map_or("-", Category::as_str);
                let code = ship24.code.map_or("-", Ship24Code::as_str);
                let milestone = ship24.milestone.as_str();
                format!("{detail} {} {milestone} {category} {code}", status_of(*detail))
            })
            .collect();
        insta::assert_snapshot!(rows.join("\n"));
    }

    #[test]
    fn a_code_stands_in_its_category() {
        for detail in DetailCode::ALL {
            let ship24 = ship24_of(*detail);
            let Some(code) = ship24.code else { continue };
            let category = ship24.category.map_or("", Category::as_str);
            let prefix = code.as_str().split('_').next();
            assert_eq!(
                prefix,
                Some(category),
                "{detail}: Ship24's codes begin with their category"
            );
        }
    }

    #[test]
    fn what_reopens_a_delivered_parcel_is_not_delivered() {
        for detail in DetailCode::ALL.iter().filter(|detail| detail.reopens_delivered()) {
            assert_eq!(status_of(*detail), Status::Exception, "{detail}");
        }
    }
}
