//! Trailers: rows that count the rows before them, by which a file that lost some is told from a whole one.

use crate::RowFault;

/// A row that counts others. Columns are numbers from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// The column that tells kinds of rows apart.
    pub kind: usize,
    /// What a trailer has there.
    pub is: String,
    /// The column with the count.
    pub count: usize,
    /// What counted rows have in the column `kind`; empty: every row but the trailer is counted.
    pub of: Vec<String>,
}

/// Counts the rows of a file against its trailers.
pub(crate) struct Tally {
    trailer: Trailer,
    read: u64,
    /// Rows that could not be read, which may be of a counted kind or not.
    unread: u64,
    /// Whether nothing came behind the last trailer.
    closed: bool,
}

impl Tally {
    pub(crate) fn new(trailer: Trailer) -> Self {
        Self {
            trailer,
            read: 0,
            unread: 0,
            // A file of no rows needs no trailer.
            closed: true,
        }
    }

    /// Takes note of a row that could not be read.
    pub(crate) fn lose(&mut self) {
        self.unread += 1;
    }

    /// Takes note of a row, and says if it is a trailer that counts other than what was read.
    pub(crate) fn count<'r>(&mut self, field: impl Fn(usize) -> Option<&'r str>) -> Option<RowFault> {
        let trailer = &self.trailer;
        let text = |column| field(column).unwrap_or_default().trim();
        let kind = text(trailer.kind);
        if kind != trailer.is {
            self.closed = false;
            self.read += u64::from(trailer.of.is_empty() || trailer.of.iter().any(|counted| counted == kind));
            return None;
        }
        self.closed = true;
        let counted = text(trailer.count).parse().unwrap_or(0);
        let read = std::mem::take(&mut self.read);
        let most = read + std::mem::take(&mut self.unread);
        (!(read..=most).contains(&counted)).then_some(RowFault::WrongCount { counted, read })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }
}
