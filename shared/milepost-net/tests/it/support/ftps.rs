//! A real FTP server under TLS.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use libunftp::ServerBuilder;
use libunftp::options::FtpsRequired;
use milepost_net::source::Fingerprint;
use tokio::net::TcpListener;
use unftp_sbe_fs::Filesystem;

/// Serves the files of a folder to anybody, but to nobody without TLS on both connections. With the hash of its
/// certificate. Runs until the test's runtime ends.
pub(crate) async fn serve_at(ip: IpAddr, root: &Path) -> (SocketAddr, Fingerprint) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let keys = tempfile::tempdir().unwrap().keep();
    let (certificate, key) = (keys.join("certificate.pem"), keys.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let fingerprint = Fingerprint::of(made.cert.der());
    // Two providers are in the tests' tree, and libunftp asks for the process's.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let root: PathBuf = root.into();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let root = root.clone();
            let server = ServerBuilder::new(Box::new(move || Filesystem::new(root.clone()).unwrap()))
                .ftps(certificate.clone(), key.clone())
                .ftps_required(FtpsRequired::All, FtpsRequired::All)
                .build()
                .unwrap();
            tokio::spawn(server.service(stream));
        }
    });
    (address, fingerprint)
}
