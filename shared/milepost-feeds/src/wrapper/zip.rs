//! Zip (APPNOTE 6.3), read from front to end: the files in it one after another, as if they were one.
//!
//! Each file begins with a local header; how long it is may stand only behind it, which deflate does not mind since it
//! says itself where it ends. The directory at the archive's end is not read: it would have to be read first. Names are
//! used for nothing but to leave out folders and what a Mac adds, so a name such as `../../etc/passwd` is as good as any.
//! A line end is put between two files whose first has none, and a byte order mark of a later file is left out. A later
//! file that begins with a mark of UTF-16 is refused: the charset was found out at the first, and a line end of one byte
//! would shift every letter behind it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use flate2::{Crc, Decompress, FlushDecompress, Status};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

use crate::limits::INFLATION_GRACE_BYTES;
use crate::{FeedError, Limits};

/// With which every zip file begins.
pub(super) const FIRST_BYTES: [u8; 4] = *b"PK\x03\x04";

/// Length of a local header behind its signature and before its name.
const HEADER_BYTES: usize = 26;

/// Bytes that are inflated at a time.
const CHUNK_BYTES: usize = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Byte order marks of UTF-16.
const WIDE_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Most files in one archive. A folder of a year's daily files has 366; each costs a header's parsing.
const FILES: u32 = 10_000;

pub(super) struct Zip<R> {
    reader: R,
    state: State,
    /// Of a header, until it is whole.
    held: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    crc: Crc,
    entry: Entry,
    files: u32,
    /// Whether nothing of the file was handed out.
    at_start: bool,
    /// Whether something was handed out, and whether it ended with a line.
    anything: bool,
    line_ended: bool,
    consumed: u64,
    inflated: u64,
    limits: Limits,
}

enum State {
    Signature,
    Header,
    Names,
    Stored { left: u64 },
    Deflated(Box<Decompress>),
    Descriptor { wide: bool },
    Done,
}

/// What a local header says.
#[derive(Clone, Copy, Default)]
struct Entry {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    names: (usize, usize),
    /// Nothing of it is handed out.
    left_out: bool,
    /// Compressed and inflated bytes so far.
    taken: u64,
    made: u64,
    /// Whether the sizes in the descriptor have eight bytes each.
    wide: bool,
}

impl Entry {
    fn has_descriptor(&self) -> bool {
        self.flags & 8 != 0
    }
}

impl<R: AsyncBufRead + Unpin> Zip<R> {
    pub(super) fn new(reader: R, limits: &Limits) -> Self {
        Self {
            reader,
            state: State::Signature,
            held: Vec::new(),
            text: Vec::new(),
            given: 0,
            crc: Crc::new(),
            entry: Entry::default(),
            files: 0,
            at_start: true,
            anything: false,
            line_ended: true,
            consumed: 0,
            inflated: 0,
            limits: *limits,
        }
    }

    /// Waits until `count` bytes are held. False when the file ends before.
    fn poll_hold(&mut self, cx: &mut Context<'_>, count: usize) -> Poll<io::Result<bool>> {
        while self.held.len() < count {
            let bytes = ready!(Pin::new(&mut self.reader).poll_fill_buf(cx))?;
            if bytes.is_empty() {
                return Poll::Ready(Ok(false));
            }
            let missing = count - self.held.len();
            let taken = bytes.get(..missing).unwrap_or(bytes);
            let length = taken.len();
            self.held.extend_from_slice(taken);
            self.consume(length);
        }
        Poll::Ready(Ok(true))
    }

    fn consume(&mut self, length: usize) {
        Pin::new(&mut self.reader).consume(length);
        self.consumed += u64::try_from(length).unwrap_or(u64::MAX);
    }

