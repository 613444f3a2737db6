//! Credentials and tokens: read once, shared, and one refresh at a time across invocations.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::SignedDuration;
use milepost_carriers::live::{Access, Credentials, HttpCall, LiveCarrier, LiveProblem, Secret, Token};
use milepost_store::{SealKey, StoredToken};

use super::ask::lacks;
use super::route::Route;
use super::{Live, after};

/// How long credentials are believed: a secret that was changed counts within five minutes.
const BELIEVED_SECONDS: i64 = 300;

/// Who gets a token must have it within this; then the next may try.
const REFRESH_SECONDS: i64 = 20;

/// Between two looks whether another has got the token.
const LOOK: Duration = Duration::from_millis(250);

/// Looks, five seconds in all: most of what a request has.
const LOOKS: u32 = 20;

impl Live {
    /// What the connection gives: its secret, a JSON object of texts, and its settings.
    pub(super) async fn credentials(&self, route: &Route) -> Result<Credentials, LiveProblem> {
        let settings = route.access.settings.iter();
        let mut values: BTreeMap<String, String> = settings.map(|(n, v)| (n.clone(), v.clone())).collect();
        let Some(reference) = &route.access.secret else {
            return Ok(Credentials::new(values));
        };
        // Settings belong to the connection, the secret may be shared: both make the name.
        let name = format!("{}#{}", route.connection, reference.0);
        if let Some(kept) = self.kept_credentials(&name) {
            return Ok(kept);
        }
        let not_asked = |why| LiveProblem::NotAsked { why };
        let secret = (self.parts.secrets)(reference.clone()).await.map_err(|error| {
            tracing::warn!(connection = %route.connection, error, "the credentials of a connection cannot be read");
            not_asked("the secret cannot be read")
        })?;
        let secret: BTreeMap<String, String> =
            serde_json::from_str(secret.expose()).map_err(|_| not_asked("the secret is not a JSON object of texts"))?;
        values.extend(secret);
        let credentials = Credentials::new(values);
        let until = after(self.now(), BELIEVED_SECONDS);
        let mut kept = self.kept.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (_, until)| *until > self.now());
        kept.insert(name, (credentials.clone(), until));
        Ok(credentials)
    }

    fn kept_credentials(&self, name: &str) -> Option<Credentials> {
        let kept = self.kept.credentials.lock().unwrap_or_else(PoisonError::into_inner);
        let (credentials, until) = kept.get(name)?;
        (self.now() < *until).then(|| credentials.clone())
    }

    /// A token that is good now: the stored one, or a new one that this or another invocation gets. `None`: the carrier
    /// has none.
    pub(super) async fn token(
        &self,
        route: &Route,
        carrier: &dyn LiveCarrier,
        access: &Access<'_>,
    ) -> Result<Option<StoredToken>, LiveProblem> {
        let call = carrier.token_call(access).map_err(|error| lacks(route, &error))?;
        let Some(call) = call else { return Ok(None) };
        let seal = self.seal().await?;
        for _ in 0..LOOKS {
            let now = self.now();
            let stored = self.store().token(route.credentials, &seal, now).await.map_err(table)?;
            if stored.is_some() {
                return Ok(stored);
            }
            let held_until = after(now, REFRESH_SECONDS);
            let refresh = self.store().take_token_refresh(route.credentials, now, held_until);
            let Some(refresh) = refresh.await.map_err(table)? else {
                tokio::time::sleep(LOOK).await;
                continue;
            };
            // Another may have ended between the look and the taking: then the next look finds its token.
            let got = match self.store().token(route.credentials, &seal, now).await {
                Ok(None) => self.new_token(route, carrier, &call).await.map(Some),
                Ok(Some(_)) => Ok(None),
                Err(error) => Err(table(error)),
            };
            let token = got.as_ref().ok().and_then(Option::as_ref);
            let ended = self.store().end_token_refresh(&refresh, token, &seal).await;
            ended.map_err(table)?;
            if let Some(token) = got? {
                return Ok(Some(token));
            }
        }
        Err(LiveProblem::NotAsked {
            why: "another is getting the token, and takes long",
        })
    }

    /// Asks the carrier for a token, which counts like any other call.
    async fn new_token(
        &self,
        route: &Route,
        carrier: &dyn LiveCarrier,
        call: &HttpCall,
    ) -> Result<StoredToken, LiveProblem> {
        let begun = self.now();
        if self.take_quota(route, 1, 0).await? == 0 {
            return Err(LiveProblem::NotAsked {
                why: "no quota is left for a token",
            });
        }
        let answer = self.exchange(call).await?;
        let Token { value, good_for } = carrier.read_token(&answer.as_answer())?;
        Ok(StoredToken {
            text: value.expose().to_owned(),
            until: good_until(begun, good_for),
        })
    }

    async fn seal(&self) -> Result<SealKey, LiveProblem> {
        let kept = || self.kept.seal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(seal) = kept() {
            return Ok(seal);
        }
        let seal = (self.parts.seal)().await.map_err(|error| {
            tracing::error!(error, "the sealing key cannot be read");
            LiveProblem::NotAsked {
                why: "the hub's sealing key cannot be read",
            }
        })?;
        *self.kept.seal.lock().unwrap_or_else(PoisonError::into_inner) = Some(seal.clone());
        Ok(seal)
    }
}

fn good_until(now: jiff::Timestamp, good_for: Duration) -> jiff::Timestamp {
    let good_for = SignedDuration::try_from(good_for).unwrap_or(SignedDuration::MAX);
    now.saturating_add(good_for).unwrap_or(now)
}

/// As the carriers' interface has it.
pub(super) fn as_token(stored: &StoredToken) -> Token {
    Token {
        value: Secret::new(stored.text.as_str()),
        good_for: Duration::ZERO,
    }
}

/// A table that does not answer gives no carrier a rest.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
pub(super) fn table(error: milepost_store::StoreError) -> LiveProblem {
    tracing::error!(%error, "the table did not answer while a carrier was to be asked");
    LiveProblem::NotAsked {
        why: "the table did not answer",
    }
}
