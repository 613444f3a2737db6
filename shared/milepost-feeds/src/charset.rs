//! The charset of a file, and turning it into UTF-8.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use encoding_rs::{WINDOWS_1252, mem::decode_latin1};
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of an eight-bit charset that are converted at a time.
const CHUNK_BYTES: usize = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file writes letters beyond ASCII.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, with a byte order mark or without.
    #[default]
    Utf8,
    /// ISO-8859-1: every byte is the code point of its number.
    Latin1,
    /// Windows-1252: Latin-1 with the euro sign, dashes and curly quotes in 0x80 to 0x9F.
    Cp1252,
}

/// A stream in UTF-8. Made by [`decode`].
pub struct Decoded<R> {
    inner: R,
    charset: Charset,
    /// Whether the stream is still at its start, where a byte order mark may be.
    at_start: bool,
    raw: Vec<u8>,
    /// Decoded bytes, and how many of them were handed out.
    text: Vec<u8>,
    given: usize,
}

/// Turns a stream into UTF-8 and removes byte order marks from its start.
///
/// A UTF-8 byte order mark overrules `charset`: a file that carries one is UTF-8 whatever its documentation says.
/// UTF-8 passes through unchecked, so that wrong bytes spoil their own row and not the file. The eight-bit charsets
/// have no wrong bytes; the five that cp1252 leaves open become control characters, as browsers have it.
pub fn decode<R: AsyncRead + Unpin>(reader: R, charset: Charset) -> Decoded<R> {
    Decoded {
        inner: reader,
        charset,
        at_start: true,
        raw: Vec::new(),
        text: Vec::new(),
        given: 0,
    }
}

impl<R: AsyncRead + Unpin> Decoded<R> {
    /// Waits until the first bytes show whether they are a byte order mark, and drops as many marks as there are: tools
    /// that add one do not look whether one is there.
    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.at_start {
            let mut bytes = [0; BYTE_ORDER_MARK.len()];
            let missing = BYTE_ORDER_MARK.len() - self.raw.len();
            let mut read = ReadBuf::new(bytes.get_mut(..missing).unwrap_or_default());
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            self.raw.extend_from_slice(read.filled());
            if self.raw == BYTE_ORDER_MARK {
                self.charset = Charset::Utf8;
                self.raw.clear();
            } else if read.filled().is_empty() || !BYTE_ORDER_MARK.starts_with(&self.raw) {
                self.at_start = false;
                self.convert();
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Converts what is in `raw` into `text`.
    fn convert(&mut self) {
        let text = match self.charset {
            Charset::Utf8 => Cow::Borrowed(self.raw.as_slice()),
            Charset::Latin1 => as_bytes(decode_latin1(&self.raw)),
            Charset::Cp1252 => as_bytes(WINDOWS_1252.decode_without_bom_handling(&self.raw).0),
        };
        self.text.clear();
        self.text.extend_from_slice(&text);
        self.given = 0;
    }

    /// Hands out converted bytes. False when there are none.
    fn give(&mut self, out: &mut ReadBuf<'_>) -> bool {
        let ready = self.text.get(self.given..).unwrap_or_default();
        let ready = ready.get(..out.remaining()).unwrap_or(ready);
        out.put_slice(ready);
        self.given += ready.len();
        !ready.is_empty()
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Decoded<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_start(cx))?;
        if out.remaining() == 0 || this.give(out) {
            return Poll::Ready(Ok(()));
        }
        if this.charset == Charset::Utf8 {
            return Pin::new(&mut this.inner).poll_read(cx, out);
        }
        this.raw.resize(CHUNK_BYTES, 0);
        let mut read = ReadBuf::new(&mut this.raw);
        ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
        let length = read.filled().len();
        this.raw.truncate(length);
        this.convert();
        this.give(out);
        Poll::Ready(Ok(()))
    }
}

fn as_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// Decodes a stream that gives single bytes, with room for a single byte: the hardest case for both ends.
    #[tokio::main(flavor = "current_thread")]
    async fn check(charset: Charset, raw: &[u8], expected: &[u8]) {
        let mut stream: Box<dyn AsyncRead + Unpin> = Box::new(tokio::io::empty());
        for byte in raw.chunks(1) {
            stream = Box::new(stream.chain(byte));
        }
        let mut decoded = decode(stream, charset);
        let mut text = Vec::new();
        while let Ok(byte) = decoded.read_u8().await {
            text.push(byte);
        }
        assert_eq!(text, expected, "{charset:?} {raw:x?}");
    }

    #[test]
    fn eight_bit_charsets_become_utf8() {
        check(Charset::Latin1, b"M\xfcnchen \x80", "München \u{80}".as_bytes());
        check(
            Charset::Cp1252,
            b"\x80 \x93caf\xe9\x94 \x81",
            "€ “café” \u{81}".as_bytes(),
        );
        check(Charset::Latin1, b"", b"");
        let all: Vec<u8> = (0..=255).collect();
        check(
            Charset::Latin1,
            &all,
            (0..=255).map(char::from).collect::<String>().as_bytes(),
        );
    }

    #[test]
    fn utf8_passes_unchecked() {
        check(Charset::Utf8, "München".as_bytes(), "München".as_bytes());
        check(Charset::Utf8, b"M\xfcnchen\xc3", b"M\xfcnchen\xc3");
    }

    #[test]
    fn byte_order_marks_go_and_mean_utf8() {
        for charset in [Charset::Utf8, Charset::Latin1, Charset::Cp1252] {
            check(charset, b"\xef\xbb\xbfK\xc3\xb6ln", "Köln".as_bytes());
            check(
                charset,
                b"\xef\xbb\xbf\xef\xbb\xbfa\xef\xbb\xbf",
                "a\u{feff}".as_bytes(),
            );
            check(charset, b"\xef\xbb\xbf", b"");
        }
        check(Charset::Utf8, b"\xef\xbb", b"\xef\xbb");
        check(Charset::Utf8, b"\xef\xbb\xc0a", b"\xef\xbb\xc0a");
        check(Charset::Latin1, b"\xef\xbb", "ï»".as_bytes());
    }
}
