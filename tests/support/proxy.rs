//! A proxy that cuts connections at bytes that a test chooses.
//!
//! It counts what servers send to their clients, over all connections, and closes the one that carries the byte at which
//! a cut is due. Of FTP it counts the data connections alone: it reads the replies to PASV and stands in for the port
//! that they announce.
//!
//! A gate holds a transfer instead, so that whoever reads it can be killed there.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a client may take to ask for what is held, and to take it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// Whatever uses one connection at a time.
    Plain,
    /// FTP over IPv4, in passive mode.
    Ftp,
}

/// A running proxy.
pub struct Proxy {
    pub address: SocketAddr,
    line: Arc<Line>,
    server: JoinHandle<()>,
}

struct Line {
    upstream: SocketAddr,
    speech: Speech,
    carried: Mutex<Carried>,
    /// Down: connections are closed, and new ones at once.
    down: watch::Sender<bool>,
}

struct Carried {
    bytes: u64,
    /// Ascending.
    cuts: VecDeque<u64>,
    /// After the last cut the line goes down.
    ends: bool,
}

impl Proxy {
    /// Stands before a server, and cuts once at each of these bytes, which ascend.
    pub async fn start(speech: Speech, upstream: SocketAddr, cuts: impl IntoIterator<Item = u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let carried = Carried {
            bytes: 0,
            cuts: cuts.into_iter().collect(),
            ends: false,
        };
        let line = Arc::new(Line {
            upstream,
            speech,
            carried: Mutex::new(carried),
            down: watch::Sender::new(false),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&line)));
        Self { address, line, server }
    }

    /// Goes down at the last cut, until [`Proxy::come_up`].
    pub fn end_with_the_last_cut(&self) {
        self.line.carried.lock().unwrap().ends = true;
    }

    /// Carries again, and cuts no more.
    pub fn come_up(&self) {
        self.line.carried.lock().unwrap().ends = false;
        self.line.down.send_replace(false);
    }

    /// Cuts that are still to be made.
    pub fn cuts_left(&self) -> usize {
        self.line.carried.lock().unwrap().cuts.len()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Line {
    /// How many of so many bytes pass, and whether the connection is cut behind them.
    fn pass(&self, bytes: usize) -> (usize, bool) {
        let mut carried = self.carried.lock().unwrap();
        let end = carried.bytes + u64::try_from(bytes).unwrap();
        match carried.cuts.front().copied() {
            Some(cut) if cut < end => {
                carried.cuts.pop_front();
                let passing = usize::try_from(cut.saturating_sub(carried.bytes)).unwrap();
                carried.bytes = carried.bytes.max(cut);
                if carried.ends && carried.cuts.is_empty() {
                    self.down.send_replace(true);
                }
                (passing, true)
            }
            _ => {
                carried.bytes = end;
                (bytes, false)
            }
        }
    }
}

async fn serve(listener: TcpListener, line: Arc<Line>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let line = Arc::clone(&line);
        tokio::spawn(async move {
            // What breaks here is seen, or mended, by the client.
            let _ = match line.speech {
                Speech::Plain => carry(client, line.upstream, &line, Part::Counted).await,
                Speech::Ftp => carry(client, line.upstream, &line, Part::Control).await,
            };
        });
    }
}

#[derive(Clone, Copy)]
enum Part {
    Counted,
    Control,
}

/// Carries one connection until either side closes it, a cut is due, or the line goes down.
async fn carry(client: TcpStream, upstream: SocketAddr, line: &Arc<Line>, part: Part) -> io::Result<()> {
    let mut down = line.down.subscribe();
    if *down.borrow() {
        return Ok(());
    }
    let server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let back = async {
        match part {
            Part::Counted => counted(from_server, to_client, line).await,
            Part::Control => control(from_server, to_client, line).await,
        }
    };
    tokio::select! {
        outcome = back => outcome,
        outcome = copy(&mut from_client, &mut to_server) => outcome.map(drop),
        _ = down.wait_for(|down| *down) => Ok(()),
    }
}

async fn counted(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: &Line) -> io::Result<()> {
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let (passing, cut) = line.pass(read);
        to.write_all(&buffer[..passing]).await?;
        if cut {
            return Ok(());
        }
    }
}

