//! Thirty days of ten thousand followed parcels, under a simulated clock: the rules of when to poll, the quotas and the
//! turns of accounts, with what the table is written. The figures are in docs/live-tracking.md.
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::{SignedDuration, Timestamp};
use milepost_model::{
    AccountId, Arrival, CarrierCode, DetailCode, EventIdentity, EventTime, FactName, LiveQuota, Parcel, ParcelEvent,
    ParcelFact, QuotaState, Reading, SourceHash, Status, TrackingEvent, TrackingNumber, Wall, WrittenZone, ZoneRule,
};
use milepost_track::live::fair::{Turn, in_turn};
use milepost_track::live::interval::{Urgency, next_poll};

const PARCELS: usize = 10_000;
const DAYS: i64 = 30;
const HOUR: i64 = 3_600;

/// us-east-1, on demand, since November 2024: dollars for a million units.
const WRITE_PRICE: f64 = 0.625;
const READ_PRICE: f64 = 0.125;

/// The same numbers from the same seed, on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// From the first to the last, both included.
    fn between(&mut self, first: i64, last: i64) -> i64 {
        first + i64::try_from(self.next() % u64::try_from(last - first + 1).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }
}

/// What the carrier says from an instant on, in seconds from the beginning.
#[derive(Clone, Copy)]
struct Step {
    at: i64,
    status: Status,
    detail: Option<DetailCode>,
    /// The day of delivery that the carrier expects, in seconds from the beginning.
    expected: Option<i64>,
}

/// A life as parcels have it: handed over within two days, three to six days under way, out for delivery in the morning
/// and delivered that day; some are missed once, some go astray, some never begin.
fn life(dice: &mut Dice, began: i64) -> Vec<Step> {
    let step = |at, status, detail, expected| Step {
        at,
        status,
        detail,
        expected,
    };
    let mut steps = vec![step(
        began,
        Status::NotYetInSystem,
        Some(DetailCode::ShipmentCreated),
        None,
    )];
    if dice.chance(3) {
        return steps;
    }
    let accepted = began + dice.between(2, 40) * HOUR;
    let day = |at: i64| at - at.rem_euclid(24 * HOUR);
    let delivery_day = day(accepted) + dice.between(3, 6) * 24 * HOUR;
    // One carrier in three says no day, and one day in five is wrong by one.
    let expected = match (dice.chance(67), dice.chance(20)) {
        (false, _) => None,
        (true, true) => Some(delivery_day - 24 * HOUR),
        (true, false) => Some(delivery_day),
    };
    steps.push(step(accepted, Status::Accepted, None, expected));
    let mut at = accepted;
    for _ in 0..dice.between(3, 7) {
        at += dice.between(4, 20) * HOUR;
        if at < delivery_day {
            steps.push(step(at, Status::InTransit, None, expected));
        }
    }
    if dice.chance(1) {
        return steps;
    }
    let mut out = delivery_day + dice.between(7, 9) * HOUR;
    if dice.chance(6) {
        steps.push(step(out, Status::InTransit, Some(DetailCode::OutForDelivery), expected));
        steps.push(step(
            out + 5 * HOUR,
            Status::DeliveryAttempt,
            Some(DetailCode::AttemptedDelivery),
            expected,
        ));
        out += 24 * HOUR;
    }
    steps.push(step(out, Status::InTransit, Some(DetailCode::OutForDelivery), expected));
    steps.push(step(
        out + dice.between(1, 10) * HOUR,
        Status::Delivered,
        Some(DetailCode::Delivered),
        expected,
    ));
    steps
}

struct Followed {
    account: AccountId,
    began: i64,
    steps: Vec<Step>,
    parcel: Parcel,
    /// Steps that polls have seen.
    seen: usize,
    due: i64,
    urgency: Urgency,
    calls: u32,
    write_units: u32,
    read_units: f64,
    /// When it was known to be delivered.
    known_delivered: Option<i64>,
}

fn beginning() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    beginning() + SignedDuration::from_secs(seconds)
}

impl Followed {
    fn new(number: usize, account: AccountId, began: i64, steps: Vec<Step>) -> Self {
        let number = TrackingNumber::parse(&format!("SIM{number:07}")).unwrap();
        Self {
            account,
            began,
            steps,
            parcel: Parcel::unknown(number, CarrierCode::parse("usps").unwrap()),
            seen: 0,
            due: began,
            urgency: Urgency::Waiting,
            calls: 0,
            // The start: the due entry and the state.
            write_units: 2,
            read_units: 0.0,
            known_delivered: None,
        }
    }

