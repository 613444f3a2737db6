//! Ship24's own status model: a milestone, and where it applies a category and a code.

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("`", $text, "`")]
                $(#[$variant_doc])*
                $variant,
            )*
        }

        impl $name {
            /// The API's text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

texts! {
    /// How far a shipment is. Every event and shipment has one.
    Milestone {
        Pending "pending",
        InfoReceived "info_received",
        InTransit "in_transit",
        OutForDelivery "out_for_delivery",
        FailedAttempt "failed_attempt",
        AvailableForPickup "available_for_pickup",
        Delivered "delivered",
        Exception "exception",
    }
}

texts! {
    /// What kind of event it was.
    Category {
        Data "data",
        Transit "transit",
        Destination "destination",
        Customs "customs",
        Delivery "delivery",
        Exception "exception",
    }
}

texts! {
    /// What happened; each code belongs to one category.
    Ship24Code {
        DataOrderCreated "data_order_created",
        DataOrderCancelled "data_order_cancelled",
        DataDeliveryProposed "data_delivery_proposed",
        DataDeliveryDecided "data_delivery_decided",
        TransitHandover "transit_handover",
        TransitOriginCountryDeparture "transit_origin_country_departure",
        DestinationArrival "destination_arrival",
        CustomsReceived "customs_received",
        CustomsException "customs_exception",
        CustomsRejected "customs_rejected",
        CustomsCleared "customs_cleared",
        DeliveryAvailableForPickup "delivery_available_for_pickup",
        DeliveryOutForDelivery "delivery_out_for_delivery",
        DeliveryAttempted "delivery_attempted",
        DeliveryException "delivery_exception",
        DeliveryRefused "delivery_refused",
        DeliveryDelivered "delivery_delivered",
        ExceptionReturn "exception_return",
        ExceptionLost "exception_lost",
        ExceptionDiscarded "exception_discarded",
    }
}

/// A status as Ship24's API writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ship24Status {
    /// How far the shipment is.
    pub milestone: Milestone,
    /// The kind of event; `None` where no category fits.
    pub category: Option<Category>,
    /// What happened; `None` where the list has no code for it.
    pub code: Option<Ship24Code>,
}
