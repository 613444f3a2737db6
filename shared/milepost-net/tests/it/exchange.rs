//! One POST to hosts that are slow, chatty, broken or not to be reached.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use milepost_net::{AddressPolicy, ErrorClass, Exchange, ExchangeError, Guard, GuardError, Reply, Timeouts};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::bytes;
use crate::support::http::{Answer, HttpServer, Manner};

fn local() -> AddressPolicy {
    AddressPolicy {
        allow_loopback: true,
        allow_plain_http: true,
        ..AddressPolicy::default()
    }
}

fn exchange(policy: AddressPolicy) -> Exchange {
    Exchange::new(Guard::new(policy), Timeouts::default(), "Milepost/1").unwrap()
}

/// An exchange whose deadline a test can wait for, and which a busy machine can keep.
fn hasty() -> Exchange {
    let timeouts = Timeouts {
        total: Duration::from_secs(2),
        ..Timeouts::default()
    };
    Exchange::new(Guard::new(local()), timeouts, "Milepost/1").unwrap()
}

async fn post(exchange: &Exchange, url: &str) -> Result<Reply, ExchangeError> {
    exchange.post(url, Vec::new(), Bytes::from_static(b"{}")).await
}

#[tokio::test]
async fn the_request_arrives_as_given_and_the_reply_comes_back() {
    let server = HttpServer::start(|_| {
        Answer::new(429, "slow down")
            .header("Retry-After", "120")
            .header("content-type", "text/plain")
            .header("x-b", "c")
    })
    .await;
    let headers = vec![
        ("Content-Type".into(), "application/json".into()),
        ("webhook-signature".into(), "v1,abc v1,def".into()),
        ("X-Custom".into(), "1".into()),
        ("X-Custom".into(), "2".into()),
    ];
    let url = server.url("/hook?token=1");
    let reply = exchange(local())
        .post(&url, headers, Bytes::from_static(b"{\"a\":1}"))
        .await
        .unwrap();
    assert_eq!(
        (reply.status, reply.complete, &reply.body[..]),
        (429, true, &b"slow down"[..])
    );
    assert_eq!(
        reply.headers,
        [
            ("retry-after".into(), "120".into()),
            ("content-type".into(), "text/plain".into())
        ]
    );
    assert_eq!(reply.header("retry-after"), Some("120"));

    let request = &server.requests()[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/hook?token=1")
    );
    assert_eq!(request.body, b"{\"a\":1}");
    assert_eq!(request.header("webhook-signature"), Some("v1,abc v1,def"));
    assert_eq!(request.header("user-agent"), Some("Milepost/1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    let custom: Vec<&str> = request
        .headers
        .iter()
        .filter(|(name, _)| name == "x-custom")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(custom, ["1", "2"]);
}

#[tokio::test]
async fn a_request_may_name_its_own_user_agent() {
    let server = HttpServer::start(|_| Answer::new(204, "")).await;
    let headers = vec![("User-Agent".into(), "ShipEngine/v1".into())];
    exchange(local())
        .post(&server.url("/"), headers, Bytes::new())
        .await
        .unwrap();
    assert_eq!(server.requests()[0].header("user-agent"), Some("ShipEngine/v1"));
}

/// Runs another test of this binary with the variables set: a process cannot safely change its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_proxy_variable_is_honoured() {
    let proxy = HttpServer::start(|_| Answer::new(502, "")).await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "exchange::the_request_arrives_as_given_and_the_reply_comes_back",
    ]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, proxy.url("")).env(name.to_lowercase(), proxy.url(""));
    }
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output().unwrap())
        .await
        .unwrap();
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{output:?}"
    );
    assert!(proxy.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let target = HttpServer::start(|_| Answer::new(200, "secret")).await;
    let location = target.url("/metadata");
    let server = HttpServer::start(move |_| Answer::new(301, "").header("location", location.clone())).await;
    for _ in 0..2 {
        assert_eq!(post(&exchange(local()), &server.url("/")).await.unwrap().status, 301);
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn a_long_reply_is_cut_at_the_limit() {
    let body = bytes(2_000_000);
    let sent = body.clone();
    let server = HttpServer::start(move |_| Answer::new(200, sent.clone())).await;
    let reply = post(&exchange(local()), &server.url("/")).await.unwrap();
    assert_eq!((reply.status, reply.complete), (200, false));
    assert_eq!(reply.body, body[..16 * 1024]);
}

#[tokio::test]
async fn a_reply_of_just_the_limit_is_complete() {
    let server = HttpServer::start(|_| Answer::new(200, bytes(16 * 1024))).await;
    let reply = post(&exchange(local()), &server.url("/")).await.unwrap();
    assert_eq!((reply.body.len(), reply.complete), (16 * 1024, true));
}

#[tokio::test]
async fn a_dripping_body_ends_at_the_deadline_and_the_status_holds() {
    let drip = Manner::Drip(Duration::from_millis(50));
    let server = HttpServer::start(move |_| Answer::new(200, bytes(10_000)).manner(drip)).await;
    let reply = post(&hasty(), &server.url("/")).await.unwrap();
    assert_eq!((reply.status, reply.complete), (200, false));
    assert!(
        !reply.body.is_empty() && reply.body.len() < 10_000,
        "{}",
        reply.body.len()
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_status() {
    let server = HttpServer::start(|_| Answer::new(200, bytes(1_000)).manner(Manner::CutAfter(10))).await;
    let reply = post(&exchange(local()), &server.url("/")).await.unwrap();
    assert_eq!((reply.status, reply.complete, reply.body.len()), (200, false, 10));
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let server = HttpServer::start(|_| Answer::new(200, "").manner(Manner::Silence)).await;
    let error = post(&hasty(), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Timeout), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Retry);
}

#[tokio::test]
async fn a_closed_port_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = post(&exchange(local()), &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::Connect(_)), "{error:?}");
}

#[tokio::test]
async fn plain_text_behind_https_is_a_tls_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = post(&exchange(local()), &format!("https://{address}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::Tls(_)), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Retry);
}

#[tokio::test]
async fn a_host_that_speaks_no_http_is_another_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 ftp.example.com ready\r\n").await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = post(&exchange(local()), &format!("http://{address}/"))
        .await
        .unwrap_err();
    assert!(matches!(error, ExchangeError::Other(_)), "{error:?}");
}

#[tokio::test]
async fn framing_headers_and_impossible_ones_are_refused() {
    let server = HttpServer::start(|_| Answer::new(200, "")).await;
    for (name, value) in [
        ("Host", "other.example.com"),
        ("Content-Length", "1"),
        ("transfer-encoding", "chunked"),
        ("Connection", "close"),
        ("bad name", "x"),
        ("", "x"),
        ("x-split", "a\r\nx-injected: b"),
        ("x-zero", "a\0"),
    ] {
        let headers = vec![("x-good".into(), "1".into()), (name.into(), value.into())];
        let error = exchange(local())
            .post(&server.url("/"), headers, Bytes::new())
            .await
            .unwrap_err();
        assert!(
            matches!(error, ExchangeError::Header { position: 1 }),
            "{name} {error:?}"
        );
        assert_eq!(error.class(), ErrorClass::Caller);
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_guard_refuses_before_a_connection_is_made() {
    let server = HttpServer::start(|_| Answer::new(200, "")).await;
    let port = server.address.port();
    let policy = AddressPolicy {
        allow_plain_http: true,
        extra_ports: vec![port],
        ..AddressPolicy::default()
    };
    let exchange = exchange(policy);
    for (url, expect) in [
        (format!("http://127.0.0.1:{port}/"), GuardError::Address),
        (format!("http://2130706433:{port}/"), GuardError::Address),
        (format!("http://[::ffff:7f00:1]:{port}/"), GuardError::Address),
        (format!("http://localhost:{port}/"), GuardError::Address),
        (format!("http://user:secret@127.0.0.1:{port}/"), GuardError::UserInfo),
    ] {
        let error = post(&exchange, &url).await.unwrap_err();
        assert!(
            matches!(error, ExchangeError::Guard(refused) if refused == expect),
            "{url} {error:?}"
        );
        assert_eq!(error.class(), ErrorClass::Caller);
    }
    assert!(server.requests().is_empty());
}

/// Answers the first lookup of a name with the first list, the second with the second, and so on.
struct Rebinding(Mutex<VecDeque<&'static [&'static str]>>);

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let answer = self
            .0
            .lock()
            .unwrap()
            .pop_front()
            .expect("one lookup more than expected");
        let found: Vec<SocketAddr> = answer
            .iter()
            .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
            .collect();
        Box::pin(async move { Ok::<Addrs, _>(Box::new(found.into_iter())) })
    }
}

