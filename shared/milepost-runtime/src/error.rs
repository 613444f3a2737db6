use milepost_model::{ErrorClass, SecretRef};
use milepost_store::StoreError;
use thiserror::Error;

/// What can go wrong around a use case.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// A variable of the environment is missing or unusable.
    #[error("the environment variable {name} {problem}")]
    Variable {
        /// Which.
        name: &'static str,
        /// What is wrong with it; never its value.
        problem: String,
    },
    /// A secret could not be read.
    #[error("the secret {} could not be read: {problem}", .reference.0)]
    Secret {
        /// The reference, which is no secret.
        reference: SecretRef,
        /// What is wrong.
        problem: String,
    },
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine has no randomness.
    #[error("the operating system gave no random bytes")]
    Randomness(#[source] getrandom::Error),
}

impl RuntimeError {
    /// Who is to act.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Variable { .. } => ErrorClass::Caller,
            Self::Secret { .. } | Self::Randomness(_) => ErrorClass::Retry,
            Self::Store(error) => error.class(),
        }
    }
}
