//! What each carrier means: its names, its codes, its files and its clocks.
//!
//! - [`resolve`] and [`carrier`]: which carrier a code names, and what is true of it as a whole.
//! - [`detect`]: which carriers a tracking number can belong to.
//! - [`layout`]: how a carrier's file is written, as data, and the events and facts in its rows.
//! - [`live`]: the call that asks a carrier's API about a number, and what its answer says. Sends nothing.
//! - [`read`] and [`read_parcel`]: when events happened and what they mean, worked out anew at each reading, so that a
//!   better table heals old parcels.
//! - [`Codes`] and [`Standard`]: what a carrier's or a standard's code means, and whether it is known at all.
//! - [`status_of`], [`ship24_of`] and the descriptions: what a detail code is in the two public APIs.
//! - [`Carrier::registration_form`], [`carriers_page`]: what a connection needs, and all of this as a page.
//!
//! Every table has one home: a carrier's codes under `carriers`, layouts under `layouts`, places under
//! `places`. Later work adds rows there and no code.
//!
//! This crate is pure. It knows no network, no file system, no environment and no clock; no account, connection or
//! table; and nothing of how answers look as JSON. Whether an event is too old or in the future is for the importer,
//! which knows when it arrived.

mod carriers;
mod detection;
mod interpret;
pub mod layout;
pub mod live;
mod registry;
mod statuses;
mod zones;

pub use detection::{CheckDigit, Detected, detect};
pub use interpret::{read, read_followed, read_parcel};
pub use registry::{
    Carrier, Field, FieldKind, Form, Need, Standing, Support, carrier, carriers_page, known_carriers, of_ship24,
    resolve,
};
pub use statuses::{
    Category, Codes, Known, Milestone, Ship24Code, Ship24Status, Standard, detail_description, ship24_of,
    status_description, status_of,
};
pub use zones::country_code;
