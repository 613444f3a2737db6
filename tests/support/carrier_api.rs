//! A carrier's HTTP API: it gives tokens, and answers what it was told to.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http_server::HttpServer;

/// One answer.
#[derive(Debug, Clone)]
pub struct ApiAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub delay: Duration,
}

impl ApiAnswer {
    /// A JSON answer.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Bytes::from(body.to_string()),
            delay: Duration::ZERO,
        }
    }

    /// The answer of a fixture of milepost-carriers, and what is to come of it.
    pub fn fixture(carrier: &str, name: &str) -> (Self, Value) {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../shared/milepost-carriers/tests/fixtures/live"
        );
        let path = Path::new(folder).join(carrier).join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let fixture: Value = serde_json::from_str(&text).unwrap();
        let status = u16::try_from(fixture["status"].as_u64().unwrap()).unwrap();
        let mut answer = Self::json(status, &fixture["body"]);
        if let Some(text) = fixture["body"].as_str() {
            answer.body = Bytes::from(text.to_owned());
        }
        for (name, value) in fixture["headers"].as_object().into_iter().flatten() {
            answer.headers.push((name.clone(), value.as_str().unwrap().to_owned()));
        }
        (answer, fixture["asked"].clone())
    }

    /// An answer of USPS with so many events of local times in Milwaukee, the newest at the end of the list.
    pub fn usps(number: &str, events: &[(&str, &str)]) -> Self {
        let events: Vec<Value> = events
            .iter()
            .rev()
            .map(|(time, code)| {
                json!({
                    "eventType": "Event", "eventTimestamp": time, "GMTOffset": "-06:00", "eventCode": code,
                    "eventCity": "MILWAUKEE", "eventState": "WI", "eventZIP": "53207", "eventCountry": "",
                })
            })
            .collect();
        let body = json!({"trackingNumber": number, "statusCategory": "In Transit", "trackingEvents": events});
        Self::json(200, &body)
    }

    /// The same, late.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// A call as it arrived.
#[derive(Debug, Clone)]
pub struct ApiCall {
    pub path: String,
    pub body: Bytes,
}

/// The API, on a port of its own.
pub struct CarrierApi {
    pub url: String,
    state: Arc<State>,
    _server: HttpServer,
}

struct State {
    next: Mutex<VecDeque<ApiAnswer>>,
    always: Mutex<ApiAnswer>,
    /// In place of the tokens that it makes.
    token: Mutex<Option<ApiAnswer>>,
    calls: Mutex<Vec<ApiCall>>,
    tokens: AtomicUsize,
}

impl CarrierApi {
    /// Answers 503 until it is told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            next: Mutex::default(),
            always: Mutex::new(ApiAnswer::json(503, &json!({}))),
            token: Mutex::default(),
            calls: Mutex::default(),
            tokens: AtomicUsize::new(0),
        });
        let server = HttpServer::start(listener, Arc::clone(&state), answer);
        Self {
            url,
            state,
            _server: server,
        }
    }

    /// Answers so from now on.
    pub fn answer(&self, answer: ApiAnswer) {
        *self.state.always.lock().unwrap() = answer;
    }

    /// Answers so from now on who asks for a token.
    pub fn answer_token(&self, answer: ApiAnswer) {
        *self.state.token.lock().unwrap() = Some(answer);
    }

    /// Answers the next call so.
    pub fn answer_once(&self, answer: ApiAnswer) {
        self.state.next.lock().unwrap().push_back(answer);
    }

    /// The calls so far, those for tokens left out.
    pub fn calls(&self) -> Vec<ApiCall> {
        self.state.calls.lock().unwrap().clone()
    }

    /// How many tokens it gave.
    pub fn tokens(&self) -> usize {
        self.state.tokens.load(Ordering::SeqCst)
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = parts.uri.path().to_owned();
    let answer = if path.ends_with("/token") {
        let nth = state.tokens.fetch_add(1, Ordering::SeqCst);
        // Slow enough for two to meet.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let token = json!({
            "access_token": format!("token-{nth}"),
            "token_type": "Bearer",
            "issued_at": "1795183380000",
            "expires_in": 14_399,
            "scope": "tracking",
            "status": "approved",
        });
        let told = state.token.lock().unwrap().clone();
        told.unwrap_or_else(|| ApiAnswer::json(200, &token))
    } else {
        state.calls.lock().unwrap().push(ApiCall { path, body });
        let once = state.next.lock().unwrap().pop_front();
        once.unwrap_or_else(|| state.always.lock().unwrap().clone())
    };
    tokio::time::sleep(answer.delay).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(Full::new(answer.body)).unwrap()
}
