use thiserror::Error;

/// What whoever asked should do about an error. Every crate's error answers one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The request or the configuration is wrong: change it.
    Caller,
    /// The same request may succeed later: try again, with backoff.
    Retry,
    /// Trying again cannot help, and the caller did nothing wrong.
    Permanent,
}

/// Why a text is not one of the model's names. The message says what to change and never repeats the whole input.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Not `lower_case_words` of letters and digits, at most 50 characters.
    #[error(
        "a carrier code is lower case letters, digits and single underscores, at most 50 characters, such as \"usps\""
    )]
    CarrierCode,
    /// Not an account name.
    #[error("an account name is 1 to 40 lower case letters, digits and hyphens and begins with a letter or digit")]
    AccountId,
    /// Not a connection name.
    #[error("a connection name is 1 to 60 lower case letters, digits and hyphens and begins with a letter or digit")]
    ConnectionId,
    /// Not a label's id.
    #[error("a label id is 1 to 50 letters, digits, - and _, such as \"se-28529731\"")]
    LabelId,
    /// No character left after trimming.
    #[error("the tracking number is empty")]
    NumberEmpty,
    /// Outside 4 to 50 characters once spaces are gone.
    #[error("a tracking number has 4 to 50 characters without its spaces, this one has {0}")]
    NumberLength(usize),
    /// A character that no carrier uses.
    #[error("a tracking number holds letters, digits and - _ / . only")]
    NumberCharacter,
    /// `N/A`, `0`, `123456789` and their like: what systems write when there is no number.
    #[error("this is a placeholder, not a tracking number")]
    NumberPlaceholder,
    /// A number that a spreadsheet turned into floating point, such as `9.40014E+21`: its last digits are lost.
    #[error("a spreadsheet has rounded this tracking number: export the column as text")]
    NumberRounded,
    /// Some other name of the model.
    #[error("{what} is not valid: {why}")]
    Name {
        /// Which name.
        what: &'static str,
        /// The rule it breaks.
        why: &'static str,
    },
}
