//! How often a parcel is asked about: often while it is being delivered, once a day before, seldom while nothing
//! happens, not at all once it has come to its end or has been silent for a month. All with twelve polls.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use milepost_model::{DetailCode, FactName, JOURNEY_GAP_DAYS, Parcel, Status, TrackingNumber};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Polls that one chain makes at most, those without an answer left out. A parcel has its usual week with eight.
pub const MOST_POLLS: u32 = 12;

/// A parcel of which nothing new came for so many days is not polled any more. It is asked about when somebody looks it
/// up.
const SILENT_DAYS: i32 = 30;

/// When rounds have begun, in the hours of the day where the parcel is: the first look on the day of delivery.
const MORNING: i8 = 10;

/// What polls are about, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// It is out for delivery, or the poll falls on the day on which it is to be delivered, or it is overdue.
    Today,
    /// It is under way.
    UnderWay,
    /// It waits: to be handed over, to be collected, or nothing has moved for days.
    Waiting,
}

impl Urgency {
    /// As due entries say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::UnderWay => "under-way",
            Self::Waiting => "waiting",
        }
    }

    /// The opposite of [`Urgency::as_str`]; what it does not know waits.
    pub fn from_text(text: &str) -> Self {
        let all = [Self::Today, Self::UnderWay];
        all.into_iter()
            .find(|urgency| urgency.as_str() == text)
            .unwrap_or(Self::Waiting)
    }
}

/// When a parcel is asked about after the poll that is made `now`, and how urgent that is. `None`: not even now.
/// `began` is when its polls began, `made` how many were made before this one.
///
/// A parcel that was last seen so long before its polls began that the number may be used again is polled like one of
/// which nothing is known.
pub fn next_poll(parcel: &Parcel, began: Timestamp, made: u32, now: Timestamp) -> Option<(SignedDuration, Urgency)> {
    let unknown = Parcel::unknown(parcel.number.clone(), parcel.carrier.clone());
    let parcel = if is_former(parcel, began) { &unknown } else { parcel };
    let silent = silence(parcel, began, now);
    if parcel.has_ended() || silent > DAY * SILENT_DAYS || made >= MOST_POLLS {
        return None;
    }
    let days = days_to_delivery(parcel, now);
    let (interval, urgency) = match parcel.status {
        // A round takes six hours or so: two or three looks at it.
        _ if is_out(parcel) && silent < DAY => (HOUR * 3, Urgency::Today),
        Status::NotYetInSystem | Status::Unknown => (DAY, Urgency::Waiting),
        Status::DeliveredToServicePoint => (DAY * 2, Urgency::Waiting),
        // The next attempt is tomorrow.
        Status::DeliveryAttempt => (DAY, Urgency::Today),
        // The carrier's day is tomorrow: the next look is in its morning.
        _ if days == Some(1) => (until_morning(parcel, now).max(HOUR * 6), Urgency::Today),
        // It has come; or it came yesterday, and the parcel is late.
        _ if days == Some(0) => (until_morning(parcel, now).max(HOUR * 6), Urgency::Today),
        _ if days == Some(-1) => (HOUR * 12, Urgency::Today),
        _ if silent < DAY * 3 => (DAY, Urgency::UnderWay),
        _ => (DAY, Urgency::Waiting),
    };
    let left = MOST_POLLS - made - 1;
    let least = match urgency {
        Urgency::Today => least_today(left),
        // What has not moved for a week will not have moved tomorrow.
        Urgency::UnderWay | Urgency::Waiting => least_before(left).max(silent / 2),
    };
    Some((interval.max(least), urgency))
}

/// The last polls are kept for a delivery that comes late: what is left by then must reach far.
fn least_today(left: u32) -> SignedDuration {
    match left {
        0 | 1 => DAY * 7,
        2 => DAY,
        3 => HOUR * 8,
        _ => SignedDuration::ZERO,
    }
}

/// The same of a parcel whose delivery is not in sight.
fn least_before(left: u32) -> SignedDuration {
    match left {
        0 | 1 => DAY * 14,
        2 => DAY * 4,
        3 => HOUR * 36,
        _ => SignedDuration::ZERO,
    }
}

/// A tenth sooner or later, by the number: parcels that were started together are not asked about together for ever.
pub fn spread(interval: SignedDuration, number: &TrackingNumber) -> SignedDuration {
    let mixed = number
        .as_str()
        .bytes()
        .fold(0_i64, |sum, b| (sum * 31 + i64::from(b)) % 201);
    interval + SignedDuration::from_secs(interval.as_secs() * (mixed - 100) / 1_000)
}

