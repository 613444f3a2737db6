use std::convert::Infallible;
use std::net::SocketAddr;

use clap::Args;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use milepost_model::{AccountId, EndpointFilter, EndpointStyle, Tell};
use milepost_runtime::now;
use milepost_webhooks::{Endpoints, NewEndpoint, secret_bytes, verifies};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::style;
use crate::command::{Failure, Options, say};

/// The hub's longest body.
const MAX_BODY_BYTES: usize = 4 << 20;

/// Deliveries that wait to be printed.
const WAITING: usize = 16;

/// `milepost webhook listen`
#[derive(Debug, Args)]
pub struct Listen {
    /// Where to receive
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The secret of an endpoint that leads here; without it the hub is told to send here until this ends
    #[arg(long)]
    secret: Option<String>,
    /// Whose changes
    #[arg(long, default_value = "default")]
    account: AccountId,
    /// In which form
    #[arg(long, default_value = "shipengine", value_parser = style)]
    style: EndpointStyle,
    /// End after so many deliveries
    #[arg(long)]
    count: Option<usize>,
}

/// A delivery that came.
struct Received {
    id: String,
    verified: bool,
    body: Bytes,
}

impl Listen {
    pub(super) async fn run(self, options: &Options, endpoints: &Endpoints) -> Result<(), Failure> {
        let listener = TcpListener::bind(self.listen).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let (sender, mut received) = mpsc::channel(WAITING);
        let (secret_sender, secret) = tokio::sync::watch::channel(Vec::new());
        let server = tokio::spawn(serve(listener, secret, sender));
        let mut added = None;
        let bytes = match &self.secret {
            Some(text) => secret_bytes(text).ok_or("a secret begins with whsec_ and goes on in base64")?,
            None => {
                let new = NewEndpoint {
                    url: url.clone(),
                    name: Some("milepost webhook listen".to_owned()),
                    store_id: None,
                    style: self.style,
                    filter: EndpointFilter::of_all(Tell::EveryEvent),
                    headers: Vec::new(),
                };
                let (endpoint, secrets) = endpoints.add(&self.account, new, now()).await?;
                added = Some(endpoint.id);
                secrets.signing
            }
        };
        let _ = secret_sender.send(bytes);
        if !options.json {
            say(format!("receiving at {url}"));
        }
        let mut left = self.count;
        while left != Some(0) {
            let delivery = tokio::select! {
                delivery = received.recv() => delivery,
                _ = tokio::signal::ctrl_c() => None,
            };
            let Some(delivery) = delivery else { break };
            print(options, &delivery);
            left = left.map(|left| left - 1);
        }
        if let Some(id) = added {
            endpoints.remove(&self.account, &id).await?;
        }
        server.abort();
        Ok(())
    }
}

fn print(options: &Options, delivery: &Received) {
    let body: Value = serde_json::from_slice(&delivery.body).unwrap_or(Value::Null);
    if options.json {
        say(json!({"id": delivery.id, "verified": delivery.verified, "body": body}).to_string());
        return;
    }
    let verified = if delivery.verified { "verified" } else { "NOT VERIFIED" };
    say(format!("{}  {verified}", delivery.id));
    say(serde_json::to_string_pretty(&body).unwrap_or_default());
}

async fn serve(listener: TcpListener, secret: tokio::sync::watch::Receiver<Vec<u8>>, sender: mpsc::Sender<Received>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let (secret, sender) = (secret.clone(), sender.clone());
        let service = service_fn(move |request| {
            let (secret, sender) = (secret.borrow().clone(), sender.clone());
            async move { Ok::<_, Infallible>(receive(request, &secret, &sender).await) }
        });
        tokio::spawn(async move {
            // A sender that goes away is the sender's business.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn receive(request: Request<Incoming>, secret: &[u8], sender: &mpsc::Sender<Received>) -> Response<Full<Bytes>> {
    let status = |status| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    };
    // The probe.
    if request.method() == Method::HEAD {
        return status(StatusCode::OK);
    }
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else {
        return status(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let body = body.to_bytes();
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let id = header("webhook-id").to_owned();
    let verified = verifies(
        &id,
        header("webhook-timestamp"),
        header("webhook-signature"),
        &body,
        secret,
        now(),
    );
    let answer = if verified {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNAUTHORIZED
    };
    let sent = sender.send(Received { id, verified, body }).await;
    status(if sent.is_ok() {
        answer
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    })
}
