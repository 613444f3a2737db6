//! A byte stream cut at line ends, which keeps the bytes of the row being read so that reading can go back in it.
//!
//! CR, LF and CRLF each end a line. The LF of a CRLF is not looked for: it is passed over before the next row, so a
//! line is complete as soon as its first end byte is there, however the stream is cut into chunks.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use memchr::{memchr2, memchr2_iter};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::FeedError;

/// How much is asked of the stream at a time: large enough that the calls cost nothing beside the bytes.
const READ_BYTES: usize = 64 * 1024;

/// What lies between rows and is passed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Between {
    /// A line that begins with this byte is a comment.
    pub(crate) comment: Option<u8>,
    /// Whether spaces and tabs before a row mean nothing.
    pub(crate) spaces: bool,
}

/// The stream, the unread bytes and, before them, the bytes of the row being read.
pub(crate) struct Lines<R> {
    inner: R,
    between: Between,
    buffer: Vec<u8>,
    /// Offset in the stream of the first byte of `buffer`.
    base: u64,
    /// Where the row begins in `buffer`.
    start: usize,
    start_line: u64,
    /// Up to where `buffer` has been read.
    read: usize,
    line: u64,
    after_cr: bool,
    /// What is to be reported when the last row is out.
    late: Option<FeedError>,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(inner: R, between: Between) -> Self {
        Self {
            inner,
            between,
            buffer: Vec::new(),
            base: 0,
            start: 0,
            start_line: 1,
            read: 0,
            line: 1,
            after_cr: false,
            late: None,
            ended: false,
        }
    }

    /// Passes over everything between rows and begins a row. False at the end of the stream. Doing it twice is
    /// doing it once.
    pub(crate) async fn begin(&mut self) -> Result<bool, FeedError> {
        loop {
            self.start = self.read;
            match self.buffer.get(self.read) {
                None => {
                    if !self.more().await? {
                        return self.late.take().map_or(Ok(false), Err);
                    }
                }
                Some(b'\r' | b'\n') => self.pass(1),
                Some(b' ' | b'\t') if self.between.spaces => self.pass(1),
                first if self.between.comment.is_some() && first == self.between.comment.as_ref() => {
                    self.pass_line().await?;
                }
                Some(_) => {
                    self.start_line = self.line;
                    return Ok(true);
                }
            }
        }
    }

    /// Whether there are unread bytes. It waits for them, and false is the end of the stream.
    pub(crate) async fn more(&mut self) -> Result<bool, FeedError> {
        poll_fn(|cx| self.poll_more(cx)).await
    }

    /// The polled form of [`Lines::more`].
    pub(crate) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, FeedError>> {
        if self.read < self.buffer.len() {
            return Poll::Ready(Ok(true));
        }
        self.poll_fill(cx)
    }

