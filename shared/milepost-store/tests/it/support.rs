//! A table of one's own for each test, and a proxy that spoils calls on their way to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use milepost_model::*;
use milepost_store::{Retries, SealKey, Store};
use serde_json::{Value as Json, json};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const TABLE: &str = "milepost-test";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn number(text: &str) -> TrackingNumber {
    TrackingNumber::parse(text).unwrap()
}

pub(crate) fn usps() -> CarrierCode {
    CarrierCode::parse("usps").unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::parse(name).unwrap()
}

/// A bundle of a number with one event, told apart by `nth`.
pub(crate) fn bundle(number: &TrackingNumber, nth: u64) -> Bundle {
    let wall = Wall::At("2026-11-20T14:03:00".parse().unwrap());
    let event = TrackingEvent {
        code: format!("C{nth}"),
        ..TrackingEvent::at(EventTime {
            wall,
            zone: WrittenZone::Unstated,
        })
    };
    Bundle {
        number: number.clone(),
        carrier: usps(),
        scope: Scope::Shared,
        kind: Kind::Import,
        arrival: Arrival {
            at_ms: 1_795_183_380_123,
            source: SourceHash(7),
            offset: nth,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: vec![Arrived {
            offset: nth,
            value: event,
        }],
        facts: Vec::new(),
        expires_at: 1_811_808_000,
    }
}

/// Pauses of a millisecond at most, and no jitter: a test must not wait and must not be lucky.
pub(crate) fn retries() -> Retries {
    Retries {
        base: Duration::from_millis(1),
        longest: Duration::from_millis(1),
        jitter: Arc::new(|longest| longest),
        ..Retries::default()
    }
}

fn store_at(address: SocketAddr, seal: Option<SealKey>) -> Store {
    Store::with_retries(client_at(address), TABLE.to_owned(), seal, retries())
}

fn client_at(address: SocketAddr) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .operation_timeout(Duration::from_secs(20))
                .build(),
        )
        .build();
    Client::from_conf(config)
}

async fn dynoxide() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    address
}

/// A store over a table of its own.
pub(crate) async fn store() -> Store {
    store_and_client().await.0
}

/// A store, and the bare table behind it.
pub(crate) async fn store_and_client() -> (Store, Client) {
    let address = dynoxide().await;
    let store = store_at(address, Some(SealKey::new([7; 32])));
    store.create_table().await.unwrap();
    (store, client_at(address))
}

/// The same table with another sealing key.
pub(crate) struct Sealings {
    pub(crate) ours: Store,
    pub(crate) theirs: Store,
    pub(crate) none: Store,
}

pub(crate) async fn sealings() -> Sealings {
    let address = dynoxide().await;
    let with = |seal| store_at(address, seal);
    let ours = with(Some(SealKey::new([7; 32])));
    ours.create_table().await.unwrap();
    Sealings {
        ours,
        theirs: with(Some(SealKey::new([8; 32]))),
        none: with(None),
    }
}

/// What the proxy does with a call.
pub(crate) enum Fate {
    /// Goes through.
    Pass,
    /// An error of DynamoDB's, and the table sees nothing.
    Refuse(u16, &'static str),
    /// The table does it, and the answer is lost: the caller sees 500.
    Lose,
    /// The table does it, and the connection breaks before the answer.
    Break,
    /// Of a batch, the table sees all but the first so many; those come back as unprocessed.
    HandBack(usize),
}

/// What the proxy saw: the operation and the request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) request: Json,
}

type Script = Box<dyn FnMut(usize, &Call) -> Fate + Send>;

/// A table behind a proxy.
pub(crate) struct Faulty {
    /// Through the proxy.
    pub(crate) store: Store,
    /// Past it.
    pub(crate) plain: Store,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Faulty {
    /// What the proxy saw so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| call.operation == operation).count()
    }
}

/// A table behind a proxy that asks the script about each call, with its place in the row of calls.
pub(crate) async fn faulty(script: impl FnMut(usize, &Call) -> Fate + Send + 'static) -> Faulty {
    let table = dynoxide().await;
    let plain = store_at(table, Some(SealKey::new([7; 32])));
    plain.create_table().await.unwrap();

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
    let seen = Arc::clone(&calls);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
            let service = service_fn(move |request| answer(request, table, Arc::clone(&script), Arc::clone(&seen)));
            tokio::spawn(server::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    Faulty {
        store: store_at(address, Some(SealKey::new([7; 32]))),
        plain,
        calls,
    }
}

#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection breaks here")
    }
}

impl std::error::Error for Broken {}

async fn answer(
    request: Request<Incoming>,
    table: SocketAddr,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Vec<Call>>>,
) -> Result<Response<Full<Bytes>>, Broken> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let target = head.headers["x-amz-target"].to_str().unwrap();
    let call = Call {
        operation: target.rsplit('.').next().unwrap().to_owned(),
        request: serde_json::from_slice(&body).unwrap(),
    };
    let fate = {
        let mut seen = seen.lock().unwrap();
        seen.push(call.clone());
        (script.lock().unwrap())(seen.len() - 1, &call)
    };
    let forward = |body: Bytes| forward(table, target.to_owned(), body);
    Ok(match fate {
        Fate::Pass => forward(body).await,
        Fate::Refuse(status, code) => error(status, code),
        Fate::Lose => {
            forward(body).await;
            error(500, "InternalServerError")
        }
        Fate::Break => {
            forward(body).await;
            return Err(Broken);
        }
        Fate::HandBack(count) => hand_back(call, count, forward).await,
    })
}

/// Does all but the first `count` of a batch.
async fn hand_back<F: Future<Output = Response<Full<Bytes>>>>(
    call: Call,
    count: usize,
    forward: impl FnOnce(Bytes) -> F,
) -> Response<Full<Bytes>> {
    let mut request = call.request;
    let (list, back, empty) = match call.operation.as_str() {
        "BatchWriteItem" => (
            &mut request["RequestItems"][TABLE],
            "UnprocessedItems",
            json!({ "UnprocessedItems": {} }),
        ),
        "BatchGetItem" => (
            &mut request["RequestItems"][TABLE]["Keys"],
            "UnprocessedKeys",
            json!({ "Responses": {}, "UnprocessedKeys": {} }),
        ),
        other => panic!("{other} is no batch"),
    };
    let members = list.as_array_mut().unwrap();
    let rest = members.split_off(count.min(members.len()));
    let kept = std::mem::replace(members, rest);
    let nothing_left = members.is_empty();
    let mut answer = if nothing_left {
        empty
    } else {
        let answer = forward(request.to_string().into()).await;
        serde_json::from_slice(&answer.into_body().collect().await.unwrap().to_bytes()).unwrap()
    };
    if !kept.is_empty() {
        answer[back][TABLE] = match back {
            "UnprocessedKeys" => json!({ "Keys": kept }),
            _ => Json::Array(kept),
        };
    }
    Response::new(Full::new(answer.to_string().into()))
}

fn error(status: u16, code: &str) -> Response<Full<Bytes>> {
    let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "scripted" });
    let mut answer = Response::new(Full::new(body.to_string().into()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

async fn forward(table: SocketAddr, target: String, body: Bytes) -> Response<Full<Bytes>> {
    let stream = TcpStream::connect(table).await.unwrap();
    let (mut sender, connection) = client::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::post("/")
        .header("host", table.to_string())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", target)
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20261120/eu-west-1/dynamodb/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=0",
        )
        .header("x-amz-date", "20261120T140300Z")
        .body(Full::new(body))
        .unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = head.status;
    answer
}
