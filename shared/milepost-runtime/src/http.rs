//! HTTP as API Gateway hands it over: what both HTTP functions do the same way.

use lambda_http::http::StatusCode;
use lambda_http::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use lambda_http::{Body, Request, RequestExt, Response};
use milepost_contract::ship24;
use milepost_contract::shipengine::{Problem, TrackingQuery};
use serde::Serialize;

use crate::random_uuid;

/// The invocation's id, a UUID that stands in answers and log lines; one of its own where there is no invocation.
pub fn request_id(request: &Request) -> String {
    let context = request.lambda_context_ref();
    context.map_or_else(random_uuid, |context| context.request_id.clone())
}

/// The query of the tracking routes.
///
/// # Errors
/// What a caller is to change.
pub fn tracking_query(request: &Request) -> Result<TrackingQuery, Problem> {
    TrackingQuery::from_pairs(
        request
            .query_string_parameters_ref()
            .iter()
            .flat_map(|pairs| pairs.iter()),
    )
}

/// A JSON answer.
///
/// # Errors
/// [`Problem::Internal`]; not for any type of the contract.
pub fn json<T: Serialize>(status: u16, body: &T) -> Result<Response<Body>, Problem> {
    let text = serde_json::to_string(body).map_err(|_| Problem::Internal)?;
    let mut response = empty(status);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *response.body_mut() = Body::Text(text);
    Ok(response)
}

/// An answer without a body.
pub fn empty(status: u16) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// The answer that a problem makes, with the headers that belong to it: in Ship24's words for the paths of its API.
pub fn problem(problem: &Problem, path: &str, request_id: &str) -> Response<Body> {
    let ship24 = path.starts_with("/public/") || path.starts_with("/v1/couriers");
    let answer = if ship24 {
        json(problem.status(), &ship24::errors(problem))
    } else {
        json(problem.status(), &problem.body(request_id))
    };
    let mut response = answer.unwrap_or_else(|_| empty(500));
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(methods) = problem.allow() {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    }
    response
}
