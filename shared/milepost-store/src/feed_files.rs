//! The ledger of feed files: which were seen, and how far each was read.
//!
//! Steps are conditional on the epoch of the lease that they are made under. Each file's item carries the epoch of its
//! last writer, and a step is refused by a higher one. A new holder writes its epoch into a file's item before it reads
//! how far the file was ([`Store::see_file`]), so from then on a frozen holder that wakes is refused. That is one write
//! unit for each step and one more for each file that changes hands; a transaction with a check of the lease itself
//! would be four for each step.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use jiff::Timestamp;
use milepost_model::{ConnectionId, FileVersion, RejectReason};

use crate::calls::Answer;
use crate::items::feed_file::{DONE, EPOCH, from_item, new, pack_progress};
use crate::items::{Item, bytes, checked, flag, number};
use crate::once::Placed;
use crate::{Key, Lease, Store, StoreError};

/// A feed file as a run finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// Which file, under which revision of the layout.
    pub version: FileVersion,
    /// Its name at the source.
    pub name: String,
    /// Its size in bytes, where the source says.
    pub size: Option<u64>,
    /// Its version at the source, where the source says.
    pub etag: Option<String>,
    /// Now, in Unix milliseconds: the arrival of all its rows if nobody saw it before.
    pub first_seen_ms: u64,
    /// From when on its events are told, if nobody saw it before; `None`: all.
    pub notify_from: Option<Timestamp>,
}

/// What the ledger says of a feed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFileState {
    /// Which file, under which revision of the layout.
    pub version: FileVersion,
    /// Its name at the source.
    pub name: String,
    /// Its size in bytes, where the source said.
    pub size: Option<u64>,
    /// Its version at the source, where the source said.
    pub etag: Option<String>,
    /// When it was first seen, in Unix milliseconds; fixed by whoever saw it first.
    pub first_seen_ms: u64,
    /// From when on its events are told; fixed by whoever saw it first.
    pub notify_from: Option<Timestamp>,
    /// Everything before it is stored.
    pub checkpoint: Checkpoint,
    /// What was counted up to the checkpoint.
    pub counts: FileCounts,
    /// Whether all of it is stored, or it was given up.
    pub done: bool,
    /// Why it was given up.
    pub failure: Option<String>,
}

/// A place in a decoded feed file at which reading can go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint {
    /// Byte offset in the decoded stream: everything before it is stored.
    pub offset: u64,
    /// Rows that begin before this offset were counted. It may lie behind `offset`: a row that waits for more of its
    /// parcel was counted when it was read, and is read again after a crash.
    pub counted: u64,
    /// The line of the last row that was counted, from 1.
    pub line: u64,
    /// Parts of the rejects file that were written.
    pub reject_parts: u32,
}

impl Checkpoint {
    /// Notes that a row on `line` was read, and counted, up to `end`.
    pub fn read(&mut self, line: u64, end: u64) {
        if end > self.counted {
            self.counted = end;
            self.line = line;
        }
    }

    /// Everything before `stored` is stored now. Behind a crash that is not all that was counted: rows that waited in the
    /// window of an attempt that was killed are read again before the checkpoint may pass them.
    pub fn settle(&mut self, stored: u64) {
        self.offset = stored.max(self.offset);
    }
}

