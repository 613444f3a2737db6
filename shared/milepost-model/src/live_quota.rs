//! How much may be asked with one set of credentials: a token bucket, kept as the instant at which it is full again
//! (the generic cell rate algorithm), so that its state is one number.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::AccountId;

/// So many requests in so many seconds, in any such stretch of time. Both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveQuota {
    /// How many.
    pub requests: u32,
    /// In how many seconds.
    pub seconds: u32,
    /// The pause between two requests that the carrier wants, in milliseconds; 0: none. Carriers mean by it so many a
    /// minute, and a request that needs a token first is two: two may be made at once, and five pauses hold no more
    /// than five requests.
    pub pause_ms: u32,
}

/// How far a quota is used up, and how far the accounts that share it have been put off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuotaState {
    /// When nothing of the quota is used any more, in Unix milliseconds; in the past: it is all there.
    pub whole_ms: i64,
    /// The same of what the pause between requests allows.
    pub rested_ms: i64,
    /// Up to when each account's polls have been put off, in Unix milliseconds.
    pub lanes: BTreeMap<AccountId, i64>,
}

/// A tenth of a quota may be used at once. The bucket gives the rest evenly: tenth and rest together are never more
/// than the quota in any stretch of its length.
const AT_ONCE: u32 = 10;

/// Requests that a pause allows at once.
const TOGETHER: i64 = 2;

/// Accounts that one quota remembers having put off. Beyond it the others are served as if they had not waited.
const MAX_LANES: usize = 200;

impl LiveQuota {
    /// Requests that may be made at once after a rest.
    pub fn burst(self) -> u32 {
        (self.requests / AT_ONCE).max(1)
    }

    /// Milliseconds that one request costs, rounded up.
    pub fn interval_ms(self) -> i64 {
        let period = i64::from(self.seconds.max(1)) * 1000;
        let evenly = i64::from(self.requests.saturating_sub(self.burst()));
        if evenly == 0 {
            // A quota of one: the next only when a whole period has gone by.
            return period;
        }
        period.div_euclid(evenly) + 1
    }

    /// Milliseconds between requests beyond the two at once: three of these are five pauses.
    fn spacing_ms(self) -> i64 {
        (i64::from(self.pause_ms) * 5).div_euclid(3) + i64::from(self.pause_ms > 0)
    }
}

impl QuotaState {
    /// How many of `wanted` requests may be made at `now`, leaving `keep` of the burst for others, and the state
    /// behind them.
    #[must_use]
    pub fn take(&self, quota: LiveQuota, wanted: u32, keep: u32, now: Timestamp) -> (u32, Self) {
        let now_ms = now.as_millisecond();
        let interval = quota.interval_ms();
        let begun = self.whole_ms.max(now_ms);
        let room = now_ms + i64::from(quota.burst().saturating_sub(keep)) * interval - begun;
        let mut free = room.max(0) / interval;
        let spacing = quota.spacing_ms();
        let rested = self.rested_ms.max(now_ms);
        if spacing > 0 {
            let at_once = TOGETHER - i64::from(keep > 0);
            free = free.min((now_ms + at_once * spacing - rested).max(0) / spacing);
        }
        let granted = wanted.min(u32::try_from(free).unwrap_or(u32::MAX));
        if granted == 0 {
            return (0, self.clone());
        }
        let state = Self {
            whole_ms: begun + i64::from(granted) * interval,
            rested_ms: rested + i64::from(granted) * spacing,
            lanes: self.lanes.clone(),
        };
        (granted, state)
    }

    /// When the next request may be made.
    pub fn next_at(&self, quota: LiveQuota, keep: u32, now: Timestamp) -> Timestamp {
        let behind = i64::from(quota.burst().saturating_sub(keep).max(1)) - 1;
        let at = self.whole_ms - behind * quota.interval_ms();
        let rested = self.rested_ms - (TOGETHER - 1 - i64::from(keep > 0)) * quota.spacing_ms();
        at_ms(at.max(rested).max(now.as_millisecond()))
    }

    /// The state when the carrier has asked to be left alone until an instant.
    #[must_use]
    pub fn paused(&self, quota: LiveQuota, until: Timestamp) -> Self {
        let whole_ms = until.as_millisecond() + i64::from(quota.burst()) * quota.interval_ms();
        Self {
            whole_ms: whole_ms.max(self.whole_ms),
            rested_ms: self.rested_ms,
            lanes: self.lanes.clone(),
        }
    }

    /// When a poll of an account that finds no quota is due again. Each account has a lane of its own, and the lanes
    /// that are under way share the quota: one account's thousands wait behind each other, not before another's ten.
    pub fn put_off(&mut self, quota: LiveQuota, keep: u32, account: &AccountId, now: Timestamp) -> Timestamp {
        let now_ms = now.as_millisecond();
        let earliest = self.next_at(quota, keep, now).as_millisecond();
        self.lanes.retain(|_, until| *until > now_ms);
        let lanes = match self.lanes.contains_key(account) {
            true => self.lanes.len(),
            false => self.lanes.len() + 1,
        };
        let step = quota.interval_ms() * i64::try_from(lanes).unwrap_or(i64::MAX / 2);
        let behind = self.lanes.get(account).copied().unwrap_or_default();
        let due_ms = earliest.max(behind.saturating_add(step));
        if lanes <= MAX_LANES {
            self.lanes.insert(account.clone(), due_ms);
        }
        at_ms(due_ms)
    }
}

