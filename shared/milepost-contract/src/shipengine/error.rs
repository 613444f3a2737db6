use milepost_model::{CarrierCode, ErrorClass};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a request is not answered as asked. The message says what to change.
///
/// No text of a request is repeated unless it has been checked to be a carrier code, so nothing secret comes back and
/// no message grows with its request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// No API key, or none that the hub knows.
    #[error("{0}: send a key that `milepost key create` has printed")]
    Unauthorized(KeyFault),
    /// The key is known but not made for this.
    #[error("this API key does not have the scope \"{scope}\": create one that has it with `milepost key create`")]
    Forbidden {
        /// What the key lacks.
        scope: &'static str,
    },
    /// A parameter is not there, or empty.
    #[error("{field} is missing or empty: add it to the query, as in {field}={example}")]
    MissingParameter {
        /// Which.
        field: &'static str,
        /// What it could be.
        example: &'static str,
    },
    /// A parameter does not hold what it must.
    #[error("{field} is not valid: {why}")]
    InvalidValue {
        /// Which.
        field: &'static str,
        /// The rule that it breaks, without the whole value.
        why: String,
    },
    /// `carrier_code` and `carrier_id` name different carriers.
    #[error(
        "carrier_id se-{carrier_id} is a connection of another carrier than \"{carrier}\": send carrier_code or \
         carrier_id alone, or make them agree"
    )]
    CarrierMismatch {
        /// The carrier asked for.
        carrier: CarrierCode,
        /// The connection asked for.
        carrier_id: i32,
    },
    /// Neither the hub nor the account knows the carrier.
    #[error("this hub knows no carrier \"{carrier}\": correct the code, or add a connection with that code")]
    UnknownCarrier {
        /// The carrier asked for.
        carrier: CarrierCode,
    },
    /// The carrier is known, but the account has no connection to it and it cannot do without.
    #[error(
        "the carrier \"{carrier}\" is not connected to this account: add a connection with `milepost connection add`"
    )]
    UnconnectedCarrier {
        /// The carrier asked for.
        carrier: CarrierCode,
    },
    /// The account has no such thing; another one's is not told apart from none.
    #[error("this account has no such {what}: check the id")]
    NotFound {
        /// What was asked for: `webhook`, `connection`, `delivery`.
        what: &'static str,
    },
    /// Nothing is served at the path.
    #[error("nothing is served at this path: GET /openapi.json lists what is")]
    NoSuchRoute,
    /// The path is served, the method is not.
    #[error("this path does not take this method: use {allow}")]
    MethodNotAllowed {
        /// The methods, as the `Allow` header has them: `GET, PUT`.
        allow: String,
    },
    /// The request needs a body and has none.
    #[error("this request needs a JSON body: send one")]
    BodyMissing,
    /// The body is not the JSON that is asked for.
    #[error("the body cannot be read: {why}")]
    BodyMalformed {
        /// What is wrong and where, without the body's content.
        why: String,
    },
    /// The body is over the limit.
    #[error("the body is too large: send at most {limit} bytes")]
    BodyTooLarge {
        /// Bytes that are read.
        limit: u32,
    },
    /// The account has the same webhook already.
    #[error("this account has a webhook for this event and address, {webhook_id}: change that one, or delete it first")]
    WebhookConflict {
        /// The one that is there.
        webhook_id: String,
    },
    /// Over the rate limit.
    #[error("too many requests: wait {retry_after} s and send fewer")]
    RateLimited {
        /// Seconds until a request is taken again.
        retry_after: u32,
    },
    /// Something that the hub needs did not answer in time.
    #[error("the hub is busy: repeat the request in {retry_after} s")]
    Unavailable {
        /// Seconds until it is worth trying again.
        retry_after: u32,
    },
    /// A fault of the hub. The cause is in its log and never in an answer.
    #[error("the hub failed at this request: look for the request id in its log")]
    Internal,
}

/// What is wrong with a request's API key. Ship24's clients tell these apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// There is none.
    #[error("there is no API key in the header API-Key or Authorization")]
    Missing,
    /// The header is there and is not of the form that it has.
    #[error("the header Authorization is not \"Bearer\" and an API key")]
    Malformed,
    /// The hub has no such key, or has it no more.
    #[error("this is no API key of this hub")]
    Unknown,
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// A UUID that the log has too.
    pub request_id: String,
    /// Always one.
    pub errors: Vec<ErrorItem>,
}

