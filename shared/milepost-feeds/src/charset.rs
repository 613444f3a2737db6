//! The charset of a file, and turning it into UTF-8.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, mem::decode_latin1};
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes of another charset than UTF-8 that are converted at a time.
const CHUNK_BYTES: usize = 16 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Byte order marks of UTF-16.
const LITTLE_ENDIAN: &[u8] = b"\xff\xfe";
const BIG_ENDIAN: &[u8] = b"\xfe\xff";

/// An XML declaration is looked for in so many bytes: the longest that says a charset has 60.
const DECLARATION_BYTES: usize = 256;

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
    /// UTF-16, the lower byte first where no byte order mark says otherwise.
    Utf16Le,
    /// UTF-16, the higher byte first where no byte order mark says otherwise.
    Utf16Be,
    /// As the file's XML declaration says, by any label that browsers know; UTF-8 where it says nothing, or an unknown
    /// label. Senders whose declaration is wrong need one of the others.
    Declared,
}

/// A stream in UTF-8. Made by [`decode`].
pub struct Decoded<R> {
    inner: R,
    charset: Charset,
    /// Of charsets whose letters may be cut by a chunk's end.
    decoder: Option<Decoder>,
    /// Whether the stream is still at its start, where a byte order mark may be.
    at_start: bool,
    raw: Vec<u8>,
    /// Decoded bytes, and how many of them were handed out.
    text: Vec<u8>,
    given: usize,
}

