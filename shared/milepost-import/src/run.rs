//! One run: the lease, the files that are new, each of them imported, and the report.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use milepost_carriers::layout::Layout;
use milepost_model::{
    CarrierCode, Connection, ConnectionId, ErrorClass, FileIdentity, FileVersion, RunOutcome, RunReport, Scope,
};
use milepost_net::source::{Pattern, settled};
use milepost_net::{FeedFile, Listing, Source};
use milepost_store::{FeedFileState, Lease, SeenFile, StoreError, Used};

use crate::file::{self, Progress, Reading};
use crate::rejects::Rejects;
use crate::tally::Tally;
use crate::{FileOrder, ImportError, ImportOrder, Importer, layout};

/// How long a lease holds: a function's longest life and a little. Who redelivers the same message holds it already.
const LEASE: SignedDuration = SignedDuration::from_secs(15 * 60 + 30);

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything that was ready is stored, and the report written.
    Finished,
    /// Something will not do, now or ever, and the report says what and why. Everything else is stored.
    Failed,
    /// There was no more time; a new message goes on from the checkpoint.
    Continue,
    /// Another run is at work on the connection; try later.
    Busy,
}

/// What a run reads, and for whom.
struct Plan {
    layout: Layout,
    carrier: CarrierCode,
    scope: Scope,
    source: Source,
    files: Vec<Planned>,
    more: bool,
    by_hand: bool,
}

/// A file that is ready.
struct Planned {
    file: FeedFile,
    seen: SeenFile,
}

impl Importer {
    /// One attempt at a run. `holder` names it: the same message comes again under the same name.
    ///
    /// # Errors
    /// What should come again: it may be better next time, or no report could be written that says why it ended.
    pub async fn run(
        &self,
        order: &ImportOrder,
        holder: &str,
        deadline: Option<Timestamp>,
    ) -> Result<Step, ImportError> {
        let connection = order.connection()?;
        let started = (self.now)();
        let until = started.saturating_add(LEASE).unwrap_or(started);
        let lease = self
            .store
            .take_lease(&connection, holder, started.as_millisecond(), until.as_millisecond())
            .await?;
        let Some(lease) = lease else { return Ok(Step::Busy) };
        let before = self.store.run(&connection, order.started()).await?;
        let mut report = before.unwrap_or_else(|| RunReport::started(order.started()));
        report.outcome = RunOutcome::Running;
        let outcome = self.attempt(order, &lease, deadline, &mut report).await;
        if outcome.as_ref().is_err_and(ImportError::is_fenced) || !self.still_holds(&lease).await? {
            // Another attempt has taken over, and the report is its own. Who looks again later sees whether it ended.
            return Ok(Step::Busy);
        }
        let elapsed = (self.now)().as_millisecond() - started.as_millisecond();
        report.seconds += std::time::Duration::from_millis(u64::try_from(elapsed).unwrap_or(0)).as_secs_f64();
        report.outcome = match &outcome {
            Ok(Progress::Whole) => RunOutcome::Finished,
            Ok(Progress::Part) => RunOutcome::Running,
            Err(error) => RunOutcome::Failed(error.with_causes()),
        };
        self.store.put_run(&connection, &report).await?;
        self.store.release_lease(&lease).await?;
        match outcome {
            Ok(Progress::Whole) => Ok(Step::Finished),
            Ok(Progress::Part) => Ok(Step::Continue),
            Err(error) if error.class() == ErrorClass::Retry => Err(error),
            Err(_) => Ok(Step::Failed),
        }
    }

