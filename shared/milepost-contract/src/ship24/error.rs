use serde::{Deserialize, Serialize};

use crate::shipengine::{KeyFault, Problem};

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Errors {
    /// One at least.
    pub errors: Vec<Fault>,
    /// Always `null`.
    pub data: Option<()>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fault {
    /// Which, in the words of the contract.
    pub code: String,
    /// What to change, without the text of the request.
    pub message: String,
}

impl Fault {
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A field that does not hold what it must.
    pub(super) fn invalid(field: &str, why: &str) -> Self {
        Self::new("validation_error", format!("{field} is not valid: {why}"))
    }
}

/// Why a request about trackers is not answered as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Fields that are missing or wrong, each of them.
    Faults(Vec<Fault>),
    /// `clientTrackerId` is that of a subscribed tracker with other data.
    NameTaken,
    /// A tracker of this number has some of these couriers and not the others.
    CouriersOverlap,
    /// A field that cannot be changed any more, since the tracker has found something.
    Frozen {
        /// Which.
        field: &'static str,
    },
    /// The account has no such tracker; another one's is not told apart from none.
    NoTracker,
    /// Other requests of the account were faster, again and again.
    InFlight,
    /// What can go wrong with any request.
    Problem(Problem),
}

impl Refusal {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Faults(_) | Self::NameTaken | Self::CouriersOverlap | Self::Frozen { .. } => 400,
            Self::NoTracker => 404,
            Self::InFlight => 409,
            Self::Problem(problem) => status(problem),
        }
    }

    /// The body to answer.
    pub fn body(&self) -> Errors {
        match self {
            Self::Problem(problem) => errors(problem),
            _ => Errors {
                errors: self.faults(),
                data: None,
            },
        }
    }

    /// What is wrong, as one item of a bulk request is answered.
    pub fn faults(&self) -> Vec<Fault> {
        let one = |code, message: &str| vec![Fault::new(code, message)];
        match self {
            Self::Faults(faults) => faults.clone(),
            Self::NameTaken => one(
                "tracker_conflict",
                "clientTrackerId is that of another subscribed tracker, or of this one with other data: send another, \
                 or unsubscribe that tracker",
            ),
            Self::CouriersOverlap => one(
                "tracker_conflict",
                "a tracker of this number has some of these couriers and not all: send the same list, or others",
            ),
            Self::Frozen { field } => one(
                "tracker_not_updatable",
                &format!("{field} cannot be changed once the tracker has found something: create another tracker"),
            ),
            Self::NoTracker => one("tracker_not_found", "this account has no such tracker"),
            Self::InFlight => one(
                "request_conflict",
                "other requests of this account were faster: repeat this one",
            ),
            Self::Problem(problem) => errors(problem).errors,
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
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
    Errors {
        errors: vec![Fault::new(code, problem.to_string())],
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
