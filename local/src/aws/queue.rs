//! The stand-in for SQS: durable queues on SQLite, with the semantics that the handlers lean on.
//!
//! A message is hidden for its delay, then for the visibility timeout at each receive. It goes when it is deleted,
//! moves to the dead-letter queue when it would be received once too often, and is forgotten after [`RETENTION`]. As
//! on SQS, order is not promised and a message can come twice. Not there: FIFO queues, message attributes, the limit
//! of messages in flight.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

use super::Error;
use super::clock::{Clock, millis};

mod calls;
mod event;
mod http;
mod json;
mod message;

use event::ACCOUNT;
pub use event::{queue_arn, sqs_event};
pub(super) use http::answer;
pub use message::{MAX_BODY_BYTES, MAX_DELAY, MAX_VISIBILITY, NewMessage, Received, Refusal};
use message::{check_visibility, message_id, parse_receipt, receipt};

/// How long a message is kept: the longest that SQS allows, so that a dead letter waits for its operator.
pub const RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);

/// Written into the file; a program that finds a larger one leaves the file alone.
const FORMAT: i64 = 1;

/// AUTOINCREMENT, because ids are part of message ids and receipt handles: one that went is never used again.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_ms INTEGER NOT NULL,
    visible_ms INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    first_received_ms INTEGER
);
CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, visible_ms, id);
";

/// What the template says about a queue.
#[derive(Debug, Clone)]
pub struct QueueSpec {
    /// The queue's name.
    pub name: String,
    /// How long a received message stays hidden unless the receiver says otherwise.
    pub visibility: Duration,
    /// Where messages go that are received too often.
    pub dead_letter: Option<DeadLetter>,
}

/// A queue's redrive policy.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The name of the dead-letter queue.
    pub queue: String,
    /// How often a message is received before it goes there.
    pub max_receives: u32,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Ready to be received.
    pub visible: u64,
    /// Received and hidden.
    pub in_flight: u64,
    /// Sent with a delay that is not over.
    pub delayed: u64,
}

/// All queues of the hub. Clones share them. Every call is one short transaction off the async threads.
#[derive(Clone)]
pub struct Queues {
    inner: Arc<Inner>,
}

struct Inner {
    connection: Mutex<Connection>,
    specs: BTreeMap<String, QueueSpec>,
    clock: Arc<dyn Clock>,
}

impl Queues {
    /// Opens the queues on a file, which is created if it is not there, or in memory.
    ///
    /// # Errors
    /// [`Error::Sqlite`], [`Error::NewerFormat`], or [`Error::NoDeadLetterQueue`] if a spec names one that is not
    /// given.
    pub fn open(path: Option<&Path>, specs: Vec<QueueSpec>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let specs: BTreeMap<_, _> = specs.into_iter().map(|spec| (spec.name.clone(), spec)).collect();
        for dead in specs.values().filter_map(|spec| spec.dead_letter.as_ref()) {
            if !specs.contains_key(&dead.queue) {
                return Err(Error::NoDeadLetterQueue(dead.queue.clone()));
            }
        }
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // Every commit reaches the disk: an answer to a send is a promise, and what was acknowledged elsewhere rests
        // on it.
        connection.pragma_update(None, "synchronous", "FULL")?;
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > FORMAT {
            return Err(Error::NewerFormat { found, known: FORMAT });
        }
        connection.execute_batch(SCHEMA)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        Ok(Self {
            inner: Arc::new(Inner {
                connection: Mutex::new(connection),
                specs,
                clock,
            }),
        })
    }

    /// Puts a message into a queue; answers its id.
    ///
    /// # Errors
    /// [`Error::Refused`] if SQS would refuse it; [`Error::Sqlite`], and then nothing was sent.
    pub async fn send(&self, queue: &str, message: NewMessage) -> Result<String, Error> {
        Ok(self.send_all(queue, vec![message]).await?.pop().unwrap_or_default())
    }

