//! Whole paths, on real servers in this process, and the rules of the house.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod architecture;
mod deliveries;
mod events;
mod first_minute;
mod interrupted;
mod keys;
mod oracle;
