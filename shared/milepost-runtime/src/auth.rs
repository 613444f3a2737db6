use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use lambda_http::http::HeaderMap;
use lambda_http::http::header::AUTHORIZATION;
use milepost_contract::shipengine::{KeyFault, Problem};
use milepost_model::{AccountId, KeyScope};
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
    /// Which key.
    pub key: KeyHash,
}

impl Caller {
    /// Whether the key was made for something.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn may(&self, scope: KeyScope) -> Result<(), Problem> {
        if self.scopes.has(scope) {
            Ok(())
        } else {
            Err(Problem::Forbidden { scope: scope.as_str() })
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
        let key = key_of(headers).map_err(Problem::Unauthorized)?;
        if key.len() > MAX_KEY_BYTES {
            return Err(Problem::Unauthorized(KeyFault::Unknown));
        }
        // Who times the lookup learns of a hash, not of a key.
        let hash = KeyHash::of(key);
        if let Some(caller) = self.believed(&hash, now) {
            return Ok(caller);
        }
        let found = self.store.known_key(hash).await.map_err(|error| {
            tracing::error!(error = %error, "api key lookup failed");
            Problem::Internal
        })?;
        let known = found.ok_or(Problem::Unauthorized(KeyFault::Unknown))?;
        if known.is_use_news(now.as_millisecond())
            && let Err(error) = self.store.note_key_use(hash, now.as_millisecond()).await
        {
            // Who asks is known, and that is what the request is about.
            tracing::warn!(%error, "the use of an api key could not be noted");
        }
        let ApiKey { account, scopes, .. } = known.key;
        let caller = Caller {
            account,
            scopes,
            key: hash,
        };
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
fn key_of(headers: &HeaderMap) -> Result<&str, KeyFault> {
    let named = headers.get("api-key").and_then(|value| value.to_str().ok());
    if let Some(key) = named.map(str::trim).filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let header = headers.get(AUTHORIZATION).ok_or(KeyFault::Missing)?;
    // RFC 9110: a scheme's name is of any case.
    let (scheme, key) = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(KeyFault::Malformed)?;
    let key = key.trim();
    if scheme.eq_ignore_ascii_case("Bearer") && !key.is_empty() {
        Ok(key)
    } else {
        Err(KeyFault::Malformed)
    }
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

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expect: Result<&str, KeyFault>) {
        let parsed = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        assert_eq!(key_of(&HeaderMap::from_iter(parsed)), expect, "{headers:?}");
    }

    #[test]
    fn either_header() {
        check(&[("API-Key", "mp_x")], Ok("mp_x"));
        check(&[("Api-Key", " mp_x ")], Ok("mp_x"));
        check(&[("authorization", "Bearer mp_x")], Ok("mp_x"));
        check(&[("authorization", "bearer  mp_x")], Ok("mp_x"));
        check(&[("api-key", ""), ("authorization", "Bearer mp_x")], Ok("mp_x"));
        check(&[("authorization", "mp_x")], Err(KeyFault::Malformed));
        check(&[("authorization", "Bearer ")], Err(KeyFault::Malformed));
        check(&[("authorization", "Basic bXA6eA==")], Err(KeyFault::Malformed));
        check(&[("api-key", "")], Err(KeyFault::Missing));
        check(&[], Err(KeyFault::Missing));
    }
}