    /// Puts all messages into a queue, or none; answers their ids in order.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_all(&self, queue: &str, messages: Vec<NewMessage>) -> Result<Vec<String>, Error> {
        let queue = self.spec(queue)?.name.clone();
        messages.iter().try_for_each(NewMessage::check)?;
        self.write(move |transaction, now| {
            let mut insert = transaction
                .prepare_cached("INSERT INTO messages (queue, body, sent_ms, visible_ms) VALUES (?1, ?2, ?3, ?4)")?;
            let ids = messages.iter().map(|message| {
                let visible = now.saturating_add(millis(message.delay));
                Ok(message_id(insert.insert((&queue, &message.body, now, visible))?))
            });
            ids.collect()
        })
        .await
    }

    /// Receives up to `max` messages and hides them for the queue's visibility timeout.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn receive(&self, queue: &str, max: usize) -> Result<Vec<Received>, Error> {
        let visibility = self.spec(queue)?.visibility;
        self.receive_hiding(queue, max, visibility).await
    }

    /// Receives up to `max` messages and hides them for `visibility`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn receive_hiding(&self, queue: &str, max: usize, visibility: Duration) -> Result<Vec<Received>, Error> {
        let spec = self.spec(queue)?.clone();
        check_visibility(visibility)?;
        self.write(move |transaction, now| receive(transaction, now, &spec, max, visibility))
            .await
    }

    /// Deletes a message that was received. A handle that is no longer good deletes nothing, which is no error (as
    /// SQS).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn delete(&self, queue: &str, receipt: &str) -> Result<(), Error> {
        let queue = self.spec(queue)?.name.clone();
        let (id, receives) = parse_receipt(receipt)?;
        self.write(move |transaction, _| {
            transaction.execute(
                "DELETE FROM messages WHERE queue = ?1 AND id = ?2 AND receives = ?3",
                (queue, id, receives),
            )?;
            Ok(())
        })
        .await
    }

    /// Lets a message that is in flight come back after `delay` from now; zero brings it back at once.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn change_visibility(&self, queue: &str, receipt: &str, delay: Duration) -> Result<(), Error> {
        let queue = self.spec(queue)?.name.clone();
        check_visibility(delay)?;
        let (id, receives) = parse_receipt(receipt)?;
        self.write(move |transaction, now| {
            let changed = transaction.execute(
                "UPDATE messages SET visible_ms = ?4 \
                 WHERE queue = ?1 AND id = ?2 AND receives = ?3 AND receives > 0 AND visible_ms > ?5",
                (queue, id, receives, now.saturating_add(millis(delay)), now),
            )?;
            if changed == 0 {
                Err(Refusal::NotInFlight.into())
            } else {
                Ok(())
            }
        })
        .await
    }

    /// How many messages the queue holds.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn counts(&self, queue: &str) -> Result<Counts, Error> {
        let queue = self.spec(queue)?.name.clone();
        self.write(move |transaction, now| {
            let count = |rest: &str| {
                let sql = format!("SELECT COUNT(*) FROM messages WHERE queue = ?1 AND {rest}");
                transaction.query_row(&sql, (&queue, now), |row| row.get(0))
            };
            Ok(Counts {
                visible: count("visible_ms <= ?2")?,
                in_flight: count("visible_ms > ?2 AND receives > 0")?,
                delayed: count("visible_ms > ?2 AND receives = 0")?,
            })
        })
        .await
    }

    /// The names of the queues.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.inner.specs.keys().map(String::as_str)
    }

    /// What the template says about the queue.
    ///
    /// # Errors
    /// [`Refusal::NoSuchQueue`].
    pub fn spec(&self, queue: &str) -> Result<&QueueSpec, Refusal> {
        self.inner.specs.get(queue).ok_or(Refusal::NoSuchQueue)
    }

    /// Runs one transaction. What fails in it leaves nothing behind.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, i64) -> Result<T, Error> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            let mut connection = inner.connection.lock().unwrap_or_else(PoisonError::into_inner);
            // A transaction that only reads never takes the lock that a writer needs.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
            let result = work(&transaction, inner.clock.now_ms())?;
            transaction.commit()?;
            Ok(result)
        })
        .await?
    }
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queues")
            .field("specs", &self.inner.specs)
            .finish_non_exhaustive()
    }
}

fn receive(
    transaction: &Transaction<'_>,
    now: i64,
    spec: &QueueSpec,
    max: usize,
    visibility: Duration,
) -> Result<Vec<Received>, Error> {
    let due = "SELECT 1 FROM messages WHERE queue = ?1 AND visible_ms <= ?2 LIMIT 1";
    if transaction
        .query_row(due, (&spec.name, now), |_| Ok(()))
        .optional()?
        .is_none()
    {
        return Ok(Vec::new());
    }
    // One forgotten message for each receive keeps the file from growing, and never makes a receive wait.
    transaction.execute(
        "DELETE FROM messages WHERE id = (SELECT MIN(id) FROM messages) AND sent_ms < ?1",
        [now.saturating_sub(millis(RETENTION))],
    )?;
    if let Some(dead) = &spec.dead_letter {
        transaction.execute(
            "UPDATE messages SET queue = ?3 WHERE queue = ?1 AND visible_ms <= ?2 AND receives >= ?4",
            (&spec.name, now, &dead.queue, dead.max_receives),
        )?;
    }
    let mut received = transaction.prepare_cached(
        "UPDATE messages SET receives = receives + 1, visible_ms = ?3, \
         first_received_ms = COALESCE(first_received_ms, ?2) \
         WHERE id IN (SELECT id FROM messages WHERE queue = ?1 AND visible_ms <= ?2 ORDER BY visible_ms, id LIMIT ?4) \
         RETURNING id, body, receives, sent_ms, first_received_ms",
    )?;
    let until = now.saturating_add(millis(visibility));
    let rows = received.query_map((&spec.name, now, until, max), received_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn received_row(row: &Row<'_>) -> rusqlite::Result<Received> {
    let (id, receives) = (row.get(0)?, row.get(2)?);
    Ok(Received {
        message_id: message_id(id),
        receipt: receipt(id, receives),
        body: row.get(1)?,
        receives,
        sent_ms: row.get(3)?,
        first_received_ms: row.get(4)?,
    })
}

/// Where a queue is found, under the endpoint `base`.
pub(super) fn queue_url(base: &str, queue: &str) -> String {
    format!("{base}/{ACCOUNT}/{queue}")
}

/// The queue that a URL names. Its host may be an earlier start's: ports change, names do not.
fn queue_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}
