use jiff::Timestamp;
use milepost_carriers::read_parcel;
use milepost_contract::shipengine::UNCONNECTED_CARRIER_ID;
use milepost_model::{AccountId, CarrierCode, Parcel, TrackingNumber, Which};
use milepost_store::{NumberItems, Store};

use crate::{Asked, Identifier, Live, TrackError};

/// What a lookup found.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Where the parcel is; status `NY` and no events when nothing is known of the number.
    pub parcel: Parcel,
    /// The whole number of the account's connection to the carrier.
    pub carrier_id: i32,
    /// Whether more is stored of the number than a lookup reads.
    pub truncated: bool,
}

/// Answers where a parcel is, for an account. With `live`, its carrier is asked first where what is stored is neither
/// fed by imports nor fresh.
///
/// `identifiers` name the parcel beside its number, for a carrier that is a function of the operator's own.
///
/// # Errors
/// [`TrackError::OnlyNumbers`] for identifiers that nobody would be told. [`TrackError::NotSupported`] for a carrier that nobody knows, [`TrackError::NotConnected`] for a known one that
/// needs a connection, has none, and of whose parcel nothing is stored that the account may see.
pub async fn lookup(
    store: &Store,
    live: Option<&Live>,
    viewer: &AccountId,
    asked: &Asked,
    number: &TrackingNumber,
    identifiers: &[Identifier],
    now: Timestamp,
) -> Result<Answer, TrackError> {
    let found = asked.find(store, viewer).await?;
    let known = store.number(number, now.as_second()).await?;
    let known = match live {
        Some(live) => {
            if !identifiers.is_empty() && !live.takes_identifiers(viewer, &found.code, now).await? {
                return Err(TrackError::OnlyNumbers(found.code));
            }
            let carriers = std::slice::from_ref(&found.code);
            live.track_now(viewer, carriers, number, identifiers, known).await?
        }
        None if identifiers.is_empty() => known,
        None => return Err(TrackError::OnlyNumbers(found.code)),
    };
    let parcel = newest(&known, viewer, &found.code, number);
    let carrier_id = match found.carrier_id(store, viewer).await {
        // What an account was given by hand it may see without a connection.
        Err(TrackError::NotConnected(_) | TrackError::NotSupported(_)) if parcel.is_known() => UNCONNECTED_CARRIER_ID,
        carrier_id => carrier_id?,
    };
    Ok(Answer {
        parcel,
        carrier_id,
        truncated: known.truncated,
    })
}

pub(crate) fn newest(known: &NumberItems, viewer: &AccountId, code: &CarrierCode, number: &TrackingNumber) -> Parcel {
    read_parcel(number, code, &known.bundles, viewer, Which::Newest)
}
