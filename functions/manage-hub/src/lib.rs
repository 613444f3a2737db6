//! What operators and receivers of webhooks ask the hub for: webhooks, deliveries, import runs, the API itself. Requests
//! that meet no route come here too, and are told so.
//!
//! Decodes the request, calls one use case, encodes the answer.

mod deliveries;
mod imports;
mod trackers;
mod webhooks;

use std::sync::Arc;

use lambda_http::{Body, Request, Response};
use milepost_contract::OPENAPI;
use milepost_contract::hub::HealthJson;
use milepost_contract::routes::{ManageRoute, Route};
use milepost_contract::shipengine::Problem;
use milepost_net::Bucket;
use milepost_runtime::{Api, Call, http};
use milepost_store::Store;
use milepost_webhooks::{Endpoints, Replay, SigningKey};
use tracing::Instrument;

/// What the function holds between requests.
#[derive(Clone)]
pub struct ManageHub {
    api: Api,
    store: Store,
    bucket: Bucket,
    webhooks: Webhooks,
}

/// What the routes of webhooks need.
#[derive(Clone)]
pub struct Webhooks {
    /// Where accounts are told.
    pub endpoints: Endpoints,
    /// What was sent.
    pub replay: Replay,
    /// What signs in ShipEngine's way, where the operator has made a key.
    pub key: Option<Arc<SigningKey>>,
}

impl ManageHub {
    /// Over a table and the hub's own bucket.
    pub fn new(api: Api, store: Store, bucket: Bucket, webhooks: Webhooks) -> Self {
        Self {
            api,
            store,
            bucket,
            webhooks,
        }
    }

    /// Answers a request; a failure is an answer too.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let call = match self.api.admit(request).await {
            Ok(call) => call,
            Err(refused) => return *refused,
        };
        let answer = self.answer(&call).instrument(call.span()).await;
        call.finish(answer)
    }

    async fn answer(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let Route::Manage(route) = call.route else {
            return Err(Problem::NoSuchRoute);
        };
        match route {
            ManageRoute::Health => http::json(200, &HealthJson::ok(env!("CARGO_PKG_VERSION"))),
            ManageRoute::Webhooks
            | ManageRoute::CreateWebhook
            | ManageRoute::Webhook
            | ManageRoute::UpdateWebhook
            | ManageRoute::DeleteWebhook
            | ManageRoute::EnableWebhook
            | ManageRoute::RotateWebhook
            | ManageRoute::TestWebhook => webhooks::answer(&self.webhooks.endpoints, route, call).await,
            ManageRoute::Jwks => match &self.webhooks.key {
                Some(key) => http::json(200, &key.jwks()),
                None => http::json(200, &serde_json::json!({"keys": []})),
            },
            ManageRoute::Deliveries
            | ManageRoute::Delivery
            | ManageRoute::ResendDelivery
            | ManageRoute::ResendDeliveries => deliveries::answer(&self.webhooks.replay, route, call).await,
            ManageRoute::ResendTracker => trackers::resend(&self.store, &self.webhooks.replay, call).await,
            ManageRoute::Imports => imports::list(&self.store, call).await,
            ManageRoute::Import => imports::show(&self.store, &self.bucket, call).await,
            ManageRoute::OpenApi => Ok(http::text_of("application/json", 200, OPENAPI)),
        }
    }
}
