//! Connections to addresses that the guard let through.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::SourceError;

/// When a silent connection is first probed. The control connection of FTP is silent while a file is on its way, and
/// address translators commonly forget such a connection after a few minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Connects to the first of these addresses that answers.
pub(super) async fn connect_first(addresses: &[SocketAddr], limit: Duration) -> Result<TcpStream, SourceError> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match connect_to(*address, limit).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(SourceError::Io {
        step: "connect",
        source: failure,
    })
}

/// Connects to one.
pub(super) async fn connect_to(address: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let stream = timeout(limit, TcpStream::connect(address))
        .await
        .map_err(|_| io::ErrorKind::TimedOut)??;
    SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    Ok(stream)
}
