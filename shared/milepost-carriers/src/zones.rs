//! From a time as a carrier wrote it to an instant.

mod countries;
mod ladder;
mod place;
mod regions;

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub(crate) use ladder::place_all;

/// The rules that come with the binary: whatever the machine has under `/usr/share/zoneinfo` changes no answer.
static RULES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The rules of an IANA zone. `None` when there is no such zone.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    RULES.get(name).ok()
}
