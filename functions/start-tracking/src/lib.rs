//! Follow a parcel, or no more: ShipEngine's start and stop, and Ship24's trackers.
//!
//! Decodes the request, calls one use case, encodes the answer.

mod trackers;

use lambda_http::{Body, Request, Response};
use milepost_contract::routes::{Route, StartRoute};
use milepost_contract::shipengine::Problem;
use milepost_model::TrackingNumber;
use milepost_net::Queue;
use milepost_runtime::{Api, Call, http};
use milepost_store::Store;
use milepost_track::{Asked, Connections, Followed, Live, name_label, start, stop};
use milepost_webhooks::{NotifyOrder, WebhookError};
use tracing::Instrument;
use trackers::Answered;

/// What the function holds between requests.
#[derive(Clone)]
pub struct StartTracking {
    api: Api,
    connections: Connections,
    look_again: Queue,
    live: Option<Live>,
}

impl StartTracking {
    /// Over a table, answering what is stored; `look_again` is the notifier's retry queue.
    pub fn new(api: Api, store: Store, look_again: Queue) -> Self {
        Self {
            api,
            connections: Connections::new(store),
            look_again,
            live: None,
        }
    }

    /// The same, asking carriers for whoever creates a tracker and waits for where its parcel is.
    #[must_use]
    pub fn asking(self, live: Live) -> Self {
        Self {
            connections: live.connections().clone(),
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
        let Route::Start(route) = call.route else {
            return Err(Problem::NoSuchRoute);
        };
        let connections = &self.connections;
        let (answer, look_again) = match route {
            StartRoute::Start => self.start(call).await?,
            StartRoute::Stop => self.stop(call).await?,
            StartRoute::CreateTracker => trackers::create(connections, call).await?,
            StartRoute::CreateTrackers => trackers::create_many(connections, call).await?,
            StartRoute::CreateAndTrack => trackers::create_and_track(connections, self.live.as_ref(), call).await?,
            StartRoute::UpdateTracker => trackers::change(connections, call).await?,
        };
        self.look_again(look_again).await?;
        Ok(answer)
    }

    async fn start(&self, call: &Call) -> Result<Answered, Problem> {
        let query = http::tracking_query(&call.request)?;
        let (asked, number) = (Asked::from(&query), &query.tracking_number);
        let followed = start(&self.connections, call.account()?, &asked, number, call.now).await?;
        // Also where the label is another parcel's: the parcel is followed by now.
        if followed == Followed::LookAgain {
            self.look_again(vec![number.clone()]).await?;
        }
        if let Some(id) = &query.label_id {
            name_label(self.connections.store(), call.account()?, &asked, number, id, call.now).await?;
        }
        Ok((http::empty(204), Vec::new()))
    }

    async fn stop(&self, call: &Call) -> Result<Answered, Problem> {
        let query = http::tracking_query(&call.request)?;
        let (asked, number) = (Asked::from(&query), &query.tracking_number);
        stop(self.connections.store(), call.account()?, &asked, number).await?;
        Ok((http::empty(204), Vec::new()))
    }

    /// What came while a follower was made is told by the notifier.
    async fn look_again(&self, numbers: Vec<TrackingNumber>) -> Result<(), Problem> {
        let orders = numbers.iter().map(|number| NotifyOrder {
            number: number.as_str().to_owned(),
        });
        let orders: Result<Vec<_>, _> = orders.map(|order| Ok((order.to_body()?, 0))).collect();
        let orders = orders.map_err(|error: WebhookError| unasked(&error))?;
        self.look_again.send_all(orders).await.map_err(|error| unasked(&error))
    }
}

fn unasked(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "the notifier could not be asked to look again");
    Problem::Unavailable { retry_after: 1 }
}
