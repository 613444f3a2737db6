//! Feed files from a real FTP server.

use std::net::SocketAddr;
use std::path::PathBuf;

use libunftp::ServerBuilder;
use milepost_net::source::{FtpServer, FtpSource, Pattern, Protection, settled};
use milepost_net::{AddressPolicy, Guard, Secret, Source, SourceError};
use tokio::net::TcpListener;
use unftp_sbe_fs::Filesystem;

use crate::support::{bytes, patience, read};

async fn serve(root: PathBuf) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let root = root.clone();
            let server = ServerBuilder::new(Box::new(move || Filesystem::new(root.clone()).unwrap()))
                .build()
                .unwrap();
            tokio::spawn(server.service(stream));
        }
    });
    address
}

fn source(address: SocketAddr, directory: &str) -> Source {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let server = FtpServer {
        host: "localhost".into(),
        port: address.port(),
        user: "anonymous".into(),
        password: Secret::new("x"),
        directory: directory.into(),
        protection: Protection::None,
    };
    Source::new(
        FtpSource::new(server, Pattern::new("SCAN*"), Guard::new(policy))
            .unwrap()
            .with_patience(patience()),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_listed_and_read_from_any_offset() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("out going");
    std::fs::create_dir(&directory).unwrap();
    std::fs::create_dir(directory.join("SCAN archive")).unwrap();
    let body = bytes(3_000_000);
    std::fs::write(directory.join("SCANINFO_1 a"), &body).unwrap();
    std::fs::write(directory.join("SCANINFO_2.part"), "x").unwrap();
    std::fs::write(directory.join("SCANINFO_3"), "").unwrap();
    std::fs::write(directory.join("other"), "x").unwrap();
    let source = source(serve(root.path().into()).await, "out going");
    assert!(!source.is_atomic());

    let look = source.list(10).await.unwrap();
    let mut files = look.files.clone();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let facts: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.size)).collect();
    assert_eq!(facts, [("SCANINFO_1 a", Some(3_000_000)), ("SCANINFO_3", Some(0))]);
    assert!(files.iter().all(|file| file.modified_ms.is_some()));
    assert_eq!(settled(&look.files, &source.list(10).await.unwrap().files).len(), 2);

    for offset in [0, 1, 65_536, 2_999_999, 3_000_000] {
        let mut reader = source.open(&files[0], offset).await.unwrap();
        let (got, end) = read(&mut reader).await;
        end.unwrap();
        assert!(
            got == body[usize::try_from(offset).unwrap()..],
            "{offset} {}",
            got.len()
        );
        assert_eq!(reader.resumes(), 0);
    }
    let (nothing, end) = read(source.open(&files[1], 0).await.unwrap()).await;
    end.unwrap();
    assert!(nothing.is_empty());

    std::fs::write(directory.join("SCANINFO_1 a"), &body[1..]).unwrap();
    assert!(matches!(source.open(&files[0], 10).await, Err(SourceError::Changed)));
    std::fs::remove_file(directory.join("SCANINFO_1 a")).unwrap();
    assert!(matches!(source.open(&files[0], 10).await, Err(SourceError::Missing)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_is_not_there_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let source = source(serve(root.path().into()).await, "nowhere");
    assert!(matches!(source.list(10).await, Err(SourceError::NoFolder)));
}
