use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_model::{AccountId, Attempt, Delivery, DeliveryId, DeliveryState, Endpoint, EndpointId, TrackingNumber};
use milepost_net::{Exchange, Queue};
use milepost_store::{DUE_SHARDS, DueEntry, DueKind, Store};

use crate::body;
use crate::{DeliveryOrder, Next, WebhookError, next_attempt, signature_headers};

/// Due entries that one tick wakes in each shard; the rest waits for the next tick, a minute later.
const MAX_WOKEN: usize = 1_000;

/// An attempt that was woken and left no trace is woken again after so long: well over the life of a function.
const PUT_OFF_MS: i64 = 5 * 60 * 1000;

/// Makes attempts.
pub struct Deliverer {
    store: Store,
    queue: Queue,
    exchange: Exchange,
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered 2xx.
    Delivered,
    /// It did not; another attempt is queued or parked.
    TryAgain,
    /// It did not, and it was the last attempt.
    Exhausted,
    /// Nothing was sent: done before, or nobody wants it.
    Skipped,
}

impl Deliverer {
    /// `exchange` is the guarded HTTP client.
    pub fn new(store: Store, queue: Queue, exchange: Exchange) -> Self {
        Self { store, queue, exchange }
    }

    /// One attempt: one signed POST, its outcome written, the next one queued or parked.
    ///
    /// `now` gives the time, twice: the attempt's own and its end. `random` is 0 to 1, for the jitter.
    ///
    /// # Errors
    /// Only the hub's own: a receiver that fails is an outcome. The message may be handled again; the receiver knows a
    /// repeat by its id.
    pub async fn deliver(
        &self,
        order: &DeliveryOrder,
        now: &(dyn Fn() -> Timestamp + Sync),
        random: f64,
    ) -> Result<Outcome, WebhookError> {
        let Some(delivery) = self.delivery(order, now()).await? else {
            return Ok(Outcome::Skipped);
        };
        let attempted = u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX);
        let waiting = matches!(delivery.state, DeliveryState::Waiting { .. });
        if !waiting || attempted >= order.attempt {
            return Ok(Outcome::Skipped);
        }
        let endpoint = self.store.endpoint(&delivery.account, &delivery.endpoint).await?;
        let Some(endpoint) = endpoint.filter(|endpoint| endpoint.enabled) else {
            self.store
                .set_delivery_state(&delivery.account, &delivery.id, DeliveryState::Dropped)
                .await?;
            return Ok(Outcome::Skipped);
        };
        let (attempt, retry_after) = self.attempt(&delivery, &endpoint, now).await;
        if attempt.status.is_some_and(|status| (200..300).contains(&status)) {
            // Delivered is delivered, also when another copy of this order has recorded its attempt first.
            if !self.record(&delivery, &attempt, DeliveryState::Delivered).await? {
                self.store
                    .set_delivery_state(&delivery.account, &delivery.id, DeliveryState::Delivered)
                    .await?;
            }
            return Ok(Outcome::Delivered);
        }
        self.settle_failure(&delivery, &attempt, retry_after, random).await
    }

    /// The delivery's item, made by its first attempt; `None` when there is none and the order brings no body.
    async fn delivery(&self, order: &DeliveryOrder, now: Timestamp) -> Result<Option<Delivery>, WebhookError> {
        let account = AccountId::parse(&order.account).map_err(|_| WebhookError::Body(order.delivery.clone()))?;
        let number = TrackingNumber::parse(&order.number).map_err(|_| WebhookError::Body(order.delivery.clone()))?;
        let id = DeliveryId(order.delivery.clone());
        let Some(text) = &order.body else {
            return Ok(self.store.delivery(&account, &id).await?);
        };
        let delivery = Delivery {
            id,
            account,
            endpoint: EndpointId(order.endpoint.clone()),
            number,
            body: body::from_text(text).ok_or_else(|| WebhookError::Body(order.delivery.clone()))?,
            state: DeliveryState::Waiting { retry_at: now },
            attempts: Vec::new(),
            created: now,
        };
        if self.store.put_delivery(&delivery).await? {
            Ok(Some(delivery))
        } else {
            Ok(self.store.delivery(&delivery.account, &delivery.id).await?)
        }
    }

    /// The POST itself.
    async fn attempt(
        &self,
        delivery: &Delivery,
        endpoint: &Endpoint,
        now: &(dyn Fn() -> Timestamp + Sync),
    ) -> (Attempt, Option<u64>) {
        let at = now();
        let mut attempt = Attempt {
            at,
            status: None,
            error: None,
            milliseconds: 0,
        };
        let Some(body) = body::unpack(&delivery.body) else {
            attempt.error = Some("the stored body cannot be read".to_owned());
            return (attempt, None);
        };
        let mut headers = signature_headers(&delivery.id.0, at, &body, &[&endpoint.secret]);
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let reply = self.exchange.post(&endpoint.url, headers, Bytes::from(body)).await;
        let elapsed = now().as_millisecond().saturating_sub(at.as_millisecond());
        attempt.milliseconds = u32::try_from(elapsed.max(0)).unwrap_or(u32::MAX);
        match reply {
            Ok(reply) => {
                attempt.status = Some(reply.status);
                let retry_after = reply.header("retry-after").and_then(|value| value.trim().parse().ok());
                (attempt, retry_after)
            }
            Err(error) => {
                attempt.error = Some(error.to_string());
                (attempt, None)
            }
        }
    }

    /// Writes a failed attempt, then queues or parks the next. Should the function die between the two, the queue
    /// brings the same order again, and the attempt it finds recorded is the reason to go on from there.
    async fn settle_failure(
        &self,
        delivery: &Delivery,
        attempt: &Attempt,
        retry_after: Option<u64>,
        random: f64,
    ) -> Result<Outcome, WebhookError> {
        let failed = delivery.attempts.len() + 1;
        let number = u32::try_from(failed + 1).unwrap_or(u32::MAX);
        let next = next_attempt(failed, retry_after, random);
        let after = |delay: std::time::Duration| {
            let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
            attempt.at.saturating_add(delay).unwrap_or(attempt.at)
        };
        let again = DeliveryOrder::again(
            &delivery.account,
            &delivery.id,
            &delivery.endpoint,
            delivery.number.as_str(),
            number,
        );
        match next {
            Next::Queue(delay) => {
                // Queued first: a message too many is skipped, a message too few would lose the delivery.
                self.queue
                    .send(again.to_body()?, u32::try_from(delay.as_secs()).unwrap_or(900))
                    .await?;
                let state = DeliveryState::Waiting { retry_at: after(delay) };
                let recorded = self.record(delivery, attempt, state).await?;
                Ok(if recorded { Outcome::TryAgain } else { Outcome::Skipped })
            }
            Next::Park(delay) => {
                let retry_at = after(delay);
                let due_ms = retry_at.as_millisecond();
                self.store
                    .put_due(DueKind::Retry, &delivery.id.0, due_ms, &again.to_body()?)
                    .await?;
                let state = DeliveryState::Waiting { retry_at };
                let recorded = self.record(delivery, attempt, state).await?;
                Ok(if recorded { Outcome::TryAgain } else { Outcome::Skipped })
            }
            Next::Exhausted => {
                self.record(delivery, attempt, DeliveryState::Exhausted).await?;
                tracing::warn!(delivery = %delivery.id.0, attempts = failed, "webhook delivery exhausted");
                Ok(Outcome::Exhausted)
            }
        }
    }

    /// Whether the attempt was recorded: it is not when another copy of the order was quicker, or the delivery is gone.
    async fn record(&self, delivery: &Delivery, attempt: &Attempt, state: DeliveryState) -> Result<bool, WebhookError> {
        let Delivery {
            account, id, attempts, ..
        } = delivery;
        Ok(self
            .store
            .record_attempt(account, id, attempt, state, attempts.len())
            .await?)
    }

    /// Queues the parked attempts that are due. A parked entry counts only if the delivery still waits for just that
    /// instant; anything else is a repeat.
    ///
    /// # Errors
    /// The hub's own; what was not queued stays due.
    pub async fn wake(&self, now: Timestamp) -> Result<usize, WebhookError> {
        let mut woken = 0;
        for shard in 0..DUE_SHARDS {
            let tick = self
                .store
                .due_now(DueKind::Retry, shard, now.as_millisecond(), MAX_WOKEN)
                .await?;
            for entry in &tick.entries {
                woken += usize::from(self.wake_one(entry, now).await?);
            }
            // Behind the work, so that a tick that ends early is done again.
            self.store.settle_due(&tick).await?;
        }
        Ok(woken)
    }

    /// Queues a parked attempt once, whatever ticks find it: whoever puts it off sends it. Should that one stop between
    /// the two, the attempt is found again at the later instant.
    async fn wake_one(&self, entry: &DueEntry, now: Timestamp) -> Result<bool, WebhookError> {
        // An entry that this version cannot read must not stop those behind it.
        let Ok(order) = DeliveryOrder::parse(&entry.payload) else {
            tracing::error!(id = entry.id, "a parked attempt cannot be read");
            return Ok(false);
        };
        let Ok(account) = AccountId::parse(&order.account) else {
            return Ok(false);
        };
        let id = DeliveryId(order.delivery.clone());
        let Some(delivery) = self.store.delivery(&account, &id).await? else {
            return Ok(false);
        };
        let DeliveryState::Waiting { retry_at } = delivery.state else {
            return Ok(false);
        };
        if retry_at.as_millisecond() != entry.due_ms {
            return Ok(false);
        }
        let later_ms = now.as_millisecond() + PUT_OFF_MS;
        let Ok(later) = Timestamp::from_millisecond(later_ms) else {
            return Ok(false);
        };
        self.store
            .put_due(DueKind::Retry, &entry.id, later_ms, &entry.payload)
            .await?;
        let mine = self.store.put_off_retry(&account, &id, retry_at, later).await?;
        if mine {
            self.queue.send(entry.payload.clone(), 0).await?;
        }
        Ok(mine)
    }
}