    /// Adds to the unread bytes. False at the end of the stream.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, FeedError>> {
        if self.ended {
            return Poll::Ready(Ok(false));
        }
        self.buffer.drain(..self.start);
        self.read -= self.start;
        self.base += offset(self.start);
        self.start = 0;
        self.buffer.reserve(READ_BYTES);
        let reading = pin!(self.inner.read_buf(&mut self.buffer));
        let count = match ready!(reading.poll(cx)).map_err(FeedError::from) {
            Ok(count) => count,
            Err(late @ FeedError::TrailingBytes { .. }) => {
                self.late = Some(late);
                0
            }
            Err(error) => return Poll::Ready(Err(error)),
        };
        self.ended = count == 0;
        Poll::Ready(Ok(!self.ended))
    }

    /// The unread bytes that are there, up to and with the end of the line, at most `room` of them.
    pub(crate) fn piece(&self, room: usize) -> &[u8] {
        let unread = self.buffer.get(self.read..).unwrap_or_default();
        let unread = unread.get(..room).unwrap_or(unread);
        let length = memchr2(b'\r', b'\n', unread).map_or(unread.len(), |end| end + 1);
        unread.get(..length).unwrap_or(unread)
    }

    /// Counts `length` bytes as read, of which only the last may end a line.
    pub(crate) fn pass(&mut self, length: usize) {
        let passed = self.buffer.get(self.read..self.read + length).unwrap_or_default();
        match passed {
            [b'\n'] if self.after_cr => {}
            [.., b'\r' | b'\n'] => self.line += 1,
            _ => {}
        }
        self.after_cr = passed.ends_with(b"\r");
        self.read += length;
    }

    /// The unread bytes that are there.
    pub(crate) fn unread(&self) -> &[u8] {
        self.buffer.get(self.read..).unwrap_or_default()
    }

    /// Adds to the unread bytes. False at the end of the stream.
    pub(crate) async fn fill(&mut self) -> Result<bool, FeedError> {
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    /// What is to be reported when the last row is out.
    pub(crate) fn take_late(&mut self) -> Option<FeedError> {
        self.late.take()
    }

    /// Counts `length` bytes as read, whatever lines end in them.
    pub(crate) fn pass_many(&mut self, length: usize) {
        let passed = self.buffer.get(self.read..self.read + length).unwrap_or_default();
        let mut line = self.line;
        for end in memchr2_iter(b'\r', b'\n', passed) {
            let is_lf = passed.get(end) == Some(&b'\n');
            let behind_cr = end
                .checked_sub(1)
                .map_or(self.after_cr, |before| passed.get(before) == Some(&b'\r'));
            if !(is_lf && behind_cr) {
                line += 1;
            }
        }
        if !passed.is_empty() {
            self.after_cr = passed.ends_with(b"\r");
        }
        self.line = line;
        self.read += length;
    }

    /// What is read so far need not be kept.
    pub(crate) fn drop_read(&mut self) {
        self.start = self.read;
    }

    /// What is read so far belongs to no row, and the next one begins here.
    pub(crate) fn forget(&mut self) {
        self.start = self.read;
        self.start_line = self.line;
    }

    /// Reads to the end of the line. False when the row would be longer than `limit` bytes: then the line is passed
    /// over and nothing of it is kept.
    pub(crate) async fn read_line(&mut self, limit: usize) -> Result<bool, FeedError> {
        while self.more().await? {
            let room = limit.saturating_sub(self.row().len());
            if room == 0 {
                self.pass_line().await?;
                return Ok(false);
            }
            let length = self.piece(room).len();
            self.pass(length);
            if ends_line(self.row()) {
                break;
            }
        }
        Ok(true)
    }

    /// Whether the row is the last of the stream. It may wait for more bytes and keeps those of the row; if they do not
    /// come, the row is good all the same and the error is told when the next one is begun.
    pub(crate) async fn is_last(&mut self) -> bool {
        loop {
            let unread = self.unread();
            if unread.len() > READ_BYTES || !unread.trim_ascii().is_empty() {
                return false;
            }
            match self.fill().await {
                Ok(true) => {}
                Ok(false) => return true,
                Err(error) => {
                    self.late = Some(error);
                    self.ended = true;
                    return false;
                }
            }
        }
    }

    /// Passes over the rest of the line, however long it is, and forgets the row.
    pub(crate) async fn pass_line(&mut self) -> Result<(), FeedError> {
        loop {
            let piece = self.piece(usize::MAX);
            let (length, whole) = (piece.len(), ends_line(piece));
            self.pass(length);
            self.start = self.read;
            if whole || !self.more().await? {
                return Ok(());
            }
        }
    }

    /// Goes back to the second line of the row. False when what was read of it is one line.
    pub(crate) fn rewind_to_second_line(&mut self) -> bool {
        let Some(end) = memchr2(b'\r', b'\n', self.row()) else {
            return false;
        };
        self.after_cr = self.row().get(end) == Some(&b'\r');
        self.read = self.start + end + 1;
        self.line = self.start_line + 1;
        true
    }

    /// What was read of the row.
    pub(crate) fn row(&self) -> &[u8] {
        self.buffer.get(self.start..self.read).unwrap_or_default()
    }

    /// How many line ends were read since the row began.
    pub(crate) fn lines_in_row(&self) -> u64 {
        self.line - self.start_line
    }

    /// Line in which the row begins, from 1.
    pub(crate) fn start_line(&self) -> u64 {
        self.start_line
    }

    /// Offset at which the row begins.
    pub(crate) fn start_offset(&self) -> u64 {
        self.base + offset(self.start)
    }

    /// Offset up to which the stream was read.
    pub(crate) fn end_offset(&self) -> u64 {
        self.base + offset(self.read)
    }
}

/// Whether the last byte ends a line.
pub(crate) fn ends_line(bytes: &[u8]) -> bool {
    matches!(bytes, [.., b'\r' | b'\n'])
}

fn offset(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::io::repeat;

    use super::*;

    const PLAIN: Between = Between {
        comment: None,
        spaces: false,
    };

    #[tokio::test]
    async fn memory_is_a_record_and_what_was_read_ahead() {
        let limit = 256 * 1024;
        let most = 2 * (limit + READ_BYTES);
        let stream = repeat(b'x')
            .take(64 << 20)
            .chain(b"\n".as_slice())
            .chain(repeat(b'\n').take(1 << 20));
        let mut lines = Lines::new(stream.chain(b"last".as_slice()), PLAIN);

        assert!(lines.begin().await.unwrap());
        assert!(!lines.read_line(limit).await.unwrap());
        assert!(lines.buffer.capacity() <= most, "{}", lines.buffer.capacity());
        assert!(lines.begin().await.unwrap());
        assert!(lines.read_line(limit).await.unwrap());
        assert_eq!((lines.row(), lines.start_line()), (b"last".as_slice(), (1 << 20) + 2));
        assert!(lines.buffer.capacity() <= most, "{}", lines.buffer.capacity());
        assert!(!lines.begin().await.unwrap());
    }

    #[tokio::test]
    async fn going_back_keeps_lines_and_offsets() {
        let mut lines = Lines::new(b"\n\na\r\nb\nc".as_slice(), PLAIN);
        assert!(lines.begin().await.unwrap());
        let first = (lines.start_line(), lines.start_offset());
        assert!(lines.read_line(10).await.unwrap());
        let length = lines.piece(10).len();
        lines.pass(length);
        assert!(lines.rewind_to_second_line());
        assert_eq!((first, lines.end_offset()), ((3, 2), 4));
        assert!(lines.begin().await.unwrap());
        assert_eq!((lines.start_line(), lines.start_offset()), (4, 5));
    }
}
