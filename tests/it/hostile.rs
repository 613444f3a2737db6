//! Files that try to take more than a function has: the real `run-import`, with the memory of the smallest Lambda, reads
//! each of them as a bucket sends it, and says what is wrong.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use milepost_import::{FileOrder, ImportOrder};
use milepost_model::{AccountId, ConnectionId, RunOutcome};
use milepost_runtime::now;
use serde_json::json;
use support::function::Function;
use support::runtime_api::Outcome;
use support::stand_ins::StandIns;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The most that may be resident at once, in KiB.
const PEAK_KIB: u64 = 96 * 1024;

/// More than the process may hold: what is kept of it would show.
const MUCH: usize = 160 << 20;

const GIGABYTE: usize = 1 << 30;

/// Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// A file: pieces of bytes, each so many times over.
#[derive(Clone, Default)]
struct Content(Vec<(Vec<u8>, usize)>);

impl Content {
    fn then(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.push((bytes.into(), 1));
        self
    }

    /// So many bytes of the same.
    fn much(mut self, bytes: &[u8], length: usize) -> Self {
        let piece = bytes.repeat(64 * 1024 / bytes.len());
        let times = length / piece.len();
        self.0.push((piece, times));
        self
    }

    fn length(&self) -> usize {
        self.0.iter().map(|(piece, times)| piece.len() * times).sum()
    }

    async fn send(&self, to: &mut TcpStream) -> std::io::Result<()> {
        for (piece, times) in &self.0 {
            for _ in 0..*times {
                to.write_all(piece).await?;
            }
        }
        Ok(())
    }
}

/// A bucket of one object, made while it is sent. Whatever is put into it is forgotten.
struct OneObject {
    address: SocketAddr,
    content: Arc<Mutex<Content>>,
}

impl OneObject {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let content = Arc::new(Mutex::new(Content::default()));
        let of_server = Arc::clone(&content);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let content = of_server.lock().unwrap().clone();
                // A client that has read enough hangs up in the middle, which is no trouble of the server.
                tokio::spawn(async move { drop(answer(socket, content).await) });
            }
        });
        Self { address, content }
    }
}

async fn answer(socket: TcpStream, content: Content) -> std::io::Result<()> {
    let mut socket = BufReader::new(socket);
    let (mut method, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if method.is_empty() {
            line.split(' ').next().unwrap().clone_into(&mut method);
        }
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
    }
    tokio::io::copy(&mut (&mut socket).take(length), &mut tokio::io::sink()).await?;
    let sent = if method == "put" { 0 } else { content.length() };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {sent}\r\netag: \"one\"\r\nlast-modified: Fri, 20 Nov 2026 10:00:00 GMT\r\n\
         content-type: text/plain\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await?;
    if method == "get" {
        content.send(socket.get_mut()).await?;
    }
    socket.shutdown().await
}

fn bundled(layout: &str) -> (String, Option<String>) {
    (layout.to_owned(), None)
}

/// A layout of lists in JSON, which none of the bundled ones has.
fn json_list() -> (String, Option<String>) {
    let text = "name = \"list\"\nrevision = 1\nformat = \"json\"\n[json]\nlist = \"data\"\n[columns]\ntracking_number = \"n\"\n\
                event_code = \"c\"\n[time]\ncolumns = [\"t\"]\n";
    ("list".to_owned(), Some(text.to_owned()))
}

fn gzip_bomb() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    (0..1_024).for_each(|_| gzip.write_all(&[b'\n'; 64 * 1024]).unwrap());
    gzip.finish().unwrap()
}

fn zip_bomb() -> Vec<u8> {
    let mut deflate = DeflateEncoder::new(
        b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a".to_vec(),
        Compression::best(),
    );
    (0..1_024).for_each(|_| deflate.write_all(&[b'\n'; 64 * 1024]).unwrap());
    deflate.finish().unwrap()
}

/// What a file is called, what is said of it, its layout (a name, and its text where it is not bundled), and what is in
/// it.
type Hostile = (&'static str, &'static str, (String, Option<String>), Content);

