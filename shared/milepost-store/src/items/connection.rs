//! Connections, and the two pointers that find them. Attributes are readable: operators look here.

use jiff::Timestamp;
use milepost_model::{CarrierCode, Connection, ConnectionId, Schedule, Scope, SecretRef, SourceAddress};

use super::live_connection::{live, with_live};
use super::{Fields, Fill, Item, Unreadable, checked, instant, new_item, number, text};
use crate::{Key, StoreError};

const KIND: &str = "connection";

/// The slot that is due next, in Unix milliseconds.
pub(crate) const NEXT_DUE: &str = "next_due";

/// Where a connection is.
pub(crate) fn key(id: &ConnectionId) -> Key {
    Key::Connection { id: id.clone() }
}

/// The keys of its pointers: in its owner's list, and by its number.
pub(crate) fn pointer_keys(connection: &Connection) -> [Key; 2] {
    let listed = Key::ConnectionOf {
        scope: connection.scope.clone(),
        id: connection.id.clone(),
    };
    let numbered = Key::CarrierId {
        scope: connection.scope.clone(),
        carrier_id: connection.carrier_id,
    };
    [listed, numbered]
}

/// Its pointers.
pub(crate) fn pointers(connection: &Connection) -> [Item; 2] {
    pointer_keys(connection).map(|key| new_item(&key).with("connection", text(connection.id.as_str())))
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
    let item = match connection.schedule {
        Schedule::Manual => item,
        Schedule::Every { minutes } => item.with("every_minutes", number(minutes)),
    };
    let item = with_live(item, connection.live.as_ref());
    checked(KIND, with_source(item, &connection.source))
}

fn with_source(item: Item, source: &SourceAddress) -> Item {
    match source {
        SourceAddress::S3 {
            bucket,
            prefix,
            pattern,
        } => item
            .with("source", text("s3"))
            .with("bucket", text(bucket))
            .with("prefix", text(prefix))
            .with("pattern", text(pattern)),
        SourceAddress::Ftp {
            host,
            port,
            user,
            folder,
            pattern,
        } => item
            .with("source", text("ftp"))
            .with("host", text(host))
            .with("port", number(*port))
            .with("user", text(user))
            .with("folder", text(folder))
            .with("pattern", text(pattern)),
    }
}

pub(crate) fn from_item(item: &Item) -> Result<Connection, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Connection { id } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    let every: Option<u16> = fields.some_number("every_minutes")?;
    Ok(Connection {
        id,
        carrier_id: fields.number("carrier_id")?,
        carrier: fields.parsed("carrier", CarrierCode::parse)?,
        scope: fields.parsed("scope", Scope::parse)?,
        source: source(fields)?,
        layout: fields.text("layout")?.to_owned(),
        layout_text: fields.some_text("layout_text")?.map(ToOwned::to_owned),
        secret: fields
            .some_text("secret_ref")?
            .map(|reference| SecretRef(reference.to_owned())),
        schedule: every.map_or(Schedule::Manual, |minutes| Schedule::Every { minutes }),
        notify_from: fields.instant("notify_from")?,
        next_due: fields.some_instant(NEXT_DUE)?,
        live: live(fields)?,
    })
}

fn source(fields: Fields<'_>) -> Result<SourceAddress, Unreadable> {
    let owned = |name| fields.text(name).map(ToOwned::to_owned);
    match fields.text("source")? {
        "s3" => Ok(SourceAddress::S3 {
            bucket: owned("bucket")?,
            prefix: owned("prefix")?,
            pattern: owned("pattern")?,
        }),
        "ftp" => Ok(SourceAddress::Ftp {
            host: owned("host")?,
            port: fields.number("port")?,
            user: owned("user")?,
            folder: owned("folder")?,
            pattern: owned("pattern")?,
        }),
        _ => Err(fields.damaged("source")),
    }
}

/// An instant as the table keeps it, to compare with what it holds.
pub(crate) fn as_kept(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
