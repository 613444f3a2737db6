//! Times as Ship24 writes them: a date, a local time, or one with its offset or `Z`; never more than is known.

use jiff::Timestamp;
use jiff::tz::Offset;
use milepost_model::{ParcelEvent, Wall, WrittenZone};

/// `occurrenceDatetime`: `2021-03-04`, `2021-03-04T17:12:57`, `...Z` where only UTC is known, `...+02:00`.
pub(super) fn occurrence(event: &ParcelEvent) -> String {
    let time = &event.event.time;
    let at = match time.wall {
        Wall::Date(date) => return date.to_string(),
        Wall::At(at) => at,
    };
    match (&time.zone, event.reading.instant, event.reading.offset) {
        (WrittenZone::Utc, ..) => format!("{at}Z"),
        (_, Some(instant), Some(offset)) => instant.display_with_offset(offset).to_string(),
        (_, Some(instant), None) => instant.to_string(),
        (_, None, _) => at.to_string(),
    }
}

/// The offset alone, `+02:00`, where one is known.
pub(super) fn offset(event: &ParcelEvent) -> Option<String> {
    let (instant, offset) = (event.reading.instant?, event.reading.offset?);
    let utc = matches!(event.event.time.zone, WrittenZone::Utc);
    let shown = if utc { Offset::UTC } else { offset };
    let text = instant.display_with_offset(shown).to_string();
    text.get(text.len().checked_sub(6)?..).map(ToOwned::to_owned)
}

/// `createdAt`: UTC with three digits behind the second.
pub(crate) fn milliseconds(at: Timestamp) -> String {
    format!("{at:.3}")
}
