use jiff::Timestamp;

/// The time. Everything below this crate gets it as a parameter.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