impl FeedFileState {
    /// When it was first seen.
    pub fn first_seen(&self) -> Timestamp {
        let ms = i64::try_from(self.first_seen_ms).ok();
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

/// What was counted in a feed file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Rows read.
    pub rows: u64,
    /// Events stored.
    pub events: u64,
    /// Facts stored.
    pub facts: u64,
    /// Rows that repeated an event of the window.
    pub duplicates: u64,
    /// Events and facts that the table already had, and that were not stored again; `None` where nothing was left out.
    pub known: Option<u64>,
    /// Rejects by reason.
    pub rejected: BTreeMap<RejectReason, u64>,
    /// Events by their code, for codes that the carrier's table does not have.
    pub unknown_codes: BTreeMap<String, u64>,
    /// Parcels, counted each time that they entered the window.
    pub parcels: u64,
    /// Bundles put.
    pub bundles: u64,
}

/// What a step writes.
const STEP: &str = "progress = :progress, epoch = :epoch";

impl Store {
    /// Sees a file under a lease: puts it into the ledger, or reads what the ledger says of it. The state is the newest,
    /// and from here on no earlier holder of the lease can change it. A file that is done costs a read and no write.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a later holder has seen it, [`StoreError::Call`], [`StoreError::Item`],
    /// [`StoreError::TooLarge`].
    pub async fn see_file(&self, lease: &Lease, file: &SeenFile) -> Result<FeedFileState, StoreError> {
        let key = key(&lease.connection, file.version);
        let there = match self.get(&key).await? {
            Some(there) => there,
            // A put that is refused is billed, so it is tried only where the read found nothing.
            None => {
                let item = checked("feed file", new(&lease.connection, lease.epoch, file))?;
                match self.put_new(item.clone()).await? {
                    Placed::New => item,
                    Placed::There(there) => there,
                }
            }
        };
        let (state, epoch) = self.read(from_item(&there))?;
        if epoch > lease.epoch {
            return Err(fenced(lease));
        }
        if state.done || epoch == lease.epoch {
            return Ok(state);
        }
        let stamp = self
            .update(&key)
            .update_expression(format!("SET {EPOCH} = :epoch"))
            .condition_expression(format!("{EPOCH} <= :epoch"))
            .expression_attribute_values(":epoch", number(lease.epoch))
            .return_values(ReturnValue::AllNew);
        match self.do_update(stamp).await? {
            Answer::Done(item) => Ok(self.read(from_item(&item))?.0),
            Answer::Refused(_) => Err(fenced(lease)),
        }
    }

    /// What the ledger says of these files; those that it does not know are left out. For planning: it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Busy`], [`StoreError::Item`].
    pub async fn feed_files(
        &self,
        connection: &ConnectionId,
        versions: &[FileVersion],
    ) -> Result<Vec<FeedFileState>, StoreError> {
        let keys = versions.iter().map(|version| key(connection, *version));
        let items: Vec<Item> = self.get_all(keys, None).await?;
        items.iter().map(|item| Ok(self.read(from_item(item))?.0)).collect()
    }

    /// Writes how far a file was read, with its counts.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a later holder of the lease has seen the file, [`StoreError::Call`].
    pub async fn checkpoint(&self, lease: &Lease, state: &FeedFileState) -> Result<(), StoreError> {
        let update = self.step(lease, state).update_expression(format!("SET {STEP}"));
        self.fenced_by(lease, update).await
    }

    /// Writes that all of a file is stored, with its last checkpoint and counts.
    ///
    /// # Errors
    /// As [`Store::checkpoint`].
    pub async fn finish_file(&self, lease: &Lease, state: &FeedFileState) -> Result<(), StoreError> {
        let update = self
            .step(lease, state)
            .update_expression(format!("SET {STEP}, {DONE} = :done"))
            .expression_attribute_values(":done", flag(true));
        self.fenced_by(lease, update).await
    }

    fn step(&self, lease: &Lease, state: &FeedFileState) -> UpdateItemFluentBuilder {
        self.update(&key(&lease.connection, state.version))
            .expression_attribute_values(
                ":progress",
                bytes(pack_progress(state.checkpoint, &state.counts, state.failure.as_deref())),
            )
            .expression_attribute_values(":epoch", number(lease.epoch))
    }

    async fn fenced_by(&self, lease: &Lease, update: UpdateItemFluentBuilder) -> Result<(), StoreError> {
        // Without an item the comparison is false as well: what was not seen cannot be stepped on.
        let update = update.condition_expression(format!("{EPOCH} <= :epoch"));
        match self.do_update(update).await? {
            Answer::Done(_) => Ok(()),
            Answer::Refused(_) => Err(fenced(lease)),
        }
    }
}

fn key(connection: &ConnectionId, version: FileVersion) -> Key {
    Key::FeedFile {
        connection: connection.clone(),
        version,
    }
}

fn fenced(lease: &Lease) -> StoreError {
    StoreError::Fenced {
        connection: lease.connection.clone(),
    }
}
