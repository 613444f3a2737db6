use milepost_model::{CarrierCode, ErrorClass};
use milepost_store::StoreError;
use thiserror::Error;

/// Why a parcel cannot be answered or followed.
#[derive(Debug, Error)]
pub enum TrackError {
    /// No carrier of this hub has that code, and the account has no connection under it.
    #[error("the carrier {0} is not supported")]
    NotSupported(CarrierCode),
    /// The carrier is known, but the account has no connection to it.
    #[error("the carrier {0} is not connected")]
    NotConnected(CarrierCode),
    /// The account has no connection of that number.
    #[error("there is no connection {0}")]
    NoSuchConnection(i32),
    /// Code and number name different carriers.
    #[error("connection {carrier_id} is not one of carrier {carrier}")]
    Mismatch {
        /// The carrier asked for.
        carrier: CarrierCode,
        /// The connection asked for.
        carrier_id: i32,
    },
    /// The account calls another parcel by this label.
    #[error("the label names another parcel")]
    LabelTaken,
    /// What names the parcel beside its number cannot be read.
    #[error("{0}")]
    Identifier(&'static str),
    /// The carrier is asked by tracking numbers alone: it is no function, or its connection is shared.
    #[error(
        "{0} is asked by tracking numbers alone; other identifiers are for a function of the account's own connection"
    )]
    OnlyNumbers(CarrierCode),
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TrackError {
    /// Who is to act.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::NotSupported(_) | Self::NotConnected(_) | Self::NoSuchConnection(_) => ErrorClass::Caller,
            Self::Mismatch { .. } | Self::LabelTaken | Self::Identifier(_) | Self::OnlyNumbers(_) => ErrorClass::Caller,
            Self::Store(error) => error.class(),
        }
    }
}
