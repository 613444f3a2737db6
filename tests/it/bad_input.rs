//! What people are told when something is wrong with what they gave: the API's answers and the command line's, word by
//! word. Every message says what to change, every run ends with a report, and nothing is left in a queue that would only
//! fail again.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use support::answers::{Waiting, answers, waiting};
use support::feed::days_ago;
use support::ftp::FtpServer;
use support::hub::TestHub;
use support::terminal::transcript;

/// The program itself, as `local` builds it.
const MILEPOST: &str = env!("CARGO_BIN_EXE_milepost-under-test");

const NUMBER: &str = "9405511899223197428490";
const DAMAGED: &str = "9405511899223197428506";
const CUT: &str = "9405511899223197428513";
const TRAILING: &str = "9405511899223197428520";

/// What is wrong, with which key it is asked, and what is asked; `NR` stands for a tracking number.
const ASKED: &str = "
no key                      | none    | GET /v1/tracking?carrier_code=usps&NR
an empty key                | empty   | GET /v1/tracking?carrier_code=usps&NR
the key of another hub      | foreign | GET /v1/tracking?carrier_code=usps&NR
no number                   | own     | GET /v1/tracking?carrier_code=usps
an empty number             | own     | GET /v1/tracking?carrier_code=usps&tracking_number=
no carrier                  | own     | GET /v1/tracking?NR
no query at all             | own     | GET /v1/tracking
a number that is none       | own     | GET /v1/tracking?carrier_code=usps&tracking_number=%3Cscript%3E
two numbers                 | own     | GET /v1/tracking?carrier_code=usps&NR&tracking_number=1Z9
a code that is none         | own     | GET /v1/tracking?carrier_code=%2A%2A&NR
an unknown carrier          | own     | GET /v1/tracking?carrier_code=acme&NR
no connection to a carrier  | own     | GET /v1/tracking?carrier_code=apc&NR
a connection that is none   | own     | GET /v1/tracking?carrier_id=se-77&NR
the wrong method            | own     | DELETE /v1/tracking?carrier_code=usps&NR
an unknown path             | own     | GET /v1/trackings
start without a key         | none    | POST /v1/tracking/start?carrier_code=usps&NR
start, the wrong method     | own     | GET /v1/tracking/start?carrier_code=usps&NR
start without a number      | own     | POST /v1/tracking/start?carrier_code=usps
start at an unknown carrier | own     | POST /v1/tracking/start?carrier_code=acme&NR
start without a connection  | own     | POST /v1/tracking/start?carrier_code=apc&NR
stop without a carrier      | own     | POST /v1/tracking/stop?NR
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_says_what_to_change() {
    let hub = TestHub::start().await;
    let other = TestHub::start().await;
    let mut said = String::new();
    for line in ASKED.trim().lines() {
        let mut columns = line.split('|').map(str::trim);
        let [what, key, asked] = [(); 3].map(|()| columns.next().unwrap());
        let (method, path) = asked.split_once(' ').unwrap();
        let path = path.replace("NR", &format!("tracking_number={NUMBER}"));
        let key = match key {
            "none" => None,
            "empty" => Some(""),
            "foreign" => Some(other.key.as_str()),
            _ => Some(hub.key.as_str()),
        };
        let (status, body) = hub.call(method.parse().unwrap(), &path, key).await;
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{what}: {body}"));
        let of = |value: &Value, name: &str| match value[name].as_str() {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => panic!("{what} has no {name}: {body}"),
        };
        of(&body, "request_id");
        let [kind, code, message] = ["error_type", "error_code", "message"].map(|name| of(&body["errors"][0], name));
        writeln!(said, "{what}\n  {status} {kind} {code}: {message}").unwrap();
    }
    insta::assert_snapshot!("api", said);
    hub.hub.stop().await;
    other.hub.stop().await;
}

