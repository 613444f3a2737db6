//! What a reader hands out: a row with its place in the file, and either a record or the reason why not.

use thiserror::Error;

use crate::{Fields, JsonLine, Picks};

/// One row of a file. It borrows from the reader and is gone with the next call.
#[derive(Debug)]
pub struct Row<'a> {
    /// Line in which the row begins, from 1. CR, LF and CRLF each end a line, inside quotes too.
    pub line: u64,
    /// Where the row begins, in bytes of the decoded stream (after decompression, as UTF-8, without byte order mark).
    /// The same bytes always give the same offsets, so it serves as arrival order and as checkpoint.
    pub offset: u64,
    /// Offset just behind the row and the first byte of its line end. The next row begins here or later.
    pub end: u64,
    /// The record, or why the row has none.
    pub content: Result<Record<'a>, RowFault>,
}

/// What a row says, by format.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// A record of delimited text.
    Fields(Fields<'a>),
    /// A line of JSON, or an element of a list, not yet parsed.
    Json(JsonLine<'a>),
    /// What was asked for, of a format whose rows are no simple list of fields.
    Picks(&'a Picks),
}

/// Why a row has no record. It holds positions and limits, never what the row says: rows carry names and addresses.
///
/// `column` counts from 1: the number of the field in delimited text, the byte of the line in JSON Lines, and the number
/// of the value asked for elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RowFault {
    /// Not UTF-8 after decoding.
    #[error("column {column} is not valid UTF-8: check the layout's charset")]
    Encoding {
        /// Where the first wrong byte is.
        column: usize,
    },
    /// A zero byte in the text.
    #[error("column {column} has a NUL byte: check whether the file is UTF-16 or damaged")]
    Nul {
        /// Where the first one is.
        column: usize,
    },
    /// A field longer than [`Limits::field_bytes`](crate::Limits::field_bytes).
    #[error("column {column} is longer than {limit} bytes")]
    FieldTooLong {
        /// Where the field is.
        column: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// More fields than [`Limits::columns`](crate::Limits::columns).
    #[error("more than {limit} columns: check the layout's delimiter")]
    TooManyColumns {
        /// The limit.
        limit: usize,
    },
    /// A line longer than [`Limits::record_bytes`](crate::Limits::record_bytes). The whole line is passed over.
    #[error("the line is longer than {limit} bytes: check the file's line ends and the layout's format")]
    RecordTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// A quote opens in this line and is not closed where a field can end. Only this line is rejected; reading goes on
    /// with the next.
    #[error("a quote opens in this line and is never properly closed: check the layout's quote setting")]
    UnclosedQuote,
    /// The line is not JSON, or is nested more than 128 deep.
    #[error("not valid JSON from byte {column} of the line")]
    Json {
        /// Where the parser stopped.
        column: usize,
    },
    /// The line is JSON of another shape than the layout expects.
    #[error("JSON of an unexpected shape at byte {column} of the line: check the layout's fields")]
    JsonShape {
        /// Where the parser stopped.
        column: usize,
    },
    /// The file ends inside this row.
    #[error("the file ends in the middle of this row: was it still being uploaded?")]
    CutOff,
    /// A trailer counts other than what was read before it.
    #[error("the trailer here counts {counted}, and {read} were read: rows are missing, or too many")]
    WrongCount {
        /// What the trailer says; 0 when it says no number.
        counted: u64,
        /// What was read.
        read: u64,
    },
    /// A trailer does not belong to the header before it.
    #[error("the control number here is not the one that was opened: a part of the file is missing")]
    WrongControl,
    /// An entity that is none of XML's own five, or an attribute that is not written as one.
    #[error("an entity or attribute of this row is not well-formed XML")]
    Markup,
    /// The last line of the file stops in the middle of a value.
    #[error("the last line is cut off after byte {column}: was the file still being uploaded?")]
    TruncatedLine {
        /// Where the line stops.
        column: usize,
    },
}

impl RowFault {
    /// A short stable name, by which rejects are counted.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Encoding { .. } => "encoding",
            Self::Nul { .. } => "nul",
            Self::FieldTooLong { .. } => "field_too_long",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::RecordTooLong { .. } => "record_too_long",
            Self::UnclosedQuote => "unclosed_quote",
            Self::Json { .. } => "json",
            Self::JsonShape { .. } => "json_shape",
            Self::TruncatedLine { .. } => "truncated_line",
            Self::CutOff => "cut_off",
            Self::WrongCount { .. } => "wrong_count",
            Self::WrongControl => "wrong_control",
            Self::Markup => "markup",
        }
    }
}
