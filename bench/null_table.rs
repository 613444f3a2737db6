//! A DynamoDB that keeps nothing and answers at once, so that what is measured is its client.
//!
//! It checks nothing either: whether an import is right is for the tests. It can refuse a share of the batches, as a
//! table on a bad day does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use serde_json::{Value, json};
use support::carrier_file::Seeded;
use support::http_server::HttpServer;
use tokio::net::TcpListener;

/// A running table.
pub(crate) struct NullTable {
    pub(crate) url: String,
    counts: Arc<Counts>,
    _server: HttpServer,
}

#[derive(Default)]
struct Counts {
    calls: AtomicU64,
    items: AtomicU64,
    units: AtomicU64,
    /// Draws what a batch meets; nothing is drawn where all go through.
    faults: Option<Mutex<Seeded>>,
}

/// What it was given by BatchWriteItem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    pub(crate) calls: u64,
    pub(crate) items: u64,
    pub(crate) units: u64,
}

impl NullTable {
    /// With `faults` a fifth of the batches is throttled, a twentieth fails, and of a twentieth half is handed back.
    pub(crate) async fn start(faults: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts = Arc::new(Counts {
            faults: faults.then(|| Mutex::new(Seeded(33))),
            ..Counts::default()
        });
        let server = HttpServer::start(listener, Arc::clone(&counts), |request, counts| async move {
            counts.answer(request).await
        });
        Self {
            url,
            counts,
            _server: server,
        }
    }

    /// What it was given since it was asked last.
    pub(crate) fn given(&self) -> Given {
        let taken = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        Given {
            calls: taken(&self.counts.calls),
            items: taken(&self.counts.items),
            units: taken(&self.counts.units),
        }
    }
}

impl Counts {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = parts.headers["x-amz-target"].to_str().unwrap();
        let operation = target.rsplit_once('.').unwrap().1;
        let drawn = match &self.faults {
            Some(rng) if operation == "BatchWriteItem" => rng.lock().unwrap().below(100),
            _ => 100,
        };
        let refused = match drawn {
            0..20 => Some((400, "ThrottlingException")),
            20..25 => Some((500, "InternalServerError")),
            _ => None,
        };
        if let Some((status, code)) = refused {
            self.calls.fetch_add(1, Ordering::Relaxed);
            let error = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "drawn"});
            let answer = Response::builder().status(status);
            return answer.body(Full::new(Bytes::from(error.to_string()))).unwrap();
        }
        let answer = match operation {
            "BatchWriteItem" => self.write(&serde_json::from_slice(&body).unwrap(), drawn < 30),
            // Every lease is there to be taken.
            "UpdateItem" => json!({"Attributes": {"v": {"N": "1"}, "epoch": {"N": "1"}}}),
            _ => json!({}),
        };
        let answer = Response::builder()
            .header("content-type", "application/x-amz-json-1.0")
            .body(Full::new(Bytes::from(answer.to_string())));
        answer.unwrap()
    }

    fn write(&self, request: &Value, hands_back: bool) -> Value {
        let (table, puts) = request["RequestItems"].as_object().unwrap().iter().next().unwrap();
        let puts = puts.as_array().unwrap();
        let (taken, back) = puts.split_at(if hands_back { puts.len().div_ceil(2) } else { puts.len() });
        let mut units = 0;
        for put in taken {
            let attributes = put["PutRequest"]["Item"].as_object().unwrap();
            let bytes = attributes
                .iter()
                .map(|(name, value)| name.len() + size(value))
                .sum::<usize>();
            units += u64::try_from(bytes.div_ceil(1024)).unwrap();
            self.items.fetch_add(1, Ordering::Relaxed);
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.units.fetch_add(units, Ordering::Relaxed);
        let mut answer = json!({
            "UnprocessedItems": {},
            "ConsumedCapacity": [{"TableName": table, "CapacityUnits": units}],
        });
        if !back.is_empty() {
            answer["UnprocessedItems"][table] = back.into();
        }
        answer
    }
}

/// What a value counts for, by DynamoDB's rules.
fn size(value: &Value) -> usize {
    let (kind, content) = value.as_object().unwrap().iter().next().unwrap();
    let text = content.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => text.len(),
        "N" => text.len().div_ceil(2) + 1,
        "B" => text.trim_end_matches('=').len() * 3 / 4,
        "BOOL" => 1,
        other => panic!("no bundle has an attribute of type {other}"),
    }
}
