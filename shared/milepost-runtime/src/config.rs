//! The environment of each function, read once. Every variable is in template.yaml, and the other way round.

use std::str::FromStr;

use milepost_model::{Retention, SecretRef};
use milepost_net::AddressPolicy;
use milepost_net::guard::IpNet;

use crate::RuntimeError;

/// What ShipEngine allows by default.
const REQUESTS_PER_MINUTE: u32 = 200;

/// `lookup-tracking`.
#[derive(Debug, Clone)]
pub struct LookupConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_REQUESTS_PER_MINUTE`: of one key; 0 sets no limit, and 200 is ShipEngine's.
    pub requests_per_minute: u32,
    /// `MILEPOST_SEAL_KEY`: reference to the key under which carriers' tokens are sealed.
    pub seal_key: SecretRef,
    /// `MILEPOST_RETENTION_DAYS`: 1 to 3,650; 180 unless set.
    pub retention: Retention,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that connections may lead to.
    pub addresses: AddressPolicy,
}

impl LookupConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            requests_per_minute: parsed("MILEPOST_REQUESTS_PER_MINUTE")?.unwrap_or(REQUESTS_PER_MINUTE),
            seal_key: SecretRef(required("MILEPOST_SEAL_KEY")?),
            retention: retention(optional("MILEPOST_RETENTION_DAYS")?)?,
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
        })
    }
}

/// `refresh-tracking`.
#[derive(Debug, Clone)]
pub struct RefreshConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_SEAL_KEY`: reference to the key under which carriers' tokens are sealed.
    pub seal_key: SecretRef,
    /// `MILEPOST_RETENTION_DAYS`: 1 to 3,650; 180 unless set.
    pub retention: Retention,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that connections may lead to.
    pub addresses: AddressPolicy,
    /// `AWS_LAMBDA_FUNCTION_NAME`, set by Lambda: under which its metrics stand.
    pub function: String,
}

impl RefreshConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            seal_key: SecretRef(required("MILEPOST_SEAL_KEY")?),
            retention: retention(optional("MILEPOST_RETENTION_DAYS")?)?,
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
            function: optional("AWS_LAMBDA_FUNCTION_NAME")?.unwrap_or_else(|| "refresh-tracking".to_owned()),
        })
    }
}

/// `start-tracking`.
#[derive(Debug, Clone)]
pub struct FollowConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_NOTIFY_QUEUE`: URL of the notifier's retry queue.
    pub notify_queue: String,
    /// `MILEPOST_REQUESTS_PER_MINUTE`: of one key; 0 sets no limit, and 200 is ShipEngine's.
    pub requests_per_minute: u32,
    /// `MILEPOST_SEAL_KEY`: reference to the key under which carriers' tokens are sealed.
    pub seal_key: SecretRef,
    /// `MILEPOST_RETENTION_DAYS`: 1 to 3,650; 180 unless set.
    pub retention: Retention,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that connections may lead to.
    pub addresses: AddressPolicy,
}

impl FollowConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            notify_queue: required("MILEPOST_NOTIFY_QUEUE")?,
            requests_per_minute: parsed("MILEPOST_REQUESTS_PER_MINUTE")?.unwrap_or(REQUESTS_PER_MINUTE),
            seal_key: SecretRef(required("MILEPOST_SEAL_KEY")?),
            retention: retention(optional("MILEPOST_RETENTION_DAYS")?)?,
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
        })
    }
}

/// `manage-hub`.
#[derive(Debug, Clone)]
pub struct ManageConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_BUCKET`: the hub's own bucket, where rejects are.
    pub bucket: String,
    /// `MILEPOST_WEBHOOK_QUEUE`: URL of the queue of `deliver-webhook`, for what is sent again.
    pub webhook_queue: String,
    /// `MILEPOST_SEAL_KEY`: reference to the key under which endpoints' secrets are sealed.
    pub seal_key: SecretRef,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that webhooks may lead to.
    pub addresses: AddressPolicy,
    /// `MILEPOST_SIGNING_KEY`: reference to the RSA key whose public half `/jwks` shows; none unless set.
    pub signing_key: Option<SecretRef>,
    /// `MILEPOST_REQUESTS_PER_MINUTE`: of one key; 0 sets no limit, and 200 is ShipEngine's.
    pub requests_per_minute: u32,
}

impl ManageConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            bucket: required("MILEPOST_BUCKET")?,
            webhook_queue: required("MILEPOST_WEBHOOK_QUEUE")?,
            seal_key: SecretRef(required("MILEPOST_SEAL_KEY")?),
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
            signing_key: optional("MILEPOST_SIGNING_KEY")?.map(SecretRef),
            requests_per_minute: parsed("MILEPOST_REQUESTS_PER_MINUTE")?.unwrap_or(REQUESTS_PER_MINUTE),
        })
    }
}

