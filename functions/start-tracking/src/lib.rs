//! `POST /v1/tracking/start` and `/v1/tracking/stop`: follow a parcel, or no more.
//!
//! Decodes the request, calls one use case, encodes the answer.

use std::sync::Arc;

use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};
use milepost_contract::shipengine::Problem;
use milepost_net::Queue;
use milepost_runtime::{Auth, http, now};
use milepost_store::Store;
use milepost_track::{Asked, Connections, Followed, start, stop};
use milepost_webhooks::NotifyOrder;

/// What the function holds between requests.
#[derive(Clone)]
pub struct StartTracking {
    auth: Arc<Auth>,
    connections: Connections,
    look_again: Queue,
}

impl StartTracking {
    /// Over a table; `look_again` is the notifier's retry queue.
    pub fn new(store: Store, look_again: Queue) -> Self {
        Self {
            auth: Arc::new(Auth::new(store.clone())),
            connections: Connections::new(store),
            look_again,
        }
    }

    /// Answers a request; a failure is an answer too.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let request_id = http::request_id(&request);
        self.answer(&request)
            .await
            .unwrap_or_else(|problem| http::problem(&problem, request.uri().path(), &request_id))
    }

    async fn answer(&self, request: &Request) -> Result<Response<Body>, Problem> {
        let path = request.uri().path();
        if !matches!(path, "/v1/tracking/start" | "/v1/tracking/stop") {
            return Err(Problem::NoSuchRoute);
        }
        if request.method() != Method::POST {
            return Err(Problem::MethodNotAllowed { allow: "POST" });
        }
        let now = now();
        let caller = self.auth.caller(request.headers(), now).await?;
        caller.may_follow()?;
        let query = http::tracking_query(request)?;
        let asked = Asked::from(&query);
        let number = &query.tracking_number;
        if path == "/v1/tracking/stop" {
            stop(self.connections.store(), &caller.account, &asked, number).await?;
        } else if start(&self.connections, &caller.account, &asked, number, now).await? == Followed::LookAgain {
            self.look_again(NotifyOrder {
                number: number.as_str().to_owned(),
            })
            .await?;
        }
        Ok(http::empty(204))
    }

    async fn look_again(&self, order: NotifyOrder) -> Result<(), Problem> {
        let sent = match order.to_body() {
            Ok(body) => self.look_again.send(body, 0).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        sent.map_err(|error| {
            tracing::error!(error, "the notifier could not be asked to look again");
            Problem::Unavailable { retry_after: 1 }
        })
    }
}
