//! What codes mean: a carrier's code gives a detail code, and the detail code gives the rest.
//!
//! A carrier's table stands in its file under `carriers`, those of message standards under `standards`. No row is a
//! guess: what no public source settles is left out, or listed as silent, and stays `UN`.

mod codes;
mod detail;
mod ship24;
mod standards;
mod words;

use milepost_model::CarrierCode;

pub use codes::{Codes, Known};
pub use detail::{ship24_of, status_of};
pub use ship24::{Category, Milestone, Ship24Code, Ship24Status};
pub use standards::Standard;
pub use words::{detail_description, status_description};

use crate::registry;

/// What is known of an event's code and its more specific code (empty where none was sent) by the carrier's own table.
/// This is what tells an unknown code, which is worth counting, from a known one without meaning.
pub fn known_code(carrier: &CarrierCode, code: &str, specific: &str) -> Known {
    let codes = registry::carrier(carrier).and_then(|carrier| carrier.codes);
    codes.map_or(Known::NoTable, |codes| codes.known(code, specific))
}
