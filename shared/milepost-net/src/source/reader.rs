//! A feed file as a stream of bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use futures_util::stream;
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};
use tokio_util::io::StreamReader;

use super::error::SourceError;
use super::resume::{Patience, Resuming, Transfer};

/// The bytes of a feed file.
///
/// An error that it gives holds a [`SourceError`], see [`SourceError::find`]. The end of the stream is the end of the
/// file: a file that broke off for good is an error, never an end.
pub struct FeedReader {
    inner: Pin<Box<dyn AsyncBufRead + Send>>,
    resumes: Arc<AtomicU32>,
}

impl FeedReader {
    /// Begins a transfer at an offset, and reads it on where it breaks.
    ///
    /// # Errors
    ///
    /// The transfer's, after as many tries as `patience` allows.
    pub async fn begin<T: Transfer + 'static>(
        transfer: T,
        offset: u64,
        patience: Patience,
    ) -> Result<Self, SourceError> {
        Ok(Self::new(Resuming::begin(transfer, offset, patience).await?))
    }

    fn new<T: Transfer + 'static>(transfer: Resuming<T>) -> Self {
        let resumes = transfer.resumes();
        let chunks = stream::unfold(Some(transfer), |state| async {
            // After an error the stream goes on failing, lest a second read take it for the end of the file.
            let Some(mut transfer) = state else {
                return Some((Err(SourceError::Failed), None));
            };
            match transfer.next().await {
                Ok(chunk) => chunk.map(|chunk| (Ok(chunk), Some(transfer))),
                Err(error) => Some((Err(error), None)),
            }
        });
        Self {
            inner: Box::pin(StreamReader::new(chunks)),
            resumes,
        }
    }

    /// How often the transfer was begun again because it broke.
    pub fn resumes(&self) -> u32 {
        self.resumes.load(Ordering::Relaxed)
    }
}

impl AsyncRead for FeedReader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.inner.as_mut().poll_read(cx, buf)
    }
}

impl AsyncBufRead for FeedReader {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_mut().inner.as_mut().poll_fill_buf(cx)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.inner.as_mut().consume(amount);
    }
}

impl std::fmt::Debug for FeedReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FeedReader")
            .field("resumes", &self.resumes())
            .finish_non_exhaustive()
    }
}
