use std::time::Duration;

use milepost_feeds::Limits;
use milepost_model::Retention;
use milepost_net::bucket::PART_BYTES;

/// Memory that the process takes besides the window: 16 MiB before its first event, then TLS, the decoder, and batches
/// in flight with room to spare (docs/benchmarks.md).
const OTHER_BYTES: usize = 32 << 20;

/// Share of what is left that the window may count. The smallest function could give twice this. But its window is full
/// after some 200,000 rows this way, so that what such a file takes, a file of any length takes.
const WINDOW_PERCENT: usize = 27;

/// A full window leaves at least at this pace: a fresh table's 4,000 units a second, one parcel of one event a unit.
const FLUSHED_A_SECOND: usize = 4_000 * 450;

/// No more than a function of 900 MB gives: a larger window saves nothing, since a carrier's file holds a parcel's rows
/// within days.
const MAX_WINDOW_BYTES: usize = 240 << 20;

/// What a run may take and how it judges rows.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of events that wait for more of their parcels.
    pub window_bytes: usize,
    /// Limits of reading.
    pub limits: Limits,
    /// How long bundles live.
    pub retention: Retention,
    /// Files of a source that one run lists.
    pub max_files: usize,
    /// A file of another's server is copied into the hub's bucket before it is read, if it has so many bytes and cannot
    /// be read on in the middle.
    pub copied_from_bytes: u64,
    /// Bytes of a copy that are in memory at a time, and put as one object.
    pub piece_bytes: usize,
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
        let window_bytes = (left / 100 * WINDOW_PERCENT).min(MAX_WINDOW_BYTES);
        Self {
            window_bytes,
            limits: Limits::default(),
            retention,
            // Their names take 20 MB, which the smallest function has beside a window that is empty while they are read.
            max_files: 100_000,
            // Some 80,000 rows when compressed: what is shorter is read in one go.
            copied_from_bytes: 1 << 20,
            piece_bytes: PART_BYTES,
            max_reject_percent: 20,
            judged_after_rows: 1_000,
            checkpoint_rows: 20_000,
            // An upload that stands still for so long is over, or the next run reads the new version.
            settle: Duration::from_secs(5),
            stop_before_seconds: 30 + i64::try_from(window_bytes / FLUSHED_A_SECOND).unwrap_or(i64::MAX / 2),
        }
    }
}
