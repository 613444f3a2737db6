//! Feed files on an FTP server, in the clear or under TLS (`AUTH TLS`, RFC 4217).

mod listing;
mod session;
mod transfer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use self::listing::{Entry, Form, Unreadable};
use self::session::Session;
use self::transfer::FileTransfer;
use super::error::SourceError;
use super::reader::FeedReader;
use super::resume::{Patience, within};
use super::tls::Tls;
use super::{FeedFile, Listing, Pattern, Place, Secret, SourceFuture, is_unfinished};
use crate::guard::Guard;
use milepost_model::Afterwards;

/// Where a server is, and who logs in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FtpServer {
    /// Its name or address.
    pub host: String,
    /// The port of the control connection, mostly 21.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// With what.
    pub password: Secret,
    /// The directory of the feed files; empty for the one in which a login begins.
    pub directory: String,
    /// Whether and how the connection is protected.
    pub protection: Protection,
}

/// Whether an FTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// In the clear, the password too.
    None,
    /// TLS from before the login on, on both connections, under a certificate that the system trusts.
    Tls,
    /// The same under this one certificate, whoever signed it: many carriers sign their own.
    Pinned(super::Fingerprint),
}

/// The files of one directory of an FTP server.
#[derive(Debug, Clone)]
pub struct FtpSource {
    server: FtpServer,
    pattern: Pattern,
    guard: Guard,
    patience: Patience,
    foreign_addresses: Arc<AtomicU32>,
    /// One for all connections, so that a data connection resumes the session of the control connection: some servers
    /// ask for that.
    tls: Option<Tls>,
}

impl FtpSource {
    /// The files whose names match `pattern`, on a server that `guard` lets through.
    ///
    /// # Errors
    ///
    /// [`SourceError::Tls`] on a machine without trust roots.
    pub fn new(server: FtpServer, pattern: Pattern, guard: Guard) -> Result<Self, SourceError> {
        let tls = match server.protection {
            Protection::None => None,
            Protection::Tls => Some(Tls::trusted()?),
            Protection::Pinned(certificate) => Some(Tls::pinned(certificate)?),
        };
        Ok(Self {
            tls,
            server,
            pattern,
            guard,
            patience: Patience::default(),
            foreign_addresses: Arc::default(),
        })
    }

    /// Waits and tries otherwise than by default.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn look(&self, max: usize) -> Result<Listing, SourceError> {
        let mut session = within(self.patience.begin, "login", self.session()).await?;
        for form in Form::BEST_FIRST {
            let mut listing = Listing::default();
            let read = session.each_line(form, |line| {
                let Some(entry) = form.read(line)?.filter(|entry| self.wants(entry)) else {
                    return Ok(true);
                };
                listing.more = listing.files.len() == max;
                if !listing.more {
                    listing.files.push(entry.into());
                }
                Ok(!listing.more)
            });
            match within(self.patience.begin, form.command(), read).await? {
                Ok(()) => return self.complete(session, form, listing).await,
                // The server does not know this form, or writes it in a way of its own.
                Err(Unreadable) => continue,
            }
        }
        Err(SourceError::Protocol {
            step: Form::Names.command(),
        })
    }

    fn wants(&self, entry: &Entry) -> bool {
        !is_unfinished(&entry.name) && self.pattern.matches(&entry.name)
    }

    /// Asks for the size and time of each file where the form of the listing does not tell them reliably.
    async fn complete(&self, session: Session, form: Form, listing: Listing) -> Result<Listing, SourceError> {
        if form == Form::Facts {
            session.quit().await;
            return Ok(listing);
        }
        // A listing that was left in the middle leaves its connection in the middle as well.
        let mut session = if listing.more {
            drop(session);
            within(self.patience.begin, "login", self.session()).await?
        } else {
            session
        };
        let mut files = Vec::with_capacity(listing.files.len());
        for file in listing.files {
            match within(self.patience.idle, "SIZE", session.state(&file.name)).await {
                Ok(state) => files.push(FeedFile {
                    size: state.size,
                    modified_ms: state.modified_ms,
                    ..file
                }),
                // A directory in a list of bare names, or a file that was just taken away.
                Err(SourceError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        session.quit().await;
        Ok(Listing {
            files,
            more: listing.more,
        })
    }

    async fn away(&self, file: &FeedFile, afterwards: &Afterwards) -> Result<(), SourceError> {
        let mut session = self.session().await?;
        FileTransfer::new(self.clone(), file).hold_to(session.state(&file.name).await?)?;
        match afterwards {
            Afterwards::Leave => {}
            Afterwards::Delete => session.delete(&file.name).await?,
            Afterwards::MoveTo(folder) => session.rename(&file.name, &format!("{folder}/{}", file.name)).await?,
        }
        session.quit().await;
        Ok(())
    }

    async fn session(&self) -> Result<Session, SourceError> {
        let addresses = self.guard.addresses(&self.server.host, self.server.port).await?;
        Session::open(
            &self.server,
            &addresses,
            self.patience.connect,
            self.tls.as_ref(),
            Arc::clone(&self.foreign_addresses),
        )
        .await
    }
}

impl Place for FtpSource {
    fn list(&self, max: usize) -> SourceFuture<'_, Listing> {
        Box::pin(self.look(max))
    }

    fn open<'a>(&'a self, file: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        Box::pin(FeedReader::begin(
            FileTransfer::new(self.clone(), file),
            offset,
            self.patience,
        ))
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

    fn foreign_addresses(&self) -> u32 {
        self.foreign_addresses.load(Ordering::Relaxed)
    }
}

impl From<Entry> for FeedFile {
    fn from(entry: Entry) -> Self {
        Self {
            name: entry.name,
            size: entry.size,
            etag: None,
            modified_ms: entry.modified_ms,
        }
    }
}