    /// What the carrier answers now; whether anything is new.
    fn answered(&mut self, now: i64) -> bool {
        let seen = self.steps.iter().take_while(|step| step.at <= now).count();
        if seen == self.seen {
            return false;
        }
        for step in &self.steps[self.seen..seen] {
            let event = TrackingEvent::at(EventTime {
                wall: Wall::At(jiff::tz::Offset::UTC.to_datetime(at(step.at))),
                zone: WrittenZone::Utc,
            });
            self.parcel.events.insert(
                0,
                ParcelEvent {
                    identity: EventIdentity::of(&event),
                    event,
                    reading: Reading {
                        instant: Some(at(step.at)),
                        offset: None,
                        rule: ZoneRule::Stated,
                        detail: step.detail,
                        status: Some(step.status),
                        coordinates: None,
                    },
                    first_arrival: arrival(),
                    imported: false,
                    quiet: false,
                },
            );
        }
        self.seen = seen;
        let last = self.steps[seen - 1];
        (self.parcel.status, self.parcel.detail) = (last.status, last.detail);
        if let Some(day) = last.expected {
            let fact = ParcelFact {
                value: at(day).to_string(),
                as_of: at(last.at),
                began: arrival(),
                quiet: false,
            };
            self.parcel.facts.insert(FactName::EstimatedDelivery, fact);
        }
        true
    }
}

fn arrival() -> Arrival {
    Arrival {
        at_ms: 0,
        source: SourceHash(0),
        offset: 0,
    }
}

/// A poll that is due.
struct Ready(usize, AccountId, Urgency);

impl Turn for Ready {
    fn account(&self) -> &AccountId {
        &self.1
    }
    fn urgency(&self) -> Urgency {
        self.2
    }
}

/// What thirty days came to.
struct Outcome {
    parcels: Vec<Followed>,
    calls: Vec<i64>,
    quota_writes: u64,
    put_off: u64,
    late: Vec<i64>,
}

/// Ticks by the minute: due polls, the most urgent first and one of each account in turn, as far as the quota goes.
fn simulate(quota: LiveQuota, accounts: &[(&str, usize)], seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let mut parcels = Vec::new();
    for (account, count) in accounts {
        for _ in 0..*count {
            let began = dice.between(0, 20 * 24 * HOUR);
            let steps = life(&mut dice, began);
            parcels.push(Followed::new(
                parcels.len(),
                AccountId::parse(account).unwrap(),
                began,
                steps,
            ));
        }
    }
    let mut due: BinaryHeap<Reverse<(i64, usize)>> = parcels
        .iter()
        .enumerate()
        .map(|(nth, parcel)| Reverse((parcel.due, nth)))
        .collect();
    let mut outcome = Outcome {
        parcels: Vec::new(),
        calls: Vec::new(),
        quota_writes: 0,
        put_off: 0,
        late: Vec::new(),
    };
    let (mut state, keep) = (QuotaState::default(), quota.burst() / 2);
    for now in (0..DAYS * 24 * HOUR).step_by(60) {
        let mut ready = Vec::new();
        while due.peek().is_some_and(|Reverse((at, _))| *at <= now) {
            let Reverse((at, nth)) = due.pop().unwrap();
            if parcels[nth].due == at {
                ready.push(nth);
            }
        }
        if ready.is_empty() {
            continue;
        }
        let ready = ready
            .into_iter()
            .map(|nth| Ready(nth, parcels[nth].account.clone(), parcels[nth].urgency));
        let ordered = in_turn(ready.collect());
        let wanted = u32::try_from(ordered.len()).unwrap();
        let (mut granted, next) = state.take(quota, wanted, keep, at(now));
        outcome.quota_writes += u64::from(next != state);
        state = next;
        for Ready(nth, ..) in ordered {
            let parcel = &mut parcels[nth];
            parcel.read_units += 1.0;
            if granted == 0 {
                let again = state.put_off(quota, keep, &parcel.account, at(now));
                parcel.due = (again.duration_since(beginning()).as_secs() + 1).max(now + 1);
                parcel.write_units += 2;
                outcome.put_off += 1;
                due.push(Reverse((parcel.due, nth)));
                continue;
            }
            let began = at(parcel.began);
            let Some((interval, urgency)) = next_poll(&parcel.parcel, began, at(now)) else {
                parcel.write_units += 1;
                continue;
            };
            granted -= 1;
            outcome.calls.push(now);
            parcel.calls += 1;
            parcel.write_units += 2;
            parcel.due = now + interval.as_secs();
            parcel.urgency = urgency;
            if parcel.answered(now) {
                // The bundle, and the next poll if it is moved.
                parcel.write_units += 1;
                match next_poll(&parcel.parcel, began, at(now)) {
                    None => {
                        parcel.write_units += 1;
                        parcel.known_delivered = Some(now);
                        let delivered = parcel.steps.last().unwrap().at;
                        outcome.late.push(now - delivered);
                        continue;
                    }
                    Some((interval, urgency)) if now + interval.as_secs() < parcel.due - 600 => {
                        parcel.due = now + interval.as_secs();
                        parcel.urgency = urgency;
                        parcel.write_units += 2;
                    }
                    Some(_) => {}
                }
            }
            due.push(Reverse((parcel.due, nth)));
        }
    }
    outcome.parcels = parcels;
    outcome
}

