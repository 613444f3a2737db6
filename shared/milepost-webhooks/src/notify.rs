use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_carriers::read_followed;
use milepost_contract::shipengine::{TimeStyle, TrackWebhook};
use milepost_model::{
    AccountId, CarrierCode, DeliveryId, EndpointId, Follower, FollowerKind, Parcel, Told, TrackingNumber,
};
use milepost_net::Queue;
use milepost_store::Store;
use sha2::{Digest, Sha256};

use crate::body;
use crate::{DeliveryOrder, WebhookError};

/// A packed body is at most this long: as text it fits a message of SQS (1 MiB) twice over, and with its attempts an
/// item of DynamoDB (400 KB). Two thousand typical events pack into a fifth of it.
const MAX_PACKED_BYTES: usize = 300 * 1024;

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

    /// Tells every follower of a number what it was not told yet.
    ///
    /// # Errors
    /// Any: nothing is lost by it, since what was told is written last. Call again for the number.
    pub async fn notify(&self, number: &TrackingNumber, now: Timestamp) -> Result<Notified, WebhookError> {
        let known = self.store.number(number, now.as_second()).await?;
        let mut notified = Notified {
            followers: known.followers.len(),
            deliveries: 0,
        };
        let mut endpoints: BTreeMap<AccountId, Vec<EndpointId>> = BTreeMap::new();
        for follower in &known.followers {
            let parcels = read_followed(follower, &known.bundles);
            let Some(news) = follower.told.news_of_each(&parcels) else {
                continue;
            };
            let told = Told::all_of_each(&parcels);
            if news.loud
                && let FollowerKind::Subscription { carrier } = &follower.kind
                && let [parcel] = parcels.as_slice()
            {
                if !endpoints.contains_key(&follower.account) {
                    let of_account = self.store.enabled_endpoints(&follower.account).await?;
                    endpoints.insert(follower.account.clone(), of_account);
                }
                let of_account = endpoints.get(&follower.account).map(Vec::as_slice).unwrap_or_default();
                let orders = self.orders(follower, carrier, parcel, &told, of_account)?;
                notified.deliveries += orders.len();
                self.deliveries.send_all(orders).await?;
            }
            // False: it was stopped meanwhile, and stays stopped.
            self.store.set_told(follower, &told).await?;
        }
        Ok(notified)
    }

    /// One message for each endpoint, with the parcel's whole state.
    fn orders(
        &self,
        follower: &Follower,
        carrier: &CarrierCode,
        parcel: &Parcel,
        told: &Told,
        endpoints: &[EndpointId],
    ) -> Result<Vec<(String, u32)>, WebhookError> {
        let mut orders = Vec::new();
        let text = body::to_text(&packed_body(TrackWebhook::of(
            parcel,
            &self.public_url,
            TimeStyle::default(),
        ))?);
        for endpoint in endpoints {
            let delivery = message_id(endpoint, follower, carrier, told);
            let mut order = DeliveryOrder::again(&follower.account, &delivery, endpoint, parcel.number.as_str(), 1);
            order.body = Some(text.clone());
            orders.push((order.to_body()?, 0));
        }
        Ok(orders)
    }
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

/// The same for the same state told to the same endpoint for the same follower, whoever finds it and however often.
fn message_id(endpoint: &EndpointId, follower: &Follower, carrier: &CarrierCode, told: &Told) -> DeliveryId {
    let mut hash = Sha256::new();
    let started = follower.started_ms.to_string();
    let parts = [
        follower.account.as_str(),
        &endpoint.0,
        follower.number.as_str(),
        carrier.as_str(),
        &started,
        told.status.code(),
    ];
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update([told.version]);
    hash.update(told.state);
    for identity in &told.identities {
        hash.update(identity);
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    DeliveryId(format!("msg_{hex}"))
}
