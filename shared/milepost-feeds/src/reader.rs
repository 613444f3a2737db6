//! One reader for all formats, so that an import has one loop.

use std::io;

use tokio::io::AsyncRead;

use crate::csv::CsvReader;
use crate::edi::EdiGrammar;
use crate::fixed::FixedGrammar;
use crate::grammar::{Grammar, GrammarReader};
use crate::json_lines::JsonLinesReader;
use crate::json_list::JsonListReader;
use crate::trailer::Tally;
use crate::xml::XmlGrammar;
use crate::{
    CsvFormat, EdiFormat, FeedError, FixedFormat, JsonListFormat, Limits, OtherFormat, Record, Row, Trailer, XmlFormat,
};

/// What the rows of a file look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Csv(CsvFormat),
    /// Delimited text with rows that count others.
    CountedCsv(CsvFormat, Trailer),
    /// One JSON value per line.
    JsonLines,
    /// The elements of a JSON list.
    JsonList(JsonListFormat),
    /// Lines of values at fixed positions.
    Fixed(FixedFormat),
    /// Elements of XML.
    Xml(XmlFormat),
    /// Segments of X12 or EDIFACT.
    Edi(EdiFormat),
    /// Another format, by name.
    Other(OtherFormat),
}

/// The rows of one file, one at a time.
///
/// Its memory is bounded by the limits it was opened with: a few times [`Limits::record_bytes`]. A future of this type
/// that was dropped half way leaves the reader in the middle of a row: drop the reader too.
pub struct Reader<R> {
    rows: Rows<R>,
    /// Counts rows of delimited text; the other formats count for themselves.
    tally: Option<Tally>,
    failed: bool,
}

enum Rows<R> {
    Csv(Box<CsvReader<R>>),
    JsonLines(Box<JsonLinesReader<R>>),
    JsonList(Box<JsonListReader<R>>),
    Grammar(Box<GrammarReader<R>>),
}

impl<R: AsyncRead + Unpin + Send> Reader<R> {
    /// Starts to read a UTF-8 stream as [`decode`](crate::decode) gives it, and reads the header if there is one.
    ///
    /// # Errors
    ///
    /// [`FeedError::BadFormat`], [`FeedError::BadHeader`], or whatever ends the stream before its first row.
    pub async fn open(stream: R, format: &Format, limits: &Limits) -> Result<Self, FeedError> {
        let mut tally = None;
        let (grammar, slots): (Box<dyn Grammar>, usize) = match format {
            Format::Csv(csv) | Format::CountedCsv(csv, _) => {
                if let Format::CountedCsv(_, trailer) = format {
                    tally = Some(Tally::new(trailer.clone()));
                }
                let rows = Rows::Csv(Box::new(CsvReader::open(stream, csv, limits).await?));
                return Ok(Self::of(rows, tally));
            }
            Format::JsonLines => {
                let rows = Rows::JsonLines(Box::new(JsonLinesReader::new(stream, limits)));
                return Ok(Self::of(rows, tally));
            }
            Format::JsonList(list) => {
                let rows = Rows::JsonList(Box::new(JsonListReader::new(stream, list, limits)));
                return Ok(Self::of(rows, tally));
            }
            Format::Fixed(fixed) => (Box::new(FixedGrammar::new(fixed.clone())), fixed.fields.len()),
            Format::Xml(xml) => (Box::new(XmlGrammar::new(xml, limits)?), xml.fields.len()),
            Format::Edi(edi) => (Box::new(EdiGrammar::new(edi, limits)?), edi.fields.len()),
            Format::Other(other) => (other.grammar(limits)?, other.fields.len()),
        };
        let rows = GrammarReader::new(stream, grammar, slots, limits);
        Ok(Self::of(Rows::Grammar(Box::new(rows)), tally))
    }

    fn of(rows: Rows<R>, tally: Option<Tally>) -> Self {
        Self {
            rows,
            tally,
            failed: false,
        }
    }

    /// The names in the header row, trimmed. `None` if the format has no header or the file is empty.
    pub fn header(&self) -> Option<&[String]> {
        match &self.rows {
            Rows::Csv(rows) => rows.header(),
            Rows::JsonLines(_) | Rows::JsonList(_) | Rows::Grammar(_) => None,
        }
    }

    /// The next row, or `None` at the end of the file. Blank lines, comments and the header are not rows.
    ///
    /// # Errors
    ///
    /// What ends the file before its end. From then on every call fails.
    pub async fn next(&mut self) -> Result<Option<Row<'_>>, FeedError> {
        if !self.begin().await? {
            self.failed = self.tally.as_ref().is_some_and(|tally| !tally.is_closed());
            return if self.failed {
                Err(FeedError::Truncated)
            } else {
                Ok(None)
            };
        }
        let mut row = match &mut self.rows {
            Rows::Csv(rows) => rows.row().await,
            Rows::JsonLines(rows) => rows.row().await,
            Rows::JsonList(rows) => rows.row().await,
            Rows::Grammar(rows) => rows.row().await,
        };
        self.failed = row.is_err();
        if let (Some(tally), Ok(row)) = (&mut self.tally, &mut row) {
            match row.content {
                Ok(Record::Fields(fields)) => {
                    if let Some(fault) = tally.count(|column| fields.field(column)) {
                        row.content = Err(fault);
                    }
                }
                _ => tally.lose(),
            }
        }
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
            Rows::JsonList(rows) => rows.begin().await,
            Rows::Grammar(rows) => rows.begin().await,
        };
        self.failed = begun.is_err();
        begun
    }

    /// Where the row that was begun begins.
    fn offset(&self) -> u64 {
        match &self.rows {
            Rows::Csv(rows) => rows.offset(),
            Rows::JsonLines(rows) => rows.offset(),
            Rows::JsonList(rows) => rows.offset(),
            Rows::Grammar(rows) => rows.offset(),
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
