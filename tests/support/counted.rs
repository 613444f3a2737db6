//! A relay before one of AWS's stand-ins that counts the calls by their names, as AWS bills them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The header that names a call; `x-amz-target: AmazonSQS.SendMessage`.
const TARGET: &[u8] = b"x-amz-target: ";

/// What a refused condition is called in an answer: DynamoDB bills it, and reports no units of it.
const REFUSED: &[u8] = b"ConditionalCheckFailed";

/// The longest part that is looked for, so much of what was read is kept.
const LONGEST: usize = 200;

/// Counts by the name of the call without its service, and conditions that were refused.
pub type Calls = BTreeMap<String, u64>;

/// A running relay.
pub struct Counted {
    pub url: String,
    calls: Arc<Mutex<Calls>>,
    server: JoinHandle<()>,
}

impl Counted {
    /// Stands before a server that is reached at a URL without a path.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
        let calls = Arc::<Mutex<Calls>>::default();
        let server = tokio::spawn(serve(listener, upstream, Arc::clone(&calls)));
        Self { url, calls, server }
    }

    /// The calls since this was asked last.
    pub fn take(&self) -> Calls {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, upstream: String, calls: Arc<Mutex<Calls>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (upstream, calls) = (upstream.clone(), Arc::clone(&calls));
        tokio::spawn(async move {
            let server = TcpStream::connect(upstream).await.unwrap();
            client.set_nodelay(true).unwrap();
            server.set_nodelay(true).unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::join!(
                carry(from_client, to_server, |read| count_calls(read, &calls)),
                carry(from_server, to_client, |read| count_refusals(read, &calls)),
            );
        });
    }
}

/// Carries bytes on; `look` gets what was read so far and not looked at, and takes away what it is done with.
async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, look: impl Fn(&mut Vec<u8>)) {
    let (mut part, mut read) = ([0; 16 * 1024], Vec::new());
    while let Ok(length @ 1..) = from.read(&mut part).await {
        read.extend_from_slice(&part[..length]);
        look(&mut read);
        let done = read.len().saturating_sub(LONGEST);
        read.drain(..done);
        if to.write_all(&part[..length]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

fn count_calls(read: &mut Vec<u8>, calls: &Mutex<Calls>) {
    while let Some(begin) = find(read, TARGET) {
        let name = &read[begin + TARGET.len()..];
        let Some(length) = find(name, b"\r\n") else {
            return;
        };
        let name = String::from_utf8(name[..length].to_vec()).unwrap();
        let (_, name) = name.split_once('.').unwrap();
        *calls.lock().unwrap().entry(name.to_owned()).or_default() += 1;
        read.drain(..begin + TARGET.len() + length);
    }
}

fn count_refusals(read: &mut Vec<u8>, calls: &Mutex<Calls>) {
    while let Some(begin) = find(read, REFUSED) {
        *calls.lock().unwrap().entry("refused".to_owned()).or_default() += 1;
        read.drain(..begin + REFUSED.len());
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
