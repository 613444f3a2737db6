//! One feed file: rows in, bundles out, checkpoints on the way.

use std::collections::HashMap;

use jiff::Timestamp;
use milepost_carriers::layout::{Item, Layout, Mapper, Refusal, reason_of};
use milepost_feeds::{Decoded, Decompressed, FeedError, Reader, Row, decode, decompress};
use milepost_model::{
    Arrival, CarrierCode, ErrorClass, EventTime, Kind, RejectReason, Rejected, Scope, SourceHash, TrackingNumber,
};
use milepost_net::FeedReader;
use milepost_store::{BundleHead, FeedFileState, Lease};
use tokio::io::BufReader;

use crate::commit::Commit;
use crate::rejects::Rejects;
use crate::tally::Tally;
use crate::window::{Leaving, Window};
use crate::{ImportError, Importer};

/// Events that one file may have for one number before the number counts as a placeholder.
const MAX_EVENTS_OF_NUMBER: u64 = 2_000;

/// Numbers whose events are counted: those that filled a bundle. A placeholder fills one soon.
const MAX_BUSY_NUMBERS: usize = 10_000;

/// An event may be dated so much later than it arrived: clocks differ, and zones are not known yet.
const FUTURE_SECONDS: i64 = 2 * 86_400;

/// An unplaced wall time is at most this far from UTC.
const ZONE_SECONDS: i64 = 14 * 3_600;

/// Parcels that leave between two checkpoints when everything leaves: a second's writes at a fresh table's pace.
const PUTS_BETWEEN_CHECKPOINTS: u64 = 4_000;

/// A whole file of fewer rows is not judged by its share of rejects.
const FEW_ROWS: u64 = 50;

/// Bytes read from the source at a time.
const READ_BYTES: usize = 64 * 1024;

/// What reading a file needs besides its bytes.
pub(crate) struct Reading<'a> {
    pub(crate) importer: &'a Importer,
    pub(crate) layout: &'a Layout,
    pub(crate) carrier: &'a CarrierCode,
    pub(crate) scope: &'a Scope,
    pub(crate) lease: &'a Lease,
    /// When to stop reading.
    pub(crate) stop_at: Option<Timestamp>,
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
    commit: Commit,
    leaving: Vec<Leaving>,
    busy: HashMap<TrackingNumber, u64>,
    arrival: Arrival,
    arrived: Timestamp,
    since_checkpoint: u64,
    /// Rows of this attempt.
    read: u64,
    /// Behind the last row of this attempt.
    position: u64,
    tally: &'a mut Tally<'t>,
}

