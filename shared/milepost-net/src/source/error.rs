//! What can go wrong between a source and its reader.

use std::io;

use crate::error::{AwsError, ErrorClass};
use crate::guard::GuardError;

/// Why a source could not be listed, or a file not be read. No message holds a password or what a server wrote.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The address guard refused the host.
    #[error("refused: {0}")]
    Guard(#[from] GuardError),
    /// The file is not the one that was listed, or that was begun: it must be read anew, as a new version.
    #[error("the file changed")]
    Changed,
    /// The file is gone.
    #[error("the file is gone")]
    Missing,
    /// The FTP server refused the user or the password.
    #[error("the login was refused")]
    Denied,
    /// The body ended before its end.
    #[error("the file broke off after {at} bytes")]
    Broken {
        /// How many bytes of the file had been read, those before the first offset included.
        at: u64,
    },
    /// All bytes came, but not those that the source has a checksum of.
    #[error("the file does not match its checksum")]
    Corrupt,
    /// Nothing happened for too long.
    #[error("nothing happened in time ({step})")]
    TimedOut {
        /// What was waited for.
        step: &'static str,
    },
    /// The connection failed.
    #[error("the connection failed ({step})")]
    Io {
        /// What was tried.
        step: &'static str,
        /// How it failed.
        source: io::Error,
    },
    /// The FTP server refused a command.
    #[error("the server answered {step} with {code}")]
    Ftp {
        /// What was tried.
        step: &'static str,
        /// The reply code, 100 to 599.
        code: u32,
    },
    /// S3 refused or broke a call.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The server does not speak as its protocol says.
    #[error("the server's answer makes no sense ({step})")]
    Protocol {
        /// What was tried.
        step: &'static str,
    },
    /// A listing is longer than its limit.
    #[error("the listing is longer than {limit} bytes")]
    ListingTooLong {
        /// The limit.
        limit: usize,
    },
    /// The reader was read again after it had failed.
    #[error("the reader has failed before")]
    Failed,
}

impl SourceError {
    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Guard(error) => error.class(),
            Self::Aws(error) => error.class(),
            Self::Denied => ErrorClass::Caller,
            Self::Broken { .. } | Self::Corrupt | Self::TimedOut { .. } | Self::Io { .. } => ErrorClass::Retry,
            // RFC 959 section 4.2.1: 4yz passes, 5yz stays.
            Self::Ftp { code, .. } if *code < 500 => ErrorClass::Retry,
            Self::Changed
            | Self::Missing
            | Self::Ftp { .. }
            | Self::Protocol { .. }
            | Self::ListingTooLong { .. }
            | Self::Failed => ErrorClass::Permanent,
        }
    }

    /// Whether a reader may begin again where it stopped. After bad bytes it may not: they have been handed on.
    pub(super) fn can_resume(&self) -> bool {
        self.class() == ErrorClass::Retry && !matches!(self, Self::Corrupt)
    }

    /// The source's error inside what a reader gave, if it is one.
    pub fn find(error: &io::Error) -> Option<&Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl From<SourceError> for io::Error {
    fn from(error: SourceError) -> Self {
        let kind = match &error {
            SourceError::Broken { .. } => io::ErrorKind::UnexpectedEof,
            SourceError::TimedOut { .. } => io::ErrorKind::TimedOut,
            SourceError::Missing => io::ErrorKind::NotFound,
            SourceError::Denied => io::ErrorKind::PermissionDenied,
            SourceError::Corrupt => io::ErrorKind::InvalidData,
            SourceError::Io { source, .. } => source.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