/// The most calls in any stretch of the quota's length.
fn most_within(calls: &[i64], seconds: i64) -> usize {
    let (mut most, mut first) = (0, 0);
    for (nth, at) in calls.iter().enumerate() {
        while calls[first] <= at - seconds {
            first += 1;
        }
        most = most.max(nth - first + 1);
    }
    most
}

fn report(name: &str, outcome: &Outcome, quota: LiveQuota) -> (f64, u32) {
    let delivered: Vec<&Followed> = outcome
        .parcels
        .iter()
        .filter(|parcel| parcel.known_delivered.is_some())
        .collect();
    let count = delivered.len() as f64;
    let calls: u32 = delivered.iter().map(|parcel| parcel.calls).sum();
    let most = delivered.iter().map(|parcel| parcel.calls).max().unwrap_or(0);
    let writes: f64 = outcome
        .parcels
        .iter()
        .map(|parcel| f64::from(parcel.write_units))
        .sum::<f64>();
    let reads: f64 = outcome.parcels.iter().map(|parcel| parcel.read_units).sum();
    let all = outcome.parcels.len() as f64;
    let writes = (writes + outcome.quota_writes as f64) / all;
    let dollars = writes * WRITE_PRICE + reads / all * READ_PRICE;
    let mut late = outcome.late.clone();
    late.sort_unstable();
    let median = late.get(late.len() / 2).copied().unwrap_or(0) as f64 / 3_600.0;
    let most_in_period = most_within(&outcome.calls, i64::from(quota.seconds));
    println!(
        "{name}: {} delivered, {:.1} calls each, {most} at most; {:.1} write units and {:.1} read units a parcel, \
         ${dollars:.2} for a million parcels; delivery known after {median:.1} h (median); {} put off; {most_in_period} \
         of {} calls in {} s",
        delivered.len(),
        f64::from(calls) / count,
        writes,
        reads / all,
        outcome.put_off,
        quota.requests,
        quota.seconds,
    );
    assert!(
        most_in_period <= quota.requests as usize,
        "{name}: the quota is never passed"
    );
    (f64::from(calls) / count, most)
}

#[test]
fn thirty_days_of_ten_thousand_parcels() {
    // What a carrier grants a shipper of this size: ten thousand an hour.
    let quota = LiveQuota {
        requests: 10_000,
        seconds: 3_600,
        pause_ms: 0,
    };
    let outcome = simulate(quota, &[("big", 9_000), ("small", 1_000)], 7);
    let (calls, _) = report("quota for all", &outcome, quota);
    assert!(calls <= 12.0, "{calls} calls for a delivered parcel");
    let known = outcome
        .parcels
        .iter()
        .filter(|parcel| parcel.known_delivered.is_some())
        .count();
    assert!(known > PARCELS * 9 / 10, "{known}");
}

#[test]
fn thirty_days_with_a_quota_for_a_third() {
    let quota = LiveQuota {
        requests: 60,
        seconds: 3_600,
        pause_ms: 12_000,
    };
    let outcome = simulate(quota, &[("big", 9_500), ("small", 500)], 7);
    report("sixty an hour", &outcome, quota);
    let mean = |account: &str| {
        let of = outcome
            .parcels
            .iter()
            .filter(|parcel| parcel.account.as_str() == account);
        let calls: Vec<f64> = of.map(|parcel| f64::from(parcel.calls)).collect();
        calls.iter().sum::<f64>() / calls.len() as f64
    };
    let (big, small) = (mean("big"), mean("small"));
    println!("sixty an hour: {big:.1} calls a parcel of the big account, {small:.1} of the small one");
    assert!(
        small > 1.5 * big,
        "the small account does not wait behind the big one: {small} {big}"
    );
}
