//! How often a parcel is asked about: often while something is to happen, seldom while it waits, not at all once it has
//! come to its end or has been silent for a month.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use milepost_model::{DetailCode, FactName, Parcel, Status};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A parcel of which nothing new came for so many days is not polled any more. It is asked about when somebody looks it
/// up.
const SILENT_DAYS: i32 = 30;

/// What polls are about, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// It is out for delivery, or to be delivered today.
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

/// When a parcel is asked about next, and how urgent that is. `None`: no more. `began` is when its polls began.
pub fn next_poll(parcel: &Parcel, began: Timestamp, now: Timestamp) -> Option<(SignedDuration, Urgency)> {
    let silent = silence(parcel, began, now);
    if parcel.has_ended() || silent > HOUR * (24 * SILENT_DAYS) {
        return None;
    }
    let days = days_to_delivery(parcel, now);
    Some(match parcel.status {
        // A round takes six hours or so: two or three looks at it.
        _ if parcel.detail == Some(DetailCode::OutForDelivery) => (HOUR * 3, Urgency::Today),
        // Announced yesterday and not handed over yet: most are within a day, and then once a day is enough.
        Status::NotYetInSystem | Status::Unknown if silent < HOUR * 24 => (HOUR * 12, Urgency::Waiting),
        Status::NotYetInSystem | Status::Unknown | Status::DeliveredToServicePoint => (HOUR * 24, Urgency::Waiting),
        // The carrier's day has come; or it came yesterday, and the parcel is late.
        _ if days == Some(0) => (HOUR * 4, Urgency::Today),
        _ if days == Some(-1) => (HOUR * 8, Urgency::UnderWay),
        // The next attempt is tomorrow.
        Status::DeliveryAttempt => (HOUR * 8, Urgency::UnderWay),
        // Until the day before, a look a day tells whether the day has changed.
        _ if days.is_some_and(|days| days > 1) => (HOUR * 24, Urgency::UnderWay),
        _ if silent < HOUR * 72 => (HOUR * 12, Urgency::UnderWay),
        _ => (HOUR * 24, Urgency::Waiting),
    })
}

/// How long an answer is good enough for whoever looks a parcel up.
pub fn fresh_for(parcel: &Parcel, now: Timestamp) -> SignedDuration {
    if parcel.has_ended() {
        HOUR * 24
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

/// Out for delivery, or the carrier's day of delivery has come.
fn is_today(parcel: &Parcel, now: Timestamp) -> bool {
    parcel.detail == Some(DetailCode::OutForDelivery) || days_to_delivery(parcel, now) == Some(0)
}

/// Days until the carrier's day of delivery, 0 on it. The carrier's date is local, so that its day begins up to 14 hours
/// before UTC's: near enough.
fn days_to_delivery(parcel: &Parcel, now: Timestamp) -> Option<i32> {
    let expected = parcel.fact(FactName::EstimatedDelivery).and_then(date)?;
    let today = Offset::UTC.to_datetime(now).date();
    Some(expected.since(today).ok()?.get_days())
}

/// The date that an ISO 8601 text begins with.
fn date(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{Arrival, CarrierCode, ParcelFact, SourceHash, TrackingNumber};

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

    fn expected_on(parcel: Parcel, day: &str) -> Parcel {
        let fact = ParcelFact {
            value: day.to_owned(),
            as_of: at("2026-11-20T00:00:00Z"),
            began: Arrival {
                at_ms: 0,
                source: SourceHash(0),
                offset: 0,
            },
            quiet: false,
        };
        Parcel {
            facts: [(FactName::EstimatedDelivery, fact)].into(),
            ..parcel
        }
    }

    #[test]
    fn by_status() {
        let (began, now) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T20:00:00Z"));
        let check = |parcel: &Parcel, hours: Option<i64>| {
            let next = next_poll(parcel, began, now).map(|(next, _)| next.as_hours());
            assert_eq!(next, hours, "{:?} {:?}", parcel.status, parcel.detail);
        };
        check(&parcel(Status::NotYetInSystem), Some(12));
        check(&parcel(Status::InTransit), Some(12));
        check(&parcel(Status::DeliveryAttempt), Some(8));
        check(&parcel(Status::DeliveredToServicePoint), Some(24));
        check(&parcel(Status::Delivered), None);
        let detailed = |detail| Parcel {
            detail: Some(detail),
            ..parcel(Status::InTransit)
        };
        check(&detailed(DetailCode::OutForDelivery), Some(3));
        check(&detailed(DetailCode::ParcelLost), None);
        check(&expected_on(parcel(Status::InTransit), "2026-11-20"), Some(4));
        check(
            &expected_on(parcel(Status::InTransit), "2026-11-19T17:00:00-05:00"),
            Some(8),
        );
        check(&expected_on(parcel(Status::InTransit), "2026-11-18"), Some(12));
        check(&expected_on(parcel(Status::InTransit), "2026-11-23"), Some(24));
        check(&expected_on(parcel(Status::NotYetInSystem), "2026-11-20"), Some(12));
        check(&expected_on(parcel(Status::InTransit), "2026-11-21"), Some(12));
        check(&expected_on(parcel(Status::InTransit), "soon"), Some(12));
    }

    #[test]
    fn what_is_silent_is_asked_about_less_and_then_never() {
        let began = at("2026-11-20T08:00:00Z");
        let after = |days: i64| {
            let now = began + SignedDuration::from_hours(24 * days + 1);
            next_poll(&parcel(Status::InTransit), began, now).map(|(next, _)| next.as_hours())
        };
        assert_eq!(
            [after(1), after(5), after(29), after(31)],
            [Some(12), Some(24), Some(24), None]
        );
    }

    #[test]
    fn urgency_is_read_as_it_was_written() {
        for urgency in [Urgency::Today, Urgency::UnderWay, Urgency::Waiting] {
            assert_eq!(Urgency::from_text(urgency.as_str()), urgency);
        }
    }
}
