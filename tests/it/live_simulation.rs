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
use milepost_track::live::interval::{MOST_POLLS, Urgency, next_poll, spread};

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
/// and delivered that day. Some are missed once or more often and go back at last, some are held by customs, some wait
/// for collection, some are weeks under way, some go astray, some never begin.
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
    let mut delivery_day = day(accepted) + dice.between(3, 6) * 24 * HOUR;
    // One carrier in three says no day, and one day in five is wrong by one.
    let mut expected = match (dice.chance(67), dice.chance(20)) {
        (false, _) => None,
        (true, true) => Some(delivery_day - 24 * HOUR),
        (true, false) => Some(delivery_day),
    };
    let unusual = dice.between(1, 100);
    steps.push(step(accepted, Status::Accepted, None, expected));
    let mut at = accepted;
    if unusual == 1 {
        expected = None;
        delivery_day += dice.between(8, 20) * 24 * HOUR;
        while at < delivery_day - 3 * 24 * HOUR {
            at += dice.between(24, 96) * HOUR;
            steps.push(step(at, Status::InTransit, None, expected));
        }
    }
    for _ in 0..dice.between(3, 7) {
        at += dice.between(4, 20) * HOUR;
        if at < delivery_day {
            steps.push(step(at, Status::InTransit, None, expected));
        }
    }
    if unusual == 2 {
        return steps;
    }
    if unusual <= 4 {
        at = at.min(delivery_day - 6 * HOUR);
        steps.push(step(at, Status::Exception, Some(DetailCode::HeldByCustoms), expected));
        delivery_day += dice.between(2, 12) * 24 * HOUR;
        steps.push(step(delivery_day - 20 * HOUR, Status::InTransit, None, expected));
    }
    let mut out = delivery_day + dice.between(7, 9) * HOUR;
    let out_for_delivery = |at| step(at, Status::InTransit, Some(DetailCode::OutForDelivery), expected);
    let missed = match dice.between(1, 100) {
        1 => 3,
        2 | 3 => 2,
        4..=9 => 1,
        _ => 0,
    };
    for _ in 0..missed {
        steps.push(out_for_delivery(out));
        steps.push(step(
            out + 5 * HOUR,
            Status::DeliveryAttempt,
            Some(DetailCode::AttemptedDelivery),
            expected,
        ));
        out += 24 * HOUR;
    }
    if missed == 3 {
        let back = Some(DetailCode::ReturnToSender);
        steps.push(step(out, Status::Exception, back, expected));
        return steps;
    }
    let mut delivered = out + dice.between(1, 10) * HOUR;
    if dice.chance(3) {
        let collected = Some(DetailCode::AwaitingCollectionFromPickupPoint);
        steps.push(step(out, Status::DeliveredToServicePoint, collected, expected));
        delivered += dice.between(0, 6) * 24 * HOUR;
    } else {
        steps.push(out_for_delivery(out));
    }
    steps.push(step(
        delivered,
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

impl Followed {
    fn is_delivered(&self) -> bool {
        self.steps
            .last()
            .is_some_and(|last| last.status == Status::Delivered && last.at < DAYS * 24 * HOUR)
    }
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
            let (began, made) = (at(parcel.began), parcel.calls);
            let Some((interval, urgency)) = next_poll(&parcel.parcel, began, made, at(now)) else {
                parcel.write_units += 1;
                continue;
            };
            granted -= 1;
            outcome.calls.push(now);
            parcel.calls += 1;
            parcel.write_units += 2;
            parcel.due = now + spread(interval, &parcel.parcel.number).as_secs();
            parcel.urgency = urgency;
            if parcel.answered(now) {
                // The bundle, and the next poll if it is moved.
                parcel.write_units += 1;
                let next = next_poll(&parcel.parcel, began, made, at(now));
                let next =
                    next.map(|(interval, urgency)| (now + spread(interval, &parcel.parcel.number).as_secs(), urgency));
                match next {
                    None => {
                        parcel.write_units += 1;
                        if parcel.parcel.status == Status::Delivered {
                            parcel.known_delivered = Some(now);
                            let delivered = parcel.steps.last().unwrap().at;
                            outcome.late.push(now - delivered);
                        }
                        continue;
                    }
                    Some((due, urgency)) if due < parcel.due - 600 => {
                        parcel.due = due;
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

/// What a run came to, printed and held to its bounds; answers how long after their delivery parcels were known to be
/// delivered, in hours and in order.
fn report(name: &str, outcome: &Outcome, quota: LiveQuota) -> Vec<f64> {
    let known = |parcel: &&Followed| parcel.known_delivered.is_some();
    let delivered: Vec<&Followed> = outcome.parcels.iter().filter(known).collect();
    let calls: u32 = delivered.iter().map(|parcel| parcel.calls).sum();
    let most = |parcels: &mut dyn Iterator<Item = &Followed>| parcels.map(|parcel| parcel.calls).max().unwrap_or(0);
    let most_delivered = most(&mut delivered.iter().copied());
    let most_of_all = most(&mut outcome.parcels.iter());
    let not_known = |parcel: &&Followed| parcel.is_delivered() && parcel.known_delivered.is_none();
    let not_known: Vec<&Followed> = outcome.parcels.iter().filter(not_known).collect();
    let spent = not_known.iter().filter(|parcel| parcel.calls >= MOST_POLLS).count();
    let writes: f64 = outcome.parcels.iter().map(|parcel| f64::from(parcel.write_units)).sum();
    let reads: f64 = outcome.parcels.iter().map(|parcel| parcel.read_units).sum();
    let all = outcome.parcels.len() as f64;
    let writes = (writes + outcome.quota_writes as f64) / all;
    let dollars = writes * WRITE_PRICE + reads / all * READ_PRICE;
    let mut late: Vec<f64> = outcome.late.iter().map(|late| *late as f64 / 3_600.0).collect();
    late.sort_unstable_by(f64::total_cmp);
    let most_in_period = most_within(&outcome.calls, i64::from(quota.seconds));
    println!(
        "{name}: {} known to be delivered, {} not yet, {spent} of them out of polls; {:.1} calls \
         each, {most_delivered} at most, {most_of_all} of any parcel; {:.1} write units and {:.1} read units a parcel, ${dollars:.2} for a million parcels; delivery known \
         after {:.1} h (median), {:.1} h (95 of 100), {:.1} h (99 of 100); {} put off; {most_in_period} of {} calls in {} s",
        delivered.len(),
        not_known.len(),
        f64::from(calls) / delivered.len() as f64,
        writes,
        reads / all,
        share(&late, 50),
        share(&late, 95),
        share(&late, 99),
        outcome.put_off,
        quota.requests,
        quota.seconds,
    );
    assert!(
        most_in_period <= quota.requests as usize,
        "{name}: the quota is never passed"
    );
    assert!(
        spent * 100 <= delivered.len(),
        "{name}: {spent} parcels are out of polls"
    );
    assert!(
        most_delivered <= 12,
        "{name}: {most_delivered} calls for a delivered parcel"
    );
    assert!(most_of_all <= MOST_POLLS, "{name}: {most_of_all} calls for a parcel");
    late
}

/// What so many of a hundred do not pass.
fn share(sorted: &[f64], percent: usize) -> f64 {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(0.0)
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
    let late = report("quota for all", &outcome, quota);
    let delivered = outcome.parcels.iter().filter(|parcel| parcel.is_delivered()).count();
    assert!(delivered > PARCELS * 9 / 10, "{delivered}");
    let heard = late.len();
    assert!(
        heard * 100 > delivered * 98,
        "{heard} of {delivered} are heard of within the month"
    );
    let (median, most) = (share(&late, 50), share(&late, 95));
    assert!(median <= 4.0 && most <= 36.0, "known after {median} h, {most} h");
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
