//! JSON lists: each element of an array is a row.

mod scan;

use tokio::io::AsyncRead;

use crate::json_lines::checked;
use crate::lines::{Between, Lines};
use crate::{FeedError, Limits, Record, Row, RowFault};
use scan::{Scan, Seen};

/// Where the list is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonListFormat {
    /// The keys on the way to it, outermost first. Empty: the file is the list.
    pub path: Vec<String>,
}

/// Rows of JSON lists.
pub(crate) struct JsonListReader<R> {
    lines: Lines<R>,
    scan: Scan,
    limits: Limits,
    begun: bool,
    line: u64,
    offset: u64,
}

impl<R: AsyncRead + Unpin> JsonListReader<R> {
    pub(crate) fn new(stream: R, format: &JsonListFormat, limits: &Limits) -> Self {
        let between = Between {
            comment: None,
            spaces: false,
        };
        Self {
            lines: Lines::new(stream, between),
            scan: Scan::new(format.path.clone()),
            limits: *limits,
            begun: false,
            line: 1,
            offset: 0,
        }
    }

    /// Goes to the next element. False at the end of the file.
    pub(crate) async fn begin(&mut self) -> Result<bool, FeedError> {
        while !self.begun {
            let (passed, seen) = self.scan.scan(self.lines.unread());
            self.lines.pass_many(passed);
            self.lines.forget();
            match seen {
                Seen::Begin => {
                    self.begun = true;
                    (self.line, self.offset) = (self.lines.start_line(), self.lines.start_offset());
                }
                Seen::End => {}
                Seen::Wrong(problem) => {
                    let line = self.lines.start_line();
                    return Err(FeedError::Structure { line, problem });
                }
                Seen::More => {
                    if !self.lines.fill().await? {
                        return self.end();
                    }
                }
            }
        }
        Ok(true)
    }

    fn end(&mut self) -> Result<bool, FeedError> {
        if let Some(late) = self.lines.take_late() {
            return Err(late);
        }
        if !self.scan.is_complete() {
            return Err(FeedError::Truncated);
        }
        if self.scan.missed() {
            let line = self.lines.start_line();
            let problem = "the file has no list where the layout says: check json.list";
            return Err(FeedError::Structure { line, problem });
        }
        Ok(false)
    }

    /// Where the element begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the element that was begun.
    pub(crate) async fn row(&mut self) -> Result<Row<'_>, FeedError> {
        self.begun = false;
        let limit = self.limits.record_bytes;
        let mut fault = None;
        loop {
            let (passed, seen) = self.scan.scan(self.lines.unread());
            self.lines.pass_many(passed);
            if self.lines.row().len() > limit {
                fault = Some(RowFault::RecordTooLong { limit });
            }
            if fault.is_some() {
                self.lines.drop_read();
            }
            match seen {
                Seen::End => break,
                Seen::Wrong(_) | Seen::Begin => {
                    fault = fault.or(Some(RowFault::Json { column: 1 }));
                    break;
                }
                Seen::More => {
                    if !self.lines.fill().await? {
                        fault = fault.or(Some(RowFault::CutOff));
                        break;
                    }
                }
            }
        }
        let content = match fault {
            Some(fault) => Err(fault),
            None => checked(self.lines.row(), &self.limits).map(Record::Json),
        };
        Ok(Row {
            line: self.line,
            offset: self.offset,
            end: self.lines.end_offset(),
            content,
        })
    }
}
