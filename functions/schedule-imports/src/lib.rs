//! The tick of every minute: which connections are due, one queue message for each run.
//!
//! Calls one use case; the event says nothing that is needed.

use milepost_import::{ImportError, Scheduler};
use milepost_runtime::now;

/// What the function holds between ticks.
pub struct ScheduleImports {
    scheduler: Scheduler,
}

impl ScheduleImports {
    /// Over a scheduler.
    pub fn new(scheduler: Scheduler) -> Self {
        Self { scheduler }
    }

    /// Handles a tick: how many runs were queued.
    ///
    /// # Errors
    /// The table's or the queue's; the next tick does what this one could not.
    pub async fn handle(&self) -> Result<usize, ImportError> {
        self.scheduler.tick(now()).await
    }
}
