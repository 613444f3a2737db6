//! Between the contract's requests and errors and this use case.

use milepost_contract::shipengine::{Problem, TrackingQuery};
use milepost_model::ErrorClass;

use crate::{Asked, TrackError};

impl From<&TrackingQuery> for Asked {
    fn from(query: &TrackingQuery) -> Self {
        match (query.carrier_id, query.carrier_code.clone()) {
            (Some(carrier_id), code) => Self::Connection { carrier_id, code },
            (None, Some(code)) => Self::Carrier(code),
            // The query has one of the two; the code that no carrier has answers for a query that lost both.
            (None, None) => Self::Connection {
                carrier_id: 0,
                code: None,
            },
        }
    }
}

impl From<TrackError> for Problem {
    fn from(error: TrackError) -> Self {
        match error {
            TrackError::NotSupported(carrier) => Self::UnknownCarrier { carrier },
            TrackError::NotConnected(carrier) => Self::UnconnectedCarrier { carrier },
            TrackError::NoSuchConnection(_) => Self::NotFound { what: "connection" },
            TrackError::Mismatch { carrier, carrier_id } => Self::CarrierMismatch { carrier, carrier_id },
            TrackError::LabelTaken => Self::InvalidValue {
                field: "label_id",
                why: "this account calls another parcel by it already".to_owned(),
            },
            TrackError::Identifier(rule) => Self::InvalidValue {
                field: "identifier",
                why: rule.to_owned(),
            },
            TrackError::OnlyNumbers(_) => Self::InvalidValue {
                field: "identifier",
                why: error.to_string(),
            },
            TrackError::Store(error) => {
                tracing::error!(%error, "the table did not answer");
                match error.class() {
                    ErrorClass::Retry => Self::Unavailable { retry_after: 1 },
                    _ => Self::Internal,
                }
            }
        }
    }
}
