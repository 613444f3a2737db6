//! What stands between the stream and the CSV parser, so that an unclosed quote cannot swallow the file.
//!
//! The parser never fails: inside a quote it takes everything for text, to the end of the file if need be. The guard
//! feeds it one line at a time and keeps the bytes of the record. When a record grows too long, or the file ends
//! inside a quote, the guard leads the parser out of the quote with a quote and a line end of its own and notes what
//! happened; the caller then rejects the first line and reading goes on with the second. Since the guard feeds by the
//! line, the parser holds no bytes when a record is done, and going back is only a matter of the guard.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::CsvFormat;
use crate::lines::{Between, Lines, ends_line};
use crate::{FeedError, RowFault};

pub(super) struct Guard<R> {
    pub(super) lines: Lines<R>,
    format: CsvFormat,
    /// Longest record in bytes.
    limit: usize,
    feeding: Feeding,
    /// Whether the parser has had a byte.
    started: bool,
}

enum Feeding {
    /// From the stream.
    Stream,
    /// The stream ended within the record and got a line end. That finishes every record but one with an open quote.
    Finished,
    /// The record is given up: what follows only leads the parser out of it.
    Cut(RowFault),
}

impl<R: AsyncRead + Unpin> Guard<R> {
    pub(super) fn new(stream: R, format: CsvFormat, limit: usize) -> Self {
        let between = Between {
            comment: format.comment,
            spaces: false,
        };
        Self {
            lines: Lines::new(stream, between),
            format,
            limit,
            feeding: Feeding::Stream,
            started: false,
        }
    }

    /// Goes to the next record. False at the end of the file.
    pub(super) async fn begin(&mut self) -> Result<bool, FeedError> {
        self.feeding = Feeding::Stream;
        self.lines.begin().await
    }

    /// Why the record that the parser just finished is not one.
    pub(super) fn fault(&self) -> Option<RowFault> {
        let own_ends = match self.feeding {
            Feeding::Cut(fault) => return Some(fault),
            Feeding::Stream => 1,
            Feeding::Finished => 0,
        };
        let several_lines = self.lines.lines_in_row() > own_ends;
        (several_lines && swallows_rows(self.lines.row(), self.format)).then_some(RowFault::UnclosedQuote)
    }

    /// What a record is that has to be cut here.
    fn cut(&self) -> RowFault {
        // Only a quote keeps a record going behind a line end.
        if self.lines.lines_in_row() > 0 {
            RowFault::UnclosedQuote
        } else {
            RowFault::RecordTooLong { limit: self.limit }
        }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Guard<R> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match this.feeding {
            Feeding::Stream => {
                if !ready!(this.lines.poll_more(cx))? {
                    this.feeding = Feeding::Finished;
                    out.put_slice(b"\n");
                    return Poll::Ready(Ok(()));
                }
                // The parser takes a byte order mark off its first input, if the mark comes in one piece. Marks are not
                // its concern, and a single byte is none.
                let most = if this.started { out.remaining() } else { 1 };
                this.started = true;
                let room = this.limit.saturating_sub(this.lines.row().len());
                let piece = this.lines.piece(room.min(most));
                let length = piece.len();
                out.put_slice(piece);
                this.lines.pass(length);
                if length > 0 {
                    return Poll::Ready(Ok(()));
                }
                this.feeding = Feeding::Cut(this.cut());
            }
            Feeding::Finished => this.feeding = Feeding::Cut(RowFault::UnclosedQuote),
            Feeding::Cut(_) => {}
        }
        // If the cut fell between two quotes, the first of these is taken for text and the next pair ends the record.
        out.put_slice(this.format.quote.as_slice());
        out.put_slice(b"\n");
        Poll::Ready(Ok(()))
    }
}

/// Whether a field that spans lines is closed by a quote with text behind it. Then the closing quote is the opening one
/// of a later row, and the parser, which lets this pass, has joined the rows between into one.
fn swallows_rows(record: &[u8], format: CsvFormat) -> bool {
    #[derive(Clone, Copy)]
    enum At {
        FieldStart,
        Text,
        Quoted { spans: bool },
        Closed { spans: bool },
    }
    let mut at = At::FieldStart;
    for &byte in record {
        let is_quote = format.quote == Some(byte);
        at = match at {
            At::FieldStart if is_quote => At::Quoted { spans: false },
            At::Quoted { spans } if is_quote => At::Closed { spans },
            At::Quoted { spans } => At::Quoted {
                spans: spans || ends_line(&[byte]),
            },
            At::Closed { spans } if is_quote => At::Quoted { spans },
            _ if byte == format.delimiter => At::FieldStart,
            At::Closed { spans } if ends_line(&[byte]) => At::Closed { spans },
            At::Closed { spans: true } => return true,
            At::FieldStart | At::Text | At::Closed { spans: false } => At::Text,
        };
    }
    false
}
