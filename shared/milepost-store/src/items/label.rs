//! Labels, by their account.

use milepost_model::{AccountId, CarrierCode, Label, LabelId, TrackingNumber};

use super::{Fields, Fill, Item, Unreadable, new_item, text};
use crate::Key;

const KIND: &str = "label";

const CARRIER: &str = "carrier";
const NUMBER: &str = "number";

/// Where a label is.
pub(crate) fn key(account: &AccountId, id: &LabelId) -> Key {
    Key::Label {
        account: account.clone(),
        id: id.clone(),
    }
}

pub(crate) fn to_item(account: &AccountId, label: &Label, expires_at: i64) -> Item {
    new_item(&key(account, &label.id))
        .with(CARRIER, text(label.carrier.as_str()))
        .with(NUMBER, text(label.number.as_str()))
        .expiring(expires_at)
}

pub(crate) fn from_item(item: &Item) -> Result<Label, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Label { id, .. } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    Ok(Label {
        id,
        carrier: fields.parsed(CARRIER, CarrierCode::parse)?,
        number: fields.parsed(NUMBER, TrackingNumber::parse)?,
    })
}
