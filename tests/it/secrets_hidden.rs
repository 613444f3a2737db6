//! A busy hub with planted secrets, logging all that it can, among servers that repeat whatever they were told: no secret
//! appears in its log, its answers, its reports or its data folder, as it is or written otherwise, but where its owner is
//! shown it.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use milepost_import::ImportOrder;
use milepost_local::hub::{Access, Folder, Hub};
use milepost_model::{
    AccountId, CarrierCode, Connection, ConnectionId, LiveAccess, LiveApi, Pickup, RunOutcome, RunReport, Schedule,
    Scope, SecretRef, SourceAddress,
};
use milepost_runtime::{NewKey, now};
use milepost_store::{ApiKey, KeyScopes};
use reqwest::Method;
use serde_json::{Value, json};
use support::carrier_api::{ApiAnswer, CarrierApi};
use support::feed::{EventRow, days_ago, generic_file};
use support::ftp::FtpServer;
use support::receiver::Receiver;
use support::runs::report_where;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

const NUMBER: &str = "9405511899223197428490";

// With characters that are written otherwise in URLs.
const FTP_REFUSED: &str = "wr0ng/p@ss+word=4711";
const FTP_TAKEN: &str = "r1ght/p@ss+word=4712";
const CLIENT_SECRET: &str = "cl1ent/s&cret+4713";
const TOKEN: &str = "t0ken/of+a=carrier4714";
const CARRIER_KEY: &str = "k3y/of+a=carrier4715";
const HEADER: &str = "h3ader/of+an=owner4716";
const USER_INFO: &str = "us3r-info-4717";

/// A private key that a server trusts nowhere.
const PRIVATE_KEY: &str = include_str!("../../shared/milepost-net/tests/keys/user_ed25519");

/// The ways in which a secret may be written.
fn spellings(secret: &[u8]) -> Vec<String> {
    let percent = |hex: fn(u8) -> String| -> String {
        let one = |byte: &u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
            other => format!("%{}", hex(*other)),
        };
        secret.iter().map(one).collect()
    };
    let listed: Vec<String> = secret.iter().map(u8::to_string).collect();
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut spellings = vec![
        percent(|byte| format!("{byte:02X}")),
        percent(|byte| format!("{byte:02x}")),
        // As `Debug` shows bytes.
        listed.join(", "),
        hex.to_uppercase(),
        hex,
    ];
    for before in 0..3_usize {
        // Inside of a longer text, where only the letters in the middle are the secret's alone.
        let text = milepost_webhooks::secret_text(&[&vec![0; before], secret, &[0; 2]].concat());
        let letters = &text["whsec_".len()..];
        let middle = &letters[(before * 8).div_ceil(6)..(before + secret.len()) * 8 / 6];
        spellings.push(middle.to_owned());
        spellings.push(middle.replace('+', "-").replace('/', "_"));
    }
    spellings.push(as_text(secret));
    spellings
}

/// A character for each byte: files are no text, and texts are searched fast.
fn as_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[test]
fn every_spelling_is_found() {
    let secret = b"s3cret/of+4711";
    for text in [
        "password=s3cret/of+4711",
        "password=s3cret%2Fof%2B4711",
        "password=s3cret%2fof%2b4711",
        "Basic czNjcmV0L29mKzQ3MTE=",
        "Basic dTpzM2NyZXQvb2YrNDcxMQ==",
        "Basic dXM6czNjcmV0L29mKzQ3MTE=",
        "[115, 51, 99, 114, 101, 116, 47, 111, 102, 43, 52, 55, 49, 49]",
        "7333637265742f6f662b34373131",
    ] {
        let found = spellings(secret).iter().any(|spelling| text.contains(spelling));
        assert!(found, "{text}");
    }
    assert!(
        !spellings(secret)
            .iter()
            .any(|spelling| "s3cret/of+4712".contains(spelling))
    );
}

