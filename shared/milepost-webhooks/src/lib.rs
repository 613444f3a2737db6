//! Use case: tell followers what changed.
//!
//! [`Notifier`] compares what a parcel is with what each follower was told, and queues deliveries; [`Deliverer`] makes
//! one signed POST of each and decides when to try again. Deliveries are queued before what was told is written, so a
//! crash between the two repeats a message under the same id and loses none.
//!
//! It knows no HTTP client, queue or table but through milepost-net and milepost-store, and no clock.

mod body;
mod deliver;
mod error;
mod message;
mod notify;
mod retry;
mod sign;

pub use deliver::{Deliverer, Outcome};
pub use error::WebhookError;
pub use message::{DeliveryOrder, NotifyOrder};
pub use notify::{Notified, Notifier};
pub use retry::{ATTEMPTS, Next, next_attempt};
pub use sign::{SECRET_PREFIX, secret_text, signature_headers};