/// One error of an [`ErrorBody`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorItem {
    /// Always `shipengine`: the hub itself, in the words of the contract.
    pub error_source: String,
    /// What kind: `security`, `validation`, `business_rules`, `system`.
    pub error_type: String,
    /// Which, in the words of the contract.
    pub error_code: String,
    /// What to change.
    pub message: String,
    /// Of which carrier.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carrier_code: Option<String>,
    /// Which parameter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field_name: Option<String>,
}

impl Problem {
    /// A parameter or a field of a body that does not hold what it must. `why` is the rule, without the whole value.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::InvalidValue { field, why: why.into() }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::MissingParameter { .. }
            | Self::InvalidValue { .. }
            | Self::CarrierMismatch { .. }
            | Self::UnknownCarrier { .. }
            | Self::UnconnectedCarrier { .. }
            | Self::BodyMissing
            | Self::BodyMalformed { .. } => 400,
            Self::Unauthorized(_) => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound { .. } | Self::NoSuchRoute => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::WebhookConflict { .. } => 409,
            Self::BodyTooLarge { .. } => 413,
            Self::RateLimited { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable { .. } => 503,
        }
    }

    /// `error_type` and `error_code`.
    ///
    /// Only codes that stand both in ShipEngine's OpenAPI document and in its Python SDK, which raises `ValueError`
    /// at any other in place of its own error. So what is not found is `invalid_identifier` and not `not_found`, and
    /// what has no code of its own is `unspecified`.
    fn kind(&self) -> (&'static str, &'static str) {
        match self {
            Self::Unauthorized(_) => ("security", "unauthorized"),
            Self::Forbidden { .. } => ("security", "forbidden"),
            Self::MissingParameter { .. } => ("validation", "field_value_required"),
            Self::InvalidValue { .. } | Self::CarrierMismatch { .. } | Self::BodyMalformed { .. } => {
                ("validation", "invalid_field_value")
            }
            Self::UnknownCarrier { .. } => ("business_rules", "carrier_not_supported"),
            Self::UnconnectedCarrier { .. } => ("business_rules", "carrier_not_connected"),
            Self::NotFound { .. } => ("validation", "invalid_identifier"),
            Self::BodyMissing => ("validation", "request_body_required"),
            Self::WebhookConflict { .. } => ("business_rules", "webhook_event_type_conflict"),
            Self::RateLimited { .. } => ("system", "rate_limit_exceeded"),
            Self::NoSuchRoute | Self::MethodNotAllowed { .. } | Self::BodyTooLarge { .. } => {
                ("validation", "unspecified")
            }
            Self::Unavailable { .. } | Self::Internal => ("system", "unspecified"),
        }
    }

    /// What the caller should do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::RateLimited { .. } | Self::Unavailable { .. } => ErrorClass::Retry,
            Self::Internal => ErrorClass::Permanent,
            _ => ErrorClass::Caller,
        }
    }

    /// Seconds for the `Retry-After` header.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    /// The `Allow` header, which HTTP asks for beside a 405.
    pub fn allow(&self) -> Option<&str> {
        match self {
            Self::MethodNotAllowed { allow } => Some(allow),
            _ => None,
        }
    }

    /// The body to answer; `request_id` is a UUID.
    pub fn body(&self, request_id: &str) -> ErrorBody {
        let (error_type, error_code) = self.kind();
        let carrier = match self {
            Self::CarrierMismatch { carrier, .. }
            | Self::UnknownCarrier { carrier }
            | Self::UnconnectedCarrier { carrier } => Some(carrier),
            _ => None,
        };
        let field = match self {
            Self::MissingParameter { field, .. } | Self::InvalidValue { field, .. } => Some(*field),
            Self::CarrierMismatch { .. } => Some("carrier_id"),
            Self::UnknownCarrier { .. } | Self::UnconnectedCarrier { .. } => Some("carrier_code"),
            _ => None,
        };
        ErrorBody {
            request_id: request_id.to_owned(),
            errors: vec![ErrorItem {
                error_source: "shipengine".to_owned(),
                error_type: error_type.to_owned(),
                error_code: error_code.to_owned(),
                message: self.to_string(),
                carrier_code: carrier.map(CarrierCode::to_string),
                field_name: field.map(str::to_owned),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<Problem> {
        let carrier = CarrierCode::parse("dhl_express").unwrap();
        vec![
            Problem::Unauthorized(KeyFault::Missing),
            Problem::Forbidden { scope: "admin" },
            Problem::MissingParameter {
                field: "carrier_code",
                example: "usps",
            },
            Problem::InvalidValue {
                field: "tracking_number",
                why: milepost_model::Invalid::NumberRounded.to_string(),
            },
            Problem::CarrierMismatch {
                carrier: carrier.clone(),
                carrier_id: 7,
            },
            Problem::UnknownCarrier {
                carrier: CarrierCode::parse("dhl_expres").unwrap(),
            },
            Problem::UnconnectedCarrier { carrier },
            Problem::NotFound { what: "webhook" },
            Problem::NoSuchRoute,
            Problem::MethodNotAllowed {
                allow: "GET, PUT".into(),
            },
            Problem::BodyMissing,
            Problem::BodyMalformed {
                why: "expected value at line 1 column 1".into(),
            },
            Problem::BodyTooLarge { limit: 65_536 },
            Problem::WebhookConflict {
                webhook_id: "se-12".into(),
            },
            Problem::RateLimited { retry_after: 30 },
            Problem::Unavailable { retry_after: 2 },
            Problem::Internal,
        ]
    }

    /// Every variant once, as the compiler knows them: a new one does not pass unseen.
    #[test]
    fn every_is_complete() {
        let place = |problem: &Problem| match problem {
            Problem::Unauthorized(_) => 0,
            Problem::Forbidden { .. } => 1,
            Problem::MissingParameter { .. } => 2,
            Problem::InvalidValue { .. } => 3,
            Problem::CarrierMismatch { .. } => 4,
            Problem::UnknownCarrier { .. } => 5,
            Problem::UnconnectedCarrier { .. } => 6,
            Problem::NotFound { .. } => 7,
            Problem::NoSuchRoute => 8,
            Problem::MethodNotAllowed { .. } => 9,
            Problem::BodyMissing => 10,
            Problem::BodyMalformed { .. } => 11,
            Problem::BodyTooLarge { .. } => 12,
            Problem::WebhookConflict { .. } => 13,
            Problem::RateLimited { .. } => 14,
            Problem::Unavailable { .. } => 15,
            Problem::Internal => 16,
        };
        let places: Vec<_> = every().iter().map(place).collect();
        assert_eq!(places, Vec::from_iter(0..17));
    }

    #[test]
    fn bodies() {
        let answer = |problem: &Problem| (problem.status(), problem.body("5b2ad5b8-6a1c-4b3d-9e6f-0c1d2e3f4a5b"));
        let answers: Vec<_> = every().iter().map(answer).collect();
        insta::assert_json_snapshot!(answers);
    }

    /// What both ShipEngine's OpenAPI document and its Python SDK know.
    #[test]
    fn both_sdks_survive_every_code() {
        const CODES: [&str; 17] = [
            "unauthorized",
            "forbidden",
            "field_value_required",
            "invalid_field_value",
            "invalid_identifier",
            "invalid_string_length",
            "request_body_required",
            "carrier_not_connected",
            "carrier_not_supported",
            "tracking_not_supported",
            "invalid_billing_plan",
            "rate_limit_exceeded",
            "webhook_event_type_conflict",
            "identifier_conflict",
            "subscription_inactive",
            "trial_expired",
            "unspecified",
        ];
        const TYPES: [&str; 6] = [
            "account_status",
            "business_rules",
            "validation",
            "security",
            "system",
            "integrations",
        ];
        for problem in every() {
            let (error_type, error_code) = problem.kind();
            assert!(CODES.contains(&error_code), "{problem:?}");
            assert!(TYPES.contains(&error_type), "{problem:?}");
            assert!((400..=599).contains(&problem.status()), "{problem:?}");
        }
    }

    /// The OpenAPI document promises no error that nothing answers.
    #[test]
    fn every_described_status_is_a_problems() {
        let answered: Vec<u16> = every().iter().map(Problem::status).collect();
        let document: serde_json::Value = serde_json::from_str(crate::OPENAPI).unwrap();
        for name in document["components"]["responses"].as_object().unwrap().keys() {
            let status = name.strip_prefix("ShipEngine").or(name.strip_prefix("Ship24")).unwrap();
            assert!(answered.contains(&status.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn class_and_status_agree() {
        for problem in every() {
            let status = problem.status();
            let expect = match status {
                429 | 503 => ErrorClass::Retry,
                500 => ErrorClass::Permanent,
                _ => ErrorClass::Caller,
            };
            assert_eq!(problem.class(), expect, "{problem:?}");
            assert_eq!(
                problem.retry_after().is_some(),
                expect == ErrorClass::Retry,
                "{problem:?}"
            );
            assert_eq!(problem.allow().is_some(), status == 405, "{problem:?}");
        }
    }
}
