//! The tick of every minute: which followed parcels a carrier is to be asked about.
//!
//! Calls one use case, and says what it came to as metrics; the event says nothing that is needed.

use milepost_runtime::Metrics;
use milepost_track::{Refreshed, Refresher, TrackError};

/// What the function holds between ticks.
pub struct RefreshTracking {
    refresher: Refresher,
    metrics: Metrics,
}

impl RefreshTracking {
    /// Over a refresher.
    pub fn new(refresher: Refresher, metrics: Metrics) -> Self {
        Self { refresher, metrics }
    }

    /// Handles a tick.
    ///
    /// # Errors
    /// The table's; the next tick does what this one could not.
    pub async fn handle(&self) -> Result<Refreshed, TrackError> {
        let refreshed = self.refresher.tick().await?;
        self.metrics.put(&measures(&refreshed));
        Ok(refreshed)
    }
}

/// What an operator watches: how much is done, and whether quotas keep up with it.
fn measures(refreshed: &Refreshed) -> [(&'static str, &'static str, u64); 6] {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    [
        ("Polled", "Count", count(refreshed.polled)),
        ("CarrierCalls", "Count", count(refreshed.calls)),
        ("PollsWithNews", "Count", count(refreshed.news)),
        ("PollsFailed", "Count", count(refreshed.failed)),
        ("PollBacklog", "Count", count(refreshed.put_off + refreshed.left)),
        ("OldestPollWaiting", "Seconds", refreshed.oldest_seconds),
    ]
}
