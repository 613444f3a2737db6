//! The CBOR form of a run's report. Integer keys never change their meaning.
//!
//! A run over ten thousand files must not lose its report to the 400 KB of an item, so lists and texts end here: counts
//! stay whole, and all rejects are in their own file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_model::{Rejected, RunOutcome, RunReport, Scope};
use minicbor::{Decode, Encode};

use super::reject;

/// Files named in a report: more than a day of hourly files.
const MAX_FILES: usize = 500;

/// Rejects shown in a report: enough to see what is wrong; the rejects file has the rest.
const MAX_REJECTS: usize = 50;

/// Unknown codes of a report: whoever has more has the wrong column.
const MAX_CODES: usize = 50;

/// Warnings shown in a report.
const MAX_WARNINGS: usize = 50;

/// The longest text, in bytes: S3's longest key is 1,024.
const MAX_TEXT: usize = 1024;

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct RunForm<'a> {
    /// 0 running, 1 finished, 2 failed.
    #[n(0)]
    outcome: u8,
    #[n(1)]
    failure: Option<&'a str>,
    #[b(2)]
    files: Vec<&'a str>,
    #[n(3)]
    rows: u64,
    #[n(4)]
    events: u64,
    #[n(5)]
    facts: u64,
    #[n(6)]
    duplicates: u64,
    #[n(7)]
    known: Option<u64>,
    #[n(8)]
    rejected: BTreeMap<u8, u64>,
    #[b(9)]
    first_rejects: Vec<RejectForm<'a>>,
    #[n(10)]
    rejects_file: Option<&'a str>,
    #[b(11)]
    warnings: Vec<&'a str>,
    #[n(12)]
    parcels: u64,
    #[n(13)]
    bundles: u64,
    #[n(14)]
    write_units: f64,
    #[n(15)]
    read_units: f64,
    #[n(16)]
    bytes: u64,
    #[n(17)]
    seconds: f64,
    #[cbor(b(18), default, skip_if = "BTreeMap::is_empty")]
    unknown_codes: BTreeMap<&'a str, u64>,
    #[n(19)]
    scope: Option<&'a str>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct RejectForm<'a> {
    #[n(0)]
    line: u64,
    #[n(1)]
    offset: u64,
    #[n(2)]
    reason: u8,
    #[n(3)]
    hint: &'a str,
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default()
}

impl<'a> RunForm<'a> {
    pub(super) fn of(report: &'a RunReport) -> Self {
        let (outcome, failure) = match &report.outcome {
            RunOutcome::Running => (0, None),
            RunOutcome::Finished => (1, None),
            RunOutcome::Failed(message) => (2, Some(cut(message))),
        };
        let first_rejects = report.first_rejects.iter().take(MAX_REJECTS);
        Self {
            outcome,
            failure,
            files: report.files.iter().take(MAX_FILES).map(|name| cut(name)).collect(),
            rows: report.rows,
            events: report.events,
            facts: report.facts,
            duplicates: report.duplicates,
            known: report.known,
            rejected: reject::to_counts(&report.rejected),
            first_rejects: first_rejects.map(RejectForm::of).collect(),
            rejects_file: report.rejects_file.as_deref().map(cut),
            warnings: report
                .warnings
                .iter()
                .take(MAX_WARNINGS)
                .map(|warning| cut(warning))
                .collect(),
            parcels: report.parcels,
            bundles: report.bundles,
            write_units: report.write_units,
            read_units: report.read_units,
            bytes: report.bytes,
            seconds: report.seconds,
            unknown_codes: report
                .unknown_codes
                .iter()
                .take(MAX_CODES)
                .map(|(code, count)| (cut(code), *count))
                .collect(),
            scope: report.scope.as_ref().map(Scope::as_str),
        }
    }

    /// `None` when the outcome is none that this version knows.
    pub(super) fn report(&self, started: Timestamp) -> Option<RunReport> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Some(RunReport {
            started,
            outcome: match self.outcome {
                0 => RunOutcome::Running,
                1 => RunOutcome::Finished,
                2 => RunOutcome::Failed(self.failure.unwrap_or_default().to_owned()),
                _ => return None,
            },
            files: owned(&self.files),
            rows: self.rows,
            events: self.events,
            facts: self.facts,
            duplicates: self.duplicates,
            known: self.known,
            rejected: reject::from_counts(&self.rejected),
            first_rejects: self.first_rejects.iter().map(RejectForm::reject).collect(),
            rejects_file: self.rejects_file.map(ToOwned::to_owned),
            warnings: owned(&self.warnings),
            parcels: self.parcels,
            bundles: self.bundles,
            write_units: self.write_units,
            read_units: self.read_units,
            bytes: self.bytes,
            seconds: self.seconds,
            unknown_codes: self
                .unknown_codes
                .iter()
                .map(|(code, count)| ((*code).to_owned(), *count))
                .collect(),
            scope: self.scope.and_then(|scope| Scope::parse(scope).ok()),
        })
    }
}

impl<'a> RejectForm<'a> {
    fn of(reject: &'a Rejected) -> Self {
        Self {
            line: reject.line,
            offset: reject.offset,
            reason: reject::to_number(reject.reason),
            hint: cut(&reject.hint),
        }
    }

    fn reject(&self) -> Rejected {
        Rejected {
            line: self.line,
            offset: self.offset,
            reason: reject::from_number(self.reason),
            hint: self.hint.to_owned(),
        }
    }
}
