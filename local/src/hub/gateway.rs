//! The stand-in for API Gateway's HTTP API: requests on a socket become the events that the functions get deployed.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::HOST;
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use lambda_http::Body;
use milepost_contract::routes::{Route, route};
use milepost_runtime::{now, random_uuid};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::folder::HubError;
use super::functions::Functions;

/// API Gateway takes 10 MB, Lambda 6 MB.
const MAX_BODY_BYTES: usize = 6 << 20;

/// Connections at a time.
const MAX_CONNECTIONS: usize = 256;

pub(super) async fn serve(listener: TcpListener, functions: Functions, names: Arc<[String]>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        let Ok((stream, peer)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        // Without it, an answer in two writes waits 40 ms for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let (functions, names) = (functions.clone(), names.clone());
        let service = service_fn(move |request| {
            let (functions, names) = (functions.clone(), names.clone());
            async move { Ok::<_, Infallible>(answer(&functions, request, &peer.ip().to_string(), &names).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        connections.spawn(async move {
            // A caller that goes away is no fault of the hub.
            let _ = connection.await;
        });
    }
}

/// `GET /v1/tracking` from within.
pub(super) async fn get(functions: &Functions, api_key: &str, query: &str) -> Result<String, HubError> {
    let request = Request::get(format!("/v1/tracking?{query}"))
        .header("api-key", api_key)
        .body(());
    let (parts, ()) = request
        .map_err(|error| HubError::Io(std::io::Error::other(error)))?
        .into_parts();
    let response = dispatch(functions, &parts, &[], "127.0.0.1").await;
    let status = response.status().as_u16();
    let Ok(body) = response.into_body().collect().await;
    let body = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    if status == 200 {
        Ok(body)
    } else {
        Err(HubError::Api { status, body })
    }
}

async fn answer(
    functions: &Functions,
    request: Request<Incoming>,
    peer: &str,
    names: &[String],
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    if !host.is_some_and(|host| is_own_host(host, names)) {
        return plain(
            StatusCode::MISDIRECTED_REQUEST,
            "this hub is reached by an address or as localhost; for another name: milepost up --host NAME",
        );
    }
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => dispatch(functions, &parts, &body.to_bytes(), peer).await,
        Err(_) => plain(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
    }
}

async fn dispatch(functions: &Functions, parts: &Parts, body: &[u8], peer: &str) -> Response<Full<Bytes>> {
    let event = http_event(parts, body, peer, now());
    let Ok(request) = lambda_http::request::from_str(&event.to_string()) else {
        return plain(StatusCode::BAD_REQUEST, "Bad Request");
    };
    let found = route(parts.method.as_str(), parts.uri.path());
    let response = match found.map(|found| found.entry.route) {
        Ok(Route::Lookup(_)) => functions.lookup.handle(request).await,
        Ok(Route::Start(_)) => functions.start.handle(request).await,
        // What meets no route goes the way of the template's default.
        Ok(Route::Manage(_)) | Err(_) => functions.manage.handle(request).await,
    };
    let (parts, body) = response.into_parts();
    let bytes = match body {
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        _ => Bytes::new(),
    };
    Response::from_parts(parts, Full::new(bytes))
}

/// Whether a page in a browser may have asked for this host without deceit: a page that points its own name at this
/// machine (DNS rebinding) still sends that name. Addresses have no names to point.
fn is_own_host(host: &str, names: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    };
    let unbracketed = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    unbracketed.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || names.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// The event of payload format 2.0.
fn http_event(parts: &Parts, body: &[u8], peer: &str, now: Timestamp) -> Value {
    let mut headers = Map::new();
    for (name, value) in &parts.headers {
        let value = value.to_str().unwrap_or_default();
        // API Gateway joins headers of one name.
        match headers.get_mut(name.as_str()) {
            Some(Value::String(joined)) => {
                joined.push(',');
                joined.push_str(value);
            }
            _ => {
                headers.insert(name.as_str().to_owned(), value.into());
            }
        }
    }
    let path = parts.uri.path();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost"),
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": peer,
                "userAgent": "",
            },
            "requestId": random_uuid(),
            "routeKey": "$default",
            "stage": "$default",
            "time": now.to_string(),
            "timeEpoch": now.as_millisecond(),
        },
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    })
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text.to_owned())));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_hosts() {
        let names = ["milepost".to_owned()];
        for own in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "localhost:8080",
            "LOCALHOST",
            "[::1]:8080",
            "[::1]",
            "192.168.1.7:80",
            "milepost:8080",
        ] {
            assert!(is_own_host(own, &names), "{own}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            ":8080",
        ] {
            assert!(!is_own_host(other, &names), "{other}");
        }
    }
}
