//! The connection file: TOML, one connection (docs/connections.md).

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use milepost_carriers::resolve;
use milepost_import::layout;
use milepost_model::{
    AccountId, Afterwards, CarrierCode, Connection, ConnectionId, Cron, FileOrdering, Pickup, Schedule, Scope,
    SecretRef, SourceAddress,
};
use serde::Deserialize;

use super::live::Live;
use crate::command::Failure;
use crate::command::import::named_layout;
use crate::hub::Access;

/// A connection file is a page of text.
const MAX_BYTES: u64 = 64 * 1024;

/// The settings of a source are few; more than these are a mistake.
const MAX_SETTINGS: usize = 20;

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
    /// A bundled layout's name, or the path of one, beside the connection file. Left out: `connect-items` for what a
    /// function tells, `generic` else.
    layout: Option<String>,
    /// Look for files every so many minutes; without this and `cron` it runs when asked.
    every_minutes: Option<u16>,
    /// Look for files at these minutes of a clock.
    cron: Option<String>,
    /// Whose clock; UTC unless given.
    zone: Option<String>,
    /// Tell followers of what happened from this instant on; the time of adding unless given.
    notify_from: Option<String>,
    /// Where the password, the private key or the token is: `file:/path` or `ssm:/name`.
    secret: Option<String>,
    /// May be left out where there is `live`: then files are those of the connection's folder in the hub's bucket.
    source: Option<Source>,
    #[serde(default)]
    files: Files,
    #[serde(default)]
    limits: Limits,
    /// How the carrier is asked about one parcel.
    live: Option<Live>,
}

