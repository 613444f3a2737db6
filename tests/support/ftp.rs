//! A real FTP server on a folder.

use std::net::SocketAddr;
use std::path::Path;

use libunftp::ServerBuilder;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use unftp_sbe_fs::Filesystem;

/// Anybody may log in.
pub struct FtpServer {
    pub address: SocketAddr,
    server: JoinHandle<()>,
}

impl FtpServer {
    /// Serves the files of a folder.
    pub async fn start(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let root = root.to_path_buf();
        let server = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let root = root.clone();
                let files = Box::new(move || Filesystem::new(root.clone()).unwrap());
                tokio::spawn(ServerBuilder::new(files).build().unwrap().service(stream));
            }
        });
        Self { address, server }
    }
}

impl Drop for FtpServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}
