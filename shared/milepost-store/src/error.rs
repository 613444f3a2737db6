use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use milepost_model::{ConnectionId, ErrorClass};
use thiserror::Error;

use crate::items::Unreadable;

/// What went wrong at the table. Messages name the table and the operation, never a secret or what an item says.
#[derive(Debug, Error)]
pub enum StoreError {
    /// DynamoDB refused a call, or did not answer it, and trying again did not help or would not.
    #[error("{operation} on table {table} failed: {cause}")]
    Call {
        /// Which table.
        table: String,
        /// The API operation, as AWS spells it.
        operation: &'static str,
        /// The service's error code with the HTTP status, or why there was no answer.
        cause: String,
        /// What to do about it.
        class: ErrorClass,
    },
    /// DynamoDB answered every try and never took everything.
    #[error("{operation} on table {table}: {left} items were not taken in {tries} tries")]
    Busy {
        /// Which table.
        table: String,
        /// The API operation.
        operation: &'static str,
        /// How many items are left.
        left: usize,
        /// How often it was tried without any progress.
        tries: u32,
    },
    /// An item of the table is not what it should be: damaged, or written by a newer version.
    #[error("an item of table {table} cannot be read: {cause}")]
    Item {
        /// Which table.
        table: String,
        /// Which kind of item, and which attribute.
        cause: Unreadable,
    },
    /// An item would be larger than DynamoDB takes.
    #[error("a {item} of {bytes} bytes is over the 400 KB that DynamoDB takes for an item")]
    TooLarge {
        /// Which kind of item.
        item: &'static str,
        /// How large it would be.
        bytes: usize,
    },
    /// Another run has taken over the lease or the file: whoever gets this stops.
    #[error("connection {connection}: another run has taken over")]
    Fenced {
        /// Whose lease it was.
        connection: ConnectionId,
    },
    /// A secret cannot be stored or read without the key that seals it.
    #[error(
        "no sealing key is configured: webhook secrets are stored sealed, so the hub needs a secret key of 32 random \
         bytes"
    )]
    NoSealKey,
    /// A sealed secret does not open.
    #[error(
        "a stored secret does not open: the configured sealing key is not the one that it was sealed with, or its item \
         was changed"
    )]
    Sealed,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[from] getrandom::Error),
}

impl StoreError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Call { class, .. } => *class,
            Self::Busy { .. } | Self::Random(_) => ErrorClass::Retry,
            Self::Item { .. } | Self::TooLarge { .. } | Self::Fenced { .. } | Self::NoSealKey | Self::Sealed => {
                ErrorClass::Permanent
            }
        }
    }

    /// Of a call that failed. The SDK's error is not kept: its `Debug` prints the whole answer, and DynamoDB's
    /// validation messages repeat parts of the item. Its code says enough.
    pub(crate) fn call<E>(table: &str, operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        let code = error.code();
        let cause = match (error, status) {
            (SdkError::ConstructionFailure(_), _) => "the request could not be built".to_owned(),
            (SdkError::TimeoutError(_), _) => "no answer in time".to_owned(),
            (SdkError::DispatchFailure(_), _) => "no connection, or it broke before the answer".to_owned(),
            (_, Some(status)) => format!("{} ({status})", code.unwrap_or("an answer without a code")),
            _ => "no answer".to_owned(),
        };
        let class = match error {
            SdkError::ConstructionFailure(_) => ErrorClass::Permanent,
            _ => class_of(status, code),
        };
        Self::Call {
            table: table.to_owned(),
            operation,
            cause,
            class,
        }
    }
}

/// Codes that DynamoDB sends with status 400 although the same call may succeed later (its Developer Guide, "Error
/// handling with DynamoDB"; expired credentials are renewed by the SDK).
const PASSING: [&str; 10] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ReplicatedWriteConflictException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
    "Throttling",
];

/// Codes that say that a name or a permission in the configuration is wrong.
const CONFIGURATION: [&str; 6] = [
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "UnrecognizedClientException",
];

fn class_of(status: Option<u16>, code: Option<&str>) -> ErrorClass {
    match (status, code) {
        (_, Some(code)) if PASSING.contains(&code) => ErrorClass::Retry,
        (_, Some(code)) if CONFIGURATION.contains(&code) => ErrorClass::Caller,
        (Some(408 | 429), _) => ErrorClass::Retry,
        (Some(401 | 403), _) => ErrorClass::Caller,
        (Some(400..500), _) => ErrorClass::Permanent,
        // 5xx, a success that could not be read, no answer at all.
        _ => ErrorClass::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_follows_from_status_and_code() {
        let check = |status, code, expect| assert_eq!(class_of(status, code), expect, "{status:?} {code:?}");
        check(None, None, ErrorClass::Retry);
        check(Some(500), Some("InternalServerError"), ErrorClass::Retry);
        check(Some(503), None, ErrorClass::Retry);
        check(Some(200), None, ErrorClass::Retry);
        check(
            Some(400),
            Some("ProvisionedThroughputExceededException"),
            ErrorClass::Retry,
        );
        check(Some(400), Some("ThrottlingException"), ErrorClass::Retry);
        check(Some(400), Some("ResourceNotFoundException"), ErrorClass::Caller);
        check(Some(400), Some("AccessDeniedException"), ErrorClass::Caller);
        check(Some(403), None, ErrorClass::Caller);
        check(Some(400), Some("ValidationException"), ErrorClass::Permanent);
        check(Some(413), None, ErrorClass::Permanent);
    }
}