/// How long an answer is good enough for whoever looks a parcel up.
pub fn fresh_for(parcel: &Parcel, now: Timestamp) -> SignedDuration {
    if parcel.has_ended() {
        DAY
    } else if is_today(parcel, now) {
        MINUTE * 5
    } else {
        MINUTE * 15
    }
}

/// Since when nothing new is known: the newest event, or the beginning of the polls if that is later.
fn silence(parcel: &Parcel, began: Timestamp, now: Timestamp) -> SignedDuration {
    let newest = parcel.events.first().map(milepost_model::ParcelEvent::sort_instant);
    now.duration_since(newest.unwrap_or(began).max(began))
}

/// Whether the carrier may have used the number again since.
fn is_former(parcel: &Parcel, began: Timestamp) -> bool {
    let newest = parcel.events.first().map(milepost_model::ParcelEvent::sort_instant);
    newest.is_some_and(|newest| began.duration_since(newest) > SignedDuration::from_hours(24 * JOURNEY_GAP_DAYS))
}

fn is_out(parcel: &Parcel) -> bool {
    parcel.detail == Some(DetailCode::OutForDelivery)
}

/// Out for delivery, or the carrier's day of delivery has come.
fn is_today(parcel: &Parcel, now: Timestamp) -> bool {
    is_out(parcel) || days_to_delivery(parcel, now) == Some(0)
}

/// Days until the carrier's day of delivery, 0 on it, where the parcel was last seen.
fn days_to_delivery(parcel: &Parcel, now: Timestamp) -> Option<i32> {
    let today = offset(parcel).to_datetime(now).date();
    Some(expected_on(parcel)?.since(today).ok()?.get_days())
}

/// Until the morning of the carrier's day of delivery; less than nothing when it is over.
fn until_morning(parcel: &Parcel, now: Timestamp) -> SignedDuration {
    let zone = TimeZone::fixed(offset(parcel));
    let morning = expected_on(parcel).and_then(|day| day.at(MORNING, 0, 0, 0).to_zoned(zone).ok());
    morning.map_or(SignedDuration::ZERO, |morning| morning.timestamp().duration_since(now))
}

/// Of the clocks where the parcel was last seen; UTC where no event tells.
fn offset(parcel: &Parcel) -> Offset {
    let newest = parcel.events.first().and_then(|event| event.reading.offset);
    newest.unwrap_or(Offset::UTC)
}

fn expected_on(parcel: &Parcel) -> Option<Date> {
    parcel.fact(FactName::EstimatedDelivery).and_then(date)
}

