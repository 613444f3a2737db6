use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_model::{
    AccountId, Attempt, Delivery, DeliveryId, DeliveryState, DisabledWhy, Endpoint, EndpointId, EndpointSecrets,
    FollowerName, ToldTo, TrackingNumber,
};
use milepost_net::{Exchange, Queue};
use milepost_store::{DueKind, Store};

use crate::attempt::{Post, post};
use crate::gate::{Gates, Pass};
use crate::verdict::Verdict;
use crate::{ATTEMPTS, DeliveryOrder, Next, SigningKey, WebhookError, WebhookOrder, body, next_attempt};

/// Makes attempts.
#[derive(Clone)]
pub struct Deliverer {
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) exchange: Exchange,
    pub(crate) key: Option<Arc<SigningKey>>,
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered 2xx.
    Delivered,
    /// It did not; another attempt is queued or parked.
    TryAgain,
    /// The endpoint is left alone for now; the delivery waits until it answers again.
    Held,
    /// It did not, and it was the last attempt.
    Exhausted,
    /// Nothing was sent: done before, or nobody wants it.
    Skipped,
}

/// The time and the chance of one attempt, handed in.
#[derive(Clone, Copy)]
pub struct Chance<'a> {
    /// The time. It is asked twice: when an attempt begins and when it ends.
    pub now: &'a (dyn Fn() -> Timestamp + Sync),
    /// 0 to 1, for the jitter.
    pub random: f64,
}

/// One POST under way.
pub(crate) struct Sending<'a> {
    pub(crate) delivery: &'a Delivery,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) secrets: &'a EndpointSecrets,
    pub(crate) pass: Pass,
    /// Whether somebody asked for it.
    pub(crate) by_hand: bool,
}

impl Deliverer {
    /// `exchange` is the guarded HTTP client; `key` signs in ShipEngine's way, where the operator has made one.
    pub fn new(store: Store, queue: Queue, exchange: Exchange, key: Option<Arc<SigningKey>>) -> Self {
        Self {
            store,
            queue,
            exchange,
            key,
        }
    }

    /// Does what a message of the queue asks for.
    ///
    /// # Errors
    /// Only the hub's own: a receiver that fails is an outcome. The message may be handled again; the receiver knows a
    /// repeat by its id.
    pub async fn handle(&self, order: &WebhookOrder, chance: Chance<'_>) -> Result<Outcome, WebhookError> {
        match order {
            WebhookOrder::Deliver(order) => self.deliver(order, chance).await,
            WebhookOrder::Release(order) => self.release(order, chance).await,
        }
    }

