//! The log of deliveries, and sending again.

use std::str::FromStr;

use jiff::Timestamp;
use milepost_model::{AccountId, Delivery, DeliveryId, DeliveryState, EndpointId, TrackerId, TrackingNumber};
use milepost_net::Queue;
use milepost_store::{DeliveryPlace, DeliveryRange, DueKind, Store};

use crate::wake::PUT_OFF_MS;
use crate::{DeliveryOrder, WebhookError, body, history};

/// Deliveries looked at for one page. A filter that fits few of them ends a page early, and the next goes on.
const LOOKED_AT: usize = 1_000;

/// Deliveries read at a time.
const READ: usize = 100;

/// Attempts that end just while a further one is ordered make it the one behind theirs; a delivery has one under way.
const TRIES: usize = 3;

/// Which of an account's deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// To this endpoint.
    pub endpoint: Option<EndpointId>,
    /// In this state, as the contract writes it.
    pub state: Option<DeliveryPhase>,
    /// Of this number.
    pub number: Option<TrackingNumber>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
    /// Made before this instant.
    pub until: Option<Timestamp>,
}

/// A state without its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the states")]
pub enum DeliveryPhase {
    Waiting,
    Held,
    Delivered,
    Exhausted,
    Dropped,
}

/// A page of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage {
    /// Newest first, without bodies.
    pub deliveries: Vec<Delivery>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<DeliveryPlace>,
}

/// The use case.
#[derive(Clone)]
pub struct Replay {
    store: Store,
    queue: Queue,
}

impl DeliveryPhase {
    /// Of a state.
    pub fn of(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Waiting { .. } => Self::Waiting,
            DeliveryState::Held => Self::Held,
            DeliveryState::Delivered => Self::Delivered,
            DeliveryState::Exhausted => Self::Exhausted,
            DeliveryState::Dropped => Self::Dropped,
        }
    }
}

impl FromStr for DeliveryPhase {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "waiting" => Ok(Self::Waiting),
            "held" => Ok(Self::Held),
            "delivered" => Ok(Self::Delivered),
            "exhausted" => Ok(Self::Exhausted),
            "dropped" => Ok(Self::Dropped),
            _ => Err("it is waiting, held, delivered, exhausted or dropped"),
        }
    }
}

impl DeliveryFilter {
    /// Whether it passes over any of the deliveries that are read for it.
    fn chooses(&self) -> bool {
        self.endpoint.is_some() || self.state.is_some() || self.number.is_some() || self.until.is_some()
    }

    fn fits(&self, delivery: &Delivery) -> bool {
        self.endpoint
            .as_ref()
            .is_none_or(|endpoint| *endpoint == delivery.endpoint)
            && self
                .state
                .is_none_or(|state| state == DeliveryPhase::of(delivery.state))
            && self.number.as_ref().is_none_or(|number| *number == delivery.number)
            && self.until.is_none_or(|until| delivery.created < until)
    }
}

impl Replay {
    /// Over a table and the queue of deliveries.
    pub fn new(store: Store, queue: Queue) -> Self {
        Self { store, queue }
    }

    /// A page of the log, `limit` deliveries at most.
    ///
    /// # Errors
    /// The table's.
    pub async fn page(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        before: Option<DeliveryPlace>,
        limit: usize,
        now: Timestamp,
    ) -> Result<LogPage, WebhookError> {
        let (mut deliveries, mut before, mut looked_at) = (Vec::new(), before, 0);
        loop {
            let left = limit - deliveries.len();
            let range = DeliveryRange {
                before,
                since: filter.since,
                // Of those that a filter passes over, many are read at once.
                limit: if filter.chooses() { READ } else { left.min(READ) },
            };
            looked_at += range.limit;
            let page = self.store.deliveries(account, range, now.as_second()).await?;
            let mut fitting = page.deliveries.into_iter().filter(|delivery| filter.fits(delivery));
            deliveries.extend(fitting.by_ref().take(left));
            before = page.next;
            if fitting.next().is_some() {
                // The page is full in the middle of what was read.
                before = deliveries.last().map(place);
            }
            if before.is_none() || deliveries.len() >= limit || looked_at >= LOOKED_AT {
                return Ok(LogPage {
                    deliveries,
                    next: before,
                });
            }
        }
    }

    /// One delivery with its body.
    ///
    /// # Errors
    /// [`WebhookError::NoDelivery`].
    pub async fn delivery(&self, account: &AccountId, id: &DeliveryId) -> Result<Delivery, WebhookError> {
        self.store.delivery(account, id).await?.ok_or(WebhookError::NoDelivery)
    }

