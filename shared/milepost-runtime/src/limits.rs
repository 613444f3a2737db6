use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use milepost_contract::routes::{Entry, Family, Route};
use milepost_store::KeyHash;

/// Buckets kept in memory, about a megabyte. Those that are full again are forgotten first; beyond it a key passes
/// unlimited, and the limit of the API's stage still holds.
const MAX_BUCKETS: usize = 10_000;

const SECOND: i64 = 1_000_000;

/// How many requests each key may make: a token bucket for each, in this process alone. Where AWS runs several
/// environments of a function each counts for itself, so that together they let through more; what protects the table
/// is the limit of the API's stage, and this one keeps a key from taking all of that.
pub(crate) struct Limits {
    per_minute: NonZeroU32,
    /// Of each bucket the instant, in microseconds, at which it is full again: all that there is to know of a bucket.
    full_at: Mutex<HashMap<Bucket, i64>>,
}

/// ShipEngine limits a key, Ship24 a key at each of its routes.
type Bucket = (KeyHash, Option<Route>);

/// How a key's bucket stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What it holds when full.
    pub(crate) limit: u32,
    /// Requests that would pass now.
    pub(crate) remaining: u32,
    /// Seconds until it is full, rounded up.
    pub(crate) full_in: u32,
    /// Seconds until a request passes, rounded up; `None` for one that passed.
    pub(crate) wait: Option<u32>,
}

impl Limits {
    /// So many requests of a key in a minute at ShipEngine's routes and the hub's own; Ship24's have Ship24's limits.
    pub(crate) fn new(per_minute: NonZeroU32) -> Self {
        Self {
            per_minute,
            full_at: Mutex::default(),
        }
    }

    /// Takes a token for a request, if there is one.
    pub(crate) fn take(&self, key: KeyHash, entry: &Entry, now: Timestamp) -> Standing {
        let (bucket, limit, period) = match entry.family {
            Family::ShipEngine => ((key, None), self.per_minute.get(), 60 * SECOND),
            Family::Ship24 => ((key, Some(entry.route)), entry.route.ship24_per_second(), SECOND),
        };
        let now = now.as_microsecond();
        let token = period / i64::from(limit.max(1));
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that went back must not lock a key out: no bucket takes longer than the period to fill.
        let full_at = buckets
            .get(&bucket)
            .map_or(now, |full_at| (*full_at).clamp(now, now + period));
        let after = full_at + token;
        let over = after - (now + token * i64::from(limit));
        if over > 0 {
            // As it counts now, or a clock that went back would be met again at the next request.
            buckets.insert(bucket, full_at);
            return Standing {
                limit,
                remaining: 0,
                full_in: seconds(full_at - now),
                wait: Some(seconds(over)),
            };
        }
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, full_at| *full_at > now);
        }
        if buckets.len() < MAX_BUCKETS {
            buckets.insert(bucket, after);
        }
        Standing {
            limit,
            remaining: u32::try_from(-over / token).unwrap_or(0),
            full_in: seconds(after - now),
            wait: None,
        }
    }
}

/// Whole seconds, rounded up.
fn seconds(microseconds: i64) -> u32 {
    u32::try_from(microseconds.max(0).div_euclid(SECOND) + i64::from(microseconds % SECOND > 0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_contract::routes::route;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_795_183_380_000 + milliseconds).unwrap()
    }

    fn limits(per_minute: u32) -> Limits {
        Limits::new(NonZeroU32::new(per_minute).unwrap())
    }

    fn entry(request: &str) -> &'static Entry {
        let (method, path) = request.split_once(' ').unwrap();
        route(method, path).unwrap().entry
    }

    #[test]
    fn a_minute_of_shipengine() {
        let (limits, lookup, start) = (limits(60), entry("GET /v1/tracking"), entry("POST /v1/tracking/start"));
        let key = KeyHash::of("one");
        for left in (0..60).rev() {
            let standing = limits.take(key, if left % 2 == 0 { lookup } else { start }, at(0));
            assert_eq!((standing.remaining, standing.wait), (left, None));
        }
        assert_eq!(limits.take(key, lookup, at(0)).wait, Some(1));
        assert_eq!(limits.take(key, lookup, at(999)).wait, Some(1));
        assert_eq!(
            limits.take(key, lookup, at(1_000)).wait,
            None,
            "one a second comes back"
        );
        assert_eq!(limits.take(key, lookup, at(1_000)).wait, Some(1));
        assert_eq!(limits.take(KeyHash::of("other"), lookup, at(1_000)).remaining, 59);
        assert_eq!(
            limits.take(key, lookup, at(120_000)).remaining,
            59,
            "full, and never more"
        );
    }

    #[test]
    fn a_second_of_ship24_at_each_route() {
        let limits = limits(1);
        let key = KeyHash::of("one");
        for (request, limit) in [
            ("POST /v1/trackers", 10),
            ("POST /v1/trackers/bulk", 3),
            ("GET /v1/couriers", 1),
            ("POST /v1/trackers/x/webhook-events/resend", 1),
        ] {
            let passed = (0..20)
                .filter(|_| limits.take(key, entry(request), at(0)).wait.is_none())
                .count();
            assert_eq!(passed, limit, "{request}");
        }
        let both = [entry("GET /v1/trackers/x"), entry("GET /public/v1/trackers/x")];
        assert_eq!(
            both.map(|entry| limits.take(key, entry, at(0)).remaining),
            [9, 8],
            "one route, two prefixes"
        );
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let (limits, lookup, key) = (limits(2), entry("GET /v1/tracking"), KeyHash::of("one"));
        for _ in 0..2 {
            assert_eq!(limits.take(key, lookup, at(3_600_000)).wait, None);
        }
        assert_eq!(limits.take(key, lookup, at(0)).wait, Some(30));
        assert_eq!(limits.take(key, lookup, at(60_000)).wait, None);
    }

    #[test]
    fn memory_ends_somewhere() {
        let (limits, lookup) = (limits(200), entry("GET /v1/tracking"));
        for key in 0..MAX_BUCKETS + 10 {
            assert_eq!(limits.take(KeyHash::of(&key.to_string()), lookup, at(0)).wait, None);
        }
        assert_eq!(limits.full_at.lock().unwrap().len(), MAX_BUCKETS);
        limits.take(KeyHash::of("late"), lookup, at(1_000));
        assert_eq!(
            limits.full_at.lock().unwrap().len(),
            1,
            "those that are full again are forgotten"
        );
    }
}
