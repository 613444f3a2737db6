//! An SFTP server on a folder that gives short reads, dies on the way and takes one connection, by a script.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::{PrivateKey, decode_secret_key};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, VerifiedPublicKey, run_stream};
use russh::{Channel, ChannelId};
use russh_sftp::protocol::{Attrs, Data, File, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode, Version};
use tokio::net::TcpListener;

/// The keys of the folder `tests/keys`.
const KEYS: [(&str, &str); 4] = [
    ("host_ed25519", include_str!("../../keys/host_ed25519")),
    ("host_rsa", include_str!("../../keys/host_rsa")),
    ("user_ed25519", include_str!("../../keys/user_ed25519")),
    ("user_locked", include_str!("../../keys/user_locked")),
];

/// One of them.
pub(crate) fn key_text(name: &str) -> String {
    let (_, text) = KEYS.iter().find(|(key, _)| *key == name).unwrap();
    (*text).to_owned()
}

fn key(name: &str) -> PrivateKey {
    decode_secret_key(&key_text(name), None).unwrap()
}

/// The fingerprint of a key, as a connection pins it.
pub(crate) fn fingerprint(name: &str) -> String {
    key(name)
        .public_key()
        .fingerprint(russh::keys::HashAlg::Sha256)
        .to_string()
}

#[derive(Debug, Default)]
pub(crate) struct Script {
    /// The most bytes that one read gives.
    pub(crate) short: Option<u32>,
    /// Offsets at which a connection dies, one after the other.
    pub(crate) cuts: Mutex<VecDeque<u64>>,
    /// One connection at a time; a second one is refused the login.
    pub(crate) one_connection: bool,
    pub(crate) connections: AtomicUsize,
    pub(crate) reads: AtomicUsize,
}

/// Runs until the test's runtime ends. Who logs in is `dpd`, with the password `hunter2` or the key `user_ed25519`.
pub(crate) struct SftpServer {
    pub(crate) address: SocketAddr,
    pub(crate) script: Arc<Script>,
}

impl SftpServer {
    pub(crate) async fn start(root: &Path, host_key: &str, script: Script) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), root, host_key, script).await
    }

    pub(crate) async fn start_at(ip: IpAddr, root: &Path, host_key: &str, script: Script) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Arc::new(Config {
            keys: vec![key(host_key)],
            auth_rejection_time: Duration::ZERO,
            ..Config::default()
        });
        let script = Arc::new(script);
        let (root, seen) = (root.to_path_buf(), Arc::clone(&script));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (settings, seen, root) = (Arc::clone(&settings), Arc::clone(&seen), root.clone());
                tokio::spawn(async move {
                    // The end of the connection before may still be on its way.
                    for _ in 0..100 {
                        if !seen.one_connection || seen.connections.load(Ordering::SeqCst) == 0 {
                            break;
                        }
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    let others = seen.connections.fetch_add(1, Ordering::SeqCst);
                    let login = Login {
                        root,
                        script: Arc::clone(&seen),
                        full: seen.one_connection && others > 0,
                        channels: HashMap::new(),
                    };
                    if let Ok(session) = run_stream(settings, stream, login).await {
                        let _ = session.await;
                    }
                    seen.connections.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, script }
    }
}

struct Login {
    root: PathBuf,
    script: Arc<Script>,
    full: bool,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Login {
    fn judge(&self, good: bool) -> Auth {
        if good && !self.full {
            Auth::Accept
        } else {
            Auth::reject()
        }
    }
}

impl Handler for Login {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.judge(user == "dpd" && password == "hunter2"))
    }

    async fn auth_publickey(&mut self, user: &str, given: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(user == "dpd" && given.public_key.key_data() == key("user_ed25519").public_key().key_data()))
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(&mut self, id: ChannelId, _: &str, session: &mut Session) -> Result<(), Self::Error> {
        let channel = self.channels.remove(&id).unwrap();
        session.channel_success(id)?;
        let files = Files {
            root: self.root.clone(),
            script: Arc::clone(&self.script),
            listed: false,
        };
        russh_sftp::server::run(channel.into_stream(), files).await;
        Ok(())
    }
}

struct Files {
    root: PathBuf,
    script: Arc<Script>,
    listed: bool,
}

impl Files {
    fn attributes(&self, path: &Path) -> Result<FileAttributes, StatusCode> {
        let facts = std::fs::metadata(path).map_err(|_| StatusCode::NoSuchFile)?;
        Ok(FileAttributes {
            size: Some(facts.len()),
            permissions: Some(facts.mode()),
            mtime: Some(u32::try_from(facts.mtime()).unwrap()),
            ..FileAttributes::empty()
        })
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches("./"))
    }
}

fn ok(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: String::new(),
        language_tag: String::new(),
    }
}

impl russh_sftp::server::Handler for Files {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(&mut self, _: u32, _: HashMap<String, String>) -> Result<Version, StatusCode> {
        Ok(Version::new())
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        self.listed = false;
        if self.path(&path).is_dir() {
            Ok(Handle { id, handle: path })
        } else {
            Err(StatusCode::NoSuchFile)
        }
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        if std::mem::replace(&mut self.listed, true) {
            return Err(StatusCode::Eof);
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(self.path(&handle)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push(File::new(name, self.attributes(&entry.path())?));
        }
        Ok(Name { id, files })
    }

    async fn open(&mut self, id: u32, path: String, _: OpenFlags, _: FileAttributes) -> Result<Handle, StatusCode> {
        if path.contains("forbidden") {
            return Err(StatusCode::PermissionDenied);
        }
        self.attributes(&self.path(&path))?;
        Ok(Handle { id, handle: path })
    }

    async fn close(&mut self, id: u32, _: String) -> Result<Status, StatusCode> {
        Ok(ok(id))
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        let attrs = self.attributes(&self.path(&handle))?;
        Ok(Attrs { id, attrs })
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        self.fstat(id, path).await
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, len: u32) -> Result<Data, StatusCode> {
        self.script.reads.fetch_add(1, Ordering::SeqCst);
        {
            let mut cuts = self.script.cuts.lock().unwrap();
            if cuts.front().is_some_and(|cut| offset >= *cut) {
                cuts.pop_front();
                return Err(StatusCode::ConnectionLost);
            }
        }
        let file = std::fs::File::open(self.path(&handle)).map_err(|_| StatusCode::NoSuchFile)?;
        let mut data = vec![0; usize::try_from(len.min(self.script.short.unwrap_or(len))).unwrap()];
        let read = file.read_at(&mut data, offset).unwrap();
        data.truncate(read);
        if data.is_empty() {
            Err(StatusCode::Eof)
        } else {
            Ok(Data { id, data })
        }
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        std::fs::remove_file(self.path(&path)).map_err(|_| StatusCode::NoSuchFile)?;
        Ok(ok(id))
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, StatusCode> {
        std::fs::rename(self.path(&from), self.path(&to)).map_err(|_| StatusCode::NoSuchFile)?;
        Ok(ok(id))
    }
}
