//! Where carriers leave feed files.
//!
//! A source lists its files and opens one at an offset. A connection that breaks in the middle of a file is made again
//! inside the reader, after checking that the file is still the same one; a file that changed is
//! [`SourceError::Changed`], wrapped into the [`std::io::Error`] that the reader gives.

mod error;
mod ftp;
mod names;
mod reader;
mod resume;
mod s3;
mod secret;
mod settled;

pub use error::SourceError;
pub use ftp::{FtpServer, FtpSource};
pub use names::{Pattern, is_unfinished};
pub use reader::FeedReader;
pub use resume::Patience;
pub use s3::S3Source;
pub use secret::{ReadSecret, Secret};
pub use settled::settled;

/// One bulk file of a carrier, as its source lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFile {
    /// What the source calls it: the key in S3, the name within its directory in FTP.
    pub name: String,
    /// Its length in bytes, if the source tells.
    pub size: Option<u64>,
    /// Its entity tag with the quotes. Only S3 has one.
    pub etag: Option<String>,
    /// When it was last written, in milliseconds since 1970, if the source tells.
    pub modified_ms: Option<i64>,
}

/// What a source holds at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files whose names match, without those that are [unfinished](is_unfinished).
    pub files: Vec<FeedFile>,
    /// Whether the source holds more files than were asked for. What is missing can be any of them.
    pub more: bool,
}

/// A place where a carrier leaves feed files.
#[derive(Debug, Clone)]
pub enum Source {
    /// A bucket.
    S3(S3Source),
    /// A directory of an FTP server.
    Ftp(FtpSource),
}

impl Source {
    /// At most `max` files that are there now.
    ///
    /// # Errors
    ///
    /// Any [`SourceError`] about the host, the credentials or the connection.
    pub async fn list(&self, max: usize) -> Result<Listing, SourceError> {
        match self {
            Self::S3(source) => source.list(max).await,
            Self::Ftp(source) => source.list(max).await,
        }
    }

    /// Opens a listed file, leaving out its first `offset` bytes. An offset at its end gives an empty reader.
    ///
    /// # Errors
    ///
    /// [`SourceError::Changed`] if the file is not the listed one any more, [`SourceError::Missing`] if it is gone, and
    /// any error about the host, the credentials or the connection.
    pub async fn open(&self, file: &FeedFile, offset: u64) -> Result<FeedReader, SourceError> {
        match self {
            Self::S3(source) => source.open(file, offset).await,
            Self::Ftp(source) => source.open(file, offset).await,
        }
    }

    /// Whether a file appears whole or not at all, so that one look is enough. Elsewhere [`settled()`] compares two.
    pub fn is_atomic(&self) -> bool {
        matches!(self, Self::S3(_))
    }
}
