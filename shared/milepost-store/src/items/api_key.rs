//! API keys, twice: under the key's hash for whoever presents it, and under the account for its list.

use super::{Fields, Fill, Item, Unreadable, flag, new_item, number, text};
use crate::Key;
use crate::api_keys::{ApiKey, KeyHash, KeyScopes, KnownKey};
use milepost_model::AccountId;

const KIND: &str = "API key";

/// The scopes under the names of the first keys, which are still in use.
const READ: &str = "look_up";
const WRITE: &str = "follow";
const ADMIN: &str = "manage";

/// Only of the item under the key's hash.
pub(crate) const LAST_USED_MS: &str = "last_used_ms";

/// Both items: equal but for their keys.
pub(crate) fn to_items(hash: KeyHash, api_key: &ApiKey) -> [Item; 2] {
    keys(hash, &api_key.account).map(|key| {
        new_item(&key)
            .with("account", text(api_key.account.as_str()))
            .with("label", text(&api_key.label))
            .with("created_ms", number(api_key.created_ms))
            .with(READ, flag(api_key.scopes.read))
            .with(WRITE, flag(api_key.scopes.write))
            .with(ADMIN, flag(api_key.scopes.admin))
    })
}

/// Where both are.
pub(crate) fn keys(hash: KeyHash, account: &AccountId) -> [Key; 2] {
    let listed = Key::KeyOf {
        account: account.clone(),
        hash,
    };
    [Key::ApiKey { hash }, listed]
}

/// From either item.
pub(crate) fn from_item(item: &Item) -> Result<(KeyHash, ApiKey), Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let (Key::ApiKey { hash } | Key::KeyOf { hash, .. }) = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    let scopes = KeyScopes {
        read: fields.flag(READ)?,
        write: fields.flag(WRITE)?,
        admin: fields.flag(ADMIN)?,
    };
    let api_key = ApiKey {
        account: fields.parsed("account", AccountId::parse)?,
        label: fields.text("label")?.to_owned(),
        created_ms: fields.number("created_ms")?,
        scopes,
    };
    Ok((hash, api_key))
}

/// From the item under the key's hash.
pub(crate) fn known(item: &Item) -> Result<KnownKey, Unreadable> {
    let (hash, key) = from_item(item)?;
    Ok(KnownKey {
        hash,
        key,
        last_used_ms: Fields::of(KIND, item)?.some_number(LAST_USED_MS)?,
    })
}
