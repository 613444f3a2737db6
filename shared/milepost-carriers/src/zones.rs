//! From a time as a carrier wrote it to an instant, and from a place to a point on the map.
//!
//! `place` finds the zone and the position of a place in the tables, `ladder` the instant of an event by the best rule
//! that applies. The tables are files under `places/`, with the program that made them and where they come from.

mod cities;
mod countries;
mod facility;
mod fold;
mod ladder;
mod place;
mod postal;
mod regions;
mod table;

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

pub use countries::country_code;
pub(crate) use ladder::place_all;
pub(crate) use place::locate;

/// The rules that come with the binary: whatever the machine has under `/usr/share/zoneinfo` changes no answer.
static RULES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The rules of an IANA zone. `None` when there is no such zone.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    RULES.get(name).ok()
}
