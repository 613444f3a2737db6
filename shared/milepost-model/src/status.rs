use std::fmt;

/// ShipEngine's eight status codes (the tracking page of its documentation, and `status_code` in its OpenAPI).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// `UN`: no mapped status is known.
    Unknown,
    /// `NY`: announced, or not known to the carrier yet.
    NotYetInSystem,
    /// `AC`: the carrier has it.
    Accepted,
    /// `IT`
    InTransit,
    /// `AT`: a delivery was attempted.
    DeliveryAttempt,
    /// `EX`: something went wrong.
    Exception,
    /// `SP`: waiting at a collection location.
    DeliveredToServicePoint,
    /// `DE`
    Delivered,
}

impl Status {
    /// Every status, in order of [`Status::rank`].
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::NotYetInSystem,
        Self::Accepted,
        Self::InTransit,
        Self::DeliveryAttempt,
        Self::Exception,
        Self::DeliveredToServicePoint,
        Self::Delivered,
    ];

    /// The two letters of the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "UN",
            Self::NotYetInSystem => "NY",
            Self::Accepted => "AC",
            Self::InTransit => "IT",
            Self::DeliveryAttempt => "AT",
            Self::Exception => "EX",
            Self::DeliveredToServicePoint => "SP",
            Self::Delivered => "DE",
        }
    }

    /// The status of two letters, in either case.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.code().eq_ignore_ascii_case(code))
    }

    /// Progress, used only to order two events of the same instant: 0 for unknown to 7 for delivered.
    pub fn rank(self) -> u8 {
        self as u8
    }
}

