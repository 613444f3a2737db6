//! The one place that writes to the terminal.

use std::error::Error;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Prints a line of a command's answer.
#[expect(clippy::print_stdout, reason = "this is a command line")]
pub fn say(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}

/// Prints an error with its causes, each once.
#[expect(clippy::print_stderr, reason = "this is a command line")]
pub fn complain(error: &(dyn Error + 'static)) {
    let mut told = error.to_string();
    eprintln!("error: {told}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.contains(&text) {
            eprintln!("  because: {text}");
        }
        told.push_str(&text);
        cause = error.source();
    }
}

/// The hub's own code; the embedded servers have much to say that is nobody's business.
const HUB: [&str; 4] = ["milepost", "run_import", "notify_changes", "deliver_webhook"];

/// Warnings of the hub go to standard error, so that answers on standard output stay clean. `RUST_LOG` decides otherwise.
#[expect(clippy::disallowed_methods, reason = "who runs the command says what it logs")]
pub fn install_log() {
    let asked = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse().ok());
    let usual = || Targets::new().with_targets(HUB.map(|target| (target, LevelFilter::WARN)));
    let levels: Targets = asked.unwrap_or_else(usual);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .without_time();
    let _ = tracing_subscriber::registry().with(levels).with(lines).try_init();
}
