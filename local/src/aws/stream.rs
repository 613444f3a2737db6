//! The stand-in for the event source mapping of the table's stream: what it reads, and how far it has come.
//!
//! It gives batches in the order of the writes and never the same one to two handlers. A record is given again until
//! it is acknowledged. The position lies in a file of its own and is written after the acknowledgement; records are
//! removed from the stream behind that position only. A lost or damaged position file therefore costs repeats, never
//! records.
//!
//! Three things make the records those of AWS: a put that changed nothing is left out (dynoxide records it), records
//! outside the filter are left out, and images that the deployed stream does not carry are taken off.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::dynamodb::{Event, EventRecord, StreamViewType};
use dynoxide::AttributeValue;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::{GetShardIteratorRequest, decode_shard_iterator};
use dynoxide::streams::shard_id;

use super::{EmbeddedTable, Error};

/// Handled records that lie in the stream before they are removed: one removal is one write to disk.
const TRIM_AFTER: usize = 1_000;

/// Lambda's limit for the payload of one invocation.
const MAX_BATCH_BYTES: i64 = 6 * 1024 * 1024;

/// Digits of a sequence number. All have the same, so comparing them as text compares them as numbers.
const SEQUENCE_DIGITS: usize = 21;

/// What the template says about the event source.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// Only records whose sort key begins so are given (deployed: the event source's `FilterCriteria`).
    pub sort_key_prefix: String,
    /// The images that the deployed stream carries.
    pub view: StreamViewType,
    /// Records in a batch, at most: 1 to 1,000.
    pub batch_size: usize,
    /// How often an empty stream is looked at.
    pub poll: Duration,
}

/// Records that a handler gets at once, in the order of the writes; at least one.
pub struct Batch {
    /// The records.
    pub records: Vec<EventRecord>,
    /// The number of the last record that was read for this batch, given or left out.
    last: String,
    /// How many were read for it.
    read: usize,
}

impl Batch {
    /// The batch as Lambda would get it.
    #[must_use]
    pub fn event(&self) -> Event {
        let mut event = Event::default();
        event.records.clone_from(&self.records);
        event
    }
}

/// Without the images.
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("records", &self.records.len())
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
}

/// Reads the stream of one table from where it stopped. There is one reader per table.
#[derive(Debug)]
pub struct StreamReader {
    table: EmbeddedTable,
    options: Arc<StreamOptions>,
    file: Option<PathBuf>,
    position: Option<String>,
    handled: usize,
}

impl StreamReader {
    /// Opens the stream at the position kept in `file`, or at its oldest record. Without a file the position is lost
    /// with the reader.
    ///
    /// # Errors
    /// [`Error::Io`] if the file is there and cannot be read.
    pub fn open(table: EmbeddedTable, file: Option<PathBuf>, options: StreamOptions) -> Result<Self, Error> {
        let position = file.as_deref().map(read_position).transpose()?.flatten();
        // The records of the last run that were handled and not yet removed leave at the first acknowledgement.
        Ok(Self {
            table,
            options: Arc::new(options),
            file,
            position,
            handled: TRIM_AFTER,
        })
    }

    /// The next batch, waiting for it. May be dropped while it waits.
    ///
    /// # Errors
    /// As [`try_next`](Self::try_next).
    pub async fn next_batch(&mut self) -> Result<Batch, Error> {
        loop {
            match self.try_next().await? {
                Some(batch) => return Ok(batch),
                None => tokio::time::sleep(self.options.poll).await,
            }
        }
    }

    /// The next batch, or nothing if every record was handled. The same batch comes again, perhaps with more records,
    /// until it is acknowledged.
    ///
    /// # Errors
    /// If the table fails; the position is where it was.
    pub async fn try_next(&mut self) -> Result<Option<Batch>, Error> {
        loop {
            let (table, options, position) = (self.table.clone(), Arc::clone(&self.options), self.position.clone());
            let read = tokio::task::spawn_blocking(move || read(&table, &options, position)).await??;
            match read {
                None => return Ok(None),
                Some(batch) if batch.records.is_empty() => self.advance(batch.last, batch.read).await?,
                Some(batch) => return Ok(Some(batch)),
            }
        }
    }

    /// The whole batch was handled.
    ///
    /// # Errors
    /// [`Error::Io`] if the position cannot be written; the batch then comes again.
    pub async fn ack(&mut self, batch: Batch) -> Result<(), Error> {
        self.advance(batch.last, batch.read).await
    }

    /// The batch was handled up to the record `failed`, which comes again with all that follow it. As on AWS this is
    /// the lowest of the numbers that the handler reported, and one that is not in the batch fails the whole of it.
    ///
    /// # Errors
    /// As [`ack`](Self::ack).
    pub async fn ack_before(&mut self, batch: Batch, failed: &str) -> Result<(), Error> {
        let number = |record: &EventRecord| record.change.sequence_number.clone();
        let handled = batch
            .records
            .iter()
            .take_while(|record| number(record).as_deref() != Some(failed))
            .count();
        let last = handled
            .checked_sub(1)
            .and_then(|at| batch.records.get(at))
            .and_then(number);
        match last {
            Some(last) if handled < batch.records.len() => self.advance(last, handled).await,
            _ => Ok(()),
        }
    }

