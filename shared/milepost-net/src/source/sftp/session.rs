//! One login at an SFTP server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh::{Disconnect, MethodKind};
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use tokio::time::timeout;

use super::SftpServer;
use crate::source::FeedFile;
use crate::source::error::SourceError;
use crate::source::state::FileState;
use crate::source::tcp::connect_first;

/// Bytes that the server may send ahead: a megabyte keeps a line of 80 ms at 12 MB/s busy.
pub(super) const WINDOW: u32 = 1 << 20;

/// The size of a packet, the one that every server knows (RFC 4253 section 6.1).
const PACKET: u32 = 32 * 1024;

/// Packets that wait between SSH and SFTP: half a megabyte.
const WAITING: usize = 16;

/// How often a silent server is asked whether it is there, and how often in vain.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How long one request may take by the library's own count; the reader's patience is shorter.
const REQUEST_SECONDS: u64 = 60;

/// How long the goodbye may take. Nothing depends on it, but a server that counts connections likes to hear it.
const GOODBYE: Duration = Duration::from_secs(2);

/// Questions that a server may ask in a login by keyboard: the password, and once more.
const MAX_ROUNDS: usize = 3;

/// One login.
pub(super) struct Session {
    ssh: Handle<HostKeys>,
    pub(super) sftp: Arc<RawSftpSession>,
    folder: String,
}

/// Judges the server by its host key.
struct HostKeys {
    trusted: Vec<String>,
    refused: Arc<Mutex<Option<String>>>,
}

impl client::Handler for HostKeys {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        // Certificates are not asked for; one that comes all the same is judged by the key in it.
        let key = match key {
            PublicKeyOrCertificate::PublicKey { key, .. } => key.fingerprint(HashAlg::Sha256),
            PublicKeyOrCertificate::Certificate(certificate) => certificate.public_key().fingerprint(HashAlg::Sha256),
        };
        let seen = key.to_string();
        let trusted = self.trusted.contains(&seen);
        if !trusted {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        }
        Ok(trusted)
    }
}

impl Session {
    /// Connects to the first of these addresses that answers, and logs in.
    pub(super) async fn open(
        server: &SftpServer,
        addresses: &[SocketAddr],
        connect: Duration,
    ) -> Result<Self, SourceError> {
        let stream = connect_first(addresses, connect).await?;
        let refused = Arc::new(Mutex::new(None));
        let keys = HostKeys {
            trusted: server.host_keys.clone(),
            refused: Arc::clone(&refused),
        };
        let settings = client::Config {
            window_size: WINDOW,
            maximum_packet_size: PACKET,
            channel_buffer_size: WAITING,
            keepalive_interval: Some(KEEPALIVE),
            nodelay: true,
            ..client::Config::default()
        };
        let ssh = client::connect_stream(Arc::new(settings), stream, keys).await;
        let mut ssh = ssh.map_err(|error| {
            let seen = refused.lock().unwrap_or_else(PoisonError::into_inner).take();
            seen.map_or_else(|| ssh_error("SSH", error), |seen| SourceError::HostKey { seen })
        })?;
        if !log_in(&mut ssh, server).await? {
            return Err(SourceError::Denied);
        }
        let channel = ssh.channel_open_session().await;
        let channel = channel.map_err(|error| ssh_error("channel", error))?;
        let asked = channel.request_subsystem(true, "sftp").await;
        asked.map_err(|error| ssh_error("SFTP", error))?;
        let settings = russh_sftp::client::Config {
            request_timeout_secs: REQUEST_SECONDS,
            ..russh_sftp::client::Config::default()
        };
        let sftp = RawSftpSession::new_with_config(channel.into_stream(), settings);
        sftp.init().await.map_err(|error| sftp_error("SFTP", error))?;
        let folder = match server.directory.trim_end_matches('/') {
            "" if server.directory.is_empty() => ".",
            "" => "",
            folder => folder,
        };
        Ok(Self {
            ssh,
            sftp: Arc::new(sftp),
            folder: folder.to_owned(),
        })
    }

    /// Shows the files of the folder to `each` until it says that it has enough.
    pub(super) async fn each_file(&self, mut each: impl FnMut(FeedFile) -> bool) -> Result<(), SourceError> {
        let folder = if self.folder.is_empty() { "/" } else { &self.folder };
        let handle = self
            .sftp
            .opendir(folder)
            .await
            .map_err(|error| match sftp_error("opendir", error) {
                SourceError::Missing | SourceError::Refused { .. } => SourceError::NoFolder,
                error => error,
            })?;
        loop {
            let names = match self.sftp.readdir(&handle.handle).await {
                Ok(names) => names.files,
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(sftp_error("readdir", error)),
            };
            for name in names {
                let state = state_in(&name.attrs);
                let is_file = name.attrs.permissions.is_none() || name.attrs.is_regular();
                let file = FeedFile {
                    name: name.filename,
                    size: state.size,
                    etag: None,
                    modified_ms: state.modified_ms,
                };
                // A name with a slash leads elsewhere.
                if is_file && !file.name.contains('/') && !each(file) {
                    return Ok(());
                }
            }
        }
        self.sftp
            .close(handle.handle)
            .await
            .map_err(|error| sftp_error("close", error))?;
        Ok(())
    }

