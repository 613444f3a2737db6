//! Connections, and the two pointers that find them. Attributes are readable: operators look here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_model::{
    Afterwards, CarrierCode, Connection, ConnectionId, Cron, FileOrdering, Pickup, Schedule, Scope, SecretRef,
    SourceAddress,
};

use super::live_connection::{live, with_live};
use super::{Fields, Fill, Item, Unreadable, Value, checked, instant, new_item, number, text};
use crate::keys::bucket_partition;
use crate::{Key, StoreError};

const KIND: &str = "connection";

/// The slot that is due next, in Unix milliseconds.
pub(crate) const NEXT_DUE: &str = "next_due";

/// The source's settings, a map of texts.
const SETTINGS: &str = "settings";

/// Settings that earlier versions kept as attributes of the item.
const FLAT: [&str; 7] = ["bucket", "prefix", "pattern", "host", "port", "user", "folder"];

/// Where a connection is.
pub(crate) fn key(id: &ConnectionId) -> Key {
    Key::Connection { id: id.clone() }
}

/// What stands for the hub's own bucket, whose name no connection knows.
const OWN_BUCKET: &str = "-";

/// Where the pointers to the connections that read a bucket are; empty is the hub's own.
pub(crate) fn readers(bucket: &str) -> String {
    bucket_partition(if bucket.is_empty() { OWN_BUCKET } else { bucket })
}

/// The keys of its pointers: in its owner's list, by its number, and by the bucket that it reads.
pub(crate) fn pointer_keys(connection: &Connection) -> Vec<Key> {
    let listed = Key::ConnectionOf {
        scope: connection.scope.clone(),
        id: connection.id.clone(),
    };
    let numbered = Key::CarrierId {
        scope: connection.scope.clone(),
        carrier_id: connection.carrier_id,
    };
    let bucket = connection.source.setting("bucket").filter(|bucket| !bucket.is_empty());
    let reads = (connection.source.kind == "s3").then(|| Key::Reader {
        bucket: bucket.unwrap_or(OWN_BUCKET).to_owned(),
        id: connection.id.clone(),
    });
    [listed, numbered].into_iter().chain(reads).collect()
}

/// Its pointers.
pub(crate) fn pointers(connection: &Connection) -> Vec<Item> {
    let point = |key: &Key| new_item(key).with("connection", text(connection.id.as_str()));
    pointer_keys(connection).iter().map(point).collect()
}

/// Which connection a pointer points at.
pub(crate) fn pointed_at(item: &Item) -> Result<ConnectionId, Unreadable> {
    Fields::of("pointer to a connection", item)?.parsed("connection", ConnectionId::parse)
}

/// # Errors
/// [`StoreError::TooLarge`]: a layout of one's own can be of any size.
pub(crate) fn to_item(connection: &Connection) -> Result<Item, StoreError> {
    let item = new_item(&key(&connection.id))
        .with("carrier_id", number(connection.carrier_id))
        .with("carrier", text(connection.carrier.as_str()))
        .with("scope", text(connection.scope.as_str()))
        .with("layout", text(&connection.layout))
        .with_some("layout_text", connection.layout_text.as_ref().map(text))
        .with_some("secret_ref", connection.secret.as_ref().map(|secret| text(&secret.0)))
        .with("notify_from", instant(connection.notify_from))
        .with_some(NEXT_DUE, connection.next_due.map(instant));
    let item = match &connection.schedule {
        Schedule::Manual => item,
        Schedule::Every { minutes } => item.with("every_minutes", number(*minutes)),
        Schedule::Cron(cron) => item.with("cron", text(cron.written())).with("zone", text(cron.zone())),
    };
    let item = with_live(item, connection.live.as_ref());
    let item = with_pickup(item, &connection.pickup);
    let settings = connection.source.settings.iter();
    let settings = settings.map(|(name, value)| (name.clone(), text(value))).collect();
    let item = item.with("source", text(&connection.source.kind));
    checked(KIND, item.with(SETTINGS, Value::M(settings)))
}

