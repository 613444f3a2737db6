//! JSON Lines: one JSON value per line.

use std::fmt;

use serde::Deserialize;
use serde_json::error::Category;
use tokio::io::AsyncRead;

use crate::lines::{Between, Lines};
use crate::{FeedError, Limits, Record, Row, RowFault};

/// One line of JSON, checked to be UTF-8 and not yet parsed, so that what the caller parses it into can borrow from it.
#[derive(Clone, Copy)]
pub struct JsonLine<'a> {
    text: &'a str,
    /// Whether it is the last line of the file, which may be cut off.
    last: bool,
}

impl<'a> JsonLine<'a> {
    /// The line without its line end.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Parses the line.
    ///
    /// # Errors
    ///
    /// [`RowFault::Json`] if it is no JSON, [`RowFault::TruncatedLine`] if it is the last line and stops in the middle of a value, and
    /// [`RowFault::JsonShape`] if it is JSON that is no `T`. What the parser said is not kept: it quotes the row.
    pub fn parse<T: Deserialize<'a>>(&self) -> Result<T, RowFault> {
        serde_json::from_str(self.text).map_err(|error| {
            let column = error.column();
            match error.classify() {
                Category::Eof if self.last => RowFault::TruncatedLine { column },
                Category::Data => RowFault::JsonShape { column },
                Category::Eof | Category::Syntax | Category::Io => RowFault::Json { column },
            }
        })
    }
}

impl<'a> From<&'a str> for JsonLine<'a> {
    /// A JSON value that came whole and from elsewhere than a file.
    fn from(text: &'a str) -> Self {
        Self { text, last: false }
    }
}

impl fmt::Debug for JsonLine<'_> {
    /// Without content: rows carry names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonLine")
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// Rows of JSON Lines.
pub(crate) struct JsonLinesReader<R> {
    lines: Lines<R>,
    limits: Limits,
}

impl<R: AsyncRead + Unpin> JsonLinesReader<R> {
    pub(crate) fn new(stream: R, limits: &Limits) -> Self {
        let between = Between {
            comment: None,
            spaces: true,
        };
        Self {
            lines: Lines::new(stream, between),
            limits: *limits,
        }
    }

    /// Goes to the next line that is not blank. False at the end of the file.
    pub(crate) async fn begin(&mut self) -> Result<bool, FeedError> {
        self.lines.begin().await
    }

    /// Where the line begins, spaces left out.
    pub(crate) fn offset(&self) -> u64 {
        self.lines.start_offset()
    }

    /// Reads the line that was begun.
    pub(crate) async fn row(&mut self) -> Result<Row<'_>, FeedError> {
        let (line, offset) = (self.lines.start_line(), self.offset());
        let fits = self.lines.read_line(self.limits.record_bytes).await?;
        let end = self.lines.end_offset();
        let content = if fits {
            let last = self.lines.is_last().await;
            self.json(last).map(Record::Json)
        } else {
            Err(RowFault::RecordTooLong {
                limit: self.limits.record_bytes,
            })
        };
        Ok(Row {
            line,
            offset,
            end,
            content,
        })
    }

    fn json(&self, last: bool) -> Result<JsonLine<'_>, RowFault> {
        checked(self.lines.row(), &self.limits).map(|line| JsonLine { last, ..line })
    }
}

/// JSON that was read whole: its letters and the length of its strings are checked.
pub(crate) fn checked<'b>(bytes: &'b [u8], limits: &Limits) -> Result<JsonLine<'b>, RowFault> {
    let text = std::str::from_utf8(bytes).map_err(|error| RowFault::Encoding {
        column: error.valid_up_to() + 1,
    })?;
    let limit = limits.field_bytes;
    if text.len() > limit
        && let Some(column) = long_string(text, limit)
    {
        return Err(RowFault::FieldTooLong { column, limit });
    }
    let text = text.trim_ascii_end();
    Ok(JsonLine { text, last: false })
}

/// Where the first string of more than `limit` bytes as written begins, from 1.
fn long_string(json: &str, limit: usize) -> Option<usize> {
    let mut opened = None;
    let mut escaped = false;
    for (index, byte) in json.bytes().enumerate() {
        match (byte, opened) {
            (b'"', None) => opened = Some(index),
            (b'"', Some(_)) if !escaped => opened = None,
            (_, Some(start)) if index - start > limit => return Some(start + 1),
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Event<'a>(&'a str, u8);

    #[test]
    fn a_typed_row_borrows_or_says_why_not() {
        let table = [
            (r#"["A1",2]"#, true, Ok(Event("A1", 2))),
            (r#"["A1",300]"#, false, Err(RowFault::JsonShape { column: 9 })),
            (r#"["A1"]"#, true, Err(RowFault::JsonShape { column: 6 })),
            (r#"["A1","#, true, Err(RowFault::TruncatedLine { column: 6 })),
            (r#"["A1","#, false, Err(RowFault::Json { column: 6 })),
            (r"[A1,2]", true, Err(RowFault::Json { column: 2 })),
        ];
        for (text, last, expected) in table {
            assert_eq!(JsonLine { text, last }.parse(), expected, "{text}");
        }
    }

    #[test]
    fn a_long_string_is_found_where_it_begins() {
        assert_eq!(long_string(r#"{"a":"12345"}"#, 5), None);
        assert_eq!(long_string(r#"{"a":"123456"}"#, 5), Some(6));
        assert_eq!(long_string(r#"{"a":"1\"3\\"}"#, 6), None);
        assert_eq!(long_string(r#"["1\"2",1234567890]"#, 5), None);
    }

    #[test]
    fn debug_output_has_no_content() {
        let line = format!(
            "{:?}",
            JsonLine {
                text: r#"{"name":"O'Neil"}"#,
                last: true
            }
        );
        assert!(line.contains("bytes: 17") && !line.contains("Neil"), "{line}");
    }
}
