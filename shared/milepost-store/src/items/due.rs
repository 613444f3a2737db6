//! Due entries and how far they were read.

use super::{Fields, Fill, Item, Unreadable, new_item, number, text};
use crate::Key;
use crate::due::{DueEntry, DueKind, DueWindow};
use crate::ticks::Mark;

const KIND: &str = "due entry";

pub(crate) fn to_item(key: &Key, payload: &str, expires_at: i64) -> Item {
    new_item(key).with("payload", text(payload)).expiring(expires_at)
}

pub(crate) fn from_item(item: &Item) -> Result<DueEntry, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Due { due_ms, id, .. } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    Ok(DueEntry {
        id,
        due_ms,
        payload: fields.text("payload")?.to_owned(),
    })
}

pub(crate) fn mark_to_item(kind: DueKind, shard: u8, mark: &Mark) -> Item {
    let item = new_item(&Key::Watermark { kind, shard }).with("from_ms", number(mark.from_ms));
    let Some(rest) = &mark.rest else { return item };
    item.with("rest_quarter", number(rest.quarter))
        .with("rest_from_ms", number(rest.from_ms))
        .with("rest_to_ms", number(rest.to_ms))
        .with_some("rest_behind", rest.behind.as_ref().map(text))
}

pub(crate) fn mark_from_item(kind: DueKind, shard: u8, item: &Item) -> Result<Mark, Unreadable> {
    let fields = Fields::of("mark of due entries", item)?;
    let rest = match fields.some_number("rest_quarter")? {
        None => None,
        Some(quarter) => Some(DueWindow {
            kind,
            shard,
            quarter,
            from_ms: fields.number("rest_from_ms")?,
            to_ms: fields.number("rest_to_ms")?,
            behind: fields.some_text("rest_behind")?.map(ToOwned::to_owned),
        }),
    };
    let from_ms = fields.number("from_ms")?;
    Ok(Mark { from_ms, rest })
}
