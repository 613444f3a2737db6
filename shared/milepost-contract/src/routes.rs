//! The routes of the hub: one table, and which of its lines a request meets.
//!
//! The functions, the gateway of a hub on one machine, the OpenAPI document and the test of the template all read the
//! same [`TABLE`]. A route of a function is a variant of that function's enum ([`LookupRoute`], [`StartRoute`],
//! [`ManageRoute`]), so the compiler sees to it that each is answered.

mod find;
mod pattern;
mod table;

pub use find::{Found, Missed, route};
pub use pattern::Pattern;
pub use table::{Entry, Family, LookupRoute, ManageRoute, Method, Route, StartRoute, TABLE};
