//! Use case: answer where a parcel is, and follow it.
//!
//! A lookup is one Query of the number, interpreted and folded. It knows no HTTP and no JSON; the contract's answers
//! are made from what it returns.

mod asked;
mod carriers;
mod error;
mod follow;
mod http;
mod labels;
mod lookup;

pub use asked::Asked;
pub use carriers::connections;
pub use error::TrackError;
pub use follow::{Followed, start, stop};
pub use labels::{label, name_label};
pub use lookup::{Answer, lookup};