/// The hub as somebody starts it, and all that it answered.
struct Busy {
    _child: Child,
    access: Access,
    address: SocketAddr,
    key: String,
    /// Status and request, and the answer.
    answers: Vec<(String, String)>,
}

impl Busy {
    async fn start(folder: &Path, log: &Path) -> Self {
        let log = File::create(log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_milepost-under-test"))
            .arg("--data")
            .arg(folder)
            .args(["up", "--empty", "--listen", "127.0.0.1:0"])
            // Without what takes tens of megabytes: the SDK's own state at each step of a call, and the table's stand-in,
            // which is no part of a deployed hub.
            .env("RUST_LOG", "trace,aws_smithy_runtime=debug,dynoxide=info")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut announced = None;
        for _ in 0..3_000 {
            announced = Folder::announced(folder);
            if announced.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let announced = announced.unwrap();
        let access = Access::to_announced(&announced, folder);
        let made = NewKey::generate().unwrap();
        let key = ApiKey {
            account: AccountId::default_account(),
            label: "busy".to_owned(),
            created_ms: 0,
            scopes: KeyScopes::ALL,
        };
        access.store().put_api_key(made.hash, &key).await.unwrap();
        Self {
            _child: child,
            access,
            address: announced.address,
            key: made.text,
            answers: Vec::new(),
        }
    }

    async fn call_with(&mut self, key: &str, method: Method, path: &str, body: &str) -> (u16, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}{path}", self.address);
        let mut request = client.request(method.clone(), url).header("API-Key", key);
        if !body.is_empty() {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = format!("{:?}\n{}", answer.headers().clone(), answer.text().await.unwrap());
        self.answers.push((format!("{status} {method} {path}"), text.clone()));
        (status, text)
    }

    async fn call(&mut self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let key = self.key.clone();
        let (status, text) = self.call_with(&key, method, path, &body).await;
        let (_, json) = text.split_once('\n').unwrap();
        (status, serde_json::from_str(json).unwrap_or(Value::Null))
    }

    async fn get(&mut self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, &Value::Null).await
    }

    /// Runs a connection until its report says how it ended.
    async fn run(&self, id: &str) -> RunReport {
        let slot = now();
        let order = ImportOrder::Connection {
            connection: id.to_owned(),
            slot,
        };
        self.access
            .import_queue()
            .send(order.to_body().unwrap(), 0)
            .await
            .unwrap();
        let ended = |report: &RunReport| matches!(report.outcome, RunOutcome::Finished | RunOutcome::Failed(_));
        let connection = ConnectionId::parse(id).unwrap();
        report_where(&self.access, &connection, slot, ended).await
    }
}

/// Puts a connection of the account `default`.
async fn connect(
    access: &Access,
    id: &str,
    carrier: &str,
    source: SourceAddress,
    secret: Option<SecretRef>,
    live: Option<LiveAccess>,
) {
    let connection = Connection {
        id: ConnectionId::parse(id).unwrap(),
        carrier_id: 0,
        carrier: CarrierCode::parse(carrier).unwrap(),
        scope: Scope::Account(AccountId::default_account()),
        source,
        pickup: Pickup::default(),
        layout: "generic".to_owned(),
        layout_text: None,
        secret,
        schedule: Schedule::Manual,
        notify_from: Timestamp::UNIX_EPOCH,
        next_due: None,
        live,
    };
    access.store().put_connection(&connection).await.unwrap().unwrap();
}

/// A secret in a file that its owner alone may read.
fn kept(folder: &Path, name: &str, secret: &str) -> SecretRef {
    let path = folder.join(name);
    std::fs::write(&path, secret).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    SecretRef(format!("file:{}", path.display()))
}

/// A server of files that repeats each line that it is sent, and refuses it.
async fn parrot(greeting: &'static str, refusal: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let _ = stream.write_all(greeting.as_bytes()).await;
                let mut line = Vec::new();
                while let Ok(1..) = stream.read_until(b'\n', &mut line).await {
                    let said = String::from_utf8_lossy(&line).trim().to_owned();
                    let reply = if said.starts_with("USER") { "331" } else { refusal };
                    let _ = stream
                        .write_all(format!("{reply} you said {said}\r\n").as_bytes())
                        .await;
                    line.clear();
                }
            });
        }
    });
    address
}

