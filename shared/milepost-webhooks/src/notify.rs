use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_carriers::read_followed;
use milepost_contract::ship24::{TrackingNews, TrackingsWebhook};
use milepost_contract::shipengine::{TimeStyle, TrackWebhook};
use milepost_model::{
    AccountId, DeliveryId, Endpoint, ErrorClass, EventIdentity, Follower, FollowerKind, News, Parcel, Told, ToldTo,
    TrackingNumber,
};
use milepost_net::Queue;
use milepost_store::{NumberItems, Store};

use crate::message::NewDelivery;
use crate::owed::{Owed, owed};
use crate::{DeliveryOrder, WebhookError, body, message_id};

/// A packed body is at most this long: as text it fits a message of SQS (1 MiB) twice over, and with its attempts an
/// item of DynamoDB (400 KB). Two thousand typical events pack into a fifth of it.
const MAX_PACKED_BYTES: usize = 300 * 1024;

/// A number is looked at again so often when what was told changes under the notifier; then by the retry queue.
const LOOKS: usize = 4;

/// How long a number stays marked as followed: 13 months, more than any retention of its bundles by default.
const MARK_SECONDS: i64 = 396 * 86_400;

/// A mark is renewed once it has a month less than that to live: at most one write a month.
const MARK_RENEWED_SECONDS: i64 = MARK_SECONDS - 31 * 86_400;

/// Finds what followers were not told, and queues it.
#[derive(Clone)]
pub struct Notifier {
    store: Store,
    deliveries: Queue,
    public_url: String,
}

/// What telling about one number came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notified {
    /// Followers of the number.
    pub followers: usize,
    /// Deliveries queued.
    pub deliveries: usize,
}

/// Endpoints of accounts, each read once for a number.
type Endpoints = BTreeMap<AccountId, Vec<Endpoint>>;

impl Notifier {
    /// `public_url` is where callers reach the API.
    pub fn new(store: Store, deliveries: Queue, public_url: String) -> Self {
        Self {
            store,
            deliveries,
            public_url,
        }
    }

    /// Of the numbers of a stream batch those that somebody follows: the others cost nothing more.
    ///
    /// # Errors
    /// [`WebhookError::Store`].
    pub async fn followed(&self, numbers: &[TrackingNumber]) -> Result<Vec<TrackingNumber>, WebhookError> {
        Ok(self.store.followed(numbers).await?)
    }

