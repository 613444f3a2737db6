use jiff::Timestamp;
use milepost_model::{AccountId, Label, LabelId, TrackingNumber};
use milepost_store::Store;

use crate::follow::FOLLOWED_SECONDS;
use crate::{Asked, TrackError};

/// Notes that an account calls a parcel by a label, for as long as a number stays marked as followed. Naming it so again
/// changes nothing.
///
/// # Errors
/// [`TrackError::LabelTaken`] when the account calls another parcel so, and what [`start`](crate::start) has.
pub async fn name_label(
    store: &Store,
    account: &AccountId,
    asked: &Asked,
    number: &TrackingNumber,
    id: &LabelId,
    now: Timestamp,
) -> Result<(), TrackError> {
    let label = Label {
        id: id.clone(),
        carrier: asked.find(store, account).await?.code,
        number: number.clone(),
    };
    if store
        .put_label(account, &label, now.as_second() + FOLLOWED_SECONDS)
        .await?
    {
        Ok(())
    } else {
        Err(TrackError::LabelTaken)
    }
}

/// The parcel that an account calls by a label.
///
/// # Errors
/// [`TrackError::Store`].
pub async fn label(
    store: &Store,
    account: &AccountId,
    id: &LabelId,
    now: Timestamp,
) -> Result<Option<Label>, TrackError> {
    Ok(store.label(account, id, now.as_second()).await?)
}