fn with_pickup(item: Item, pickup: &Pickup) -> Item {
    let item = match pickup.order {
        FileOrdering::Name => item,
        FileOrdering::Time => item.with("file_order", text("time")),
    };
    let item = match &pickup.afterwards {
        Afterwards::Leave => item,
        Afterwards::Delete => item.with("afterwards", text("delete")),
        Afterwards::MoveTo(folder) => item.with("afterwards", text("move")).with("archive", text(folder)),
    };
    item.with_some("marker", pickup.marker.as_ref().map(text))
        .with_some("max_files", pickup.max_files.map(number))
        .with_some("max_reject_percent", pickup.max_reject_percent.map(number))
}

pub(crate) fn from_item(item: &Item) -> Result<Connection, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Connection { id } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    Ok(Connection {
        id,
        carrier_id: fields.number("carrier_id")?,
        carrier: fields.parsed("carrier", CarrierCode::parse)?,
        scope: fields.parsed("scope", Scope::parse)?,
        source: source(item, fields)?,
        pickup: pickup(fields)?,
        layout: fields.text("layout")?.to_owned(),
        layout_text: fields.some_text("layout_text")?.map(ToOwned::to_owned),
        secret: fields
            .some_text("secret_ref")?
            .map(|reference| SecretRef(reference.to_owned())),
        schedule: schedule(fields)?,
        notify_from: fields.instant("notify_from")?,
        next_due: fields.some_instant(NEXT_DUE)?,
        live: live(fields)?,
    })
}

fn schedule(fields: Fields<'_>) -> Result<Schedule, Unreadable> {
    if let Some(minutes) = fields.some_number("every_minutes")? {
        return Ok(Schedule::Every { minutes });
    }
    let Some(cron) = fields.some_text("cron")? else {
        return Ok(Schedule::Manual);
    };
    let cron = Cron::parse(cron, fields.text("zone")?).map_err(|_| fields.damaged("cron"))?;
    Ok(Schedule::Cron(cron))
}

fn pickup(fields: Fields<'_>) -> Result<Pickup, Unreadable> {
    Ok(Pickup {
        order: match fields.some_text("file_order")? {
            None => FileOrdering::Name,
            Some("time") => FileOrdering::Time,
            Some(_) => return Err(fields.damaged("file_order")),
        },
        marker: fields.some_text("marker")?.map(str::to_owned),
        afterwards: match fields.some_text("afterwards")? {
            None => Afterwards::Leave,
            Some("delete") => Afterwards::Delete,
            Some("move") => Afterwards::MoveTo(fields.text("archive")?.to_owned()),
            Some(_) => return Err(fields.damaged("afterwards")),
        },
        max_files: fields.some_number("max_files")?,
        max_reject_percent: fields.some_number("max_reject_percent")?,
    })
}

fn source(item: &Item, fields: Fields<'_>) -> Result<SourceAddress, Unreadable> {
    let settings = match item.get(SETTINGS) {
        Some(Value::M(settings)) => settings.iter().map(setting).collect::<Option<BTreeMap<_, _>>>(),
        Some(_) => None,
        // As earlier versions kept them: each an attribute of the item.
        None => Some(
            FLAT.iter()
                .filter_map(|name| setting((name, item.get(*name)?)))
                .collect(),
        ),
    };
    Ok(SourceAddress {
        kind: fields.text("source")?.to_owned(),
        settings: settings.ok_or_else(|| fields.damaged(SETTINGS))?,
    })
}

fn setting<N: ToString + ?Sized>((name, value): (&N, &Value)) -> Option<(String, String)> {
    let value = value.as_s().or_else(|_| value.as_n()).ok()?;
    Some((name.to_string(), value.clone()))
}

/// An instant as the table keeps it, to compare with what it holds.
pub(crate) fn as_kept(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