/// The date that an ISO 8601 text begins with.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{
        Arrival, CarrierCode, EventIdentity, EventTime, ParcelEvent, ParcelFact, Reading, SourceHash, TrackingEvent,
        Wall, WrittenZone, ZoneRule,
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn parcel(status: Status) -> Parcel {
        let number = TrackingNumber::parse("9405511899223197428490").unwrap();
        Parcel {
            status,
            ..Parcel::unknown(number, CarrierCode::parse("usps").unwrap())
        }
    }

    fn event(at: Timestamp, offset: Offset) -> ParcelEvent {
        let event = TrackingEvent::at(EventTime {
            wall: Wall::At(offset.to_datetime(at)),
            zone: WrittenZone::Offset(offset),
        });
        ParcelEvent {
            identity: EventIdentity::of(&event),
            event,
            reading: Reading {
                instant: Some(at),
                offset: Some(offset),
                rule: ZoneRule::Stated,
                detail: None,
                status: Some(Status::InTransit),
                coordinates: None,
            },
            first_arrival: arrival(),
            imported: false,
            quiet: false,
        }
    }

    fn arrival() -> Arrival {
        Arrival {
            at_ms: 0,
            source: SourceHash(0),
            offset: 0,
        }
    }

    fn expected_on(parcel: Parcel, day: &str) -> Parcel {
        let fact = ParcelFact {
            value: day.to_owned(),
            as_of: at("2026-11-20T00:00:00Z"),
            began: arrival(),
            quiet: false,
        };
        Parcel {
            facts: [(FactName::EstimatedDelivery, fact)].into(),
            ..parcel
        }
    }

    fn hours(next: Option<(SignedDuration, Urgency)>) -> Option<i64> {
        next.map(|(next, _)| next.as_hours())
    }

    #[test]
    fn by_status() {
        let (began, now) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T20:00:00Z"));
        let check = |parcel: &Parcel, expected: Option<i64>| {
            let next = hours(next_poll(parcel, began, 0, now));
            assert_eq!(next, expected, "{:?} {:?}", parcel.status, parcel.detail);
        };
        check(&parcel(Status::NotYetInSystem), Some(24));
        check(&parcel(Status::InTransit), Some(24));
        check(&parcel(Status::DeliveryAttempt), Some(24));
        check(&parcel(Status::DeliveredToServicePoint), Some(48));
        check(&parcel(Status::Delivered), None);
        let detailed = |detail| Parcel {
            detail: Some(detail),
            ..parcel(Status::InTransit)
        };
        check(&detailed(DetailCode::OutForDelivery), Some(3));
        check(&detailed(DetailCode::ParcelLost), None);
        check(&expected_on(parcel(Status::InTransit), "2026-11-20"), Some(6));
        check(
            &expected_on(parcel(Status::InTransit), "2026-11-19T17:00:00-05:00"),
            Some(12),
        );
        check(&expected_on(parcel(Status::InTransit), "2026-11-18"), Some(24));
        check(&expected_on(parcel(Status::InTransit), "2026-11-23"), Some(24));
        check(&expected_on(parcel(Status::NotYetInSystem), "2026-11-20"), Some(24));
        // At ten in the morning.
        check(&expected_on(parcel(Status::InTransit), "2026-11-21"), Some(14));
        check(&expected_on(parcel(Status::InTransit), "soon"), Some(24));
    }

    #[test]
    fn the_day_is_that_of_where_the_parcel_is() {
        let (began, now) = (at("2026-11-20T08:00:00Z"), at("2026-11-21T02:00:00Z"));
        let mut parcel = expected_on(parcel(Status::InTransit), "2026-11-21");
        assert_eq!(
            hours(next_poll(&parcel, began, 0, now)),
            Some(8),
            "ten in the morning of UTC"
        );
        parcel.events = vec![event(began, jiff::tz::offset(-8))];
        assert_eq!(
            hours(next_poll(&parcel, began, 0, now)),
            Some(16),
            "six in the evening of the day before"
        );
    }

    #[test]
    fn what_is_silent_is_asked_about_less_and_then_never() {
        let began = at("2026-11-20T08:00:00Z");
        let after = |days: i64| {
            let now = began + SignedDuration::from_hours(24 * days);
            hours(next_poll(&parcel(Status::InTransit), began, 3, now))
        };
        assert_eq!(
            [after(1), after(2), after(5), after(30), after(31)],
            [Some(24), Some(24), Some(60), Some(360), None]
        );
    }

    #[test]
    fn a_number_that_is_used_again_is_polled() {
        let began = at("2026-11-20T08:00:00Z");
        let delivered = |days: i64| {
            let seen = began - SignedDuration::from_hours(24 * days);
            let parcel = Parcel {
                events: vec![event(seen, Offset::UTC)],
                ..parcel(Status::Delivered)
            };
            hours(next_poll(&parcel, began, 0, began))
        };
        assert_eq!([delivered(1), delivered(120), delivered(121)], [None, None, Some(24)]);
    }

    #[test]
    fn the_last_polls_reach_far_and_there_is_no_thirteenth() {
        let (began, now) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T20:00:00Z"));
        let out = Parcel {
            detail: Some(DetailCode::OutForDelivery),
            ..parcel(Status::InTransit)
        };
        let made = |parcel: &Parcel| -> Vec<Option<i64>> {
            let made = [7, 8, 9, 10, 11, 12];
            made.iter()
                .map(|made| hours(next_poll(parcel, began, *made, now)))
                .collect()
        };
        let days = |days: i64| Some(24 * days);
        assert_eq!(made(&out), [Some(3), Some(8), days(1), days(7), days(7), None]);
        let under_way = parcel(Status::InTransit);
        assert_eq!(made(&under_way), [days(1), Some(36), days(4), days(14), days(14), None]);
    }

    #[test]
    fn numbers_are_spread_over_a_fifth_of_the_interval() {
        let spread_of = |nth: u32| {
            let number = TrackingNumber::parse(&format!("940010000000000000{nth:04}")).unwrap();
            spread(HOUR * 10, &number).as_mins()
        };
        let all: std::collections::BTreeSet<i64> = (0..1_000).map(spread_of).collect();
        assert!(all.iter().all(|minutes| (540..=660).contains(minutes)), "{all:?}");
        assert!(all.len() > 100, "{all:?}");
    }

    #[test]
    fn urgency_is_read_as_it_was_written() {
        for urgency in [Urgency::Today, Urgency::UnderWay, Urgency::Waiting] {
            assert_eq!(Urgency::from_text(urgency.as_str()), urgency);
        }
    }
}