    /// Sends one again, whatever became of it: the same bytes under the same id.
    ///
    /// # Errors
    /// [`WebhookError::NoDelivery`], [`WebhookError::NoEndpoint`], [`WebhookError::Disabled`].
    pub async fn resend(&self, account: &AccountId, id: &DeliveryId, now: Timestamp) -> Result<(), WebhookError> {
        let delivery = self.delivery(account, id).await?;
        let endpoint = self.store.endpoint(account, &delivery.endpoint).await?;
        let endpoint = endpoint.ok_or(WebhookError::NoEndpoint)?;
        if !endpoint.standing.is_enabled() {
            return Err(WebhookError::Disabled);
        }
        self.send_again(&[delivery], now).await
    }

    /// Sends a page of the log again; answers how many, and where the next page begins. Endpoints that are disabled are
    /// left out.
    ///
    /// # Errors
    /// The table's or the queue's.
    pub async fn resend_page(
        &self,
        account: &AccountId,
        filter: &DeliveryFilter,
        before: Option<DeliveryPlace>,
        limit: usize,
        now: Timestamp,
    ) -> Result<(usize, Option<DeliveryPlace>), WebhookError> {
        let mut page = self.page(account, filter, before, limit, now).await?;
        let mut endpoints = self.store.endpoints(account).await?;
        endpoints.retain(|endpoint| endpoint.standing.is_enabled());
        page.deliveries
            .retain(|delivery| endpoints.iter().any(|endpoint| endpoint.id == delivery.endpoint));
        self.send_again(&page.deliveries, now).await?;
        Ok((page.deliveries.len(), page.next))
    }

    /// Sends what the endpoints were told of a tracker again, what was told first before the rest, and answers how much
    /// that is: at most 500 deliveries, those of the newest events. `None` when the account has no such tracker.
    /// Endpoints that are disabled are left out.
    ///
    /// # Errors
    /// The table's or the queue's.
    pub async fn resend_tracker(
        &self,
        account: &AccountId,
        number: &TrackingNumber,
        tracker: TrackerId,
        now: Timestamp,
    ) -> Result<Option<usize>, WebhookError> {
        let mut endpoints = history::endpoints(&self.store, account).await?;
        endpoints.retain(|endpoint| endpoint.standing.is_enabled());
        let found = history::of_tracker(&self.store, account, number, tracker, &endpoints, now).await?;
        let Some((_, mut deliveries)) = found else {
            return Ok(None);
        };
        deliveries.reverse();
        self.send_again(&deliveries, now).await?;
        Ok(Some(deliveries.len()))
    }

    /// The body of a delivery as its receiver gets it; `None` when it cannot be read any more.
    pub fn body(delivery: &Delivery) -> Option<Vec<u8>> {
        body::unpack(&delivery.body)
    }

    /// Queues one more attempt of each.
    async fn send_again(&self, deliveries: &[Delivery], now: Timestamp) -> Result<(), WebhookError> {
        let mut orders = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            orders.extend(order_again(&self.store, delivery, true, now).await?);
        }
        Ok(self.queue.send_all(orders).await?)
    }
}

/// Has a delivery wait for one more attempt, and gives the message that asks for it; `None` when the delivery is gone.
///
/// The attempt is parked before the delivery waits for it: should whoever orders it stop before the message is queued, it
/// is found there.
pub(crate) async fn order_again(
    store: &Store,
    delivery: &Delivery,
    by_hand: bool,
    now: Timestamp,
) -> Result<Option<(String, u32)>, WebhookError> {
    let Delivery { account, id, .. } = delivery;
    let later_ms = now.as_millisecond() + PUT_OFF_MS;
    let later = Timestamp::from_millisecond(later_ms).unwrap_or(now);
    let mut there = delivery.clone();
    for _ in 0..TRIES {
        let order = DeliveryOrder {
            by_hand,
            ..DeliveryOrder::next_of(&there)
        };
        let body = order.to_body()?;
        store.put_due(DueKind::Retry, &id.0, later_ms, &body).await?;
        if store.wait_again(account, id, there.attempts.len(), later).await? {
            return Ok(Some((body, 0)));
        }
        let Some(newer) = store.delivery(account, id).await? else {
            return Ok(None);
        };
        there = newer;
    }
    Err(WebhookError::Contended)
}

fn place(delivery: &Delivery) -> DeliveryPlace {
    DeliveryPlace {
        created: delivery.created,
        id: delivery.id.clone(),
    }
}
