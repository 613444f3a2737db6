//! Ship24's test numbers, `SHIP24_SAMPLE_<MILESTONE>_000`: parcels that nobody ships, made from the number alone.

use jiff::civil::Time;
use jiff::{Timestamp, ToSpan as _};
use milepost_carriers::{Milestone, read_parcel};
use milepost_model::{
    Arrival, Arrived, Bundle, CarrierCode, DetailCode, EventTime, Kind, Parcel, Place, Scope, SourceHash, Tracker,
    TrackingEvent, TrackingNumber, Wall, Which, WrittenZone,
};

const PREFIX: &str = "SHIP24_SAMPLE_";

/// The milestone that a test number names; its last three digits are free. `None`: it is no test number.
pub(super) fn milestone(number: &TrackingNumber) -> Option<Milestone> {
    let (milestone, digits) = number.as_str().strip_prefix(PREFIX)?.rsplit_once('_')?;
    let free = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let milestone = match milestone {
        "PENDING" => Milestone::Pending,
        "INFO_RECEIVED" => Milestone::InfoReceived,
        "IN_TRANSIT" => Milestone::InTransit,
        "OUT_FOR_DELIVERY" => Milestone::OutForDelivery,
        "FAILED_ATTEMPT" => Milestone::FailedAttempt,
        "AVAILABLE_FOR_PICKUP" => Milestone::AvailableForPickup,
        "DELIVERED" => Milestone::Delivered,
        "EXCEPTION" => Milestone::Exception,
        _ => return None,
    };
    free.then_some(milestone)
}

/// The parcel of a tracker with a test number: always the same for the same tracker, with one event on each of the days
/// before its creation. `None`: it is no test number.
pub(super) fn parcel(tracker: &Tracker) -> Option<Parcel> {
    use DetailCode as D;

    let way: &[DetailCode] = match milestone(&tracker.number)? {
        Milestone::Pending => &[],
        Milestone::InfoReceived => &[D::ShipmentCreated],
        Milestone::InTransit => &[D::ShipmentCreated, D::PickedUp, D::HubScanOut],
        Milestone::OutForDelivery => &[D::ShipmentCreated, D::PickedUp, D::HubScanOut, D::OutForDelivery],
        Milestone::FailedAttempt => &[D::ShipmentCreated, D::PickedUp, D::OutForDelivery, D::AttemptedDelivery],
        Milestone::AvailableForPickup => &[D::ShipmentCreated, D::PickedUp, D::AwaitingCollectionFromPickupPoint],
        Milestone::Delivered => &[D::ShipmentCreated, D::PickedUp, D::OutForDelivery, D::Delivered],
        Milestone::Exception => &[D::ShipmentCreated, D::PickedUp, D::ReturnToSender],
    };
    let carrier = CarrierCode::parse("usps").ok()?;
    let events = (0_u64..).zip(way).filter_map(|(nth, detail)| {
        let days_ago = way.len() as u64 - nth;
        let value = event(*detail, tracker.created, i64::try_from(days_ago).ok()?)?;
        Some(Arrived { offset: nth, value })
    });
    let bundle = Bundle {
        number: tracker.number.clone(),
        carrier: carrier.clone(),
        scope: Scope::Shared,
        kind: Kind::Live,
        arrival: Arrival {
            at_ms: tracker.created.as_millisecond().unsigned_abs(),
            source: SourceHash(0),
            offset: 0,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: events.collect(),
        facts: Vec::new(),
        expires_at: i64::MAX,
    };
    Some(read_parcel(
        &tracker.number,
        &carrier,
        &[bundle],
        &tracker.account,
        Which::Newest,
    ))
}

fn event(detail: DetailCode, created: Timestamp, days_ago: i64) -> Option<TrackingEvent> {
    let today = created.to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = today.checked_sub(days_ago.days()).ok()?;
    let time = EventTime {
        wall: Wall::At(day.to_datetime(Time::constant(10, 12, 57, 0))),
        zone: WrittenZone::Unstated,
    };
    Some(TrackingEvent {
        code: detail.as_str().to_owned(),
        description: milepost_carriers::detail_description(detail).to_owned(),
        detail: Some(detail),
        place: Place {
            city: "SAN RAFAEL".to_owned(),
            state: "CA".to_owned(),
            postal_code: "94901".to_owned(),
            country: "US".to_owned(),
            coordinates: None,
        },
        ..TrackingEvent::at(time)
    })
}

#[cfg(test)]
mod tests {
    use milepost_contract::ship24::TrackingJson;
    use milepost_model::{AccountId, TrackerTerms};

    use super::*;

    fn tracker(number: &str) -> Tracker {
        let (number, account) = (TrackingNumber::parse(number).unwrap(), AccountId::default_account());
        let created = "2026-11-20T14:03:00Z".parse().unwrap();
        Tracker::new(account, number, TrackerTerms::default(), 0, created)
    }

    #[test]
    fn each_milestone() {
        for (name, events) in [
            ("pending", 0),
            ("info_received", 1),
            ("in_transit", 3),
            ("out_for_delivery", 4),
            ("failed_attempt", 4),
            ("available_for_pickup", 3),
            ("delivered", 4),
            ("exception", 3),
        ] {
            let number = format!("SHIP24_SAMPLE_{}_007", name.to_uppercase());
            let tracker = tracker(&number);
            let parcel = parcel(&tracker).unwrap();
            let json = TrackingJson::of(&tracker, &[parcel]);
            assert_eq!(json.shipment.status_milestone, name);
            assert_eq!(json.events.len(), events, "{name}");
            if let Some(newest) = json.events.first() {
                assert_eq!(newest.status_milestone, name);
            }
            assert_eq!(json.tracker.unwrap().is_tracked, name != "delivered");
        }
    }

    #[test]
    fn other_numbers() {
        for other in [
            "SHIP24_SAMPLE_LOST_000",
            "SHIP24_SAMPLE_PENDING_00",
            "SHIP24_SAMPLE_PENDING_0000",
            "SHIP24_SAMPLE_PENDING",
            "9405511899223197428490",
        ] {
            assert_eq!(parcel(&tracker(other)), None, "{other}");
        }
    }
}
