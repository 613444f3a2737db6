//! A carrier given as a file.

use milepost_model::{CarrierCode, ErrorClass};
use thiserror::Error;

use super::{Access, Asked, CallError, HttpAnswer, HttpCall, LiveCarrier, LiveProblem, Outcome, Terms, Token};
use crate::registry::Form;

/// Longest text of a description in bytes. The worked example has 3 KB; a status table of a thousand codes has 40.
pub const MAX_DESCRIPTION_BYTES: usize = 64 * 1024;

/// A carrier that is given as a TOML text: how to ask its API, and how to read the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedCarrier {
    terms: Terms,
    code: CarrierCode,
    name: String,
}

impl DescribedCarrier {
    /// Reads a description and checks it.
    ///
    /// # Errors
    ///
    /// [`DescriptionError`], which names the field, the rule that it breaks, and its line.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        if text.len() > MAX_DESCRIPTION_BYTES {
            return Err(DescriptionError::TooLong {
                bytes: text.len(),
                limit: MAX_DESCRIPTION_BYTES,
            });
        }
        Err(DescriptionError::Form {
            line: None,
            message: "no description is read yet".to_owned(),
        })
    }

    /// Its code in the APIs.
    pub fn code(&self) -> &CarrierCode {
        &self.code
    }

    /// Its name as people write it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a connection to it must give: the names of the fields are those of its
    /// [`Credentials`](super::Credentials).
    pub fn registration_form(&self) -> Form {
        Form::new(&[])
    }

    /// What a seller may change later.
    pub fn settings_form(&self) -> Form {
        Form::new(&[])
    }
}

impl LiveCarrier for DescribedCarrier {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn token_call(&self, _access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        Ok(None)
    }

    fn read_token(&self, _answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        Err(LiveProblem::TokenRefused)
    }

    fn track_call(&self, _asked: &[Asked], _access: &Access<'_>) -> Result<HttpCall, CallError> {
        Err(CallError::NoToken)
    }

    fn read(&self, _answer: &HttpAnswer<'_>, _asked: &[Asked]) -> Vec<Outcome> {
        Vec::new()
    }
}

/// Why a description cannot be used. Every message says what to change.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// It is longer than [`MAX_DESCRIPTION_BYTES`].
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
    #[error("{}{field}: {rule}", at(*.line))]
    Field {
        /// Line of the text, from 1, where it is known.
        line: Option<usize>,
        /// Which field: `track.url`.
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
