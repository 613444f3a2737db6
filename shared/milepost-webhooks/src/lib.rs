//! Use case: tell followers what changed.
//!
//! [`Notifier`] compares what a parcel is with what each follower was told, and queues what each endpoint is owed of it;
//! [`Deliverer`] makes one signed POST of each and decides when to try again; [`Endpoints`] keeps where to POST, and
//! [`Replay`] and [`history()`] what was sent. Deliveries are queued before what was told is written, so a crash between the two repeats a
//! message under the same id and loses none.
//!
//! It knows no HTTP client, queue or table but through milepost-net and milepost-store, and no clock.

mod attempt;
mod body;
mod deliver;
mod endpoints;
mod error;
mod gate;
mod headers;
mod history;
mod message;
mod message_id;
mod notify;
mod owed;
mod release;
mod replay;
mod retry;
mod rsa;
mod sign;
mod verdict;
mod wake;

pub use deliver::{Chance, Deliverer, Outcome};
pub use endpoints::{EndpointChange, Endpoints, NewEndpoint, OVERLAP_HOURS};
pub use error::WebhookError;
pub use headers::bearer_text;
pub use history::{History, history};
pub use message::{DeliveryOrder, NewDelivery, NotifyOrder, ReleaseOrder, WebhookOrder};
pub use notify::{Notified, Notifier};
pub use replay::{DeliveryFilter, DeliveryPhase, LogPage, Replay};
pub use retry::{ATTEMPTS, Next, next_attempt};
pub use rsa::SigningKey;
pub use sign::{secret_bytes, secret_text, verifies};
