//! Feed files from an FTP server under TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use milepost_model::Afterwards;
use milepost_net::source::{Fingerprint, FtpServer, FtpSource, Pattern, Protection};
use milepost_net::{AddressPolicy, FeedFile, Guard, Secret, Source, SourceError};

use crate::support::ftp::{FtpServer as Scripted, Script};
use crate::support::ftps::serve_at;
use crate::support::{bytes, patience, read};

async fn serve(root: &Path) -> (SocketAddr, Fingerprint) {
    serve_at(Ipv4Addr::LOCALHOST.into(), root).await
}

fn source(address: SocketAddr, protection: Protection) -> Source {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let server = FtpServer {
        host: "localhost".into(),
        port: address.port(),
        user: "anonymous".into(),
        password: Secret::new("x"),
        directory: "out".into(),
        protection,
    };
    let source = FtpSource::new(server, Pattern::new("*.csv"), Guard::new(policy)).unwrap();
    Source::new(source.with_patience(patience()))
}

fn folder(body: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("out/archive")).unwrap();
    std::fs::write(root.path().join("out/a.csv"), body).unwrap();
    root
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_listed_read_and_moved_under_a_pinned_certificate() {
    let body = bytes(2_000_000);
    let root = folder(&body);
    let (address, certificate) = serve(root.path()).await;
    let source = source(address, Protection::Pinned(certificate));
    source.reach().await.unwrap();
    let file = source.list(10).await.unwrap().files.remove(0);
    assert_eq!((file.name.as_str(), file.size), ("a.csv", Some(2_000_000)));
    for offset in [0, 1_999_999, 2_000_000] {
        let (got, end) = read(source.open(&file, offset).await.unwrap()).await;
        end.unwrap();
        assert!(
            got == body[usize::try_from(offset).unwrap()..],
            "{offset} {}",
            got.len()
        );
    }
    let other = FeedFile {
        size: Some(7),
        ..file.clone()
    };
    let archive = Afterwards::MoveTo("archive".into());
    assert!(matches!(
        source.put_away(&other, &archive).await,
        Err(SourceError::Changed)
    ));
    source.put_away(&file, &archive).await.unwrap();
    assert!(root.path().join("out/archive/a.csv").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_the_named_one_is_refused_and_told() {
    let root = folder(b"x");
    let (address, certificate) = serve(root.path()).await;
    for protection in [Protection::Pinned(Fingerprint::of(b"another")), Protection::Tls] {
        let error = source(address, protection).reach().await.unwrap_err();
        let seen = certificate.to_string();
        assert!(
            matches!(&error, SourceError::Certificate { seen: shown, .. } if *shown == seen),
            "{error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_tls_never_hears_the_password() {
    let server = Scripted::start(Script::new(bytes(10), [])).await;
    let error = source(server.address, Protection::Tls).reach().await.unwrap_err();
    assert!(
        matches!(
            error,
            SourceError::Ftp {
                step: "AUTH TLS",
                code: 502
            }
        ),
        "{error:?}"
    );
    assert!(server.commands(&["USER", "PASS"]).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_for_tls_refuses_a_login_in_the_clear() {
    let root = folder(b"x");
    let (address, _) = serve(root.path()).await;
    assert!(source(address, Protection::None).reach().await.is_err());
}
