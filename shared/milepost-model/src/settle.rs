//! Which status a journey has, and in whose words.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::dated::DatedFact;
use crate::time::minute_of;
use crate::{DetailCode, FactName, ParcelEvent, Status, journey};

/// The status of a journey, with the carrier's codes and words for it.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) status: Status,
    pub(crate) detail: Option<DetailCode>,
    pub(crate) code: String,
    pub(crate) detail_code: String,
    pub(crate) description: String,
}

/// The status that rules, and who speaks for it: an event, and facts as of the instants between.
#[derive(Debug)]
struct Ruling<'a> {
    status: Status,
    detail: Option<DetailCode>,
    event: Option<&'a ParcelEvent>,
    since: Timestamp,
    until: Timestamp,
}

/// Settles the status of `events`, oldest first, and `facts`.
pub(crate) fn settle(events: &[ParcelEvent], mut facts: Vec<&DatedFact<'_>>) -> Settled {
    facts.retain(|fact| !fact.copy.value.value.is_empty());
    facts.sort_by_key(|fact| (fact.as_of, fact.copy.arrival, &fact.copy.value.value));
    let newest = events.last();
    let nothing = Ruling {
        status: if newest.is_none() && facts.is_empty() {
            Status::NotYetInSystem
        } else {
            Status::Unknown
        },
        detail: None,
        event: newest,
        since: newest.map_or(Timestamp::MIN, ParcelEvent::sort_instant),
        until: Timestamp::MAX,
    };
    let ruling = ruling(events, &facts).unwrap_or(nothing);
    let words = |name: FactName, of_event: fn(&ParcelEvent) -> &String| {
        let said = |fact: &&&DatedFact<'_>| {
            fact.copy.value.name == name && !is_before(fact.as_of, ruling.since) && !is_before(ruling.until, fact.as_of)
        };
        let fact = facts.iter().rfind(said).map(|fact| &fact.copy.value.value);
        fact.or(ruling.event.map(of_event)).cloned().unwrap_or_default()
    };
    Settled {
        status: ruling.status,
        detail: ruling.detail,
        code: words(FactName::CarrierStatus, |event| &event.event.code),
        detail_code: words(FactName::CarrierDetail, |event| &event.event.carrier_detail_code),
        description: words(FactName::CarrierStatusDescription, |event| &event.event.description),
    }
}

/// The latest event that carries a mapped status rules, then what facts state after it. After delivery only a return or
/// a correction rules, whoever says it.
fn ruling<'a>(events: &'a [ParcelEvent], facts: &[&DatedFact<'_>]) -> Option<Ruling<'a>> {
    let mut ruling: Option<Ruling<'_>> = None;
    let mut latest = None;
    for event in events {
        let (at, detail) = (event.sort_instant(), event.reading.detail);
        let Some(status) = event.reading.status.and_then(mapped) else {
            continue;
        };
        latest = Some(at);
        if may_follow(ruling.as_ref(), status, detail) {
            ruling = Some(Ruling {
                status,
                detail,
                event: Some(event),
                since: at,
                until: at,
            });
        }
    }
    for (as_of, status, detail) in stated(facts) {
        let superseded = latest.is_some_and(|latest| !is_before(latest, as_of));
        // A feed that sends no events has no other sign that its number is used again.
        let used_again = ruling.as_ref().is_some_and(|r| journey::is_long(r.until, as_of));
        if superseded || !(used_again || may_follow(ruling.as_ref(), status, detail)) {
            continue;
        }
        match &mut ruling {
            Some(same) if same.status == status => {
                same.detail = detail.or(same.detail);
                same.until = as_of;
            }
            _ => {
                ruling = Some(Ruling {
                    status,
                    detail,
                    event: None,
                    since: as_of,
                    until: as_of,
                });
            }
        }
    }
    ruling
}

/// What rows state of the status, oldest first, each with the detail that the same row states.
fn stated(facts: &[&DatedFact<'_>]) -> Vec<(Timestamp, Status, Option<DetailCode>)> {
    let of = |name: FactName| facts.iter().filter(move |fact| fact.copy.value.name == name);
    let row = |fact: &DatedFact<'_>| (fact.copy.arrival, fact.as_of);
    let details: BTreeMap<_, _> = of(FactName::StatusDetail)
        .filter_map(|fact| Some((row(fact), DetailCode::from_text(&fact.copy.value.value)?)))
        .collect();
    of(FactName::Status)
        .filter_map(|fact| {
            let status = Status::from_code(&fact.copy.value.value).and_then(mapped)?;
            Some((fact.as_of, status, details.get(&row(fact)).copied()))
        })
        .collect()
}

fn mapped(status: Status) -> Option<Status> {
    (status != Status::Unknown).then_some(status)
}

fn may_follow(ruling: Option<&Ruling<'_>>, to: Status, detail: Option<DetailCode>) -> bool {
    ruling.is_none_or(|ruling| ruling.status != Status::Delivered)
        || to == Status::Delivered
        || detail.is_some_and(DetailCode::reopens_delivered)
}

/// By the minute: of one event, one source writes seconds and another does not.
fn is_before(a: Timestamp, b: Timestamp) -> bool {
    minute_of(a) < minute_of(b)
}
