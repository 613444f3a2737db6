//! Asking for a lookup: now, while somebody waits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milepost_carriers::live::{Asked, Concerns, LiveProblem};
use milepost_model::{AccountId, CarrierCode, LiveKey, LiveState, Parcel, Scope, TrackingNumber, import_fed};
use milepost_store::{NumberItems, StoreError};

use super::interval::fresh_for;
use super::polls::is_stalled;
use super::route::{Api, Route};
use super::{Live, after};
use crate::lookup::newest;
use crate::{Identifier, TrackError};

/// What all carriers of one request have together; an API ends a request after 30 s.
const TOGETHER: Duration = Duration::from_secs(20);

/// What one carrier has of it. The rest is for the table before and after: the right to ask is given back whatever comes
/// of it.
const EACH: Duration = Duration::from_secs(18);

/// Carriers that one request asks at most: those a number can likely belong to.
pub(super) const MAX_CARRIERS: usize = 3;

/// The right to ask runs out when nobody can be waiting for the answer any more.
pub(super) const HELD_SECONDS: i64 = 30;

/// Between two looks whether another has the answer.
const LOOK: Duration = Duration::from_millis(250);

impl Live {
    /// Asks the carriers that are connected about a number, each once and all at the same time, where what is `known`
    /// is neither fed by imports nor fresh. Answers what is stored then; a carrier that does not answer changes
    /// nothing. `identifiers` are for functions of the operator's own.
    ///
    /// # Errors
    /// The table's, when the number cannot be read again.
    pub async fn track_now(
        &self,
        viewer: &AccountId,
        carriers: &[CarrierCode],
        number: &TrackingNumber,
        identifiers: &[Identifier],
        known: NumberItems,
    ) -> Result<NumberItems, TrackError> {
        let questions = carriers.iter().take(MAX_CARRIERS);
        let questions = questions.map(|carrier| self.freshen(viewer, carrier, number, identifiers, &known));
        let answers = tokio::time::timeout(TOGETHER, futures_util::future::join_all(questions)).await;
        let changed = match answers {
            Ok(answers) => answers.into_iter().any(|answer| {
                answer.unwrap_or_else(|error| {
                    tracing::error!(%error, "the table did not answer while a carrier was to be asked");
                    false
                })
            }),
            // What came in time is in the table.
            Err(_) => true,
        };
        if !changed {
            return Ok(known);
        }
        Ok(self.store().number(number, self.now().as_second()).await?)
    }

    /// Whether a carrier is told of other identifiers than the number: only a function of the operator's own is, by a
    /// connection whose answers this account alone sees. They may name another parcel than the number does, and what is
    /// answered is stored under the number.
    pub(crate) async fn takes_identifiers(
        &self,
        viewer: &AccountId,
        carrier: &CarrierCode,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let route = self.parts.connections.route(viewer, carrier, now).await?;
        let own = Scope::Account(viewer.clone());
        Ok(route.is_some_and(|route| matches!(route.api, Api::Function(_)) && route.scope == own))
    }

    /// Asks one carrier, or waits for whoever is asking it; whether something may be stored since.
    async fn freshen(
        &self,
        viewer: &AccountId,
        carrier: &CarrierCode,
        number: &TrackingNumber,
        identifiers: &[Identifier],
        known: &NumberItems,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let parcel = newest(known, viewer, carrier, number);
        if import_fed(&parcel, now) {
            return Ok(false);
        }
        let Some(route) = self.parts.connections.route(viewer, carrier, now).await? else {
            return Ok(false);
        };
        let key = LiveKey {
            number: number.clone(),
            carrier: carrier.clone(),
            scope: route.scope.clone(),
        };
        let state = known.live.iter().find(|state| state.key == key);
        if let Some(state) = state {
            self.revive(state, now).await?;
            if has_answered(state, &parcel, now) {
                return Ok(false);
            }
        }
        let held_until = after(now, HELD_SECONDS);
        let asking = match state {
            Some(state) if is_held(state, now) => None,
            state => self.store().take_asking(&key, viewer, state, now, held_until).await?,
        };
        let Some(asking) = asking else {
            // Whoever knows something is not kept waiting for another's answer.
            return if parcel.is_known() {
                Ok(false)
            } else {
                self.wait(&key).await
            };
        };
        let (answered, changed) = within(EACH, self.ask_for(&route, &key, identifiers, known)).await;
        self.store().end_asking(&asking, answered).await?;
        changed
    }