/// Turns a stream into UTF-8 and removes byte order marks from its start.
///
/// A byte order mark overrules `charset`: a file that carries one is UTF-8 or UTF-16 whatever its documentation says.
/// UTF-8 passes through unchecked, so that wrong bytes spoil their own row and not the file. The eight-bit charsets
/// have no wrong bytes; the five that cp1252 leaves open become control characters, as browsers have it. Halves of a
/// letter in UTF-16 become U+FFFD.
pub fn decode<R: AsyncRead + Unpin>(reader: R, charset: Charset) -> Decoded<R> {
    Decoded {
        inner: reader,
        charset,
        decoder: None,
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
            let mut byte = [0];
            let mut read = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            let ended = read.filled().is_empty();
            self.raw.extend_from_slice(read.filled());
            let wide = match self.raw.as_slice() {
                LITTLE_ENDIAN => Some(Charset::Utf16Le),
                BIG_ENDIAN => Some(Charset::Utf16Be),
                _ => None,
            };
            if self.raw == BYTE_ORDER_MARK {
                self.charset = Charset::Utf8;
                self.raw.clear();
            } else if let Some(wide) = wide {
                self.charset = wide;
                self.raw.clear();
                self.begin();
            } else if ended || !self.may_say_more() {
                if self.charset == Charset::Declared {
                    self.decoder = declared(&self.raw).map(Encoding::new_decoder_without_bom_handling);
                    self.charset = Charset::Utf8;
                }
                self.begin();
                self.convert(ended);
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Whether what was read may be the start of a mark, or of a declaration that is asked for.
    fn may_say_more(&self) -> bool {
        let mark = [BYTE_ORDER_MARK, LITTLE_ENDIAN, BIG_ENDIAN];
        let may_be_mark = mark.iter().any(|mark| mark.starts_with(&self.raw));
        let (declaration, length) = (b"<?xml".as_slice(), self.raw.len().min(5));
        let may_declare = self.charset == Charset::Declared
            && self.raw.get(..length) == declaration.get(..length)
            && self.raw.len() < DECLARATION_BYTES
            && !self.raw.ends_with(b"?>");
        may_be_mark || may_declare
    }

    /// The charset is known.
    fn begin(&mut self) {
        self.at_start = false;
        self.decoder = match self.charset {
            Charset::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Charset::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            _ => self.decoder.take(),
        };
    }

    /// Converts what is in `raw` into `text`. `last`: nothing follows.
    fn convert(&mut self, last: bool) {
        self.text.clear();
        self.given = 0;
        if let Some(decoder) = &mut self.decoder {
            let most = decoder
                .max_utf8_buffer_length(self.raw.len())
                .unwrap_or(4 * CHUNK_BYTES);
            self.text.resize(most, 0);
            let (_, _, written, _) = decoder.decode_to_utf8(&self.raw, &mut self.text, last);
            self.text.truncate(written);
            if last {
                // A decoder is used up by its last call.
                self.decoder = None;
                self.charset = Charset::Utf8;
            }
            return;
        }
        let text = match self.charset {
            Charset::Latin1 => as_bytes(decode_latin1(&self.raw)),
            Charset::Cp1252 => as_bytes(WINDOWS_1252.decode_without_bom_handling(&self.raw).0),
            _ => Cow::Borrowed(self.raw.as_slice()),
        };
        self.text.extend_from_slice(&text);
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
        if this.charset == Charset::Utf8 && this.decoder.is_none() {
            return Pin::new(&mut this.inner).poll_read(cx, out);
        }
        // Half a letter of UTF-16 gives nothing yet, which would look like the end.
        loop {
            this.raw.resize(CHUNK_BYTES, 0);
            let mut read = ReadBuf::new(&mut this.raw);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut read))?;
            let length = read.filled().len();
            this.raw.truncate(length);
            this.convert(length == 0);
            if this.give(out) || length == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

/// The encoding that an XML declaration names, if it is not UTF-8. Whoever can be read up to there does not write
/// UTF-16, whatever it says.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let declaration = start.strip_prefix(b"<?xml")?;
    let text = std::str::from_utf8(declaration).ok()?;
    let (_, value) = text.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value.get(1..)?.split(quote).next()?;
    let encoding = Encoding::for_label(label.trim().as_bytes())?;
    let other = [UTF_8, UTF_16LE, UTF_16BE].iter().all(|known| *known != encoding);
    (other && encoding.is_ascii_compatible()).then_some(encoding)
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
        for charset in [Charset::Utf8, Charset::Latin1, Charset::Utf16Be, Charset::Declared] {
            check(charset, b"\xff\xfeK\0\xf6\0l\0n\0", "Köln".as_bytes());
            check(charset, b"\xfe\xff\0K\0\xf6\0l\0n", "Köln".as_bytes());
        }
        check(Charset::Utf8, b"\xff\xfe", b"");
        check(Charset::Utf8, b"\xff", b"\xff");
        check(Charset::Utf8, b"\xef\xbb", b"\xef\xbb");
        check(Charset::Utf8, b"\xef\xbb\xc0a", b"\xef\xbb\xc0a");
        check(Charset::Latin1, b"\xef\xbb", "ï»".as_bytes());
    }

    #[test]
    fn utf16() {
        check(Charset::Utf16Le, b"K\0\x3d\xd8\x00\xdel\0", "K\u{1f600}l".as_bytes());
        check(Charset::Utf16Be, b"\0K\xd8\x3d\xde\x00\0l", "K\u{1f600}l".as_bytes());
        check(Charset::Utf16Le, b"", b"");
        check(Charset::Utf16Be, b"K", "\u{fffd}".as_bytes());
        check(Charset::Utf16Le, b"K\0\x3d\xd8l\0x", "K\u{fffd}l\u{fffd}".as_bytes());
    }

    #[test]
    fn a_declaration_is_believed() {
        let declared = |label: &str, letters: &[u8], expected: &str| {
            let head = format!("<?xml version=\"1.0\" encoding='{label}'?>");
            let raw = [head.as_bytes(), letters].concat();
            check(Charset::Declared, &raw, (head + expected).as_bytes());
        };
        declared("ISO-8859-1", b"K\xf6ln", "Köln");
        declared("windows-1250", b"\x8aumperk", "Šumperk");
        declared("utf-8", "Köln".as_bytes(), "Köln");
        declared("UTF-16", "Köln".as_bytes(), "Köln");
        declared("klingon", "Köln".as_bytes(), "Köln");
        check(Charset::Declared, b"<a>K\xf6ln", b"<a>K\xf6ln");
        check(Charset::Declared, b"<?x", b"<?x");
        let long = [b"<?xml ".as_slice(), &[b' '; 400]].concat();
        check(Charset::Declared, &long, &long);
    }
}
