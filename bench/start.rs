//! What starting a function costs, beside one that does nothing (docs/benchmarks.md).
//!
//! Each program is started as Lambda starts it, in turn with the others, and stopped when it asks for its first event.
//! By then it has read its variables and made its clients; nothing was called.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a tool for developers, which stops at whatever goes wrong"
)]

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::Parser;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use support::function::Taken;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// Where cargo puts it: an example of the package that has nothing but what it needs.
const BARE: &str = "examples/bare-function";

const FUNCTIONS: [&str; 8] = [
    "lookup-tracking",
    "manage-hub",
    "start-tracking",
    "refresh-tracking",
    "schedule-imports",
    "run-import",
    "notify-changes",
    "deliver-webhook",
];

/// What Lambda and the template say to a function. Nobody listens at the addresses.
const VARIABLES: [(&str, &str); 14] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "measured"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "example"),
    ("MILEPOST_TABLE", "hub"),
    ("MILEPOST_BUCKET", "hub"),
    ("MILEPOST_IMPORT_QUEUE", "http://127.0.0.1:9/import"),
    ("MILEPOST_NOTIFY_QUEUE", "http://127.0.0.1:9/notify"),
    ("MILEPOST_WEBHOOK_QUEUE", "http://127.0.0.1:9/webhook"),
    ("MILEPOST_PUBLIC_URL", "https://hub.example"),
];

/// 32 bytes in base64.
const SEAL_KEY: &[u8] = b"TWFya2VyLU1hcmtlci1NYXJrZXItTWFya2VyLTEyMzQ=";

/// Lambda gives ten seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures the starts of the functions' programs.
#[derive(Parser)]
struct Options {
    /// The folder of the programs
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// The programs, by their paths in the folder; the first is what the others are compared with
    #[arg(long, value_delimiter = ',')]
    programs: Option<Vec<String>>,
    /// How often each is started
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// The certificates that TLS trusts. Lambda's image has them in one file; Debian's folder of links costs twice that
    #[arg(long, default_value = "/etc/ssl/certs/ca-certificates.crt")]
    certificates: PathBuf,
}

/// From its being spawned to its asking for the first event.
struct Start {
    milliseconds: f64,
    cpu_milliseconds: f64,
    peak_kib: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = Options::parse();
    let folder = TempDir::new().unwrap();
    let mut variables = VARIABLES.map(|(name, value)| (name, value.to_owned())).to_vec();
    variables.push(("MILEPOST_SEAL_KEY", seal_key(folder.path())));
    variables.push(("SSL_CERT_FILE", options.certificates.display().to_string()));

    let names = options.programs.unwrap_or_else(|| {
        let all = std::iter::once(BARE).chain(FUNCTIONS);
        all.map(str::to_owned).collect()
    });
    let programs: Vec<PathBuf> = names.iter().map(|name| options.binaries.join(name)).collect();
    let mut starts: Vec<Vec<Start>> = programs.iter().map(|_| Vec::new()).collect();
    // The first round brings the programs into the page cache, and does not count.
    for round in 0..=options.rounds {
        for (program, starts) in programs.iter().zip(&mut starts) {
            let start = start(program, &variables).await;
            if round > 0 {
                starts.push(start);
            }
        }
    }
    print(&names, &programs, &starts);
}

/// A reference to a key that only its owner may read.
fn seal_key(folder: &Path) -> String {
    let path = folder.join("seal.key");
    let file = fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&path);
    file.unwrap().write_all(SEAL_KEY).unwrap();
    format!("file:{}", path.display())
}

async fn start(program: &Path, variables: &[(&str, String)]) -> Start {
    // Not the tests' Runtime API: its HTTP server, unoptimised, would take part in what is measured.
    let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    let begun = Instant::now();
    let spawned = command.spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let connection = tokio::select! {
        stream = first_poll(&api) => stream,
        status = child.wait() => panic!("{} ended: {status:?}", program.display()),
        () = tokio::time::sleep(PATIENCE) => panic!("{} asks for nothing", program.display()),
    };
    let taken = begun.elapsed();
    let process = child.id().unwrap();
    let start = Start {
        milliseconds: taken.as_secs_f64() * 1e3,
        cpu_milliseconds: cpu_milliseconds(process),
        peak_kib: Taken::by(process).unwrap().peak_kib,
    };
    child.kill().await.unwrap();
    drop(connection);
    start
}

async fn first_poll(api: &TcpListener) -> TcpStream {
    let (mut stream, _) = api.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        assert!(stream.read_buf(&mut head).await.unwrap() > 0, "closed its connection");
    }
    let asked = b"GET /2018-06-01/runtime/invocation/next ";
    assert!(head.starts_with(asked), "{}", String::from_utf8_lossy(&head));
    stream
}

/// Processor time of its threads, in the scheduler's own figures: `/proc/PID/stat` counts hundredths of a second.
fn cpu_milliseconds(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanoseconds = threads.map(|thread| {
        let figures = fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
        figures.split(' ').next().unwrap().parse::<f64>().unwrap()
    });
    nanoseconds.sum::<f64>() / 1e6
}

/// The ratios are those of the least figures: medians of a busy machine measure its other work.
fn print(names: &[String], programs: &[PathBuf], starts: &[Vec<Start>]) {
    println!(
        "program                ready ms    min    max  ratio  CPU ms    min  ratio  peak MiB  size MB  zipped MB"
    );
    let mut bare = None;
    for ((name, program), starts) in names.iter().zip(programs).zip(starts) {
        let ready = Spread::of(starts.iter().map(|start| start.milliseconds));
        let cpu = Spread::of(starts.iter().map(|start| start.cpu_milliseconds));
        let peak = starts.iter().map(|start| start.peak_kib).max().unwrap();
        let (bare_ready, bare_cpu) = *bare.get_or_insert((ready.min, cpu.min));
        let bytes = fs::read(program).unwrap();
        println!(
            "{name:22} {:8.1} {:6.1} {:6.1} {:6.2} {:7.1} {:6.1} {:6.2} {:9.1} {:8.1} {:10.1}",
            ready.median,
            ready.min,
            ready.max,
            ready.min / bare_ready,
            cpu.median,
            cpu.min,
            cpu.min / bare_cpu,
            mebi(peak),
            mega(bytes.len()),
            mega(zipped(&bytes)),
        );
    }
}

struct Spread {
    median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        Self {
            median: *figures.get(figures.len() / 2).unwrap(),
            min: *figures.first().unwrap(),
            max: *figures.last().unwrap(),
        }
    }
}

/// Bytes of the file in an archive: deflate at its highest level, as `zip -9`. The archive adds some 130 bytes.
fn zipped(bytes: &[u8]) -> usize {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len()
}

fn mebi(kibibytes: u64) -> f64 {
    f64::from(u32::try_from(kibibytes).unwrap()) / 1024.0
}

fn mega(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap()) / 1e6
}
