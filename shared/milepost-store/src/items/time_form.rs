//! Times in a bundle's CBOR.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use milepost_model::{EventTime, Wall, WrittenZone};

/// A time as it lies in the map of its event or fact: five bytes for the clock on the wall, and what was said of the
/// zone only if something was.
#[derive(Default)]
pub(super) struct TimeForm {
    /// Seconds of the wall clock since its 1970, to the second as the model has it.
    pub(super) wall_seconds: Option<i64>,
    /// Days since 1970, where only a date came.
    pub(super) wall_days: Option<i64>,
    /// A written offset.
    pub(super) offset_seconds: Option<i32>,
    /// [`UTC_ALONE`], or the place of the feed's zone in the bundle's list, from 1.
    pub(super) zone: Option<u32>,
}

/// Only UTC was sent.
const UTC_ALONE: u32 = 0;

const DAY: i64 = 86_400;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl TimeForm {
    pub(super) fn of<'a>(time: &'a EventTime, zones: &mut Vec<&'a str>) -> Self {
        let mut form = Self::default();
        match time.wall {
            Wall::At(at) => form.wall_seconds = Some(at.duration_since(EPOCH).as_secs()),
            Wall::Date(date) => form.wall_days = Some(date.duration_since(EPOCH.date()).as_secs() / DAY),
        }
        match &time.zone {
            WrittenZone::Unstated => {}
            WrittenZone::Offset(offset) => form.offset_seconds = Some(offset.seconds()),
            WrittenZone::Utc => form.zone = Some(UTC_ALONE),
            WrittenZone::Feed(name) => form.zone = Some(place_in(zones, name)),
        }
        form
    }

    pub(super) fn is_none(&self) -> bool {
        self.wall_seconds.is_none() && self.wall_days.is_none()
    }

    pub(super) fn read(&self, zones: &[&str]) -> Option<EventTime> {
        let wall = match (self.wall_seconds, self.wall_days) {
            (Some(seconds), _) => Wall::At(EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok()?),
            (None, Some(days)) => Wall::Date(
                EPOCH
                    .date()
                    .checked_add(SignedDuration::from_secs(days.checked_mul(DAY)?))
                    .ok()?,
            ),
            (None, None) => return None,
        };
        let zone = match (self.offset_seconds, self.zone) {
            (Some(seconds), _) => WrittenZone::Offset(Offset::from_seconds(seconds).ok()?),
            (None, Some(UTC_ALONE)) => WrittenZone::Utc,
            (None, Some(place)) => {
                let nth = usize::try_from(place).ok()?.checked_sub(1)?;
                WrittenZone::Feed((*zones.get(nth)?).into())
            }
            (None, None) => WrittenZone::Unstated,
        };
        Some(EventTime { wall, zone })
    }
}

/// The place of a name in the list, from 1; added if it is not there. A bundle has a hundred events at most.
fn place_in<'a>(zones: &mut Vec<&'a str>, name: &'a str) -> u32 {
    let nth = zones.iter().position(|zone| *zone == name).unwrap_or_else(|| {
        zones.push(name);
        zones.len() - 1
    });
    u32::try_from(nth).map_or(u32::MAX, |nth| nth.saturating_add(1))
}
