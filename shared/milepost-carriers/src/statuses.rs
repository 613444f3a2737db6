//! What codes mean: a carrier's code gives a detail code, and the detail code gives the rest.

mod detail;
mod ship24;
mod words;

use milepost_model::{CarrierCode, DetailCode};

pub use detail::{ship24_of, status_of};
pub use ship24::{Category, Milestone, Ship24Code, Ship24Status};
pub use words::{detail_description, status_description};

use crate::registry;

/// What a carrier's event code means by the carrier's own table. `None`: the carrier is not known, or the code is not
/// in its table. Codes are compared as written: `of` is not USPS's `OF`.
pub fn detail_of(carrier: &CarrierCode, code: &str) -> Option<DetailCode> {
    let statuses = registry::carrier(carrier)?.statuses;
    let row = statuses.iter().find(|(known, _)| *known == code)?;
    Some(row.1)
}
