//! When a connection is looked at.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use thiserror::Error;

/// When a connection is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Only when asked.
    Manual,
    /// Every so many minutes, 1 to 10,080 (a week).
    Every {
        /// Minutes between slots.
        minutes: u16,
    },
    /// At minutes of a place's clock.
    Cron(Cron),
}

impl Schedule {
    /// The first slot after `now`, counted from `slot`: missed slots become one. A clock that has gone back brings no
    /// slot again.
    pub fn next_after(&self, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Every { minutes } => {
                let step = i64::from((*minutes).max(1)) * 60;
                let missed = (now.as_second() - slot.as_second()).div_euclid(step).max(0);
                Timestamp::from_second(slot.as_second() + (missed + 1) * step).ok()
            }
            Self::Cron(cron) => cron.next_after(slot.max(now)),
        }
    }

    /// The first slot of a connection that is added now: at once for one that runs every so often.
    pub fn first(&self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Manual => None,
            Self::Every { .. } => Some(now),
            Self::Cron(cron) => cron.next_after(now),
        }
    }
}

/// The most days ahead that a slot is looked for: 29 February is eight years away around 2100.
const MAX_DAYS: i32 = 366 * 8 + 2;

/// Five fields of `cron` and the zone whose clock they are about.
///
/// Two rules where that clock is set. Slots of an hour that is left out in spring come together at the first instant
/// after it. Of an hour that comes twice in autumn only the first has slots. So each local slot comes once, and none is
/// lost. As in every `cron`, a day counts when either the day of the month or the day of the week is named, if both are
/// restricted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    written: String,
    zone: TimeZone,
    zone_name: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    either_day: bool,
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// Not five fields.
    #[error("a cron schedule has five fields: minute hour day-of-month month day-of-week")]
    Fields,
    /// One of them cannot be read.
    #[error("the {field} of a cron schedule is {from} to {to}, with * , - and / between")]
    Field {
        /// Which.
        field: &'static str,
        /// The least.
        from: u8,
        /// The most.
        to: u8,
    },
    /// There is no such day, as with 30 February.
    #[error("the cron schedule names a day that never comes")]
    Never,
    /// The zone is not known.
    #[error("the zone of a schedule is a name such as Europe/Berlin")]
    Zone,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The days of each month at most.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Reads five fields, of numbers and English names of months and weekdays, and a zone's name in the IANA list.
    ///
    /// # Errors
    /// [`ScheduleError`] says which field is wrong.
    pub fn parse(written: &str, zone: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = written.split_ascii_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            return Err(ScheduleError::Fields);
        };
        let cron = Self {
            written: fields.join(" "),
            zone: TimeZone::get(zone).map_err(|_| ScheduleError::Zone)?,
            zone_name: zone.to_owned(),
            minutes: field("minute", minute, (0, 59), &[], 0)?,
            hours: field("hour", hour, (0, 23), &[], 0)?,
            days: field("day of the month", day, (1, 31), &[], 0)?,
            months: field("month", month, (1, 12), &MONTHS, 1)?,
            // Both 0 and 7 are Sunday.
            weekdays: {
                let set = field("day of the week", weekday, (0, 7), &WEEKDAYS, 0)?;
                (set | set >> 7) & 0x7f
            },
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        };
        let comes = (1_u8..=12).zip(LENGTHS).any(|(month, length)| {
            has(cron.months, month) && (cron.either_day || (1..=length).any(|day| has(cron.days, day)))
        });
        if comes { Ok(cron) } else { Err(ScheduleError::Never) }
    }

    /// The five fields.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The zone's name.
    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    /// The first slot after an instant; `None` when there is none within eight years.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let local = self.zone.to_datetime(after);
        let mut date = local.date();
        // Every minute up to this one has begun, so its slots are past.
        let mut earliest = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()) + 1).ok()?;
        for _ in 0..MAX_DAYS {
            if self.names_day(date) {
                for minute in earliest..24 * 60 {
                    if let Some(slot) = self.slot(date, minute)
                        && slot > after
                    {
                        return Some(slot);
                    }
                }
            }
            earliest = 0;
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn names_day(&self, date: Date) -> bool {
        let [day, month, weekday] = [date.day(), date.month(), date.weekday().to_sunday_zero_offset()];
        let [day, month, weekday] = [day, month, weekday].map(|part| u8::try_from(part).unwrap_or(u8::MAX));
        let (named, named_weekday) = (has(self.days, day), has(self.weekdays, weekday));
        let counts = if self.either_day {
            named || named_weekday
        } else {
            named && named_weekday
        };
        counts && has(self.months, month)
    }

    /// The instant of a minute of a day, if it is a slot.
    fn slot(&self, date: Date, minute: u16) -> Option<Timestamp> {
        let (hour, minute) = (u8::try_from(minute / 60).ok()?, u8::try_from(minute % 60).ok()?);
        if !has(self.hours, hour) || !has(self.minutes, minute) {
            return None;
        }
        let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
        instant(&self.zone, date.to_datetime(time))
    }
}

