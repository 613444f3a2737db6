use std::error::Error as _;

use milepost_carriers::layout::LayoutError;
use milepost_feeds::FeedError;
use milepost_model::{ErrorClass, Invalid};
use milepost_net::bucket::BucketError;
use milepost_net::{GuardError, QueueError, SourceError};
use milepost_store::StoreError;
use thiserror::Error;

/// Why an import ended. A bad row is not an error but a reject.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A queue message that this hub did not write.
    #[error("the queue message is not an import order")]
    Order(#[source] serde_json::Error),
    /// A name in an order or a connection is not one.
    #[error(transparent)]
    Name(#[from] Invalid),
    /// The connection is gone.
    #[error("there is no connection {0}")]
    NoSuchConnection(String),
    /// The file given by hand is not in the hub's bucket any more.
    #[error("{0} is not in the hub's bucket any more: import it again")]
    FileGone(String),
    /// The layout is not one.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The layout does not fit the file.
    #[error("{file}: {source}")]
    Unfit {
        /// Which file.
        file: String,
        /// What the file lacks.
        source: LayoutError,
    },
    /// No bundled layout has that name.
    #[error("there is no layout named {0}: `milepost layout list` lists the bundled ones")]
    NoSuchLayout(String),
    /// The file is damaged, or not what the layout says.
    #[error("{file}: {source}")]
    Feed {
        /// Which file.
        file: String,
        /// What is wrong with it.
        source: FeedError,
    },
    /// Too many of a file's rows are bad: the rest was left alone.
    #[error(
        "{file}: {rejected} of {rows} rows were rejected, most of them as {most}: check the layout, or the file; \
         nothing after line {line} was read"
    )]
    TooManyRejects {
        /// Which file.
        file: String,
        /// Rejects so far.
        rejected: u64,
        /// Rows so far.
        rows: u64,
        /// The most frequent reason.
        most: &'static str,
        /// Where reading stopped.
        line: u64,
    },
    /// The place where reading stopped is too far in to be reached again.
    #[error(
        "{0}: there was no time left behind the part that is stored: give run-import more memory, with which more of \
         the processor comes"
    )]
    OutOfReach(String),
    /// The source holds more files than can be listed, and any of them may be one that nobody has read.
    #[error("the source holds more than {0} files: those behind them cannot be seen before old ones are moved away")]
    TooManyFiles(usize),
    /// None of the first rows of a file is one of its layout's.
    #[error("none of the first rows fits the layout")]
    NoRowFits,
    /// An earlier attempt at the run has given a file up; the text says which and why.
    #[error("{0}")]
    GivenUp(String),
    /// The source does not answer, refuses, or its file changed while it was read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The source's host is not one that may be reached.
    #[error(transparent)]
    Guard(#[from] GuardError),
    /// The credentials could not be read.
    #[error("the credentials of the connection could not be read: {0}")]
    Credentials(String),
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The hub's bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The import queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl ImportError {
    /// Who is to act. Only what may be better next time goes back to the queue.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Order(_) => ErrorClass::Permanent,
            Self::Name(_)
            | Self::NoSuchConnection(_)
            | Self::FileGone(_)
            | Self::Layout(_)
            | Self::Unfit { .. }
            | Self::NoSuchLayout(_)
            | Self::TooManyRejects { .. }
            | Self::TooManyFiles(_)
            | Self::NoRowFits
            | Self::GivenUp(_)
            | Self::Guard(_) => ErrorClass::Caller,
            Self::Feed {
                source: FeedError::Io { source },
                ..
            } => match SourceError::find(source) {
                Some(SourceError::Place { class, .. }) => *class,
                // Of a file that changed or is gone the next listing says more.
                _ => ErrorClass::Retry,
            },
            Self::Feed { source, .. } => match source.class() {
                milepost_feeds::ErrorClass::Caller => ErrorClass::Caller,
                milepost_feeds::ErrorClass::Retry => ErrorClass::Retry,
                milepost_feeds::ErrorClass::Permanent => ErrorClass::Permanent,
            },
            Self::Source(source) => source.class(),
            Self::Credentials(_) | Self::OutOfReach(_) => ErrorClass::Retry,
            Self::Bucket(error) => error.class(),
            Self::Queue(error) => error.class(),
            Self::Store(error) => error.class(),
        }
    }
}

impl ImportError {
    /// Whether a later holder of the lease has taken over.
    pub(crate) fn is_fenced(&self) -> bool {
        matches!(self, Self::Store(StoreError::Fenced { .. }))
    }

    /// Whether it is about one file: the source's or the reader's, not the hub's.
    pub(crate) fn is_of_file(&self) -> bool {
        matches!(self, Self::Source(_) | Self::Feed { .. } | Self::OutOfReach(_))
    }

    /// Whether there was no time to ask for what comes next: the run goes on there later.
    pub(crate) fn is_of_time(&self) -> bool {
        let Self::Feed {
            source: FeedError::Io { source },
            ..
        } = self
        else {
            return false;
        };
        matches!(SourceError::find(source), Some(SourceError::NoTime))
    }

    /// Whether it is about what is in a file, which only another version of it can mend.
    pub(crate) fn is_of_content(&self) -> bool {
        matches!(self, Self::Feed { .. } | Self::Unfit { .. }) && self.class() != ErrorClass::Retry
    }

    /// The message with those of its causes, each once.
    pub(crate) fn with_causes(&self) -> String {
        let mut told = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !told.contains(&text) {
                told = format!("{told}: {text}");
            }
            cause = error.source();
        }
        told
    }
}