fn files() -> Vec<Hostile> {
    let content = Content::default;
    let header = "tracking_number,event_code,local_timestamp\n";
    let isa =
        "ISA*00*          *00*          *ZZ*DEMOCARR       *ZZ*SHIPPER01      *261120*1410*U*00401*000000042*0*P*>~";
    let deep = |open: &str| open.repeat(10_000);
    vec![
        (
            "csv, a line of 1 GiB",
            "most of them as too_long",
            bundled("generic"),
            content().then(header).much(b"x", GIGABYTE),
        ),
        (
            "csv, a quote that stays open",
            "most of them as missing_fields",
            bundled("generic"),
            content().then(header).then("\"").much(b"x,\n", MUCH),
        ),
        (
            "csv, a header without end",
            "the header row cannot be read",
            bundled("generic"),
            content().much(b"x,", MUCH),
        ),
        (
            "json lines, a line",
            "most of them as too_long",
            bundled("json-lines"),
            content().then("{\"a\":\"").much(b"x", MUCH),
        ),
        (
            "json lines, 10,000 deep",
            "most of them as malformed",
            bundled("json-lines"),
            content().then(deep("[")),
        ),
        (
            "json list, an element",
            "the file is cut off",
            json_list(),
            content().then("{\"data\":[{\"n\":\"").much(b"x", MUCH),
        ),
        (
            "json list, deeper and deeper",
            "the file is cut off",
            json_list(),
            content().then("{\"data\":[").much(b"[", MUCH),
        ),
        (
            "json list, never found",
            "the file is cut off",
            json_list(),
            content().then("{\"x\":").much(b"{\"x\":", MUCH),
        ),
        (
            "fixed width, a line",
            "most of them as too_long",
            bundled("dhl-ssi-160"),
            content().then("D").much(b"1", MUCH),
        ),
        (
            "xml, a text",
            "the file is cut off",
            bundled("status-xml"),
            content().then("<a><status><town>").much(b"x", MUCH),
        ),
        (
            "xml, a tag",
            "longer than a record may be",
            bundled("status-xml"),
            content().then("<a b='").much(b"x", MUCH),
        ),
        (
            "xml, 10,000 deep",
            "nested more than 64 deep",
            bundled("status-xml"),
            content().then(deep("<a>")),
        ),
        (
            "x12, a segment",
            "the file is cut off",
            bundled("x12-214"),
            content().then(isa).then("AT7*").much(b"x", MUCH),
        ),
        (
            "x12, values without end",
            "the file is cut off",
            bundled("x12-214"),
            content().then(isa).then("ST*214*1~B10*").much(b"x*", MUCH),
        ),
        (
            "edifact, a segment",
            "the file is cut off",
            bundled("edifact-iftsta"),
            content().then("UNB+UNOC:3+A+B+1:2+3'STS+").much(b"?'", MUCH),
        ),
        (
            "gzip, 1000 to 1",
            "it looks like a decompression bomb",
            bundled("generic"),
            Content(vec![(gzip_bomb(), 160)]),
        ),
        (
            "zip, 1000 to 1",
            "it looks like a decompression bomb",
            bundled("generic"),
            content().then(zip_bomb()),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_file_takes_more_memory_than_a_small_function_has() {
    let stand_ins = StandIns::start().await;
    let bucket = OneObject::start().await;
    let mut variables = stand_ins.endpoints();
    let own = ["MILEPOST_TABLE", "MILEPOST_BUCKET", "MILEPOST_IMPORT_QUEUE"];
    variables.extend(own.map(|name| stand_ins.variable(name)));
    variables.push(("AWS_ENDPOINT_URL_S3", format!("http://{}", bucket.address)));
    let mut function = Function::start(Path::new(env!("CARGO_BIN_EXE_run-import-under-test")), &variables).await;
    for (name, said, (layout, layout_text), content) in files() {
        let order = ImportOrder::File(FileOrder {
            given: now(),
            key: "in/by-hand/hostile".to_owned(),
            name: "hostile".to_owned(),
            size: u64::try_from(content.length()).unwrap(),
            content: name.to_owned(),
            layout,
            layout_text,
            carrier: "usps".to_owned(),
            scope: FileOrder::scope_of(&AccountId::default_account()),
            quiet: false,
        });
        *bucket.content.lock().unwrap() = content;
        let body = order.to_body().unwrap();
        let message = json!({"Records": [{"messageId": name, "receiptHandle": name, "body": body}]}).to_string();
        let outcome = function.invoke(message, TIMEOUT).await;
        let done = Outcome::Answer(json!({"batchItemFailures": []}));
        assert_eq!(outcome, done, "{name}: {}", function.printed());
        let store = stand_ins.access.store();
        let report = store
            .run(&ConnectionId::by_hand(), order.started())
            .await
            .unwrap()
            .unwrap();
        let RunOutcome::Failed(told) = &report.outcome else {
            panic!("{name}: {report:#?}")
        };
        assert!(told.contains(said), "{name}: {told}");
        let taken = function.taken();
        println!(
            "{name}: {} KiB at the most so far, {:.1} s",
            taken.peak_kib, taken.cpu_seconds
        );
        assert!(taken.peak_kib < PEAK_KIB, "{name}: {} KiB", taken.peak_kib);
    }
}