/// When a minute of a zone's clock is: the first time of two, and for one that is left out the end of what is left out.
fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(local).ok()
        }
        AmbiguousOffset::Gap { before, .. } => {
            let behind = before.to_timestamp(local).ok()?;
            // What comes before strictly; the gap's own first minute is the transition itself.
            let next = behind.checked_add(1.second()).ok()?;
            zone.preceding(next).next().map(|change| change.timestamp())
        }
    }
}

fn has(set: u64, member: u8) -> bool {
    member < 64 && set & (1 << member) != 0
}

/// A field as a set: parts with commas between, each `*`, a value or a range, with a step behind a slash or none.
fn field(
    name: &'static str,
    written: &str,
    (from, to): (u8, u8),
    names: &[&str],
    first_name: u8,
) -> Result<u64, ScheduleError> {
    let wrong = || ScheduleError::Field { field: name, from, to };
    let value = |text: &str| -> Option<u8> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        match named {
            Some(at) => u8::try_from(at).ok()?.checked_add(first_name),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            None => None,
        }
    };
    let mut set = 0;
    for part in written.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(value(step).filter(|step| *step > 0).ok_or_else(wrong)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (from, to),
            Some((first, last)) => (value(first).ok_or_else(wrong)?, value(last).ok_or_else(wrong)?),
            None => {
                let only = value(range).ok_or_else(wrong)?;
                // `5/15` goes on to the end, as everywhere.
                (only, if step.is_some() { to } else { only })
            }
        };
        if first < from || last > to || first > last {
            return Err(wrong());
        }
        for member in (first..=last).step_by(usize::from(step.unwrap_or(1))) {
            set |= 1 << member;
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn slots(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(cron, zone).unwrap();
        let mut after = at(after);
        let mut found = Vec::new();
        while found.len() < count {
            after = cron.next_after(after).unwrap();
            found.push(after.to_string());
        }
        found
    }

    #[test]
    fn missed_slots_become_one() {
        let every = Schedule::Every { minutes: 15 };
        let next = |slot, now| every.next_after(at(slot), at(now)).unwrap().to_string();
        let ten = "2026-11-20T10:00:00Z";
        assert_eq!(next(ten, "2026-11-20T10:00:30Z"), "2026-11-20T10:15:00Z");
        assert_eq!(next(ten, "2026-11-20T13:07:00Z"), "2026-11-20T13:15:00Z");
        assert_eq!(
            next(ten, "2026-11-20T09:00:00Z"),
            "2026-11-20T10:15:00Z",
            "a clock gone back"
        );
        assert_eq!(Schedule::Manual.next_after(at(ten), at(ten)), None);

        let cron = Schedule::Cron(Cron::parse("*/15 * * * *", "UTC").unwrap());
        let next = |slot, now| cron.next_after(at(slot), at(now)).unwrap().to_string();
        assert_eq!(next(ten, "2026-11-20T13:07:00Z"), "2026-11-20T13:15:00Z");
        assert_eq!(next(ten, "2026-11-20T09:00:00Z"), "2026-11-20T10:15:00Z");
    }

    #[test]
    fn slots_of_fields() {
        let check = |cron: &str, expect: &[&str]| {
            assert_eq!(
                slots(cron, "UTC", "2026-11-20T10:07:30Z", expect.len()),
                expect,
                "{cron}"
            );
        };
        // 20 November 2026 is a Friday.
        check("* * * * *", &["2026-11-20T10:08:00Z", "2026-11-20T10:09:00Z"]);
        check(
            "5/25 10-11 * * *",
            &["2026-11-20T10:30:00Z", "2026-11-20T10:55:00Z", "2026-11-20T11:05:00Z"],
        );
        check("0 6 * * mon-fri", &["2026-11-23T06:00:00Z", "2026-11-24T06:00:00Z"]);
        check("0 6 * * 7", &["2026-11-22T06:00:00Z"]);
        check("0 6 * * 0,SAT", &["2026-11-21T06:00:00Z", "2026-11-22T06:00:00Z"]);
        check("0 6 1 * *", &["2026-12-01T06:00:00Z"]);
        check(
            "0 6 1 * mon",
            &["2026-11-23T06:00:00Z", "2026-11-30T06:00:00Z", "2026-12-01T06:00:00Z"],
        );
        check("0 0 29 feb *", &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]);
        check("7 10 * * *", &["2026-11-21T10:07:00Z"]);
    }

    #[test]
    fn what_is_no_schedule() {
        let check = |cron: &str, zone: &str, message: &str| {
            assert_eq!(Cron::parse(cron, zone).unwrap_err().to_string(), message, "{cron}");
        };
        let fields = "a cron schedule has five fields: minute hour day-of-month month day-of-week";
        check("* * * *", "UTC", fields);
        check("0 * * * * *", "UTC", fields);
        check("", "UTC", fields);
        let minute = "the minute of a cron schedule is 0 to 59, with * , - and / between";
        for wrong in ["60", "-1", "5-3", "*/0", "a", "1,,2", "", "+5", "1-2-3", "*/"] {
            check(&format!("{wrong}x * * * *"), "UTC", minute);
        }
        check("60 * * * *", "UTC", minute);
        check("*/0 * * * *", "UTC", minute);
        check("5-3 * * * *", "UTC", minute);
        check(
            "* * 0 * *",
            "UTC",
            "the day of the month of a cron schedule is 1 to 31, with * , - and / between",
        );
        check(
            "* * * * 8",
            "UTC",
            "the day of the week of a cron schedule is 0 to 7, with * , - and / between",
        );
        check("* * 30 feb *", "UTC", "the cron schedule names a day that never comes");
        check(
            "* * * * *",
            "Mars/Base",
            "the zone of a schedule is a name such as Europe/Berlin",
        );
    }

    #[test]
    fn an_hour_that_is_left_out_comes_together_behind_it() {
        // On 29 March 2026 Berlin's clock goes from 02:00 to 03:00, at 01:00 UTC.
        assert_eq!(
            slots("*/20 1-3 * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", 4),
            [
                "2026-03-29T00:40:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T01:20:00Z",
                "2026-03-29T01:40:00Z"
            ]
        );
        assert_eq!(
            slots("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
        );
        // At Lord Howe Island it is half an hour.
        assert_eq!(
            slots("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 1),
            ["2026-10-03T15:30:00Z"]
        );
    }

    #[test]
    fn an_hour_that_comes_twice_has_slots_once() {
        // On 25 October 2026 Berlin's clock goes from 03:00 back to 02:00, at 01:00 UTC.
        assert_eq!(
            slots("0,30 2-3 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", 4),
            [
                "2026-10-25T00:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-25T02:00:00Z",
                "2026-10-25T02:30:00Z"
            ]
        );
        assert_eq!(
            slots("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", 1),
            ["2026-10-26T01:30:00Z"],
            "asked between the two"
        );
    }

    const ZONES: [&str; 7] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "Pacific/Apia",
        "Africa/Casablanca",
    ];

    fn some_field(to: u8, from: u8) -> impl Strategy<Value = String> {
        prop_oneof![
            Just("*".to_owned()),
            (2_u8..40).prop_map(|step| format!("*/{step}")),
            (from..=to, from..=to).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            (from..=to, from..=to).prop_map(|(a, b)| format!("{a},{b}")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Each minute of the zone's clock that the fields name, whether the clock shows it once, twice or not at all,
        /// is met by a slot, and slots rise: none is lost, none comes twice.
        #[test]
        fn each_local_slot_once(
            minute in some_field(59, 0),
            hour in some_field(23, 0),
            zone in proptest::sample::select(&ZONES[..]),
            day in 0_i64..366 * 3,
        ) {
            let cron = Cron::parse(&format!("{minute} {hour} * * *"), zone).unwrap();
            let begin = at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(24 * day);
            let end = begin + jiff::SignedDuration::from_hours(50);
            let mut found = Vec::new();
            let mut after = begin;
            while let Some(slot) = cron.next_after(after).filter(|slot| *slot <= end) {
                prop_assert!(slot > after);
                found.push(slot);
                after = slot;
            }
            let mut wanted = Vec::new();
            let mut local = cron.zone.to_datetime(begin).date().yesterday().unwrap().at(0, 0, 0, 0);
            while local < cron.zone.to_datetime(end).date().tomorrow().unwrap().at(23, 59, 0, 0) {
                let (h, m) = (u8::try_from(local.hour()).unwrap(), u8::try_from(local.minute()).unwrap());
                if has(cron.hours, h) && has(cron.minutes, m) {
                    // The independent rule: jiff's earlier instant, or the first instant whose clock is at or past it.
                    let zoned = cron.zone.to_ambiguous_zoned(local);
                    let instant = if matches!(zoned.offset(), AmbiguousOffset::Gap { .. }) {
                        let mut instant = zoned.later().unwrap().timestamp();
                        while cron.zone.to_datetime(instant - jiff::SignedDuration::from_mins(1)) > local {
                            instant -= jiff::SignedDuration::from_mins(1);
                        }
                        instant
                    } else {
                        zoned.earlier().unwrap().timestamp()
                    };
                    if instant > begin && instant <= end {
                        wanted.push(instant);
                    }
                }
                local = local.checked_add(1.minute()).unwrap();
            }
            wanted.sort();
            wanted.dedup();
            prop_assert_eq!(found, wanted);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[0-9*,/ a-z-]{0,30}") {
            if let Ok(cron) = Cron::parse(&text, "Europe/Berlin") {
                prop_assert!(cron.next_after(at("2026-01-01T00:00:00Z")).is_some());
            }
        }
    }
}
