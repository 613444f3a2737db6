//! The store against a DynamoDB that behaves (dynoxide, in process, through the real SDK), and against one that does
//! not: a proxy before it that refuses, hands back, fails and forgets to answer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod accounts;
mod bundles;
mod connections;
mod deliveries;
mod due;
mod faults;
mod followers;
mod forget;
mod ledger;
mod live;
mod number;
mod runs;
mod support;
mod trackers;
