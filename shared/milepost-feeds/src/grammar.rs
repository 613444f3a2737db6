//! Formats that are read token by token, and where another one is added.
//!
//! A [`Grammar`] knows no I/O: it says how long the next token is and what it means. One reader here feeds every grammar
//! and keeps what they have in common: chunks of any size, limits, positions, rows that end a file. A format of one's own
//! implements the trait and stands in [`MORE_FORMATS`], or comes from outside as a [`Format::Other`](crate::Format::Other);
//! those of this crate are no different.

use std::fmt;

use tokio::io::AsyncRead;

use crate::lines::{Between, Lines};
use crate::{FeedError, Limits, Picks, Record, Row, RowFault};

/// How a format's text is cut into tokens (lines, segments, tags), and what they say of rows.
///
/// The reader calls [`Grammar::token`], then [`Grammar::ends_before`] if a row is open, then [`Grammar::take`]. It looks
/// at no more of the stream than a token, and holds one row at a time.
pub trait Grammar: Send {
    /// Length of the token that `bytes` begin with; at least 1. `None`: more bytes are needed, which a grammar must not
    /// say when `at_end`. More bytes behind a whole token must not change its length.
    fn token(&self, bytes: &[u8], at_end: bool) -> Option<usize>;

    /// Whether the open row ended before this token.
    fn ends_before(&self, _token: &[u8]) -> bool {
        false
    }

    /// Takes a token in. Values go into `row`, which is empty when a row begins.
    ///
    /// # Errors
    ///
    /// What is wrong, when nothing behind this token can be read.
    fn take(&mut self, token: &[u8], row: &mut Picks) -> Result<Step, &'static str>;

    /// A token was too long and is passed over.
    fn lose(&mut self) {}

    /// The open row has ended: the last moment to add to it.
    fn close(&mut self, _row: &mut Picks) {}

    /// Whether the file may end here.
    fn is_complete(&self) -> bool {
        true
    }

    /// Whether the rest of a token that is too long can be passed over. If not, such a token ends the file.
    fn passes_over(&self) -> bool {
        true
    }
}

/// Makes a grammar that reads the named values of a file. Its error is what to change in the layout.
pub type OpenGrammar = fn(&[String], &Limits) -> Result<Box<dyn Grammar>, &'static str>;

/// A format by its name, as a layout asks for it.
#[derive(Clone)]
pub struct OtherFormat {
    /// What layouts call it.
    pub name: &'static str,
    /// The values that are read, in the format's own words.
    pub fields: Vec<String>,
    /// Makes the grammar for them.
    pub open: OpenGrammar,
}

/// Formats that layouts can name besides those of [`Format`](crate::Format): a new one is a file of this crate and a line
/// here.
pub static MORE_FORMATS: &[OtherFormat] = &[];

impl OtherFormat {
    pub(crate) fn grammar(&self, limits: &Limits) -> Result<Box<dyn Grammar>, FeedError> {
        (self.open)(&self.fields, limits).map_err(|problem| FeedError::BadFormat { problem })
    }
}

impl fmt::Debug for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtherFormat")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PartialEq for OtherFormat {
    /// Formats are told apart by their names.
    fn eq(&self, other: &Self) -> bool {
        (self.name, &self.fields) == (other.name, &other.fields)
    }
}

impl Eq for OtherFormat {}

/// What a token means for rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It belongs to the open row, or to none.
    Pass,
    /// A row begins with it.
    Begin,
    /// The open row ends with it.
    End,
    /// It is a row.
    Whole,
    /// It is a row that cannot be used. In an open row: that one cannot be used.
    Fault(RowFault),
}

/// Rows of a grammar.
pub(crate) struct GrammarReader<R> {
    lines: Lines<R>,
    grammar: Box<dyn Grammar>,
    row: Picks,
    state: State,
    line: u64,
    offset: u64,
    end: u64,
    limits: Limits,
    /// What is to be reported when the row is out.
    late: Option<FeedError>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    /// A row was begun and its end not yet read.
    Open,
    /// A row was read and not yet handed out.
    Whole,
}

/// The next token.
enum Next {
    Token(usize),
    /// Passed over already.
    TooLong,
    End,
}

impl<R: AsyncRead + Unpin> GrammarReader<R> {
    pub(crate) fn new(stream: R, grammar: Box<dyn Grammar>, slots: usize, limits: &Limits) -> Self {
        let between = Between {
            comment: None,
            spaces: false,
        };
        Self {
            lines: Lines::new(stream, between),
            grammar,
            row: Picks::new(slots, limits),
            state: State::Between,
            line: 1,
            offset: 0,
            end: 0,
            limits: *limits,
            late: None,
        }
    }

