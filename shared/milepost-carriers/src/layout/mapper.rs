use std::collections::BTreeMap;

use milepost_feeds::Record;
use milepost_model::{DetailCode, RejectReason};

use super::columns::{self, ColumnMapper};
use super::connect;
use super::{Item, Layout, LayoutError, Refusal, Rows};

/// Turns the records of one file into items. Made by [`Layout::mapper`].
#[derive(Debug)]
pub struct Mapper {
    rows: MappedRows,
    notes: Vec<String>,
}

#[derive(Debug)]
enum MappedRows {
    Columns(Box<ColumnMapper>),
    ConnectItems { statuses: BTreeMap<String, DetailCode> },
}

impl Mapper {
    pub(super) fn new(layout: &Layout, header: Option<&[String]>) -> Result<Self, LayoutError> {
        match &layout.rows {
            Rows::Columns(rows) => {
                let (mapper, notes) = columns::find(rows, &layout.format, header)?;
                Ok(Self {
                    rows: MappedRows::Columns(Box::new(mapper)),
                    notes,
                })
            }
            Rows::ConnectItems => Ok(Self {
                rows: MappedRows::ConnectItems {
                    statuses: layout.statuses.clone(),
                },
                notes: Vec::new(),
            }),
        }
    }

    /// What a record says. `None` is a record of a kind that the layout passes over, or the header once more.
    ///
    /// Dates are checked for being dates. Whether one is too old or in the future is for the importer, which knows when
    /// the file arrived.
    ///
    /// # Errors
    ///
    /// [`Refusal`]: the row is a reject, and the file goes on.
    pub fn map(&self, record: &Record<'_>) -> Result<Option<Item>, Refusal> {
        match (&self.rows, record) {
            (MappedRows::Columns(mapper), record) => mapper.map(record),
            (MappedRows::ConnectItems { statuses }, Record::Json(line)) => connect::map(line, statuses).map(Some),
            (MappedRows::ConnectItems { .. }, Record::Fields(_) | Record::Picks(_)) => Err((
                RejectReason::Malformed,
                "the record is not of the layout's format".to_owned(),
            )),
        }
    }

    /// What is odd about the file's header but stops nothing: columns that the layout does not read, and optional ones
    /// that the file does not have.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}
