//! What importing a file costs: memory, processor time, writes (docs/benchmarks.md).
//!
//! The program of `run-import` runs in a process of its own, as Lambda runs it. Its bucket and its queue are the
//! stand-ins that the tests use; its table is one that answers at once.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool for developers, which stops at whatever goes wrong"
)]

mod beside;
mod null_table;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Parser;
use milepost_import::{FileOrder, ImportOrder};
use milepost_local::hub::{BUCKET, TABLE};
use null_table::{Given, NullTable};
use serde_json::json;
use support::carrier_file::CarrierFile;
use support::function::{Function, Taken};
use support::runtime_api::Outcome;
use support::stand_ins::StandIns;

/// Lambda's longest.
const TIMEOUT: Duration = Duration::from_secs(900);

/// Measures imports by the program of run-import.
#[derive(Parser)]
struct Options {
    /// The program
    #[arg(long, default_value = "target/release/run-import")]
    program: PathBuf,
    /// Imports made files of so many rows each
    #[arg(long, value_delimiter = ',', default_value = "200000,1000000")]
    rows: Vec<u64>,
    /// Imports this file instead, by the layout `generic`
    #[arg(long)]
    file: Option<PathBuf>,
    /// MiB that the function believes to have
    #[arg(long, value_delimiter = ',', default_value = "128")]
    memory: Vec<u32>,
    /// The table throttles, fails and hands items back
    #[arg(long)]
    faults: bool,
    /// MiB that the program may have resident at the most: more is a failure
    #[arg(long)]
    at_most: Option<u64>,
    /// How often, each time in a new process
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// Runs this command of the shell in turn with the program, on the same file, bucket and table
    #[arg(long, long_help = BESIDE_HELP)]
    beside: Option<String>,
}

const BESIDE_HELP: &str = "Runs this command of the shell in turn with the program, on the same file, bucket and table: \
    they are BUCKET and KEY and TABLE in its environment, beside the endpoints and credentials that AWS's SDKs look for";

/// The key of what is imported. Other importers go by the ending.
const KEY: &str = "measured.csv.gz";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let options = Options::parse();
    let (stand_ins, table) = (StandIns::start().await, NullTable::start(options.faults).await);
    let files = match &options.file {
        Some(path) => vec![(path.display().to_string(), std::fs::read(path).unwrap())],
        None => options.rows.iter().map(|rows| made(*rows)).collect(),
    };
    println!("file                   MiB given  peak MiB  CPU s  seconds    items   units  calls");
    for _ in 0..options.rounds {
        for (name, bytes) in &files {
            std::fs::write(stand_ins.cloud.bucket_folder(BUCKET).join(KEY), bytes).unwrap();
            for memory in &options.memory {
                let peak_kib = measure(&options.program, name, *memory, &stand_ins, &table).await;
                let peak = peak_kib.div_ceil(1024);
                assert!(
                    options.at_most.is_none_or(|most| peak <= most),
                    "{peak} MiB are too many"
                );
            }
            if let Some(command) = &options.beside {
                measure_beside(command, name, &stand_ins, &table).await;
            }
        }
    }
}

fn made(rows: u64) -> (String, Vec<u8>) {
    (format!("{rows} rows, gzip"), CarrierFile::of_rows(rows, 7).gzipped())
}

/// Prints what an import took; answers its peak of resident memory, in KiB.
async fn measure(program: &Path, name: &str, memory: u32, stand_ins: &StandIns, table: &NullTable) -> u64 {
    let mut variables = stand_ins.endpoints();
    let own = ["MILEPOST_TABLE", "MILEPOST_BUCKET", "MILEPOST_IMPORT_QUEUE"];
    variables.extend(own.map(|name| stand_ins.variable(name)));
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()));
    variables.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string()));
    let mut function = Function::start(program, &variables).await;
    function.initialised().await;

    let before = function.taken();
    let begun = Instant::now();
    let outcome = function.invoke(event(name), TIMEOUT).await;
    let seconds = begun.elapsed().as_secs_f64();
    let after = function.taken();
    let given = table.given();
    assert_eq!(outcome, Outcome::Answer(json!({"batchItemFailures": []})));
    assert!(given.items > 0, "nothing was imported: {}", function.printed());
    let taken = Taken {
        cpu_seconds: after.cpu_seconds - before.cpu_seconds,
        ..after
    };
    print(name, &memory.to_string(), taken, seconds, given);
    taken.peak_kib
}

async fn measure_beside(command: &str, name: &str, stand_ins: &StandIns, table: &NullTable) {
    let mut variables = stand_ins.endpoints();
    variables.push(("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()));
    variables.push(("AWS_REGION", "eu-west-1".to_owned()));
    let own = [("BUCKET", BUCKET), ("KEY", KEY), ("TABLE", TABLE)];
    variables.extend(own.map(|(name, value)| (name, value.to_owned())));
    let begun = Instant::now();
    let taken = beside::run(command, &variables).await;
    print(name, "beside", taken, begun.elapsed().as_secs_f64(), table.given());
}

fn print(name: &str, memory: &str, taken: Taken, seconds: f64, given: Given) {
    let Given { calls, items, units } = given;
    let (peak, cpu) = (taken.peak_kib / 1024, taken.cpu_seconds);
    println!("{name:22} {memory:>9}  {peak:8}  {cpu:5.2}  {seconds:7.2}  {items:7}  {units:6}  {calls:5}");
}

/// The message of an import by hand.
fn event(name: &str) -> String {
    let order = ImportOrder::File(FileOrder {
        given: milepost_runtime::now(),
        key: KEY.to_owned(),
        name: name.to_owned(),
        size: 1,
        content: "measured".to_owned(),
        layout: "generic".to_owned(),
        layout_text: None,
        carrier: "usps".to_owned(),
        scope: "default".to_owned(),
        quiet: false,
    });
    let message = json!({
        "messageId": "measured",
        "receiptHandle": "measured",
        "eventSource": "aws:sqs",
        "body": order.to_body().unwrap(),
    });
    json!({"Records": [message]}).to_string()
}
