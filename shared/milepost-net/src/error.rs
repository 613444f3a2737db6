//! What a caller can do about an error, and the one shape of an error from an AWS service.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};

pub use milepost_model::ErrorClass;

use crate::exchange::find;

/// The longest account of a cause that is kept, in bytes: a few nested messages, not a page of XML.
const MAX_CAUSE: usize = 300;

/// A call to an AWS service that failed after the SDK's own retries.
///
/// The SDK's error is not kept, only its messages: its `Debug` prints the raw answer, and S3 answers a bad signature
/// with the canonical request, session token included.
#[derive(Debug, thiserror::Error)]
#[error("{operation} failed ({}): {cause}", .code.as_deref().unwrap_or("no answer"))]
pub struct AwsError {
    /// The API operation, as AWS spells it.
    pub operation: &'static str,
    /// The HTTP status, if an answer came.
    pub status: Option<u16>,
    /// The service's error code, if it gave one.
    pub code: Option<String>,
    cause: String,
    class: ErrorClass,
}

impl AwsError {
    pub(crate) fn new<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let status = error.raw_response().map(|answer| answer.status().as_u16());
        // Where no answer came at all, credentials may have been refused: what the service of these said is inside.
        let within = || find::<ErrorMetadata>(error).and_then(ErrorMetadata::code);
        let code = error.code().or_else(within).map(ToOwned::to_owned);
        let class = match error {
            SdkError::ConstructionFailure(_) => ErrorClass::Permanent,
            _ => class_of(status, code.as_deref()),
        };
        Self {
            operation,
            status,
            code,
            cause: messages(error),
            class,
        }
    }

    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        self.class
    }
}

/// Codes that S3 and SQS send with a 4xx status although a later call may succeed.
const PASSING_CODES: [&str; 5] = [
    "ExpiredToken",
    "RequestThrottled",
    "RequestTimeout",
    "Throttling",
    "ThrottlingException",
];

/// Codes that say that a name in the configuration is wrong, or a right is missing.
const CALLER_CODES: [&str; 5] = [
    "AccessDenied",
    "NoSuchBucket",
    "InvalidBucketName",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
];

fn class_of(status: Option<u16>, code: Option<&str>) -> ErrorClass {
    match (status, code) {
        (_, Some(code)) if PASSING_CODES.contains(&code) => ErrorClass::Retry,
        (_, Some(code)) if CALLER_CODES.contains(&code) => ErrorClass::Caller,
        // A redirect is the answer for a bucket of another region.
        (Some(300..400 | 401 | 403), _) => ErrorClass::Caller,
        (Some(408 | 429), _) => ErrorClass::Retry,
        (Some(400..500), _) => ErrorClass::Permanent,
        _ => ErrorClass::Retry,
    }
}

/// The messages of an error and its sources, without the `Debug` of any.
fn messages(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        if text.len() >= MAX_CAUSE {
            break;
        }
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text.truncate(text.floor_char_boundary(MAX_CAUSE));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_follows_from_status_and_code() {
        let check = |status, code, expect| assert_eq!(class_of(status, code), expect, "{status:?} {code:?}");
        check(None, None, ErrorClass::Retry);
        check(Some(500), Some("InternalError"), ErrorClass::Retry);
        check(Some(503), Some("SlowDown"), ErrorClass::Retry);
        check(Some(429), None, ErrorClass::Retry);
        check(Some(400), Some("RequestTimeout"), ErrorClass::Retry);
        check(Some(400), Some("ThrottlingException"), ErrorClass::Retry);
        check(Some(403), Some("AccessDenied"), ErrorClass::Caller);
        check(None, Some("AccessDenied"), ErrorClass::Caller);
        check(Some(301), Some("PermanentRedirect"), ErrorClass::Caller);
        check(Some(404), Some("NoSuchBucket"), ErrorClass::Caller);
        check(Some(404), Some("NoSuchKey"), ErrorClass::Permanent);
        check(Some(412), Some("PreconditionFailed"), ErrorClass::Permanent);
        check(Some(400), Some("InvalidMessageContents"), ErrorClass::Permanent);
    }
}
