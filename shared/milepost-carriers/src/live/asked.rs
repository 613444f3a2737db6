use jiff::civil::Date;
use milepost_model::TrackingNumber;

/// One number to ask about, and what else is known of its parcel: carriers use numbers again, and some tell the parcels
/// apart, or show them at all, only with one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The number.
    pub number: TrackingNumber,
    /// Postal code of the receiver, as it was given.
    pub destination_postal_code: Option<String>,
    /// Country of the receiver, two letters.
    pub destination_country: Option<String>,
    /// Country of the sender, two letters.
    pub origin_country: Option<String>,
    /// The day it was handed to the carrier.
    pub ship_date: Option<Date>,
}

impl From<TrackingNumber> for Asked {
    fn from(number: TrackingNumber) -> Self {
        Self {
            number,
            destination_postal_code: None,
            destination_country: None,
            origin_country: None,
            ship_date: None,
        }
    }
}
