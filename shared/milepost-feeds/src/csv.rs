//! Delimited text: CSV and its relatives.

mod guard;

use std::fmt;
use std::io;

use csv_async::{AsyncReader, AsyncReaderBuilder, ByteRecord, ErrorKind};
use tokio::io::AsyncRead;

use crate::{FeedError, Limits, Record, Row, RowFault};
use guard::Guard;

/// How a delimited file is written. A record ends with CR, LF or CRLF, and lines without any byte are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CsvFormat {
    /// What separates fields: an ASCII byte.
    pub delimiter: u8,
    /// What fields are quoted with, doubled inside; an ASCII byte. `None`: quotes are text.
    pub quote: Option<u8>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// A line that begins with this ASCII byte is passed over.
    pub comment: Option<u8>,
}

impl Default for CsvFormat {
    /// RFC 4180 with a header row.
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            header: true,
            comment: None,
        }
    }
}

impl CsvFormat {
    fn check(&self) -> Result<(), FeedError> {
        let Self {
            delimiter,
            quote,
            comment,
            ..
        } = *self;
        let usable = |mark: u8| mark.is_ascii() && !matches!(mark, 0 | b'\r' | b'\n');
        let problem = if ![Some(delimiter), quote, comment].into_iter().flatten().all(usable) {
            "delimiter, quote and comment must be ASCII and no line end"
        } else if quote == Some(delimiter) || comment == Some(delimiter) || (quote.is_some() && quote == comment) {
            "delimiter, quote and comment must differ"
        } else {
            return Ok(());
        };
        Err(FeedError::BadFormat { problem })
    }
}

/// The fields of one record, by index from 0.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    record: &'a ByteRecord,
    /// The fields in one piece, without what separates them.
    text: &'a str,
}

impl<'a> Fields<'a> {
    /// The field at `index`, unquoted, spaces kept. `None` when the record is shorter.
    pub fn field(&self, index: usize) -> Option<&'a str> {
        self.record.range(index).and_then(|range| self.text.get(range))
    }

    /// How many fields the record has. It may be fewer or more than the header has names.
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Never: a line without fields is no row.
    pub fn is_empty(&self) -> bool {
        self.record.is_empty()
    }
}

impl fmt::Debug for Fields<'_> {
    /// Without content: rows carry names and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Rows of delimited text.
pub(crate) struct CsvReader<R> {
    parser: AsyncReader<Guard<R>>,
    record: ByteRecord,
    header: Option<Vec<String>>,
    limits: Limits,
    rewinds: u32,
}

impl<R: AsyncRead + Unpin + Send> CsvReader<R> {
    pub(crate) async fn open(stream: R, format: &CsvFormat, limits: &Limits) -> Result<Self, FeedError> {
        format.check()?;
        let mut builder = AsyncReaderBuilder::new();
        // Header and comments are not the parser's: it ends a comment at LF alone and would keep the header twice.
        builder.has_headers(false).flexible(true).delimiter(format.delimiter);
        match format.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        let parser = builder.create_reader(Guard::new(stream, *format, limits.record_bytes));
        let mut reader = Self {
            parser,
            record: ByteRecord::new(),
            header: None,
            limits: *limits,
            rewinds: 0,
        };
        if format.header && reader.begin().await? {
            let names = match reader.read().await? {
                None => reader.fields(),
                Some(fault) => Err(fault),
            }
            .map_err(|source| FeedError::BadHeader { source })?;
            let names = (0..names.len()).filter_map(|index| names.field(index));
            reader.header = Some(names.map(|name| name.trim().to_owned()).collect());
        }
        Ok(reader)
    }

    /// The names in the header row, trimmed. `None` without one, which is how an empty file looks.
    pub(crate) fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// Goes to the next record. False at the end of the file.
    pub(crate) async fn begin(&mut self) -> Result<bool, FeedError> {
        self.parser.get_mut().begin().await
    }

    /// Where the record begins.
    pub(crate) fn offset(&self) -> u64 {
        self.parser.get_ref().lines.start_offset()
    }

