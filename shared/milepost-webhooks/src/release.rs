//! What was held for an endpoint goes out when it answers again.

use jiff::Timestamp;
use milepost_model::{AccountId, DeliveryState, Endpoint, EndpointId};
use milepost_store::HeldDelivery;

use crate::deliver::Sending;
use crate::gate::Pass;
use crate::replay::order_again;
use crate::{Chance, Deliverer, Outcome, ReleaseOrder, WebhookError};

/// Deliveries that go out at a time. An endpoint that has just come back is not buried by what it missed.
const AT_ONCE: usize = 100;

/// Between two of those, in seconds.
const PAUSE_SECONDS: u32 = 1;

/// Held deliveries that probe an endpoint in turn. Were it always the oldest, one that its receiver never takes would keep
/// an endpoint shut that takes all others.
const PROBES: usize = 10;

impl Deliverer {
    /// Looks whether an endpoint answers again: if its rest is over, one held delivery probes it; if it is well, the
    /// oldest that are held go out.
    ///
    /// # Errors
    /// As [`Deliverer::handle`].
    pub async fn release(&self, order: &ReleaseOrder, chance: Chance<'_>) -> Result<Outcome, WebhookError> {
        let Ok(account) = AccountId::parse(&order.account) else {
            return Ok(Outcome::Skipped);
        };
        let id = EndpointId(order.release.clone());
        let found = self.store.endpoint_with_secrets(&account, &id).await?;
        let Some((endpoint, secrets)) = found.filter(|(endpoint, _)| endpoint.standing.is_enabled()) else {
            // What is held for a disabled one goes out when it is enabled again.
            return Ok(Outcome::Skipped);
        };
        let now = (chance.now)();
        let pass = self.gates().pass(&endpoint, now).await?;
        let limit = if pass == Pass::Probe { PROBES } else { AT_ONCE };
        if pass == Pass::Shut {
            return Ok(Outcome::Skipped);
        }
        let (held, more) = self
            .store
            .held_deliveries(&account, &id, limit, now.as_second())
            .await?;
        if pass == Pass::Open {
            return self.send_on(&endpoint, &held, more, now).await;
        }
        let turn = usize::try_from(endpoint.circuit.failures).unwrap_or_default();
        let Some(entry) = turn.checked_rem(held.len()).and_then(|nth| held.get(nth)) else {
            return self.unasked(&endpoint).await;
        };
        let found = self.store.delivery(&account, &entry.delivery.id).await?;
        let Some(delivery) = found.filter(|delivery| waits(delivery.state)) else {
            self.store.remove_held(entry).await?;
            return self.unasked(&endpoint).await;
        };
        let sending = Sending {
            delivery: &delivery,
            endpoint: &endpoint,
            secrets: &secrets,
            pass,
            by_hand: entry.by_hand,
        };
        let outcome = self.send(sending, chance).await?;
        if outcome != Outcome::Held {
            self.store.remove_held(entry).await?;
        }
        Ok(outcome)
    }

    /// There was nothing to ask an endpoint with: the next delivery finds out whether it answers, or what else is held. That
    /// may have been held since the look.
    async fn unasked(&self, endpoint: &Endpoint) -> Result<Outcome, WebhookError> {
        self.gates().reset(endpoint).await?;
        Ok(Outcome::Skipped)
    }

    /// Queues the next attempts of what was held, and comes back for the rest.
    async fn send_on(
        &self,
        endpoint: &Endpoint,
        held: &[HeldDelivery],
        more: bool,
        now: Timestamp,
    ) -> Result<Outcome, WebhookError> {
        let mut orders = Vec::with_capacity(held.len());
        for HeldDelivery { delivery, by_hand, .. } in held {
            if waits(delivery.state) {
                orders.extend(order_again(&self.store, delivery, *by_hand, now).await?);
            }
        }
        let sent = !orders.is_empty();
        self.queue.send_all(orders).await?;
        // Behind the orders: whoever stops between the two sends them twice, and the second finds nothing to do.
        for entry in held {
            self.store.remove_held(entry).await?;
        }
        if more {
            self.gates().order_release(endpoint, PAUSE_SECONDS).await?;
        }
        Ok(if sent { Outcome::TryAgain } else { Outcome::Skipped })
    }
}

/// Whether a held delivery is still to be sent. A repeat leaves entries of what was sent otherwise.
fn waits(state: DeliveryState) -> bool {
    matches!(state, DeliveryState::Held | DeliveryState::Waiting { .. })
}
