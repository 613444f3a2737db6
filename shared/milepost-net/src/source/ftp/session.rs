//! One login at an FTP server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use suppaftp::tokio::{AsyncRustlsFtpStream, AsyncRustlsStream, TransferStream};
use suppaftp::types::{FileType, Response};
use suppaftp::{FtpError, Mode, Status};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::time::timeout;

use super::FtpServer;
use super::listing::{Form, Unreadable};
use crate::source::error::SourceError;
use crate::source::state::FileState;
use crate::source::tcp::{connect_first, connect_to};
use crate::source::tls::Tls;

/// The control connection.
pub(super) type Control = AsyncRustlsFtpStream;

/// The data connection of one file.
pub(super) type Body = TransferStream<AsyncRustlsStream>;

/// The longest listing that is read, in bytes: well over 100,000 files.
const MAX_LISTING: u64 = 16 * 1024 * 1024;

/// How long the goodbye may take. Nothing depends on it, but a server that counts connections likes to hear it.
const GOODBYE: Duration = Duration::from_secs(2);

/// One login, in binary mode, in the directory of the feed files.
pub(super) struct Session {
    control: Control,
}

impl Session {
    /// Connects to the first of these addresses that answers, and logs in.
    pub(super) async fn open(
        server: &FtpServer,
        addresses: &[SocketAddr],
        connect: Duration,
        tls: Option<&Tls>,
        foreign_addresses: Arc<AtomicU32>,
    ) -> Result<Self, SourceError> {
        let stream = connect_first(addresses, connect).await?;
        let peer = stream.peer_addr().map_err(|source| SourceError::Io {
            step: "connect",
            source,
        })?;
        let control = Control::connect_with_stream(stream)
            .await
            .map_err(|error| refused("connect", error))?;
        let mut control = control.passive_stream_builder(move |announced| {
            // The announced host is never connected to: servers behind NAT announce private ones, hostile servers
            // whatever they want to have reached.
            if announced.ip() != peer.ip() {
                foreign_addresses.fetch_add(1, Ordering::Relaxed);
                tracing::warn!("the FTP server announced another host for its data; its own is used");
            }
            let data = SocketAddr::new(peer.ip(), announced.port());
            Box::pin(async move { connect_to(data, connect).await.map_err(FtpError::ConnectionError) })
        });
        // PASV, which every server knows, has no room for an IPv6 address.
        control.set_mode(if peer.is_ipv4() {
            Mode::Passive
        } else {
            Mode::ExtendedPassive
        });
        if let Some(tls) = tls {
            // With PBSZ 0 and PROT P behind it, or an error: nothing goes out in the clear from here on.
            control = control
                .into_secure(tls.connector(), &server.host)
                .await
                .map_err(|error| tls.refused(error_of_tls(error)))?;
        }
        let login = control.login(server.user.as_str(), server.password.expose()).await;
        login.map_err(|error| refused("login", error))?;
        control
            .transfer_type(FileType::Image)
            .await
            .map_err(|error| refused("TYPE", error))?;
        if !server.directory.is_empty() {
            control
                .cwd(&server.directory)
                .await
                .map_err(|error| match refused("CWD", error) {
                    SourceError::Ftp { code: 550, .. } => SourceError::NoFolder,
                    error => error,
                })?;
        }
        Ok(Self { control })
    }