/// `schedule-imports`.
#[derive(Debug, Clone)]
pub struct ScheduleConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_IMPORT_QUEUE`: URL of the queue of `run-import`.
    pub import_queue: String,
}

impl ScheduleConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            import_queue: required("MILEPOST_IMPORT_QUEUE")?,
        })
    }
}

/// `run-import`.
#[derive(Debug, Clone)]
pub struct ImportConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_BUCKET`: the hub's own bucket.
    pub bucket: String,
    /// `MILEPOST_IMPORT_QUEUE`: URL of its own queue, for continuations.
    pub import_queue: String,
    /// `MILEPOST_RETENTION_DAYS`: 1 to 3,650; 180 unless set.
    pub retention: Retention,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that connections may lead to.
    pub addresses: AddressPolicy,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, set by Lambda: mebibytes, from which the window takes its share.
    pub memory_mib: u32,
}

impl ImportConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            bucket: required("MILEPOST_BUCKET")?,
            import_queue: required("MILEPOST_IMPORT_QUEUE")?,
            retention: retention(optional("MILEPOST_RETENTION_DAYS")?)?,
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
            memory_mib: parsed("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")?.unwrap_or(128),
        })
    }
}

/// `notify-changes`.
#[derive(Debug, Clone)]
pub struct NotifyConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_WEBHOOK_QUEUE`: URL of the queue of `deliver-webhook`.
    pub webhook_queue: String,
    /// `MILEPOST_NOTIFY_QUEUE`: URL of its own retry queue.
    pub notify_queue: String,
    /// `MILEPOST_PUBLIC_URL`: where callers reach the API, written into webhooks as `resource_url`.
    pub public_url: String,
}

impl NotifyConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            webhook_queue: required("MILEPOST_WEBHOOK_QUEUE")?,
            notify_queue: required("MILEPOST_NOTIFY_QUEUE")?,
            public_url: required("MILEPOST_PUBLIC_URL")?,
        })
    }
}

/// `deliver-webhook`.
#[derive(Debug, Clone)]
pub struct DeliverConfig {
    /// `MILEPOST_TABLE`: the table's name.
    pub table: String,
    /// `MILEPOST_WEBHOOK_QUEUE`: URL of its own queue, for the attempts that are soon due.
    pub webhook_queue: String,
    /// `MILEPOST_SEAL_KEY`: reference to the key under which endpoints' secrets are sealed.
    pub seal_key: SecretRef,
    /// `MILEPOST_PRIVATE_NETWORKS`: the ranges of private addresses that webhooks may lead to.
    pub addresses: AddressPolicy,
    /// `MILEPOST_SIGNING_KEY`: reference to the RSA key of ShipEngine's signatures, which are left out without it.
    pub signing_key: Option<SecretRef>,
}

impl DeliverConfig {
    /// Reads it.
    ///
    /// # Errors
    /// [`RuntimeError::Variable`] names the variable.
    pub fn from_env() -> Result<Self, RuntimeError> {
        Ok(Self {
            table: required("MILEPOST_TABLE")?,
            webhook_queue: required("MILEPOST_WEBHOOK_QUEUE")?,
            seal_key: SecretRef(required("MILEPOST_SEAL_KEY")?),
            addresses: addresses("MILEPOST_PRIVATE_NETWORKS")?,
            signing_key: optional("MILEPOST_SIGNING_KEY")?.map(SecretRef),
        })
    }
}

/// What [`private_networks`] makes of a variable.
fn addresses(name: &'static str) -> Result<AddressPolicy, RuntimeError> {
    let written = optional(name)?.unwrap_or_default();
    private_networks(&written).ok_or_else(|| bad(name, "is not a list of ranges such as 10.20.0.0/16"))
}

/// Ranges such as `10.20.0.0/16`, with commas between, that may be reached beside public addresses. An operator whose
/// carriers or receivers are in the same network writes them; nobody else does. `None`: one of them is no range.
pub fn private_networks(written: &str) -> Option<AddressPolicy> {
    let ranges = written.split(',').map(str::trim).filter(|range| !range.is_empty());
    let ranges: Result<Vec<IpNet>, _> = ranges.map(str::parse).collect();
    Some(AddressPolicy {
        extra_ranges: ranges.ok()?,
        ..AddressPolicy::default()
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub(crate) fn optional(name: &'static str) -> Result<Option<String>, RuntimeError> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(bad(name, "is not UTF-8")),
    }
}

/// Of the text of `MILEPOST_RETENTION_DAYS`.
fn retention(days: Option<String>) -> Result<Retention, RuntimeError> {
    let wrong = || bad("MILEPOST_RETENTION_DAYS", "must be 1 to 3650 days");
    let Some(days) = days else {
        return Ok(Retention::default());
    };
    let days = days.parse().ok().filter(|days| (1..=3650).contains(days));
    days.map(|days| Retention { days }).ok_or_else(wrong)
}

fn required(name: &'static str) -> Result<String, RuntimeError> {
    optional(name)?.ok_or_else(|| bad(name, "is not set"))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(name: &'static str) -> Result<Option<T>, RuntimeError> {
    let parse = |text: String| text.parse().map_err(|error: T::Err| bad(name, &error.to_string()));
    optional(name)?.map(parse).transpose()
}

fn bad(name: &'static str, problem: &str) -> RuntimeError {
    RuntimeError::Variable {
        name,
        problem: problem.to_owned(),
    }
}