    /// Reads the record that was begun.
    pub(crate) async fn row(&mut self) -> Result<Row<'_>, FeedError> {
        let line = self.parser.get_ref().lines.start_line();
        let offset = self.offset();
        let fault = self.read().await?;
        let end = self.parser.get_ref().lines.end_offset();
        let content = match fault {
            None => self.fields().map(Record::Fields),
            Some(fault) => Err(fault),
        };
        Ok(Row {
            line,
            offset,
            end,
            content,
        })
    }

    /// Reads one record, or gives up on its first line and says why.
    async fn read(&mut self) -> Result<Option<RowFault>, FeedError> {
        let parsed = self.parser.read_byte_record(&mut self.record).await;
        if !parsed.map_err(stream_error)? {
            return Err(io::Error::other("the CSV parser stopped before the end of the stream").into());
        }
        let guard = self.parser.get_mut();
        let Some(fault) = guard.fault() else {
            return Ok(None);
        };
        if guard.lines.rewind_to_second_line() {
            self.rewinds += 1;
        } else {
            guard.lines.pass_line().await?;
        }
        if self.rewinds > self.limits.rewinds {
            return Err(FeedError::TooManyRewinds {
                limit: self.limits.rewinds,
                line: guard.lines.start_line(),
            });
        }
        Ok(Some(fault))
    }

    /// The record that was read, checked as a whole: one pass over its bytes instead of one per field.
    fn fields(&self) -> Result<Fields<'_>, RowFault> {
        let record = &self.record;
        if record.len() > self.limits.columns {
            return Err(RowFault::TooManyColumns {
                limit: self.limits.columns,
            });
        }
        let bytes = record.as_slice();
        let limit = self.limits.field_bytes;
        if bytes.len() > limit
            && let Some(column) = column_where(record, |field| field.len() > limit)
        {
            return Err(RowFault::FieldTooLong { column, limit });
        }
        if bytes.contains(&0) {
            let column = column_where(record, |field| field.contains(&0)).unwrap_or_default();
            return Err(RowFault::Nul { column });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if text.is_ascii() || on_boundaries(record, text) => Ok(Fields { record, text }),
            _ => {
                let column = column_where(record, |field| std::str::from_utf8(field).is_err()).unwrap_or_default();
                Err(RowFault::Encoding { column })
            }
        }
    }
}

/// Number, from 1, of the first field of which `test` holds.
fn column_where(record: &ByteRecord, test: impl Fn(&[u8]) -> bool) -> Option<usize> {
    record.iter().position(test).map(|index| index + 1)
}

/// Whether every field ends between two letters: halves of a letter in neighbouring fields join to one in `text`.
fn on_boundaries(record: &ByteRecord, text: &str) -> bool {
    (0..record.len())
        .filter_map(|index| record.range(index))
        .all(|range| text.is_char_boundary(range.end))
}

fn stream_error(error: csv_async::Error) -> FeedError {
    match error.into_kind() {
        ErrorKind::Io(error) => error.into(),
        other => io::Error::other(format!("{other:?}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, repeat};

    use super::*;

    #[tokio::test]
    async fn an_open_quote_holds_no_more_than_a_record() {
        let format = CsvFormat {
            header: false,
            ..CsvFormat::default()
        };
        let limits = Limits::default();
        let stream = b"a,\"".chain(repeat(b'\n').take(8 << 20)).chain(b"b,1\n".as_slice());
        let mut reader = CsvReader::open(stream, &format, &limits).await.unwrap();
        let mut rows = 0;
        while reader.begin().await.unwrap() {
            let row = reader.row().await.unwrap();
            assert_eq!(row.content.is_err(), row.line == 1);
            rows += 1;
            assert!(reader.record.as_slice().len() <= limits.record_bytes + 2);
        }
        assert_eq!(rows, 2);
    }

    #[tokio::test]
    async fn debug_output_has_no_content() {
        let text = b"name\nO'Neil\n".as_slice();
        let mut reader = CsvReader::open(text, &CsvFormat::default(), &Limits::default())
            .await
            .unwrap();
        assert!(reader.begin().await.unwrap());
        let row = format!("{:?}", reader.row().await.unwrap());
        assert!(row.contains("len: 1") && !row.contains("Neil"), "{row}");
    }
}
