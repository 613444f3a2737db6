//! The machine that runs the whole hub in one process, and the operator's command line.
//!
//! Everything that imitates AWS lives in this package. Nothing in `shared/` or `functions/` may know that it exists: the
//! same handlers run here through the same AWS SDK clients, pointed at endpoints on loopback.

pub mod aws;
pub mod command;
pub mod hub;
