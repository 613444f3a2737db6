//! One signed POST, and what came of it.

use bytes::Bytes;
use jiff::Timestamp;
use milepost_model::{Attempt, DeliveryId, Endpoint, EndpointSecrets};
use milepost_net::Exchange;

use crate::verdict::{Verdict, verdict};
use crate::{SigningKey, WebhookError, headers};

/// What is posted, and where.
pub(crate) struct Post<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) secrets: &'a EndpointSecrets,
    pub(crate) id: &'a DeliveryId,
    pub(crate) body: Bytes,
    /// When the attempt begins.
    pub(crate) at: Timestamp,
}

/// Makes one attempt. `now` is asked when it has ended.
///
/// # Errors
/// [`WebhookError`] when the message cannot be signed: a receiver that fails is a verdict.
pub(crate) async fn post(
    exchange: &Exchange,
    key: Option<&SigningKey>,
    post: Post<'_>,
    now: &(dyn Fn() -> Timestamp + Sync),
) -> Result<(Attempt, Verdict), WebhookError> {
    let Post {
        endpoint,
        secrets,
        id,
        body,
        at,
    } = post;
    let headers = headers::headers(endpoint, secrets, key, id, at, &body)?;
    let reply = exchange.post(&endpoint.url, headers, body).await;
    let elapsed = now().as_millisecond().saturating_sub(at.as_millisecond());
    let verdict = verdict(endpoint.style, &reply, at);
    let error = match &verdict {
        Verdict::Failed { why, .. } => why.clone(),
        Verdict::Taken | Verdict::Gone => None,
    };
    let attempt = Attempt {
        at,
        status: reply.ok().map(|reply| reply.status),
        error,
        milliseconds: u32::try_from(elapsed.max(0)).unwrap_or(u32::MAX),
    };
    Ok((attempt, verdict))
}
