//! Reading on after a connection broke.
//!
//! A body that breaks is no error of the file: S3 cuts some twenty of 25,000 downloads, FTP connections are cut by every
//! firewall on the way. So the transfer is begun again at the byte where it stopped, a limited number of times; whoever
//! implements [`Transfer`] makes sure that it is still the same file.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{sleep, timeout};

use super::error::SourceError;

/// The most times one file is begun again, progress or not: a server that gives a byte at a time ends here.
const MAX_RESUMES: u32 = 256;

/// How long a source waits, and how often it tries.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection to stand.
    pub connect: Duration,
    /// For a file to be opened or a step of a listing to be answered, connecting and logging in included.
    pub begin: Duration,
    /// For the next byte.
    pub idle: Duration,
    /// How often a transfer is tried without getting a byte further.
    pub tries: u32,
    /// The pause before the second try; each further one is twice as long.
    pub first_pause: Duration,
}

impl Default for Patience {
    /// 10 s, 60 s and 30 s; five tries with 7.5 s of pauses, which outlasts the restart of a server's connection but
    /// leaves a function time to write its checkpoint.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            begin: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            tries: 5,
            first_pause: Duration::from_millis(500),
        }
    }
}

/// One file at a source, read from any offset on.
pub trait Transfer: Send {
    /// Begins (again) at `offset`, after making sure that the file is the one that was begun first.
    fn begin(&mut self, offset: u64) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// The next bytes; `None` only when the file is known to be whole.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, SourceError>> + Send;
}

/// A transfer that is begun again where it broke.
pub(super) struct Resuming<T> {
    transfer: T,
    patience: Patience,
    at: u64,
    begun: bool,
    /// Whether it was begun once: then the login is right, and a server that refuses it has too many already.
    admitted: bool,
    tries: u32,
    resumes: Arc<AtomicU32>,
}

impl<T: Transfer> Resuming<T> {
    /// Begins at `offset`.
    pub(super) async fn begin(transfer: T, offset: u64, patience: Patience) -> Result<Self, SourceError> {
        let mut this = Self {
            transfer,
            patience,
            at: offset,
            begun: false,
            admitted: false,
            tries: 1,
            resumes: Arc::new(AtomicU32::new(0)),
        };
        while let Err(error) = this.begin_here().await {
            this.pause_after(error).await?;
        }
        Ok(this)
    }

    /// How often it was begun again so far.
    pub(super) fn resumes(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.resumes)
    }

    /// The next bytes; `None` at the end of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        loop {
            match self.attempt().await {
                Ok(None) => return Ok(None),
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => {
                    self.at += chunk.len() as u64;
                    self.tries = 1;
                    return Ok(Some(chunk));
                }
                Err(error) => self.pause_after(error).await?,
            }
        }
    }

    async fn attempt(&mut self) -> Result<Option<Bytes>, SourceError> {
        if !self.begun {
            self.begin_here().await?;
        }
        within(self.patience.idle, "next bytes", self.transfer.next()).await
    }

    async fn begin_here(&mut self) -> Result<(), SourceError> {
        within(self.patience.begin, "open", self.transfer.begin(self.at)).await?;
        self.begun = true;
        self.admitted = true;
        Ok(())
    }

    /// Gives the error back if another try is of no use or not allowed any more.
    async fn pause_after(&mut self, error: SourceError) -> Result<(), SourceError> {
        self.begun = false;
        let resumes = self.resumes.load(Ordering::Relaxed);
        let can_resume = error.can_resume() || (self.admitted && matches!(error, SourceError::Denied));
        if !can_resume || self.tries >= self.patience.tries || resumes >= MAX_RESUMES {
            return Err(error);
        }
        tracing::debug!(transfer.at_bytes = self.at, transfer.try = self.tries, error = %error, "transfer begins again");
        // Bounded: tries are few.
        sleep(self.patience.first_pause.saturating_mul(1 << (self.tries - 1).min(16))).await;
        self.tries += 1;
        self.resumes.store(resumes + 1, Ordering::Relaxed);
        Ok(())
    }
}

/// Awaits a step for a limited time.
pub(super) async fn within<T>(
    limit: Duration,
    step: &'static str,
    work: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    timeout(limit, work)
        .await
        .unwrap_or(Err(SourceError::TimedOut { step }))
}
