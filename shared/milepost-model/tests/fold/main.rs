//! What the fold promises: tables for each sentence of the rules, laws for everything that is claimed of all sets.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stop at what cannot be"
)]

mod arbitrary;
mod check;
mod facts;
mod follow;
mod journeys;
mod known;
mod laws;
mod merging;
mod reader;
mod rows;
mod stability;
mod status;
mod visible;