fn server(kind: &str, address: SocketAddr) -> SourceAddress {
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let settings = [
        ("host", host.as_str()),
        ("port", &port),
        ("user", "milepost"),
        ("pattern", "*.csv"),
    ];
    SourceAddress::new(kind, &settings)
}

/// Files by password and by key, refused and taken.
async fn files(hub: &Busy, secrets: &Path) -> Vec<RunReport> {
    let carrier = secrets.join("carrier");
    std::fs::create_dir(&carrier).unwrap();
    let rows =
        [("03", 3), ("01", 1)].map(|(code, day)| EventRow::new(NUMBER, code, &format!("{}T06:00:00", days_ago(day))));
    std::fs::write(carrier.join("events.csv"), generic_file(&rows)).unwrap();
    let real = FtpServer::start(&carrier).await;
    let ftp = parrot("220 hello\r\n", "530").await;
    let ssh = parrot("SSH-2.0-parrot\r\n", "").await;
    let broken_key = PRIVATE_KEY.replace("OPENSSH PRIVATE KEY-----\n", "OPENSSH PRIVATE KEY-----\nAAAA");
    let mut reports = Vec::new();
    for (id, source, secret) in [
        ("refused", server("ftp", ftp), FTP_REFUSED),
        ("by-key", server("sftp", ssh), PRIVATE_KEY),
        ("by-broken-key", server("sftp", ssh), &broken_key),
        ("by-password", server("sftp", ssh), FTP_REFUSED),
        ("taken", server("ftp", real.address), FTP_TAKEN),
    ] {
        let secret = kept(secrets, id, secret);
        connect(&hub.access, id, "usps", source, Some(secret), None).await;
        reports.push(hub.run(id).await);
    }
    let stored = reports.last().unwrap();
    assert_eq!(
        (&stored.outcome, stored.events),
        (&RunOutcome::Finished, 2),
        "{stored:#?}"
    );
    for report in &reports[..4] {
        assert!(matches!(report.outcome, RunOutcome::Failed(_)), "{report:#?}");
    }
    reports
}

/// A carrier that is asked, and about which number.
struct Asked {
    carrier: &'static str,
    number: &'static str,
    api: CarrierApi,
}

/// Carriers that refuse a token, or give one and refuse it, or refuse a key, each repeating what it was sent.
async fn carriers(access: &Access, secrets: &Path) -> Vec<Asked> {
    let refused = |secret: &str| ApiAnswer::json(401, &json!({"error": "invalid_client", "error_description": secret}));
    let token = json!({"access_token": TOKEN, "token_type": "Bearer", "issued_at": "1795183380000",
        "expires_in": "14399", "status": "approved", "scope": "tracking"});
    let client = json!({"client_id": "milepost", "client_secret": CLIENT_SECRET}).to_string();
    let key = json!({"api_key": CARRIER_KEY}).to_string();
    let mut asked = Vec::new();
    for (carrier, number, secret, gives, says) in [
        (
            "usps",
            "9400111899223197428497",
            &client,
            refused(CLIENT_SECRET),
            refused(CLIENT_SECRET),
        ),
        (
            "ups",
            "1Z999AA10123456784",
            &client,
            ApiAnswer::json(200, &token),
            refused(TOKEN),
        ),
        (
            "dhl_express",
            "1000000001",
            &key,
            refused(CARRIER_KEY),
            refused(CARRIER_KEY),
        ),
    ] {
        let api = CarrierApi::start().await;
        api.answer_token(gives);
        api.answer(says);
        let live = LiveAccess {
            api: LiveApi::Known,
            secret: Some(kept(secrets, &format!("live-{carrier}"), secret)),
            settings: BTreeMap::new(),
            base_url: Some(api.url.clone()),
            quota: None,
        };
        let source = SourceAddress::new("s3", &[("prefix", &format!("in/{carrier}/"))]);
        let id = format!("live-{}", carrier.replace('_', "-"));
        connect(access, &id, carrier, source, None, Some(live)).await;
        asked.push(Asked { carrier, number, api });
    }
    asked
}

