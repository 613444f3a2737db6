//! Gzip (RFC 1952): all members, their checksums, and an end to files that inflate without end.
//!
//! Carriers concatenate files, so the members are read one after another. A file of no bytes holds no rows. Zero bytes
//! behind the last member are padding, as `gzip` itself has it; anything else there is [`FeedError::TrailingBytes`].

#![expect(
    clippy::disallowed_types,
    reason = "this is the one place that starts the decoder again for each member"
)]

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::GzipDecoder;
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use crate::limits::INFLATION_GRACE_BYTES;
use crate::{FeedError, Limits};

/// With which every member begins.
pub(super) const FIRST_BYTE: u8 = 0x1f;

pub(super) struct Gzip<R> {
    state: State<R>,
    inflated: u64,
    limits: Limits,
}

enum State<R> {
    /// Before the first member, behind one, or in the padding.
    Between(Source<R>),
    Member(GzipDecoder<Source<R>>),
    Done,
}

impl<R: AsyncBufRead + Unpin> Gzip<R> {
    pub(super) fn new(reader: R, limits: &Limits) -> Self {
        let source = Source {
            reader,
            consumed: 0,
            failed: false,
        };
        Self {
            state: State::Between(source),
            inflated: 0,
            limits: *limits,
        }
    }

    /// Looks at the byte where a member may begin.
    fn poll_between(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let State::Between(source) = &mut self.state else {
            return Poll::Ready(Ok(()));
        };
        let offset = source.consumed;
        let bytes = ready!(Pin::new(&mut *source).poll_fill_buf(cx))?;
        let padding = bytes.iter().take_while(|byte| **byte == 0).count();
        match bytes.first().copied() {
            Some(FIRST_BYTE) => {
                if let State::Between(source) = std::mem::replace(&mut self.state, State::Done) {
                    self.state = State::Member(GzipDecoder::new(source));
                }
            }
            Some(0) if offset > 0 => Pin::new(source).consume(padding),
            Some(_) if offset > 0 => return self.fail(FeedError::TrailingBytes { offset }),
            Some(_) => return self.fail(FeedError::NotGzip),
            None => self.state = State::Done,
        }
        Poll::Ready(Ok(()))
    }

    /// Inflates into `out`, or leaves the member if it has ended.
    fn poll_member(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let State::Member(decoder) = &mut self.state else {
            return Poll::Ready(Ok(()));
        };
        if self.inflated > self.limits.inflated_bytes {
            let limit = self.limits.inflated_bytes;
            return self.fail(FeedError::TooLarge { limit });
        }
        let allowed = decoder.get_ref().consumed.saturating_mul(self.limits.inflation_ratio);
        if self.inflated > allowed.max(INFLATION_GRACE_BYTES) {
            let limit = self.limits.inflation_ratio;
            return self.fail(FeedError::RatioTooHigh { limit });
        }
        let before = out.filled().len();
        let read = ready!(Pin::new(&mut *decoder).poll_read(cx, out));
        if let Err(error) = read {
            return if decoder.get_ref().failed {
                Poll::Ready(Err(error))
            } else {
                self.fail(damage(error))
            };
        }
        let count = out.filled().len() - before;
        self.inflated += u64::try_from(count).unwrap_or(u64::MAX);
        if count == 0
            && let State::Member(decoder) = std::mem::replace(&mut self.state, State::Done)
        {
            self.state = State::Between(decoder.into_inner());
        }
        Poll::Ready(Ok(()))
    }

    fn fail(&mut self, error: FeedError) -> Poll<io::Result<()>> {
        self.state = State::Done;
        Poll::Ready(Err(error.into()))
    }
}

/// What an error of the decoder means, once the source is ruled out.
fn damage(error: io::Error) -> FeedError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => FeedError::Truncated,
        _ => FeedError::BadGzip { source: error },
    }
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Gzip<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = out.filled().len();
        // The decoder cannot tell "no room" from "no more", so it is asked only while there is room.
        while out.filled().len() == before && out.remaining() > 0 {
            match this.state {
                State::Between(_) => ready!(this.poll_between(cx))?,
                State::Member(_) => ready!(this.poll_member(cx, out))?,
                State::Done => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The compressed stream. It counts what the decoder takes and remembers whether an error was its own, since the
/// decoder reports both alike.
struct Source<R> {
    reader: R,
    consumed: u64,
    failed: bool,
}

impl<R: AsyncBufRead + Unpin> AsyncBufRead for Source<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        let filled = ready!(Pin::new(&mut this.reader).poll_fill_buf(cx));
        this.failed = filled.is_err();
        Poll::Ready(filled)
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let this = self.get_mut();
        this.consumed += u64::try_from(amount).unwrap_or(u64::MAX);
        Pin::new(&mut this.reader).consume(amount);
    }
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Source<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = bytes.len().min(out.remaining());
        out.put_slice(bytes.get(..count).unwrap_or_default());
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}
