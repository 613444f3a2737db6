//! A receiver of webhooks that keeps what it was sent, verified by the official library.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, StatusCode};
use tokio::net::TcpListener;

use crate::http_server::HttpServer;

/// One POST as it arrived.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// It answers 204 unless it was told otherwise.
pub struct Receiver {
    pub url: String,
    state: Arc<State>,
    _server: HttpServer,
}

#[derive(Default)]
struct State {
    messages: Mutex<Vec<Message>>,
    answers: Mutex<VecDeque<StatusCode>>,
}

impl Receiver {
    /// Listens on a port of its own.
    pub async fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Takes what comes in at a listener.
    pub fn on(listener: TcpListener) -> Self {
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::<State>::default();
        let server = HttpServer::start(listener, Arc::clone(&state), answer);
        Self {
            url,
            state,
            _server: server,
        }
    }

    /// Answers the next requests so, then 204 again.
    pub fn answer_next(&self, answers: impl IntoIterator<Item = u16>) {
        let answers = answers.into_iter().map(|status| StatusCode::from_u16(status).unwrap());
        self.state.answers.lock().unwrap().extend(answers);
    }

    /// What has arrived so far.
    pub fn messages(&self) -> Vec<Message> {
        self.state.messages.lock().unwrap().clone()
    }

    /// Waits until so many have arrived, for at most ten seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Message> {
        for _ in 0..500 {
            let messages = self.messages();
            if messages.len() >= count {
                return messages;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} of {count} messages arrived", self.messages().len());
    }
}

impl Message {
    /// Whether the official library accepts it under a secret; `body` is the one it came with, or another.
    pub fn verifies(&self, secret: &[u8], body: &[u8]) -> bool {
        let webhook = standardwebhooks::Webhook::new(&milepost_webhooks::secret_text(secret)).unwrap();
        webhook.verify(body, &self.headers).is_ok()
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Response<Full<Bytes>> {
    // The probe before an endpoint is enabled is no message.
    if request.method() == hyper::Method::HEAD {
        return Response::new(Full::new(Bytes::new()));
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let id = parts.headers["webhook-id"].to_str().unwrap().to_owned();
    state.messages.lock().unwrap().push(Message {
        id,
        headers: parts.headers,
        body,
    });
    let status = state
        .answers
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or(StatusCode::NO_CONTENT);
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
