//! `/v1/environment/webhooks`: where the account is told.

use lambda_http::{Body, Response};
use milepost_contract::deliveries::TestedJson;
use milepost_contract::hub::AttemptJson;
use milepost_contract::routes::ManageRoute;
use milepost_contract::shipengine::{CreateWebhook, Problem, UpdateWebhook, WebhookSubscription, header_pairs};
use milepost_model::{Endpoint, EndpointFilter, EndpointId, EndpointSecrets, ErrorClass};
use milepost_runtime::{Call, http, now};
use milepost_webhooks::{EndpointChange, Endpoints, NewEndpoint, WebhookError, bearer_text, secret_text};

pub(crate) async fn answer(endpoints: &Endpoints, route: ManageRoute, call: &Call) -> Result<Response<Body>, Problem> {
    let account = call.account()?;
    let id = EndpointId(call.parameter.clone());
    match route {
        ManageRoute::Webhooks => {
            let list = endpoints.list(account).await.map_err(refused)?;
            let list = list
                .iter()
                .map(|(endpoint, secrets)| WebhookSubscription::of(endpoint, secrets));
            http::json(200, &list.collect::<Vec<_>>())
        }
        ManageRoute::CreateWebhook => create(endpoints, call).await,
        ManageRoute::Webhook => {
            let (endpoint, secrets) = endpoints.get(account, &id).await.map_err(refused)?;
            http::json(200, &WebhookSubscription::of(&endpoint, &secrets))
        }
        ManageRoute::UpdateWebhook => update(endpoints, call, &id).await,
        ManageRoute::DeleteWebhook => {
            endpoints.remove(account, &id).await.map_err(refused)?;
            Ok(http::empty(204))
        }
        ManageRoute::EnableWebhook => {
            endpoints.enable(account, &id, call.now).await.map_err(refused)?;
            let (endpoint, secrets) = endpoints.get(account, &id).await.map_err(refused)?;
            http::json(200, &WebhookSubscription::of(&endpoint, &secrets))
        }
        ManageRoute::RotateWebhook => {
            let (endpoint, secrets) = endpoints.rotate(account, &id, call.now).await.map_err(refused)?;
            http::json(200, &with_secret(&endpoint, &secrets))
        }
        ManageRoute::TestWebhook => {
            let (attempt, delivered) = endpoints.test(account, &id, &now).await.map_err(refused)?;
            let attempt = AttemptJson::of(&attempt);
            http::json(200, &TestedJson { delivered, attempt })
        }
        _ => Err(Problem::NoSuchRoute),
    }
}

async fn create(endpoints: &Endpoints, call: &Call) -> Result<Response<Body>, Problem> {
    let body: CreateWebhook = http::body(&call.request)?;
    let style = body.style()?;
    let usual = EndpointFilter::of_all(style.usual());
    let new = NewEndpoint {
        filter: body.filter.over(&usual)?.unwrap_or(usual),
        url: body.url,
        name: body.name,
        store_id: body.store_id,
        style,
        headers: header_pairs(body.headers.unwrap_or_default()),
    };
    let added = endpoints.add(call.account()?, new, call.now).await;
    let (endpoint, secrets) = added.map_err(refused)?;
    http::json(200, &with_secret(&endpoint, &secrets))
}

async fn update(endpoints: &Endpoints, call: &Call, id: &EndpointId) -> Result<Response<Body>, Problem> {
    let body: UpdateWebhook = http::body(&call.request)?;
    let account = call.account()?;
    let (before, _) = endpoints.get(account, id).await.map_err(refused)?;
    let change = EndpointChange {
        filter: body.filter.over(&before.filter)?,
        url: body.url,
        name: body.name,
        store_id: body.store_id,
        headers: body.headers.map(header_pairs),
    };
    endpoints.change(account, id, change, call.now).await.map_err(refused)?;
    Ok(http::empty(204))
}

/// The answer that shows a secret, once.
fn with_secret(endpoint: &Endpoint, secrets: &EndpointSecrets) -> WebhookSubscription {
    WebhookSubscription {
        secret: Some(secret_text(&secrets.signing)),
        bearer: Some(bearer_text(&secrets.signing)),
        ..WebhookSubscription::of(endpoint, secrets)
    }
}

/// What a caller is told of an error.
pub(crate) fn refused(error: WebhookError) -> Problem {
    match error {
        WebhookError::Refused { field, why } => Problem::invalid(field, why),
        WebhookError::Conflict(there) => Problem::WebhookConflict { webhook_id: there.0 },
        WebhookError::NoEndpoint => Problem::NotFound { what: "webhook" },
        WebhookError::NoDelivery => Problem::NotFound { what: "delivery" },
        WebhookError::Disabled | WebhookError::Unanswered => Problem::invalid("webhook_id", error.to_string()),
        WebhookError::Store(error) => http::unanswered(&error),
        error => {
            tracing::error!(%error, "a webhook route failed");
            match error.class() {
                ErrorClass::Retry => Problem::Unavailable { retry_after: 1 },
                ErrorClass::Caller | ErrorClass::Permanent => Problem::Internal,
            }
        }
    }
}
