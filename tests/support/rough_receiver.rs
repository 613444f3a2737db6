//! A receiver of webhooks that is slow, chatty, broken or gone, byte by byte. Each connection is one request.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{HeaderName, HeaderValue};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::receiver::Message;

/// Between two bytes of a drip.
const DRIP: Duration = Duration::from_millis(20);

/// What it does once it has read a request.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Answers with a status and headers, and no body.
    Says(u16, &'static str),
    /// Closes the connection without a word, as a server that dies when it has written down what came.
    HangsUp,
    /// Resets the connection.
    Resets,
    /// Keeps the connection open without a word.
    Silent,
    /// Sends the head of an answer byte by byte, and never its end.
    DripsHead,
    /// Answers with a status, then a body byte by byte without end.
    DripsBody(u16),
    /// Answers 200 with a body of so many bytes, as fast as they are taken.
    Pours(u64),
}

/// It answers 204 unless it was told otherwise.
pub struct RoughReceiver {
    pub url: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    messages: Mutex<Vec<Message>>,
    manners: Mutex<VecDeque<Manner>>,
    poured: AtomicU64,
}

impl RoughReceiver {
    /// Listens on a port of its own, and treats the next requests so.
    pub async fn start(manners: impl IntoIterator<Item = Manner>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let state = Arc::new(State {
            manners: Mutex::new(manners.into_iter().collect()),
            ..State::default()
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { url, state, server }
    }

    /// What has arrived so far.
    pub fn messages(&self) -> Vec<Message> {
        self.state.messages.lock().unwrap().clone()
    }

    /// How many bytes were taken of what it poured.
    pub fn poured(&self) -> u64 {
        self.state.poured.load(Ordering::SeqCst)
    }
}

impl Drop for RoughReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        // A sender that goes away is the sender's business.
        tokio::spawn(async move { drop(treat(stream, &state).await) });
    }
}

async fn treat(stream: TcpStream, state: &State) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let message = request(&mut stream).await?;
    state.messages.lock().unwrap().push(message);
    let manner = state.manners.lock().unwrap().pop_front();
    match manner.unwrap_or(Manner::Says(204, "")) {
        Manner::Says(status, headers) => {
            let head = format!("HTTP/1.1 {status} -\r\nconnection: close\r\ncontent-length: 0\r\n{headers}\r\n");
            stream.write_all(head.as_bytes()).await?;
        }
        Manner::HangsUp => {}
        Manner::Resets => stream.get_ref().set_zero_linger()?,
        Manner::Silent => std::future::pending().await,
        Manner::DripsHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await?;
            drip(&mut stream).await?;
        }
        Manner::DripsBody(status) => {
            let head = format!("HTTP/1.1 {status} -\r\ncontent-length: 100000\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            drip(&mut stream).await?;
        }
        Manner::Pours(length) => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            let piece = [b'x'; 64 * 1024];
            for _ in 0..length / 65_536 {
                stream.write_all(&piece).await?;
                state.poured.fetch_add(65_536, Ordering::SeqCst);
            }
        }
    }
    stream.shutdown().await
}

async fn drip(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    loop {
        stream.write_all(b"x").await?;
        tokio::time::sleep(DRIP).await;
    }
}

async fn request(stream: &mut BufReader<TcpStream>) -> io::Result<Message> {
    let mut headers = HeaderMap::new();
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let length: usize = text("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Message {
        id: text("webhook-id").to_owned(),
        body: Bytes::from(body),
        headers,
    })
}
