//! An HTTP server that answers by a closure and can misbehave in the middle of a body.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// Names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// How a body leaves the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    Whole,
    /// The connection is closed after so many bytes of it.
    CutAfter(usize),
    /// After so many bytes nothing more comes, and the connection stays open.
    StallAfter(usize),
    /// One byte after the other, with pauses.
    Drip(Duration),
    /// Not even a status line comes.
    Silence,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            manner: Manner::Whole,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }
}

/// Runs until the test's runtime ends.
pub(crate) struct HttpServer {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl HttpServer {
    pub(crate) async fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(serve(stream, move |request| {
                    let answer = answer(&request);
                    seen.lock().unwrap().push(request);
                    answer
                }));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Errors of the connection end it: a client may leave whenever it likes.
async fn serve(stream: TcpStream, mut answer: impl FnMut(Request) -> Answer) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut stream = BufReader::new(stream);
    loop {
        let request = read_request(&mut stream).await?;
        let bodiless = request.method == "HEAD";
        let answer = answer(request);
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", answer.status);
        if answer.status != 204
            && !answer
                .headers
                .iter()
                .any(|(name, _)| name == "content-length" || name == "transfer-encoding")
        {
            head.push_str(&format!("content-length: {}\r\n", answer.body.len()));
        }
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let body: &[u8] = if bodiless { &[] } else { &answer.body };
        match answer.manner {
            Manner::Whole => {
                stream.write_all(&[head.as_bytes(), body].concat()).await.ok()?;
            }
            Manner::CutAfter(length) => {
                stream
                    .write_all(&[head.as_bytes(), &body[..length.min(body.len())]].concat())
                    .await
                    .ok()?;
                stream.shutdown().await.ok()?;
                return None;
            }
            Manner::StallAfter(length) => {
                stream
                    .write_all(&[head.as_bytes(), &body[..length.min(body.len())]].concat())
                    .await
                    .ok()?;
                std::future::pending::<()>().await;
            }
            Manner::Drip(pause) => {
                stream.write_all(head.as_bytes()).await.ok()?;
                for byte in body {
                    stream.write_all(&[*byte]).await.ok()?;
                    tokio::time::sleep(pause).await;
                }
            }
            Manner::Silence => std::future::pending::<()>().await,
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request {
        method,
        path,
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        request
            .headers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).await.ok()?;
    Some(request)
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end().to_owned())
}
