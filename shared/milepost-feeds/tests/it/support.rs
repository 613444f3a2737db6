//! A stream cut into chunks of any size, and what a whole file gives.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use milepost_feeds::{Charset, FeedError, Format, Limits, Reader, Record, RowFault, Wrapper, decode, decompress};
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};

/// Bytes that arrive in chunks of the given sizes, over and over, each after a wait, and then the end or an error.
pub(crate) struct Chunked {
    bytes: Vec<u8>,
    sizes: Vec<usize>,
    chunks: usize,
    at: usize,
    chunk_end: usize,
    waited: bool,
    breaks: bool,
}

impl Chunked {
    pub(crate) fn new(bytes: &[u8], sizes: &[usize]) -> Self {
        let (bytes, sizes) = (bytes.to_vec(), sizes.to_vec());
        Self {
            bytes,
            sizes,
            chunks: 0,
            at: 0,
            chunk_end: 0,
            waited: false,
            breaks: false,
        }
    }

    /// Ends in an error instead of an end, of the kind that a cut file has too.
    pub(crate) fn breaking(self) -> Self {
        Self { breaks: true, ..self }
    }
}

impl AsyncBufRead for Chunked {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.at == this.chunk_end {
            this.waited = !this.waited;
            if this.waited {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if this.breaks && this.at == this.bytes.len() {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, "connection closed")));
            }
            let size = this.sizes[this.chunks % this.sizes.len()];
            this.chunks += 1;
            this.chunk_end = this.bytes.len().min(this.at + size);
        }
        Poll::Ready(Ok(&this.bytes[this.at..this.chunk_end]))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        self.get_mut().at += amount;
    }
}

impl AsyncRead for Chunked {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let bytes = ready!(self.as_mut().poll_fill_buf(cx))?;
        let count = bytes.len().min(out.remaining());
        out.put_slice(&bytes[..count]);
        self.consume(count);
        Poll::Ready(Ok(()))
    }
}

/// A row, kept. A line of JSON is a single field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) line: u64,
    pub(crate) offset: u64,
    pub(crate) end: u64,
    pub(crate) content: Result<Vec<String>, RowFault>,
}

/// Everything that a file gives: header, rows, and the error that ended it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) header: Option<Vec<String>>,
    pub(crate) rows: Vec<Kept>,
    pub(crate) error: Option<FeedError>,
}

impl Outcome {
    /// The fields of the good rows.
    pub(crate) fn good(&self) -> Vec<Vec<String>> {
        self.rows.iter().filter_map(|row| row.content.clone().ok()).collect()
    }

    /// Lines and reasons of the others.
    pub(crate) fn rejects(&self) -> Vec<(u64, &'static str)> {
        self.rows
            .iter()
            .filter_map(|row| row.content.as_ref().err().map(|fault| (row.line, fault.reason())))
            .collect()
    }
}

/// How a file is read.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) wrapper: Wrapper,
    pub(crate) charset: Charset,
    pub(crate) format: Format,
    pub(crate) limits: Limits,
}

impl Plan {
    pub(crate) fn of(format: Format) -> Self {
        Self {
            wrapper: Wrapper::Auto,
            charset: Charset::Utf8,
            format,
            limits: Limits::default(),
        }
    }

    /// Reads a whole file that arrives in chunks of these sizes.
    pub(crate) fn read(&self, bytes: &[u8], sizes: &[usize]) -> Outcome {
        self.read_from(Chunked::new(bytes, sizes))
    }

    pub(crate) fn read_from(&self, source: impl AsyncBufRead + Unpin + Send) -> Outcome {
        block_on(async {
            let mut outcome = Outcome {
                header: None,
                rows: Vec::new(),
                error: None,
            };
            outcome.error = self.pull(source, &mut outcome).await.err();
            outcome
        })
    }

    async fn pull(&self, source: impl AsyncBufRead + Unpin + Send, out: &mut Outcome) -> Result<(), FeedError> {
        let stream = decompress(source, self.wrapper, &self.limits).await?;
        let stream = decode(stream, self.charset);
        let mut reader = Reader::open(stream, &self.format, &self.limits).await?;
        out.header = reader.header().map(<[String]>::to_vec);
        while let Some(row) = reader.next().await? {
            let content = row.content.and_then(|record| match record {
                Record::Fields(fields) => Ok((0..fields.len())
                    .map(|index| fields.field(index).unwrap().to_owned())
                    .collect()),
                Record::Picks(picks) => Ok((0..picks.len())
                    .map(|slot| picks.get(slot).unwrap_or_default().to_owned())
                    .collect()),
                Record::Json(json) => json.parse::<serde_json::Value>().map(|_| vec![json.text().to_owned()]),
            });
            out.rows.push(Kept {
                line: row.line,
                offset: row.offset,
                end: row.end,
                content,
            });
        }
        Ok(())
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}
