//! What a file is wrapped in, and taking it off.

mod gzip;
mod zip;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, ReadBuf};

use crate::{FeedError, Limits};
use gzip::Gzip;
use zip::Zip;

/// What a file is wrapped in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapper {
    /// Look at the first bytes of the file. Names of feed files say little: some have no extension at all.
    #[default]
    Auto,
    /// Nothing.
    Plain,
    /// One or more gzip members.
    Gzip,
    /// A zip archive of one or more files.
    Zip,
}

/// A stream without its wrapper. Made by [`decompress`].
pub struct Decompressed<R>(Kind<R>);

enum Kind<R> {
    Plain(R),
    Gzip(Box<Gzip<R>>),
    Zip(Box<Zip<R>>),
}

/// Takes the wrapper off. It waits for the first byte if the wrapper is to be found out.
///
/// Errors that arise while reading are [`io::Error`]s: `FeedError::from` tells those of the source from a damaged or
/// oversized file.
///
/// # Errors
///
/// [`FeedError::Io`] when the source fails before its first byte.
pub async fn decompress<R>(mut reader: R, wrapper: Wrapper, limits: &Limits) -> Result<Decompressed<R>, FeedError>
where
    R: AsyncBufRead + Unpin + Send,
{
    let found = match wrapper {
        Wrapper::Auto => match reader.fill_buf().await? {
            // One byte is enough: it is a control character, with which no text begins.
            [gzip::FIRST_BYTE, ..] => Wrapper::Gzip,
            // Text may begin with PK, but not with PK and a control character. Whoever sends single bytes has to name zip.
            bytes if bytes.starts_with(&zip::FIRST_BYTES) => Wrapper::Zip,
            _ => Wrapper::Plain,
        },
        stated => stated,
    };
    Ok(Decompressed(match found {
        Wrapper::Gzip => Kind::Gzip(Box::new(Gzip::new(reader, limits))),
        Wrapper::Zip => Kind::Zip(Box::new(Zip::new(reader, limits))),
        Wrapper::Auto | Wrapper::Plain => Kind::Plain(reader),
    }))
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Decompressed<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Kind::Plain(plain) => Pin::new(plain).poll_read(cx, out),
            Kind::Gzip(gzip) => Pin::new(gzip.as_mut()).poll_read(cx, out),
            Kind::Zip(zip) => Pin::new(zip.as_mut()).poll_read(cx, out),
        }
    }
}
