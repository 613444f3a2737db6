//! Use case: answer where a parcel is, and follow it.
//!
//! A lookup is one Query of the number, interpreted and folded. Where files say nothing of a parcel, the carrier's API
//! is asked ([`live`]). It knows no HTTP routes and no JSON of the API; the contract's answers are made from what it
//! returns.

mod asked;
mod carriers;
mod error;
mod follow;
mod http;
mod identifier;
mod labels;
pub mod live;
mod lookup;
pub mod trackers;

pub use asked::Asked;
pub use carriers::connections;
pub use error::TrackError;
pub use follow::{Followed, start, stop};
pub use identifier::Identifier;
pub use labels::{label, name_label};
pub use live::{Connections, Live, LiveParts, Refreshed, Refresher, begin_polls};
pub use lookup::{Answer, lookup};
