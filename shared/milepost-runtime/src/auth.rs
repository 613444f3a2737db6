use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use lambda_http::http::HeaderMap;
use milepost_contract::shipengine::Problem;
use milepost_model::AccountId;
use milepost_store::{ApiKey, KeyHash, KeyScopes, Store};

use crate::RuntimeError;

/// How long a key that was found is believed: the promise is that a revoked key stops within a minute.
const BELIEVED_MS: i64 = 50_000;

/// Keys kept in memory; beyond it the table is asked each time.
const MAX_BELIEVED: usize = 1_000;

/// Longer than any key that was ever made here.
const MAX_KEY_BYTES: usize = 200;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account of the key.
    pub account: AccountId,
    /// What the key may do.
    pub scopes: KeyScopes,
}

impl Caller {
    /// Whether the key may look parcels up.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn may_look_up(&self) -> Result<(), Problem> {
        if self.scopes.look_up {
            Ok(())
        } else {
            Err(Problem::Forbidden { scope: "look_up" })
        }
    }

    /// Whether the key may start and stop following.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn may_follow(&self) -> Result<(), Problem> {
        if self.scopes.follow {
            Ok(())
        } else {
            Err(Problem::Forbidden { scope: "follow" })
        }
    }
}

/// A key as it is shown, once.
pub struct NewKey {
    /// What callers send.
    pub text: String,
    /// What is stored.
    pub hash: KeyHash,
}

impl NewKey {
    /// 32 random bytes behind `mp_`. So much entropy needs no slow hash.
    ///
    /// # Errors
    /// [`RuntimeError::Randomness`].
    pub fn generate() -> Result<Self, RuntimeError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(RuntimeError::Randomness)?;
        let text = format!("mp_{}", URL_SAFE_NO_PAD.encode(bytes));
        Ok(Self {
            hash: KeyHash::of(&text),
            text,
        })
    }
}

/// Finds the caller of a request by its key.
pub struct Auth {
    store: Store,
    believed: Mutex<HashMap<KeyHash, (Caller, i64)>>,
}

impl Auth {
    /// Over the table's keys.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            believed: Mutex::default(),
        }
    }

    /// The caller whose key is in `API-Key` or in `Authorization: Bearer`.
    ///
    /// # Errors
    /// A [`Problem`] to answer with: no key, an unknown one, or a table that does not answer.
    pub async fn caller(&self, headers: &HeaderMap, now: Timestamp) -> Result<Caller, Problem> {
        let key = key_of(headers).ok_or(Problem::Unauthorized)?;
        if key.len() > MAX_KEY_BYTES {
            return Err(Problem::Unauthorized);
        }
        // Who times the lookup learns of a hash, not of a key.
        let hash = KeyHash::of(key);
        if let Some(caller) = self.believed(&hash, now) {
            return Ok(caller);
        }
        let found = self.store.api_key(hash).await.map_err(|error| {
            tracing::error!(error = %error, "api key lookup failed");
            Problem::Internal
        })?;
        let ApiKey { account, scopes, .. } = found.ok_or(Problem::Unauthorized)?;
        let caller = Caller { account, scopes };
        self.believe(hash, caller.clone(), now);
        Ok(caller)
    }

    fn believed(&self, hash: &KeyHash, now: Timestamp) -> Option<Caller> {
        let believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, until) = believed.get(hash)?;
        (now.as_millisecond() < *until).then(|| caller.clone())
    }

    fn believe(&self, hash: KeyHash, caller: Caller, now: Timestamp) {
        let mut believed = self.believed.lock().unwrap_or_else(PoisonError::into_inner);
        if believed.len() >= MAX_BELIEVED {
            believed.retain(|_, (_, until)| *until > now.as_millisecond());
        }
        if believed.len() < MAX_BELIEVED {
            believed.insert(hash, (caller, now.as_millisecond() + BELIEVED_MS));
        }
    }
}

/// Either header family is accepted everywhere.
fn key_of(headers: &HeaderMap) -> Option<&str> {
    let named = headers.get("api-key").and_then(|value| value.to_str().ok());
    let bearer = || headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ");
    named.or_else(bearer).map(str::trim).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_and_different() {
        let (a, b) = (NewKey::generate().unwrap(), NewKey::generate().unwrap());
        assert_ne!(a.text, b.text);
        assert_eq!(a.text.len(), 46);
        assert_eq!(a.hash, KeyHash::of(&a.text));
    }

    #[test]
    fn either_header() {
        let headers = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
        };
        assert_eq!(key_of(&headers("API-Key", "mp_x")), Some("mp_x"));
        assert_eq!(key_of(&headers("Api-Key", " mp_x ")), Some("mp_x"));
        assert_eq!(key_of(&headers("authorization", "Bearer mp_x")), Some("mp_x"));
        assert_eq!(key_of(&headers("authorization", "mp_x")), None);
        assert_eq!(key_of(&headers("api-key", "")), None);
        assert_eq!(key_of(&HeaderMap::new()), None);
    }
}
