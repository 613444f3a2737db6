//! One file on its way from an SFTP server.
//!
//! A file is read by offsets, several reads at a time: one read after another would wait a round trip for every 32 KiB.
//! It is whole when as many bytes came as it had, and size and time are still the same afterwards.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::StatusCode;

use super::SftpSource;
use super::session::{Session, sftp_error};
use crate::source::FeedFile;
use crate::source::error::SourceError;
use crate::source::resume::Transfer;
use crate::source::state::FileState;

/// Bytes of one read: what every server gives at once.
pub(super) const CHUNK: u32 = 32 * 1024;

/// Reads under way: 512 KiB, which at 80 ms a round trip is 6 MB/s.
pub(super) const AHEAD: usize = 16;

/// The least that a server may give for a read before its end, so that a file is not read byte by byte.
const LEAST: u32 = 512;

type Read = Pin<Box<dyn Future<Output = Result<Vec<u8>, SftpError>> + Send>>;

/// One file, by reads at offsets.
pub(super) struct FileTransfer {
    source: SftpSource,
    name: String,
    /// As listed, later as the server said when the file was begun first.
    known: FileState,
    at: u64,
    /// None at the end.
    open: Option<Open>,
}

struct Open {
    session: Session,
    handle: String,
    reads: FuturesOrdered<Read>,
    /// How many bytes each read under way was asked for.
    asked: VecDeque<u32>,
    /// Where the next read begins.
    next: u64,
    chunk: u32,
}

impl FileTransfer {
    pub(super) fn new(source: SftpSource, file: &FeedFile) -> Self {
        Self {
            source,
            name: file.name.clone(),
            known: FileState::of(file),
            at: 0,
            open: None,
        }
    }

    fn hold_to(&mut self, now: FileState) -> Result<(), SourceError> {
        if !self.known.is(&now) {
            return Err(SourceError::Changed);
        }
        self.known = self.known.seen_as(now);
        Ok(())
    }

    /// Whether the file is whole, after its last byte.
    async fn end(&mut self, open: Open) -> Result<(), SourceError> {
        if self.known.size.is_some_and(|size| self.at < size) {
            return Err(SourceError::Broken { at: self.at });
        }
        // Also where the file was moved away meanwhile: its handle still knows it.
        self.hold_to(open.session.state_of(&open.handle).await?)?;
        let _ = open.session.sftp.close(open.handle).await;
        open.session.quit().await;
        Ok(())
    }
}

impl Open {
    /// Asks for as much as may be under way.
    fn ask(&mut self, size: Option<u64>) {
        while self.reads.len() < AHEAD {
            let left = size.map_or(u64::MAX, |size| size.saturating_sub(self.next));
            let length = u32::try_from(left).unwrap_or(u32::MAX).min(self.chunk);
            // Of a file of unknown size, one read at a time finds the end.
            if length == 0 || (size.is_none() && !self.reads.is_empty()) {
                return;
            }
            let (sftp, handle, offset) = (self.session.sftp.clone(), self.handle.clone(), self.next);
            self.reads.push_back(Box::pin(
                async move { Ok(sftp.read(handle, offset, length).await?.data) },
            ));
            self.asked.push_back(length);
            self.next += u64::from(length);
        }
    }
}

impl Transfer for FileTransfer {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.open = None;
        self.at = offset;
        let session = self.source.session().await?;
        let handle = session.open_file(&self.name).await?;
        self.hold_to(session.state_of(&handle).await?)?;
        match self.known.size {
            Some(size) if offset > size => return Err(SourceError::Changed),
            Some(size) if offset == size => session.quit().await,
            _ => {
                self.open = Some(Open {
                    session,
                    handle,
                    reads: FuturesOrdered::new(),
                    asked: VecDeque::new(),
                    next: offset,
                    chunk: CHUNK,
                });
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        open.ask(self.known.size);
        let read = open.reads.next().await;
        let asked = open.asked.pop_front().unwrap_or(CHUNK);
        let data = match read {
            // Nothing was left to ask for.
            None => Vec::new(),
            Some(Ok(data)) => data,
            Some(Err(SftpError::Status(status))) if status.status_code == StatusCode::Eof => Vec::new(),
            Some(Err(error)) => return Err(sftp_error("read", error)),
        };
        if data.is_empty() {
            if let Some(open) = self.open.take() {
                self.end(open).await?;
            }
            return Ok(None);
        }
        let got = u32::try_from(data.len()).map_err(|_| SourceError::Protocol { step: "read" })?;
        if got > asked {
            return Err(SourceError::Protocol { step: "read" });
        }
        self.at += u64::from(got);
        if got < asked {
            // A server may give less than it is asked for. What was asked for behind it leaves a gap: ask again, for
            // as much as this server gives.
            open.reads = FuturesOrdered::new();
            open.asked.clear();
            open.next = self.at;
            open.chunk = got.max(LEAST);
        }
        Ok(Some(Bytes::from(data)))
    }
}
