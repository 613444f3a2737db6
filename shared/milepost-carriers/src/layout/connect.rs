//! Items of ShipEngine Connect: each line is one `ImportedTrackingEvent`, as a carrier app's `ImportTrackingEvents`
//! yields it.
//!
//! An item holds the state of a shipment, events, or only the source's own errors. What can be read of it is kept: an
//! event without a time or an unknown code becomes a warning while anything else is left.

mod moment;
mod shape;

use std::collections::BTreeMap;

use milepost_feeds::JsonLine;
use milepost_model::{DetailCode, EventTime, Fact, FactName, RejectReason, TrackingEvent};

use self::shape::{Event, ImportedTrackingEvent, TrackingInfo};
use super::item::{self, Item, Refusal};
use super::scalar::Scalar;
use super::values;
use crate::registry::resolve;

/// Longest message of the source that is kept, in letters.
const MESSAGE_LETTERS: usize = 200;

/// Reads one item. `statuses` is the layout's own table.
pub(super) fn map(line: &JsonLine<'_>, statuses: &BTreeMap<String, DetailCode>) -> Result<Item, Refusal> {
    let written: ImportedTrackingEvent<'_> = line.parse().map_err(item::faulty)?;
    let reported = written.error_messages.texts(MESSAGE_LETTERS);
    let stated = written.tracking_info.unwrap_or_default();
    let Some(number) = stated.tracking_number.text() else {
        return Err(match reported.into_iter().next() {
            Some(message) => (RejectReason::ReportedByCarrier, message),
            None => (
                RejectReason::NoTrackingNumber,
                "tracking_info.tracking_number: empty".to_owned(),
            ),
        });
    };
    if stated.tracking_number.is_rounded() {
        let hint = "tracking_info.tracking_number: a JSON number has lost its last digits, write it as a string";
        return Err((RejectReason::BadTrackingNumber, hint.to_owned()));
    }
    let (number, as_written) = item::number(number, "tracking_info.tracking_number")?;

    let mut warnings = reported.clone();
    warnings.extend(written.warning_messages.texts(MESSAGE_LETTERS));
    let replaces = match written.update_method.text() {
        None | Some("append") => false,
        Some("replace") => true,
        Some(_) => {
            warnings.push("update_method: neither append nor replace, taken as append".to_owned());
            false
        }
    };
    let (events, timeless) = events(&stated, statuses, &mut warnings);
    let newest = events
        .iter()
        .map(|event| &event.time)
        .max_by_key(|time| time.as_if_utc())
        .cloned();
    let mut facts = facts(&stated, newest.as_ref(), &mut warnings);
    if events.is_empty() && facts.is_empty() {
        return Err(match reported.into_iter().next() {
            Some(message) => (RejectReason::ReportedByCarrier, message),
            None if timeless => (RejectReason::BadTime, "no event has a time that can be read".to_owned()),
            None => (
                RejectReason::Nothing,
                "neither an event nor a status or other fact".to_owned(),
            ),
        });
    }
    facts.extend(as_written.map(|fact| Fact { as_of: newest, ..fact }));
    Ok(Item {
        number,
        carrier: stated.carrier_name.text().and_then(resolve),
        events,
        facts,
        replaces,
        warnings,
    })
}

/// The events that can be read, and whether any was left out for its time.
fn events(
    stated: &TrackingInfo<'_>,
    statuses: &BTreeMap<String, DetailCode>,
    warnings: &mut Vec<String>,
) -> (Vec<TrackingEvent>, bool) {
    let mut events = Vec::new();
    let mut timeless = false;
    for written in stated.events.iter().flatten() {
        let Some(time) = moment::read(written, warnings) else {
            warnings.push("events: one has no time that can be read and is left out".to_owned());
            timeless = true;
            continue;
        };
        let event = event(written, time, statuses, warnings);
        if values::says_something(&event) {
            events.push(event);
        } else {
            warnings.push("events: one has neither code nor description nor status and is left out".to_owned());
        }
    }
    (events, timeless)
}

fn event(
    written: &Event<'_>,
    time: EventTime,
    statuses: &BTreeMap<String, DetailCode>,
    warnings: &mut Vec<String>,
) -> TrackingEvent {
    let text = |scalar: &Scalar<'_>| scalar.text().unwrap_or_default().to_owned();
    let mut event = TrackingEvent::at(time);
    event.code = text(&written.event_code);
    event.carrier_detail_code = text(&written.carrier_detail_code);
    event.description = text(&written.description);
    event.place.city = text(&written.city);
    event.place.state = text(&written.state);
    event.place.postal_code = text(&written.postal_code);
    event.place.country = text(&written.country);
    event.signer = text(&written.signer);
    event.company = text(&written.company);
    event.proof_of_delivery_url = text(&written.proof_of_delivery_url);
    event.status = known(&written.status_code, values::status, "events.status_code", warnings);
    event.detail = known(
        &written.status_detail_code,
        values::detail,
        "events.status_detail_code",
        warnings,
    );
    if event.detail.is_none() {
        event.detail = statuses.get(&event.code).copied();
    }
    if let Some(geo) = &written.geo {
        event.place.coordinates = values::coordinates(geo.latitude(), geo.longitude());
        if event.place.coordinates.is_none() {
            warnings.push("events.geo: no position on Earth".to_owned());
        }
    }
    event
}

/// What the item states beside its events. It holds since the newest of them.
fn facts(stated: &TrackingInfo<'_>, as_of: Option<&EventTime>, warnings: &mut Vec<String>) -> Vec<Fact> {
    let status = known(
        &stated.standardized_status_code,
        values::status,
        "standardized_status_code",
        warnings,
    );
    let detail = known(
        &stated.standardized_status_detail_code,
        values::detail,
        "standardized_status_detail_code",
        warnings,
    );
    let values = [
        (FactName::Status, status.map(|status| status.code())),
        (FactName::StatusDetail, detail.map(|detail| detail.as_str())),
        (FactName::CarrierStatus, stated.carrier_status_code.text()),
        (FactName::CarrierDetail, stated.carrier_detail_code.text()),
        (
            FactName::CarrierStatusDescription,
            stated.carrier_status_description.text(),
        ),
        (FactName::ShipDate, stated.shipped_datetime.text()),
        (FactName::EstimatedDelivery, stated.estimated_delivery_datetime.text()),
        (FactName::ActualDelivery, stated.actual_delivery_datetime.text()),
        (
            FactName::ExceptionDescription,
            stated.shipping_problem_description.text(),
        ),
        (FactName::Service, stated.service.text()),
        (FactName::Packaging, stated.packaging.text()),
        (FactName::Weight, stated.weight.text()),
        (FactName::PackageCount, stated.package_count.text()),
    ];
    let facts = values.into_iter().filter_map(|(name, value)| {
        Some(Fact {
            name,
            value: value?.to_owned(),
            as_of: as_of.cloned(),
        })
    });
    facts.collect()
}

/// A value of one of the published lists; another text is a warning.
fn known<T>(written: &Scalar<'_>, read: fn(&str) -> Option<T>, field: &str, warnings: &mut Vec<String>) -> Option<T> {
    let text = written.text()?;
    let value = read(text);
    if value.is_none() {
        warnings.push(format!("{field}: not one of ShipEngine's codes"));
    }
    value
}
