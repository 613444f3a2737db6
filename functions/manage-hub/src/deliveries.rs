//! `/v1/deliveries`: what was sent, and sending it again.

use jiff::Timestamp;
use lambda_http::{Body, Response};
use milepost_contract::deliveries::{DeliveriesJson, DeliveryDetailJson, ResendRequest, ResentJson};
use milepost_contract::hub::DeliveryJson;
use milepost_contract::routes::ManageRoute;
use milepost_contract::shipengine::Problem;
use milepost_model::{DeliveryId, EndpointId, TrackingNumber};
use milepost_runtime::{Call, http};
use milepost_store::DeliveryPlace;
use milepost_webhooks::{DeliveryFilter, DeliveryPhase, Replay};

use crate::webhooks::refused;

/// Deliveries of a page unless the caller says how many, and at most.
const DELIVERIES: usize = 50;
const MAX_DELIVERIES: usize = 500;

/// Deliveries that one request sends again: each takes a write, and the answer is due within 29 s.
const RESENT: usize = 500;

pub(crate) async fn answer(replay: &Replay, route: ManageRoute, call: &Call) -> Result<Response<Body>, Problem> {
    let account = call.account()?;
    let id = DeliveryId(call.parameter.clone());
    match route {
        ManageRoute::Deliveries => list(replay, call).await,
        ManageRoute::Delivery => {
            let delivery = replay.delivery(account, &id).await.map_err(refused)?;
            let body = Replay::body(&delivery).and_then(|body| serde_json::from_slice(&body).ok());
            let delivery = DeliveryJson::of(&delivery);
            http::json(200, &DeliveryDetailJson { delivery, body })
        }
        ManageRoute::ResendDelivery => {
            replay.resend(account, &id, call.now).await.map_err(refused)?;
            http::json(202, &ResentJson { resent: 1, next: None })
        }
        ManageRoute::ResendDeliveries => resend(replay, call).await,
        _ => Err(Problem::NoSuchRoute),
    }
}

async fn list(replay: &Replay, call: &Call) -> Result<Response<Body>, Problem> {
    let (mut asked, mut limit) = (ResendRequest::default(), DELIVERIES);
    for (name, value) in http::query(&call.request) {
        let value = Some(value.to_owned()).filter(|value| !value.is_empty());
        match name {
            "endpoint" => asked.endpoint = value,
            "state" => asked.state = value,
            "number" => asked.number = value,
            "since" => asked.since = value,
            "until" => asked.until = value,
            "cursor" => asked.cursor = value,
            "limit" => limit = limit_of(value.as_deref())?,
            _ => {}
        }
    }
    let (filter, before) = meant(&asked)?;
    let page = replay.page(call.account()?, &filter, before, limit, call.now).await;
    let page = page.map_err(refused)?;
    let answer = DeliveriesJson {
        deliveries: page.deliveries.iter().map(DeliveryJson::of).collect(),
        next: page.next.as_ref().map(cursor_of),
    };
    http::json(200, &answer)
}

async fn resend(replay: &Replay, call: &Call) -> Result<Response<Body>, Problem> {
    let asked: ResendRequest = http::body(&call.request)?;
    if asked == ResendRequest::default() {
        return Err(Problem::invalid(
            "since",
            "say which deliveries: by since, until, endpoint, state or number",
        ));
    }
    let (filter, before) = meant(&asked)?;
    let sent = replay
        .resend_page(call.account()?, &filter, before, RESENT, call.now)
        .await;
    let (resent, next) = sent.map_err(refused)?;
    let next = next.as_ref().map(cursor_of);
    http::json(202, &ResentJson { resent, next })
}

fn limit_of(text: Option<&str>) -> Result<usize, Problem> {
    let limit = text.and_then(|text| text.parse().ok());
    let limit = limit.filter(|limit| (1..=MAX_DELIVERIES).contains(limit));
    limit.ok_or_else(|| Problem::invalid("limit", "it is a whole number from 1 to 500"))
}

fn meant(asked: &ResendRequest) -> Result<(DeliveryFilter, Option<DeliveryPlace>), Problem> {
    let instant = |field, text: &Option<String>| {
        let instant = text.as_deref().map(str::parse::<Timestamp>).transpose();
        instant.map_err(|_| Problem::invalid(field, "it is an instant, as in 2026-11-20T14:00:00Z"))
    };
    let state = asked.state.as_deref().map(str::parse::<DeliveryPhase>);
    let number = asked.number.as_deref().map(TrackingNumber::parse).transpose();
    let before = asked.cursor.as_deref().map(|text| place_of(text).ok_or(()));
    let filter = DeliveryFilter {
        endpoint: asked.endpoint.clone().map(EndpointId),
        state: state.transpose().map_err(|why| Problem::invalid("state", why))?,
        number: number.map_err(|_| Problem::invalid("number", "it is no tracking number"))?,
        since: instant("since", &asked.since)?,
        until: instant("until", &asked.until)?,
    };
    let before = before.transpose();
    Ok((
        filter,
        before.map_err(|()| Problem::invalid("cursor", "it is what an answer before this one had as next"))?,
    ))
}

fn cursor_of(place: &DeliveryPlace) -> String {
    format!("{}-{}", place.created.as_millisecond(), place.id.0)
}

fn place_of(cursor: &str) -> Option<DeliveryPlace> {
    let (created_ms, id) = cursor.split_once('-')?;
    Some(DeliveryPlace {
        created: Timestamp::from_millisecond(created_ms.parse().ok()?).ok()?,
        id: DeliveryId(id.to_owned()),
    })
}
