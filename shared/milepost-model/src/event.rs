use crate::{DetailCode, EventTime, Status};

/// One thing that happened to a parcel, stored as the carrier wrote it and interpreted when it is read.
///
/// Text is trimmed and otherwise untouched; an empty text means that the carrier sent none.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackingEvent {
    /// When.
    pub time: EventTime,
    /// The carrier's event code: `OF`, `01`.
    pub code: String,
    /// A more specific code of the carrier's, where the event code is a generic one.
    pub carrier_detail_code: String,
    /// The carrier's words.
    pub description: String,
    /// Where.
    pub place: Place,
    /// Who signed.
    pub signer: String,
    /// The company at the place of the event.
    pub company: String,
    /// Which piece of a shipment of several.
    pub piece: String,
    /// The carrier's own numbering of a parcel's events, rising.
    pub sequence: Option<u32>,
    /// What the code means by the status table of the feed's layout, which wins over the carrier's table.
    pub detail: Option<DetailCode>,
    /// A status that the source states itself in ShipEngine's codes.
    pub status: Option<Status>,
    /// Link to a proof of delivery.
    pub proof_of_delivery_url: String,
}

impl TrackingEvent {
    /// An event at a time, everything else empty.
    pub fn at(time: EventTime) -> Self {
        Self {
            time,
            code: String::new(),
            carrier_detail_code: String::new(),
            description: String::new(),
            place: Place::default(),
            signer: String::new(),
            company: String::new(),
            piece: String::new(),
            sequence: None,
            detail: None,
            status: None,
            proof_of_delivery_url: String::new(),
        }
    }
}

/// Where something happened, as the carrier wrote it. Empty text: not sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// City or facility.
    pub city: String,
    /// State, province or region.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Country; two letters where the carrier sends two.
    pub country: String,
    /// A position that the carrier itself sent.
    pub coordinates: Option<Coordinates>,
}

/// Degrees, north and east positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coordinates {
    /// -90 to 90.
    pub latitude: f64,
    /// -180 to 180.
    pub longitude: f64,
}
