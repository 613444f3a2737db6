//! A password on its way to a server.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use milepost_model::{Secret, SecretRef};

/// Reads a secret by its reference; the error says what is wrong and holds nothing of it.
pub type ReadSecret =
    Arc<dyn Fn(SecretRef) -> Pin<Box<dyn Future<Output = Result<Secret, String>> + Send>> + Send + Sync>;
