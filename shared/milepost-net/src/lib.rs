//! The sockets of Milepost: hosts that somebody named, objects in S3, and the queues.
//!
//! A tenant names webhook URLs and FTP hosts, so every address that comes from a name passes one guard before a
//! connection is made ([`guard`]). Behind it stand one HTTP exchange ([`exchange`]), the places where carriers leave
//! feed files ([`source`]), the hub's own bucket ([`bucket`]) and its queues ([`queue`]), and functions of the
//! operator's own ([`function`]).
//!
//! This crate must not know what travels through it: no carrier, no layout, no signature, no table. It reads neither
//! the environment nor the clock of the day; clients, credentials and limits are handed in.

pub mod bucket;
pub mod error;
pub mod exchange;
pub mod function;
pub mod guard;
pub mod queue;
pub mod source;

pub use bucket::Bucket;
pub use error::{AwsError, ErrorClass};
pub use exchange::{Exchange, ExchangeError, Reply, Timeouts, Verb};
pub use function::{FunctionError, Functions};
pub use guard::{AddressPolicy, Guard, GuardError};
pub use queue::{Queue, QueueError};
pub use source::{FeedFile, FeedReader, Listing, Patience, Secret, Source, SourceError, Sources};
