//! The contract of Ship24's API, as its OpenAPI document and its two SDKs have it.

mod couriers;
mod error;

pub use couriers::{CourierJson, CouriersData, CouriersJson};
pub use error::{Errors, errors, status};
