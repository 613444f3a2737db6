//! `GET /v1/tracking`: where a parcel is.
//!
//! Decodes the request, calls one use case, encodes the answer.

use std::sync::Arc;

use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};
use milepost_contract::shipengine::{Problem, TimeStyle, TrackingLog};
use milepost_runtime::{Auth, http, now};
use milepost_store::Store;
use milepost_track::{Asked, lookup};

/// What the function holds between requests.
#[derive(Clone)]
pub struct LookupTracking {
    auth: Arc<Auth>,
    store: Store,
}

impl LookupTracking {
    /// Over a table.
    pub fn new(store: Store) -> Self {
        Self {
            auth: Arc::new(Auth::new(store.clone())),
            store,
        }
    }

    /// Answers a request; a failure is an answer too.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let request_id = http::request_id(&request);
        self.answer(&request)
            .await
            .unwrap_or_else(|problem| http::problem(&problem, &request_id))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        if request.uri().path() != "/v1/tracking" {
            return Err(Problem::NoSuchRoute);
        }
        if request.method() != Method::GET {
            return Err(Problem::MethodNotAllowed { allow: "GET" });
        }
        let now = now();
        let caller = self.auth.caller(request.headers(), now).await?;
        caller.may_look_up()?;
        let query = http::tracking_query(request)?;
        let answer = lookup(
            &self.store,
            &caller.account,
            &Asked::from(&query),
            &query.tracking_number,
            now,
        )
        .await?;
        http::json(
            200,
            &TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default()),
        )
    }
}
