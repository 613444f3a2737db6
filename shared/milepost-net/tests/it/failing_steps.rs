//! What a source says of each step that can fail, for each protocol: the words of `connection test`.

use std::sync::Arc;

use milepost_net::source::{
    Fingerprint, FtpServer, FtpSource, HttpsLogin, HttpsSource, Pattern, Protection, S3Source, SftpServer as Server,
    SftpSource,
};
use milepost_net::{AddressPolicy, FeedFile, Guard, Secret, Source, SourceError};

use crate::support::ftp::{FtpServer as Ftp, Script as FtpScript};
use crate::support::http::{Answer, HttpServer};
use crate::support::s3::{client, refusal};
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
    ftp_under(port, folder, Protection::None)
}

fn ftp_under(port: u16, folder: &str, protection: Protection) -> Source {
    let server = FtpServer {
        host: "127.0.0.1".into(),
        port,
        user: "dpd".into(),
        password: Secret::new("hunter2"),
        directory: folder.into(),
        protection,
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

/// What is said of it, and nothing of the credentials of these tests.
async fn words(name: &str, source: &Source) -> String {
    let line = match first_failure(source).await {
        Ok(good) => format!("{name}: {good}\n"),
        Err(error) => {
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            format!("{name}: {error} [{:?}]\n", error.class())
        }
    };
    assert!(!line.contains("hunter2"), "{line}");
    line
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
    let mut say = async |name: &str, source: &Source| said += &words(name, source).await;
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
    let gone = FeedFile {
        name: "gone".into(),
        size: None,
        etag: None,
        modified_ms: None,
    };
    let source = sftp(local, port, "hunter2", "good", pinned());
    assert!(matches!(source.open(&gone, 0).await, Err(SourceError::Missing)));
}

/// A certificate that signs itself, and a server's settings with it.
fn self_signed(until: i32) -> (Fingerprint, Arc<rustls::ServerConfig>) {
    let mut params = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let settings = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    (Fingerprint::of(made.der()), Arc::new(settings))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_under_tls_has_its_words() {
    let (certificate, tls) = self_signed(2040);
    let (expired, expired_tls) = self_signed(2021);
    let pinned = Protection::Pinned(certificate);
    let mut said = String::new();
    for (name, protection, settings, replies) in [
        ("TLS refused", pinned, None, vec![("AUTH", "534 no")]),
        ("no TLS", pinned, None, vec![("AUTH", "234 go on")]),
        ("signed by itself", Protection::Tls, Some(&tls), vec![]),
        ("expired", Protection::Tls, Some(&expired_tls), vec![]),
        ("not the named one", pinned, Some(&expired_tls), vec![]),
        (
            "data in the clear refused",
            pinned,
            Some(&tls),
            vec![("PROT", "536 no")],
        ),
        ("password", pinned, Some(&tls), vec![("PASS", "530 hunter2 is wrong")]),
        ("data in the clear", pinned, Some(&tls), vec![]),
    ] {
        let mut script = FtpScript::new(bytes(10), []);
        script.tls = settings.cloned();
        script.replies = replies;
        let server = Ftp::start(script).await;
        said += &words(name, &ftp_under(server.address.port(), "out", protection)).await;
        let knows_password = !server.commands(&["PASS"]).is_empty();
        assert_eq!(
            knows_password,
            matches!(name, "password" | "data in the clear"),
            "{name}"
        );
    }
    let said = said
        .replace(&certificate.to_string(), "(the server's)")
        .replace(&expired.to_string(), "(the expired one's)");
    assert_eq!(said, "\
TLS refused: the server answered AUTH TLS with 534 [Permanent]
no TLS: TLS failed (AUTH TLS) [Retry]
signed by itself: the server's certificate is not trusted: nobody whom this machine trusts has signed it; its SHA-256 is (the server's) [Caller]
expired: the server's certificate is not trusted: it has expired; its SHA-256 is (the expired one's) [Caller]
not the named one: the server's certificate is not trusted: it is not the connection's certificate; its SHA-256 is (the expired one's) [Caller]
data in the clear refused: the server answered PROT P with 536 [Permanent]
password: the login was refused [Caller]
data in the clear: TLS failed (MLSD) [Retry]
");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_to_a_web_server_has_its_words() {
    let policy = AddressPolicy {
        allow_loopback: true,
        allow_plain_http: true,
        ..AddressPolicy::default()
    };
    let login = HttpsLogin::Basic("dpd".into(), Secret::new("hunter2"));
    let source = |url: &str| {
        let source = HttpsSource::new(url, &login, Guard::new(policy.clone()))?;
        Ok::<_, SourceError>(Source::new(source.with_patience(patience())))
    };
    let mut said = String::new();
    for url in [
        "https://10.1.2.3/a.csv",
        "ftp://127.0.0.1/a.csv",
        "https://dpd:hunter2@127.0.0.1/a.csv",
    ] {
        let error = source(url).unwrap_err();
        said += &format!("{}: {error} [{:?}]\n", &url[..8], error.class());
    }
    said += &words("name", &source("https://nowhere.invalid/a.csv").unwrap()).await;
    let under_tls = |settings: Arc<rustls::ServerConfig>| async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}/a.csv", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(tokio_rustls::TlsAcceptor::from(settings.clone()).accept(stream).await);
            }
        });
        url
    };
    said += &words(
        "signed by itself",
        &source(&under_tls(self_signed(2040).1).await).unwrap(),
    )
    .await;
    said += &words("expired", &source(&under_tls(self_signed(2021).1).await).unwrap()).await;
    let plain = HttpServer::start(|_| Answer::new(200, "x")).await;
    said += &words(
        "no TLS",
        &source(&plain.url("/a.csv").replace("http:", "https:")).unwrap(),
    )
    .await;
    for status in [200, 301, 401, 403, 404, 429, 500] {
        let server = HttpServer::start(move |_| Answer::new(status, "hunter2")).await;
        said += &words(&status.to_string(), &source(&server.url("/a.csv")).unwrap()).await;
    }
    let gone = HttpServer::start(|request| Answer::new(if request.method == "HEAD" { 200 } else { 404 }, "")).await;
    said += &words("gone meanwhile", &source(&gone.url("/a.csv")).unwrap()).await;
    assert_eq!(
        said,
        "\
https://: refused: the address is not public [Caller]
ftp://12: refused: the URL scheme is not allowed [Caller]
https://: refused: the URL carries a user name or a password [Caller]
name: refused: the name does not resolve [Retry]
signed by itself: the server's certificate is not trusted: nobody whom this machine trusts has signed it [Caller]
expired: the server's certificate is not trusted: it has expired [Caller]
no TLS: the connection failed (GET) [Retry]
200: works
301: the web server answered 301 [Caller]
401: the login was refused [Caller]
403: the login was refused [Caller]
404: nothing is there
429: the web server answered 429 [Retry]
500: the web server answered 500 [Retry]
gone meanwhile: the file is gone [Permanent]
"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_to_a_bucket_has_its_words() {
    let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
    let one = "<ListBucketResult><Contents><Key>in/a.csv</Key><Size>1</Size></Contents></ListBucketResult>";
    let xml = |text: &str| Answer::new(200, text).header("content-type", "application/xml");
    let mut said = String::new();
    for (name, listing, object) in [
        ("no bucket", refusal(404, "NoSuchBucket"), refusal(404, "NoSuchBucket")),
        (
            "access denied",
            refusal(403, "AccessDenied"),
            refusal(403, "AccessDenied"),
        ),
        (
            "another region",
            refusal(301, "PermanentRedirect"),
            refusal(301, "PermanentRedirect"),
        ),
        ("slow down", refusal(503, "SlowDown"), refusal(503, "SlowDown")),
        ("empty prefix", xml(empty), refusal(404, "NoSuchKey")),
        ("object denied", xml(one), refusal(403, "AccessDenied")),
        ("object gone", xml(one), refusal(404, "NoSuchKey")),
    ] {
        let server = HttpServer::start(move |request| {
            let lists = request.path.contains("list-type");
            if lists { listing.clone() } else { object.clone() }
        })
        .await;
        let source = S3Source::new(client(&server), "feeds", "in/", Pattern::default());
        said += &words(name, &Source::new(source.with_patience(patience()))).await;
    }
    assert_eq!(said, "\
no bucket: ListObjectsV2 failed (NoSuchBucket): service error: NoSuchBucket: As scripted: NoSuchBucket: As scripted [Caller]
access denied: ListObjectsV2 failed (AccessDenied): service error: unhandled error (AccessDenied): Error { code: \"AccessDenied\", message: \"As scripted\" } [Caller]
another region: ListObjectsV2 failed (PermanentRedirect): service error: unhandled error (PermanentRedirect): Error { code: \"PermanentRedirect\", message: \"As scripted\" } [Caller]
slow down: ListObjectsV2 failed (SlowDown): service error: unhandled error (SlowDown): Error { code: \"SlowDown\", message: \"As scripted\" } [Retry]
empty prefix: nothing is there
object denied: GetObject failed (AccessDenied): service error: unhandled error (AccessDenied): Error { code: \"AccessDenied\", message: \"As scripted\" } [Caller]
object gone: the file is gone [Permanent]
");
}
