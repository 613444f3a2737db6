//! Where carriers leave feed files.
//!
//! A source lists its files and opens one at an offset. A connection that breaks in the middle of a file is made again
//! inside the reader, after checking that the file is still the same one; a file that changed is
//! [`SourceError::Changed`], wrapped into the [`std::io::Error`] that the reader gives.

mod error;
mod ftp;
mod https;
mod kinds;
mod names;
mod reader;
mod resume;
mod s3;
mod secret;
mod settings;
mod settled;
mod sftp;
mod state;
mod tcp;
mod tls;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use milepost_model::Afterwards;

pub use milepost_model::Secret;

pub use error::SourceError;
pub use ftp::{FtpServer, FtpSource, Protection};
pub use https::{HttpsLogin, HttpsSource};
pub use kinds::{AssumedRole, MakeSource, S3Clients, Sources};
pub use names::{Pattern, is_unfinished};
pub use reader::FeedReader;
pub use resume::{Patience, Transfer};
pub use s3::S3Source;
pub use secret::ReadSecret;
pub use settings::Settings;
pub use settled::settled;
pub use sftp::{SftpServer, SftpSource};
pub use tls::Fingerprint;

/// One bulk file of a carrier, as its source lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFile {
    /// What the source calls it: the key in S3, the name within its directory in FTP and SFTP, the last part of a URL.
    pub name: String,
    /// Its length in bytes, if the source tells.
    pub size: Option<u64>,
    /// Its entity tag with the quotes. S3 has one, and many web servers.
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

/// What a step of a source comes to.
pub type SourceFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 'a>>;

/// A kind of place where a carrier leaves feed files. A new kind is this trait, a [`Transfer`] for one file, and a line
/// in [`Sources`]; nothing outside this crate changes.
pub trait Place: fmt::Debug + Send + Sync {
    /// At most `max` files that are there now, those [unfinished](is_unfinished) left out.
    fn list(&self, max: usize) -> SourceFuture<'_, Listing>;

    /// Opens a listed file without its first `offset` bytes.
    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader>;

    /// Deletes or moves a file, if it is still the listed one.
    fn put_away<'a>(&'a self, file: &'a FeedFile, afterwards: &'a Afterwards) -> SourceFuture<'a, ()>;

    /// Gives up what it keeps of a file for reading on in the middle: all of the file is stored, or it was given up.
    fn release<'a>(&'a self, _file: &'a FeedFile) -> SourceFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Whether what it keeps of a file for reading on in the middle reaches to `offset`, to which the file was read
    /// before. Who has the file itself keeps nothing.
    fn goes_on_at<'a>(&'a self, _file: &'a FeedFile, _offset: u64) -> SourceFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Connects and logs in, and nothing else.
    fn reach(&self) -> SourceFuture<'_, ()>;

    /// Whether a file appears whole or not at all, so that one look is enough. Elsewhere [`settled()`] compares two.
    fn is_atomic(&self) -> bool;

    /// How often the server announced another host for its data. FTP alone has such a thing.
    fn foreign_addresses(&self) -> u32 {
        0
    }
}

/// A place where a carrier leaves feed files.
#[derive(Debug, Clone)]
pub struct Source(Arc<dyn Place>);

impl Source {
    /// A source at some place.
    pub fn new(place: impl Place + 'static) -> Self {
        Self(Arc::new(place))
    }

    /// At most `max` files that are there now.
    ///
    /// # Errors
    ///
    /// Any [`SourceError`] about the host, the credentials or the connection.
    pub async fn list(&self, max: usize) -> Result<Listing, SourceError> {
        self.0.list(max).await
    }

    /// Opens a listed file, leaving out its first `offset` bytes. An offset at its end gives an empty reader.
    ///
    /// # Errors
    ///
    /// [`SourceError::Changed`] if the file is not the listed one any more, [`SourceError::Missing`] if it is gone, and
    /// any error about the host, the credentials or the connection.
    pub async fn open(&self, file: &FeedFile, offset: u64) -> Result<FeedReader, SourceError> {
        self.0.open(file, offset).await
    }

    /// Deletes or moves a file of which all is stored, if it is still the listed one. A file that is gone is put away.
    ///
    /// # Errors
    ///
    /// [`SourceError::Changed`] if it is another one by now, [`SourceError::Unsupported`] where the source knows neither,
    /// and whatever the server refuses.
    pub async fn put_away(&self, file: &FeedFile, afterwards: &Afterwards) -> Result<(), SourceError> {
        match self.0.put_away(file, afterwards).await {
            Err(SourceError::Missing) => Ok(()),
            done => done,
        }
    }

    /// Gives up what the place keeps of a file for reading on in the middle.
    ///
    /// # Errors
    ///
    /// Where that is kept.
    pub async fn release(&self, file: &FeedFile) -> Result<(), SourceError> {
        self.0.release(file).await
    }

    /// Whether what the place keeps of a file reaches to `offset`, to which the file was read before.
    ///
    /// # Errors
    ///
    /// That it does not, or why that cannot be seen.
    pub async fn goes_on_at(&self, file: &FeedFile, offset: u64) -> Result<(), SourceError> {
        self.0.goes_on_at(file, offset).await
    }

    /// Connects and logs in, and nothing else.
    ///
    /// # Errors
    ///
    /// What keeps it from that.
    pub async fn reach(&self) -> Result<(), SourceError> {
        self.0.reach().await
    }

    /// Whether a file appears whole or not at all, so that one look is enough. Elsewhere [`settled()`] compares two.
    pub fn is_atomic(&self) -> bool {
        self.0.is_atomic()
    }

    /// How often the server announced another host for its data, which is never followed.
    pub fn foreign_addresses(&self) -> u32 {
        self.0.foreign_addresses()
    }
}