    /// Whether the carrier has answered, and whether anything is new.
    async fn ask_for(
        &self,
        route: &Route,
        key: &LiveKey,
        identifiers: &[Identifier],
        known: &NumberItems,
    ) -> Result<(bool, bool), StoreError> {
        match self.take_quota(route, 1, 0).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Ok((false, false)),
        }
        let outcomes = self.ask(route, &[Asked::from(key.number.clone())], identifiers).await;
        let answered = self.now();
        Ok(match outcomes.into_iter().next() {
            Some(Ok(answer)) => {
                let new = self.keep(key, &known.bundles, answer, answered).await?;
                (true, !new.is_empty())
            }
            Some(Err(problem)) => (speaks_of_the_number(&problem), false),
            None => (false, false),
        })
    }

    /// Waits until nobody is asking any more.
    async fn wait(&self, key: &LiveKey) -> Result<bool, StoreError> {
        // The request's own end cuts this short.
        loop {
            tokio::time::sleep(LOOK).await;
            let state = self.store().live_state(key).await?;
            if !state.is_some_and(|state| is_held(&state, self.now())) {
                return Ok(true);
            }
        }
    }

    /// A chain whose entry was lost (a hub that was off for a week) goes on from here.
    async fn revive(&self, state: &LiveState, now: Timestamp) -> Result<(), StoreError> {
        if is_stalled(state, now) {
            let payload = super::polls::payload(&state.account, super::interval::Urgency::UnderWay);
            self.store()
                .put_poll(&state.key, &state.account, state.due, now, &payload)
                .await?;
        }
        Ok(())
    }
}

/// What asking came to: whether the carrier has answered, and whether something may be stored since. Who is cut off has
/// no answer, though something may be.
async fn within(
    limit: Duration,
    asking: impl Future<Output = Result<(bool, bool), StoreError>>,
) -> (bool, Result<bool, StoreError>) {
    match tokio::time::timeout(limit, asking).await {
        Ok(Ok((answered, changed))) => (answered, Ok(changed)),
        Ok(Err(error)) => (false, Err(error)),
        Err(_) => (false, Ok(true)),
    }
}

/// A carrier that does not know the number has answered all the same.
pub(super) fn speaks_of_the_number(problem: &LiveProblem) -> bool {
    problem.concerns() == Concerns::Number && !matches!(problem, LiveProblem::Malformed { .. })
}

/// Whether the carrier has answered so lately that nobody asks again.
pub(super) fn has_answered(state: &LiveState, parcel: &Parcel, now: Timestamp) -> bool {
    is_fresh(state, parcel, now) && !is_held(state, now)
}

fn is_fresh(state: &LiveState, parcel: &Parcel, now: Timestamp) -> bool {
    let fresh_for = fresh_for(parcel, now);
    let age = state.asked.map(|asked| now.duration_since(asked));
    age.is_some_and(|age| age >= SignedDuration::ZERO && age < fresh_for)
}

fn is_held(state: &LiveState, now: Timestamp) -> bool {
    state.held_until.is_some_and(|until| until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_cut_off_or_fails_has_no_answer() {
        for answer in [(true, true), (true, false), (false, false)] {
            let (answered, changed) = within(EACH, async { Ok(answer) }).await;
            assert_eq!((answered, changed.unwrap()), answer);
        }
        let (answered, changed) = within(Duration::ZERO, std::future::pending()).await;
        assert!(!answered && changed.unwrap(), "what came in time is in the table");
        let (answered, changed) = within(EACH, async { Err(StoreError::NoSealKey) }).await;
        assert!(!answered && changed.is_err());
    }
}
