//! The crate as its callers see it: bytes go in, rows come out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says so by panicking"
)]

mod chunks;
mod fixtures;
mod gzip;
mod limits;
mod quotes;
mod support;
mod zip;
