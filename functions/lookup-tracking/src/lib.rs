//! Where a parcel is, and which carriers there are: whatever is asked and changes nothing.
//!
//! Decodes the request, calls one use case, encodes the answer.

mod history;
mod trackers;

use lambda_http::{Body, Request, Response};
use milepost_contract::hub::DetectedJson;
use milepost_contract::routes::{LookupRoute, Route};
use milepost_contract::ship24::CouriersJson;
use milepost_contract::shipengine::{CarrierList, LabelTracking, Problem, TimeStyle, TrackingLog};
use milepost_model::LabelId;
use milepost_runtime::{Api, Call, http};
use milepost_store::Store;
use milepost_track::{Asked, Identifier, Live, connections, label, lookup};
use tracing::Instrument;

/// What the function holds between requests.
#[derive(Clone)]
pub struct LookupTracking {
    api: Api,
    store: Store,
    live: Option<Live>,
}

impl LookupTracking {
    /// Over a table, answering what is stored.
    pub fn new(api: Api, store: Store) -> Self {
        Self { api, store, live: None }
    }

    /// The same, asking carriers too.
    #[must_use]
    pub fn asking(self, live: Live) -> Self {
        Self {
            live: Some(live),
            ..self
        }
    }

    /// Answers a request; a failure is an answer too.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let call = match self.api.admit(request).await {
            Ok(call) => call,
            Err(refused) => return *refused,
        };
        let answer = self.answer(&call).instrument(call.span()).await;
        call.finish(answer)
    }

    async fn answer(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let Route::Lookup(route) = call.route else {
            return Err(Problem::NoSuchRoute);
        };
        match route {
            LookupRoute::Tracking => self.tracking(call).await,
            LookupRoute::Carriers => {
                let connections = connections(&self.store, call.account()?).await?;
                http::json(200, &CarrierList::of(&connections, call.request_id()))
            }
            LookupRoute::Couriers => http::json(200, &CouriersJson::all()),
            LookupRoute::Detect => http::json(200, &DetectedJson::of(number(call)?)),
            LookupRoute::Label => self.label(call).await,
            LookupRoute::Search => trackers::search(&self.store, self.live.as_ref(), call).await,
            LookupRoute::Trackers => trackers::list(&self.store, call).await,
            LookupRoute::ExportTrackers => trackers::export(&self.store, call).await,
            LookupRoute::Tracker => trackers::one(&self.store, call).await,
            LookupRoute::TrackerResults => trackers::results(&self.store, call).await,
            LookupRoute::ResultsByNumber => trackers::results_of_number(&self.store, call).await,
            LookupRoute::WebhookHistory => history::download(&self.store, call).await,
        }
    }

    async fn tracking(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let query = http::tracking_query(&call.request)?;
        let asked = Asked::from(&query);
        let identifiers = Identifier::of_query(http::query(&call.request))?;
        let (live, number) = (self.live.as_ref(), &query.tracking_number);
        let answer = lookup(
            &self.store,
            live,
            call.account()?,
            &asked,
            number,
            &identifiers,
            call.now,
        )
        .await?;
        let log = TrackingLog::of(&answer.parcel, answer.carrier_id, TimeStyle::default());
        http::json(200, &log)
    }

    async fn label(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let none = || Problem::NotFound { what: "label" };
        let id = LabelId::parse(&call.parameter).map_err(|_| none())?;
        let label = label(&self.store, call.account()?, &id, call.now)
            .await?
            .ok_or_else(none)?;
        let asked = Asked::Carrier(label.carrier);
        let (live, number) = (self.live.as_ref(), &label.number);
        let answer = lookup(&self.store, live, call.account()?, &asked, number, &[], call.now).await?;
        let body = LabelTracking::of(&id, &answer.parcel, answer.carrier_id, TimeStyle::default());
        http::json(200, &body)
    }
}

/// The number that is to be told of, as the caller wrote it.
fn number(call: &Call) -> Result<&str, Problem> {
    call.value("tracking_number").ok_or(Problem::MissingParameter {
        field: "tracking_number",
        example: "9405511899223197428490",
    })
}
