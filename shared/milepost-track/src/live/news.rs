//! What of a carrier's answer is new: pure.
//!
//! An answer is the carrier's whole history of a parcel, and mostly what is stored already. What is not becomes
//! bundles; without news there are none. A carrier that takes an event back leaves it out of its history: then the
//! answer stands in place of all that it ever said.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use milepost_carriers::live::LiveAnswer;
use milepost_model::{
    Arrival, Arrived, Bundle, EventIdentity, EventTime, Fact, FactName, Kind, LiveKey, MAX_BUNDLE_BYTES,
    MAX_BUNDLE_EVENTS, Retention, SourceHash, TrackingEvent,
};

/// What is dated further ahead of its arrival is a mistake of the carrier's; two days are the widest that zones and
/// clocks can be wrong together.
const AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// The bundles of what is new in an answer; none when nothing is. `stored` is what is stored of the number.
pub(super) fn news(
    stored: &[Bundle],
    key: &LiveKey,
    answer: LiveAnswer,
    answered: Timestamp,
    retention: Retention,
) -> Vec<Bundle> {
    let (events, facts) = sound(answer, answered, retention);
    let said = Said::of(stored, key);
    let new_events: Vec<&TrackingEvent> = events.iter().filter(|event| !said.has(event)).collect();
    let new_facts: Vec<&Fact> = facts.iter().filter(|fact| !said.states(fact)).collect();
    if said.took_back(&events) {
        let (events, facts) = (events.iter().collect(), facts.iter().collect());
        return bundles(key, events, facts, answered, true, retention);
    }
    bundles(key, new_events, new_facts, answered, false, retention)
}

/// What can be kept, with each fact dated by the newest event beside it, which may be stored already.
fn sound(answer: LiveAnswer, answered: Timestamp, retention: Retention) -> (Vec<TrackingEvent>, Vec<Fact>) {
    let mut events = answer.events;
    let latest = answered.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    events.retain(|event| {
        let at = event.time.as_if_utc();
        at <= latest && retention.expires_at(at) > answered.as_second()
    });
    let newest = events
        .iter()
        .map(|event| &event.time)
        .max_by_key(|time| time.as_if_utc());
    let dated = |fact: Fact| Fact {
        as_of: fact.as_of.or_else(|| newest.cloned()),
        ..fact
    };
    let facts = answer
        .facts
        .into_iter()
        .filter(|fact| !fact.value.is_empty())
        .map(dated)
        .collect();
    (events, facts)
}

/// What the carrier has said so far, through the same connection.
struct Said<'a> {
    events: BTreeMap<EventIdentity, Vec<&'a TrackingEvent>>,
    /// The last of each name.
    facts: BTreeMap<FactName, (Arrival, &'a str)>,
}

impl<'a> Said<'a> {
    fn of(stored: &'a [Bundle], key: &LiveKey) -> Self {
        let ours = |bundle: &&Bundle| {
            bundle.kind == Kind::Live
                && bundle.number == key.number
                && bundle.carrier == key.carrier
                && bundle.scope == key.scope
        };
        let since = stored.iter().filter(ours).filter(|bundle| bundle.replaces);
        let since = since.map(|bundle| bundle.arrival).max();
        let mut said = Self {
            events: BTreeMap::new(),
            facts: BTreeMap::new(),
        };
        let counts = |bundle: &&Bundle| since.is_none_or(|since| bundle.arrival >= since);
        for bundle in stored.iter().filter(ours).filter(counts) {
            for event in &bundle.events {
                let identity = EventIdentity::of(&event.value);
                said.events.entry(identity).or_default().push(&event.value);
            }
            for fact in &bundle.facts {
                let at = bundle.arrival_at(fact.offset);
                let last = said.facts.entry(fact.value.name).or_insert((at, &fact.value.value));
                if at >= last.0 {
                    *last = (at, &fact.value.value);
                }
            }
        }
        said
    }

    /// The same copy: one with a city more is another.
    fn has(&self, event: &TrackingEvent) -> bool {
        let copies = self.events.get(&EventIdentity::of(event));
        copies.is_some_and(|copies| copies.contains(&event))
    }

