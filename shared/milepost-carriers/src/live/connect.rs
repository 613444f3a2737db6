//! Functions of the user's own that speak the contract of `ShipEngine` Connect: `Track` and `ImportTrackingEvents` as
//! JSON in and JSON out, in any language.
//!
//! The caller invokes the function; here its input is written and its output read. An output is read as leniently as a
//! line of the layout `connect-items`, which is the same item.

use serde_json::{Map, Value};

use super::{Asked, LiveAnswer, LiveProblem};
use crate::layout::{Item, Refusal};

/// What every request of the contract carries.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// Another for each request.
    pub transaction_id: &'a str,
    /// The connection's name.
    pub connection_name: &'a str,
    /// What the connection keeps for the function: the values of its settings form. No secrets: a function has its own.
    pub metadata: &'a Map<String, Value>,
}

/// The input of `Track`: a `TrackingRequest` about one number.
pub fn tracking_request(envelope: &Envelope<'_>, asked: &Asked) -> Value {
    let _ = (envelope, asked);
    Value::Null
}

/// Reads the output of `Track`: a `TrackingResponse` about the number that was asked.
///
/// # Errors
///
/// [`LiveProblem::NotFoundYet`] for an answer that states nothing, [`LiveProblem::Malformed`] for what is none.
pub fn read_tracking_response(output: &[u8], asked: &Asked) -> Result<LiveAnswer, LiveProblem> {
    let _ = (output, asked);
    Err(LiveProblem::NotFoundYet)
}

/// Reads the error that a function ended with: the contract's errors are told apart by the name of their type, in
/// whatever form the runtime of the function writes it (`errorType` of AWS Lambda).
pub fn read_function_error(output: &[u8]) -> LiveProblem {
    let _ = output;
    LiveProblem::CarrierDown { retry_after: None }
}

/// The input of `ImportTrackingEvents`. `cursor` is what the page before gave as its next; none for the first.
pub fn import_request(envelope: &Envelope<'_>, cursor: Option<&str>) -> Value {
    let _ = (envelope, cursor);
    Value::Null
}

/// One output of `ImportTrackingEvents`.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPage {
    /// Each item, or why it is a reject, in the function's order.
    pub items: Vec<Result<Item, Refusal>>,
    /// What asks for the next page; `None`: this was the last.
    pub next: Option<String>,
}

/// Reads one page: an array of `ImportedTrackingEvent`, or an object with `events` and `next`, or JSON Lines.
///
/// # Errors
///
/// [`LiveProblem::Malformed`] for an output that is none of the three.
pub fn read_import_page(output: &[u8]) -> Result<ImportPage, LiveProblem> {
    let _ = output;
    Err(LiveProblem::Malformed {
        hint: "no page is read yet".to_owned(),
    })
}
