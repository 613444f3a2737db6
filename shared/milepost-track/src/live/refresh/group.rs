//! The polls of one route, one call after the other.

use futures_util::StreamExt;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use milepost_store::StoreError;

use super::poll::{Ready, Standing, after_interval};
use super::{Due, Refreshed, Refresher};
use crate::live::fair::in_turn;
use crate::live::polls::payload;
use crate::live::route::Route;

/// Where no connection can ask, somebody has to add or mend one: a look a day finds it.
const WITHOUT_ROUTE: SignedDuration = SignedDuration::from_hours(24);

/// Numbers that are read at the same time.
const READ_AT_ONCE: usize = 8;

/// Calls with one set of credentials that are under way at the same time: carriers look askance at more.
const CALLS_TOGETHER: usize = 4;

/// Calls for which quota is taken in one write.
const CALLS_AT_ONCE: u32 = 8;

impl Refresher {
    /// Polls that share a route, in turn, until quota or time are used up.
    pub(super) async fn work_through(&self, polls: Vec<Due>, deadline: Timestamp) -> Result<Refreshed, StoreError> {
        let mut done = Refreshed::default();
        let Some(first) = polls.first() else { return Ok(done) };
        let (account, key) = (first.account.clone(), first.key.clone());
        let connections = &self.live.parts.connections;
        let route = connections
            .route_to(&account, &key.carrier, &key.scope, self.live.now())
            .await?;
        let Some(route) = route else {
            self.wait_for_route(polls, deadline, &mut done).await?;
            return Ok(done);
        };
        let (mut granted, mut spent, mut without) = (0, false, Vec::new());
        let mut batch: Vec<Ready> = Vec::new();
        let mut calls: Vec<Vec<Ready>> = Vec::new();
        let mut waiting = in_turn(polls);
        waiting.reverse();
        while !waiting.is_empty() || !batch.is_empty() {
            if self.live.now() >= deadline {
                break;
            }
            while batch.len() < route.batch() && !waiting.is_empty() {
                let from = waiting.len().saturating_sub(READ_AT_ONCE.min(route.batch().max(1)));
                let next = waiting.split_off(from).into_iter().rev();
                let mut read = stream::iter(next.map(|poll| self.standing(poll))).buffered(READ_AT_ONCE);
                while let Some(standing) = read.next().await {
                    match standing? {
                        Standing::Ready(ready) if spent => without.push(ready.due),
                        Standing::Ready(ready) => batch.push(*ready),
                        Standing::Ended => done.ended += 1,
                        Standing::Stale => {}
                    }
                }
            }
            if batch.is_empty() {
                continue;
            }
            if granted == 0 {
                let needed = (waiting.len() + batch.len()).div_ceil(route.batch());
                let wanted = u32::try_from(needed).unwrap_or(u32::MAX).min(CALLS_AT_ONCE);
                granted = self
                    .live
                    .take_quota(&route, wanted, route.kept_for_lookups())
                    .await
                    .unwrap_or(0);
            }
            let size = batch.len().min(route.batch());
            let asked: Vec<Ready> = batch.drain(..size).collect();
            if granted == 0 {
                spent = true;
                without.extend(asked.into_iter().map(|ready| ready.due));
                continue;
            }
            granted -= 1;
            calls.push(asked);
            if calls.len() >= CALLS_TOGETHER || granted == 0 {
                self.make(&route, &mut calls, &mut done).await?;
            }
        }
        self.make(&route, &mut calls, &mut done).await?;
        let left: Vec<Due> = waiting
            .into_iter()
            .chain(batch.into_iter().map(|ready| ready.due))
            .collect();
        done.left += left.len();
        for poll in &left {
            done.waits(poll, self.live.now());
        }
        self.put_off(&route, without, &mut done).await?;
        Ok(done)
    }

    /// Puts off polls that no connection can make: one that is added again, or is mended, goes on with them. Chains end
    /// by the usual rules.
    async fn wait_for_route(
        &self,
        polls: Vec<Due>,
        deadline: Timestamp,
        done: &mut Refreshed,
    ) -> Result<(), StoreError> {
        for poll in polls {
            let now = self.live.now();
            if now >= deadline {
                done.left += 1;
                done.waits(&poll, now);
                continue;
            }
            match self.standing(poll).await? {
                Standing::Ready(ready) => {
                    let poll = ready.due;
                    let again = after_interval(now, WITHOUT_ROUTE, &poll);
                    let payload = payload(&poll.account, poll.urgency);
                    self.live
                        .store()
                        .put_poll(&poll.key, &poll.account, Some(poll.at), again, &payload)
                        .await?;
                    self.handled(&poll);
                    done.put_off += 1;
                }
                Standing::Ended => done.ended += 1,
                Standing::Stale => {}
            }
        }
        Ok(())
    }

    /// Makes calls that were gathered.
    async fn make(&self, route: &Route, calls: &mut Vec<Vec<Ready>>, done: &mut Refreshed) -> Result<(), StoreError> {
        let made = calls.drain(..).map(|asked| self.poll(route, asked));
        for made in futures_util::future::join_all(made).await {
            done.add(&made?);
        }
        Ok(())
    }

    /// Puts off what found no quota: to when there will be some for its account.
    async fn put_off(&self, route: &Route, polls: Vec<Due>, done: &mut Refreshed) -> Result<(), StoreError> {
        if polls.is_empty() {
            return Ok(());
        }
        let now = self.live.now();
        let keep = route.kept_for_lookups();
        let put_off = self.live.store().change_quota(route.credentials, now, |mut state| {
            let dues: Vec<Timestamp> = polls
                .iter()
                .enumerate()
                .map(|(nth, poll)| {
                    // One call takes a batch: its polls have one turn.
                    let again = state
                        .lanes
                        .get(&poll.account)
                        .copied()
                        .filter(|_| nth % route.batch() != 0);
                    let same = again
                        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
                        .filter(|at| *at > now);
                    same.unwrap_or_else(|| state.put_off(route.quota, keep, &poll.account, now))
                })
                .collect();
            (dues, state)
        });
        // Too many changes at once: what is not put off is left for the next tick.
        let Some(dues) = put_off.await? else {
            done.left += polls.len();
            return Ok(());
        };
        for (poll, due) in polls.iter().zip(dues) {
            let payload = payload(&poll.account, poll.urgency);
            self.live
                .store()
                .put_poll(&poll.key, &poll.account, Some(poll.at), due, &payload)
                .await?;
            self.handled(poll);
            done.put_off += 1;
            done.waits(poll, now);
        }
        Ok(())
    }
}
