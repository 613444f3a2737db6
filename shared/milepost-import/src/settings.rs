use std::time::Duration;

use milepost_feeds::Limits;
use milepost_model::Retention;

/// Memory that the process takes besides the window: the binary, TLS, the decoder, batches in flight. The rest of a
/// function's memory is the window's, and the allocator's slack.
const OTHER_BYTES: usize = 40 << 20;

/// Share of what is left that the window may count: it counts bytes of events, and allocation costs about as much
/// again.
const WINDOW_PERCENT: usize = 40;

/// No more than a function of 1 GB gives: a larger window saves nothing, since a carrier's file holds a parcel's rows
/// within days.
const MAX_WINDOW_BYTES: usize = 384 << 20;

/// What a run may take and how it judges rows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of events that wait for more of their parcels.
    pub window_bytes: usize,
    /// Limits of reading.
    pub limits: Limits,
    /// How long bundles live.
    pub retention: Retention,
    /// Files that one run looks at.
    pub max_files: usize,
    /// Percent of a file's rows that may be rejects before the file is given up as not what the layout says.
    pub max_reject_percent: u8,
    /// Rows before which that share is not judged, except at the end of the file.
    pub judged_after_rows: u64,
    /// Rows between two checkpoints.
    pub checkpoint_rows: u64,
    /// Between the two looks at a source where files are seen while they are written.
    pub settle: Duration,
    /// Seconds before the deadline at which a run stops reading, so that the window is stored in time.
    pub stop_before_seconds: i64,
}

impl Settings {
    /// For a function of so many mebibytes.
    pub fn for_memory(memory_mib: u32, retention: Retention) -> Self {
        let memory = usize::try_from(memory_mib)
            .unwrap_or(usize::MAX)
            .saturating_mul(1 << 20);
        let left = memory.saturating_sub(OTHER_BYTES).max(8 << 20);
        Self {
            window_bytes: (left / 100 * WINDOW_PERCENT).min(MAX_WINDOW_BYTES),
            limits: Limits::default(),
            retention,
            // Each costs the ledger half a read unit at every run; a folder with more of them needs a clean-up.
            max_files: 10_000,
            max_reject_percent: 20,
            judged_after_rows: 1_000,
            checkpoint_rows: 20_000,
            // An upload that stands still for so long is over, or the next run reads the new version.
            settle: Duration::from_secs(5),
            // A full window of a 128 MB function takes about ten seconds at a fresh table's 4,000 units a second.
            stop_before_seconds: 60,
        }
    }
}
