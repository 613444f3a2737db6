//! One reader for all formats, so that an import has one loop.

use std::io;

use tokio::io::AsyncRead;

use crate::csv::CsvReader;
use crate::json_lines::JsonLinesReader;
use crate::{CsvFormat, FeedError, Limits, Row};

/// What the rows of a file look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv(CsvFormat),
    /// One JSON value per line.
    JsonLines,
}

/// The rows of one file, one at a time.
///
/// Its memory is bounded by the limits it was opened with: a few times [`Limits::record_bytes`]. A future of this type
/// that was dropped half way leaves the reader in the middle of a row: drop the reader too.
pub struct Reader<R> {
    rows: Rows<R>,
    failed: bool,
}

enum Rows<R> {
    Csv(Box<CsvReader<R>>),
    JsonLines(Box<JsonLinesReader<R>>),
}

impl<R: AsyncRead + Unpin + Send> Reader<R> {
    /// Starts to read a UTF-8 stream as [`decode`](crate::decode) gives it, and reads the header if there is one.
    ///
    /// # Errors
    ///
    /// [`FeedError::BadFormat`], [`FeedError::BadHeader`], or whatever ends the stream before its first row.
    pub async fn open(stream: R, format: &Format, limits: &Limits) -> Result<Self, FeedError> {
        let rows = match format {
            Format::Csv(csv) => Rows::Csv(Box::new(CsvReader::open(stream, csv, limits).await?)),
            Format::JsonLines => Rows::JsonLines(Box::new(JsonLinesReader::new(stream, limits))),
        };
        Ok(Self { rows, failed: false })
    }

    /// The names in the header row, trimmed. `None` if the format has no header or the file is empty.
    pub fn header(&self) -> Option<&[String]> {
        match &self.rows {
            Rows::Csv(rows) => rows.header(),
            Rows::JsonLines(_) => None,
        }
    }

    /// The next row, or `None` at the end of the file. Blank lines, comments and the header are not rows.
    ///
    /// # Errors
    ///
    /// What ends the file before its end. From then on every call fails.
    pub async fn next(&mut self) -> Result<Option<Row<'_>>, FeedError> {
        if !self.begin().await? {
            return Ok(None);
        }
        let row = match &mut self.rows {
            Rows::Csv(rows) => rows.row().await,
            Rows::JsonLines(rows) => rows.row().await,
        };
        self.failed = row.is_err();
        row.map(Some)
    }

    /// Reads over the rows that begin before `offset` and returns how many they were, faulty ones included. The next
    /// row is then the one at `offset`, with the line it always had. Afterwards `next` goes on as usual.
    ///
    /// A long way is best gone in steps, if there is a deadline to look at.
    ///
    /// # Errors
    ///
    /// As [`Reader::next`].
    pub async fn skip_to(&mut self, offset: u64) -> Result<u64, FeedError> {
        let mut skipped = 0;
        while self.begin().await? && self.offset() < offset {
            self.next().await?;
            skipped += 1;
        }
        Ok(skipped)
    }

    async fn begin(&mut self) -> Result<bool, FeedError> {
        if self.failed {
            return Err(io::Error::other("the file failed before").into());
        }
        let begun = match &mut self.rows {
            Rows::Csv(rows) => rows.begin().await,
            Rows::JsonLines(rows) => rows.begin().await,
        };
        self.failed = begun.is_err();
        begun
    }

    /// Where the row that was begun begins.
    fn offset(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.offset(),
            Rows::JsonLines(rows) => rows.offset(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reading_may_move_between_threads() {
        fn check(_: impl Send) {}
        let mut reader = Reader::open(b"[1]".as_slice(), &Format::JsonLines, &Limits::default())
            .await
            .unwrap();
        check(reader.next());
        check(reader.skip_to(0));
        check(reader);
    }
}
