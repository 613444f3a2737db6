//! Whole paths, on real servers in this process, and the rules of the house.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "these are tests"
)]

mod api;
mod architecture;
mod bad_input;
mod binaries;
mod carriers;
mod clocks_apart;
mod dead_endpoints;
mod deliveries;
mod events;
mod example_answer;
mod first_minute;
mod followers;
mod formats;
mod guarded;
mod held;
mod hostile;
mod import_functions;
mod interrupted;
mod keys;
mod killed;
mod live;
mod live_functions;
mod live_polls;
mod live_races;
mod live_simulation;
mod live_told;
mod live_trackers;
mod oracle;
mod pitfalls;
mod poisoned;
mod receiving;
mod remote_memory;
mod rough_receivers;
mod secrets_hidden;
mod sent_again;
mod snippets;
mod soak;
mod sources;
mod spooled;
mod telling_cost;
mod told;
mod trackers;
mod webhooks;

/// The servers of milepost-net's own tests.
#[path = "../../shared/milepost-net/tests/it/support/ftps.rs"]
mod ftps_server;
#[expect(dead_code, reason = "milepost-net's tests use all of it")]
#[path = "../../shared/milepost-net/tests/it/support/sftp.rs"]
mod sftp_server;
