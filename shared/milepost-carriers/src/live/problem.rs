//! What a status code says, where the carrier's own words say no more.

use super::{HttpAnswer, LiveProblem};

/// Whether calls carry a token that can be had anew, or the credentials themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    Token,
    Credentials,
}

/// The problem that a status code alone settles. `None` for a success, and for what only the body can tell: 400, 404
/// and the other refusals.
pub(crate) fn by_status(answer: &HttpAnswer<'_>, login: Login) -> Option<LiveProblem> {
    let retry_after = answer.retry_after();
    match (answer.status, login) {
        (401, Login::Token) => Some(LiveProblem::TokenRefused),
        (401, Login::Credentials) => Some(LiveProblem::Refused {
            why: "the key or the password is wrong",
        }),
        (403, _) => Some(LiveProblem::Refused {
            why: "they may not track: the tracking API has to be added to them at the carrier's portal",
        }),
        (429, _) => Some(LiveProblem::Throttled { retry_after }),
        (408 | 500..=599, _) => Some(LiveProblem::CarrierDown { retry_after }),
        _ => None,
    }
}

/// A status that the carrier does not document.
pub(crate) fn unexpected(answer: &HttpAnswer<'_>) -> LiveProblem {
    LiveProblem::Malformed {
        hint: format!("status {}", answer.status),
    }
}

/// An answer without what every answer has.
pub(crate) fn without(path: &str) -> LiveProblem {
    LiveProblem::Malformed {
        hint: format!("no {path}"),
    }
}
