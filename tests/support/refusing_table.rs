//! A proxy before the table that refuses calls, fails, and hands items of batches back, by a seed.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::carrier_file::Seeded;
use crate::http_server::HttpServer;

/// How many of a thousand calls meet what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// A batch of which some items come back as unprocessed.
    pub handed_back: u64,
    /// A call that is throttled.
    pub throttled: u64,
    /// A call that fails inside.
    pub failed: u64,
}

/// What came through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Came {
    /// Batches of puts, those that were refused included.
    pub batches: u64,
    pub handed_back: u64,
    pub throttled: u64,
    pub failed: u64,
}

/// A table behind the proxy.
pub struct RefusingTable {
    pub url: String,
    state: Arc<State>,
    _server: HttpServer,
}

struct State {
    table: String,
    client: reqwest::Client,
    faults: Faults,
    drawn: Mutex<(Seeded, Came)>,
}

enum Fate {
    Pass,
    HandBack,
    Refuse(u16, &'static str),
}

impl RefusingTable {
    /// Stands before the table at an address.
    pub async fn before(table: &str, faults: Faults, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            table: table.to_owned(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            faults,
            drawn: Mutex::new((Seeded(seed), Came::default())),
        });
        let server = HttpServer::start(listener, Arc::clone(&state), |request, state| async move {
            state.answer(request).await
        });
        Self {
            url,
            state,
            _server: server,
        }
    }

    /// What came through so far.
    pub fn came(&self) -> Came {
        self.state.drawn.lock().unwrap().1
    }
}

impl State {
    fn fate(&self, is_batch: bool) -> Fate {
        let (rng, came) = &mut *self.drawn.lock().unwrap();
        came.batches += u64::from(is_batch);
        let Faults {
            handed_back,
            throttled,
            failed,
        } = self.faults;
        match rng.below(1_000) {
            drawn if drawn < throttled => {
                came.throttled += 1;
                Fate::Refuse(400, "ThrottlingException")
            }
            drawn if drawn < throttled + failed => {
                came.failed += 1;
                Fate::Refuse(500, "InternalServerError")
            }
            drawn if drawn < throttled + failed + handed_back && is_batch => {
                came.handed_back += 1;
                Fate::HandBack
            }
            _ => Fate::Pass,
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = parts.headers["x-amz-target"].to_str().unwrap();
        let forward = async |body: Bytes| {
            let mut call = self.client.post(&self.table).body(body);
            for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
                call = call.header(name, parts.headers[name].clone());
            }
            let answer = call.send().await.unwrap();
            (answer.status().as_u16(), answer.bytes().await.unwrap())
        };
        let (status, answer) = match self.fate(target.ends_with(".BatchWriteItem")) {
            Fate::Pass => forward(body).await,
            Fate::Refuse(status, code) => {
                let error = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "seeded"});
                (status, Bytes::from(error.to_string()))
            }
            Fate::HandBack => {
                let mut request: Value = serde_json::from_slice(&body).unwrap();
                let tables = request["RequestItems"].as_object_mut().unwrap();
                let (table, puts) = tables.iter_mut().next().unwrap();
                let (table, puts) = (table.clone(), puts.as_array_mut().unwrap());
                // Half of them, and the only one of a batch of one goes through.
                let back = puts.split_off(puts.len().div_ceil(2));
                let (status, answer) = forward(Bytes::from(request.to_string())).await;
                let mut answer: Value = serde_json::from_slice(&answer).unwrap();
                if !back.is_empty() {
                    answer["UnprocessedItems"][table] = back.into();
                }
                (status, Bytes::from(answer.to_string()))
            }
        };
        let response = Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0");
        response.body(Full::new(answer)).unwrap()
    }
}
