//! API keys. Only their hashes are known here.

use std::fmt;

use milepost_model::{AccountId, KeyScope};
use sha2::{Digest, Sha256};

use crate::calls::Answer;
use crate::items::api_key::{LAST_USED_MS, from_item, keys, known, to_items};
use crate::items::number;
use crate::keys::{account_partition, from_hex, write_hex};
use crate::listing::{Listing, Part};
use crate::{Key, Store, StoreError};

/// The SHA-256 of an API key. Keys are 32 random bytes, so a plain hash tells nothing about them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Of a key as its holder presents it.
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented).0)
    }

    /// 64 hex digits: names the key to operators.
    pub fn to_hex(self) -> String {
        let mut hex = String::with_capacity(64);
        // Writing to a String cannot fail.
        let _ = write_hex(&self.0, &mut hex);
        hex
    }

    /// The opposite of [`KeyHash::to_hex`].
    pub fn from_hex(hex: &str) -> Option<Self> {
        from_hex(hex).map(Self)
    }

    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// Its beginning: enough to tell keys apart in a log.
impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(")?;
        write_hex(self.0.first_chunk::<4>().unwrap_or(&[0; 4]), f)?;
        f.write_str("..)")
    }
}

/// What is known of an API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub account: AccountId,
    /// The operator's name for it.
    pub label: String,
    /// When it was created, in Unix milliseconds.
    pub created_ms: i64,
    /// What it may do.
    pub scopes: KeyScopes,
}

/// An API key with when it was last used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Which.
    pub hash: KeyHash,
    /// What is known of it.
    pub key: ApiKey,
    /// When it was last used, in Unix milliseconds, to the hour; `None` for one that never was.
    pub last_used_ms: Option<i64>,
}

impl KnownKey {
    /// Whether [`Store::note_key_use`] has something to write: the last use that is known is an hour old.
    pub fn is_use_news(&self, now_ms: i64) -> bool {
        self.last_used_ms.is_none_or(|last| now_ms - last >= USE_NOTED_MS)
    }
}

/// A key's use is written this often at most: what an operator asks is whether a key is still in use, and each request
/// would be a write otherwise.
const USE_NOTED_MS: i64 = 3_600_000;

/// What an API key may do: any set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyScopes {
    /// [`KeyScope::Read`].
    pub read: bool,
    /// [`KeyScope::Write`].
    pub write: bool,
    /// [`KeyScope::Admin`].
    pub admin: bool,
}

impl KeyScopes {
    /// Everything.
    pub const ALL: Self = Self {
        read: true,
        write: true,
        admin: true,
    };

    /// These and no others.
    pub fn of(scopes: &[KeyScope]) -> Self {
        Self {
            read: scopes.contains(&KeyScope::Read),
            write: scopes.contains(&KeyScope::Write),
            admin: scopes.contains(&KeyScope::Admin),
        }
    }

    /// Whether a scope is among them.
    pub fn has(self, scope: KeyScope) -> bool {
        match scope {
            KeyScope::Read => self.read,
            KeyScope::Write => self.write,
            KeyScope::Admin => self.admin,
        }
    }
}

impl Store {
    /// Puts a key, or puts it again with another label or other scopes.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn put_api_key(&self, hash: KeyHash, api_key: &ApiKey) -> Result<(), StoreError> {
        let [presented, listed] = to_items(hash, api_key);
        let actions = vec![self.transact_put(presented, false)?, self.transact_put(listed, false)?];
        self.transact(actions).await?;
        Ok(())
    }

    /// What is known of a key; `None` when there is none, or it was revoked.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn api_key(&self, hash: KeyHash) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.known_key(hash).await?.map(|known| known.key))
    }

    /// The same, with when it was last used.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn known_key(&self, hash: KeyHash) -> Result<Option<KnownKey>, StoreError> {
        let item = self.get(&Key::ApiKey { hash }).await?;
        item.map(|item| self.read(known(&item))).transpose()
    }

    /// Notes that a key is used, at an instant in Unix milliseconds: `false` when another did within the hour, or the
    /// key was revoked.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn note_key_use(&self, hash: KeyHash, now_ms: i64) -> Result<bool, StoreError> {
        let update = self
            .update(&Key::ApiKey { hash })
            .update_expression(format!("SET {LAST_USED_MS} = :now"))
            .condition_expression(format!(
                "attribute_exists(pk) AND (attribute_not_exists({LAST_USED_MS}) OR {LAST_USED_MS} <= :before)"
            ))
            .expression_attribute_values(":now", number(now_ms))
            .expression_attribute_values(":before", number(now_ms - USE_NOTED_MS));
        Ok(matches!(self.do_update(update).await?, Answer::Done(_)))
    }

    /// Revokes a key; whether there was one.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn revoke_api_key(&self, hash: KeyHash) -> Result<bool, StoreError> {
        let Some(api_key) = self.api_key(hash).await? else {
            return Ok(false);
        };
        let [presented, listed] = keys(hash, &api_key.account);
        let actions = vec![self.transact_delete(&presented)?, self.transact_delete(&listed)?];
        self.transact(actions).await?;
        Ok(true)
    }

    /// An account's keys, in order of their hashes.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn api_keys(&self, account: &AccountId) -> Result<Vec<KnownKey>, StoreError> {
        let listing = Listing::of(account_partition(account), Part::Prefix("K#".to_owned()));
        let listed = self.list(listing).await?;
        let mut hashes = Vec::with_capacity(listed.items.len());
        for item in &listed.items {
            hashes.push(self.read(from_item(item))?.0);
        }
        // Their uses are noted where they are presented.
        let presented = hashes.into_iter().map(|hash| Key::ApiKey { hash });
        let items = self.get_all(presented, None).await?;
        let mut keys = Vec::with_capacity(items.len());
        for item in &items {
            keys.push(self.read(known(item))?);
        }
        keys.sort_by_key(|known| known.hash);
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_named_and_hidden() {
        let hash = KeyHash::of("abc");
        assert_eq!(
            hash.to_hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(KeyHash::from_hex(&hash.to_hex()), Some(hash));
        assert_eq!(format!("{hash:?}"), "KeyHash(ba7816bf..)");
        for bad in ["", "ba78", &"g".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(KeyHash::from_hex(bad), None, "{bad}");
        }
    }
}
