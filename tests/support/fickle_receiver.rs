//! A receiver of webhooks that fails the first attempt of some messages.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use tokio::net::TcpListener;

use crate::http_server::HttpServer;
use crate::receiver::Message;

/// Of so many new messages one is refused once.
const REFUSES_ONE_IN: usize = 20;

/// It answers 204, or 500 to the first attempt of every twentieth message. No message is refused twice: the third
/// attempt would come after five minutes.
pub struct FickleReceiver {
    pub url: String,
    attempts: Arc<Mutex<Attempts>>,
    _server: HttpServer,
}

/// One POST, and what it was answered.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub message: Message,
    pub accepted: bool,
}

#[derive(Default)]
struct Attempts {
    /// Since they were last taken, in order of arrival.
    new: Vec<Attempt>,
    ids: BTreeSet<String>,
}

impl FickleReceiver {
    /// Listens on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let attempts = Arc::<Mutex<Attempts>>::default();
        let server = HttpServer::start(listener, Arc::clone(&attempts), answer);
        Self {
            url,
            attempts,
            _server: server,
        }
    }

    /// What has arrived since the last call.
    pub fn take(&self) -> Vec<Attempt> {
        std::mem::take(&mut self.attempts.lock().unwrap().new)
    }
}

impl Attempts {
    fn accept(&mut self, message: Message) -> bool {
        let is_new = self.ids.insert(message.id.clone());
        let accepted = !(is_new && self.ids.len().is_multiple_of(REFUSES_ONE_IN));
        self.new.push(Attempt { message, accepted });
        accepted
    }
}

async fn answer(request: Request<Incoming>, attempts: Arc<Mutex<Attempts>>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let message = Message {
        id: parts.headers["webhook-id"].to_str().unwrap().to_owned(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    };
    let accepted = attempts.lock().unwrap().accept(message);
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = if accepted {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    response
}
