//! One feed file: rows in, bundles out, checkpoints on the way.

use std::sync::OnceLock;

use jiff::Timestamp;
use milepost_carriers::layout::{Item, Layout, Refusal};
use milepost_feeds::FeedError;
use milepost_model::{Arrival, CarrierCode, ErrorClass, Kind, RejectReason, Rejected, Scope, SourceHash};
use milepost_store::{BundleHead, FeedFileState, Forgotten, Lease};

use crate::rejects::Rejects;
use crate::resume::Resumed;
use crate::rows::MappedRow;
use crate::rules::{self, ItemRules};
use crate::sieve::Sieve;
use crate::tally::Tally;
use crate::window::{Leaving, Window};
use crate::{ImportError, Importer};

/// Parcels that leave between two checkpoints when everything leaves: at a fresh table's pace, what it takes in a second.
const PUTS_BETWEEN_CHECKPOINTS: u64 = 4_000;

/// What reading a file needs besides its bytes.
pub(crate) struct Reading<'a> {
    pub(crate) importer: &'a Importer,
    pub(crate) layout: &'a Layout,
    pub(crate) carrier: &'a CarrierCode,
    pub(crate) scope: &'a Scope,
    pub(crate) lease: &'a Lease,
    /// When to stop reading.
    pub(crate) stop_at: Option<Timestamp>,
    /// Percent of a file's rows that may be rejects.
    pub(crate) max_reject_percent: u8,
    /// Parcels that somebody had erased; known before the first row is read.
    pub(crate) forgotten: OnceLock<Forgotten>,
}

impl Reading<'_> {
    /// Whether its time is over.
    pub(crate) fn is_over(&self) -> bool {
        self.stop_at.is_some_and(|stop_at| (self.importer.now)() >= stop_at)
    }
}

/// How far a file was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// To its end.
    Whole,
    /// Until there was no more time; everything read is stored.
    Part,
}

/// A file being read.
struct Import<'a, 't> {
    reading: &'a Reading<'a>,
    state: &'a mut FeedFileState,
    rejects: &'a mut Rejects,
    window: Window,
    sieve: Sieve,
    leaving: Vec<Leaving>,
    rules: ItemRules<'a>,
    arrival: Arrival,
    arrived: Timestamp,
    since_checkpoint: u64,
    /// Rows of this attempt.
    read: u64,
    /// Behind the last row of this attempt.
    position: u64,
    tally: &'a mut Tally<'t>,
}

/// Streams a file's rows into the table, from its last checkpoint on. What was done counts into `tally` also when
/// it ends in an error.
pub(crate) async fn import(
    reading: &Reading<'_>,
    state: &mut FeedFileState,
    rejects: &mut Rejects,
    tally: &mut Tally<'_>,
    rows: Resumed,
) -> Result<Progress, ImportError> {
    let arrived = state.first_seen();
    let arrival = Arrival {
        at_ms: state.first_seen_ms,
        source: SourceHash::of(&state.version.file.0),
        offset: 0,
    };
    let mut import = Import {
        window: Window::new(reading.importer.settings.window_bytes),
        sieve: Sieve::new(
            reading.importer.store.clone(),
            arrived,
            reading.importer.settings.window_bytes,
        ),
        leaving: Vec::new(),
        rules: ItemRules::new(reading.carrier, arrived, reading.importer.settings.retention),
        arrival,
        arrived,
        since_checkpoint: 0,
        read: 0,
        position: state.checkpoint.offset,
        reading,
        state,
        rejects,
        tally,
    };
    let outcome = import.read(rows).await;
    // Of a file that is given up, the rejects are what its sender wants to see.
    if outcome.as_ref().is_err_and(|error| error.class() != ErrorClass::Retry) {
        import.rejects.put(&reading.importer.bucket).await?;
    }
    import.note();
    outcome
}

impl Import<'_, '_> {
    async fn read(&mut self, mut rows: Resumed) -> Result<Progress, ImportError> {
        rows.notes().iter().for_each(|note| self.tally.warn(note));
        loop {
            if self.is_out_of_time() {
                self.flush().await?;
                return Ok(Progress::Part);
            }
            let row = match rows.next().await {
                Ok(Some(row)) => row,
                Ok(None) => break,
                // It is told behind the last row, when all before it was whole.
                Err(trailing @ FeedError::TrailingBytes { .. }) => {
                    self.tally.warn(self.wrong(trailing).to_string());
                    break;
                }
                // The checksum comes last, and it says of no row which way it is: none is better than false ones.
                Err(source @ (FeedError::BadGzip { .. } | FeedError::BadZip { .. })) => return Err(self.wrong(source)),
                Err(source) => {
                    let wrong = self.wrong(source);
                    // The rows before a cut are good, and perhaps nobody will read them again: a run that comes back
                    // too late, or not at all, leaves them to none.
                    if wrong.class() != ErrorClass::Caller {
                        self.flush().await?;
                    }
                    return if wrong.is_of_time() {
                        Ok(Progress::Part)
                    } else {
                        Err(wrong)
                    };
                }
            };
            let (line, end) = (row.line, row.end);
            self.row(row);
            self.settle(line, end).await?;
        }
        self.flush().await?;
        if self.state.counts.rows == 0 {
            self.tally.warn(format!("{} has no rows", self.state.name));
        }
        let (counts, line) = (&self.state.counts, self.state.checkpoint.line);
        rules::judge_whole(counts, self.reading.max_reject_percent, &self.state.name, line)?;
        Ok(Progress::Whole)
    }

    fn wrong(&self, source: FeedError) -> ImportError {
        ImportError::Feed {
            file: self.state.name.clone(),
            source,
        }
    }

