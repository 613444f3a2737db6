//! `GET /trackers/{id}/webhook-history/download`: what a tracker's webhooks were told, as a file.

use lambda_http::http::HeaderValue;
use lambda_http::http::header::CONTENT_DISPOSITION;
use lambda_http::{Body, Response};
use milepost_contract::deliveries::WebhookHistory;
use milepost_contract::ship24::Refusal;
use milepost_contract::shipengine::Problem;
use milepost_model::TrackingNumber;
use milepost_runtime::{Call, http};
use milepost_store::Store;

use crate::trackers::by;

pub(crate) async fn download(store: &Store, call: &Call) -> Result<Response<Body>, Problem> {
    let account = call.account()?;
    let Some((number, id)) = by(call)?.pointer(store, account).await? else {
        return http::refused(Refusal::NoTracker);
    };
    let told = milepost_webhooks::history(store, account, &number, id, call.now).await;
    let Some(told) = told.map_err(|error| http::unanswered(&error))? else {
        return http::refused(Refusal::NoTracker);
    };
    let mut answer = http::json(200, &WebhookHistory::of(&told.tracker, &told.deliveries))?;
    let name = HeaderValue::try_from(file(&number, call)).map_err(|_| Problem::Internal)?;
    answer.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(answer)
}

/// The name under which a browser keeps it, in which a slash of the number would be a folder.
fn file(number: &TrackingNumber, call: &Call) -> String {
    let number = number.as_str().replace('/', "_");
    let day = call.now.strftime("%Y%m%d");
    format!("attachment; filename=\"webhook-history-{number}-{day}.json\"")
}
