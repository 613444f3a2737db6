//! A relay before a server: whoever talks to it talks to the server, and what the server answers is kept.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Answers in these tests are some kilobytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// A running relay.
pub struct Relay {
    pub address: SocketAddr,
    /// What was answered on each connection, in the order in which they were opened.
    answers: Arc<Mutex<Vec<Vec<u8>>>>,
    server: JoinHandle<()>,
}

/// An answer of HTTP/1.1, as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Relay {
    /// Stands before a server.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let server = tokio::spawn(serve(listener, upstream, Arc::clone(&answers)));
        Self {
            address,
            answers,
            server,
        }
    }

    /// The one answer since the last call. A client has it at the earliest when it is here.
    pub fn answer(&self) -> Answer {
        let answers = std::mem::take(&mut *self.answers.lock().unwrap());
        let [answer] = answers.as_slice() else {
            panic!("{} connections instead of one", answers.len());
        };
        Answer::of(answer).unwrap_or_else(|| panic!("no whole answer: {}", String::from_utf8_lossy(answer)))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Answer {
    /// Sends a request as it stands, and reads until the answer is whole.
    pub async fn to(address: SocketAddr, request: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while answer.len() < MAX_ANSWER_BYTES {
            if let Some(answer) = Self::of(&answer) {
                return answer;
            }
            let read = stream.read_buf(&mut answer).await.unwrap();
            assert!(read > 0, "it ends in {}", String::from_utf8_lossy(&answer));
        }
        panic!("{MAX_ANSWER_BYTES} bytes, and no end");
    }

    /// `None` until the last byte is there.
    fn of(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
        let length = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
        let body = (body.len() >= length).then(|| body.to_owned())?;
        Some(Self { status, body })
    }
}

async fn serve(listener: TcpListener, upstream: SocketAddr, answers: Arc<Mutex<Vec<Vec<u8>>>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let connection = {
            let mut answers = answers.lock().unwrap();
            answers.push(Vec::new());
            answers.len() - 1
        };
        let answers = Arc::clone(&answers);
        tokio::spawn(async move {
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = TcpStream::connect(upstream).await.unwrap().into_split();
            // A client that goes away is the client's business.
            tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
            let mut part = [0; 4096];
            while let Ok(read @ 1..) = from_server.read(&mut part).await {
                // The relay may have been asked meanwhile, and have forgotten the connection.
                if let Some(answer) = answers.lock().unwrap().get_mut(connection) {
                    answer.extend_from_slice(&part[..read]);
                }
                if to_client.write_all(&part[..read]).await.is_err() {
                    return;
                }
            }
        });
    }
}
