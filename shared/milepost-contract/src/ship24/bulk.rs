use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ship24::{Fault, Refusal, TrackerJson};

/// Trackers in one request.
pub const MAX_BULK: usize = 100;

/// What `POST /trackers/bulk` answers, a success or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BulkAnswer {
    /// `success`, `partial` or `error`.
    pub status: String,
    /// Counts; `null` where the request as a whole was refused.
    pub summary: Option<BulkSummary>,
    /// What became of each, in the order of the request; `null` where the request as a whole was refused.
    pub data: Option<Vec<BulkItem>>,
    /// Why the request failed; `null` unless the status is `error`.
    pub error: Option<Fault>,
}

/// Counts of a [`BulkAnswer`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BulkSummary {
    /// Trackers in the request.
    pub total_inputs: usize,
    /// Those that are new.
    pub total_created: usize,
    /// Those that were there.
    pub total_existing: usize,
    /// Those that could not be created.
    pub total_errors: usize,
}

/// What became of one tracker of a bulk request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BulkItem {
    /// `created`, `existing` or `error`.
    pub item_status: String,
    /// What was sent. It has a `trackingNumber` even where none was sent, since clients insist on one.
    pub input_data: Value,
    /// The tracker; `null` where there is none.
    pub tracker: Option<TrackerJson>,
    /// What is wrong; `null` where nothing is.
    pub errors: Option<Vec<Fault>>,
}

impl BulkItem {
    /// Of a tracker that there is now.
    pub fn placed(input: Value, tracker: TrackerJson, existed: bool) -> Self {
        let status = if existed { "existing" } else { "created" };
        Self {
            item_status: status.to_owned(),
            input_data: input,
            tracker: Some(tracker),
            errors: None,
        }
    }

    /// Of one that could not be created.
    pub fn refused(input: Value, refusal: &Refusal) -> Self {
        let mut echo = match input {
            Value::Object(object) => object,
            _ => Map::new(),
        };
        if !echo.get("trackingNumber").is_some_and(Value::is_string) {
            echo.insert("trackingNumber".to_owned(), Value::from(""));
        }
        Self {
            item_status: "error".to_owned(),
            input_data: Value::Object(echo),
            tracker: None,
            errors: Some(refusal.faults()),
        }
    }
}

impl BulkAnswer {
    /// Of what became of each, with the HTTP status.
    pub fn of(items: Vec<BulkItem>) -> (u16, Self) {
        let count = |status| items.iter().filter(|item| item.item_status == status).count();
        let summary = BulkSummary {
            total_inputs: items.len(),
            total_created: count("created"),
            total_existing: count("existing"),
            total_errors: count("error"),
        };
        let (http, status, error) = match summary.total_errors {
            0 => (201, "success", None),
            errors if errors < items.len() => (207, "partial", None),
            _ => {
                let why = "no tracker could be created: see errors of each";
                (400, "error", Some(Fault::new("processing_error", why)))
            }
        };
        let answer = Self {
            status: status.to_owned(),
            summary: Some(summary),
            data: Some(items),
            error,
        };
        (http, answer)
    }
}

/// Why a bulk request is refused as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkRefusal {
    /// There is no body.
    Missing,
    /// It is no JSON, or not a list of trackers.
    Malformed,
    /// More than [`MAX_BULK`].
    TooMany,
}

impl BulkRefusal {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Missing | Self::Malformed => 400,
            Self::TooMany => 403,
        }
    }

    /// The body to answer.
    pub fn body(self) -> BulkAnswer {
        let (code, message) = match self {
            Self::Missing => (
                "missing_mandatory_field",
                "the body is no list of trackers, or an empty one: send one to a hundred",
            ),
            Self::Malformed => ("parsing_error", "the body is not a JSON list of trackers"),
            Self::TooMany => (
                "bulk_create_limit_exceeded",
                "a request creates at most 100 trackers: send several requests",
            ),
        };
        BulkAnswer {
            status: "error".to_owned(),
            summary: None,
            data: None,
            error: Some(Fault::new(code, message)),
        }
    }
}

/// The trackers in the body of a bulk request: a list, as Ship24's own SDK sends it, or one under `trackers`, as clients
/// made from an older document do.
///
/// # Errors
/// [`BulkRefusal`].
pub fn bulk_inputs(body: Value) -> Result<Vec<Value>, BulkRefusal> {
    let list = match body {
        Value::Array(list) => list,
        Value::Object(mut object) => match object.remove("trackers") {
            Some(Value::Array(list)) => list,
            _ => return Err(BulkRefusal::Malformed),
        },
        _ => return Err(BulkRefusal::Malformed),
    };
    match list.len() {
        0 => Err(BulkRefusal::Missing),
        1..=MAX_BULK => Ok(list),
        _ => Err(BulkRefusal::TooMany),
    }
}
