use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::optional;

/// Installs the subscriber: JSON lines to standard output, which Lambda carries to CloudWatch. `RUST_LOG` decides the
/// level by targets (`warn,run_import=debug`). Without it warnings are told, and errors: what an operator should look
/// at; what went well is in reports and deliveries. Safe to call twice.
pub fn install() {
    let asked = optional("RUST_LOG").ok().flatten();
    let warnings = || Targets::new().with_default(LevelFilter::WARN);
    // Not `EnvFilter`: selecting spans by their fields takes an engine of regular expressions into every function.
    let levels: Targets = asked.and_then(|levels| levels.parse().ok()).unwrap_or_else(warnings);
    // The span of an invocation, which brings its request id into each line, is one of information.
    let levels = levels.with_target("lambda_runtime::layers", LevelFilter::INFO);
    // Lambda stamps each line itself.
    let lines = tracing_subscriber::fmt::layer().json().without_time();
    // A subscriber that is already there stays.
    let _ = tracing_subscriber::registry().with(levels).with(lines).try_init();
}
