use serde::Deserialize;

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident $name:literal,)*) => {
        /// What a column can be, in the hub's words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum Field { $($(#[$doc])* $variant,)* }

        impl Field {
            /// Its name in layouts.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fields! {
    TrackingNumber "tracking_number",
    /// A code that the registry knows.
    Carrier "carrier",
    EventCode "event_code",
    CarrierDetailCode "carrier_detail_code",
    Description "description",
    City "city",
    State "state",
    PostalCode "postal_code",
    Country "country",
    Latitude "latitude",
    Longitude "longitude",
    Signer "signer",
    Company "company",
    Piece "piece",
    Sequence "sequence",
    ProofOfDeliveryUrl "proof_of_delivery_url",
    /// ShipEngine's two letters.
    StatusCode "status_code",
    /// One of the detail codes.
    StatusDetailCode "status_detail_code",
}

/// Where a field is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "a column is given by its name or by its number, from 1, or as a list of such"
)]
pub(super) enum Column {
    /// By its name in the header, its key in a JSON object, or as the format names a value.
    Name(String),
    /// By its number, from 1.
    Number(usize),
    /// The first of several that is not empty.
    First(Vec<Column>),
}

impl Column {
    /// What messages call it.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Name(name) => name.clone(),
            Self::Number(number) => format!("column {number}"),
            Self::First(columns) => {
                let labels: Vec<String> = columns.iter().map(Self::label).collect();
                labels.join(" or ")
            }
        }
    }

    /// The columns that it can come from.
    pub(super) fn all(&self) -> Vec<&Self> {
        match self {
            Self::First(columns) => columns.iter().flat_map(Self::all).collect(),
            one => vec![one],
        }
    }
}
