//! `POST /trackers/{id}/webhook-events/resend`: what a tracker's webhooks were told, once more.

use lambda_http::{Body, Response};
use milepost_contract::deliveries::ResentTracker;
use milepost_contract::ship24::Refusal;
use milepost_contract::shipengine::Problem;
use milepost_runtime::{Call, http};
use milepost_store::Store;
use milepost_track::trackers::By;
use milepost_webhooks::Replay;

use crate::webhooks::refused;

pub(crate) async fn resend(store: &Store, replay: &Replay, call: &Call) -> Result<Response<Body>, Problem> {
    let account = call.account()?;
    let by = By::asked(&call.parameter, call.value("searchBy"))?;
    let Some((number, id)) = by.pointer(store, account).await? else {
        return http::refused(Refusal::NoTracker);
    };
    match replay
        .resend_tracker(account, &number, id, call.now)
        .await
        .map_err(refused)?
    {
        Some(total) => http::json(201, &ResentTracker::of(total)),
        None => http::refused(Refusal::NoTracker),
    }
}
