//! The one place that writes to the terminal.

use std::error::Error;

use tracing_subscriber::EnvFilter;

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

/// Warnings of the hub go to standard error, so that answers on standard output stay clean.
pub fn install_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("off,milepost=warn,run_import=warn,notify_changes=warn,deliver_webhook=warn")
    });
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .try_init();
}
