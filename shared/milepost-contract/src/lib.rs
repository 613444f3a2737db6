//! The public JSON: what callers of the hub send and are answered, field by field.
//!
//! [`shipengine`] is the contract of ShipEngine's tracking API, as its OpenAPI document, its published example and its
//! two SDKs have it; [`ship24`] is that of Ship24's API; [`hub`] is the hub's own. The model's types do not serialise: each shape stands here and is made
//! from them, so that neither binds the other.
//!
//! This crate is pure: no I/O, no clock, no HTTP library. It does not know who asks, which connections there are or
//! how anything is stored; request ids, connection numbers and addresses are handed in.

pub mod deliveries;
pub mod hub;
mod openapi;
pub mod routes;
pub mod ship24;
pub mod shipengine;

pub use openapi::OPENAPI;