/// The replies of an FTP server, with a port of the proxy's own in place of each that is announced.
async fn control(from: OwnedReadHalf, mut to: OwnedWriteHalf, line: &Arc<Line>) -> io::Result<()> {
    let mut replies = BufReader::new(from);
    loop {
        let mut reply = String::new();
        if replies.read_line(&mut reply).await? == 0 {
            return Ok(());
        }
        if let Some(port) = announced(&reply) {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let own = listener.local_addr()?.port();
            reply = format!("227 Entering Passive Mode (127,0,0,1,{},{})\r\n", own / 256, own % 256);
            tokio::spawn(data(
                listener,
                SocketAddr::new(line.upstream.ip(), port),
                Arc::clone(line),
            ));
        }
        to.write_all(reply.as_bytes()).await?;
    }
}

/// One data connection. Boxed, because connections that make connections have a type without end.
fn data(
    listener: TcpListener,
    server: SocketAddr,
    line: Arc<Line>,
) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
    Box::pin(async move {
        let (client, _) = listener.accept().await?;
        carry(client, server, &line, Part::Counted).await
    })
}

/// The port in a reply to PASV.
fn announced(reply: &str) -> Option<u16> {
    let (_, numbers) = reply.strip_prefix("227 ")?.split_once('(')?;
    let mut numbers = numbers.split_once(')')?.0.split(',').skip(4);
    let mut next = || numbers.next()?.trim().parse::<u16>().ok();
    Some(next()? * 256 + next()?)
}

/// A proxy that holds one transfer at a byte that a test chooses, and carries everything else.
pub struct Gate {
    pub address: SocketAddr,
    transfer: Arc<Transfer>,
    server: JoinHandle<()>,
}

/// What a gate holds.
struct Transfer {
    begin: Vec<u8>,
    /// Bytes that may pass, and how many have.
    may: watch::Sender<usize>,
    passed: watch::Sender<usize>,
}

impl Gate {
    /// Stands before a server. Of what the server sends, a transfer is known by the bytes that it begins with. None of
    /// them passes yet.
    pub async fn start(upstream: SocketAddr, begin: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let transfer = Arc::new(Transfer {
            begin: begin.to_vec(),
            may: watch::Sender::new(0),
            passed: watch::Sender::new(0),
        });
        let gate = Arc::clone(&transfer);
        let server = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let gate = Arc::clone(&gate);
                // What breaks here is seen, or mended, by the client.
                tokio::spawn(async move { gate.carry(client, upstream).await });
            }
        });
        Self {
            address,
            transfer,
            server,
        }
    }

    /// Lets so many bytes of the transfer pass, counted from its first and no more than it has, and waits until the
    /// client was sent the last of them, for at most a minute.
    pub async fn pass(&self, bytes: usize) {
        self.transfer.may.send_replace(bytes);
        let mut passed = self.transfer.passed.subscribe();
        let all_passed = passed.wait_for(|passed| *passed == bytes);
        tokio::time::timeout(PATIENCE, all_passed).await.unwrap().unwrap();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Transfer {
    /// Carries one connection until either side closes it.
    async fn carry(&self, client: TcpStream, upstream: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(upstream).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut from_client, to_client) = client.into_split();
        let (from_server, mut to_server) = server.into_split();
        tokio::select! {
            outcome = self.hold(from_server, to_client) => outcome,
            outcome = copy(&mut from_client, &mut to_server) => outcome.map(drop),
        }
    }

    async fn hold(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut head = Vec::new();
        let begin = loop {
            let before = head.len();
            if from.read_buf(&mut head).await? == 0 {
                return Ok(());
            }
            let begin = head.windows(self.begin.len()).position(|bytes| bytes == self.begin);
            to.write_all(&head[before..begin.unwrap_or(head.len())]).await?;
            if let Some(begin) = begin {
                break begin;
            }
        };
        let (body, mut may) = (&head[begin..], self.may.subscribe());
        let mut from = body.chain(&mut from);
        loop {
            let passed = *self.passed.borrow();
            let most = *may.borrow_and_update() - passed;
            if most == 0 {
                may.changed().await.unwrap();
                continue;
            }
            let mut buffer = vec![0; most.min(8 * 1024)];
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(&buffer[..read]).await?;
            self.passed.send_replace(passed + read);
        }
    }
}
