//! A file over each kind of source, read by the real `run-import` with the memory of the smallest Lambda.
//!
//! A function refuses loopback whatever it is told, so the servers listen at an address of this machine's own.
//! `MILEPOST_BINARIES` names a folder with the program of another build, such as the one that is packaged, and
//! `MILEPOST_ROWS` says how many rows the file has: docs/benchmarks.md tells of 200,000.

use std::net::{IpAddr, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use milepost_import::ImportOrder;
use milepost_local::hub::BUCKET;
use milepost_model::{
    AccountId, CarrierCode, Connection, ConnectionId, Pickup, RunOutcome, Schedule, Scope, SecretRef, SourceAddress,
};
use milepost_runtime::now;
use serde_json::json;
use support::carrier_file::CarrierFile;
use support::function::Function;
use support::runtime_api::Outcome;
use support::stand_ins::StandIns;

use crate::{ftps_server, sftp_server};

/// Enough to read while the tests run.
const ROWS: u64 = 10_000;

/// The most that may be resident at once, in KiB.
const PEAK_KIB: u64 = 96 * 1024;

/// Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// The address that this machine would be reached at by others, if it has one. Nothing is sent: a connected socket knows.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("198.51.100.1:9").ok()?;
    Some(socket.local_addr().unwrap().ip())
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how many")]
fn rows() -> u64 {
    std::env::var("MILEPOST_ROWS").map_or(ROWS, |rows| rows.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says which program")]
fn program() -> PathBuf {
    match std::env::var_os("MILEPOST_BINARIES") {
        Some(folder) => Path::new(&folder).join("run-import"),
        None => env!("CARGO_BIN_EXE_run-import-under-test").into(),
    }
}

fn connection(id: &str, source: SourceAddress, secret: &Path) -> Connection {
    Connection {
        id: ConnectionId::parse(id).unwrap(),
        carrier_id: 0,
        carrier: CarrierCode::parse("usps").unwrap(),
        // An account for each: what one has stored is known to the next.
        scope: Scope::Account(AccountId::parse(id).unwrap()),
        source,
        // A whole file is known at once, without a second look.
        pickup: Pickup {
            marker: Some("{name}.done".to_owned()),
            ..Pickup::default()
        },
        layout: "generic".to_owned(),
        layout_text: None,
        secret: Some(SecretRef(format!("file:{}", secret.display()))),
        schedule: Schedule::Manual,
        notify_from: Timestamp::UNIX_EPOCH,
        next_due: None,
        live: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_source_takes_more_memory_than_a_small_function_has() {
    let Some(address) = own_address() else {
        println!("not shown: this machine has no address but loopback, which a function refuses");
        return;
    };
    let rows = rows();
    let stand_ins = StandIns::start().await;
    let carrier = tempfile::tempdir().unwrap();
    let file = CarrierFile::of_rows(rows, 7);
    for folder in [
        carrier.path().join("out"),
        stand_ins.cloud.bucket_folder(BUCKET).join("in"),
    ] {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("scans.csv"), &file.bytes).unwrap();
        std::fs::write(folder.join("scans.csv.done"), "").unwrap();
    }
    let secret = carrier.path().join("secret");
    let mut options = std::fs::OpenOptions::new();
    let mut written = options.write(true).create_new(true).mode(0o600).open(&secret).unwrap();
    std::io::Write::write_all(&mut written, b"hunter2").unwrap();
    let sftp = sftp_server::SftpServer::start_at(address, carrier.path(), "host_ed25519", Default::default()).await;
    let (ftps, certificate) = ftps_server::serve_at(address, carrier.path()).await;

    let host = address.to_string();
    let (sftp_port, ftps_port) = (sftp.address.port().to_string(), ftps.port().to_string());
    let (key, certificate) = (sftp_server::fingerprint("host_ed25519"), certificate.to_string());
    let of_server = |kind: &str, port: &str, named: &str, value: &str| {
        let user = if kind == "sftp" { "dpd" } else { "anonymous" };
        let settings = [
            ("host", host.as_str()),
            ("port", port),
            ("user", user),
            ("folder", "out"),
            (named, value),
        ];
        SourceAddress::new(kind, &settings)
    };
    for source in [
        SourceAddress::new("s3", &[("prefix", "in/")]),
        of_server("sftp", &sftp_port, "host_key", &key),
        of_server("ftps", &ftps_port, "certificate", &certificate),
    ] {
        let kind = source.kind.clone();
        let connection = connection(&kind, source, &secret);
        let store = stand_ins.access.store();
        store.put_connection(&connection).await.unwrap().unwrap();
        let mut variables = stand_ins.endpoints();
        let own = ["MILEPOST_TABLE", "MILEPOST_BUCKET", "MILEPOST_IMPORT_QUEUE"];
        variables.extend(own.map(|name| stand_ins.variable(name)));
        variables.push(("MILEPOST_PRIVATE_NETWORKS", format!("{address}/32")));
        let mut function = Function::start(&program(), &variables).await;
        let order = ImportOrder::Connection {
            connection: kind.clone(),
            slot: now(),
        };
        let body = order.to_body().unwrap();
        let message = json!({"Records": [{"messageId": kind, "receiptHandle": kind, "body": body}]}).to_string();
        let begun = Instant::now();
        let outcome = function.invoke(message, TIMEOUT).await;
        let seconds = begun.elapsed().as_secs_f64();
        let done = Outcome::Answer(json!({"batchItemFailures": []}));
        assert_eq!(outcome, done, "{kind}: {}", function.printed());
        let report = store.run(&connection.id, order.started()).await.unwrap().unwrap();
        assert_eq!(
            (&report.outcome, report.rows, report.known),
            (&RunOutcome::Finished, rows, None),
            "{kind}: {report:#?}"
        );
        let taken = function.taken();
        println!(
            "{kind}, {rows} rows: {} KiB at the most, {:.1} s of processor time, {seconds:.1} s",
            taken.peak_kib, taken.cpu_seconds
        );
        assert!(taken.peak_kib < PEAK_KIB, "{kind}: {} KiB", taken.peak_kib);
    }
}
