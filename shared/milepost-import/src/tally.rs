//! The run's report while it goes on: exact whatever was killed on the way, since every attempt counts anew from what
//! the ledger says of each file.

use milepost_model::RunReport;
use milepost_store::{FeedFileState, FileCounts, Used};

use crate::rejects::Rejects;

/// Rejects shown in the report; all of them are in the rejects file.
const FIRST_REJECTS: usize = 10;

/// Warnings kept: one for each kind of trouble is enough to go and look.
const MAX_WARNINGS: usize = 10;

/// A report, and what of it is settled.
pub(crate) struct Tally<'a> {
    pub(crate) report: &'a mut RunReport,
    /// Files that earlier attempts at this run have read.
    earlier: Vec<String>,
    /// Of the files that are whole.
    whole: FileCounts,
    /// Before the file that is being read.
    used: Used,
    bytes: u64,
    rejects_shown: usize,
}

impl<'a> Tally<'a> {
    /// Begins an attempt at a run.
    pub(crate) fn begin(report: &'a mut RunReport) -> Self {
        let earlier = report.files.clone();
        let used = Used {
            write_units: report.write_units,
            read_units: report.read_units,
        };
        let mut tally = Self {
            report,
            earlier,
            whole: FileCounts::default(),
            used,
            bytes: 0,
            rejects_shown: 0,
        };
        tally.count(&FileCounts::default());
        tally
    }

    /// Whether an earlier attempt at this run has read the file.
    pub(crate) fn has_read(&self, name: &str) -> bool {
        self.earlier.iter().any(|earlier| earlier == name)
    }

    /// Takes on a file.
    pub(crate) fn file(&mut self, name: &str) {
        if !self.report.files.iter().any(|known| known == name) {
            self.report.files.push(name.to_owned());
        }
        self.rejects_shown = self.report.first_rejects.len();
    }

    /// Notes how far a file was read.
    pub(crate) fn note(&mut self, state: &FeedFileState, rejects: &Rejects, used: Used) {
        self.count(&state.counts);
        self.report.bytes = self.bytes + state.size.unwrap_or(0);
        self.report.write_units = self.used.write_units + used.write_units;
        self.report.read_units = self.used.read_units + used.read_units;
        self.report.first_rejects.truncate(self.rejects_shown);
        for reject in &rejects.first {
            // What an earlier attempt noted behind its last checkpoint is read, and noted, again.
            let shown = &mut self.report.first_rejects;
            if shown.len() < FIRST_REJECTS && !shown.contains(reject) {
                shown.push(reject.clone());
            }
        }
        if let Some(folder) = rejects.folder() {
            self.report.rejects_file = Some(folder);
        }
    }

    /// Settles a file: no more of it is read in this run.
    pub(crate) fn settle(&mut self, state: &FeedFileState) {
        sum(&mut self.whole, &state.counts);
        self.bytes += state.size.unwrap_or(0);
        self.used = Used {
            write_units: self.report.write_units,
            read_units: self.report.read_units,
        };
        self.count(&FileCounts::default());
        self.report.bytes = self.bytes;
    }

    /// Keeps a warning, if it is a new one.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        let (warnings, warning) = (&mut self.report.warnings, warning.into());
        if warnings.len() < MAX_WARNINGS && !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// The report says what is whole and `file` besides.
    fn count(&mut self, file: &FileCounts) {
        let mut counts = self.whole.clone();
        sum(&mut counts, file);
        let FileCounts {
            rows,
            events,
            facts,
            duplicates,
            known,
            rejected,
            unknown_codes,
            parcels,
            bundles,
        } = counts;
        let report = &mut *self.report;
        (report.rows, report.events, report.facts, report.duplicates) = (rows, events, facts, duplicates);
        (report.known, report.parcels, report.bundles, report.rejected) = (known, parcels, bundles, rejected);
        report.unknown_codes = unknown_codes;
    }
}

fn sum(to: &mut FileCounts, of: &FileCounts) {
    to.rows += of.rows;
    to.events += of.events;
    to.facts += of.facts;
    to.duplicates += of.duplicates;
    if let Some(known) = of.known {
        *to.known.get_or_insert(0) += known;
    }
    to.parcels += of.parcels;
    to.bundles += of.bundles;
    for (reason, count) in &of.rejected {
        *to.rejected.entry(*reason).or_default() += count;
    }
    for (code, count) in &of.unknown_codes {
        *to.unknown_codes.entry(code.clone()).or_default() += count;
    }
}