    fn states(&self, fact: &Fact) -> bool {
        self.facts
            .get(&fact.name)
            .is_some_and(|(_, value)| *value == fact.value)
    }

    /// Whether an event was said before, lies within what the answer spans, and is not in it.
    fn took_back(&self, events: &[TrackingEvent]) -> bool {
        let times = || events.iter().map(|event| event.time.as_if_utc());
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return false;
        };
        let there: std::collections::BTreeSet<_> = events.iter().map(EventIdentity::of).collect();
        let within = |time: &EventTime| (first..=last).contains(&time.as_if_utc());
        let gone = self.events.iter().filter(|(identity, _)| !there.contains(identity));
        gone.flat_map(|(_, copies)| copies).any(|event| within(&event.time))
    }
}

/// All of it arrives at once, so that what an answer states together stays together.
fn bundles(
    key: &LiveKey,
    events: Vec<&TrackingEvent>,
    facts: Vec<&Fact>,
    answered: Timestamp,
    replaces: bool,
    retention: Retention,
) -> Vec<Bundle> {
    let arrival = Arrival {
        at_ms: u64::try_from(answered.as_millisecond()).unwrap_or_default(),
        source: SourceHash::of(format!("live {}", key.carrier).as_bytes()),
        offset: 0,
    };
    let newest = events.iter().map(|event| event.time.as_if_utc()).max();
    let empty = || Bundle {
        number: key.number.clone(),
        carrier: key.carrier.clone(),
        scope: key.scope.clone(),
        kind: Kind::Live,
        arrival,
        file: None,
        replaces,
        notify_from: None,
        events: Vec::new(),
        facts: Vec::new(),
        expires_at: retention.expires_at(newest.unwrap_or(answered)),
    };
    let mut bundles = Vec::new();
    let (mut filling, mut bytes) = (empty(), 0);
    filling.facts = facts.into_iter().map(|fact| arrived(fact.clone())).collect();
    for event in events {
        let size = text_of(event);
        if filling.events.len() >= MAX_BUNDLE_EVENTS || bytes + size > MAX_BUNDLE_BYTES {
            bundles.push(std::mem::replace(&mut filling, empty()));
            bytes = 0;
        }
        bytes += size;
        filling.events.push(arrived(event.clone()));
    }
    if !filling.events.is_empty() || !filling.facts.is_empty() {
        bundles.push(filling);
    }
    bundles
}

fn arrived<T>(value: T) -> Arrived<T> {
    Arrived { offset: 0, value }
}

