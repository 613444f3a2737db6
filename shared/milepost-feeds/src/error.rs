//! What ends a file.

use std::io;

use thiserror::Error;

use crate::RowFault;

/// Why a file cannot be read on. The rows before it are good.
///
/// Between the steps of the pipeline a `FeedError` travels inside an [`io::Error`]; the two conversions here put it
/// in and take it out again, so that trouble of the source ([`FeedError::Io`]) and a damaged file stay apart.
#[derive(Debug, Error)]
pub enum FeedError {
    /// The source failed. The file may be fine: try again.
    #[error("the source of the file failed")]
    Io {
        /// What the source said.
        source: io::Error,
    },
    /// The stream ended inside what a later byte has to close: a gzip member, a file of a zip, an XML element, an
    /// interchange, a list, or a file whose trailer is to come.
    #[error("the file is cut off: was it still being uploaded?")]
    Truncated,
    /// The zip file is damaged, or of a kind that cannot be read from front to end.
    #[error("the zip file cannot be read: {problem}")]
    BadZip {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The text is not of the format, from here on.
    #[error("line {line}: {problem}")]
    Structure {
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        problem: &'static str,
    },
    /// A gzip header, the compressed bytes or a checksum are wrong.
    #[error("the gzip file is damaged")]
    BadGzip {
        /// What the decoder said.
        source: io::Error,
    },
    /// The wrapper was stated to be gzip and the first byte says otherwise.
    #[error("the file is not gzip: check the layout's wrapper")]
    NotGzip,
    /// The wrapper was stated to be zip and the first bytes say otherwise.
    #[error("the file is not zip: check the layout's wrapper")]
    NotZip,
    /// Bytes that are neither zero padding nor a gzip member follow the last member. It is reported after the last row,
    /// when every member was whole and its checksum right, so a caller may take it as a warning.
    #[error("bytes that are not gzip follow the compressed data at byte {offset} of the file")]
    TrailingBytes {
        /// Offset of the first such byte in the compressed file.
        offset: u64,
    },
    /// More came out of the wrapper than [`Limits::inflated_bytes`](crate::Limits::inflated_bytes).
    #[error("the file inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// More came out per compressed byte than [`Limits::inflation_ratio`](crate::Limits::inflation_ratio).
    #[error("the file inflates more than {limit} times: it looks like a decompression bomb")]
    RatioTooHigh {
        /// The limit, inflated bytes per compressed byte.
        limit: u64,
    },
    /// The header row cannot be read, so no column of the file has a name.
    #[error("the header row cannot be read")]
    BadHeader {
        /// What is wrong with that row.
        source: RowFault,
    },
    /// Reading went back behind an unclosed quote more often than [`Limits::rewinds`](crate::Limits::rewinds).
    #[error("more than {limit} unclosed quotes, the last in line {line}: check the layout's quote setting")]
    TooManyRewinds {
        /// The limit.
        limit: u32,
        /// Line of the last one, from 1.
        line: u64,
    },
    /// The format asked for contradicts itself.
    #[error("the format cannot be read: {problem}")]
    BadFormat {
        /// What to change.
        problem: &'static str,
    },
}

/// What a caller can do about a [`FeedError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The layout asks for something impossible: correct it.
    Caller,
    /// The same bytes may come through next time.
    Retry,
    /// This version of the file will always fail here.
    Permanent,
}

impl FeedError {
    /// Whether trying again can help.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Io { .. } => ErrorClass::Retry,
            Self::BadFormat { .. } => ErrorClass::Caller,
            Self::Truncated
            | Self::BadZip { .. }
            | Self::Structure { .. }
            | Self::BadGzip { .. }
            | Self::NotGzip
            | Self::NotZip
            | Self::TrailingBytes { .. }
            | Self::TooLarge { .. }
            | Self::RatioTooHigh { .. }
            | Self::BadHeader { .. }
            | Self::TooManyRewinds { .. } => ErrorClass::Permanent,
        }
    }
}

impl From<io::Error> for FeedError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|source| Self::Io { source })
    }
}

impl From<FeedError> for io::Error {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Io { source } => source,
            other => Self::new(io::ErrorKind::InvalidData, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_error_survives_the_way_through_io() {
        let there: io::Error = FeedError::TrailingBytes { offset: 7 }.into();
        assert!(matches!(FeedError::from(there), FeedError::TrailingBytes { offset: 7 }));
    }

    #[test]
    fn trouble_of_the_source_is_retryable_whatever_its_kind() {
        for kind in [
            io::ErrorKind::UnexpectedEof,
            io::ErrorKind::InvalidData,
            io::ErrorKind::ConnectionReset,
        ] {
            let back = FeedError::from(io::Error::from(FeedError::from(io::Error::new(kind, "socket"))));
            assert!(matches!(&back, FeedError::Io { source } if source.kind() == kind));
            assert_eq!(back.class(), ErrorClass::Retry);
        }
    }
}
