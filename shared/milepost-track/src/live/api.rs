//! One exchange with a carrier's API, and one call of an operator's function.

use bytes::Bytes;
use milepost_carriers::live::{
    Asked, HttpAnswer, HttpCall, LiveAnswer, LiveProblem, MAX_ANSWER_BYTES, Method, connect,
};
use milepost_net::function::Output;
use milepost_net::{ErrorClass, Reply, Verb};
use serde_json::{Map, Value};

use super::Live;
use super::route::Route;
use crate::Identifier;

/// A reply, kept while it is read.
pub(super) struct Answered(Reply);

impl Answered {
    pub(super) fn as_answer(&self) -> HttpAnswer<'_> {
        HttpAnswer {
            status: self.0.status,
            headers: &self.0.headers,
            body: &self.0.body,
        }
    }
}

impl Live {
    /// Makes a call. Whatever comes back is an answer; nothing is a carrier that is down.
    pub(super) async fn exchange(&self, call: &HttpCall) -> Result<Answered, LiveProblem> {
        let verb = match call.method {
            Method::Get => Verb::Get,
            Method::Post => Verb::Post,
        };
        let body = Bytes::copy_from_slice(&call.body);
        let sent = self
            .parts
            .exchange
            .send(verb, &call.url, call.headers.clone(), body, MAX_ANSWER_BYTES);
        match sent.await {
            Ok(reply) if reply.complete => Ok(Answered(reply)),
            Ok(_) => Err(LiveProblem::Malformed {
                hint: "the answer broke off, or is too long".to_owned(),
            }),
            Err(error) => {
                tracing::warn!(%error, "a carrier did not answer");
                Err(unreached(error.class(), "the hub may not reach that address"))
            }
        }
    }

    /// Asks a function of the operator's, in the words of Connect's Track.
    pub(super) async fn call_function(
        &self,
        route: &Route,
        arn: &str,
        asked: &Asked,
        identifiers: &[Identifier],
    ) -> Result<LiveAnswer, LiveProblem> {
        let settings = route.access.settings.iter();
        let metadata: Map<String, Value> = settings
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let envelope = connect::Envelope {
            transaction_id: &self.call_id(),
            connection_name: route.connection.as_str(),
            metadata: &metadata,
        };
        let identifiers = identifiers.iter().map(|one| (one.kind.as_str(), one.value.as_str()));
        let identifiers: Vec<_> = identifiers.collect();
        let input = connect::tracking_request(&envelope, asked, &identifiers).to_string();
        let endpoint = route.access.base_url.as_deref();
        match self.parts.functions.call(arn, input.into_bytes(), endpoint).await {
            Ok(Output::Done(output)) => connect::read_tracking_response(&output, asked),
            Ok(Output::Failed(output)) => Err(connect::read_function_error(&output)),
            Err(error) => {
                tracing::warn!(connection = %route.connection, %error, "a carrier's function could not be called");
                Err(unreached(error.class(), "the hub may not call the function"))
            }
        }
    }
}

/// Nobody answered: `why` where the hub's own settings do not allow the call.
fn unreached(class: ErrorClass, why: &'static str) -> LiveProblem {
    match class {
        ErrorClass::Caller => LiveProblem::NotAsked { why },
        _ => LiveProblem::CarrierDown { retry_after: None },
    }
}
