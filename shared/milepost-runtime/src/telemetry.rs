use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What an operator should look at. What went well is in reports and deliveries.
const LEVELS: &str = "warn";

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
