//! One poll: whether it still counts, the question, and when the next one is due.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use milepost_carriers::live::{Asked, LiveProblem};
use milepost_model::{AccountId, Follower, LiveState, Parcel, import_fed};
use milepost_store::{Asking, NumberItems, StoreError};

use super::{Due, Refreshed, Refresher};
use crate::live::after;
use crate::live::ask::Outcome;
use crate::live::interval::{Urgency, next_poll, spread};
use crate::live::now::{HELD_SECONDS, has_answered, speaks_of_the_number};
use crate::live::polls::payload;
use crate::live::route::Route;
use crate::lookup::newest;
use crate::trackers;

/// A poll without an answer is made again after this, if the next one is not sooner anyway.
const AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// A write that takes longer has failed.
const JUST_WRITTEN: SignedDuration = SignedDuration::from_mins(5);

/// The next poll is moved only if it is to be so much sooner: each move is two writes.
const WORTH_MOVING: SignedDuration = SignedDuration::from_mins(10);

/// How a due poll stands.
pub(super) enum Standing {
    /// It counts no more: another has made it, or moved it, or a lookup has the carrier's answer.
    Stale,
    /// Nobody is to ask any more, and the chain has ended.
    Ended,
    /// To be made.
    Ready(Box<Ready>),
}

/// A poll to be made.
pub(super) struct Ready {
    pub(super) due: Due,
    state: LiveState,
    known: NumberItems,
    next: Timestamp,
    urgency: Urgency,
}

impl Refresher {
    /// Looks whether a poll is to be made. It counts only if the parcel's state says the same instant.
    pub(super) async fn standing(&self, due: Due) -> Result<Standing, StoreError> {
        let now = self.live.now();
        let known = self.live.store().number(&due.key.number, now.as_second()).await?;
        let state = known.live.iter().find(|state| state.key == due.key).cloned();
        let Some(state) = state.filter(|state| state.due == Some(due.at)) else {
            // Who begins a chain writes its entry before its state: a tick in between is to look again.
            if now.duration_since(due.at) > JUST_WRITTEN {
                self.handled(&due);
            }
            return Ok(Standing::Stale);
        };
        let began = state.began.unwrap_or(due.at);
        let Some((parcel, interval, urgency)) = soonest(&due, &known, began, state.polls, now) else {
            self.live.store().end_polls(&due.key, due.at).await?;
            self.handled(&due);
            return Ok(Standing::Ended);
        };
        let next = after_interval(now, interval, &due);
        // Somebody has looked it up, or waited for the answer when the tracker was created.
        // Who has an answer gives the right to ask back: a hold that ran out is a question that was lost.
        if state.held_until.is_none() && has_answered(&state, &parcel, now) {
            let payload = payload(&state.account, urgency);
            let store = self.live.store();
            store
                .put_poll(&due.key, &state.account, Some(due.at), next, &payload)
                .await?;
            self.handled(&due);
            return Ok(Standing::Stale);
        }
        Ok(Standing::Ready(Box::new(Ready {
            due,
            state,
            known,
            next,
            urgency,
        })))
    }