macro_rules! detail_codes {
    ($($variant:ident $code:literal,)*) => {
        /// The 75 values of `status_detail_code` in ShipEngine's OpenAPI document, which Connect calls standardized
        /// status detail codes. Carriers' codes map to one of these first; status, milestone and category follow.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum DetailCode {
            $(
                #[doc = concat!("`", $code, "`")]
                $variant,
            )*
        }

        impl DetailCode {
            /// Every detail code, in the order of the published list.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The API's text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The detail code of an API text.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

detail_codes! {
    CarrierStatusNotMapped "CARRIER_STATUS_NOT_MAPPED",
    ShipmentCreated "SHIPMENT_CREATED",
    AwaitingPickupDropOff "AWAITING_PICKUP_DROP_OFF",
    DroppedOff "DROPPED_OFF",
    ElecAdviceRecdByCarrier "ELEC_ADVICE_RECD_BY_CARRIER",
    PickedUp "PICKED_UP",
    CustomsCleared "CUSTOMS_CLEARED",
    CustomsProcessing "CUSTOMS_PROCESSING",
    DeliveryArrangedWithRecipient "DELIVERY_ARRANGED_WITH_RECIPIENT",
    HubScanOut "HUB_SCAN_OUT",
    HubScanIn "HUB_SCAN_IN",
    InTransit "IN_TRANSIT",
    Information "INFORMATION",
    ParcelOverLabelled "PARCEL_OVER_LABELLED",
    ParcelUpdateNotification "PARCEL_UPDATE_NOTIFICATION",
    ReceivedByCarrier "RECEIVED_BY_CARRIER",
    ReceivedLocalDeliveryDepot "RECEIVED_LOCAL_DELIVERY_DEPOT",
    SubContractorEvent "SUB_CONTRACTOR_EVENT",
    SubContractorReceived "SUB_CONTRACTOR_RECEIVED",
    ParcelRedirected "PARCEL_REDIRECTED",
    DeliveryScheduled "DELIVERY_SCHEDULED",
    HubProcessing "HUB_PROCESSING",
    DeliveryRescheduled "DELIVERY_RESCHEDULED",
    AttemptedDelivery "ATTEMPTED_DELIVERY",
    AttemptedDeliveryFinal "ATTEMPTED_DELIVERY_FINAL",
    CodAmountPaid "COD_AMOUNT_PAID",
    CustomerCarded "CUSTOMER_CARDED",
    OutForDelivery "OUT_FOR_DELIVERY",
    AwaitingCollectionFromPickupPoint "AWAITING_COLLECTION_FROM_PICKUP_POINT",
    CollectAtLocalPo "COLLECT_AT_LOCAL_PO",
    CustomerToCollectFromCarrier "CUSTOMER_TO_COLLECT_FROM_CARRIER",
    DeliveredToReception "DELIVERED_TO_RECEPTION",
    Delivered "DELIVERED",
    DeliveredDamaged "DELIVERED_DAMAGED",
    DeliveredInPart "DELIVERED_IN_PART",
    DeliveredSpecifiedSafePlace "DELIVERED_SPECIFIED_SAFE_PLACE",
    DeliveredToAlternativeDeliveryLocation "DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION",
    DeliveredToNeighbour "DELIVERED_TO_NEIGHBOUR",
    DeliveredToPoBox "DELIVERED_TO_PO_BOX",
    ParcelCollectedFromPickupPoint "PARCEL_COLLECTED_FROM_PICKUP_POINT",
    PostTransitStatus "POST_TRANSIT_STATUS",
    ProofOfDelivery "PROOF_OF_DELIVERY",
    PickupFailed "PICKUP_FAILED",
    NotYetReceivedByCarrier "NOT_YET_RECEIVED_BY_CARRIER",
    ParcelDamaged "PARCEL_DAMAGED",
    AddressQuery "ADDRESS_QUERY",
    CarrierDelays "CARRIER_DELAYS",
    DelayedNotCarrier "DELAYED_NOT_CARRIER",
    HeldByCarrier "HELD_BY_CARRIER",
    HeldByCarrierForClearancePreProcessing "HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING",
    HeldByCustoms "HELD_BY_CUSTOMS",
    IncorrectDeclaration "INCORRECT_DECLARATION",
    Misrouted "MISROUTED",
    ParcelRepacked "PARCEL_REPACKED",
    RecdByCarrierNoElecAdvice "RECD_BY_CARRIER_NO_ELEC_ADVICE",
    CodAmountNotPaid "COD_AMOUNT_NOT_PAID",
    CustomerIdentificationFailed "CUSTOMER_IDENTIFICATION_FAILED",
    NoAccessToRecipientsAddress "NO_ACCESS_TO_RECIPIENTS_ADDRESS",
    Cancelled "CANCELLED",
    CustomerMoved "CUSTOMER_MOVED",
    HazardousProhibited "HAZARDOUS_PROHIBITED",
    NotCollectedFromPickupPoint "NOT_COLLECTED_FROM_PICKUP_POINT",
    NotDelivered "NOT_DELIVERED",
    NotDeliveredAddresseeDeceased "NOT_DELIVERED_ADDRESSEE_DECEASED",
    ParcelDisposed "PARCEL_DISPOSED",
    ParcelLost "PARCEL_LOST",
    ParcelOutsideOfServiceCapability "PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY",
    RefusedByCustomer "REFUSED_BY_CUSTOMER",
    ReturnToSender "RETURN_TO_SENDER",
    UnspecifiedException "UNSPECIFIED_EXCEPTION",
    TrackingExpired "TRACKING_EXPIRED",
    DutyNotPaid "DUTY_NOT_PAID",
    ParcelRedirectedByCarrier "PARCEL_REDIRECTED_BY_CARRIER",
    DeliveredToPickupPoint "DELIVERED_TO_PICKUP_POINT",
    UndeliverableReturnedToSender "UNDELIVERABLE_RETURNED_TO_SENDER",
}

impl DetailCode {
    /// Whether it may change a parcel that was delivered: a return, or the carrier's correction that it was not
    /// delivered after all. Anything else after delivery (a late scan, an information row) leaves it delivered.
    pub fn reopens_delivered(self) -> bool {
        matches!(
            self,
            Self::ReturnToSender
                | Self::UndeliverableReturnedToSender
                | Self::RefusedByCustomer
                | Self::NotDelivered
                | Self::NotDeliveredAddresseeDeceased
                | Self::NotCollectedFromPickupPoint
                | Self::ParcelLost
        )
    }

    /// Whether a parcel's life begins with it: after a long silence it means that the number is used again.
    pub fn starts_life(self) -> bool {
        matches!(
            self,
            Self::ShipmentCreated
                | Self::AwaitingPickupDropOff
                | Self::DroppedOff
                | Self::ElecAdviceRecdByCarrier
                | Self::PickedUp
                | Self::NotYetReceivedByCarrier
                | Self::ReceivedByCarrier
                | Self::RecdByCarrierNoElecAdvice
        )
    }

    /// Whether nothing more is to come after it.
    pub fn ends_life(self) -> bool {
        matches!(
            self,
            Self::UndeliverableReturnedToSender
                | Self::ReturnToSender
                | Self::ParcelDisposed
                | Self::ParcelLost
                | Self::Cancelled
                | Self::TrackingExpired
        )
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for DetailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        assert_eq!(DetailCode::ALL.len(), 75, "the published list");
        for detail in DetailCode::ALL {
            assert_eq!(DetailCode::from_text(detail.as_str()), Some(*detail));
        }
        for (rank, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(Status::from_code(status.code()), Some(status));
            assert_eq!(usize::from(status.rank()), rank);
        }
        assert_eq!(Status::from_code("XX"), None);
        assert_eq!(
            DetailCode::from_text("delivered"),
            None,
            "the API's texts are upper case"
        );
    }
}