    /// Opens a file for reading.
    pub(super) async fn open_file(&self, name: &str) -> Result<String, SourceError> {
        let opened = self
            .sftp
            .open(self.path(name), OpenFlags::READ, FileAttributes::empty())
            .await;
        Ok(opened.map_err(|error| sftp_error("open", error))?.handle)
    }

    /// Size and time of an open file.
    pub(super) async fn state_of(&self, handle: &str) -> Result<FileState, SourceError> {
        let attributes = self
            .sftp
            .fstat(handle)
            .await
            .map_err(|error| sftp_error("fstat", error))?;
        Ok(state_in(&attributes.attrs))
    }

    /// Size and time of a file.
    pub(super) async fn state(&self, name: &str) -> Result<FileState, SourceError> {
        let attributes = self.sftp.stat(self.path(name)).await;
        Ok(state_in(&attributes.map_err(|error| sftp_error("stat", error))?.attrs))
    }

    /// Deletes a file.
    pub(super) async fn delete(&self, name: &str) -> Result<(), SourceError> {
        let removed = self.sftp.remove(self.path(name)).await;
        removed.map(drop).map_err(|error| sftp_error("remove", error))
    }

    /// Moves a file to a path within the folder.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<(), SourceError> {
        let to = if to.starts_with('/') {
            to.to_owned()
        } else {
            self.path(to)
        };
        let moved = self.sftp.rename(self.path(from), to).await;
        // Of what is missing here, it is not the file: that was looked at just before.
        moved.map(drop).map_err(|error| match sftp_error("rename", error) {
            SourceError::Missing => SourceError::Refused { step: "rename" },
            error => error,
        })
    }

    /// Says goodbye, and waits until the connection is closed: a server with one connection refuses the next before.
    pub(super) async fn quit(mut self) {
        let goodbye = async {
            if self.ssh.disconnect(Disconnect::ByApplication, "", "en").await.is_ok() {
                let _ = (&mut self.ssh).await;
            }
        };
        let _ = timeout(GOODBYE, goodbye).await;
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }
}

/// What a server says of a file.
fn state_in(attributes: &FileAttributes) -> FileState {
    FileState {
        size: attributes.size,
        modified_ms: attributes.mtime.map(|seconds| i64::from(seconds) * 1000),
        etag: None,
    }
}

async fn log_in(ssh: &mut Handle<HostKeys>, server: &SftpServer) -> Result<bool, SourceError> {
    let failed = |error| ssh_error("login", error);
    let (user, secret) = (server.user.as_str(), server.login.expose());
    if secret.trim_start().starts_with("-----BEGIN") {
        let key = decode_secret_key(secret.trim_start(), None).map_err(|_| SourceError::Key)?;
        let hash = if key.algorithm().is_rsa() {
            ssh.best_supported_rsa_hash().await.map_err(failed)?.flatten()
        } else {
            None
        };
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
        return Ok(ssh.authenticate_publickey(user, key).await.map_err(failed)?.success());
    }
    match ssh.authenticate_password(user, secret).await.map_err(failed)? {
        AuthResult::Success => Ok(true),
        // Some servers ask for the password only in this way.
        AuthResult::Failure { remaining_methods, .. }
            if remaining_methods.contains(&MethodKind::KeyboardInteractive) =>
        {
            by_keyboard(ssh, user, secret).await.map_err(failed)
        }
        AuthResult::Failure { .. } => Ok(false),
    }
}

async fn by_keyboard(ssh: &mut Handle<HostKeys>, user: &str, password: &str) -> Result<bool, russh::Error> {
    let mut answer = ssh.authenticate_keyboard_interactive_start(user, None).await?;
    for _ in 0..MAX_ROUNDS {
        match answer {
            KeyboardInteractiveAuthResponse::Success => return Ok(true),
            KeyboardInteractiveAuthResponse::Failure { .. } => return Ok(false),
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                answer = ssh.authenticate_keyboard_interactive_respond(answers).await?;
            }
        }
    }
    Ok(matches!(answer, KeyboardInteractiveAuthResponse::Success))
}

/// An error of SSH, without what the server wrote.
fn ssh_error(step: &'static str, error: russh::Error) -> SourceError {
    match error {
        russh::Error::IO(source) => SourceError::Io { step, source },
        russh::Error::Disconnect | russh::Error::HUP | russh::Error::SendError | russh::Error::RecvError => {
            broken(step)
        }
        russh::Error::ConnectionTimeout | russh::Error::KeepaliveTimeout | russh::Error::InactivityTimeout => {
            SourceError::TimedOut { step }
        }
        _ => SourceError::Protocol { step },
    }
}

/// An error of SFTP, without what the server wrote.
pub(super) fn sftp_error(step: &'static str, error: SftpError) -> SourceError {
    match error {
        SftpError::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => SourceError::Missing,
            StatusCode::NoConnection | StatusCode::ConnectionLost => broken(step),
            _ => SourceError::Refused { step },
        },
        SftpError::Timeout => SourceError::TimedOut { step },
        SftpError::IO(_) | SftpError::UnexpectedBehavior(_) => broken(step),
        SftpError::Limited(_) | SftpError::UnexpectedPacket => SourceError::Protocol { step },
    }
}

fn broken(step: &'static str) -> SourceError {
    SourceError::Io {
        step,
        source: io::ErrorKind::ConnectionReset.into(),
    }
}
