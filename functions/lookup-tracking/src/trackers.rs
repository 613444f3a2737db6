//! Ship24's reads: trackers, and where their parcels are.

use lambda_http::http::HeaderValue;
use lambda_http::{Body, Response};
use milepost_contract::ship24::{
    NewTracker, Refusal, TrackerBoth, TrackerJson, TrackersAnswer, TrackingJson, TrackingsAnswer,
};
use milepost_contract::shipengine::Problem;
use milepost_model::TrackingNumber;
use milepost_runtime::{Call, http};
use milepost_store::Store;
use milepost_track::Live;
use milepost_track::trackers::{self, By, Found, Sieve};
use serde_json::Value;

/// Trackers on a page unless the caller says.
const DEFAULT_LIMIT: u64 = 100;

/// Ship24's most.
const MAX_LIMIT: u64 = 500;

/// Trackers that one request of an export looks at: each is a read of its own, and a request has 30 seconds.
const MAX_EXPORT: u64 = 500;

/// Where an export goes on; absent on its last page.
const NEXT_CURSOR: &str = "next-cursor";

/// `GET /trackers`
pub(crate) async fn list(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let page = whole(call, "page", 1, u64::MAX)?.unwrap_or(1);
    let limit = whole(call, "limit", 1, MAX_LIMIT)?.unwrap_or(DEFAULT_LIMIT);
    let newest_first = match call.value("sort") {
        None | Some("1") => false,
        Some("-1") => true,
        Some(_) => return Err(Problem::invalid("sort", "it is 1, oldest first, or -1")),
    };
    let limit = usize::try_from(limit).unwrap_or_default();
    let trackers = trackers::list(store, call.account()?, page, limit, newest_first).await?;
    let trackers: Vec<TrackerJson> = trackers.iter().filter_map(TrackerJson::of_follower).collect();
    http::json(200, &TrackersAnswer::from(trackers))
}

/// `GET /trackers/{id}`
pub(crate) async fn one(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let found = trackers::find(store, call.account()?, &by(call)?).await?;
    match found.as_ref().and_then(TrackerJson::of_follower) {
        Some(tracker) => http::json(200, &TrackerBoth::from(tracker)),
        None => http::refused(Refusal::NoTracker),
    }
}

/// `GET /trackers/{id}/results`
pub(crate) async fn results(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    found(trackers::results(store, call.account()?, &by(call)?, call.now).await?)
}

/// `GET /trackers/search/{number}/results`
pub(crate) async fn results_of_number(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let Ok(number) = TrackingNumber::parse(&call.parameter) else {
        return http::refused(Refusal::NoTracker);
    };
    let results = trackers::results_of_number(store, call.account()?, &number, call.now).await?;
    found((!results.trackings.is_empty()).then_some(results))
}

/// `POST /tracking/search`
pub(crate) async fn search(store: &Store, live: Option<&Live>, call: &Call) -> Result<Response<Body>, Problem> {
    let body: Value = http::body(&call.request)?;
    let asked = match NewTracker::parse(&body, call.today()) {
        Ok(asked) => asked,
        Err(faults) => return http::refused(Refusal::Faults(faults)),
    };
    let tracking = trackers::search(store, live, call.account()?, &asked, call.now).await?;
    http::json(201, &TrackingsAnswer::from(vec![tracking]))
}

/// `GET /trackers/export`
pub(crate) async fn export(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let listed = |text: &str| text.split(',').map(|part| part.trim().to_lowercase()).collect();
    let days = whole(call, "silent_days", 0, 10_000)?;
    let sieve = Sieve {
        milestones: call.value("milestone").map(listed).unwrap_or_default(),
        silent_days: days.and_then(|days| i64::try_from(days).ok()),
        late: match call.value("late") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(Problem::invalid("late", "it is true or false")),
        },
    };
    let from = whole(call, "cursor", 0, u64::MAX)?.unwrap_or(0);
    let limit = whole(call, "limit", 1, MAX_EXPORT)?.unwrap_or(DEFAULT_LIMIT);
    let limit = usize::try_from(limit).unwrap_or_default();
    let exported = trackers::export(store, call.account()?, from, limit, &sieve, call.now).await?;
    let mut text = String::new();
    for line in &exported.lines {
        text.push_str(&serde_json::to_string(line).map_err(|_| Problem::Internal)?);
        text.push('\n');
    }
    let mut answer = http::text_of("application/x-ndjson", 200, text);
    if let Some(next) = exported.next {
        answer.headers_mut().insert(NEXT_CURSOR, HeaderValue::from(next));
    }
    Ok(answer)
}

fn found(found: Option<Found>) -> Result<Response<Body>, Problem> {
    let Some(found) = found else {
        return http::refused(Refusal::NoTracker);
    };
    if found.truncated {
        tracing::warn!("more is stored of a number than is read at once");
    }
    let trackings: Vec<TrackingJson> = found.trackings;
    http::json(200, &TrackingsAnswer::from(trackings))
}

pub(crate) fn by(call: &Call) -> Result<By, Problem> {
    By::asked(&call.parameter, call.value("searchBy"))
}

fn whole(call: &Call, name: &'static str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
    let Some(written) = call.value(name) else {
        return Ok(None);
    };
    match written.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
        _ if most == u64::MAX => Err(Problem::invalid(name, format!("it is a whole number from {least}"))),
        _ => Err(Problem::invalid(
            name,
            format!("it is a whole number from {least} to {most}"),
        )),
    }
}