/// Bytes of an event's text.
fn text_of(event: &TrackingEvent) -> usize {
    let texts = [
        &event.code,
        &event.carrier_detail_code,
        &event.description,
        &event.place.city,
        &event.place.state,
        &event.place.postal_code,
        &event.place.country,
        &event.signer,
        &event.company,
        &event.piece,
        &event.proof_of_delivery_url,
    ];
    texts.into_iter().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{CarrierCode, Scope, TrackingNumber, Wall, WrittenZone};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn key() -> LiveKey {
        LiveKey {
            number: TrackingNumber::parse("9405511899223197428490").unwrap(),
            carrier: CarrierCode::parse("usps").unwrap(),
            scope: Scope::Shared,
        }
    }

    fn event(time: &str, code: &str) -> TrackingEvent {
        TrackingEvent {
            code: code.to_owned(),
            ..TrackingEvent::at(EventTime {
                wall: Wall::At(time.parse().unwrap()),
                zone: WrittenZone::Unstated,
            })
        }
    }

    fn fact(name: FactName, value: &str) -> Fact {
        Fact {
            name,
            value: value.to_owned(),
            as_of: None,
        }
    }

    fn answer(events: &[TrackingEvent], facts: &[Fact]) -> LiveAnswer {
        LiveAnswer {
            events: events.to_vec(),
            facts: facts.to_vec(),
            warnings: Vec::new(),
        }
    }

    fn first() -> Vec<TrackingEvent> {
        vec![event("2026-11-18T09:00:00", "03"), event("2026-11-19T09:00:00", "10")]
    }

    fn asked(stored: &[Bundle], answer: LiveAnswer, answered: &str) -> Vec<Bundle> {
        news(stored, &key(), answer, at(answered), Retention::default())
    }

    #[test]
    fn an_answer_is_stored_once() {
        let eta = [fact(FactName::EstimatedDelivery, "2026-11-22")];
        let mut stored = asked(&[], answer(&first(), &eta), "2026-11-19T12:00:00Z");
        assert_eq!((stored.len(), stored[0].events.len(), stored[0].facts.len()), (1, 2, 1));
        assert_eq!(stored[0].facts[0].value.as_of, Some(first()[1].time.clone()));
        assert_eq!(asked(&stored, answer(&first(), &eta), "2026-11-20T12:00:00Z"), []);

        let more = [first(), vec![event("2026-11-20T09:00:00", "OF")]].concat();
        let next = asked(&stored, answer(&more, &eta), "2026-11-20T12:00:00Z");
        assert_eq!((next.len(), next[0].events.len(), next[0].facts.len()), (1, 1, 0));
        assert!(!next[0].replaces);
        stored.extend(next);
        assert_eq!(asked(&stored, answer(&more, &eta), "2026-11-21T12:00:00Z"), []);
    }

    #[test]
    fn a_value_that_returns_is_news() {
        let eta = |day| [fact(FactName::EstimatedDelivery, day)];
        let mut stored = asked(&[], answer(&[], &eta("2026-11-22")), "2026-11-19T12:00:00Z");
        for (day, answered) in [
            ("2026-11-23", "2026-11-20T12:00:00Z"),
            ("2026-11-22", "2026-11-21T12:00:00Z"),
        ] {
            let next = asked(&stored, answer(&[], &eta(day)), answered);
            assert_eq!(next.len(), 1, "{day}");
            stored.extend(next);
        }
    }

    #[test]
    fn a_richer_copy_is_news() {
        let stored = asked(&[], answer(&first(), &[]), "2026-11-19T12:00:00Z");
        let mut richer = first();
        richer[0].place.city = "ATLANTA".to_owned();
        assert_eq!(
            asked(&stored, answer(&richer, &[]), "2026-11-20T12:00:00Z")[0]
                .events
                .len(),
            1
        );
    }

    #[test]
    fn what_the_carrier_takes_back_goes() {
        let wrong = event("2026-11-18T20:00:00", "01");
        let with = [vec![wrong], first()].concat();
        let mut stored = asked(&[], answer(&with, &[]), "2026-11-19T12:00:00Z");
        let next = asked(&stored, answer(&first(), &[]), "2026-11-20T12:00:00Z");
        assert!(next[0].replaces);
        assert_eq!(next[0].events.len(), 2, "the whole answer");
        stored.extend(next);
        assert_eq!(
            asked(&stored, answer(&first(), &[]), "2026-11-21T12:00:00Z"),
            [],
            "said once"
        );
    }

    #[test]
    fn a_carrier_that_forgets_its_oldest_takes_nothing_back() {
        let stored = asked(&[], answer(&first(), &[]), "2026-11-19T12:00:00Z");
        let later = [first()[1].clone(), event("2026-11-20T09:00:00", "OF")];
        let next = asked(&stored, answer(&later, &[]), "2026-11-20T12:00:00Z");
        assert!(!next[0].replaces);
        assert_eq!(asked(&stored, answer(&[], &[]), "2026-11-20T12:00:00Z"), []);
    }

    #[test]
    fn what_no_event_can_be_is_left_out() {
        let odd = [event("2026-12-01T09:00:00", "10"), event("2019-01-01T09:00:00", "10")];
        assert_eq!(asked(&[], answer(&odd, &[]), "2026-11-20T12:00:00Z"), []);
    }

    #[test]
    fn a_long_history_is_several_bundles() {
        let events: Vec<_> = (0..250)
            .map(|nth| event("2026-11-18T09:00:00", &format!("C{nth}")))
            .collect();
        let bundles = asked(&[], answer(&events, &[]), "2026-11-19T12:00:00Z");
        let sizes: Vec<_> = bundles.iter().map(|bundle| bundle.events.len()).collect();
        assert_eq!(sizes, [100, 100, 50]);
        assert_eq!(asked(&bundles, answer(&events, &[]), "2026-11-20T12:00:00Z"), []);
    }
}