    /// Tells every follower of a number what it was not told yet. One that cannot be told keeps no other from it.
    ///
    /// # Errors
    /// Any: nothing is lost by it, since what was told is written last. Call again for the number.
    pub async fn notify(&self, number: &TrackingNumber, now: Timestamp) -> Result<Notified, WebhookError> {
        let mut notified = Notified::default();
        let mut endpoints = Endpoints::new();
        for look in 0..LOOKS {
            let known = self.store.number(number, now.as_second()).await?;
            notified.followers = known.followers.len();
            let (mut settled, mut failure) = (true, None);
            for follower in &known.followers {
                match self.tell(follower, &known, &mut endpoints).await {
                    Ok((sent, written)) => {
                        notified.deliveries += sent;
                        settled &= written;
                    }
                    Err(error) if error.class() == ErrorClass::Retry => return Err(error),
                    // One whose endpoints cannot be read keeps nobody else waiting.
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            if look == 0 {
                self.renew_mark(number, &known, now).await?;
            }
            if let Some(error) = failure {
                return Err(error);
            }
            if settled {
                return Ok(notified);
            }
        }
        Err(WebhookError::Contended)
    }

    /// Tells one follower; answers how many deliveries that took, and whether what was told is written. It is not when
    /// the follower was stopped, or told by another, since it was read.
    async fn tell(
        &self,
        follower: &Follower,
        known: &NumberItems,
        endpoints: &mut Endpoints,
    ) -> Result<(usize, bool), WebhookError> {
        let parcels = read_followed(follower, &known.bundles);
        let Some(news) = follower.told.news_of_each(&parcels) else {
            return Ok((0, true));
        };
        let told = Told::all_of_each(&parcels);
        let mut sent = 0;
        if news.loud {
            if !endpoints.contains_key(&follower.account) {
                let of_account = self.store.endpoints(&follower.account).await?;
                endpoints.insert(follower.account.clone(), of_account);
            }
            let of_account = endpoints.get(&follower.account).map(Vec::as_slice).unwrap_or_default();
            let orders = self.orders(follower, &news, &told, &parcels, of_account)?;
            sent = orders.len();
            self.deliveries.send_all(orders).await?;
        }
        Ok((sent, self.store.set_told(follower, &told).await?))
    }

    /// A mark must outlive what it marks.
    async fn renew_mark(
        &self,
        number: &TrackingNumber,
        known: &NumberItems,
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        let until = known.followed_until.unwrap_or(0);
        if !known.followers.is_empty() && until < now.as_second() + MARK_RENEWED_SECONDS {
            self.store.mark_followed(number, now.as_second() + MARK_SECONDS).await?;
        }
        Ok(())
    }

    /// The messages of one follower's news, to each endpoint what it is owed.
    fn orders(
        &self,
        follower: &Follower,
        news: &News,
        told: &Told,
        parcels: &[Parcel],
        endpoints: &[Endpoint],
    ) -> Result<Vec<(String, u32)>, WebhookError> {
        let mut orders = Vec::new();
        let mut state = None;
        for endpoint in endpoints {
            match owed(endpoint, follower, news, parcels) {
                Owed::Nothing => {}
                Owed::State => {
                    // The same for every endpoint, and its packing is what costs.
                    let text = match &state {
                        Some(text) => text,
                        None => state.insert(self.state_text(parcels)?),
                    };
                    let id = message_id::of_state(&endpoint.id, follower, told);
                    orders.push((order(endpoint, follower, &id, text.clone())?, 0));
                }
                Owed::Events(events) => {
                    for event in events {
                        let id = message_id::of_event(&endpoint.id, follower, event);
                        let text = event_text(follower, parcels, event, &id)?;
                        orders.push((order(endpoint, follower, &id, text)?, 0));
                    }
                }
            }
        }
        Ok(orders)
    }

    fn state_text(&self, parcels: &[Parcel]) -> Result<String, WebhookError> {
        let [parcel] = parcels else {
            // A subscription is to one parcel.
            return Ok(String::new());
        };
        let webhook = TrackWebhook::of(parcel, &self.public_url, TimeStyle::default());
        Ok(body::to_text(&packed_body(webhook)?))
    }
}

fn order(endpoint: &Endpoint, follower: &Follower, id: &DeliveryId, body: String) -> Result<String, WebhookError> {
    let to = ToldTo::of(follower);
    let mut order = DeliveryOrder::again(&follower.account, id, &endpoint.id, follower.number.as_str(), 1);
    order.new = Some(NewDelivery {
        body,
        follower: to.name.to_string(),
        since: to.started_ms,
    });
    order.to_body()
}

/// One event of a tracker. What it says of the moment is the event's arrival, not the clock: repeats are the same bytes.
fn event_text(
    follower: &Follower,
    parcels: &[Parcel],
    event: EventIdentity,
    id: &DeliveryId,
) -> Result<String, WebhookError> {
    let FollowerKind::Tracker(tracker) = &follower.kind else {
        return Ok(String::new());
    };
    let events = parcels.iter().flat_map(|parcel| &parcel.events);
    let arrived = events
        .filter(|there| there.identity == event)
        .map(|event| event.first_arrival.at_ms);
    let arrived = arrived.min().and_then(|ms| i64::try_from(ms).ok());
    let generated = arrived
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let news = TrackingNews::of(tracker, parcels, &[event], &id.0, generated);
    let webhook = TrackingsWebhook { trackings: vec![news] };
    let json = serde_json::to_vec(&webhook).map_err(WebhookError::Message)?;
    Ok(body::to_text(&body::pack(&json)))
}

/// The body, packed. Of a history too long to send, the newest events that fit.
fn packed_body(mut webhook: TrackWebhook) -> Result<Vec<u8>, WebhookError> {
    loop {
        let json = serde_json::to_vec(&webhook).map_err(WebhookError::Message)?;
        let packed = body::pack(&json);
        let events = &mut webhook.data.events;
        if (packed.len() <= MAX_PACKED_BYTES && json.len() <= body::MAX_BODY_BYTES) || events.is_empty() {
            return Ok(packed);
        }
        events.truncate(events.len() * 3 / 4);
    }
}
