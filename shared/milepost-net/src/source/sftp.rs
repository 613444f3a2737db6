//! Feed files on an SFTP server: SSH with a pinned host key, by password or private key.
//!
//! What it takes of memory is named: [`session::WINDOW`] and what waits in a channel on the side of SSH, and
//! [`transfer::AHEAD`] reads of [`transfer::CHUNK`] bytes that are asked for before the first has come.

mod session;
mod transfer;

use milepost_model::Afterwards;

use self::session::Session;
use self::transfer::FileTransfer;
use super::error::SourceError;
use super::reader::FeedReader;
use super::resume::{Patience, within};
use super::state::FileState;
use super::{FeedFile, Listing, Pattern, Place, Secret, SourceFuture, is_unfinished};
use crate::guard::Guard;

/// Where a server is, and who logs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SftpServer {
    /// Its name or address.
    pub host: String,
    /// The port, mostly 22.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// A private key, if it begins as one, and else a password.
    pub login: Secret,
    /// The folder of the feed files; empty for the one in which a login begins.
    pub directory: String,
    /// The host keys that are trusted, each as `SHA256:` and its hash, as `ssh-keygen -l` prints it. None is none.
    pub host_keys: Vec<String>,
}

/// The files of one folder of an SFTP server.
#[derive(Debug, Clone)]
pub struct SftpSource {
    server: SftpServer,
    pattern: Pattern,
    guard: Guard,
    patience: Patience,
}

impl SftpSource {
    /// The files whose names match `pattern`, on a server that `guard` lets through.
    pub fn new(server: SftpServer, pattern: Pattern, guard: Guard) -> Self {
        Self {
            server,
            pattern,
            guard,
            patience: Patience::default(),
        }
    }

    /// Waits and tries otherwise than by default.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn session(&self) -> Result<Session, SourceError> {
        let addresses = self.guard.addresses(&self.server.host, self.server.port).await?;
        Session::open(&self.server, &addresses, self.patience.connect).await
    }

    async fn look(&self, max: usize) -> Result<Listing, SourceError> {
        let session = within(self.patience.begin, "login", self.session()).await?;
        let mut listing = Listing::default();
        let read = session.each_file(|file| {
            if is_unfinished(&file.name) || !self.pattern.matches(&file.name) {
                return true;
            }
            listing.more = listing.files.len() == max;
            if !listing.more {
                listing.files.push(file);
            }
            !listing.more
        });
        within(self.patience.begin, "listing", read).await?;
        session.quit().await;
        Ok(listing)
    }

    async fn away(&self, file: &FeedFile, afterwards: &Afterwards) -> Result<(), SourceError> {
        let session = self.session().await?;
        if !FileState::of(file).is(&session.state(&file.name).await?) {
            return Err(SourceError::Changed);
        }
        match afterwards {
            Afterwards::Leave => {}
            Afterwards::Delete => session.delete(&file.name).await?,
            Afterwards::MoveTo(folder) => session.rename(&file.name, &format!("{folder}/{}", file.name)).await?,
        }
        session.quit().await;
        Ok(())
    }
}

impl Place for SftpSource {
    fn list(&self, max: usize) -> SourceFuture<'_, Listing> {
        Box::pin(self.look(max))
    }

    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        let transfer = FileTransfer::new(self.clone(), file);
        Box::pin(FeedReader::begin(transfer, offset, self.patience))
    }

    fn put_away<'a>(&'a self, file: &'a FeedFile, afterwards: &'a Afterwards) -> SourceFuture<'a, ()> {
        Box::pin(within(self.patience.begin, "put away", self.away(file, afterwards)))
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(within(self.patience.begin, "login", async {
            self.session().await?.quit().await;
            Ok(())
        }))
    }

    fn is_atomic(&self) -> bool {
        false
    }
}
