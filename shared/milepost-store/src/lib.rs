//! The one table: keys, items, and every call to DynamoDB.
//!
//! This is the only crate that knows how anything is stored. Callers see the types of milepost-model and a few of this
//! crate's own; an `AttributeValue` never leaves it. It must not know what a carrier's code means, who asks over HTTP,
//! or where credentials come from. It has no clock (time is a parameter) and reads no environment. It never scans.
//!
//! # How to read it
//!
//! 1. [`Key`] has the shape of every key, written and parsed in one place.
//! 2. `items` turns the model into items and back, one file for each kind. Every item carries a format version in `v`.
//! 3. One file for each concern has the calls, as methods of [`Store`].
//!
//! # What holds for every call
//!
//! - Throttling, 5xx answers and lost connections are tried again with exponential backoff and full jitter
//!   ([`Retries`]), and end as an error of class retry. Nothing is dropped in silence.
//! - A write that was applied although its answer was lost is harmless: repeated writes are equal writes, and a
//!   conditional write carries a token by which its second try knows the first, or may be made again.
//! - Reads are consistent.
//! - What has expired is not answered, although DynamoDB deletes it only days later.
//! - Every read and every list ends at a named limit.

mod accounts;
mod api_keys;
mod batch_get;
mod bundles;
mod calls;
mod connections;
mod counters;
mod deliveries;
mod due;
mod endpoints;
mod error;
mod feed_files;
mod followers;
mod forget;
mod items;
mod keys;
mod labels;
mod leases;
mod listing;
mod live;
mod meter;
mod number;
mod once;
mod pace;
mod quotas;
mod retry;
mod runs;
mod seal;
mod store;
mod table;
mod ticks;
mod tokens;
mod trackers;

pub use api_keys::{ApiKey, KeyHash, KeyScopes, KnownKey};
pub use bundles::{BATCH, BundlePut, bundle_size, write_units};
pub use deliveries::{DELIVERY_DAYS, DeliveryPage, DeliveryPlace, DeliveryRange, HeldDelivery};
pub use due::{DUE_SHARDS, DueEntry, DueKind, DuePage, DueWindow};
pub use error::StoreError;
pub use feed_files::{Checkpoint, FeedFileState, FileCounts, SeenFile};
pub use forget::Forgotten;
pub use items::{BundleDraft, BundleHead, Unreadable};
pub use keys::{ContentHash, CredentialsHash, ForgottenHash, Key, NotAKey};
pub use leases::Lease;
pub use live::Asking;
pub use meter::Used;
pub use number::{FewBundles, NumberItems};
pub use retry::{Jitter, Retries};
pub use runs::RUN_DAYS;
pub use seal::SealKey;
pub use store::Store;
pub use table::{PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE};
pub use ticks::DueTick;
pub use tokens::{StoredToken, TokenRefresh};
pub use trackers::{NewPlaces, Pointer};
