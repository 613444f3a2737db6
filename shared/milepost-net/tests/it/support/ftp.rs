//! An FTP server with one file that cuts transfers, forgets replies and announces other hosts, by a script.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The one file, `a.csv`.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) body: Vec<u8>,
    /// As `MDTM` and `MLSD` write it.
    pub(crate) modified: &'static str,
}

/// How one transfer ends.
#[derive(Debug, Clone)]
pub(crate) enum End {
    /// With this reply after the data connection was closed.
    Reply(&'static str),
    /// With silence on a control connection that stays open.
    Silence,
    /// With the control connection closed as well.
    Hangup,
    /// Not at all: the data connection stays open.
    Stall,
}

/// What becomes of one `RETR`.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    /// How many bytes are sent at most, from the offset on.
    pub(crate) bytes: usize,
    pub(crate) end: End,
    /// What the file is from then on, if another one; `None` inside if it is gone.
    pub(crate) then: Option<Option<File>>,
}

impl Turn {
    pub(crate) fn new(bytes: usize, end: End) -> Self {
        Self { bytes, end, then: None }
    }

    pub(crate) fn then(self, file: Option<File>) -> Self {
        Self {
            then: Some(file),
            ..self
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) file: Option<File>,
    pub(crate) turns: VecDeque<Turn>,
    /// Replies that the next commands of these names get instead of the usual ones, first come first served.
    pub(crate) replies: Vec<(&'static str, &'static str)>,
    /// Commands that the server does not know.
    pub(crate) unknown: &'static [&'static str],
    /// The host that `PASV` announces.
    pub(crate) passive_host: &'static str,
    /// What the listing commands send; by default the file in the manner of `MLSD`.
    pub(crate) listings: Vec<(&'static str, String)>,
    /// Speaks TLS on the control connection when it is asked to, and never on that of data.
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

impl Script {
    pub(crate) fn new(body: Vec<u8>, turns: impl Into<VecDeque<Turn>>) -> Self {
        Self {
            file: Some(File {
                body,
                modified: "20261120110000",
            }),
            turns: turns.into(),
            replies: Vec::new(),
            unknown: &[],
            passive_host: "127,0,0,1",
            listings: Vec::new(),
            tls: None,
        }
    }
}

/// Runs until the test's runtime ends.
pub(crate) struct FtpServer {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl FtpServer {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (script, seen) = (Arc::new(Mutex::new(script)), Arc::clone(&log));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { address, log }
    }

    /// The commands so far that begin with one of these words.
    pub(crate) fn commands(&self, words: &[&str]) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .filter(|line| words.contains(&line.split(' ').next().unwrap()))
            .cloned()
            .collect()
    }
}

/// Errors of the connection end it: a client may leave whenever it likes.
async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>, log: Arc<Mutex<Vec<String>>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut control = BufReader::new(stream);
    control.write_all(b"220 ready\r\n").await.ok()?;
    let tls = script.lock().unwrap().tls.clone();
    talk(&mut control, tls.is_some(), &script, &log).await?;
    let control = TlsAcceptor::from(tls?).accept(control.into_inner()).await.ok()?;
    talk(&mut BufReader::new(control), false, &script, &log).await
}

/// Answers commands, until TLS is to begin.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    control: &mut BufReader<S>,
    tls: bool,
    script: &Mutex<Script>,
    log: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut data = None;
    let mut offset = 0;
    loop {
        let mut line = String::new();
        if control.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        log.lock().unwrap().push(line.clone());
        let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let scripted = scripted_reply(&mut script.lock().unwrap(), word);
        if let Some(reply) = scripted {
            control.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
            continue;
        }
        let reply = match word {
            "AUTH" if tls => {
                control.write_all(b"234 go on\r\n").await.ok()?;
                return Some(());
            }
            "PBSZ" | "PROT" => "200 ok".into(),
            "USER" => "331 password".into(),
            "PASS" => "230 in".into(),
            "TYPE" => "200 ok".into(),
            "CWD" => "250 ok".into(),
            "QUIT" => "221 bye".into(),
            "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                data = Some(listener);
                let host = script.lock().unwrap().passive_host;
                format!("227 Entering Passive Mode ({host},{},{})", port / 256, port % 256)
            }
            "SIZE" | "MDTM" => match &script.lock().unwrap().file {
                Some(file) if rest == "a.csv" && word == "SIZE" => format!("213 {}", file.body.len()),
                Some(file) if rest == "a.csv" => format!("213 {}", file.modified),
                _ => "550 no such file".into(),
            },
            "REST" => {
                offset = rest.parse().unwrap();
                "350 go on".into()
            }
            "MLSD" | "LIST" | "NLST" => {
                let (mut body, _) = data.take()?.accept().await.ok()?;
                control.write_all(b"150 here it comes\r\n").await.ok()?;
                let listing = listing(&script.lock().unwrap(), word);
                body.write_all(listing.as_bytes()).await.ok()?;
                "226 done".into()
            }
            "RETR" => {
                let (body, turn) = transfer(&mut script.lock().unwrap(), offset);
                offset = 0;
                let (mut stream, _) = data.take()?.accept().await.ok()?;
                control.write_all(b"150 here it comes\r\n").await.ok()?;
                stream.write_all(&body).await.ok()?;
                match turn.end {
                    End::Reply(reply) => reply.to_owned(),
                    End::Hangup => return None,
                    End::Silence => {
                        drop(stream);
                        std::future::pending().await
                    }
                    End::Stall => std::future::pending().await,
                }
            }
            _ => "502 unknown".into(),
        };
        control.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
}

fn scripted_reply(script: &mut Script, word: &str) -> Option<&'static str> {
    if script.unknown.contains(&word) {
        return Some("502 unknown");
    }
    let at = script.replies.iter().position(|(name, _)| *name == word)?;
    Some(script.replies.remove(at).1)
}

fn listing(script: &Script, word: &str) -> String {
    if let Some((_, listing)) = script.listings.iter().find(|(name, _)| *name == word) {
        return listing.clone();
    }
    script.file.as_ref().map_or(String::new(), |file| {
        format!("type=file;size={};modify={}; a.csv\r\n", file.body.len(), file.modified)
    })
}

fn transfer(script: &mut Script, offset: usize) -> (Vec<u8>, Turn) {
    let turn = script
        .turns
        .pop_front()
        .unwrap_or(Turn::new(usize::MAX, End::Reply("226 done")));
    let body = script
        .file
        .as_ref()
        .map_or(&[][..], |file| file.body.get(offset..).unwrap_or_default());
    let body = body[..body.len().min(turn.bytes)].to_vec();
    if let Some(then) = &turn.then {
        script.file.clone_from(then);
    }
    (body, turn)
}
