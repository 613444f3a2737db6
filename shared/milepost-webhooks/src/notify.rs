use std::collections::BTreeMap;

use jiff::Timestamp;
use milepost_carriers::read_parcel;
use milepost_contract::shipengine::{TimeStyle, TrackWebhook};
use milepost_model::{AccountId, DeliveryId, EndpointId, Follower, Parcel, Told, TrackingNumber, Which};
use milepost_net::{Bucket, Queue};
use milepost_store::Store;
use sha2::{Digest, Sha256};

use crate::body;
use crate::{DeliveryOrder, WebhookError};

/// A packed body up to this size rides in the message, of the 1 MiB that SQS takes; a longer one waits in the bucket.
const MAX_MESSAGE_BODY: usize = 200 * 1024;

/// Finds what followers were not told, and queues it.
#[derive(Clone)]
pub struct Notifier {
    store: Store,
    deliveries: Queue,
    bucket: Bucket,
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
    pub fn new(store: Store, deliveries: Queue, bucket: Bucket, public_url: String) -> Self {
        Self {
            store,
            deliveries,
            bucket,
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
            let which = Timestamp::from_millisecond(follower.started_ms).map_or(Which::Newest, Which::UnderWayAt);
            let parcel = read_parcel(number, &follower.carrier, &known.bundles, &follower.account, which);
            let Some(news) = follower.told.news(&parcel) else {
                continue;
            };
            let told = Told::all_of(&parcel);
            if news.loud {
                if !endpoints.contains_key(&follower.account) {
                    let of_account = self.store.enabled_endpoints(&follower.account).await?;
                    endpoints.insert(follower.account.clone(), of_account);
                }
                let of_account = endpoints.get(&follower.account).map(Vec::as_slice).unwrap_or_default();
                let orders = self.orders(follower, &parcel, &told, of_account).await?;
                notified.deliveries += orders.len();
                self.deliveries.send_all(orders).await?;
            }
            // False: it was stopped meanwhile, and stays stopped.
            self.store.set_told(follower, &told).await?;
        }
        Ok(notified)
    }

    /// One message for each endpoint, with the parcel's whole state.
    async fn orders(
        &self,
        follower: &Follower,
        parcel: &Parcel,
        told: &Told,
        endpoints: &[EndpointId],
    ) -> Result<Vec<(String, u32)>, WebhookError> {
        let mut orders = Vec::new();
        let webhook = TrackWebhook::of(parcel, &self.public_url, TimeStyle::default());
        let packed = body::pack(&serde_json::to_vec(&webhook).map_err(WebhookError::Message)?);
        for endpoint in endpoints {
            let delivery = message_id(endpoint, follower, told);
            let mut order = DeliveryOrder::again(&follower.account, &delivery, endpoint, parcel.number.as_str(), 1);
            if packed.len() <= MAX_MESSAGE_BODY {
                order.body = Some(body::to_text(&packed));
            } else {
                let key = format!("webhooks/{}", delivery.0);
                self.bucket
                    .put(&key, "application/octet-stream", packed.clone().into())
                    .await?;
                order.body_key = Some(key);
            }
            orders.push((order.to_body()?, 0));
        }
        Ok(orders)
    }
}

/// The same for the same state told to the same endpoint for the same follower, whoever finds it and however often.
fn message_id(endpoint: &EndpointId, follower: &Follower, told: &Told) -> DeliveryId {
    let mut hash = Sha256::new();
    let started = follower.started_ms.to_string();
    let parts = [
        follower.account.as_str(),
        &endpoint.0,
        follower.number.as_str(),
        follower.carrier.as_str(),
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
