//! Servers that answer by a script, and what several tests need to read from them.

pub(crate) mod ftp;
pub(crate) mod ftps;
pub(crate) mod http;
pub(crate) mod s3;
pub(crate) mod sftp;

use std::io;
use std::time::Duration;

use milepost_net::Patience;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Tries as by default, with pauses that a test can wait for.
pub(crate) fn patience() -> Patience {
    Patience {
        first_pause: Duration::from_millis(1),
        ..Patience::default()
    }
}

/// `length` bytes that differ from place to place, so that a wrong offset shows.
pub(crate) fn bytes(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from((at * 31 + at / 256 * 7) % 251).unwrap())
        .collect()
}

/// Reads to the end or to an error, giving what was read until then.
pub(crate) async fn read<R: AsyncRead + Unpin>(mut reader: R) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    loop {
        match reader.read_buf(&mut all).await {
            Ok(0) => return (all, Ok(())),
            Ok(_) => {}
            Err(error) => return (all, Err(error)),
        }
    }
}
