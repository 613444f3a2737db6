//! How much one file may ask of the process that reads it.

/// Longest record in bytes, line end included. Documented feeds use 150 bytes to 2 KB per event, so this is a hundred
/// times the longest; it is also what one unclosed quote may cost before reading goes back.
pub const RECORD_BYTES: usize = 256 * 1024;

/// Longest field in bytes. A quarter of a record: free text of a carrier is a few hundred bytes, and everything above
/// is a file that lost its line ends or its quotes.
pub const FIELD_BYTES: usize = 64 * 1024;

/// Most fields in a record of delimited text. The widest documented feed has 31 columns; layouts with repeating groups
/// reach some hundreds.
pub const COLUMNS: usize = 512;

/// Most bytes that one compressed file may inflate to: twice the largest daily file expected (2 GB).
pub const INFLATED_BYTES: u64 = 4 << 30;

/// Most inflated bytes per compressed byte. Event files compress 8 to 15 times and text of repeats 50 times; deflate
/// itself ends at 1,032.
pub const INFLATION_RATIO: u64 = 200;

/// Inflated bytes before the ratio counts. The start of a file says little about the rest, and this much does no harm.
pub const INFLATION_GRACE_BYTES: u64 = 1 << 20;

/// How often reading may go back behind an unclosed quote in one file. Each time re-reads at most one record's bytes,
/// so this bounds the extra work at 2.5 GB (seconds, not hours). One stray quote per hundred rows of a large file fits;
/// with more of them the layout's quote setting is wrong.
pub const REWINDS: u32 = 10_000;

/// The limits of one file. The default is the constants of this module; tests and tools may set others.
///
/// JSON nesting has no entry: `serde_json` ends at 128 levels by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest record in bytes, line end included: see [`RECORD_BYTES`].
    pub record_bytes: usize,
    /// Longest field, or JSON string as written, in bytes: see [`FIELD_BYTES`].
    pub field_bytes: usize,
    /// Most fields in a record of delimited text: see [`COLUMNS`].
    pub columns: usize,
    /// Most bytes after decompression: see [`INFLATED_BYTES`].
    pub inflated_bytes: u64,
    /// Most inflated bytes per compressed byte, once [`INFLATION_GRACE_BYTES`] came out: see [`INFLATION_RATIO`].
    pub inflation_ratio: u64,
    /// How often reading may go back behind an unclosed quote: see [`REWINDS`].
    pub rewinds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: RECORD_BYTES,
            field_bytes: FIELD_BYTES,
            columns: COLUMNS,
            inflated_bytes: INFLATED_BYTES,
            inflation_ratio: INFLATION_RATIO,
            rewinds: REWINDS,
        }
    }
}
