use crate::EventTime;

/// What a carrier states beside events. Of one name, the latest by (as of, arrival) rules, and an empty value never
/// does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Which.
    pub name: FactName,
    /// As the carrier wrote it, trimmed, never empty. Times are ISO 8601 or free text.
    pub value: String,
    /// When it held: what the carrier says, else the newest event of the same row. `None`: when it arrived.
    pub as_of: Option<EventTime>,
}

macro_rules! fact_names {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// Which fact. The number in the list is the stored form and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FactName { $($(#[$doc])* $variant,)* }

        impl FactName {
            /// Every fact.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in layouts.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The fact of a layout's name.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

fact_names! {
    /// ShipEngine's two letters.
    Status "status_code",
    /// One of the detail codes.
    StatusDetail "status_detail_code",
    /// The carrier's own status code.
    CarrierStatus "carrier_status_code",
    /// The carrier's own more specific code.
    CarrierDetail "carrier_detail_code",
    /// The carrier's words for the status.
    CarrierStatusDescription "carrier_status_description",
    /// When it was shipped.
    ShipDate "ship_date",
    /// When the carrier expects to deliver; free text in Connect.
    EstimatedDelivery "estimated_delivery_date",
    /// When it was delivered.
    ActualDelivery "actual_delivery_date",
    /// What went wrong, in words.
    ExceptionDescription "exception_description",
    /// The carrier's service.
    Service "service",
    /// Kind of packaging.
    Packaging "packaging",
    /// Weight as sent, with its unit where the carrier sends one.
    Weight "weight",
    /// How many packages.
    PackageCount "package_count",
    /// Two letters.
    OriginCountry "origin_country_code",
    /// Two letters.
    DestinationCountry "destination_country_code",
    /// The tracking number as written, where that differs from its canonical form.
    NumberAsWritten "tracking_number_as_written",
}

impl FactName {
    /// The stored form.
    pub fn to_number(self) -> u8 {
        self as u8
    }

    /// The opposite of [`FactName::to_number`]; `None` for a fact that a newer version wrote.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_round_trip() {
        for name in FactName::ALL {
            assert_eq!(FactName::from_text(name.as_str()), Some(*name));
            assert_eq!(FactName::from_number(name.to_number()), Some(*name));
        }
        assert_eq!(FactName::from_number(200), None);
        assert_eq!(FactName::Status.to_number(), 0, "stored: never renumber");
        assert_eq!(FactName::NumberAsWritten.to_number(), 15, "stored: never renumber");
    }
}
