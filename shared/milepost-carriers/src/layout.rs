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
mod meanings;
mod scalar;
pub(crate) mod time;
pub(crate) mod values;
mod written;

use std::collections::BTreeMap;

use milepost_feeds::{Charset, Format, MORE_FORMATS, OtherFormat, Wrapper};
use milepost_model::DetailCode;

pub(crate) use check::line_of;
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
    /// Events by columns.
    Columns(Box<ColumnRows>),
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
        check::layout(text, MORE_FORMATS)
    }

    /// The same, with other formats than [`MORE_FORMATS`] besides those that are built in. Their `fields` are filled in from the
    /// layout's columns.
    ///
    /// # Errors
    ///
    /// As [`Layout::parse`].
    pub fn parse_with(text: &str, formats: &[OtherFormat]) -> Result<Self, LayoutError> {
        check::layout(text, formats)
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
    pub fn format(&self) -> &Format {
        &self.format
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
        ("generic-semicolon", include_str!("../layouts/generic-semicolon.toml")),
        ("generic-json-lines", include_str!("../layouts/generic-json-lines.toml")),
        ("json-lines", include_str!("../layouts/json-lines.toml")),
        ("connect-items", include_str!("../layouts/connect-items.toml")),
        ("dpd-scaninfo", include_str!("../layouts/dpd-scaninfo.toml")),
        ("usps-pub97", include_str!("../layouts/usps-pub97.toml")),
        ("dhl-ssi-160", include_str!("../layouts/dhl-ssi-160.toml")),
        ("pod-repeating-tail", include_str!("../layouts/pod-repeating-tail.toml")),
        ("status-xml", include_str!("../layouts/status-xml.toml")),
        ("quantum-view-xml", include_str!("../layouts/quantum-view-xml.toml")),
        ("x12-214", include_str!("../layouts/x12-214.toml")),
        ("edifact-iftsta", include_str!("../layouts/edifact-iftsta.toml")),
    ]
}
