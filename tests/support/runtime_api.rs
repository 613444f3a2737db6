//! Lambda's Runtime API, as the process of one function sees it: it asks for an invocation, and answers it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::http::response::Builder;
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot, watch};

use crate::http_server::HttpServer;

/// The longest answer of a function, by Lambda.
const MAX_ANSWER_BYTES: usize = 6 << 20;

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The function's answer.
    Answer(Value),
    /// The error that it reported.
    Error(Value),
}

/// The API for one process. It stops when this is dropped.
pub struct RuntimeApi {
    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub address: SocketAddr,
    invocations: mpsc::Sender<Invocation>,
    asked: watch::Receiver<bool>,
    _server: HttpServer,
}

struct Invocation {
    event: Bytes,
    lasts: Duration,
    outcome: oneshot::Sender<Outcome>,
}

struct Side {
    invocations: Mutex<mpsc::Receiver<Invocation>>,
    asked: watch::Sender<bool>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    last: u64,
    outcomes: HashMap<String, oneshot::Sender<Outcome>>,
}

impl RuntimeApi {
    /// Listens on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (invocations, waiting) = mpsc::channel(1);
        let (asked_now, asked) = watch::channel(false);
        let side = Arc::new(Side {
            invocations: Mutex::new(waiting),
            asked: asked_now,
            running: Mutex::default(),
        });
        let server = HttpServer::start(
            listener,
            side,
            |request, state| async move { state.answer(request).await },
        );
        Self {
            address,
            invocations,
            asked,
            _server: server,
        }
    }

    /// Waits until the function is initialised: it asks for its first invocation.
    pub async fn asked(&self) {
        self.asked.clone().wait_for(|asked| *asked).await.unwrap();
    }

    /// Invokes the function with a deadline `lasts` from now, and waits for what comes of it.
    pub async fn invoke(&self, event: Bytes, lasts: Duration) -> Outcome {
        let (sender, outcome) = oneshot::channel();
        let invocation = Invocation {
            event,
            lasts,
            outcome: sender,
        };
        self.invocations.send(invocation).await.unwrap();
        outcome.await.unwrap()
    }
}

impl Side {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let path: Vec<&str> = path.split('/').skip(1).collect();
        match (method, path.as_slice()) {
            (Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => self.next().await,
            (Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
                self.end(id, Outcome::Answer(read(request).await)).await
            }
            (Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
                self.end(id, Outcome::Error(read(request).await)).await
            }
            // The process ends by itself, and says why to whoever started it.
            (Method::POST, ["2018-06-01", "runtime", "init", "error"]) => accepted(),
            _ => whole(Response::builder().status(StatusCode::NOT_FOUND), Bytes::new()),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        self.asked.send_replace(true);
        let Some(invocation) = self.invocations.lock().await.recv().await else {
            return whole(Response::builder().status(StatusCode::GONE), Bytes::new());
        };
        let Invocation { event, lasts, outcome } = invocation;
        let mut running = self.running.lock().await;
        running.last += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", running.last);
        running.outcomes.insert(id.clone(), outcome);
        let deadline = milepost_runtime::now() + lasts;
        let headers = Response::builder()
            .header("Content-Type", "application/json")
            .header("Lambda-Runtime-Aws-Request-Id", id)
            .header("Lambda-Runtime-Deadline-Ms", deadline.as_millisecond())
            .header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-west-1:123456789012:function:under-test",
            )
            .header(
                "Lambda-Runtime-Trace-Id",
                "Root=1-6b006f76-0f1e2d3c4b5a69788796a5b4;Parent=9a9197af755a6419;Sampled=0",
            );
        whole(headers, event)
    }

    async fn end(&self, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
        let Some(waiting) = self.running.lock().await.outcomes.remove(id) else {
            return whole(Response::builder().status(StatusCode::BAD_REQUEST), Bytes::new());
        };
        // Who gave up waiting does not want to know.
        let _ = waiting.send(outcome);
        accepted()
    }
}

async fn read(request: Request<Incoming>) -> Value {
    let body = Limited::new(request.into_body(), MAX_ANSWER_BYTES);
    serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap()
}

fn accepted() -> Response<Full<Bytes>> {
    let status = Response::builder().status(StatusCode::ACCEPTED);
    whole(status, Bytes::from_static(br#"{"status":"OK"}"#))
}

fn whole(head: Builder, body: Bytes) -> Response<Full<Bytes>> {
    head.body(Full::new(body)).unwrap()
}
