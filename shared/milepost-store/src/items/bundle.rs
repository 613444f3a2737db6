//! Bundles: `b` holds what the keys do not say, packed; `expires_at` is the bundle's own.

use milepost_model::Bundle;
use sha2::{Digest, Sha256};

use super::bundle_form::BundleForm;
use super::packing::{cbor, from_cbor, pack, unpack};
use super::{Fields, Fill, Item, Unreadable, bytes, new_item, size};
use crate::keys::ContentHash;
use crate::{Key, TTL_ATTRIBUTE};

const KIND: &str = "bundle";

/// What the bundle says, packed.
const CONTENT: &str = "b";

/// The item of a bundle. Equal bundles make equal items.
pub(crate) fn to_item(bundle: &Bundle) -> Item {
    let Bundle {
        number,
        carrier,
        scope,
        arrival,
        expires_at,
        ..
    } = bundle;
    let key = |content| Key::Bundle {
        number: number.clone(),
        carrier: carrier.clone(),
        scope: scope.clone(),
        arrival: *arrival,
        content,
    };
    of_form(&BundleForm::of(bundle), key, *expires_at)
}

/// The item of a form; `key` makes the key of what the content hashes to.
pub(super) fn of_form(form: &BundleForm<'_>, key: impl FnOnce(ContentHash) -> Key, expires_at: i64) -> Item {
    let content = cbor(form);
    let item = new_item(&key(hash(&content))).expiring(expires_at);
    let beside = size(&item) + CONTENT.len();
    item.with(CONTENT, bytes(pack(&content, beside)))
}

/// Of the content before packing: another version of deflate must not make another item of the same bundle.
fn hash(content: &[u8]) -> ContentHash {
    let [a, b, c, d, e, f, g, h, ..] = Sha256::digest(content).0;
    ContentHash([a, b, c, d, e, f, g, h])
}

/// The bundle of an item.
pub(crate) fn from_item(item: &Item) -> Result<Bundle, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Bundle {
        number,
        carrier,
        scope,
        arrival,
        ..
    } = fields.key()?
    else {
        return Err(fields.damaged("key"));
    };
    let damaged = || fields.damaged(CONTENT);
    let content = unpack(fields.bytes(CONTENT)?).ok_or_else(damaged)?;
    let form: BundleForm<'_> = from_cbor(&content).ok_or_else(damaged)?;
    Ok(Bundle {
        number,
        carrier,
        scope,
        kind: form.kind(),
        arrival,
        file: form.file(),
        replaces: form.replaces(),
        notify_from: form.notify_from().map_err(|()| damaged())?,
        events: form.events(arrival).ok_or_else(damaged)?,
        facts: form.facts(arrival).ok_or_else(damaged)?,
        expires_at: fields.number(TTL_ATTRIBUTE)?,
    })
}