/// Runs commands one after the other beside a hub; after each of them nothing waits in the hub any more.
async fn transcripts(hub: &TestHub, folder: &Path, commands: &[&str]) -> String {
    let mut said = String::new();
    for command in commands {
        said.push_str(&transcript(MILEPOST, folder, &format!("{command} --data {}", hub.folder.display())).await);
        tokio::time::timeout(Duration::from_secs(10), hub.hub.drain())
            .await
            .unwrap()
            .unwrap();
        for queue in ["imports", "imports-dead"] {
            assert_eq!(waiting(hub, queue).await, Waiting::default(), "{queue} after {command}");
        }
    }
    assert!(!said.contains("panicked"), "{said}");
    said.replace(&format!(" --data {}", hub.folder.display()), "")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_will_not_do_is_told_in_its_report() {
    let hub = TestHub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let header = "tracking_number,event_code,description,local_timestamp,city,state,postal_code,country";
    let row = |at: &str| format!("{NUMBER},03,Picked up,{at},SARCOXIE,MO,64862,US\r\n");
    let mut half_bad = format!("{header}\r\n");
    for _ in 0..3 {
        half_bad.push_str(&row("2 May"));
        half_bad.push_str(&row("yesterday"));
    }
    put("half-bad.csv", half_bad.as_bytes());
    put("semicolons.csv", half_bad.replace(',', ";").as_bytes());
    put("prose.csv", b"Dear customer,\r\nyour parcels are fine.\r\n");
    put("zeros.csv", &[0; 5_000]);
    put("empty.csv", b"");
    put("header-alone.csv", format!("{header}\r\n").as_bytes());
    // Not compressed, so that one wrong letter is one wrong letter.
    let day = days_ago(3);
    let mut of_minutes = format!("{header}\r\n");
    (10..60).for_each(|minute| of_minutes.push_str(&row(&format!("{day}T10:{minute}:00"))));
    let gzipped = |number: &str| gzip(&of_minutes.replace(NUMBER, number));
    let mut damaged = gzipped(DAMAGED);
    let letter = damaged.windows(8).position(|letters| letters == b"SARCOXIE").unwrap();
    damaged[letter] = b'B';
    put("damaged.csv.gz", &damaged);
    put("cut.csv.gz", &gzipped(CUT)[..2_000]);
    let trailing = b"-- uploaded by acme --\n";
    put("trailing.csv.gz", &[&gzipped(TRAILING)[..], trailing].concat());
    put("mistake.toml", b"name = \"mistake\"\nrevision = 1\nformat = \"csv\"\n\n[columns]\ntracking_number = \"nr\"\n\n[tme]\ncolumns = [\"at\"]\n");
    put("other.toml", b"name = \"other\"\nrevision = 1\nformat = \"csv\"\n\n[columns]\ntracking_number = \"nr\"\nevent_code = \"code\"\n\n[time]\ncolumns = [\"at\"]\n");

    let said = transcripts(
        &hub,
        folder.path(),
        &[
            "import nowhere.csv --layout generic --carrier usps",
            "import . --layout generic --carrier usps",
            "import half-bad.csv --layout nonsense --carrier usps",
            "import half-bad.csv --layout nowhere.toml --carrier usps",
            "import half-bad.csv --layout mistake.toml --carrier usps",
            "import half-bad.csv --layout other.toml --carrier usps",
            "import half-bad.csv --layout generic --carrier **",
            "import half-bad.csv --layout generic --carrier usps",
            "import semicolons.csv --layout generic --carrier usps",
            "import prose.csv --layout generic --carrier usps",
            "import zeros.csv --layout generic --carrier usps",
            "import empty.csv --layout generic --carrier usps",
            "import header-alone.csv --layout generic --carrier usps",
            "import damaged.csv.gz --layout generic --carrier usps",
            "import cut.csv.gz --layout generic --carrier usps",
            "import trailing.csv.gz --layout generic --carrier usps",
            "import half-bad.csv --layout generic-json-lines --carrier usps",
            "layout check half-bad.csv --layout generic",
            "layout check damaged.csv.gz --layout generic",
            "connection run nobody",
            "connection test nobody",
            "connection add nowhere.toml",
            "track acme 9405511899223197428490",
        ],
    )
    .await;
    insta::assert_snapshot!("files", said);
    // What of a file is beyond doubt is stored, and nothing else of it.
    let known = answers(&hub, &hub.key, [NUMBER, DAMAGED, CUT, TRAILING]).await;
    let events = [NUMBER, DAMAGED, CUT, TRAILING].map(|number| known[number].events.len());
    assert!((20..50).contains(&events[2]), "{events:?}");
    assert_eq!((events[0], events[1], events[3]), (0, 0, 50));
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_will_not_do_is_told_in_the_report() {
    let hub = TestHub::start().await;
    let folder = tempfile::tempdir().unwrap();
    let ftp = FtpServer::start(folder.path()).await;
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let connection = |name: &str, host: &str, port: u16, more: &str| {
        let text = format!(
            "name = \"{name}\"\ncarrier = \"usps\"\nlayout = \"generic\"\n{more}\n\
             [source]\nkind = \"ftp\"\nhost = \"{host}\"\nport = {port}\nuser = \"acme\"\nfolder = \"out\"\n"
        );
        std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
    };
    connection("no-folder", "127.0.0.1", ftp.address.port(), "");
    connection("private-host", "10.0.0.5", 21, "");
    connection(
        "no-password",
        "127.0.0.1",
        ftp.address.port(),
        "secret = \"file:/nowhere/password\"",
    );
    connection("gone", "127.0.0.1", gone.port(), "");

    // What is wrong with a connection is told once, and does not come again.
    let said = transcripts(
        &hub,
        folder.path(),
        &[
            "connection add no-folder.toml",
            "connection test no-folder",
            "connection run no-folder",
            "connection add private-host.toml",
            "connection test private-host",
            "connection run private-host",
            "connection add no-password.toml",
            "connection test no-password",
            "connection add gone.toml",
            "connection add gone.toml",
            "connection test gone",
        ],
    )
    .await;
    // A server that is away may come back: the message comes again, five times in all, and is then kept for the operator.
    let run = format!("connection run gone --data {}", hub.folder.display());
    let said = said
        + &transcript(MILEPOST, folder.path(), &run)
            .await
            .replace(&run, "connection run gone");
    insta::assert_snapshot!("servers", said);
    let given_up = Waiting {
        visible: 1,
        ..Waiting::default()
    };
    for _ in 0..600 {
        if waiting(&hub, "imports-dead").await == given_up {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(waiting(&hub, "imports-dead").await, given_up);
    assert_eq!(waiting(&hub, "imports").await, Waiting::default());
    hub.hub.stop().await;
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}