    /// One attempt: one signed POST, its outcome written, the next one queued, parked or held.
    ///
    /// # Errors
    /// As [`Deliverer::handle`].
    pub async fn deliver(&self, order: &DeliveryOrder, chance: Chance<'_>) -> Result<Outcome, WebhookError> {
        let Some(delivery) = self.delivery(order, (chance.now)()).await? else {
            return Ok(Outcome::Skipped);
        };
        let attempted = u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX);
        // One that is held is tried by any order, for its entry may be gone: a release that found it before the delivery
        // said that it was held has ordered this. Whether it goes out is for the circuit to say.
        match delivery.state {
            DeliveryState::Held => {}
            DeliveryState::Waiting { .. } if attempted < order.attempt => {}
            _ => return Ok(Outcome::Skipped),
        }
        // What was owed when it happened goes out once at least; its repeats end with the following.
        let repeat = attempted > 0 && !order.by_hand;
        if repeat
            && !self
                .store
                .follows(&delivery.account, &delivery.number, &delivery.told)
                .await?
        {
            return self.dropped(&delivery).await;
        }
        let found = self
            .store
            .endpoint_with_secrets(&delivery.account, &delivery.endpoint)
            .await?;
        let Some((endpoint, secrets)) = found.filter(|(endpoint, _)| endpoint.standing.is_enabled()) else {
            return self.dropped(&delivery).await;
        };
        let pass = self.gates().pass(&endpoint, (chance.now)()).await?;
        if pass == Pass::Shut {
            return self.hold(&delivery, &endpoint, None, order.by_hand).await;
        }
        let sending = Sending {
            delivery: &delivery,
            endpoint: &endpoint,
            secrets: &secrets,
            pass,
            by_hand: order.by_hand,
        };
        self.send(sending, chance).await
    }

    pub(crate) fn gates(&self) -> Gates<'_> {
        Gates {
            store: &self.store,
            queue: &self.queue,
        }
    }

    async fn dropped(&self, delivery: &Delivery) -> Result<Outcome, WebhookError> {
        self.store
            .set_delivery_state(&delivery.account, &delivery.id, DeliveryState::Dropped)
            .await?;
        Ok(Outcome::Skipped)
    }

    /// Makes an attempt that may be made, and writes what it came to.
    pub(crate) async fn send(&self, sending: Sending<'_>, chance: Chance<'_>) -> Result<Outcome, WebhookError> {
        let Sending {
            delivery,
            endpoint,
            secrets,
            pass,
            by_hand,
        } = sending;
        let Some(body) = body::unpack(&delivery.body) else {
            return self.unreadable(delivery, (chance.now)()).await;
        };
        let message = Post {
            endpoint,
            secrets,
            id: &delivery.id,
            body: Bytes::from(body),
            at: (chance.now)(),
        };
        let (attempt, verdict) = post(&self.exchange, self.key.as_deref(), message, chance.now).await?;
        match verdict {
            Verdict::Taken => {
                // Delivered is delivered, also when another copy of this order has recorded its attempt first.
                if !self.record(delivery, &attempt, DeliveryState::Delivered).await? {
                    self.store
                        .set_delivery_state(&delivery.account, &delivery.id, DeliveryState::Delivered)
                        .await?;
                }
                self.gates().succeeded(endpoint).await?;
                Ok(Outcome::Delivered)
            }
            Verdict::Gone => {
                self.gates().disable(endpoint, DisabledWhy::Gone, attempt.at).await?;
                self.record(delivery, &attempt, DeliveryState::Dropped).await?;
                Ok(Outcome::Skipped)
            }
            Verdict::Failed { how, retry_after, .. } => {
                let shut = self.gates().failed(endpoint, how, pass, (chance.now)()).await?;
                // A probe is the endpoint's trial: its delivery is not exhausted by it, however often it is asked with.
                let noted = (delivery.attempts.len() + 1 < ATTEMPTS).then_some(&attempt);
                if shut && (pass == Pass::Probe || noted.is_some()) {
                    return self.hold(delivery, endpoint, noted, by_hand).await;
                }
                self.settle_failure(delivery, &attempt, retry_after, chance.random)
                    .await
            }
        }
    }

    /// The delivery's item, made by its first attempt; `None` when there is none and the order brings no body.
    async fn delivery(&self, order: &DeliveryOrder, now: Timestamp) -> Result<Option<Delivery>, WebhookError> {
        let damaged = || WebhookError::Body(order.delivery.clone());
        let account = AccountId::parse(&order.account).map_err(|_| damaged())?;
        let number = TrackingNumber::parse(&order.number).map_err(|_| damaged())?;
        let id = DeliveryId(order.delivery.clone());
        let Some(new) = &order.new else {
            return Ok(self.store.delivery(&account, &id).await?);
        };
        let delivery = Delivery {
            id,
            account,
            endpoint: EndpointId(order.endpoint.clone()),
            number,
            told: ToldTo {
                name: FollowerName::parse(&new.follower).ok_or_else(damaged)?,
                started_ms: new.since,
            },
            body: body::from_text(&new.body).ok_or_else(damaged)?,
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

    /// A delivery whose stored body cannot be read is never sent, which says nothing of its endpoint.
    async fn unreadable(&self, delivery: &Delivery, at: Timestamp) -> Result<Outcome, WebhookError> {
        let attempt = Attempt {
            at,
            status: None,
            error: Some("the stored body cannot be read".to_owned()),
            milliseconds: 0,
        };
        self.record(delivery, &attempt, DeliveryState::Exhausted).await?;
        tracing::error!(
            account = %delivery.account,
            endpoint = %delivery.endpoint.0,
            delivery = %delivery.id.0,
            "the stored body of a webhook delivery cannot be read"
        );
        Ok(Outcome::Exhausted)
    }

    /// Lets a delivery wait until its endpoint answers again.
    async fn hold(
        &self,
        delivery: &Delivery,
        endpoint: &Endpoint,
        attempt: Option<&Attempt>,
        by_hand: bool,
    ) -> Result<Outcome, WebhookError> {
        self.store.put_held(delivery, by_hand).await?;
        let Delivery {
            account, id, attempts, ..
        } = delivery;
        match attempt {
            Some(attempt) => self.record(delivery, attempt, DeliveryState::Held).await?,
            None => self.store.hold_delivery(account, id, attempts.len()).await?,
        };
        // It may have answered between the look and this entry, which nobody would look for then.
        let there = self.store.endpoint(&endpoint.account, &endpoint.id).await?;
        if there.is_some_and(|there| there.standing.is_enabled() && !there.circuit.is_shut()) {
            self.gates().order_release(endpoint, 0).await?;
        }
        Ok(Outcome::Held)
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
                tracing::error!(
                    account = %delivery.account,
                    endpoint = %delivery.endpoint.0,
                    delivery = %delivery.id.0,
                    attempts = failed,
                    "webhook delivery exhausted"
                );
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
}
