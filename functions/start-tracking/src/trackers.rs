//! Ship24's writes: trackers are created and changed.

use lambda_http::{Body, Response};
use milepost_contract::ship24::{
    BulkAnswer, BulkItem, BulkRefusal, NewTracker, Refusal, TrackerAnswer, TrackerBoth, TrackerChange, TrackerJson,
    TrackingsAnswer, bulk_inputs,
};
use milepost_contract::shipengine::Problem;
use milepost_model::{Follower, TrackingNumber};
use milepost_runtime::{Call, http};
use milepost_track::trackers::{self, By};
use milepost_track::{Connections, Live};
use serde_json::Value;

/// An answer, and the numbers at which the notifier is to look again.
pub(crate) type Answered = (Response<Body>, Vec<TrackingNumber>);

/// `POST /trackers`
pub(crate) async fn create(connections: &Connections, call: &Call) -> Result<Answered, Problem> {
    let asked = match NewTracker::parse(&http::body(&call.request)?, call.today()) {
        Ok(asked) => asked,
        Err(faults) => return refused(Refusal::Faults(faults)),
    };
    let mut creation = trackers::create(connections, call.account()?, std::slice::from_ref(&asked), call.now).await?;
    match creation.placed.pop() {
        Some(Ok(placed)) => {
            let tracker = json(&placed.tracker)?;
            Ok((http::json(201, &TrackerAnswer::from(tracker))?, creation.look_again))
        }
        Some(Err(refusal)) => refused(refusal),
        None => Err(Problem::Internal),
    }
}

/// `POST /trackers/track`
pub(crate) async fn create_and_track(
    connections: &Connections,
    live: Option<&Live>,
    call: &Call,
) -> Result<Answered, Problem> {
    let asked = match NewTracker::parse(&http::body(&call.request)?, call.today()) {
        Ok(asked) => asked,
        Err(faults) => return refused(Refusal::Faults(faults)),
    };
    let created = trackers::create_and_track(connections, live, call.account()?, &asked, call.now).await?;
    let (tracking, look_again) = created;
    match tracking {
        Ok(tracking) => Ok((http::json(201, &TrackingsAnswer::from(vec![tracking]))?, look_again)),
        Err(refusal) => refused(refusal),
    }
}

/// `POST /trackers/bulk`
pub(crate) async fn create_many(connections: &Connections, call: &Call) -> Result<Answered, Problem> {
    let body = match http::body::<Value>(&call.request) {
        Ok(body) => body,
        Err(Problem::BodyMissing) => return refused_in_bulk(BulkRefusal::Missing),
        Err(Problem::BodyMalformed { .. }) => return refused_in_bulk(BulkRefusal::Malformed),
        Err(problem) => return Err(problem),
    };
    let inputs = match bulk_inputs(body) {
        Ok(inputs) => inputs,
        Err(refusal) => return refused_in_bulk(refusal),
    };
    let parsed: Vec<Result<NewTracker, Refusal>> = inputs
        .iter()
        .map(|input| NewTracker::parse(input, call.today()).map_err(Refusal::Faults))
        .collect();
    let asked: Vec<NewTracker> = parsed
        .iter()
        .filter_map(|parsed| parsed.as_ref().ok())
        .cloned()
        .collect();
    let creation = trackers::create(connections, call.account()?, &asked, call.now).await?;
    let mut placed = creation.placed.into_iter();
    let mut items = Vec::with_capacity(inputs.len());
    for (input, parsed) in inputs.into_iter().zip(parsed) {
        let became = match parsed {
            Ok(_) => placed.next().unwrap_or(Err(Refusal::InFlight)),
            Err(refusal) => Err(refusal),
        };
        items.push(match became {
            Ok(placed) => BulkItem::placed(input, json(&placed.tracker)?, placed.existed),
            Err(refusal) => BulkItem::refused(input, &refusal),
        });
    }
    let (status, answer) = BulkAnswer::of(items);
    Ok((http::json(status, &answer)?, creation.look_again))
}

/// `PATCH /trackers/{id}`
pub(crate) async fn change(connections: &Connections, call: &Call) -> Result<Answered, Problem> {
    let change = match TrackerChange::parse(&http::body(&call.request)?, call.today()) {
        Ok(change) => change,
        Err(faults) => return refused(Refusal::Faults(faults)),
    };
    match trackers::change(
        connections,
        call.account()?,
        &By::asked(&call.parameter, call.value("searchBy"))?,
        &change,
        call.now,
    )
    .await?
    {
        Ok(tracker) => {
            let answer = http::json(200, &TrackerBoth::from(json(&tracker)?))?;
            // What came while it was subscribed again must not wait for the next event.
            let look_again = change
                .subscribed
                .filter(|subscribed| *subscribed)
                .map(|_| tracker.number);
            Ok((answer, Vec::from_iter(look_again)))
        }
        Err(refusal) => refused(refusal),
    }
}

fn refused(refusal: Refusal) -> Result<Answered, Problem> {
    Ok((http::refused(refusal)?, Vec::new()))
}

fn refused_in_bulk(refusal: BulkRefusal) -> Result<Answered, Problem> {
    Ok((http::json(refusal.status(), &refusal.body())?, Vec::new()))
}

fn json(follower: &Follower) -> Result<TrackerJson, Problem> {
    TrackerJson::of_follower(follower).ok_or(Problem::Internal)
}
