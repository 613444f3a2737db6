//! Layouts: how a carrier's file is written, as data.
//!
//! A layout is a TOML text. Those that come with the hub are in the folder `layouts`; the first of them, `generic`,
//! explains every field. An operator's own is a text of the same form.
//!
//! 1. [`Layout::parse`] reads and checks the text.
//! 2. The layout's format, wrapper and charset open the file in milepost-feeds.
//! 3. [`Layout::mapper`] finds the layout's columns in the file's header.
//! 4. [`Mapper::map`] turns a record into an [`Item`], or says why not.

mod check;
mod columns;
mod connect;
mod error;
mod field;
mod item;
mod mapper;
mod scalar;
pub(crate) mod time;
pub(crate) mod values;
mod written;

use std::collections::BTreeMap;

use milepost_feeds::{Charset, Format, Wrapper};
use milepost_model::DetailCode;

pub use error::LayoutError;
pub use item::{Item, Refusal, reason_of};
pub use mapper::Mapper;

use columns::ColumnRows;

/// Longest text of a layout in bytes. The longest bundled one has 5 KB; a status table of a thousand codes has 40.
pub const MAX_LAYOUT_BYTES: usize = 64 * 1024;

/// How a carrier's file is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    name: String,
    revision: u32,
    description: String,
    format: Format,
    wrapper: Wrapper,
    charset: Charset,
    statuses: BTreeMap<String, DetailCode>,
    rows: Rows,
}

/// What stands in a row.
#[derive(Debug, Clone, PartialEq)]
enum Rows {
    /// One event, by columns of delimited text or keys of a JSON object.
    Columns(ColumnRows),
    /// One `ImportedTrackingEvent` of ShipEngine Connect.
    ConnectItems,
}

impl Layout {
    /// Reads a layout's text and checks it.
    ///
    /// # Errors
    ///
    /// [`LayoutError`], which names the field, the rule that it breaks, and its line.
    pub fn parse(text: &str) -> Result<Self, LayoutError> {
        check::layout(text)
    }

    /// The bundled layout of a name.
    pub fn bundled(name: &str) -> Option<Self> {
        let (_, text) = bundled_layouts().iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Finds the layout's columns in a file. `header` is the header row as the feed reader gives it; `None` for formats
    /// without one and for an empty file.
    ///
    /// # Errors
    ///
    /// [`LayoutError::MissingColumns`] and [`LayoutError::DoubledColumn`].
    pub fn mapper(&self, header: Option<&[String]>) -> Result<Mapper, LayoutError> {
        Mapper::new(self, header)
    }

    /// What connections call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From 1. A file is imported anew under a higher revision, and only what the highest revision made of it counts.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// One line for people.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What the feed reader needs to know of its rows.
    pub fn format(&self) -> Format {
        self.format
    }

    /// What files are wrapped in.
    pub fn wrapper(&self) -> Wrapper {
        self.wrapper
    }

    /// How files write letters beyond ASCII.
    pub fn charset(&self) -> Charset {
        self.charset
    }
}

/// The names and texts of the layouts that come with the hub.
pub fn bundled_layouts() -> &'static [(&'static str, &'static str)] {
    &[
        ("generic", include_str!("../layouts/generic.toml")),
        ("generic-json-lines", include_str!("../layouts/generic-json-lines.toml")),
        ("connect-items", include_str!("../layouts/connect-items.toml")),
    ]
}
