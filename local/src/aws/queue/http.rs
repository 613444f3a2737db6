//! The HTTP side of the queues: AWS JSON 1.0, as the SDK's SQS client speaks it.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calls::Calls;
use super::{MAX_BODY_BYTES, Queues, Refusal};
use crate::aws::Error;

/// A request is at most one batch, whose text JSON can make six times as long (`\u0009`), and its envelope.
const MAX_REQUEST_BYTES: usize = 6 * MAX_BODY_BYTES + 64 * 1024;

/// The protocol's media type.
const AWS_JSON: &str = "application/x-amz-json-1.0";

/// Before the action's name in `X-Amz-Target`.
const TARGET: &str = "AmazonSQS.";

/// Answers one request of the SQS API. `base` is the endpoint, without a slash at its end.
pub(in crate::aws) async fn answer(
    queues: Queues,
    base: Arc<str>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, query_error, body) = match dispatch(&Calls { queues, base }, request).await {
        Ok(body) => (StatusCode::OK, None, body),
        Err(fault) => (fault.status, Some(fault.query_error()), fault.body()),
    };
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(AWS_JSON));
    if let Some(Ok(code)) = query_error.map(TryInto::try_into) {
        // The SDK takes the error's code from here; the body has the newer name of it.
        headers.insert("x-amzn-query-error", code);
    }
    Ok(response)
}

async fn dispatch(calls: &Calls, request: Request<Incoming>) -> Result<Vec<u8>, Fault> {
    let action = action(request.method(), request.headers())?.to_owned();
    let body = Limited::new(request.into_body(), MAX_REQUEST_BYTES).collect().await;
    let body = body.map_err(|_| Fault::new("RequestEntityTooLarge", "The request cannot be read or is too long."))?;
    let body = body.to_bytes();
    match action.as_str() {
        "SendMessage" => encode(&calls.send_message(decode(&body)?).await?),
        "SendMessageBatch" => encode(&calls.send_message_batch(decode(&body)?).await?),
        "ReceiveMessage" => encode(&calls.receive_message(decode(&body)?).await?),
        "DeleteMessage" => encode(&calls.delete_message(decode(&body)?).await?),
        "ChangeMessageVisibility" => encode(&calls.change_message_visibility(decode(&body)?).await?),
        "GetQueueUrl" => encode(&calls.get_queue_url(&decode(&body)?)?),
        "GetQueueAttributes" => encode(&calls.get_queue_attributes(decode(&body)?).await?),
        _ => Err(Fault::new("InvalidAction", "This stand-in does not know the action.")),
    }
}

fn action<'a>(method: &Method, headers: &'a HeaderMap) -> Result<&'a str, Fault> {
    // A page in the operator's browser can post here, but not with this header unless it is asked first.
    if !headers.contains_key(AUTHORIZATION) {
        return Err(Fault {
            status: StatusCode::FORBIDDEN,
            ..Fault::new("MissingAuthenticationToken", "Sign the request.")
        });
    }
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    match target.and_then(|target| target.strip_prefix(TARGET)) {
        Some(action) if method == Method::POST => Ok(action),
        _ => Err(Fault::new(
            "InvalidAction",
            "POST a request with X-Amz-Target: AmazonSQS.<action>.",
        )),
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    // serde_json's text can quote the request, and a message body is nobody's business.
    serde_json::from_slice(body)
        .map_err(|_| Fault::new("SerializationException", "The request does not fit the action."))
}

fn encode<T: Serialize>(answer: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(answer).map_err(|error| Error::from(error).into())
}

/// An error in SQS's words.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Fault {
    /// A mistake of the caller's. `code` is the name of the query protocol, which the SDK matches on.
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }

    fn query_error(&self) -> String {
        let who = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        format!("{};{who}", self.code)
    }

    fn body(&self) -> Vec<u8> {
        let name = match self.code.rsplit('.').next() {
            Some("NonExistentQueue") => "QueueDoesNotExist",
            Some(name) => name,
            None => self.code,
        };
        let body = serde_json::json!({ "__type": format!("com.amazonaws.sqs#{name}"), "message": self.message });
        body.to_string().into_bytes()
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::new(code(&refusal), refusal.to_string())
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a queue failed");
                let fault = Self::new("InternalFailure", "The queue failed; the hub's log says why.");
                Self {
                    status: StatusCode::INTERNAL_SERVER_ERROR,
                    ..fault
                }
            }
        }
    }
}

/// SQS's name for a refusal.
const fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoSuchQueue => "AWS.SimpleQueueService.NonExistentQueue",
        Refusal::EmptyBody => "MissingParameter",
        Refusal::LongBody | Refusal::LongDelay | Refusal::LongVisibility => "InvalidParameterValue",
        Refusal::BadCharacter => "InvalidMessageContents",
        Refusal::BadReceipt => "ReceiptHandleIsInvalid",
        Refusal::NotInFlight => "AWS.SimpleQueueService.MessageNotInflight",
    }
}