    async fn still_holds(&self, lease: &Lease) -> Result<bool, ImportError> {
        match self.store.renew_lease(lease, lease.until_ms).await {
            Ok(_) => Ok(true),
            Err(StoreError::Fenced { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn attempt(
        &self,
        order: &ImportOrder,
        lease: &Lease,
        deadline: Option<Timestamp>,
        report: &mut RunReport,
    ) -> Result<Progress, ImportError> {
        let now = (self.now)();
        // A deadline that has passed is none: `cargo lambda watch` sends one of 1970.
        let stop_at = deadline.filter(|deadline| *deadline > now).map(|deadline| {
            let before = SignedDuration::from_secs(self.settings.stop_before_seconds);
            deadline.saturating_sub(before).unwrap_or(deadline)
        });
        let plan = match order {
            ImportOrder::Connection { connection, .. } => self.plan_connection(connection, now).await?,
            ImportOrder::File(order) => self.plan_file(order, now).await?,
        };
        let reading = Reading {
            importer: self,
            layout: &plan.layout,
            carrier: &plan.carrier,
            scope: &plan.scope,
            lease,
            stop_at,
        };
        report.scope = Some(plan.scope.clone());
        let mut tally = Tally::begin(report);
        let known = self.known(&plan, lease).await?;
        let (mut again, mut failed) = (None, None);
        for planned in &plan.files {
            if let Some(state) = known.get(&planned.seen.version).filter(|state| state.done) {
                failed = failed.or(pass_over(state, &plan, lease, &mut tally));
                continue;
            }
            match self.import_one(&reading, &plan, planned, &mut tally).await {
                Ok(Progress::Whole) => {}
                Ok(Progress::Part) => return Ok(Progress::Part),
                Err(error) if error.is_fenced() => return Err(error),
                // This file will not do, now or ever; those behind it may.
                Err(error) if error.class() != ErrorClass::Retry => failed = failed.or(Some(error)),
                Err(error) if error.is_of_file() => again = again.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        if plan.more {
            tally.warn(format!(
                "the source holds more than {} files: move old ones away",
                self.settings.max_files
            ));
        }
        // What may be better next time brings the whole run back; what was given up is in the ledger by then.
        again.or(failed).map_or(Ok(Progress::Whole), Err)
    }

    async fn plan_connection(&self, name: &str, now: Timestamp) -> Result<Plan, ImportError> {
        let connection = ConnectionId::parse(name)?;
        let known = self.store.connection(&connection).await?;
        let known = known.ok_or_else(|| ImportError::NoSuchConnection(name.to_owned()))?;
        let layout = layout(&known.layout, known.layout_text.as_deref())?;
        let source = self.source(&known).await?;
        let (files, more) = self.ready(&source).await?;
        let planned = files.into_iter().map(|file| Planned {
            seen: seen(&known, &layout, &file, now),
            file,
        });
        Ok(Plan {
            files: planned.collect(),
            layout,
            carrier: known.carrier,
            scope: known.scope,
            source,
            more,
            by_hand: false,
        })
    }

    /// What the source lists and nobody is still writing, in order of name. Where a file can be seen half written, two
    /// looks must agree.
    pub(crate) async fn ready(&self, source: &Source) -> Result<(Vec<FeedFile>, bool), ImportError> {
        let mut listing = source.list(self.settings.max_files).await?;
        if !source.is_atomic() && !listing.files.is_empty() {
            tokio::time::sleep(self.settings.settle).await;
            let again = source.list(self.settings.max_files).await?;
            let files = settled(&listing.files, &again.files).into_iter().cloned().collect();
            listing = Listing {
                files,
                more: listing.more || again.more,
            };
        }
        listing.files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((listing.files, listing.more))
    }

    async fn plan_file(&self, order: &FileOrder, now: Timestamp) -> Result<Plan, ImportError> {
        let source = Source::S3(self.bucket.source(&order.key, Pattern::default()));
        let stored = self
            .bucket
            .head(&order.key)
            .await?
            .ok_or_else(|| ImportError::FileGone(order.name.clone()))?;
        let file = FeedFile::from(stored);
        let layout = layout(&order.layout, order.layout_text.as_deref())?;
        let size = order.size.to_string();
        let parts = [
            "by-hand",
            &order.scope,
            &order.carrier,
            layout.name(),
            &size,
            &order.content,
        ];
        let version = FileVersion {
            file: FileIdentity::of(&parts),
            revision: layout.revision(),
        };
        // Given by hand, everything new is told, unless nothing is to be.
        let notify_from = order.quiet.then_some(Timestamp::MAX);
        let seen = SeenFile {
            version,
            name: order.name.clone(),
            size: Some(order.size),
            etag: None,
            first_seen_ms: u64::try_from(now.as_millisecond()).unwrap_or(0),
            notify_from,
        };
        Ok(Plan {
            layout,
            carrier: order.carrier()?,
            scope: order.scope()?,
            source,
            files: vec![Planned { file, seen }],
            more: false,
            by_hand: true,
        })
    }

    /// What the ledger says of the files.
    async fn known(&self, plan: &Plan, lease: &Lease) -> Result<BTreeMap<FileVersion, FeedFileState>, ImportError> {
        let versions: Vec<FileVersion> = plan.files.iter().map(|planned| planned.seen.version).collect();
        let states = self.store.feed_files(&lease.connection, &versions).await?;
        Ok(states.into_iter().map(|state| (state.version, state)).collect())
    }

    async fn import_one(
        &self,
        reading: &Reading<'_>,
        plan: &Plan,
        planned: &Planned,
        tally: &mut Tally<'_>,
    ) -> Result<Progress, ImportError> {
        // The first to see a file version fixes when it arrived, before its first row is read.
        let mut state = self.store.see_file(reading.lease, &planned.seen).await?;
        let mut rejects = rejects_of(reading.lease, tally.report, &state);
        let bytes = plan.source.open(&planned.file, 0).await?;
        tally.file(&state.name);
        // Not before the ledger has let this attempt in: one that was frozen may say something old over the report, but
        // never leaves out a file that another attempt has to count.
        self.store.put_run(&reading.lease.connection, tally.report).await?;
        let outcome = file::import(reading, &mut state, &mut rejects, tally, bytes).await;
        match &outcome {
            Ok(Progress::Whole) => self.store.finish_file(reading.lease, &state).await?,
            // What cannot be read is not tried again at every slot; a corrected file or layout is another version.
            // A file given by hand may be given again.
            Err(error) if error.class() != ErrorClass::Retry && !error.is_fenced() && !plan.by_hand => {
                state.failure = Some(error.to_string());
                self.store.finish_file(reading.lease, &state).await?;
            }
            Ok(Progress::Part) | Err(_) => {}
        }
        tally.settle(&state);
        outcome
    }
}

/// Counts a file that is done: one that an earlier attempt at this run has read, or a known one. Answers why it was
/// given up, if this run has given it up.
fn pass_over(state: &FeedFileState, plan: &Plan, lease: &Lease, tally: &mut Tally<'_>) -> Option<ImportError> {
    if tally.has_read(&state.name) {
        tally.file(&state.name);
        tally.note(state, &rejects_of(lease, tally.report, state), Used::default());
        tally.settle(state);
        return state.failure.clone().map(ImportError::GivenUp);
    }
    if plan.by_hand {
        let (name, when) = (&state.name, state.first_seen());
        tally.warn(format!("{name} was imported before, first seen {when}"));
    }
    None
}

/// Where a run puts the rejects of a file, behind those that it has put.
fn rejects_of(lease: &Lease, report: &RunReport, state: &FeedFileState) -> Rejects {
    let folder = format!("runs/{}/{}", lease.connection, report.started.as_millisecond());
    Rejects::new(folder, state.version, lease.epoch, state.checkpoint.reject_parts)
}

/// A file of a connection as the ledger knows it: another size, tag or time is another version.
fn seen(connection: &Connection, layout: &Layout, file: &FeedFile, now: Timestamp) -> SeenFile {
    let size = file.size.map(|size| size.to_string()).unwrap_or_default();
    let modified = file.modified_ms.map(|ms| ms.to_string());
    let mark = file.etag.clone().or(modified).unwrap_or_default();
    let parts = [
        connection.id.as_str(),
        connection.carrier.as_str(),
        connection.scope.as_str(),
        layout.name(),
        &file.name,
        &size,
        &mark,
    ];
    SeenFile {
        version: FileVersion {
            file: FileIdentity::of(&parts),
            revision: layout.revision(),
        },
        name: file.name.clone(),
        size: file.size,
        etag: file.etag.clone(),
        first_seen_ms: u64::try_from(now.as_millisecond()).unwrap_or(0),
        notify_from: Some(connection.notify_from),
    }
}