fn at_ms(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_183_380_000 + ms).unwrap()
    }

    fn account(name: &str) -> AccountId {
        AccountId::parse(name).unwrap()
    }

    fn hourly_sixty() -> LiveQuota {
        LiveQuota {
            requests: 60,
            seconds: 3_600,
            pause_ms: 0,
        }
    }

    proptest! {
        /// Whoever asks as often as it likes is never granted more than the quota in any stretch of its length.
        #[test]
        fn a_quota_is_never_passed(
            requests in 1_u32..200,
            seconds in 1_u32..7_200,
            pause_ms in prop_oneof![Just(0_u32), 1_u32..30_000],
            asks in proptest::collection::vec((0_i64..600_000, 1_u32..40), 1..300),
        ) {
            let quota = LiveQuota { requests, seconds, pause_ms };
            let (mut state, mut now_ms, mut granted_at) = (QuotaState::default(), 0, Vec::new());
            for (pause, wanted) in asks {
                now_ms += pause;
                let (granted, next) = state.take(quota, wanted, 0, at(now_ms));
                prop_assert!(granted <= wanted);
                state = next;
                granted_at.extend(std::iter::repeat_n(now_ms, granted as usize));
            }
            let period = i64::from(seconds) * 1000;
            for (nth, begin) in granted_at.iter().enumerate() {
                let within = granted_at[nth..].iter().take_while(|at| **at < begin + period).count();
                prop_assert!(within <= requests as usize, "{within} of {requests}");
                let pauses = begin + 5 * i64::from(pause_ms);
                let within = granted_at[nth..].iter().take_while(|at| **at < pauses).count();
                prop_assert!(within <= 5, "{within} in five pauses");
            }
        }
    }

    #[test]
    fn the_hourly_sixty_of_a_new_app() {
        let quota = hourly_sixty();
        let (granted, state) = QuotaState::default().take(quota, 100, 0, at(0));
        assert_eq!(granted, 6);
        assert_eq!(state.take(quota, 1, 0, at(60_000)).0, 0);
        let next = state.next_at(quota, 0, at(0));
        assert_eq!(next, at(66_667));
        assert_eq!(state.take(quota, 9, 0, next).0, 1);
        assert_eq!(state.take(quota, 9, 3, next).0, 0, "some is kept for others");
        assert_eq!(QuotaState::default().take(quota, 9, 3, at(0)).0, 3);
    }

    #[test]
    fn five_a_minute() {
        let quota = LiveQuota {
            pause_ms: 12_000,
            ..hourly_sixty()
        };
        let (granted, state) = QuotaState::default().take(quota, 9, 0, at(0));
        assert_eq!(granted, 2, "a token and a question");
        assert_eq!(state.take(quota, 9, 0, at(20_000)).0, 0);
        assert_eq!(state.next_at(quota, 0, at(0)), at(20_001));
        assert_eq!(state.take(quota, 9, 0, at(20_001)).0, 1);
        assert_eq!(
            QuotaState::default().take(quota, 9, 3, at(0)).0,
            1,
            "one is left for others"
        );
    }

    #[test]
    fn a_quota_of_one() {
        let quota = LiveQuota {
            requests: 1,
            seconds: 60,
            pause_ms: 0,
        };
        let (granted, state) = QuotaState::default().take(quota, 5, 0, at(0));
        assert_eq!(granted, 1);
        assert_eq!(state.take(quota, 1, 0, at(59_999)).0, 0);
        assert_eq!(state.take(quota, 1, 0, at(60_000)).0, 1);
    }

    #[test]
    fn a_pause_is_kept() {
        let quota = LiveQuota {
            requests: 600,
            seconds: 60,
            pause_ms: 0,
        };
        let state = QuotaState::default().paused(quota, at(120_000));
        assert_eq!(state.take(quota, 1, 0, at(119_999)).0, 0);
        assert_eq!(state.take(quota, 1, 0, at(120_000 + quota.interval_ms())).0, 1);
    }

    #[test]
    fn ten_of_one_account_do_not_wait_behind_a_thousand_of_another() {
        let quota = hourly_sixty();
        let mut state = QuotaState::default().take(quota, 6, 0, at(0)).1;
        let (big, small) = (account("big"), account("small"));
        let last_of_big = (0..1_000).map(|_| state.put_off(quota, 0, &big, at(0))).max().unwrap();
        let last_of_small = (0..10).map(|_| state.put_off(quota, 0, &small, at(0))).max().unwrap();
        assert!(last_of_big > at(18 * 3_600_000), "{last_of_big}");
        assert!(last_of_small < at(25 * 60_000), "{last_of_small}");
    }
}