async fn lookups(hub: &mut Busy, carriers: &[Asked]) {
    for Asked { carrier, number, api } in carriers {
        let path = format!("/v1/tracking?carrier_code={carrier}&tracking_number={number}");
        assert_eq!(hub.get(&path).await.0, 200, "{carrier}");
        assert!(api.tokens() + api.calls().len() > 0, "{carrier} was asked");
        assert!(
            *carrier != "ups" || !api.calls().is_empty(),
            "the token was shown to its carrier"
        );
    }
}

/// Mistakes of callers, with their secrets in the wrong places.
async fn mistakes(hub: &mut Busy) {
    const WEBHOOKS: &str = "/v1/environment/webhooks";
    let key = hub.key.clone();
    let other = format!("{key}x");
    for (key, path) in [
        (other.as_str(), "/v1/tracking?carrier_code=usps"),
        ("", &format!("/v1/deliveries?api_key={key}")),
        ("", &format!("/v1/trackers?authorization=Bearer%20{key}")),
    ] {
        let (status, answer) = hub.call_with(key, Method::GET, path, "").await;
        assert!([400, 401].contains(&status), "{answer}");
    }
    for body in [
        json!({"url": format!("https://milepost:{USER_INFO}@example.com/"), "event": "track"}),
        json!({"url": format!("https://10.0.0.1/{USER_INFO}"), "event": "track"}),
        json!({"url": "https://example.com/", "event": "track", "headers": HEADER}),
        json!({"url": "https://example.com/", "event": "track", "headers": [{"key": "host", "value": HEADER}]}),
        json!({"url": "https://example.com/", "event": "track", "headers": [{"key": HEADER, "value": "a\nb"}]}),
        json!({"url": "https://example.com/", "event": "track", "store_id": HEADER}),
        json!({"url": "https://example.com/", "event": "track", "style": HEADER}),
    ] {
        let (status, answer) = hub.call(Method::POST, WEBHOOKS, &body).await;
        assert_eq!(status, 400, "{body} {answer}");
    }
    let cut = format!(r#"{{"url": "https://example.com/", "headers": [{{"key": "X", "value": "{HEADER}"#);
    assert_eq!(hub.call_with(&key, Method::POST, WEBHOOKS, &cut).await.0, 400);
}

/// Webhooks that fail and succeed; answers the secrets that their owner was shown.
async fn webhooks(hub: &mut Busy, good: &Receiver, bad: &Receiver) -> Vec<Vec<u8>> {
    let mut shown = Vec::new();
    let headers = json!([{"key": "X-Owner", "value": HEADER}]);
    for (url, style) in [
        (&good.url, "shipengine"),
        (&bad.url, "shipengine"),
        (&good.url, "ship24"),
    ] {
        let body = json!({"url": url, "event": "track", "tell": "every_event", "style": style, "headers": headers});
        let (status, created) = hub.call(Method::POST, "/v1/environment/webhooks", &body).await;
        assert_eq!(status, 200, "{created}");
        shown.push(milepost_webhooks::secret_bytes(created["secret"].as_str().unwrap()).unwrap());
    }
    bad.answer_next([500; 100]);
    let start = format!("/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}");
    assert_eq!(hub.call(Method::POST, &start, &Value::Null).await.0, 204);
    let tracker = json!({"trackingNumber": NUMBER});
    assert_eq!(hub.call(Method::POST, "/v1/trackers", &tracker).await.0, 201);
    shown
}

/// Everything that there is to be seen: name and text.
fn seen(hub: &Busy, reports: &[RunReport], folder: &Path, log: &Path) -> Vec<(String, String)> {
    let read = |path: &Path| as_text(&std::fs::read(path).unwrap());
    let mut seen = vec![("the log".to_owned(), read(log))];
    seen.extend(hub.answers.iter().cloned());
    seen.extend(
        reports
            .iter()
            .map(|report| ("a report".to_owned(), format!("{report:#?}"))),
    );
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                // Rows of the queues and the table, those that were deleted too.
                seen.push((entry.path().display().to_string(), read(&entry.path())));
            }
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_appears_but_where_its_owner_is_shown_it() {
    let (data, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = outside.path().join("log");
    // Connected before the hub runs: what it has found connected it believes for a moment.
    let before = Hub::open(data.path(), "http://127.0.0.1:9").await.unwrap();
    let carriers = carriers(before.access(), outside.path()).await;
    before.stop().await;
    let mut hub = Busy::start(data.path(), &log).await;
    let (good, bad) = (Receiver::start().await, Receiver::start().await);
    let mut webhook_secrets = webhooks(&mut hub, &good, &bad).await;
    mistakes(&mut hub).await;
    let reports = files(&hub, outside.path()).await;
    lookups(&mut hub, &carriers).await;
    // Of the subscription one state, of the tracker two events.
    good.wait_for(3).await;
    bad.wait_for(1).await;
    let rotate = "/v1/environment/webhooks/se-1/rotate";
    let (_, rotated) = hub.call(Method::POST, rotate, &Value::Null).await;
    webhook_secrets.push(milepost_webhooks::secret_bytes(rotated["secret"].as_str().unwrap()).unwrap());
    hub.call(Method::POST, "/v1/environment/webhooks/se-1/test", &Value::Null)
        .await;
    for path in [
        "/v1/environment/webhooks",
        "/v1/environment/webhooks/se-1",
        "/v1/imports",
        "/v1/deliveries",
        "/health",
    ] {
        assert_eq!(hub.get(path).await.0, 200, "{path}");
    }

    let seen = seen(&hub, &reports, data.path(), &log);
    let (_, lines) = &seen[0];
    assert!(lines.contains("TRACE"), "all is logged");
    let mut secrets: Vec<(&str, Vec<u8>)> = [
        ("API key", hub.key.as_str()),
        ("refused password", FTP_REFUSED),
        ("password", FTP_TAKEN),
        ("client secret", CLIENT_SECRET),
        ("token", TOKEN),
        ("carrier's key", CARRIER_KEY),
        ("header", HEADER),
        ("user info", USER_INFO),
    ]
    .map(|(name, secret)| (name, secret.as_bytes().to_vec()))
    .into();
    let key_lines = PRIVATE_KEY.lines().filter(|line| !line.contains('-'));
    secrets.extend(key_lines.map(|line| ("private key", line.as_bytes().to_vec())));
    for secret in webhook_secrets {
        secrets.push(("bearer secret", milepost_webhooks::bearer_text(&secret).into_bytes()));
        secrets.push(("webhook secret", secret));
    }
    let mut found = Vec::new();
    for (name, secret) in &secrets {
        for spelling in spellings(secret) {
            for (place, text) in &seen {
                if text.contains(&spelling) && !is_shown(name, place) {
                    found.push(format!("{name} in {place}, as {spelling}"));
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    // What may be seen was seen: else the search is blind.
    let (_, created) = seen.iter().find(|(place, _)| place == CREATED).unwrap();
    assert!(created.contains(HEADER) && created.contains("whsec_"));
}

/// The answer to whoever makes a webhook.
const CREATED: &str = "200 POST /v1/environment/webhooks";

/// A secret and its proof are shown once, when they are made; headers to whoever wrote them.
fn is_shown(secret: &str, place: &str) -> bool {
    match secret {
        "webhook secret" | "bearer secret" => {
            [CREATED, "200 POST /v1/environment/webhooks/se-1/rotate"].contains(&place)
        }
        "header" => place.starts_with("200 ") && place.contains(" /v1/environment/webhooks") && !place.contains("test"),
        _ => false,
    }
}
