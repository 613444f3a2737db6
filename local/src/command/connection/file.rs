//! The connection file: TOML, one connection.

use std::path::Path;

use jiff::Timestamp;
use milepost_carriers::resolve;
use milepost_import::layout;
use milepost_model::{AccountId, CarrierCode, Connection, ConnectionId, Schedule, Scope, SecretRef, SourceAddress};
use serde::Deserialize;

use super::live::Live;
use crate::command::Failure;
use crate::command::import::named_layout;
use crate::hub::Access;

/// A connection file is a page of text.
const MAX_BYTES: u64 = 64 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConnectionFile {
    /// The connection's name.
    name: String,
    /// Whose files they are.
    carrier: String,
    /// Who sees what they bring; `default` unless `shared`.
    account: Option<String>,
    /// Everybody sees it.
    #[serde(default)]
    shared: bool,
    /// A bundled layout's name, or the path of one, beside the connection file.
    #[serde(default = "generic")]
    layout: String,
    /// Look for files every so many minutes; left out, it runs when asked.
    every_minutes: Option<u16>,
    /// Tell followers of what happened from this instant on; the time of adding unless given.
    notify_from: Option<String>,
    /// Where the password is: `file:/path` or `ssm:/name`.
    secret: Option<String>,
    /// May be left out where there is `live`: then files are those of the connection's folder in the hub's bucket.
    source: Option<Source>,
    /// How its carrier is asked about one parcel.
    live: Option<Live>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Source {
    S3 {
        /// Left out: the hub's own bucket.
        #[serde(default)]
        bucket: String,
        #[serde(default)]
        prefix: String,
        #[serde(default = "any")]
        pattern: String,
    },
    Ftp {
        host: String,
        #[serde(default = "ftp_port")]
        port: u16,
        user: String,
        #[serde(default)]
        folder: String,
        #[serde(default = "any")]
        pattern: String,
    },
}

fn generic() -> String {
    "generic".to_owned()
}

fn any() -> String {
    "*".to_owned()
}

fn ftp_port() -> u16 {
    21
}

/// Reads a connection file.
pub(super) async fn read(path: &Path, now: Timestamp, access: &Access) -> Result<Connection, Failure> {
    let about = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let length = tokio::fs::metadata(path).await.map_err(|error| about(&error))?.len();
    if length > MAX_BYTES {
        return Err(about(&format!("a connection file has at most {MAX_BYTES} bytes")).into());
    }
    let text = tokio::fs::read_to_string(path).await.map_err(|error| about(&error))?;
    let file: ConnectionFile = toml::from_str(&text).map_err(|error| about(&error))?;
    let (name, layout_text) = named_layout(&file.layout).await?;
    layout(&name, layout_text.as_deref()).map_err(|error| about(&error))?;
    let scope = match (file.shared, file.account) {
        (true, None) => Scope::Shared,
        (true, Some(_)) => return Err(about(&"a connection is shared or of an account, not both").into()),
        (false, account) => Scope::Account(AccountId::parse(account.as_deref().unwrap_or("default"))?),
    };
    let notify_from = match file.notify_from {
        Some(text) => text.parse().map_err(|error| about(&format!("notify_from: {error}")))?,
        None => now,
    };
    if file
        .every_minutes
        .is_some_and(|minutes| !(1..=10_080).contains(&minutes))
    {
        return Err(about(&"every_minutes is 1 to 10080, a week").into());
    }
    let schedule = file.every_minutes.map_or(Schedule::Manual, |minutes| Schedule::Every {
        minutes: minutes.max(1),
    });
    let id = ConnectionId::parse(&file.name)?;
    if id == ConnectionId::by_hand() {
        return Err(about(&"the name by-hand is taken by files given by hand").into());
    }
    let source = match (file.source, &file.live) {
        (Some(source), _) => source,
        (None, Some(_)) => Source::S3 {
            bucket: String::new(),
            prefix: format!("{id}/"),
            pattern: any(),
        },
        (None, None) => return Err(about(&"it has neither source nor live").into()),
    };
    let carrier = resolve(&file.carrier).map_or_else(|| CarrierCode::parse(&file.carrier), Ok)?;
    let live = match file.live {
        Some(live) => Some(live.access(&carrier, path, access).await?),
        None => None,
    };
    if let Source::Ftp { host, .. } = &source {
        access.addresses().check_host(host).map_err(|error| about(&error))?;
    }
    let secret = file.secret.map(SecretRef);
    if let Some(secret) = &secret {
        access
            .check_secret(secret)
            .map_err(|error| about(&format!("secret: {error}")))?;
    }
    Ok(Connection {
        id,
        carrier_id: 0,
        carrier,
        scope,
        source: match source {
            // In the hub's own bucket each connection has a folder of its own; in/by-hand/ is for files given by hand.
            Source::S3 {
                bucket,
                prefix,
                pattern,
            } if bucket.is_empty() && !prefix.starts_with("in/") => SourceAddress::S3 {
                bucket,
                prefix: format!("in/{prefix}"),
                pattern,
            },
            Source::S3 {
                bucket,
                prefix,
                pattern,
            } => SourceAddress::S3 {
                bucket,
                prefix,
                pattern,
            },
            Source::Ftp {
                host,
                port,
                user,
                folder,
                pattern,
            } => SourceAddress::Ftp {
                host,
                port,
                user,
                folder,
                pattern,
            },
        },
        layout: name,
        layout_text,
        secret,
        schedule,
        notify_from,
        next_due: match schedule {
            Schedule::Manual => None,
            Schedule::Every { .. } => Some(now),
        },
        live,
    })
}
