//! Run reports: one packed value.

use jiff::Timestamp;
use milepost_model::{ConnectionId, RunReport};

use super::packing::{cbor, from_cbor, pack, unpack};
use super::run_form::RunForm;
use super::{Fields, Fill, Item, Unreadable, bytes, checked, new_item, size};
use crate::{Key, StoreError};

const KIND: &str = "run report";

const REPORT: &str = "report";

/// Where a report is.
pub(crate) fn key(connection: &ConnectionId, started: Timestamp) -> Key {
    Key::Run {
        connection: connection.clone(),
        started_ms: started.as_millisecond(),
    }
}

/// # Errors
/// [`StoreError::TooLarge`], which the limits of [`RunForm`] leave to texts of absurd length.
pub(crate) fn to_item(connection: &ConnectionId, report: &RunReport, expires_at: i64) -> Result<Item, StoreError> {
    let item = new_item(&key(connection, report.started)).expiring(expires_at);
    let beside = size(&item) + REPORT.len();
    let packed = pack(&cbor(&RunForm::of(report)), beside);
    checked(KIND, item.with(REPORT, bytes(packed)))
}

pub(crate) fn from_item(item: &Item) -> Result<RunReport, Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::Run { started_ms, .. } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    let damaged = || fields.damaged(REPORT);
    let content = unpack(fields.bytes(REPORT)?).ok_or_else(damaged)?;
    let form: RunForm<'_> = from_cbor(&content).ok_or_else(damaged)?;
    let started = Timestamp::from_millisecond(started_ms).map_err(|_| damaged())?;
    form.report(started).ok_or_else(damaged)
}
