//! What is read of a request and put into an answer.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{CONTENT_TYPE, HeaderValue};
use lambda_http::{Body, Request, RequestExt, Response};
use milepost_contract::ship24::Refusal;
use milepost_contract::shipengine::{Problem, TrackingQuery};
use milepost_model::ErrorClass;
use milepost_store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// A hundred trackers with every field at its longest are half of it.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// The query of the tracking routes.
///
/// # Errors
/// What a caller is to change.
pub fn tracking_query(request: &Request) -> Result<TrackingQuery, Problem> {
    TrackingQuery::from_pairs(query(request))
}

/// The pairs of the query, percent-decoded, in order.
pub fn query(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    let pairs = request.query_string_parameters_ref();
    pairs.into_iter().flat_map(|pairs| pairs.iter())
}

/// The JSON of the body.
///
/// # Errors
/// [`Problem::BodyTooLarge`], [`Problem::BodyMissing`], [`Problem::BodyMalformed`].
pub fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let body: &[u8] = request.body();
    if body.len() > MAX_BODY_BYTES {
        return Err(Problem::BodyTooLarge {
            limit: u32::try_from(MAX_BODY_BYTES).unwrap_or(u32::MAX),
        });
    }
    if body.trim_ascii().is_empty() {
        return Err(Problem::BodyMissing);
    }
    serde_json::from_slice(body).map_err(|error| Problem::BodyMalformed { why: reason(&error) })
}

/// What is wrong and where; what the body holds is not repeated.
fn reason(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    match error.classify() {
        Category::Data if message.starts_with("missing field") => message,
        Category::Data => match message.split_once("expected ") {
            Some((_, expected)) => format!("expected {expected}"),
            None => format!("it is not what this route takes at line {line} column {column}"),
        },
        _ => format!("it is no JSON at line {line} column {column}"),
    }
}

/// What is answered when the table is not.
pub fn unanswered(error: &StoreError) -> Problem {
    tracing::error!(%error, "the table did not answer");
    match error.class() {
        ErrorClass::Retry => Problem::Unavailable { retry_after: 1 },
        _ => Problem::Internal,
    }
}

/// A JSON answer.
///
/// # Errors
/// [`Problem::Internal`]; not for any type of the contract.
pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Response<Body>, Problem> {
    let text = serde_json::to_string(body).map_err(|_| Problem::Internal)?;
    Ok(text_of("application/json", status, text))
}

/// An answer whose fault is the caller's, in Ship24's words.
///
/// # Errors
/// The problem, where that is what is refused.
pub fn refused(refusal: Refusal) -> Result<Response<Body>, Problem> {
    match refusal {
        Refusal::Problem(problem) => Err(problem),
        refusal => json(refusal.status(), &refusal.body()),
    }
}

/// An answer without a body.
pub fn empty(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// An answer of a text that is made already.
pub fn text_of(content_type: &'static str, status: u16, text: impl Into<String>) -> Response<Body> {
    let mut response = empty(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Body::Text(text.into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Form {
        #[expect(dead_code, reason = "only read from JSON")]
        url: String,
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let request = Request::new(Body::from(text));
        let problem = body::<Form>(&request).unwrap_err();
        assert_eq!(problem.to_string(), expect, "{text}");
    }

    #[test]
    fn bodies() {
        check("", "this request needs a JSON body: send one");
        check(" \n", "this request needs a JSON body: send one");
        check("{", "the body cannot be read: it is no JSON at line 1 column 1");
        check(
            "{\"url\":\"s3cret",
            "the body cannot be read: it is no JSON at line 1 column 14",
        );
        check("{}", "the body cannot be read: missing field `url` at line 1 column 2");
        check(
            "{\"url\":7}",
            "the body cannot be read: expected a string at line 1 column 8",
        );
        check(
            "\"s3cret\"",
            "the body cannot be read: expected struct Form at line 1 column 8",
        );
        check(
            &" ".repeat(MAX_BODY_BYTES + 1),
            "the body is too large: send at most 524288 bytes",
        );
        assert!(body::<Form>(&Request::new(Body::from("{\"url\":\"u\",\"more\":1}"))).is_ok());
    }
}