    /// One step of the archive. It may leave text to be handed out.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), FeedError>> {
        match self.state {
            State::Signature => {
                if !ready!(self.poll_hold(cx, 4))? {
                    return Poll::Ready(Err(FeedError::Truncated));
                }
                let signature = std::mem::take(&mut self.held);
                self.state = match signature.as_slice() {
                    b"PK\x03\x04" => State::Header,
                    // The directory, or the end of an archive without files.
                    b"PK\x01\x02" | b"PK\x05\x06" | b"PK\x06\x06" => State::Done,
                    _ if self.files == 0 => return Poll::Ready(Err(FeedError::NotZip)),
                    _ => return bad("no file begins where the one before it ends"),
                };
            }
            State::Header => {
                if !ready!(self.poll_hold(cx, HEADER_BYTES))? {
                    return Poll::Ready(Err(FeedError::Truncated));
                }
                self.entry = header(&std::mem::take(&mut self.held));
                self.files += 1;
                if self.files > FILES {
                    return bad("it has more than 10,000 files");
                }
                self.state = State::Names;
            }
            State::Names => {
                let (name, extra) = self.entry.names;
                if !ready!(self.poll_hold(cx, name + extra))? {
                    return Poll::Ready(Err(FeedError::Truncated));
                }
                let held = std::mem::take(&mut self.held);
                return Poll::Ready(self.enter(
                    held.get(..name).unwrap_or_default(),
                    held.get(name..).unwrap_or_default(),
                ));
            }
            State::Stored { left } => return self.poll_stored(cx, left),
            State::Deflated(_) => return self.poll_deflated(cx),
            State::Descriptor { wide } => return self.poll_descriptor(cx, wide),
            State::Done => {}
        }
        Poll::Ready(Ok(()))
    }

    /// Begins a file whose header was read.
    fn enter(&mut self, name: &[u8], extra: &[u8]) -> Result<(), FeedError> {
        let problem = |problem| Err(FeedError::BadZip { problem });
        self.entry.wide = sizes(extra).is_some();
        if let Some((_, packed)) = sizes(extra)
            && self.entry.packed == u64::from(u32::MAX)
        {
            self.entry.packed = packed;
        }
        if self.entry.flags & 1 != 0 {
            return problem("a file in it is encrypted");
        }
        self.entry.left_out = name.ends_with(b"/") || name.starts_with(b"__MACOSX/") || name.ends_with(b".DS_Store");
        self.crc = Crc::new();
        self.at_start = true;
        self.text.clear();
        self.given = 0;
        self.state = match self.entry.method {
            0 if self.entry.has_descriptor() && !name.ends_with(b"/") => {
                return problem("a file in it is stored without its length before it");
            }
            0 => State::Stored {
                left: self.entry.packed,
            },
            8 => State::Deflated(Box::new(Decompress::new(false))),
            _ => return problem("a file in it is compressed by another method than deflate"),
        };
        Ok(())
    }

    fn poll_stored(&mut self, cx: &mut Context<'_>, left: u64) -> Poll<Result<(), FeedError>> {
        if left == 0 {
            return Poll::Ready(self.leave());
        }
        let bytes = ready!(Pin::new(&mut self.reader).poll_fill_buf(cx))?;
        if bytes.is_empty() {
            return Poll::Ready(Err(FeedError::Truncated));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK_BYTES);
        let taken = bytes.get(..most).unwrap_or(bytes);
        let length = taken.len();
        self.text.extend_from_slice(taken);
        self.crc.update(taken);
        self.consume(length);
        let length = u64::try_from(length).unwrap_or(left);
        (self.entry.taken, self.entry.made) = (self.entry.taken + length, self.entry.made + length);
        self.inflated += length;
        self.state = State::Stored { left: left - length };
        Poll::Ready(self.check_size())
    }

    fn poll_deflated(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), FeedError>> {
        let State::Deflated(inflate) = &mut self.state else {
            return Poll::Ready(Ok(()));
        };
        let bytes = ready!(Pin::new(&mut self.reader).poll_fill_buf(cx))?;
        let (taken, made) = (inflate.total_in(), inflate.total_out());
        let at_end = bytes.is_empty();
        let before = self.text.len();
        self.text.reserve(CHUNK_BYTES);
        let status = inflate.decompress_vec(bytes, &mut self.text, FlushDecompress::None);
        let (taken, made) = (inflate.total_in() - taken, inflate.total_out() - made);
        self.crc.update(self.text.get(before..).unwrap_or_default());
        self.consume(usize::try_from(taken).unwrap_or(usize::MAX));
        (self.entry.taken, self.entry.made) = (self.entry.taken + taken, self.entry.made + made);
        self.inflated += made;
        Poll::Ready(match status {
            Ok(Status::StreamEnd) if self.entry.has_descriptor() => {
                self.state = State::Descriptor { wide: self.entry.wide };
                self.check_size()
            }
            Ok(Status::StreamEnd) => self.check_size().and_then(|()| self.leave()),
            Ok(_) if at_end && made == 0 => Err(FeedError::Truncated),
            Ok(_) => self.check_size(),
            Err(_) => return bad("a file in it is damaged"),
        })
    }

    /// What stands behind a file whose header did not know it. Its signature may be missing, and its sizes have four
    /// bytes or eight, which only they themselves tell.
    fn poll_descriptor(&mut self, cx: &mut Context<'_>, wide: bool) -> Poll<Result<(), FeedError>> {
        if !ready!(self.poll_hold(cx, 4))? {
            return Poll::Ready(Err(FeedError::Truncated));
        }
        let signed = self.held.starts_with(b"PK\x07\x08");
        let size = if wide { 8 } else { 4 };
        let length = if signed { 8 } else { 4 } + 2 * size;
        // What follows is another file or the directory, by which lengths of four bytes are told from those of eight.
        if !ready!(self.poll_hold(cx, length + 4))? {
            return Poll::Ready(Err(FeedError::Truncated));
        }
        let from = if signed { 4 } else { 0 };
        let sizes = [4, 4 + size].map(|behind| number(&self.held, from + behind, size));
        let fits = sizes == [self.entry.taken, self.entry.made]
            && self.held.get(length..).is_some_and(|next| next.starts_with(b"PK"));
        if !fits && !wide {
            self.state = State::Descriptor { wide: true };
            return Poll::Ready(Ok(()));
        }
        self.entry.crc = u32::try_from(number(&self.held, from, 4)).unwrap_or_default();
        self.held.drain(..length);
        if fits {
            Poll::Ready(self.leave())
        } else {
            bad("a file in it has another length than it says")
        }
    }

    /// A file is at its end.
    fn leave(&mut self) -> Result<(), FeedError> {
        self.state = State::Signature;
        if self.entry.left_out || self.crc.sum() == self.entry.crc {
            return Ok(());
        }
        let problem = "the checksum of a file in it is wrong";
        Err(FeedError::BadZip { problem })
    }

    fn check_size(&self) -> Result<(), FeedError> {
        let limit = self.limits.inflated_bytes;
        if self.inflated > limit {
            return Err(FeedError::TooLarge { limit });
        }
        let limit = self.limits.inflation_ratio;
        let allowed = self.consumed.saturating_mul(limit);
        if self.inflated > allowed.max(INFLATION_GRACE_BYTES) {
            return Err(FeedError::RatioTooHigh { limit });
        }
        Ok(())
    }

    /// Hands out text. False when there is none, or when there is too little to know whether it is a byte order mark.
    fn give(&mut self, out: &mut ReadBuf<'_>) -> Result<bool, FeedError> {
        if self.entry.left_out {
            self.text.clear();
            self.given = 0;
            return Ok(false);
        }
        let in_file = matches!(self.state, State::Stored { .. } | State::Deflated(_));
        // The mark of the first file that has text is for the charset, which looks for one there.
        if self.at_start && self.anything && !self.text.is_empty() {
            if in_file && self.text.len() < BYTE_ORDER_MARK.len() {
                return Ok(false);
            }
            if WIDE_MARKS.iter().any(|mark| self.text.starts_with(mark)) {
                let problem = "a later file in it is in UTF-16: send such files one by one";
                return Err(FeedError::BadZip { problem });
            }
            if self.text.starts_with(BYTE_ORDER_MARK) {
                self.text.drain(..BYTE_ORDER_MARK.len());
            }
            if !self.line_ended {
                self.text.insert(0, b'\n');
            }
            self.at_start = false;
        }
        let ready = self.text.get(self.given..).unwrap_or_default();
        let ready = ready.get(..out.remaining()).unwrap_or(ready);
        out.put_slice(ready);
        let given = ready.len();
        if let Some(last) = ready.last() {
            self.at_start = false;
            self.anything = true;
            self.line_ended = matches!(last, b'\r' | b'\n');
        }
        self.given += given;
        if self.given == self.text.len() {
            self.text.clear();
            self.given = 0;
        }
        Ok(given > 0)
    }
}

