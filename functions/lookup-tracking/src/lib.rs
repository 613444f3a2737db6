//! `GET /v1/tracking`: where a parcel is; and which carriers there are.
//!
//! Decodes the request, calls one use case, encodes the answer.

use std::sync::Arc;

use lambda_http::http::Method;
use lambda_http::{Body, Request, RequestExt, Response};
use milepost_contract::hub::DetectedJson;
use milepost_contract::ship24::CouriersJson;
use milepost_contract::shipengine::{CarrierList, Problem, TimeStyle, TrackingLog};
use milepost_runtime::{Auth, http, now};
use milepost_store::Store;
use milepost_track::{Asked, Live, connections, lookup};

/// What the function holds between requests.
#[derive(Clone)]
pub struct LookupTracking {
    auth: Arc<Auth>,
    store: Store,
    live: Option<Live>,
}

impl LookupTracking {
    /// Over a table, answering what is stored.
    pub fn new(store: Store) -> Self {
        Self {
            auth: Arc::new(Auth::new(store.clone())),
            store,
            live: None,
        }
    }

    /// The same, asking carriers too.
    #[must_use]
    pub fn asking(self, live: Live) -> Self {
        Self {
            live: Some(live),
            ..self
        }
    }

    /// Answers a request; a failure is an answer too.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let request_id = http::request_id(&request);
        self.answer(&request, &request_id)
            .await
            .unwrap_or_else(|problem| http::problem(&problem, request.uri().path(), &request_id))
    }

    async fn answer(&self, request: &Request, request_id: &str) -> Result<Response<Body>, Problem> {
        let path = request.uri().path();
        let known = [
            "/v1/tracking",
            "/v1/carriers",
            "/v1/couriers",
            "/public/v1/couriers",
            "/v1/couriers/detect",
        ];
        if !known.contains(&path) {
            return Err(Problem::NoSuchRoute);
        }
        if request.method() != Method::GET {
            return Err(Problem::MethodNotAllowed { allow: "GET" });
        }
        let now = now();
        let caller = self.auth.caller(request.headers(), now).await?;
        caller.may_look_up()?;
        match path {
            "/v1/tracking" => {
                let query = http::tracking_query(request)?;
                let asked = Asked::from(&query);
                let answer = lookup(
                    &self.store,
                    self.live.as_ref(),
                    &caller.account,
                    &asked,
                    &query.tracking_number,
                    now,
                )
                .await?;
                let log = TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default());
                http::json(200, &log)
            }
            "/v1/carriers" => {
                let connections = connections(&self.store, &caller.account).await?;
                http::json(200, &CarrierList::of(&connections, request_id))
            }
            "/v1/couriers/detect" => http::json(200, &DetectedJson::of(number(request)?)),
            _ => http::json(200, &CouriersJson::all()),
        }
    }
}

/// The number that is to be told of, as the caller wrote it.
fn number(request: &Request) -> Result<&str, Problem> {
    let written = request.query_string_parameters_ref();
    let written = written.and_then(|query| query.first("tracking_number"));
    written
        .filter(|number| !number.trim().is_empty())
        .ok_or(Problem::MissingParameter {
            field: "tracking_number",
            example: "9405511899223197428490",
        })
}
