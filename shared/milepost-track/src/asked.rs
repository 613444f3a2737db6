use milepost_carriers::carrier;
use milepost_contract::shipengine::UNCONNECTED_CARRIER_ID;
use milepost_model::{AccountId, CarrierCode, Connection, Scope};
use milepost_store::Store;

use crate::TrackError;

/// Which carrier a caller asks for: its code with aliases resolved, the number of a connection, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// By code.
    Carrier(CarrierCode),
    /// By the whole number of a connection; a code beside it must agree.
    Connection {
        /// The number.
        carrier_id: i32,
        /// The code.
        code: Option<CarrierCode>,
    },
}

/// The carrier asked for, and the account's connection to it as far as it was looked up.
pub(crate) struct Found {
    pub(crate) code: CarrierCode,
    pub(crate) connection: Option<Connection>,
}

impl Asked {
    /// Finds the carrier; a connection is looked up only when one is asked for.
    pub(crate) async fn find(&self, store: &Store, viewer: &AccountId) -> Result<Found, TrackError> {
        match self {
            Self::Carrier(code) => Ok(Found {
                code: code.clone(),
                connection: None,
            }),
            Self::Connection { carrier_id, code } => {
                let connection = store.connection_by_carrier_id(viewer, *carrier_id).await?;
                let connection = connection.ok_or(TrackError::NoSuchConnection(*carrier_id))?;
                match code.as_ref().filter(|code| **code != connection.carrier) {
                    Some(other) => Err(TrackError::Mismatch {
                        carrier: other.clone(),
                        carrier_id: *carrier_id,
                    }),
                    None => Ok(Found {
                        code: connection.carrier.clone(),
                        connection: Some(connection),
                    }),
                }
            }
        }
    }
}

impl Found {
    /// The number that answers carry, if the account may ask for this carrier: USPS, UPS and FedEx need no connection
    /// (the seeds' page on starting to track), any other needs one, its own before a shared one.
    pub(crate) async fn carrier_id(&self, store: &Store, viewer: &AccountId) -> Result<i32, TrackError> {
        if let Some(connection) = &self.connection {
            return Ok(connection.carrier_id);
        }
        let known = carrier(&self.code);
        if known.is_some_and(|carrier| carrier.tracked_without_connection) {
            return Ok(UNCONNECTED_CARRIER_ID);
        }
        for scope in [Scope::Account(viewer.clone()), Scope::Shared] {
            let connections = store.connections(&scope).await?;
            if let Some(connection) = connections
                .into_iter()
                .find(|connection| connection.carrier == self.code)
            {
                return Ok(connection.carrier_id);
            }
        }
        Err(match known {
            Some(_) => TrackError::NotConnected(self.code.clone()),
            None => TrackError::NotSupported(self.code.clone()),
        })
    }
}
