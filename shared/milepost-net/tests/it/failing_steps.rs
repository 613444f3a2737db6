//! What a source says of each step that can fail, for each protocol: the words of `connection test`.

use std::fmt::Write as _;

use milepost_net::source::{Fingerprint, FtpServer, FtpSource, Pattern, Protection, SftpServer as Server, SftpSource};
use milepost_net::{AddressPolicy, FeedFile, Guard, Secret, Source, SourceError};

use crate::support::ftp::{FtpServer as Ftp, Script as FtpScript};
use crate::support::sftp::{Script, SftpServer, fingerprint, key_text};
use crate::support::{bytes, patience};

fn guard() -> Guard {
    Guard::new(AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    })
}

fn sftp(host: &str, port: u16, login: &str, folder: &str, keys: Vec<String>) -> Source {
    let server = Server {
        host: host.into(),
        port,
        user: "dpd".into(),
        login: Secret::new(login),
        directory: folder.into(),
        host_keys: keys,
    };
    let source = SftpSource::new(server, Pattern::default(), guard());
    Source::new(source.with_patience(patience()))
}

fn ftp(port: u16, folder: &str) -> Source {
    let server = FtpServer {
        host: "127.0.0.1".into(),
        port,
        user: "dpd".into(),
        password: Secret::new("hunter2"),
        directory: folder.into(),
        protection: Protection::None,
    };
    let source = FtpSource::new(server, Pattern::default(), guard()).unwrap();
    Source::new(source.with_patience(patience()))
}

/// The first step that fails: login, listing, the first file.
async fn first_failure(source: &Source) -> Result<&'static str, SourceError> {
    source.reach().await?;
    let listing = source.list(10).await?;
    let Some(file) = listing.files.first() else {
        return Ok("nothing is there");
    };
    source.open(file, 0).await?;
    Ok("works")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_has_its_words() {
    let root = tempfile::tempdir().unwrap();
    for folder in ["good", "empty", "closed"] {
        std::fs::create_dir(root.path().join(folder)).unwrap();
    }
    std::fs::write(root.path().join("good/a.csv"), "x").unwrap();
    std::fs::write(root.path().join("closed/forbidden.csv"), "x").unwrap();
    let server = SftpServer::start(root.path(), "host_ed25519", Script::default()).await;
    let port = server.address.port();
    let pinned = || vec![fingerprint("host_ed25519")];
    let nobody = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let local = "127.0.0.1";
    let mut ftp_replies = Vec::new();
    for (name, command, reply) in [
        ("password", "PASS", "530 no"),
        ("folder", "CWD", "550 no such folder"),
        ("file", "RETR", "550 no"),
        ("full", "USER", "421 too many connections"),
    ] {
        let mut script = FtpScript::new(bytes(10), []);
        script.replies = vec![(command, reply); 8];
        let server = Ftp::start(script).await;
        ftp_replies.push((name, ftp(server.address.port(), "out"), server));
    }
    let mut said = String::new();
    let mut say = async |name: &str, source: &Source| match first_failure(source).await {
        Ok(good) => writeln!(said, "{name}: {good}").unwrap(),
        Err(error) => writeln!(said, "{name}: {error} [{:?}]", error.class()).unwrap(),
    };
    say("sftp good", &sftp(local, port, "hunter2", "good", pinned())).await;
    say("sftp private", &sftp("10.1.2.3", 22, "x", "", pinned())).await;
    say("sftp unreachable", &sftp(local, nobody, "x", "", pinned())).await;
    say(
        "sftp host key",
        &sftp(local, port, "hunter2", "good", vec!["SHA256:other".into()]),
    )
    .await;
    say("sftp password", &sftp(local, port, "hunter3", "good", pinned())).await;
    say(
        "sftp locked key",
        &sftp(local, port, &key_text("user_locked"), "good", pinned()),
    )
    .await;
    say(
        "sftp other key",
        &sftp(local, port, &key_text("host_rsa"), "good", pinned()),
    )
    .await;
    say("sftp folder", &sftp(local, port, "hunter2", "nowhere", pinned())).await;
    say("sftp empty", &sftp(local, port, "hunter2", "empty", pinned())).await;
    say("sftp file", &sftp(local, port, "hunter2", "closed", pinned())).await;
    say("ftp unreachable", &ftp(nobody, "")).await;
    for (name, source, _server) in &ftp_replies {
        say(&format!("ftp {name}"), source).await;
    }
    let said = said.replace(&fingerprint("host_ed25519"), "SHA256:(the server's)");
    assert_eq!(
        said,
        "\
sftp good: works
sftp private: refused: the address is not public [Caller]
sftp unreachable: the connection failed (connect) [Retry]
sftp host key: the server's host key is SHA256:(the server's), which is not the connection's host_key [Caller]
sftp password: the login was refused [Caller]
sftp locked key: the private key cannot be read: it must be one without a passphrase, in OpenSSH's form or PEM [Caller]
sftp other key: the login was refused [Caller]
sftp folder: there is no such folder for this user [Caller]
sftp empty: nothing is there
sftp file: the server refused open [Permanent]
ftp unreachable: the connection failed (connect) [Retry]
ftp password: the login was refused [Caller]
ftp folder: there is no such folder for this user [Caller]
ftp file: the file is gone [Permanent]
ftp full: the server answered login with 421 [Retry]
"
    );
    assert_eq!(
        SourceError::Certificate {
            seen: Fingerprint::of(b"").to_string()
        }
        .to_string(),
        "the server's certificate is not trusted; its SHA-256 is \
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let gone = FeedFile {
        name: "gone".into(),
        size: None,
        etag: None,
        modified_ms: None,
    };
    let source = sftp(local, port, "hunter2", "good", pinned());
    assert!(matches!(source.open(&gone, 0).await, Err(SourceError::Missing)));
}
