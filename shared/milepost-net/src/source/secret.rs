//! A password on its way to a server.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use milepost_model::SecretRef;

/// Reads a secret by its reference; the error says what is wrong and holds nothing of it.
pub type ReadSecret =
    Arc<dyn Fn(SecretRef) -> Pin<Box<dyn Future<Output = Result<Secret, String>> + Send>> + Send + Sync>;

/// A text that no `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for what sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
