//! The OpenAPI document. It is made of the table of routes and of this crate's own types, by a test, and checked in: what
//! is served is what was read in review.
//!
//! A new route does not compile until `lookup`, `start` or `manage` says what it takes and answers. Then
//! `INSTA_UPDATE=always cargo test -p milepost-contract openapi` writes `openapi.json` anew.

#[cfg(test)]
mod document;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod manage;
#[cfg(test)]
mod operation;
#[cfg(test)]
mod start;
#[cfg(test)]
mod tests;

/// `GET /openapi.json`: this API in `OpenAPI` 3.1.
pub const OPENAPI: &str = include_str!("../openapi.json");
