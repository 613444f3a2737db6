use bytes::Bytes;
use milepost_model::{FileVersion, Rejected};
use milepost_net::Bucket;
use serde::Serialize;

use crate::ImportError;

/// Rejects shown in the run's report; all of them are in the rejects file.
const FIRST: usize = 10;

/// A part of the rejects file is put at this size, so that a file of rejects takes no memory.
const PART_BYTES: usize = 256 * 1024;

/// Where the rejects of a file go: the first few kept, all of them written beside the run's report.
#[derive(Debug)]
pub(crate) struct Rejects {
    folder: String,
    /// What its parts are called by: the files of a run share its folder. The lease's epoch is part of it, so that an
    /// attempt that wakes late writes over nothing. What a killed attempt has put and not counted stands twice then,
    /// which `offset` tells.
    parts: String,
    part: u32,
    lines: Vec<u8>,
    pub(crate) first: Vec<Rejected>,
}

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: u64,
    offset: u64,
    reason: &'a str,
    hint: &'a str,
}

impl Rejects {
    /// `folder` is the run's place in the hub's bucket; `epoch` the lease's; `part` the number of parts written before.
    pub(crate) fn new(folder: String, version: FileVersion, epoch: u64, part: u32) -> Self {
        Self {
            folder,
            parts: format!("{}-rejects-{epoch}", version.file.to_key()),
            part,
            lines: Vec::new(),
            first: Vec::new(),
        }
    }

    /// Notes one.
    pub(crate) fn add(&mut self, file: &str, rejected: Rejected) {
        let line = Line {
            file,
            line: rejected.line,
            offset: rejected.offset,
            reason: rejected.reason.as_str(),
            hint: &rejected.hint,
        };
        // Writing JSON of plain text and numbers to memory cannot fail.
        if serde_json::to_writer(&mut self.lines, &line).is_ok() {
            self.lines.push(b'\n');
        }
        if self.first.len() < FIRST {
            self.first.push(rejected);
        }
    }

    /// Whether a part is ready to be put.
    pub(crate) fn is_part_full(&self) -> bool {
        self.lines.len() >= PART_BYTES
    }

    /// Parts put so far.
    pub(crate) fn parts(&self) -> u32 {
        self.part
    }

    /// Puts what is noted and not yet put; before a checkpoint, so that no reject is lost with the attempt.
    ///
    /// # Errors
    /// [`ImportError::Bucket`].
    pub(crate) async fn put(&mut self, bucket: &Bucket) -> Result<(), ImportError> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let key = format!("{}/{}-{:05}.jsonl", self.folder, self.parts, self.part + 1);
        let lines = std::mem::take(&mut self.lines);
        bucket.put(&key, "application/x-ndjson", Bytes::from(lines)).await?;
        self.part += 1;
        Ok(())
    }

    /// Where the parts are; `None` when there were none.
    pub(crate) fn folder(&self) -> Option<String> {
        (self.part > 0).then(|| format!("{}/", self.folder))
    }
}