    /// The clock is read once in so many rows, and not before the first of them: every attempt gets on.
    fn is_out_of_time(&self) -> bool {
        const ROWS: u64 = 256;
        self.read > 0 && self.read.is_multiple_of(ROWS) && self.reading.is_over()
    }

    fn remembered(&self, item: Item) -> Result<Item, Refusal> {
        let forgotten = self.reading.forgotten.get();
        if forgotten.is_some_and(|forgotten| forgotten.has(self.reading.carrier, &item.number)) {
            return Err((RejectReason::Forgotten, "the parcel was erased on request".to_owned()));
        }
        Ok(item)
    }

    /// One row: an item for the window, or a reject. Rows that an earlier attempt counted are not counted again.
    fn row(&mut self, row: MappedRow) {
        let counted = row.offset < self.state.checkpoint.counted;
        self.since_checkpoint += 1;
        self.read += 1;
        if !counted {
            self.state.counts.rows += 1;
        }
        match row
            .item
            .and_then(|item| self.remembered(item))
            .and_then(|item| self.rules.check(item))
        {
            Ok(item) => {
                let added = self.window.add(&item, row.offset, self.arrived, &mut self.leaving);
                if !counted {
                    let counts = &mut self.state.counts;
                    counts.events += added.events;
                    counts.facts += added.facts;
                    counts.duplicates += added.duplicates;
                    counts.parcels += u64::from(added.new_parcel);
                    for event in &item.events {
                        self.rules.count_unknown(&mut counts.unknown_codes, event);
                    }
                    for warning in item.warnings.into_iter().take(1) {
                        self.tally.warn(format!("line {}: {warning}", row.line));
                    }
                }
            }
            Err((reason, hint)) if !counted => {
                *self.state.counts.rejected.entry(reason).or_default() += 1;
                let rejected = Rejected {
                    line: row.line,
                    offset: row.offset,
                    reason,
                    hint,
                };
                self.rejects.add(&self.state.name, rejected);
            }
            Err(_) => {}
        }
    }

    /// What a row set in motion: full drafts leave, then as many as the budget asks, then a checkpoint if it is time.
    async fn settle(&mut self, line: u64, end: u64) -> Result<(), ImportError> {
        // In their order: the later of two bundles of one parcel is compared with the earlier.
        for leaving in std::mem::take(&mut self.leaving) {
            self.put(leaving).await?;
        }
        if self.window.is_over_budget() {
            while let Some(leaving) = self.window.evict() {
                self.put(leaving).await?;
            }
        }
        if self.rejects.is_part_full() {
            self.rejects.put(&self.reading.importer.bucket).await?;
        }
        self.state.checkpoint.read(line, end);
        self.position = end;
        let settings = &self.reading.importer.settings;
        let (rows, judged_after) = (self.state.counts.rows, settings.judged_after_rows);
        let checkpoint = self.since_checkpoint >= settings.checkpoint_rows;
        if rows == judged_after || (checkpoint && rows > judged_after) {
            rules::judge(
                &self.state.counts,
                self.reading.max_reject_percent,
                &self.state.name,
                line,
            )?;
        }
        if checkpoint {
            self.checkpoint().await?;
        }
        Ok(())
    }

    async fn put(&mut self, leaving: Leaving) -> Result<(), ImportError> {
        if leaving.full {
            self.rules.count_full(&leaving.number, leaving.draft.events());
        }
        let head = BundleHead {
            number: leaving.number,
            carrier: self.reading.carrier.clone(),
            scope: self.reading.scope.clone(),
            kind: Kind::Import,
            arrival: self.arrival.at_offset(leaving.first_offset),
            file: Some(self.state.version),
            replaces: leaving.replaces,
            notify_from: self.state.notify_from,
            expires_at: self.reading.importer.settings.retention.expires_at(leaving.newest),
        };
        let (bundle, may_look) = (leaving.draft.finish(head), !self.reading.is_over());
        let counts = &mut self.state.counts;
        Ok(self.sieve.put(bundle, leaving.first_offset, may_look, counts).await?)
    }

    /// Events first, checkpoint second; the report third, for who watches.
    async fn checkpoint(&mut self) -> Result<(), ImportError> {
        self.since_checkpoint = 0;
        let Importer { store, bucket, .. } = self.reading.importer;
        self.rejects.put(bucket).await?;
        let inside = [self.window.oldest_offset(), self.sieve.oldest_offset()];
        let stored = inside.into_iter().flatten().min().unwrap_or(self.position);
        self.state.checkpoint.settle(stored);
        self.sieve.settle(stored, &mut self.state.counts);
        self.state.checkpoint.reject_parts = self.rejects.parts();
        store.checkpoint(self.reading.lease, self.state).await?;
        self.note();
        Ok(store.put_run(self.reading.lease, self.tally.report).await?)
    }

    fn note(&mut self) {
        self.tally.note(self.state, self.rejects, self.sieve.used());
    }

    /// Everything out. Parcels leave oldest first, so the checkpoint can follow them: a flush that is killed is not in
    /// vain.
    async fn flush(&mut self) -> Result<(), ImportError> {
        let mut out = 0_u64;
        while let Some(leaving) = self.window.pop() {
            self.put(leaving).await?;
            out += 1;
            if out.is_multiple_of(PUTS_BETWEEN_CHECKPOINTS) {
                self.checkpoint().await?;
            }
        }
        let may_look = !self.reading.is_over();
        self.sieve.flush(may_look, &mut self.state.counts).await?;
        self.checkpoint().await
    }
}
