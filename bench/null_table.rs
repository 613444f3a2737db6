//! A DynamoDB that keeps nothing and answers at once, so that what is measured is its client.
//!
//! It checks nothing either: whether an import is right is for the tests.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A running table.
pub(crate) struct NullTable {
    pub(crate) url: String,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    calls: AtomicU64,
    items: AtomicU64,
    units: AtomicU64,
}

/// What it was given by BatchWriteItem.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Given {
    pub(crate) calls: u64,
    pub(crate) items: u64,
    pub(crate) units: u64,
}

impl NullTable {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts = Arc::<Counts>::default();
        tokio::spawn(serve(listener, Arc::clone(&counts)));
        Self { url, counts }
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

async fn serve(listener: TcpListener, counts: Arc<Counts>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let counts = Arc::clone(&counts);
        tokio::spawn(async move {
            let service = service_fn(|request| async { Ok::<_, Infallible>(counts.answer(request).await) });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            let _ = connection.await;
        });
    }
}

impl Counts {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let target = parts.headers["x-amz-target"].to_str().unwrap();
        let answer = match target.rsplit_once('.').unwrap().1 {
            "BatchWriteItem" => self.write(&serde_json::from_slice(&body).unwrap()),
            // Every lease is there to be taken.
            "UpdateItem" => json!({"Attributes": {"v": {"N": "1"}, "epoch": {"N": "1"}}}),
            _ => json!({}),
        };
        let answer = Response::builder()
            .header("content-type", "application/x-amz-json-1.0")
            .body(Full::new(Bytes::from(answer.to_string())));
        answer.unwrap()
    }

    fn write(&self, request: &Value) -> Value {
        let (table, puts) = request["RequestItems"].as_object().unwrap().iter().next().unwrap();
        let mut units = 0;
        for put in puts.as_array().unwrap() {
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
        json!({"UnprocessedItems": {}, "ConsumedCapacity": [{"TableName": table, "CapacityUnits": units}]})
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
