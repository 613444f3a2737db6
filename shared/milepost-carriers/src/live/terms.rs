use std::borrow::Cow;
use std::time::Duration;

use crate::registry::Standing;

/// What holds for all calls to a carrier's API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The code of the carrier whose API it is: `usps`.
    pub carrier: Cow<'static, str>,
    /// Scheme and host of the API.
    pub base_url: Cow<'static, str>,
    /// The same of the carrier's sandbox, whose parcels are invented.
    pub sandbox_url: Option<Cow<'static, str>>,
    /// Most numbers in one call, 1 or more.
    pub batch: usize,
    /// What one set of credentials may ask unless the carrier grants more; a connection can say so.
    pub quota: Quota,
    /// Least pause between two calls with one set of credentials.
    pub pause: Duration,
    /// How sure it is that this reads what the carrier sends.
    pub standing: Standing,
    /// What it was written from.
    pub source: Cow<'static, str>,
}

/// So many requests in so much time. Token calls count too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many, 1 or more.
    pub requests: u32,
    /// In how long.
    pub period: Duration,
}