    /// Goes to the next row. False at the end of the file.
    pub(crate) async fn begin(&mut self) -> Result<bool, FeedError> {
        if let Some(late) = self.late.take() {
            return Err(late);
        }
        while self.state == State::Between {
            self.lines.forget();
            (self.line, self.offset) = (self.lines.start_line(), self.lines.start_offset());
            self.row.clear();
            let step = match self.next().await? {
                Next::End => return self.finish().map(|()| false),
                Next::TooLong => Step::Fault(self.too_long()),
                Next::Token(length) => self.take(length)?,
            };
            self.end = self.lines.end_offset();
            self.state = match step {
                Step::Pass | Step::End => State::Between,
                Step::Begin => State::Open,
                Step::Whole => State::Whole,
                Step::Fault(fault) => {
                    self.row.spoil(fault);
                    State::Whole
                }
            };
            if step == Step::Whole {
                self.grammar.close(&mut self.row);
            }
        }
        Ok(true)
    }

    /// Where the row begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the row that was begun.
    pub(crate) async fn row(&mut self) -> Result<Row<'_>, FeedError> {
        while self.state == State::Open {
            self.lines.forget();
            match self.next().await {
                Err(error) => {
                    // What the row lacks is not known: the row is none, and the error is told behind it.
                    self.row.spoil(RowFault::CutOff);
                    self.late = Some(error);
                    self.state = State::Whole;
                }
                Ok(Next::End) => {
                    if !self.grammar.is_complete() {
                        self.row.spoil(RowFault::CutOff);
                    }
                    self.close();
                }
                Ok(Next::TooLong) => self.row.spoil(self.too_long()),
                Ok(Next::Token(length)) => self.go_on(length)?,
            }
        }
        self.state = State::Between;
        Ok(Row {
            line: self.line,
            offset: self.offset,
            end: self.end,
            content: match self.row.fault() {
                None => Ok(Record::Picks(&self.row)),
                Some(fault) => Err(fault),
            },
        })
    }

    /// A token while a row is open.
    fn go_on(&mut self, length: usize) -> Result<(), FeedError> {
        let token = self.lines.unread().get(..length).unwrap_or_default();
        if self.grammar.ends_before(token) {
            self.close();
            return Ok(());
        }
        let is_blank = token.iter().all(u8::is_ascii_whitespace);
        let step = self.take(length)?;
        if !is_blank {
            self.end = self.lines.end_offset();
        }
        match step {
            Step::Pass | Step::Begin => {}
            Step::End | Step::Whole => self.close(),
            Step::Fault(fault) => self.row.spoil(fault),
        }
        Ok(())
    }

    fn close(&mut self) {
        self.grammar.close(&mut self.row);
        self.state = State::Whole;
    }

    fn take(&mut self, length: usize) -> Result<Step, FeedError> {
        let line = self.lines.start_line();
        let token = self.lines.unread().get(..length).unwrap_or_default();
        let step = self.grammar.take(token, &mut self.row);
        self.lines.pass_many(length);
        step.map_err(|problem| FeedError::Structure { line, problem })
    }

    fn finish(&mut self) -> Result<(), FeedError> {
        if let Some(late) = self.lines.take_late() {
            return Err(late);
        }
        if self.grammar.is_complete() {
            Ok(())
        } else {
            Err(FeedError::Truncated)
        }
    }

    fn too_long(&self) -> RowFault {
        RowFault::RecordTooLong {
            limit: self.limits.record_bytes,
        }
    }

    /// Waits for the next token. What is longer than a record is passed over in steps of that length, so that it does not
    /// matter how the bytes arrive.
    async fn next(&mut self) -> Result<Next, FeedError> {
        let limit = self.limits.record_bytes;
        let mut at_end = false;
        let mut too_long = false;
        loop {
            let unread = self.lines.unread();
            let looked_at = unread.get(..limit).unwrap_or(unread);
            let length = match looked_at {
                [] => None,
                some => self.grammar.token(some, at_end && some.len() == unread.len()),
            };
            match length {
                Some(length) if too_long => {
                    self.lines.pass_many(length);
                    self.grammar.lose();
                    return Ok(Next::TooLong);
                }
                Some(length) => return Ok(Next::Token(length.min(looked_at.len()))),
                None if unread.len() >= limit => {
                    if !self.grammar.passes_over() {
                        let problem = "a tag, comment or segment is longer than a record may be";
                        let line = self.lines.start_line();
                        return Err(FeedError::Structure { line, problem });
                    }
                    too_long = true;
                    self.lines.pass_many(limit);
                    self.lines.drop_read();
                }
                None if at_end => {
                    let rest = unread.len();
                    self.lines.pass_many(rest);
                    return Ok(if too_long { Next::TooLong } else { Next::End });
                }
                None => at_end = !self.lines.fill().await?,
            }
        }
    }
}
