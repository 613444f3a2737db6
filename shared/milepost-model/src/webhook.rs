//! Webhooks: where an account is told, and what was sent there.

mod circuit;
mod delivery;
mod endpoint;

pub use circuit::{Circuit, Failed, Gate};
pub use delivery::{Attempt, Delivery, DeliveryId, DeliveryState, FollowerName, ToldTo};
pub use endpoint::{
    DisabledWhy, Endpoint, EndpointFilter, EndpointId, EndpointSecrets, EndpointStyle, FormerSecret, Standing, Tell,
};
