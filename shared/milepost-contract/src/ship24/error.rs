use serde::Serialize;

use crate::shipengine::{KeyFault, Problem};

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Errors {
    errors: Vec<ErrorItem>,
    /// Always `null`.
    data: Option<()>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Ship24ErrorItem"))]
struct ErrorItem {
    code: &'static str,
    message: String,
}

/// The HTTP status of a problem in Ship24's API, which takes a key that is not there for a bad request.
pub fn status(problem: &Problem) -> u16 {
    match problem {
        Problem::Unauthorized(KeyFault::Missing | KeyFault::Malformed) => 400,
        _ => problem.status(),
    }
}

/// What Ship24 answers in place of a problem. Its SDKs tell errors by code first and then by status.
pub fn errors(problem: &Problem) -> Errors {
    let code = match problem {
        Problem::Unauthorized(KeyFault::Missing) => "auth_missing_header",
        Problem::Unauthorized(KeyFault::Malformed) => "auth_invalid_header",
        Problem::Unauthorized(KeyFault::Unknown) => "auth_invalid_api_key",
        Problem::MissingParameter { .. } | Problem::BodyMissing => "missing_mandatory_field",
        Problem::BodyMalformed { .. } => "parsing_error",
        Problem::InvalidValue { .. }
        | Problem::CarrierMismatch { .. }
        | Problem::UnknownCarrier { .. }
        | Problem::UnconnectedCarrier { .. }
        | Problem::BodyTooLarge { .. } => "validation_error",
        Problem::NotFound { .. } => "tracker_not_found",
        Problem::WebhookConflict { .. } => "request_conflict",
        Problem::RateLimited { .. } => "quota_limit_reached",
        Problem::Forbidden { .. }
        | Problem::NoSuchRoute
        | Problem::MethodNotAllowed { .. }
        | Problem::Unavailable { .. }
        | Problem::Internal => "processing_error",
    };
    let message = problem.to_string();
    Errors {
        errors: vec![ErrorItem { code, message }],
        data: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope() {
        let missing = Problem::MissingParameter {
            field: "tracking_number",
            example: "9405511899223197428490",
        };
        insta::assert_json_snapshot!(errors(&missing), @r#"
        {
          "errors": [
            {
              "code": "missing_mandatory_field",
              "message": "tracking_number is missing or empty: add it to the query, as in tracking_number=9405511899223197428490"
            }
          ],
          "data": null
        }
        "#);
    }
}
