use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Information from the hub itself, warnings from everything else.
const LEVELS: &str = "warn,milepost=info,run_import=info,notify_changes=info,deliver_webhook=info";

/// Installs the subscriber: JSON lines to standard output, which Lambda carries to CloudWatch. `RUST_LOG` decides the
/// level; the SDK's own lines stay out unless asked for. Safe to call twice.
pub fn install() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS));
    let lines = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .without_time();
    // Lambda stamps each line itself. A subscriber that is already there stays.
    let _ = lines.try_init();
}