#[derive(Deserialize)]
struct Source {
    kind: String,
    #[serde(flatten)]
    settings: BTreeMap<String, Setting>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Setting {
    Text(String),
    Number(u32),
    Texts(Vec<String>),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    #[serde(default)]
    order: Order,
    /// `{name}.done`: the file that says that another is whole.
    marker: Option<String>,
    #[serde(default)]
    afterwards: After,
    /// Where files are moved.
    archive: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Name,
    Time,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum After {
    #[default]
    Leave,
    Delete,
    Move,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    /// Files that one run imports.
    files: Option<u32>,
    /// Percent of a file's rows that may be rejected before it is given up.
    rejects_percent: Option<u8>,
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
    let of_function = file.source.as_ref().is_some_and(|source| source.kind == "lambda");
    let usual = if of_function { "connect-items" } else { "generic" };
    let (name, layout_text) = named_layout(file.layout.as_deref().unwrap_or(usual)).await?;
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
    let schedule = schedule(file.every_minutes, file.cron.as_deref(), file.zone.as_deref());
    let schedule = schedule.map_err(|error| about(&error))?;
    let id = ConnectionId::parse(&file.name)?;
    if id == ConnectionId::by_hand() {
        return Err(about(&"the name by-hand is taken by files given by hand").into());
    }
    let source = match (file.source, &file.live) {
        (Some(source), _) => address(source).map_err(|error| about(&error))?,
        (None, Some(_)) => SourceAddress::new("s3", &[("prefix", &format!("in/{id}/"))]),
        (None, None) => return Err(about(&"it has neither source nor live").into()),
    };
    if of_function {
        fits_function(&file.files, &file.limits).map_err(|error| about(&error))?;
    }
    let importer = access.importer();
    importer.check(&source).await.map_err(|error| about(&error))?;
    let secret = file.secret.map(SecretRef);
    if let Some(secret) = &secret {
        access
            .check_secret(secret)
            .map_err(|error| about(&format!("secret: {error}")))?;
    }
    let mut pickup = pickup(file.files, &file.limits).map_err(|error| about(&error))?;
    if let Afterwards::MoveTo(folder) = &mut pickup.afterwards
        && is_own_bucket(&source)
    {
        *folder = below_in(folder);
    }
    if let (Afterwards::MoveTo(folder), "s3") = (&pickup.afterwards, source.kind.as_str())
        && folder.starts_with(source.setting("prefix").unwrap_or_default())
    {
        return Err(about(&"the archive must lie outside the prefix, or what is moved there is found again").into());
    }
    let carrier = resolve(&file.carrier).map_or_else(|| CarrierCode::parse(&file.carrier), Ok)?;
    let live = match file.live {
        Some(live) => Some(live.access(&carrier, path, access).await?),
        None => None,
    };
    Ok(Connection {
        id,
        carrier_id: 0,
        carrier,
        scope,
        source,
        pickup,
        layout: name,
        layout_text,
        secret,
        next_due: schedule.first(now),
        schedule,
        notify_from,
        live,
    })
}

fn schedule(every_minutes: Option<u16>, cron: Option<&str>, zone: Option<&str>) -> Result<Schedule, String> {
    match (every_minutes, cron) {
        (Some(_), Some(_)) => Err("a schedule is every_minutes or cron, not both".to_owned()),
        (_, None) if zone.is_some() => Err("zone belongs to cron".to_owned()),
        (None, None) => Ok(Schedule::Manual),
        (Some(minutes @ 1..=10_080), None) => Ok(Schedule::Every { minutes }),
        (Some(_), None) => Err("every_minutes is 1 to 10080, a week".to_owned()),
        (None, Some(cron)) => {
            let cron = Cron::parse(cron, zone.unwrap_or("UTC"));
            cron.map(Schedule::Cron).map_err(|error| error.to_string())
        }
    }
}

fn address(source: Source) -> Result<SourceAddress, String> {
    if source.settings.len() > MAX_SETTINGS {
        return Err(format!("a source has at most {MAX_SETTINGS} settings"));
    }
    let texts = source.settings.into_iter().map(|(name, setting)| {
        let text = match setting {
            Setting::Text(text) => text,
            Setting::Number(number) => number.to_string(),
            Setting::Texts(texts) => texts.join(" "),
        };
        (name, text)
    });
    let mut address = SourceAddress {
        kind: source.kind,
        settings: texts.collect(),
    };
    // In the hub's own bucket each connection has a folder of its own; in/by-hand/ is for files given by hand.
    if is_own_bucket(&address) {
        let prefix = below_in(address.setting("prefix").unwrap_or_default());
        address.settings.insert("prefix".to_owned(), prefix);
    }
    Ok(address)
}

fn is_own_bucket(address: &SourceAddress) -> bool {
    address.kind == "s3" && address.setting("bucket").is_none_or(str::is_empty)
}

/// Of the hub's own bucket, files are read and put away below `in/` alone: the functions may do so nowhere else.
fn below_in(key: &str) -> String {
    if key.starts_with("in/") {
        key.to_owned()
    } else {
        format!("in/{key}")
    }
}

fn pickup(files: Files, limits: &Limits) -> Result<Pickup, &'static str> {
    let afterwards = match (files.afterwards, files.archive) {
        (After::Move, Some(folder)) if !folder.is_empty() => Afterwards::MoveTo(folder),
        (After::Move, _) => return Err("afterwards = \"move\" needs the folder archive"),
        (_, Some(_)) => return Err("archive belongs to afterwards = \"move\""),
        (After::Leave, None) => Afterwards::Leave,
        (After::Delete, None) => Afterwards::Delete,
    };
    let marker = files.marker;
    if marker
        .as_ref()
        .is_some_and(|marker| marker == "{name}" || !(marker.contains("{name}") || marker.contains("{stem}")))
    {
        return Err("a marker is a name such as {name}.done or {stem}.sem");
    }
    if limits.files == Some(0) || limits.rejects_percent.is_some_and(|percent| percent > 100) {
        return Err("limits: files is 1 or more, rejects_percent 0 to 100");
    }
    Ok(Pickup {
        order: match files.order {
            Order::Name => FileOrdering::Name,
            Order::Time => FileOrdering::Time,
        },
        marker,
        afterwards,
        max_files: limits.files,
        max_reject_percent: limits.rejects_percent,
    })
}

/// What a function tells is of its run alone: an input that was left out, or waited for a marker, would not be told
/// again.
fn fits_function(files: &Files, limits: &Limits) -> Result<(), &'static str> {
    if limits.files.is_some() {
        return Err("limits: files is not for a source of kind lambda: an input that had to wait would be lost");
    }
    if files.marker.is_some() {
        return Err("files: marker is not for a source of kind lambda: what a function tells has none");
    }
    if files.archive.is_some() || !matches!(files.afterwards, After::Leave) {
        return Err("files: afterwards and archive are not for a source of kind lambda: it has no files to put away");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ConnectionFile {
        let head = "name = \"a\"\ncarrier = \"usps\"\nlayout = \"generic\"\n";
        toml::from_str(&format!("{head}{text}")).unwrap()
    }

    #[test]
    fn sources_with_their_settings() {
        let check = |text: &str, expect: &SourceAddress| {
            assert_eq!(address(file(text).source.unwrap()).as_ref(), Ok(expect), "{text}");
        };
        check(
            "[source]\nkind = \"sftp\"\nhost = \"h\"\nport = 2222\nhost_key = [\"SHA256:a\", \"SHA256:b\"]",
            &SourceAddress::new(
                "sftp",
                &[("host", "h"), ("port", "2222"), ("host_key", "SHA256:a SHA256:b")],
            ),
        );
        check(
            "[source]\nkind = \"s3\"\nprefix = \"acme/\"",
            &SourceAddress::new("s3", &[("prefix", "in/acme/")]),
        );
        check(
            "[source]\nkind = \"s3\"\nbucket = \"b\"\nprefix = \"acme/\"",
            &SourceAddress::new("s3", &[("bucket", "b"), ("prefix", "acme/")]),
        );
    }

    #[test]
    fn schedules() {
        let check = |every, cron, zone, expect: Result<&str, &str>| {
            let made = schedule(every, cron, zone);
            let shown = made.as_ref().map(|schedule| match schedule {
                Schedule::Manual => "when asked".to_owned(),
                Schedule::Every { minutes } => format!("every {minutes}"),
                Schedule::Cron(cron) => format!("{} {}", cron.written(), cron.zone()),
            });
            assert_eq!(shown.as_deref().map_err(|error| error.as_str()), expect);
        };
        check(None, None, None, Ok("when asked"));
        check(Some(15), None, None, Ok("every 15"));
        check(None, Some("0 6 * * *"), None, Ok("0 6 * * * UTC"));
        check(
            None,
            Some("0 6 * * *"),
            Some("Europe/Berlin"),
            Ok("0 6 * * * Europe/Berlin"),
        );
        check(Some(0), None, None, Err("every_minutes is 1 to 10080, a week"));
        check(
            Some(15),
            Some("0 6 * * *"),
            None,
            Err("a schedule is every_minutes or cron, not both"),
        );
        check(Some(15), None, Some("UTC"), Err("zone belongs to cron"));
        check(
            None,
            Some("0 6 * * *"),
            Some("Berlin"),
            Err("the zone of a schedule is a name such as Europe/Berlin"),
        );
    }

    #[test]
    fn what_becomes_of_files() {
        let check = |text: &str, expect: Result<Pickup, &str>| {
            let file = file(&format!("{text}\n[source]\nkind = \"s3\""));
            assert_eq!(pickup(file.files, &file.limits), expect, "{text}");
        };
        check("", Ok(Pickup::default()));
        check(
            "[files]\norder = \"time\"\nmarker = \"{stem}.sem\"\nafterwards = \"move\"\narchive = \"old\"\n[limits]\nfiles = 9",
            Ok(Pickup {
                order: FileOrdering::Time,
                marker: Some("{stem}.sem".to_owned()),
                afterwards: Afterwards::MoveTo("old".to_owned()),
                max_files: Some(9),
                max_reject_percent: None,
            }),
        );
        check(
            "[files]\nafterwards = \"move\"",
            Err("afterwards = \"move\" needs the folder archive"),
        );
        check(
            "[files]\narchive = \"old\"",
            Err("archive belongs to afterwards = \"move\""),
        );
        check(
            "[files]\nmarker = \"done\"",
            Err("a marker is a name such as {name}.done or {stem}.sem"),
        );
        check(
            "[limits]\nfiles = 0",
            Err("limits: files is 1 or more, rejects_percent 0 to 100"),
        );
    }

    #[test]
    fn what_a_function_has_no_use_for() {
        let check = |text: &str, refused: Option<&str>| {
            let file = file(text);
            let why = fits_function(&file.files, &file.limits).err();
            assert_eq!(why.is_some(), refused.is_some(), "{text}: {why:?}");
            assert!(why.unwrap_or_default().contains(refused.unwrap_or_default()), "{why:?}");
        };
        check("[files]\norder = \"time\"\n[limits]\nrejects_percent = 5", None);
        check("[limits]\nfiles = 5", Some("limits: files"));
        check("[files]\nmarker = \"{name}.done\"", Some("marker"));
        check("[files]\nafterwards = \"delete\"", Some("afterwards"));
        check("[files]\narchive = \"old\"", Some("archive"));
    }
}
