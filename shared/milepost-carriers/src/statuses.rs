//! What codes mean: a carrier's code gives a detail code, and the detail code gives the rest.
//!
//! A carrier's table stands in its file under `carriers`, those of message standards under `standards`. No row is a
//! guess: what no public source settles is left out, or listed as silent, and stays `UN`.

mod codes;
mod detail;
mod ship24;
mod standards;
mod words;

pub use codes::{Codes, Known};
pub use detail::{ship24_of, status_of};
pub use ship24::{Category, Milestone, Ship24Code, Ship24Status};
pub use standards::Standard;
pub use words::{detail_description, status_description};