    /// Asks about parcels in one call, for which the quota was taken. Each has its next poll before the carrier is
    /// asked: a function that dies loses one answer and no chain.
    pub(super) async fn poll(&self, route: &Route, polls: Vec<Ready>) -> Result<Refreshed, StoreError> {
        let mut done = Refreshed::default();
        let mut taken: Vec<(Ready, Asking)> = Vec::with_capacity(polls.len());
        let mut failure = None;
        for poll in polls {
            let now = self.live.now();
            let payload = payload(&poll.state.account, poll.urgency);
            let next = Some((poll.next, payload.as_str()));
            let held_until = after(now, HELD_SECONDS);
            let asking = self.live.store().take_poll(&poll.state, next, now, held_until).await;
            match asking {
                Ok(Some(asking)) => taken.push((poll, asking)),
                // Another tick has it, or a lookup is asking: then the entry is found again.
                Ok(None) => done.left += usize::from(poll.state.held_until.is_some_and(|until| until > now)),
                Err(error) if taken.is_empty() => return Err(error),
                // Those that were taken are to be asked about now or not before their next poll.
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if taken.is_empty() {
            return Ok(done);
        }
        let asked: Vec<Asked> = taken
            .iter()
            .map(|(poll, _)| Asked::from(poll.due.key.number.clone()))
            .collect();
        let outcomes = self.live.ask(route, &asked, &[]).await;
        let answered = self.live.now();
        done.calls += 1;
        for ((poll, asking), outcome) in taken.into_iter().zip(outcomes) {
            done.polled += 1;
            self.handled(&poll.due);
            // What came of the others counts all the same.
            if let Err(error) = self.settle(poll, &asking, outcome, answered, &mut done).await {
                failure.get_or_insert(error);
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(done),
        }
    }

    /// What an outcome changes beyond the poll itself; without news nothing.
    async fn settle(
        &self,
        mut poll: Ready,
        asking: &Asking,
        outcome: Outcome,
        answered: Timestamp,
        done: &mut Refreshed,
    ) -> Result<(), StoreError> {
        match outcome {
            Ok(answer) => {
                let new = self
                    .live
                    .keep(&poll.due.key, &poll.known.bundles, answer, answered)
                    .await?;
                if new.is_empty() {
                    return Ok(());
                }
                done.news += 1;
                poll.known.bundles.extend(new);
                self.move_next(&poll, answered, done).await
            }
            Err(LiveProblem::NotFoundYet) => Ok(()),
            // The next answer will be no other: it counts, or there would be no end to it.
            Err(LiveProblem::Malformed { .. }) => {
                done.failed += 1;
                Ok(())
            }
            Err(LiveProblem::InvalidNumber) => {
                done.ended += usize::from(self.live.store().end_polls(&poll.due.key, poll.next).await?);
                Ok(())
            }
            Err(problem) => {
                done.failed += 1;
                let answered_at_all = speaks_of_the_number(&problem);
                self.live.store().end_asking(asking, answered_at_all).await?;
                let again = answered.saturating_add(AGAIN).unwrap_or(poll.next);
                if again < poll.next {
                    self.put_next(&poll, again, poll.urgency).await?;
                }
                Ok(())
            }
        }
    }

    /// After news, the next poll may be due sooner, or never.
    async fn move_next(&self, poll: &Ready, now: Timestamp, done: &mut Refreshed) -> Result<(), StoreError> {
        let began = poll.state.began.unwrap_or(poll.due.at);
        let Some((_, interval, urgency)) = soonest(&poll.due, &poll.known, began, poll.state.polls, now) else {
            done.ended += usize::from(self.live.store().end_polls(&poll.due.key, poll.next).await?);
            return Ok(());
        };
        let next = after_interval(now, interval, &poll.due);
        if poll.next.duration_since(next) > WORTH_MOVING {
            self.put_next(poll, next, urgency).await?;
        }
        Ok(())
    }

    async fn put_next(&self, poll: &Ready, next: Timestamp, urgency: Urgency) -> Result<(), StoreError> {
        let payload = payload(&poll.state.account, urgency);
        let store = self.live.store();
        store
            .put_poll(&poll.due.key, &poll.state.account, Some(poll.next), next, &payload)
            .await?;
        Ok(())
    }
}

/// The parcel as the one sees it who wants the soonest next poll, of all who follow it here and are not told of it by
/// imports, and that poll; `None`: nobody wants one. Accounts see different parcels on a shared chain.
fn soonest(
    due: &Due,
    known: &NumberItems,
    began: Timestamp,
    made: u32,
    now: Timestamp,
) -> Option<(Parcel, SignedDuration, Urgency)> {
    let key = &due.key;
    let here = |follower: &&Follower| {
        key.scope.visible_to(&follower.account) && trackers::asks(follower, &key.carrier, known, now)
    };
    let followers = known.followers.iter().filter(here);
    let accounts: BTreeSet<&AccountId> = followers.map(|follower| &follower.account).collect();
    accounts
        .into_iter()
        .map(|account| newest(known, account, &key.carrier, &key.number))
        .filter(|parcel| !import_fed(parcel, now))
        .filter_map(|parcel| {
            let (interval, urgency) = next_poll(&parcel, began, made, now)?;
            Some((parcel, interval, urgency))
        })
        .min_by_key(|(_, interval, _)| *interval)
}

pub(super) fn after_interval(now: Timestamp, interval: SignedDuration, due: &Due) -> Timestamp {
    after(now, spread(interval, &due.key.number).as_secs())
}
