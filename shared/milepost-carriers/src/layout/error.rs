use std::fmt::Write as _;

use milepost_model::ErrorClass;
use thiserror::Error;

/// Why a layout cannot be used, or not for a file. Every message says what to change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// It is longer than [`MAX_LAYOUT_BYTES`](super::MAX_LAYOUT_BYTES).
    #[error("the layout has {bytes} bytes, the most is {limit}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// It is not TOML, a field is unknown or missing, or has a value of another type.
    #[error("{}{message}", at(*.line))]
    Form {
        /// Line of the layout's text, from 1, where it is known.
        line: Option<usize>,
        /// What the parser says.
        message: String,
    },
    /// A field breaks a rule.
    #[error("{}{field}: {rule}", at(*.line))]
    Field {
        /// Line of the layout's text, from 1, where it is known.
        line: Option<usize>,
        /// Which field: `time.patterns`.
        field: String,
        /// The rule.
        rule: String,
    },
    /// The file has no column of a name that the layout needs.
    #[error("the file has no column {}; its header has {}{}", quoted(.missing), quoted(.header), delimiter(.header))]
    MissingColumns {
        /// What is missing.
        missing: Vec<String>,
        /// What the header has.
        header: Vec<String>,
    },
    /// The file has two columns of a name that the layout reads.
    #[error("the file has two columns {column:?}: give the column's number in the layout")]
    DoubledColumn {
        /// The name.
        column: String,
    },
}

impl LayoutError {
    /// Always the caller's: another layout, or another file, is needed.
    pub fn class(&self) -> ErrorClass {
        ErrorClass::Caller
    }
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

/// A header of one name that holds another delimiter says what is wrong.
fn delimiter(header: &[String]) -> String {
    let [name] = header else { return String::new() };
    let other = [';', '\t', '|', ','].into_iter().find(|other| name.contains(*other));
    other.map_or_else(String::new, |other| {
        format!(": is {other:?} its delimiter? The layout says another")
    })
}

/// As many names as help, each cut: a file without a header has data where the names should be.
pub(super) fn quoted(names: &[String]) -> String {
    const NAMES: usize = 40;
    const LETTERS: usize = 40;
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let mut list = String::new();
    for (nth, name) in names.iter().take(NAMES).enumerate() {
        let name: String = name.chars().take(LETTERS).collect();
        let comma = if nth == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(list, "{comma}{name:?}");
    }
    if names.len() > NAMES {
        let _ = write!(list, " and {} more", names.len() - NAMES);
    }
    list
}
