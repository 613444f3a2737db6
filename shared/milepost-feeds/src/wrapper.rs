//! What a file is wrapped in, and taking it off.

mod gzip;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, ReadBuf};

use crate::{FeedError, Limits};
use gzip::Gzip;

/// What a file is wrapped in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapper {
    /// Look at the first byte of the file. Names of feed files say little: some have no extension at all.
    #[default]
    Auto,
    /// Nothing.
    Plain,
    /// One or more gzip members.
    Gzip,
}

/// A stream without its wrapper. Made by [`decompress`].
pub struct Decompressed<R>(Kind<R>);

enum Kind<R> {
    Plain(R),
    Gzip(Box<Gzip<R>>),
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
    let is_gzip = match wrapper {
        Wrapper::Plain => false,
        Wrapper::Gzip => true,
        // One byte is enough: it is a control character, with which no text begins.
        Wrapper::Auto => reader.fill_buf().await?.first() == Some(&gzip::FIRST_BYTE),
    };
    Ok(Decompressed(if is_gzip {
        Kind::Gzip(Box::new(Gzip::new(reader, limits)))
    } else {
        Kind::Plain(reader)
    }))
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Decompressed<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Kind::Plain(plain) => Pin::new(plain).poll_read(cx, out),
            Kind::Gzip(gzip) => Pin::new(gzip.as_mut()).poll_read(cx, out),
        }
    }
}
