use milepost_model::ErrorClass;
use thiserror::Error;

/// Why a description cannot be used. Every message says what to change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// It is longer than [`MAX_DESCRIPTION_BYTES`](super::MAX_DESCRIPTION_BYTES).
    #[error("the description has {bytes} bytes, the most is {limit}")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// It is not TOML, a field is unknown or missing, or has a value of another type.
    #[error("{}{message}", at(*.line))]
    Form {
        /// Line of the text, from 1, where it is known.
        line: Option<usize>,
        /// What the parser says.
        message: String,
    },
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Field {
        /// Which field: `track.path`.
        field: String,
        /// The rule.
        rule: String,
    },
}

impl DescriptionError {
    /// Always the caller's: another description is needed.
    pub fn class(&self) -> ErrorClass {
        ErrorClass::Caller
    }
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}