    async fn advance(&mut self, to: String, records: usize) -> Result<(), Error> {
        if self.position.as_ref().is_some_and(|position| *position >= to) {
            return Ok(());
        }
        let handled = self.handled + records;
        let (table, file, position) = (self.table.clone(), self.file.clone(), to.clone());
        let full = handled >= TRIM_AFTER;
        let writing = tokio::task::spawn_blocking(move || -> Result<(), Error> {
            if let Some(file) = file {
                write_position(&file, &position)?;
            }
            if full {
                trim(&table, position);
            }
            Ok(())
        });
        writing.await??;
        self.handled = if full { 0 } else { handled };
        self.position = Some(to);
        Ok(())
    }
}

/// One page after `position`; nothing if the stream ends there.
fn read(table: &EmbeddedTable, options: &StreamOptions, position: Option<String>) -> Result<Option<Batch>, Error> {
    let page = table.database().get_records(GetRecordsRequest {
        shard_iterator: iterator(table, position)?,
        limit: Some(options.batch_size),
    })?;
    let mut batch = Batch {
        records: Vec::new(),
        last: String::new(),
        read: 0,
    };
    let mut bytes = 0;
    for record in page.records {
        let wanted = is_change(&record) && has_prefix(&record, &options.sort_key_prefix);
        if wanted {
            bytes += record.dynamodb.size_bytes;
            if bytes > MAX_BATCH_BYTES && !batch.records.is_empty() {
                break;
            }
        }
        batch.last.clone_from(&record.dynamodb.sequence_number);
        batch.read += 1;
        if wanted {
            batch.records.push(event_record(table, record, &options.view)?);
        }
    }
    Ok((batch.read > 0).then_some(batch))
}

fn iterator(table: &EmbeddedTable, position: Option<String>) -> Result<String, Error> {
    let kind = if position.is_some() {
        "AFTER_SEQUENCE_NUMBER"
    } else {
        "TRIM_HORIZON"
    };
    let response = table.database().get_shard_iterator(GetShardIteratorRequest {
        stream_arn: table.stream_arn().to_owned(),
        shard_id: shard_id(table.name()),
        shard_iterator_type: kind.to_owned(),
        sequence_number: position,
    })?;
    Ok(response.shard_iterator.unwrap_or_default())
}

/// AWS records nothing for a put that leaves the item as it was; dynoxide does.
fn is_change(record: &Record) -> bool {
    record.event_name != "MODIFY" || record.dynamodb.old_image != record.dynamodb.new_image
}

fn has_prefix(record: &Record, prefix: &str) -> bool {
    matches!(record.dynamodb.keys.get("sk"), Some(AttributeValue::S(key)) if key.starts_with(prefix))
}

fn event_record(table: &EmbeddedTable, record: Record, view: &StreamViewType) -> Result<EventRecord, Error> {
    // Both types are written for the JSON of the AWS API, which is therefore the way from one to the other.
    let mut record: EventRecord = serde_json::from_value(serde_json::to_value(record)?)?;
    record.event_source_arn = Some(table.stream_arn().to_owned());
    let change = &mut record.change;
    if matches!(view, StreamViewType::KeysOnly | StreamViewType::OldImage) {
        change.new_image = Default::default();
    }
    if matches!(view, StreamViewType::KeysOnly | StreamViewType::NewImage) {
        change.old_image = Default::default();
    }
    change.stream_view_type = Some(view.clone());
    Ok(record)
}

/// Removes what lies behind `position`. A failure costs space until the next time, so it is told and not passed on.
fn trim(table: &EmbeddedTable, position: String) {
    let stored = iterator(table, Some(position)).map(|iterator| decode_shard_iterator(&iterator));
    let trimmed = match stored {
        Ok(Some((_, _, stored))) => table.trim_stream(stored),
        Ok(None) => Ok(0),
        Err(error) => Err(error),
    };
    if let Err(error) = trimmed {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the stream could not be trimmed"
        );
    }
}

fn read_position(file: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(file) {
        Ok(text) => {
            let number = text.trim();
            let valid = number.len() == SEQUENCE_DIGITS && number.bytes().all(|byte| byte.is_ascii_digit());
            if !valid {
                tracing::warn!(file = %file.display(), "unreadable position: the stream begins at its oldest record");
            }
            Ok(valid.then(|| number.to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(format!("read {}", file.display()))(error)),
    }
}

/// By rename, so that the file is the old one or the new one. It is not forced to disk: what a power cut takes away is
/// handled again.
fn write_position(file: &Path, position: &str) -> Result<(), Error> {
    let next = file.with_extension("next");
    fs::write(&next, format!("{position}\n"))
        .and_then(|()| fs::rename(&next, file))
        .map_err(Error::io(format!("write {}", file.display())))
}
