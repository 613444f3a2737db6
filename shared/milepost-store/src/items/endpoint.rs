//! Webhook endpoints. The secret is sealed to its item, so that who reads the table cannot sign.

use milepost_model::Endpoint;

use super::{Fields, Fill, Item, Unreadable, bytes, flag, instant, new_item, text};
use crate::{Key, SealKey, StoreError};

const KIND: &str = "webhook endpoint";

/// Where an endpoint is.
pub(crate) fn key(endpoint: &Endpoint) -> Key {
    Key::Endpoint {
        account: endpoint.account.clone(),
        id: endpoint.id.clone(),
    }
}

/// # Errors
/// [`StoreError::Random`].
pub(crate) fn to_item(endpoint: &Endpoint, seal: &SealKey) -> Result<Item, StoreError> {
    let key = key(endpoint);
    let sealed = seal.seal(&key, &endpoint.secret)?;
    let item = new_item(&key)
        .with("address", text(&endpoint.url))
        .with("sealed", bytes(sealed))
        .with("created_ms", instant(endpoint.created))
        .with("enabled", flag(endpoint.enabled));
    Ok(item)
}

/// The endpoint with its secret still sealed in place of the secret.
pub(crate) fn from_item(item: &Item) -> Result<Endpoint, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Endpoint { account, id } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    Ok(Endpoint {
        id,
        account,
        url: fields.text("address")?.to_owned(),
        secret: fields.bytes("sealed")?.to_vec(),
        created: fields.instant("created_ms")?,
        enabled: fields.flag("enabled")?,
    })
}

/// Opens the secret of an endpoint that [`from_item`] gave.
///
/// # Errors
/// [`StoreError::Sealed`].
pub(crate) fn open(sealed: Endpoint, seal: &SealKey) -> Result<Endpoint, StoreError> {
    let secret = seal.open(&key(&sealed), &sealed.secret)?;
    Ok(Endpoint { secret, ..sealed })
}
