//! A feed file's rows under a layout.

use milepost_carriers::layout::{Item, Layout, Mapper, Refusal, reason_of};
use milepost_feeds::{Decoded, Decompressed, FeedError, Limits, Reader, decode, decompress};
use tokio::io::AsyncBufRead;

use crate::ImportError;

/// Reads a feed file row by row: decompression, charset, records, layout.
pub struct Rows<R> {
    reader: Reader<Decoded<Decompressed<R>>>,
    mapper: Mapper,
}

/// A row, and what the layout makes of it.
#[derive(Debug)]
pub struct MappedRow {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Where it begins, in bytes of the decoded text.
    pub offset: u64,
    /// Behind its last byte.
    pub end: u64,
    /// Its events and facts, or why there are none.
    pub item: Result<Item, Refusal>,
}

impl<R: AsyncBufRead + Unpin + Send> Rows<R> {
    /// Opens the file of that name and reads its header.
    ///
    /// # Errors
    /// [`ImportError::Feed`], or [`ImportError::Unfit`] when the layout is another file's.
    pub async fn open(name: &str, bytes: R, layout: &Layout, limits: &Limits) -> Result<Self, ImportError> {
        let wrong = |source| ImportError::Feed {
            file: name.to_owned(),
            source,
        };
        let plain = decompress(bytes, layout.wrapper(), limits).await.map_err(wrong)?;
        let text = decode(plain, layout.charset());
        let reader = Reader::open(text, layout.format(), limits).await.map_err(wrong)?;
        let mapper = layout.mapper(reader.header()).map_err(|source| ImportError::Unfit {
            file: name.to_owned(),
            source,
        })?;
        Ok(Self { reader, mapper })
    }

    /// What an operator should know of how the layout meets this file.
    pub fn notes(&self) -> &[String] {
        self.mapper.notes()
    }

    /// Reads over the rows that begin before `offset`.
    pub(crate) async fn skip_to(&mut self, offset: u64) -> Result<u64, FeedError> {
        self.reader.skip_to(offset).await
    }

    /// The next row; `None` at the end of the file.
    ///
    /// # Errors
    /// What ends the file before its end.
    pub async fn next(&mut self) -> Result<Option<MappedRow>, FeedError> {
        while let Some(row) = self.reader.next().await? {
            let item = match &row.content {
                Ok(record) => self.mapper.map(record).transpose(),
                Err(fault) => Some(Err((reason_of(*fault), fault.to_string()))),
            };
            // Rows of a kind that says nothing are passed over, as the reader passes over blank lines.
            let Some(item) = item else { continue };
            return Ok(Some(MappedRow {
                line: row.line,
                offset: row.offset,
                end: row.end,
                item,
            }));
        }
        Ok(None)
    }
}
