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
    /// The server refused the user, the password or the key.
    #[error("the login was refused")]
    Denied,
    /// A setting of the source is missing or not what it has to be.
    #[error("the source's setting {name} {problem}")]
    Setting {
        /// Which.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No kind of source has that name.
    #[error("there is no kind of source named {0}")]
    NoSuchKind(String),
    /// The folder is not there, or not for this user.
    #[error("there is no such folder for this user")]
    NoFolder,
    /// The server shows a host key that the connection does not name.
    #[error("the server's host key is {seen}, which is not the connection's host_key")]
    HostKey {
        /// Its fingerprint, as `ssh-keygen -l` writes it.
        seen: String,
    },
    /// The server's certificate is not trusted, or not the one that the connection names.
    #[error("the server's certificate is not trusted: {why}; its SHA-256 is {seen}")]
    Certificate {
        /// What is wrong with it.
        why: &'static str,
        /// The hash of the certificate, in hex.
        seen: String,
    },
    /// The same, of a web server, whose certificate cannot be named.
    #[error("the server's certificate is not trusted: {why}")]
    Untrusted {
        /// What is wrong with it.
        why: &'static str,
    },
    /// TLS failed, and not for the certificate.
    #[error("TLS failed ({step})")]
    Tls {
        /// What was tried.
        step: &'static str,
    },
    /// The private key of the connection cannot be read.
    #[error("the private key cannot be read: it must be one without a passphrase, in OpenSSH's form or PEM")]
    Key,
    /// The server refused a step that the login does not allow.
    #[error("the server refused {step}")]
    Refused {
        /// What was tried.
        step: &'static str,
    },
    /// The web server answered with a status that is no file.
    #[error("the web server answered {status}")]
    Http {
        /// The status.
        status: u16,
    },
    /// The source can neither delete nor move a file.
    #[error("this kind of source can neither delete nor move a file")]
    Unsupported,
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
    /// A kind of place that another crate makes has failed.
    #[error("{why}")]
    Place {
        /// How; without secrets, and without what it was answered.
        why: String,
        /// What a caller can do about it.
        class: ErrorClass,
    },
    /// What comes next has to be asked for, and may come after the run's end.
    #[error("there is no time left to ask for more")]
    NoTime,
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
            Self::Place { class, .. } => *class,
            Self::Denied
            | Self::Setting { .. }
            | Self::NoSuchKind(_)
            | Self::NoFolder
            | Self::HostKey { .. }
            | Self::Certificate { .. }
            | Self::Untrusted { .. }
            | Self::Key
            | Self::Unsupported => ErrorClass::Caller,
            // RFC 9110: only these of the client's errors pass by themselves.
            Self::Http { status } if *status >= 500 || matches!(*status, 408 | 425 | 429) => ErrorClass::Retry,
            Self::Http { .. } => ErrorClass::Caller,
            Self::Broken { .. }
            | Self::Corrupt
            | Self::TimedOut { .. }
            | Self::NoTime
            | Self::Io { .. }
            | Self::Tls { .. } => ErrorClass::Retry,
            // RFC 959 section 4.2.1: 4yz passes, 5yz stays.
            Self::Ftp { code, .. } if *code < 500 => ErrorClass::Retry,
            Self::Changed
            | Self::Missing
            | Self::Refused { .. }
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
            SourceError::Denied | SourceError::Refused { .. } => io::ErrorKind::PermissionDenied,
            SourceError::Corrupt => io::ErrorKind::InvalidData,
            SourceError::Io { source, .. } => source.kind(),
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
