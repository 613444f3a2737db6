//! One question to a carrier, about one number or several, within the quota of the connection's credentials.

use std::time::Duration;

use jiff::Timestamp;
use milepost_carriers::live::{Access, Asked, CallError, Concerns, Credentials, LiveAnswer, LiveCarrier, LiveProblem};
use milepost_model::{Bundle, LiveKey};
use milepost_store::StoreError;

use super::news::news;
use super::route::{Api, Route};
use super::token::{as_token, table};
use super::{Live, after};
use crate::Identifier;

/// How long credentials rest when the carrier is down or too busy and does not say for how long.
const REST_SECONDS: i64 = 60;

/// How long credentials rest that the carrier refuses: somebody has to change them, and carriers lock who insists.
const REFUSED_SECONDS: i64 = 900;

/// What came of one number.
pub(super) type Outcome = Result<LiveAnswer, LiveProblem>;

impl Live {
    /// How many calls of `wanted` the quota has, leaving `keep` of a burst.
    pub(super) async fn take_quota(&self, route: &Route, wanted: u32, keep: u32) -> Result<u32, LiveProblem> {
        let now = self.now();
        let taken = self.store().change_quota(route.credentials, now, |state| {
            state.take(route.quota, wanted, keep, now)
        });
        Ok(taken.await.map_err(table)?.unwrap_or(0))
    }

    /// Asks about numbers, no more than one call takes, for which the quota was taken: one outcome each, in order. A
    /// problem of the carrier or of the credentials gives them a rest.
    pub(super) async fn ask(&self, route: &Route, asked: &[Asked], identifiers: &[Identifier]) -> Vec<Outcome> {
        let outcomes = match (&route.api, route.api.carrier()) {
            (Api::Function(arn), _) => {
                let mut outcomes = Vec::with_capacity(asked.len());
                for one in asked {
                    outcomes.push(self.call_function(route, arn, one, identifiers).await);
                }
                outcomes
            }
            (_, Some(carrier)) => self.ask_api(route, carrier, asked).await,
            (_, None) => Vec::new(),
        };
        for problem in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            tracing::debug!(connection = %route.connection, %problem, "a carrier does not tell");
        }
        let grave = |outcome: &&Outcome| {
            let concerns = outcome.as_ref().err().map(LiveProblem::concerns);
            matches!(concerns, Some(Concerns::Credentials | Concerns::Carrier))
        };
        if let Some(Err(problem)) = outcomes.iter().find(grave) {
            self.rest(route, problem).await;
        }
        outcomes
    }

    async fn ask_api(&self, route: &Route, carrier: &dyn LiveCarrier, asked: &[Asked]) -> Vec<Outcome> {
        let credentials = match self.credentials(route).await {
            Ok(credentials) => credentials,
            Err(problem) => return for_all(asked, &problem),
        };
        match self.ask_with(route, carrier, &credentials, asked).await {
            Ok(outcomes) => outcomes,
            Err(problem) => for_all(asked, &problem),
        }
    }

    async fn ask_with(
        &self,
        route: &Route,
        carrier: &dyn LiveCarrier,
        credentials: &Credentials,
        asked: &[Asked],
    ) -> Result<Vec<Outcome>, LiveProblem> {
        let call_id = self.call_id();
        let base_url = route.access.base_url.as_deref().unwrap_or(&carrier.terms().base_url);
        let access = Access {
            base_url,
            credentials,
            token: None,
            call_id: &call_id,
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let stored = self.token(route, carrier, &access).await?;
            let token = stored.as_ref().map(as_token);
            let access = Access {
                token: token.as_ref(),
                ..access
            };
            let call = match carrier.track_call(asked, &access) {
                Ok(call) => call,
                Err(CallError::Number { .. }) => return Ok(each_alone(carrier, asked, &access)),
                Err(error) => return Err(lacks(route, &error)),
            };
            let answer = self.exchange(&call).await?;
            let outcomes = carrier.read(&answer.as_answer(), asked);
            let refused = outcomes
                .iter()
                .any(|outcome| outcome.result == Err(LiveProblem::TokenRefused));
            if let (true, Some(stored)) = (refused, &stored) {
                self.store()
                    .forget_token(route.credentials, stored)
                    .await
                    .map_err(table)?;
                if tries == 1 && self.take_quota(route, 1, 0).await? == 1 {
                    continue;
                }
            }
            return Ok(outcomes.into_iter().map(|outcome| outcome.result).collect());
        }
    }

    /// Leaves the carrier alone for as long as it asks.
    async fn rest(&self, route: &Route, problem: &LiveProblem) {
        let asked_for = |retry_after: &Option<Duration>| {
            retry_after.map_or(REST_SECONDS, |rest| {
                i64::try_from(rest.as_secs()).unwrap_or(REST_SECONDS)
            })
        };
        let seconds = match problem {
            LiveProblem::Throttled { retry_after } | LiveProblem::CarrierDown { retry_after } => asked_for(retry_after),
            LiveProblem::Refused { .. } => REFUSED_SECONDS,
            // A new one was refused too.
            LiveProblem::TokenRefused => REST_SECONDS,
            _ => return,
        };
        tracing::warn!(connection = %route.connection, %problem, seconds, "a carrier is left alone for a while");
        let now = self.now();
        let paused = self.store().change_quota(route.credentials, now, |state| {
            ((), state.paused(route.quota, after(now, seconds)))
        });
        if let Err(error) = paused.await {
            tracing::error!(%error, "the rest of a carrier could not be noted");
        }
    }

    /// Puts what is new of an answer into the table, and answers it. Of a parcel that was erased on request nothing is
    /// kept.
    pub(super) async fn keep(
        &self,
        key: &LiveKey,
        stored: &[Bundle],
        answer: LiveAnswer,
        answered: Timestamp,
    ) -> Result<Vec<Bundle>, StoreError> {
        for warning in &answer.warnings {
            tracing::warn!(carrier = %key.carrier, warning, "a carrier's answer is odd");
        }
        let bundles = news(stored, key, answer, answered, self.parts.retention);
        if bundles.is_empty() {
            return Ok(bundles);
        }
        let store = self.store();
        if store
            .is_forgotten(&key.carrier, &key.number, answered.as_second())
            .await?
        {
            return Ok(Vec::new());
        }
        store.put_bundles(&bundles).await?;
        Ok(bundles)
    }
}

/// The connection has not all that a call to its carrier needs.
pub(super) fn lacks(route: &Route, error: &CallError) -> LiveProblem {
    tracing::warn!(connection = %route.connection, %error, "a connection lacks something");
    LiveProblem::NotAsked {
        why: "the connection lacks something that the carrier needs",
    }
}

/// A number that the carrier cannot have spoils the call for its neighbours, so each is tried alone: the bad ones are
/// told so, the others are asked about another time.
fn each_alone(carrier: &dyn LiveCarrier, asked: &[Asked], access: &Access<'_>) -> Vec<Outcome> {
    let outcome = |one: &Asked| match carrier.track_call(std::slice::from_ref(one), access) {
        Err(CallError::Number { .. }) => Err(LiveProblem::InvalidNumber),
        _ => Err(LiveProblem::NotAsked {
            why: "it came together with a number that the carrier does not have",
        }),
    };
    asked.iter().map(outcome).collect()
}

fn for_all(asked: &[Asked], problem: &LiveProblem) -> Vec<Outcome> {
    asked.iter().map(|_| Err(problem.clone())).collect()
}
