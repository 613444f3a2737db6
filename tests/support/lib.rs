//! Servers and files for tests, each on a port and in a folder of its own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "what goes wrong in a test's tools fails the test"
)]

pub mod answers;
pub mod carrier_api;
pub mod carrier_file;
pub mod counted;
pub mod feed;
pub mod fickle_receiver;
pub mod ftp;
pub mod function;
pub mod http_functions;
pub mod http_server;
pub mod hub;
pub mod lambda;
pub mod live_world;
pub mod programs;
pub mod proxy;
pub mod receiver;
pub mod refusing_table;
pub mod relay;
pub mod rough_receiver;
pub mod runs;
pub mod runtime_api;
pub mod stand_ins;
pub mod terminal;

/// The Rust of docs/receiving.md, as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../docs/receiving.md")]
pub struct Receiving;
