use std::fmt;

use jiff::Timestamp;
use milepost_model::{ConnectionId, RunReport};
use serde::{Deserialize, Serialize};

use super::RunReportJson;

/// `GET /v1/imports`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImportListJson {
    /// Newest first.
    pub imports: Vec<ImportJson>,
}

/// One import run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImportJson {
    /// For `GET /v1/imports/{id}`.
    pub id: String,
    /// The connection's name; `by-hand` for a file that was given by hand.
    pub connection: String,
    /// What it did.
    #[serde(flatten)]
    pub report: RunReportJson,
}

/// `GET /v1/imports/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ImportDetailJson {
    /// The run.
    #[serde(flatten)]
    pub import: ImportJson,
    /// Its rejects in order, the first thousand.
    pub rejects: Vec<FileRejectJson>,
    /// Whether these are all of them: the rest is in the hub's bucket, under `rejects_file`.
    pub rejects_complete: bool,
}

/// A line of the rejects file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileRejectJson {
    /// In which file.
    pub file: String,
    /// Line of the decoded file, from 1.
    pub line: u64,
    /// Byte offset in the decoded stream.
    pub offset: u64,
    /// Why, as in the report's `reasons`.
    pub reason: String,
    /// What to look at.
    pub hint: String,
}

/// Which run: its connection and when it began, as `usps-scans.1795183380123`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportId {
    /// Of which connection.
    pub connection: ConnectionId,
    /// When it began, to the millisecond.
    pub started: Timestamp,
}

impl ImportId {
    /// Reads an id; `None` for what is none.
    pub fn parse(written: &str) -> Option<Self> {
        // A connection's name has no dot.
        let (connection, started) = written.split_once('.')?;
        let is_number = !started.is_empty() && started.bytes().all(|b| b.is_ascii_digit());
        Some(Self {
            connection: ConnectionId::parse(connection).ok()?,
            started: Timestamp::from_millisecond(started.parse().ok().filter(|_| is_number)?).ok()?,
        })
    }
}

impl fmt::Display for ImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.connection, self.started.as_millisecond())
    }
}

impl ImportJson {
    /// A run of a connection.
    pub fn of(connection: &ConnectionId, report: &RunReport) -> Self {
        let id = ImportId {
            connection: connection.clone(),
            started: report.started,
        };
        Self {
            id: id.to_string(),
            connection: connection.to_string(),
            report: RunReportJson::of(report),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        let id = ImportId::parse("usps-scans.1795183380123").unwrap();
        assert_eq!(
            (id.connection.as_str(), id.started.as_millisecond()),
            ("usps-scans", 1_795_183_380_123)
        );
        assert_eq!(id.to_string(), "usps-scans.1795183380123");
        for bad in [
            "",
            ".",
            "usps-scans",
            "usps-scans.",
            "usps-scans.+1",
            "a b.1",
            "a.1.2",
            "a.99999999999999999999",
        ] {
            assert_eq!(ImportId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_run() {
        let connection = ConnectionId::parse("usps-scans").unwrap();
        let report = RunReport::started("2026-11-20T14:03:00.123Z".parse().unwrap());
        let json = serde_json::to_value(ImportJson::of(&connection, &report)).unwrap();
        assert_eq!(json["id"], "usps-scans.1795183380123");
        assert_eq!(json["outcome"], "running", "the report's fields stand beside the id");
    }
}