/// Streams a file from `bytes` into the table, from its last checkpoint on. What was done counts into `tally` also when
/// it ends in an error.
pub(crate) async fn import(
    reading: &Reading<'_>,
    state: &mut FeedFileState,
    rejects: &mut Rejects,
    tally: &mut Tally<'_>,
    bytes: FeedReader,
) -> Result<Progress, ImportError> {
    let arrived = state.first_seen();
    let arrival = Arrival {
        at_ms: state.first_seen_ms,
        source: SourceHash::of(&state.version.file.0),
        offset: 0,
    };
    let mut import = Import {
        window: Window::new(reading.importer.settings.window_bytes),
        commit: Commit::new(reading.importer.store.clone()),
        leaving: Vec::new(),
        busy: HashMap::new(),
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
    let outcome = import.read(bytes).await;
    // Of a file that is given up, the rejects are what its sender wants to see.
    if outcome.as_ref().is_err_and(|error| error.class() != ErrorClass::Retry) {
        import.rejects.put(&reading.importer.bucket).await?;
    }
    import.note();
    outcome
}

type Decoding = Reader<Decoded<Decompressed<BufReader<FeedReader>>>>;

impl Import<'_, '_> {
    async fn read(&mut self, bytes: FeedReader) -> Result<Progress, ImportError> {
        let settings = &self.reading.importer.settings;
        let format = self.reading.layout.format();
        let buffered = BufReader::with_capacity(READ_BYTES, bytes);
        let plain = decompress(buffered, self.reading.layout.wrapper(), &settings.limits).await;
        let text = decode(self.feed(plain)?, self.reading.layout.charset());
        let opened = Reader::open(text, &format, &settings.limits).await;
        let mut reader: Decoding = self.feed(opened)?;
        let mapper = self.reading.layout.mapper(reader.header());
        let mapper = mapper.map_err(|source| ImportError::Unfit {
            file: self.state.name.clone(),
            source,
        })?;
        mapper.notes().iter().for_each(|note| self.tally.warn(note));
        let skipped = reader.skip_to(self.state.checkpoint.offset).await;
        self.feed(skipped)?;
        loop {
            if self.is_out_of_time() {
                self.flush().await?;
                return Ok(Progress::Part);
            }
            let row = match reader.next().await {
                Ok(Some(row)) => row,
                Ok(None) => break,
                // It is told behind the last row, when all before it was whole.
                Err(trailing @ FeedError::TrailingBytes { .. }) => {
                    self.tally.warn(self.wrong(trailing).to_string());
                    break;
                }
                // The checksum comes last, and it says of no row which way it is: none is better than false ones.
                Err(source @ FeedError::BadGzip { .. }) => return Err(self.wrong(source)),
                Err(source) => {
                    let wrong = self.wrong(source);
                    // The rows before a cut are good, and nobody will read them again.
                    if wrong.class() == ErrorClass::Permanent {
                        self.flush().await?;
                    }
                    return Err(wrong);
                }
            };
            self.row(&mapper, &row);
            let (line, end) = (row.line, row.end);
            self.settle(line, end).await?;
        }
        self.flush().await?;
        if self.state.counts.rows == 0 {
            self.tally.warn(format!("{} has no rows", self.state.name));
        }
        self.judge_whole()?;
        Ok(Progress::Whole)
    }

    fn feed<T>(&self, outcome: Result<T, FeedError>) -> Result<T, ImportError> {
        outcome.map_err(|source| self.wrong(source))
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
        self.read > 0
            && self.read.is_multiple_of(ROWS)
            && self
                .reading
                .stop_at
                .is_some_and(|stop_at| (self.reading.importer.now)() >= stop_at)
    }

    /// One row: an item for the window, or a reject. Rows that an earlier attempt counted are not counted again.
    fn row(&mut self, mapper: &Mapper, row: &Row<'_>) {
        let counted = row.offset < self.state.checkpoint.counted;
        let item = match &row.content {
            Ok(record) => mapper.map(record).and_then(|item| self.check(item)),
            Err(fault) => Err((reason_of(*fault), fault.to_string())),
        };
        self.since_checkpoint += 1;
        self.read += 1;
        if !counted {
            self.state.counts.rows += 1;
        }
        match item {
            Ok(item) => {
                let added = self.window.add(&item, row.offset, self.arrived, &mut self.leaving);
                if !counted {
                    let counts = &mut self.state.counts;
                    counts.events += added.events;
                    counts.facts += added.facts;
                    counts.duplicates += added.duplicates;
                    counts.parcels += u64::from(added.new_parcel);
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

    /// The rules that need to know when and for whom the file came. What is dated too late or too early is left out of
    /// its row; a row of which nothing is left is a reject.
    fn check(&self, mut item: Item) -> Result<Item, Refusal> {
        if item
            .carrier
            .as_ref()
            .is_some_and(|carrier| carrier != self.reading.carrier)
        {
            return Err((
                RejectReason::OtherCarrier,
                format!("the file is read as one of {}", self.reading.carrier),
            ));
        }
        if self
            .busy
            .get(&item.number)
            .is_some_and(|events| *events > MAX_EVENTS_OF_NUMBER)
        {
            let hint = format!("more than {MAX_EVENTS_OF_NUMBER} events of one number in one file");
            return Err((RejectReason::TooManyForNumber, hint));
        }
        let mut refused = None;
        let mut is_good = |time: &EventTime| {
            let refusal = self.misdated(time);
            let good = refusal.is_none();
            refused = refusal.or(refused.take());
            good
        };
        item.events.retain(|event| is_good(&event.time));
        item.facts.retain(|fact| fact.as_of.as_ref().is_none_or(&mut is_good));
        match refused {
            Some(refusal) if item.events.is_empty() && item.facts.is_empty() => Err(refusal),
            Some((_, hint)) => {
                item.warnings
                    .insert(0, format!("a part of the row is left out: {hint}"));
                Ok(item)
            }
            None => Ok(item),
        }
    }

    fn misdated(&self, time: &EventTime) -> Option<Refusal> {
        let (at, arrived) = (time.as_if_utc(), self.arrived.as_second());
        let slack = if time.stated_instant().is_some() {
            0
        } else {
            ZONE_SECONDS
        };
        if at.as_second() - slack > arrived + FUTURE_SECONDS {
            let hint = "more than two days after the file was first seen";
            return Some((RejectReason::Future, hint.to_owned()));
        }
        let retention = self.reading.importer.settings.retention;
        (retention.expires_at(at) <= arrived).then(|| {
            (
                RejectReason::Expired,
                format!("older than the retention of {} days", retention.days),
            )
        })
    }

    /// What a row set in motion: full drafts leave, then as many as the budget asks, then a checkpoint if it is time.
    async fn settle(&mut self, line: u64, end: u64) -> Result<(), ImportError> {
        while let Some(leaving) = self.leaving.pop() {
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
        if self.state.counts.rows == self.reading.importer.settings.judged_after_rows {
            self.judge(line)?;
        }
        if self.since_checkpoint >= self.reading.importer.settings.checkpoint_rows {
            if self.state.counts.rows > self.reading.importer.settings.judged_after_rows {
                self.judge(line)?;
            }
            self.checkpoint().await?;
        }
        Ok(())
    }

    async fn put(&mut self, leaving: Leaving) -> Result<(), ImportError> {
        if leaving.full {
            let events = u64::try_from(leaving.draft.events()).unwrap_or(u64::MAX);
            if let Some(count) = self.busy.get_mut(&leaving.number) {
                *count += events;
            } else if self.busy.len() < MAX_BUSY_NUMBERS {
                self.busy.insert(leaving.number.clone(), events);
            }
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
        self.state.counts.bundles += 1;
        Ok(self
            .commit
            .put(leaving.draft.finish(head), leaving.first_offset)
            .await?)
    }

    /// Events first, checkpoint second; the report third, for who watches.
    async fn checkpoint(&mut self) -> Result<(), ImportError> {
        self.since_checkpoint = 0;
        let Importer { store, bucket, .. } = self.reading.importer;
        self.rejects.put(bucket).await?;
        let inside = [self.window.oldest_offset(), self.commit.oldest_offset()];
        self.state
            .checkpoint
            .settle(inside.into_iter().flatten().min().unwrap_or(self.position));
        self.state.checkpoint.reject_parts = self.rejects.parts();
        store.checkpoint(self.reading.lease, self.state).await?;
        self.note();
        Ok(store.put_run(&self.reading.lease.connection, self.tally.report).await?)
    }

    fn note(&mut self) {
        self.tally.note(self.state, self.rejects, self.commit.used);
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
        self.commit.flush().await?;
        self.checkpoint().await
    }

    /// Judges a file that was read to its end. A few rows say little, unless none of them was any good.
    fn judge_whole(&self) -> Result<(), ImportError> {
        let counts = &self.state.counts;
        if counts.rows >= FEW_ROWS || counts.events + counts.facts + counts.duplicates == 0 {
            self.judge(self.state.checkpoint.line)
        } else {
            Ok(())
        }
    }

    /// Ends a file that is not what its layout says.
    fn judge(&self, line: u64) -> Result<(), ImportError> {
        let counts = &self.state.counts;
        let settings = &self.reading.importer.settings;
        let rejected: u64 = counts
            .rejected
            .iter()
            .filter(|(reason, _)| is_judged(**reason))
            .map(|(_, n)| n)
            .sum();
        if rejected * 100 <= counts.rows * u64::from(settings.max_reject_percent) {
            return Ok(());
        }
        let most = counts
            .rejected
            .iter()
            .max_by_key(|(_, count)| **count)
            .map_or("", |(reason, _)| reason.as_str());
        Err(ImportError::TooManyRejects {
            file: self.state.name.clone(),
            rejected,
            rows: counts.rows,
            most,
            line,
        })
    }
}

/// Rows that are old or that the carrier itself reports as errors say nothing against the layout.
fn is_judged(reason: RejectReason) -> bool {
    !matches!(reason, RejectReason::Expired | RejectReason::ReportedByCarrier)
}