impl<R: AsyncBufRead + Unpin> AsyncRead for Zip<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            let step = match this.give(out) {
                Ok(given) if given || matches!(this.state, State::Done) => return Poll::Ready(Ok(())),
                Ok(_) => ready!(this.poll_step(cx)),
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                this.state = State::Done;
                return Poll::Ready(Err(error.into()));
            }
        }
    }
}

fn bad(problem: &'static str) -> Poll<Result<(), FeedError>> {
    Poll::Ready(Err(FeedError::BadZip { problem }))
}

/// A local header without its signature.
fn header(bytes: &[u8]) -> Entry {
    let short = |from| u16::try_from(number(bytes, from, 2)).unwrap_or_default();
    Entry {
        flags: short(2),
        method: short(4),
        crc: u32::try_from(number(bytes, 10, 4)).unwrap_or_default(),
        packed: number(bytes, 14, 4),
        names: (usize::from(short(22)), usize::from(short(24))),
        ..Entry::default()
    }
}

/// The sizes of a file over 4 GB, inflated and compressed: field 1 of the extra fields.
fn sizes(mut extra: &[u8]) -> Option<(u64, u64)> {
    while extra.len() >= 4 {
        let length = usize::try_from(number(extra, 2, 2)).unwrap_or_default();
        if number(extra, 0, 2) == 1 {
            return Some((number(extra, 4, 8), if length >= 16 { number(extra, 12, 8) } else { 0 }));
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
    None
}

/// A number of `count` bytes, the lowest first.
fn number(bytes: &[u8], from: usize, count: usize) -> u64 {
    let bytes = bytes.get(from..from + count).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}
