//! Trying again: exponential backoff with full jitter, and an end.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use milepost_model::ErrorClass;

use crate::{Store, StoreError};

/// Draws a pause between nothing and the given one.
pub type Jitter = Arc<dyn Fn(Duration) -> Duration + Send + Sync>;

/// How calls are tried again. The client that a [`Store`] is given must not retry by itself, or the two multiply.
#[derive(Clone)]
pub struct Retries {
    /// How often a call is tried without progress before it ends in an error of class retry.
    pub tries: u32,
    /// The longest first pause; each further one may be twice as long.
    pub base: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// The widest spacing of write units that a throttled table may force on the batches of one process.
    pub widest_gap: Duration,
    /// Full jitter: any pause from nothing to the allowed one is as likely, so that writers that were refused together
    /// do not come back together.
    pub jitter: Jitter,
}

impl Default for Retries {
    /// Eight tries from 50 ms: at most 6.4 seconds of waiting and 3.2 on average. That outlasts the seconds that an
    /// on-demand table needs to split a hot partition, and leaves a request of the HTTP API (30 s) its time.
    ///
    /// The widest gap is a millisecond: one partition takes 1,000 units a second, so a table always takes as much.
    fn default() -> Self {
        Self {
            tries: 8,
            base: Duration::from_millis(50),
            longest: Duration::from_secs(5),
            widest_gap: Duration::from_millis(1),
            jitter: Arc::new(random_share),
        }
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries")
            .field("tries", &self.tries)
            .field("base", &self.base)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}

fn random_share(longest: Duration) -> Duration {
    // Without random bytes the whole pause is taken: late, not wrong.
    getrandom::u32().map_or(longest, |drawn| longest.mul_f64(f64::from(drawn) / f64::from(u32::MAX)))
}

/// The pauses of one call.
pub(crate) struct Backoff<'a> {
    retries: &'a Retries,
    failures: u32,
}

impl<'a> Backoff<'a> {
    pub(crate) fn new(retries: &'a Retries) -> Self {
        Self { retries, failures: 0 }
    }

    /// Waits before another try; `false` when there has been the last one.
    pub(crate) async fn pause(&mut self) -> bool {
        self.failures += 1;
        if self.failures >= self.retries.tries {
            return false;
        }
        let doubled = 1_u32 << (self.failures - 1).min(16);
        let longest = self.retries.base.saturating_mul(doubled).min(self.retries.longest);
        tokio::time::sleep((self.retries.jitter)(longest)).await;
        true
    }

    /// Part of the work was done: the count begins anew.
    pub(crate) fn progress(&mut self) {
        self.failures = 0;
    }
}

impl Store {
    /// Waits a random while before what others were faster at is tried again, `lost` times already; at most as long as
    /// a call waits.
    pub async fn wait_after_losing(&self, lost: u32) {
        let retries = &self.shared.retries;
        let doubled = 1_u32 << lost.min(16);
        let longest = retries.base.saturating_mul(doubled).min(retries.longest / 10);
        tokio::time::sleep((retries.jitter)(longest)).await;
    }

    /// Calls until the answer is one, or an error that trying again does not help, or the tries are used up.
    pub(crate) async fn retrying<T, F>(&self, call: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut backoff = Backoff::new(&self.shared.retries);
        loop {
            match call().await {
                Err(error) if error.class() == ErrorClass::Retry => {
                    if !backoff.pause().await {
                        return Err(error);
                    }
                }
                answer => return answer,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_the_longest_and_end() {
        let retries = Retries {
            tries: 6,
            base: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            jitter: Arc::new(|longest| longest),
            ..Retries::default()
        };
        let mut backoff = Backoff::new(&retries);
        let begun = tokio::time::Instant::now();
        let mut waited = Vec::new();
        while backoff.pause().await {
            waited.push(begun.elapsed().as_secs());
        }
        assert_eq!(waited, [1, 3, 7, 12, 17]);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_begins_anew() {
        let retries = Retries {
            tries: 2,
            ..Retries::default()
        };
        let mut backoff = Backoff::new(&retries);
        for _ in 0..10 {
            assert!(backoff.pause().await);
            backoff.progress();
        }
        assert!(backoff.pause().await);
        assert!(!backoff.pause().await);
    }

    #[test]
    fn the_drawn_share_is_within_the_whole() {
        for _ in 0..100 {
            assert!(random_share(Duration::from_millis(50)) <= Duration::from_millis(50));
        }
    }
}
