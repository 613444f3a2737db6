//! An endpoint's circuit in the table: who may send, and what an outcome makes of it.
//!
//! Each instant at which a rest ends has a due entry before it is written, so whoever stops between the two leaves an
//! entry too many and no endpoint that nobody asks again.

use jiff::Timestamp;
use milepost_model::{Circuit, DisabledWhy, Endpoint, Failed, Gate, Standing};
use milepost_net::Queue;
use milepost_store::{DueKind, Store};

use crate::{ReleaseOrder, WebhookError};

/// Attempts that fail at one time each write the circuit; a writer that loses so often leaves it to the others.
const TRIES: usize = 4;

/// In so many seconds a release is looked for that nobody ordered: longer than a function lives that was about to.
pub(crate) const RELEASE_LATER_SECONDS: u32 = 90;

/// Whether an attempt may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// It may.
    Open,
    /// It is the one probe.
    Probe,
    /// It waits.
    Shut,
}

/// Circuits in the table.
pub(crate) struct Gates<'a> {
    pub(crate) store: &'a Store,
    pub(crate) queue: &'a Queue,
}

impl Gates<'_> {
    /// Whether an attempt at an endpoint may be made now.
    pub(crate) async fn pass(&self, endpoint: &Endpoint, now: Timestamp) -> Result<Pass, WebhookError> {
        let lease = match endpoint.circuit.gate(now) {
            Gate::Open => return Ok(Pass::Open),
            Gate::Shut => return Ok(Pass::Shut),
            Gate::Probe { lease } => lease,
        };
        self.put_due(endpoint, lease).await?;
        let probed = Circuit {
            rests_until: Some(lease),
            ..endpoint.circuit
        };
        let Endpoint {
            account, id, circuit, ..
        } = endpoint;
        let mine = self.store.swap_circuit(account, id, circuit, &probed).await?;
        Ok(if mine { Pass::Probe } else { Pass::Shut })
    }

    /// An attempt was taken. If the endpoint had failed before, all is well again, and what was held goes out.
    pub(crate) async fn succeeded(&self, endpoint: &Endpoint) -> Result<(), WebhookError> {
        if endpoint.circuit == Circuit::default() {
            return Ok(());
        }
        self.reset(endpoint).await
    }

    /// All is well with an endpoint, and what was held for it goes out. The later look is ordered first, for whoever stops
    /// behind the reset.
    pub(crate) async fn reset(&self, endpoint: &Endpoint) -> Result<(), WebhookError> {
        self.order_release(endpoint, RELEASE_LATER_SECONDS).await?;
        self.store.reset_circuit(&endpoint.account, &endpoint.id).await?;
        self.order_release(endpoint, 0).await
    }

    /// An attempt failed; whether the endpoint is left alone now.
    pub(crate) async fn failed(
        &self,
        endpoint: &Endpoint,
        how: Failed,
        pass: Pass,
        now: Timestamp,
    ) -> Result<bool, WebhookError> {
        let mut shut = false;
        for _ in 0..TRIES {
            let Some(there) = self.store.endpoint(&endpoint.account, &endpoint.id).await? else {
                return Ok(false);
            };
            let from = there.circuit;
            let to = from.failed(how, pass == Pass::Probe, now);
            if there.standing.is_enabled() && to.is_hopeless(now) {
                self.disable(&there, DisabledWhy::Failing, now).await?;
                return Ok(true);
            }
            shut = to.is_shut();
            if to == from {
                return Ok(shut);
            }
            if let Some(until) = to.rests_until.filter(|_| to.rests_until != from.rests_until) {
                self.put_due(&there, until).await?;
            }
            if self.store.swap_circuit(&there.account, &there.id, &from, &to).await? {
                return Ok(shut);
            }
        }
        Ok(shut)
    }

    /// Nothing more goes to an endpoint until it is enabled again.
    pub(crate) async fn disable(
        &self,
        endpoint: &Endpoint,
        why: DisabledWhy,
        at: Timestamp,
    ) -> Result<(), WebhookError> {
        let standing = Standing::Disabled { why, at };
        self.store
            .set_standing(&endpoint.account, &endpoint.id, standing)
            .await?;
        tracing::error!(
            account = %endpoint.account,
            endpoint = %endpoint.id.0,
            why = why.as_str(),
            "webhook endpoint disabled"
        );
        Ok(())
    }

    /// Asks for a look whether what is held can go out.
    pub(crate) async fn order_release(&self, endpoint: &Endpoint, delay_seconds: u32) -> Result<(), WebhookError> {
        let order = ReleaseOrder::of(&endpoint.account, &endpoint.id);
        Ok(self.queue.send(order.to_body()?, delay_seconds).await?)
    }

    async fn put_due(&self, endpoint: &Endpoint, at: Timestamp) -> Result<(), WebhookError> {
        let order = ReleaseOrder::of(&endpoint.account, &endpoint.id).to_body()?;
        let id = format!("release/{}/{}", endpoint.account, endpoint.id.0);
        self.store
            .put_due(DueKind::Retry, &id, at.as_millisecond(), &order)
            .await?;
        Ok(())
    }
}
