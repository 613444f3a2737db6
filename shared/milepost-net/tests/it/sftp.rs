//! Feed files from an SFTP server in process.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use milepost_model::Afterwards;
use milepost_net::source::{Pattern, SftpServer as Server, SftpSource};
use milepost_net::{AddressPolicy, FeedFile, Guard, Secret, Source, SourceError};

use crate::support::sftp::{Script, SftpServer, fingerprint, key_text};
use crate::support::{bytes, patience, read};

fn source(server: &SftpServer, login: &str, folder: &str, host_keys: Vec<String>) -> Source {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let server = Server {
        host: "127.0.0.1".into(),
        port: server.address.port(),
        user: "dpd".into(),
        login: Secret::new(login),
        directory: folder.into(),
        host_keys,
    };
    Source::new(SftpSource::new(server, Pattern::new("SCAN*"), Guard::new(policy)).with_patience(patience()))
}

fn pinned() -> Vec<String> {
    vec![fingerprint("host_ed25519")]
}

async fn with_file(root: &Path, body: &[u8], script: Script) -> (SftpServer, Source, FeedFile) {
    std::fs::create_dir_all(root.join("out")).unwrap();
    std::fs::write(root.join("out/SCAN_1"), body).unwrap();
    let server = SftpServer::start(root, "host_ed25519", script).await;
    let source = source(&server, "hunter2", "out", pinned());
    let file = source.list(10).await.unwrap().files.remove(0);
    (server, source, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_listed_and_read_from_any_offset() {
    let root = tempfile::tempdir().unwrap();
    let body = bytes(3_000_000);
    let (server, source, file) = with_file(root.path(), &body, Script::default()).await;
    std::fs::create_dir(root.path().join("out/SCAN_archive")).unwrap();
    std::fs::write(root.path().join("out/SCAN_2.filepart"), "x").unwrap();
    std::fs::write(root.path().join("out/other"), "x").unwrap();
    let listing = source.list(10).await.unwrap();
    assert_eq!((listing.files.len(), listing.more), (1, false));
    assert_eq!((file.name.as_str(), file.size), ("SCAN_1", Some(3_000_000)));
    assert!(file.modified_ms.is_some() && !source.is_atomic());
    for offset in [0, 1, 32_768, 2_999_999, 3_000_000] {
        let mut reader = source.open(&file, offset).await.unwrap();
        let (got, end) = read(&mut reader).await;
        end.unwrap();
        assert!(
            got == body[usize::try_from(offset).unwrap()..],
            "{offset} {}",
            got.len()
        );
        assert_eq!(reader.resumes(), 0);
    }
    // By key as well, and under a host key that is one of several.
    let keys = vec!["SHA256:other".to_owned(), fingerprint("host_ed25519")];
    self::source(&server, &key_text("user_ed25519"), "out", keys)
        .reach()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_server_has_an_rsa_host_key() {
    let root = tempfile::tempdir().unwrap();
    let server = SftpServer::start(root.path(), "host_rsa", Script::default()).await;
    source(&server, "hunter2", "", vec![fingerprint("host_rsa")])
        .reach()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_dies_is_made_again_and_goes_on_where_it_was() {
    let root = tempfile::tempdir().unwrap();
    let body = bytes(1_000_000);
    let script = Script {
        cuts: Mutex::new(VecDeque::from([100_000, 300_000, 300_000, 900_000])),
        ..Script::default()
    };
    let (_server, source, file) = with_file(root.path(), &body, script).await;
    let mut reader = source.open(&file, 0).await.unwrap();
    let (got, end) = read(&mut reader).await;
    end.unwrap();
    assert!(got == body, "{}", got.len());
    assert!((1..=4).contains(&reader.resumes()), "{}", reader.resumes());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_gives_less_than_it_is_asked_for_leaves_no_gap() {
    let root = tempfile::tempdir().unwrap();
    let body = bytes(200_000);
    let script = Script {
        short: Some(1_000),
        ..Script::default()
    };
    let (server, source, file) = with_file(root.path(), &body, script).await;
    let (got, end) = read(source.open(&file, 0).await.unwrap()).await;
    end.unwrap();
    assert!(got == body, "{}", got.len());
    // 200 reads of what it gives, and what was asked for ahead once.
    let reads = server.script.reads.load(Ordering::SeqCst);
    assert!((200..=240).contains(&reads), "{reads}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_grows_or_shrinks_while_it_is_read_is_another_one() {
    let root = tempfile::tempdir().unwrap();
    let (_server, source, file) = with_file(root.path(), &bytes(100_000), Script::default()).await;
    let path = root.path().join("out/SCAN_1");
    for length in [100_001, 50_000] {
        let reader = source.open(&file, 0).await.unwrap();
        std::fs::write(&path, bytes(length)).unwrap();
        let (_, end) = read(reader).await;
        assert!(
            matches!(SourceError::find(&end.unwrap_err()), Some(SourceError::Changed)),
            "{length}"
        );
        std::fs::write(&path, bytes(100_000)).unwrap();
        let listed = source.list(1).await.unwrap().files.remove(0);
        assert_eq!(listed.size, file.size);
        assert!(matches!(
            source
                .open(
                    &FeedFile {
                        size: Some(7),
                        ..listed
                    },
                    0
                )
                .await,
            Err(SourceError::Changed)
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_one_connection_is_never_asked_for_two() {
    let root = tempfile::tempdir().unwrap();
    let body = bytes(300_000);
    let script = Script {
        one_connection: true,
        cuts: Mutex::new(VecDeque::from([200_000])),
        ..Script::default()
    };
    let (_server, source, file) = with_file(root.path(), &body, script).await;
    // Two looks, a file that breaks off once, and its deletion: each login after the one before.
    source.list(10).await.unwrap();
    let (got, end) = read(source.open(&file, 0).await.unwrap()).await;
    end.unwrap();
    assert!(got == body);
    source.put_away(&file, &Afterwards::Delete).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_put_away_only_as_it_was_listed() {
    let root = tempfile::tempdir().unwrap();
    let (_server, source, file) = with_file(root.path(), b"one", Script::default()).await;
    let archive = Afterwards::MoveTo("archive".into());
    assert!(matches!(
        source.put_away(&file, &archive).await,
        Err(SourceError::Refused { step: "rename" })
    ));
    std::fs::create_dir(root.path().join("out/archive")).unwrap();
    let other = FeedFile {
        size: Some(4),
        ..file.clone()
    };
    assert!(matches!(
        source.put_away(&other, &archive).await,
        Err(SourceError::Changed)
    ));
    source.put_away(&file, &archive).await.unwrap();
    assert_eq!(std::fs::read(root.path().join("out/archive/SCAN_1")).unwrap(), b"one");
    // Somebody was quicker: it is away.
    source.put_away(&file, &archive).await.unwrap();
}
