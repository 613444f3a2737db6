//! Follow a parcel, or no more: ShipEngine's start and stop, and Ship24's trackers.
//!
//! Decodes the request, calls one use case, encodes the answer.

mod trackers;

use lambda_http::{Body, Request, Response};
use milepost_contract::routes::{Route, StartRoute};
use milepost_contract::shipengine::Problem;
use milepost_net::Queue;
use milepost_runtime::{Api, Call, http};
use milepost_store::Store;
use milepost_track::{Asked, Connections, Followed, Live, name_label, start, stop};
use milepost_webhooks::NotifyOrder;
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
        match route {
            StartRoute::Start => self.start(call).await,
            StartRoute::Stop => self.stop(call).await,
            StartRoute::CreateTracker => self.answered(trackers::create(&self.connections, call).await?).await,
            StartRoute::CreateTrackers => {
                self.answered(trackers::create_many(&self.connections, call).await?)
                    .await
            }
            StartRoute::CreateAndTrack => {
                let live = self.live.as_ref();
                self.answered(trackers::create_and_track(&self.connections, live, call).await?)
                    .await
            }
            StartRoute::UpdateTracker => self.answered(trackers::change(&self.connections, call).await?).await,
        }
    }

    /// What came while a tracker was created is told by the notifier.
    async fn answered(&self, (answer, look_again): Answered) -> Result<Response<Body>, Problem> {
        for number in look_again {
            let number = number.as_str().to_owned();
            self.look_again(NotifyOrder { number }).await?;
        }
        Ok(answer)
    }

    async fn start(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let query = http::tracking_query(&call.request)?;
        let (asked, number) = (Asked::from(&query), &query.tracking_number);
        if start(&self.connections, call.account()?, &asked, number, call.now).await? == Followed::LookAgain {
            self.look_again(NotifyOrder {
                number: number.as_str().to_owned(),
            })
            .await?;
        }
        if let Some(id) = &query.label_id {
            name_label(self.connections.store(), call.account()?, &asked, number, id, call.now).await?;
        }
        Ok(http::empty(204))
    }

    async fn stop(&self, call: &Call) -> Result<Response<Body>, Problem> {
        let query = http::tracking_query(&call.request)?;
        let (asked, number) = (Asked::from(&query), &query.tracking_number);
        stop(self.connections.store(), call.account()?, &asked, number).await?;
        Ok(http::empty(204))
    }

    async fn look_again(&self, order: NotifyOrder) -> Result<(), Problem> {
        let sent = match order.to_body() {
            Ok(body) => self.look_again.send(body, 0).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        sent.map_err(|error| {
            tracing::error!(error, "the notifier could not be asked to look again");
            Problem::Unavailable { retry_after: 1 }
        })
    }
}
