//! Credentials and tokens, which no `Debug` shows.

use std::collections::BTreeMap;
use std::time::Duration;

use milepost_model::Secret;

use super::CallError;

/// What a connection gives for a carrier's API: the values of the registration form's login and of the settings form,
/// by the names of their fields (`client_id`, `client_secret`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials(BTreeMap<String, Secret>);

impl Credentials {
    /// Credentials of names and values. Spaces and line ends around a value go: files and consoles add them.
    pub fn new<N: Into<String>, V: AsRef<str>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter();
        Self(
            values
                .map(|(name, value)| (name.into(), Secret::new(value.as_ref().trim())))
                .collect(),
        )
    }

    /// A value.
    ///
    /// # Errors
    ///
    /// [`CallError::NoCredential`] when it is missing or empty.
    pub fn get(&self, name: &str) -> Result<&str, CallError> {
        let value = self.0.get(name).map(Secret::expose).filter(|value| !value.is_empty());
        value.ok_or_else(|| CallError::NoCredential { name: name.to_owned() })
    }
}

/// A token of a carrier's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub value: Secret,
    /// How long it is good for, from the moment it was asked for. The reader has taken a minute off what the carrier
    /// says, for the calls that are under way when it ends.
    pub good_for: Duration,
}
