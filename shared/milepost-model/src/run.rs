use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::Scope;

/// Why a row could not become an event or fact. A reject is a value: it is counted and kept, and the file goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectReason {
    /// A field is not in the file's character set.
    Encoding,
    /// The row does not have the form of the format: quotes, JSON, NUL bytes.
    Malformed,
    /// A field, the row or its number of columns is over the limit.
    TooLong,
    /// Fewer fields than the layout needs.
    MissingFields,
    /// No tracking number.
    NoTrackingNumber,
    /// The tracking number is not one.
    BadTrackingNumber,
    /// A placeholder stands where the number belongs.
    PlaceholderNumber,
    /// No time, or none that a pattern of the layout reads.
    BadTime,
    /// It is dated more than two days after it arrived.
    Future,
    /// It is older than the retention.
    Expired,
    /// Another field does not hold what the layout says.
    BadField,
    /// Neither an event nor a fact is in it.
    Nothing,
    /// The source itself reports an error in place of an event (Connect's `error_messages`).
    ReportedByCarrier,
    /// One file has more than 2,000 events for the number: a placeholder by conduct.
    TooManyForNumber,
    /// The row is of another carrier than the connection.
    OtherCarrier,
    /// The parcel was erased on request, and stays so.
    Forgotten,
}

impl RejectReason {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encoding => "encoding",
            Self::Malformed => "malformed",
            Self::TooLong => "too_long",
            Self::MissingFields => "missing_fields",
            Self::NoTrackingNumber => "no_tracking_number",
            Self::BadTrackingNumber => "bad_tracking_number",
            Self::PlaceholderNumber => "placeholder_number",
            Self::BadTime => "bad_time",
            Self::Future => "future",
            Self::Expired => "expired",
            Self::BadField => "bad_field",
            Self::Nothing => "nothing",
            Self::ReportedByCarrier => "reported_by_carrier",
            Self::TooManyForNumber => "too_many_for_number",
            Self::OtherCarrier => "other_carrier",
            Self::Forgotten => "forgotten",
        }
    }
}

/// A reject with where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Line of the decoded file, from 1.
    pub line: u64,
    /// Byte offset in the decoded stream.
    pub offset: u64,
    /// Why.
    pub reason: RejectReason,
    /// What to look at: a column, a rule. Never the row's whole content.
    pub hint: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunOutcome {
    /// It is under way, or its function was stopped; the queue brings it back.
    Running,
    /// Every file that was ready is stored.
    Finished,
    /// It ended early; the message says what to change.
    Failed(String),
}

/// What a run did. Counts are of this run's files, all attempts together.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// When it began.
    pub started: Timestamp,
    /// How it ended.
    pub outcome: RunOutcome,
    /// Who sees what it brought; `None` where it ended before that was known.
    pub scope: Option<Scope>,
    /// Names of the files it read.
    pub files: Vec<String>,
    /// Rows read, without headers.
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
    /// The first rejects.
    pub first_rejects: Vec<Rejected>,
    /// Where all rejects are, as a key of the hub's bucket.
    pub rejects_file: Option<String>,
    /// What is odd but lost nothing.
    pub warnings: Vec<String>,
    /// Distinct parcels seen in the window, counted each time that they enter it.
    pub parcels: u64,
    /// Bundles put.
    pub bundles: u64,
    /// DynamoDB write units.
    pub write_units: f64,
    /// DynamoDB read units.
    pub read_units: f64,
    /// Bytes read from the source.
    pub bytes: u64,
    /// Seconds at work, by the clock.
    pub seconds: f64,
}

impl RunReport {
    /// A run that has done nothing yet.
    pub fn started(at: Timestamp) -> Self {
        Self {
            started: at,
            outcome: RunOutcome::Running,
            scope: None,
            files: Vec::new(),
            rows: 0,
            events: 0,
            facts: 0,
            duplicates: 0,
            known: None,
            rejected: BTreeMap::new(),
            unknown_codes: BTreeMap::new(),
            first_rejects: Vec::new(),
            rejects_file: None,
            warnings: Vec::new(),
            parcels: 0,
            bundles: 0,
            write_units: 0.0,
            read_units: 0.0,
            bytes: 0,
            seconds: 0.0,
        }
    }

    /// All rejects.
    pub fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }
}
