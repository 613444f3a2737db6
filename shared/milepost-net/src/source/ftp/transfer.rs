//! One file on its way from an FTP server.
//!
//! FTP ends a file by closing a connection, as a cut does. So a file is whole only when the reply on the control
//! connection says so, as many bytes came as `SIZE` announced, and size and time are still the same afterwards. Where
//! one of these fails the transfer breaks, and a new session decides: it finds the same file with nothing left to read
//! (the reply was lost on the way), with something left, or another file.

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt;

use super::FtpSource;
use super::session::{Body, Session};
use crate::source::FeedFile;
use crate::source::error::SourceError;
use crate::source::resume::Transfer;
use crate::source::state::FileState;

/// The most bytes that are taken from the connection at once, as many as a socket buffers by default or fewer.
const CHUNK: usize = 64 * 1024;

/// One file, by `RETR` from an offset.
pub(super) struct FileTransfer {
    source: FtpSource,
    name: String,
    /// As listed, later as the server said when the file was begun first.
    known: FileState,
    begun: bool,
    at: u64,
    /// None at the end.
    open: Option<(Session, Body)>,
    buffer: BytesMut,
}

impl FileTransfer {
    pub(super) fn new(source: FtpSource, file: &FeedFile) -> Self {
        Self {
            source,
            name: file.name.clone(),
            known: FileState::of(file),
            begun: false,
            at: 0,
            open: None,
            buffer: BytesMut::new(),
        }
    }

    /// Compares what the server says now with what is known of the file, and keeps it.
    pub(super) fn hold_to(&mut self, now: FileState) -> Result<(), SourceError> {
        let same = if self.begun {
            self.known.is(&now)
        } else {
            self.known.is_by(&now, is_same_moment)
        };
        if !same {
            return Err(SourceError::Changed);
        }
        self.known = self.known.seen_as(now);
        self.begun = true;
        Ok(())
    }

    /// Whether the file is whole, after its data connection has been closed by the server.
    async fn end(&mut self, mut session: Session, body: Body) -> Result<(), SourceError> {
        let broken = SourceError::Broken { at: self.at };
        if body.finish().await.is_err() || self.known.size.is_some_and(|size| self.at < size) {
            return Err(broken);
        }
        match session.state(&self.name).await {
            Ok(now) => self.hold_to(now)?,
            // Some servers move a file away as soon as it has been fetched.
            Err(SourceError::Missing) => {}
            Err(error) => return Err(error),
        }
        session.quit().await;
        Ok(())
    }
}

impl Transfer for FileTransfer {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        // After a cut or an abort the old control connection may still hold replies to other commands.
        self.open = None;
        self.buffer.clear();
        self.at = offset;
        let mut session = self.source.session().await?;
        let now = session.state(&self.name).await?;
        self.hold_to(now)?;
        match self.known.size {
            Some(size) if offset > size => return Err(SourceError::Changed),
            Some(size) if offset == size => session.quit().await,
            _ => {
                let body = session.retrieve(&self.name, offset).await?;
                self.open = Some((session, body));
            }
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let Some((_, body)) = &mut self.open else {
            return Ok(None);
        };
        self.buffer.reserve(CHUNK);
        let read = match body.read_buf(&mut self.buffer).await {
            // Many servers end TLS as they end TCP. Whether that was the end, the reply and the size tell.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => 0,
            read => read.map_err(|source| SourceError::Io { step: "read", source })?,
        };
        if read == 0 {
            if let Some((session, body)) = self.open.take() {
                self.end(session, body).await?;
            }
            return Ok(None);
        }
        self.at += read as u64;
        if self.known.size.is_some_and(|size| self.at > size) {
            return Err(SourceError::Changed);
        }
        Ok(Some(self.buffer.split().freeze()))
    }
}

/// Whether the time of a listing and the time by `MDTM` mean the same moment.
///
/// `MDTM` has whole seconds. And of servers that keep local time many convert it in only one of the two, so times that
/// lie whole quarters of an hour apart, within the zones of the world, count as one.
fn is_same_moment(listed_ms: i64, mdtm_ms: i64) -> bool {
    const QUARTER_HOUR: i64 = 15 * 60;
    const WIDEST_ZONE: i64 = 14 * 3_600;
    let apart = (listed_ms.div_euclid(1_000) - mdtm_ms.div_euclid(1_000)).abs();
    apart <= WIDEST_ZONE && apart % QUARTER_HOUR == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        let check = |listed_ms, mdtm_ms, expect| {
            assert_eq!(is_same_moment(listed_ms, mdtm_ms), expect, "{listed_ms} {mdtm_ms}");
        };
        check(1_795_172_400_000, 1_795_172_400_000, true);
        check(1_795_172_400_999, 1_795_172_400_000, true);
        check(1_795_172_401_000, 1_795_172_400_000, false);
        check(1_795_172_400_000 + 3_600_000, 1_795_172_400_000, true);
        check(1_795_172_400_000 - 20_700_000, 1_795_172_400_000, true);
        check(1_795_172_400_000 + 3_601_000, 1_795_172_400_000, false);
        check(1_795_172_400_000 + 15 * 3_600_000, 1_795_172_400_000, false);
    }
}