    /// Reads the listing of the directory until `each` says that it has enough. The inner error is a form that the
    /// server does not know or that `each` cannot read; the next form may be tried on the same session. After a listing
    /// that was left early the session is of no more use.
    pub(super) async fn each_line(
        &mut self,
        form: Form,
        mut each: impl FnMut(&str) -> Result<bool, Unreadable>,
    ) -> Result<Result<(), Unreadable>, SourceError> {
        let step = form.command();
        let opening = [Status::AboutToSend, Status::AlreadyOpen];
        let body = match self.control.custom_data_command(step, &opening).await {
            Ok((_, body)) => body,
            Err(FtpError::UnexpectedResponse(reply)) if is_unknown_command(reply.status) => return Ok(Err(Unreadable)),
            // An empty directory has no names to send.
            Err(FtpError::UnexpectedResponse(reply))
                if form == Form::Names && matches!(reply.status.code(), 450 | 550) =>
            {
                return Ok(Ok(()));
            }
            Err(error) => return Err(refused(step, error)),
        };
        let mut lines = BufReader::new(body).take(MAX_LISTING);
        let mut line = Vec::new();
        let mut readable = Ok(());
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line).await;
            if read.map_err(|source| SourceError::Io { step, source })? == 0 {
                break;
            }
            if readable.is_err() {
                continue;
            }
            // A name in another charset is kept with its strange bytes replaced: opening it fails, which is seen.
            match each(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])) {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(())),
                Err(unreadable) => readable = Err(unreadable),
            }
        }
        if lines.limit() == 0 {
            return Err(SourceError::ListingTooLong {
                limit: usize::try_from(MAX_LISTING).unwrap_or(usize::MAX),
            });
        }
        // Only the reply tells a whole listing from one that was cut.
        lines
            .into_inner()
            .into_inner()
            .finish()
            .await
            .map_err(|error| refused(step, error))?;
        Ok(readable)
    }

    /// Size and time of a file, those of them whose command the server knows.
    pub(super) async fn state(&mut self, name: &str) -> Result<FileState, SourceError> {
        let size = match self.control.size(name).await {
            Ok(size) => Some(size as u64),
            Err(FtpError::UnexpectedResponse(reply)) if is_unknown_command(reply.status) => None,
            Err(FtpError::UnexpectedResponse(reply)) if reply.status == Status::FileUnavailable => {
                return Err(SourceError::Missing);
            }
            Err(error) => return Err(refused("SIZE", error)),
        };
        let modified_ms = match self.control.mdtm(name).await {
            Ok(time) => Some(time.and_utc().timestamp_millis()),
            // Some servers know the command but not for this file system.
            Err(FtpError::UnexpectedResponse(reply)) if code_of(&reply) >= 500 => None,
            Err(error) => return Err(refused("MDTM", error)),
        };
        Ok(FileState {
            size,
            modified_ms,
            etag: None,
        })
    }

    /// Opens a file without its first `offset` bytes.
    pub(super) async fn retrieve(&mut self, name: &str, offset: u64) -> Result<Body, SourceError> {
        let offset = usize::try_from(offset).map_err(|_| SourceError::Protocol { step: "REST" })?;
        self.control
            .resume_transfer(offset)
            .await
            .map_err(|error| refused("REST", error))?;
        match self.control.retr_as_stream(name).await {
            Ok(body) => Ok(body),
            Err(FtpError::UnexpectedResponse(reply)) if reply.status == Status::FileUnavailable => {
                Err(SourceError::Missing)
            }
            Err(error) => Err(refused("RETR", error)),
        }
    }

    /// Deletes a file.
    pub(super) async fn delete(&mut self, name: &str) -> Result<(), SourceError> {
        self.control.rm(name).await.map_err(|error| refused("DELE", error))
    }

    /// Moves a file.
    pub(super) async fn rename(&mut self, from: &str, to: &str) -> Result<(), SourceError> {
        self.control
            .rename(from, to)
            .await
            .map_err(|error| refused("RNTO", error))
    }

    /// Says goodbye and closes the connection.
    pub(super) async fn quit(mut self) {
        let _ = timeout(GOODBYE, self.control.quit()).await;
    }
}

/// RFC 959 section 4.2: the command, or what follows it, is unknown or not implemented.
fn is_unknown_command(status: Status) -> bool {
    matches!(status.code(), 500 | 501 | 502 | 504)
}

/// What went wrong on the way to TLS: the server knows no TLS, or the handshake failed.
fn error_of_tls(error: FtpError) -> SourceError {
    match error {
        // RFC 2228 section 4: only PROT is refused so. The library asks for it in the same step.
        FtpError::UnexpectedResponse(reply) if code_of(&reply) == 536 => SourceError::Ftp {
            step: "PROT P",
            code: 536,
        },
        error => refused("AUTH TLS", error),
    }
}

/// The code of a reply. Of one that RFC 959 does not list, such as those of RFC 2228, the library keeps the text alone.
fn code_of(reply: &Response) -> u32 {
    let written = || std::str::from_utf8(reply.body.get(..3)?).ok()?.parse().ok();
    match reply.status {
        Status::Unknown => written().unwrap_or_default(),
        status => status.code(),
    }
}

/// An error of the library without the text that the server wrote, which may repeat what was sent to it.
fn refused(step: &'static str, error: FtpError) -> SourceError {
    match error {
        FtpError::ConnectionError(source) => SourceError::Io { step, source },
        FtpError::SecureError(_) => SourceError::Tls { step },
        FtpError::UnexpectedResponse(reply) if reply.status == Status::NotLoggedIn => SourceError::Denied,
        FtpError::UnexpectedResponse(reply) => SourceError::Ftp {
            step,
            code: code_of(&reply),
        },
        _ => SourceError::Protocol { step },
    }
}
