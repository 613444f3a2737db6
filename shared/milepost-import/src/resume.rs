//! Going on in the middle of a file.
//!
//! A checkpoint is an offset of the decoded text. In a plain file of UTF-8 it is one of the file as well, so the source
//! opens the file there and what lies before is not sent again; the header alone is read first, and put before the rest.
//! Any other file is decoded from its beginning and skipped, a stretch at a time, with an eye on the clock.

use std::io::Cursor;

use milepost_carriers::layout::Layout;
use milepost_feeds::{Charset, Format, Wrapper};
use milepost_net::{FeedFile, FeedReader, Source};
use milepost_store::Checkpoint;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Chain};

use crate::ImportError;
use crate::file::Reading;
use crate::rows::{MappedRow, Rows};

/// Bytes read from the source at a time.
const READ_BYTES: usize = 64 * 1024;

/// Nearer to the beginning than this a file is skipped: that costs less than one more request.
const NEAR: u64 = 1 << 20;

/// Decoded bytes that are skipped between two looks at the clock: a second's at the pace of the smallest function.
const STRETCH: u64 = 8 << 20;

/// The rows of a file from its checkpoint on.
pub(crate) struct Resumed {
    rows: Rows<BufReader<Chain<Cursor<Vec<u8>>, FeedReader>>>,
    /// Added to an offset of the rows as they are read.
    by: u64,
    /// Where the last row was counted, in a file that was opened at its checkpoint: lines before are not known.
    counted: Option<Checkpoint>,
    /// Added to a line, once it is known.
    lines: i64,
}

impl Resumed {
    /// Opens a file where its checkpoint is.
    pub(crate) async fn open(
        reading: &Reading<'_>,
        source: &Source,
        file: &FeedFile,
        name: &str,
        checkpoint: Checkpoint,
    ) -> Result<Self, ImportError> {
        if checkpoint.offset > 0 {
            let goes_on = source.goes_on_at(file, checkpoint.offset).await;
            goes_on.map_err(|error| ImportError::Feed {
                file: name.to_owned(),
                source: std::io::Error::from(error).into(),
            })?;
        }
        if checkpoint.offset >= NEAR
            && let Some(head) = head(reading, source, file, name).await?
        {
            let by = checkpoint.offset - head.len() as u64;
            let rest = source.open(file, checkpoint.offset).await?;
            return Ok(Self {
                rows: rows(reading, name, head, rest).await?,
                by,
                counted: Some(checkpoint),
                lines: 0,
            });
        }
        let mut rows = rows(reading, name, Vec::new(), source.open(file, 0).await?).await?;
        let mut to = 0;
        while to < checkpoint.offset {
            // Every attempt goes a stretch at least: most files have no more.
            if to > 0 && reading.is_over() {
                return Err(ImportError::OutOfReach(name.to_owned()));
            }
            to = checkpoint.offset.min(to + STRETCH);
            let skipped = rows.skip_to(to).await;
            skipped.map_err(|source| ImportError::Feed {
                file: name.to_owned(),
                source,
            })?;
        }
        Ok(Self {
            rows,
            by: 0,
            counted: None,
            lines: 0,
        })
    }

    /// What an operator should know of how the layout meets this file.
    pub(crate) fn notes(&self) -> &[String] {
        self.rows.notes()
    }

    /// The next row, with line and offset as in the whole file. A line is less than it should be by the line ends
    /// within the last row that was counted, in a file that was opened at its checkpoint.
    pub(crate) async fn next(&mut self) -> Result<Option<MappedRow>, milepost_feeds::FeedError> {
        let Some(mut row) = self.rows.next().await? else {
            return Ok(None);
        };
        row.offset += self.by;
        row.end += self.by;
        let line = i64::try_from(row.line).unwrap_or(i64::MAX);
        if let Some(counted) = self.counted.take_if(|counted| row.offset >= counted.counted) {
            self.lines = i64::try_from(counted.line).unwrap_or(0) + 1 - line;
        }
        row.line = u64::try_from(line + self.lines).unwrap_or(0);
        Ok(Some(row))
    }
}

async fn rows(
    reading: &Reading<'_>,
    name: &str,
    head: Vec<u8>,
    rest: FeedReader,
) -> Result<Rows<BufReader<Chain<Cursor<Vec<u8>>, FeedReader>>>, ImportError> {
    let bytes = BufReader::with_capacity(READ_BYTES, Cursor::new(head).chain(rest));
    Rows::open(name, bytes, reading.layout, &reading.importer.settings.limits).await
}

/// What stands before the first row of a file whose offsets are those of its decoded text; `None` for any other file.
async fn head(
    reading: &Reading<'_>,
    source: &Source,
    file: &FeedFile,
    name: &str,
) -> Result<Option<Vec<u8>>, ImportError> {
    if !keeps_offsets(reading.layout) {
        return Ok(None);
    }
    let mut bytes = BufReader::with_capacity(READ_BYTES, source.open(file, 0).await?);
    let begin = bytes.fill_buf().await.map_err(|source| ImportError::Feed {
        file: name.to_owned(),
        source: source.into(),
    })?;
    let mut begin = begin.to_vec();
    // Wrapped, or with a byte order mark: control characters and bytes beyond ASCII, with which no plain text begins.
    let plain = begin.first().is_some_and(|byte| (b' '..0x7f).contains(byte)) && !begin.starts_with(b"PK\x03\x04");
    if !plain {
        return Ok(None);
    }
    let limits = &reading.importer.settings.limits;
    let first = match Rows::open(name, begin.as_slice(), reading.layout, limits).await {
        Ok(mut rows) => rows.next().await.ok().flatten(),
        Err(_) => None,
    };
    let Some(end) = first.and_then(|row| usize::try_from(row.offset).ok()) else {
        return Ok(None);
    };
    begin.truncate(end);
    Ok(Some(begin))
}

/// Whether the rows of a layout's files are read one by one, and their text is the file's.
pub(crate) fn keeps_offsets(layout: &Layout) -> bool {
    matches!(layout.wrapper(), Wrapper::Auto | Wrapper::Plain)
        && layout.charset() == Charset::Utf8
        && matches!(layout.format(), Format::Csv(_) | Format::JsonLines)
}
