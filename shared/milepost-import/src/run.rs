//! One run: the lease, the files that are new, each of them imported, and the report.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};
use milepost_model::{Afterwards, ErrorClass, FileVersion, RunOutcome, RunReport};
use milepost_net::FeedFile;
use milepost_store::{FeedFileState, Lease, SeenFile, StoreError, Used};

use crate::file::{self, Progress, Reading};
use crate::plan::Plan;
use crate::rejects::Rejects;
use crate::resume::Resumed;
use crate::spool::{self, Near};
use crate::tally::Tally;
use crate::{ImportError, ImportOrder, Importer};

/// Files that the ledger is asked about at a time.
const LEDGER_FILES: usize = 500;

/// Each file costs the ledger half a read unit at every run; a source with more of them needs a clean-up.
const MANY_FILES: usize = 10_000;

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
        match self.store.put_run(&lease, &report).await {
            Err(StoreError::Fenced { .. }) => return Ok(Step::Busy),
            put => put?,
        }
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
            ImportOrder::Connection { connection, slot } => self.plan_connection(connection, *slot, stop_at).await?,
            ImportOrder::File(order) => self.plan_file(order, now).await?,
        };
        let reading = Reading {
            importer: self,
            layout: &plan.layout,
            carrier: &plan.carrier,
            scope: &plan.scope,
            lease,
            stop_at,
            max_reject_percent: plan.max_reject_percent,
            forgotten: OnceLock::new(),
        };
        report.scope = Some(plan.scope.clone());
        let mut tally = Tally::begin(report);
        let (mut again, mut failed, mut imported, mut waiting) = (None, None, 0, 0_usize);
        let copied = self.copied(&plan, &lease.connection, now).await?;
        let listed = plan.ready.files.chunks(LEDGER_FILES).map(|files| {
            let seen = files.iter().map(|file| (file.clone(), plan.seen(file, now)));
            seen.collect::<Vec<_>>()
        });
        // What is not listed any more cannot be put away: under its name may be another version.
        let batches = std::iter::once((false, copied)).chain(listed.map(|files| (true, files)));
        for (is_there, files) in batches {
            let known = self.known(&files, lease).await?;
            for (file, seen) in &files {
                if let Some(state) = known.get(&seen.version).filter(|state| state.done) {
                    failed = failed.or(pass_over(state, &plan, lease, &mut tally));
                    // An attempt that ended between the ledger and the move has left it.
                    if state.failure.is_none() {
                        self.put_away(&plan, file, lease, &mut tally).await?;
                    }
                    continue;
                }
                if imported >= plan.max_files {
                    waiting += 1;
                    continue;
                }
                if imported > 0 && reading.is_over() {
                    return Ok(Progress::Part);
                }
                imported += 1;
                // Read once, and only where a file is imported: there can be 200,000 of them.
                if reading.forgotten.get().is_none() {
                    let _ = reading.forgotten.set(self.store.forgotten(now.as_second()).await?);
                }
                match self.import_one(&reading, &plan, file, seen, &mut tally).await {
                    Ok(Progress::Whole) if is_there => self.put_away(&plan, file, lease, &mut tally).await?,
                    Ok(Progress::Whole) => {}
                    Ok(Progress::Part) => return Ok(Progress::Part),
                    Err(error) if error.is_fenced() => return Err(error),
                    // This file will not do, now or ever; those behind it may.
                    Err(error) if error.class() != ErrorClass::Retry => failed = failed.or(Some(error)),
                    Err(error) if error.is_of_file() => again = again.or(Some(error)),
                    Err(error) => return Err(error),
                }
            }
        }
        self.note_of_source(&plan, waiting, &mut tally);
        // Behind everything that could be listed: what could not be is lost until somebody clears the source.
        if plan.ready.more {
            failed = failed.or(Some(ImportError::TooManyFiles(self.settings.max_files)));
        }
        // What may be better next time brings the whole run back; what was given up is in the ledger by then.
        again.or(failed).map_or(Ok(Progress::Whole), Err)
    }

    /// What is odd about a source, and lost nothing.
    fn note_of_source(&self, plan: &Plan, waiting: usize, tally: &mut Tally<'_>) {
        if waiting > 0 {
            tally.warn(format!("{waiting} more files wait for the next slot"));
        }
        if plan.ready.files.len() > MANY_FILES {
            let count = plan.ready.files.len();
            tally.warn(format!(
                "the source holds {count} files, and each costs a read at every run: move old ones away"
            ));
        }
        let foreign = plan.source.foreign_addresses();
        if foreign > 0 {
            tally.warn("the server announced another host for its data, which was not followed");
        }
    }

    /// Moves or deletes a file of which all is stored, its marker first: without it nobody takes the file up again. It
    /// is not worth a failed run: the next one tries again.
    async fn put_away(
        &self,
        plan: &Plan,
        file: &FeedFile,
        lease: &Lease,
        tally: &mut Tally<'_>,
    ) -> Result<(), ImportError> {
        if plan.afterwards == Afterwards::Leave {
            return Ok(());
        }
        // The last look at the lease before a step that nothing can take back.
        self.store.renew_lease(lease, lease.until_ms).await?;
        let marker = plan.ready.markers.get(&file.name);
        let both: Vec<&FeedFile> = marker.into_iter().chain([file]).collect();
        for file in both {
            if let Err(error) = plan.source.put_away(file, &plan.afterwards).await {
                tally.warn(format!("{} could not be put away: {error}", file.name));
                break;
            }
        }
        Ok(())
    }

    /// What the ledger says of the files.
    async fn known(
        &self,
        files: &[(FeedFile, SeenFile)],
        lease: &Lease,
    ) -> Result<BTreeMap<FileVersion, FeedFileState>, ImportError> {
        let versions: Vec<FileVersion> = files.iter().map(|(_, seen)| seen.version).collect();
        let states = self.store.feed_files(&lease.connection, &versions).await?;
        Ok(states.into_iter().map(|state| (state.version, state)).collect())
    }

    async fn import_one(
        &self,
        reading: &Reading<'_>,
        plan: &Plan,
        file: &FeedFile,
        seen: &SeenFile,
        tally: &mut Tally<'_>,
    ) -> Result<Progress, ImportError> {
        // The first to see a file version fixes when it arrived, before its first row is read.
        let mut state = self.store.see_file(reading.lease, seen).await?;
        let mut rejects = rejects_of(reading.lease, tally.report, &state);
        let near = match spool::near(reading, plan, file, &state).await? {
            Near::Source => None,
            Near::Copy(copy) => Some(copy),
            Near::Part => return Ok(Progress::Part),
        };
        let source = near.as_ref().unwrap_or(&plan.source);
        let rows = Resumed::open(reading, source, file, &state.name, state.checkpoint);
        let rows = match rows.await {
            Err(error) if error.is_of_time() => return Ok(Progress::Part),
            // What the layout does not fit shows in the file's first bytes.
            Err(error) if error.is_of_content() => {
                tally.file(&state.name);
                if !plan.is_by_hand() {
                    state.failure = Some(error.to_string());
                    self.finish(reading, plan, file, (&state, near.is_some())).await?;
                }
                tally.settle(&state);
                return Err(error);
            }
            rows => rows?,
        };
        tally.file(&state.name);
        // Not before the ledger has let this attempt in: one that was frozen may say something old over the report, but
        // never leaves out a file that another attempt has to count.
        self.store.put_run(reading.lease, tally.report).await?;
        let outcome = file::import(reading, &mut state, &mut rejects, tally, rows).await;
        match &outcome {
            Ok(Progress::Whole) => self.finish(reading, plan, file, (&state, near.is_some())).await?,
            // What cannot be read is not tried again at every slot; a corrected file or layout is another version.
            // A file given by hand may be given again.
            Err(error) if error.class() != ErrorClass::Retry && !error.is_fenced() && !plan.is_by_hand() => {
                state.failure = Some(error.to_string());
                self.finish(reading, plan, file, (&state, near.is_some())).await?;
            }
            Ok(Progress::Part) | Err(_) => {}
        }
        tally.settle(&state);
        outcome
    }

    /// The ledger says that a file is done. What is kept of it to go on with is of no use then; where it cannot be
    /// removed, the bucket's rule does it.
    async fn finish(
        &self,
        reading: &Reading<'_>,
        plan: &Plan,
        file: &FeedFile,
        (state, was_copied): (&FeedFileState, bool),
    ) -> Result<(), ImportError> {
        self.store.finish_file(reading.lease, state).await?;
        let _ = plan.source.release(file).await;
        if was_copied {
            let _ = self.remove_copy(plan, state.version).await;
        }
        Ok(())
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
    if plan.is_by_hand() {
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