#[tokio::test]
async fn a_name_that_leads_to_private_addresses_is_refused_after_the_lookup() {
    let server = HttpServer::start(|_| Answer::new(200, "")).await;
    let port = server.address.port();
    let policy = AddressPolicy {
        allow_plain_http: true,
        extra_ports: vec![port],
        ..AddressPolicy::default()
    };
    // 198.18.0.0/15 is reserved for benchmarks: nothing answers there, and here it stands for a private network.
    let answers: [&[&str]; 4] = [
        &["127.0.0.1"],
        &["::ffff:127.0.0.1", "169.254.169.254"],
        &["198.18.0.1"],
        &[],
    ];
    let names = Arc::new(Rebinding(Mutex::new(VecDeque::from(answers))));
    let exchange = Exchange::new(
        Guard::with_names(policy, names.clone()),
        Timeouts::default(),
        "Milepost/1",
    )
    .unwrap();
    let url = format!("http://hooks.example.com:{port}/");
    for expect in [
        GuardError::NoPublicAddress,
        GuardError::NoPublicAddress,
        GuardError::NoPublicAddress,
        GuardError::Unresolved,
    ] {
        let error = post(&exchange, &url).await.unwrap_err();
        assert!(
            matches!(error, ExchangeError::Guard(refused) if refused == expect),
            "{error:?}"
        );
    }
    assert!(names.0.lock().unwrap().is_empty());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_name_is_looked_up_once_for_check_and_connection() {
    let server = HttpServer::start(|_| Answer::new(200, "")).await;
    let port = server.address.port();
    let policy = AddressPolicy {
        extra_ports: vec![port],
        ..local()
    };
    // A second lookup would panic; the first is answered with a refused address beside the allowed one.
    let names = Rebinding(Mutex::new(VecDeque::from([&["10.0.0.5", "127.0.0.1"] as &[&str]])));
    let exchange = Exchange::new(
        Guard::with_names(policy, Arc::new(names)),
        Timeouts::default(),
        "Milepost/1",
    )
    .unwrap();
    let reply = post(&exchange, &format!("http://hooks.example.com:{port}/"))
        .await
        .unwrap();
    assert_eq!(reply.status, 200);
    assert_eq!(
        server.requests()[0].header("host"),
        Some(format!("hooks.example.com:{port}").as_str())
    );
}

#[tokio::test]
async fn no_error_shows_the_url_or_a_header() {
    let silent = HttpServer::start(|_| Answer::new(200, "").manner(Manner::Silence)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    for url in [
        silent.url("/4711?token=4711"),
        format!("http://{closed}/4711?token=4711"),
        format!("https://{}/4711?token=4711", silent.address),
        "https://10.0.0.1/4711".into(),
        "https://u4711@10.0.0.1/".into(),
    ] {
        let headers = vec![("authorization".into(), "Bearer 4711".into())];
        let error = hasty()
            .post(&url, headers, Bytes::from_static(b"4711"))
            .await
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("4711"), "{error:?}");
    }
}
