//! What can go wrong in the stand-ins.

use std::io;
use std::net::SocketAddr;

use super::queue::Refusal;

/// Why a stand-in could not start or do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file, folder or socket of this machine failed.
    #[error("cannot {doing}")]
    Io {
        /// What was tried, as the end of a sentence.
        doing: String,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The embedded table refused or failed.
    #[error("the embedded table failed")]
    Table(#[from] dynoxide::DynoxideError),
    /// One of the SQLite files failed: full, locked by another process, or damaged.
    #[error("a database file failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A stream record or an answer does not fit AWS's JSON.
    #[error("a value does not fit its JSON")]
    Json(#[from] serde_json::Error),
    /// The data folder's path is not UTF-8, which the embedded table needs.
    #[error("the path of the data folder is not UTF-8")]
    Path,
    /// A newer version of this program wrote the file.
    #[error("the queues were written by a newer version (format {found}, this program reads {known})")]
    NewerFormat {
        /// The format of the file.
        found: i64,
        /// The newest format that this program reads.
        known: i64,
    },
    /// A queue's dead-letter queue is not among the queues.
    #[error("the dead-letter queue {0:?} does not exist")]
    NoDeadLetterQueue(String),
    /// The stand-ins check no identity, so they serve nobody but this machine.
    #[error("refusing to serve on {0}: it is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The caller of a queue asked for something that SQS refuses too.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A task was cut off because the process is ending, or it panicked.
    #[error("a task ended early")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// For `map_err`: keeps the cause and says what was tried.
    pub(super) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}
