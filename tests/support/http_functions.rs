//! The HTTP functions in this process, each request as the event that API Gateway makes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use lambda_http::{Body, Request, Response};
use lookup_tracking::LookupTracking;
use manage_hub::{ManageHub, Webhooks};
use milepost_contract::routes::{Route, route};
use milepost_local::hub::Access;
use milepost_runtime::Api;
use serde_json::json;
use start_tracking::StartTracking;

/// The three functions over one hub, and a clock of their own.
pub struct HttpFunctions {
    lookup: LookupTracking,
    start: StartTracking,
    manage: ManageHub,
    clock: Arc<AtomicI64>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl HttpFunctions {
    /// Over a hub, each key limited to so many requests in a minute; the clock stands at now.
    pub async fn new(access: &Access, requests_per_minute: u32) -> Self {
        let clock = Arc::new(AtomicI64::new(milepost_runtime::now().as_millisecond()));
        let told = Arc::clone(&clock);
        let store = access.store();
        let webhooks = Webhooks {
            endpoints: access.endpoints().await.unwrap(),
            replay: access.replay(),
            key: None,
        };
        let api = Api::new(store.clone())
            .limited_to(requests_per_minute)
            .with_clock(Arc::new(move || {
                Timestamp::from_millisecond(told.load(Ordering::SeqCst)).unwrap()
            }));
        Self {
            lookup: LookupTracking::new(api.clone(), store.clone()),
            start: StartTracking::new(api.clone(), store.clone(), access.notify_queue()),
            manage: ManageHub::new(api, store, access.bucket(), webhooks),
            clock,
        }
    }

    /// Moves the clock on.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    /// A request with these headers, to the function that the template leads it to.
    pub async fn call(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        let request = request(method, target, headers, body);
        let response = match route(method, path).map(|found| found.entry.route) {
            Ok(Route::Lookup(_)) => self.lookup.handle(request).await,
            Ok(Route::Start(_)) => self.start.handle(request).await,
            Ok(Route::Manage(_)) | Err(_) => self.manage.handle(request).await,
        };
        Answer::of(response)
    }
}

/// A request as API Gateway hands it to a function.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: BTreeMap<&str, &str> = headers.iter().copied().collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "20/Nov/2026:16:04:06 +0000",
            "timeEpoch": 1_795_190_646_137_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    });
    lambda_http::request::from_str(&event.to_string()).unwrap()
}

impl Answer {
    /// Of a function's response.
    pub fn of(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter();
        Self {
            status: parts.status.as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: match body {
                Body::Text(text) => text,
                Body::Binary(bytes) => String::from_utf8(bytes).unwrap(),
                _ => String::new(),
            },
        }
    }
}
