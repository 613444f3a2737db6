//! What a function needs around a use case: configuration, clients, API keys, secrets, the clock and telemetry.
//!
//! It is the only crate that reads the environment and the clock; everything below takes what it needs as parameters.
//! It knows no use case and no carrier.

mod api;
mod auth;
mod batch;
mod clients;
mod clock;
mod config;
mod error;
pub mod http;
mod limits;
mod metrics;
mod random;
mod secrets;
mod telemetry;

pub use api::{Api, Call, Clock};
pub use auth::{Auth, Caller, NewKey};
pub use batch::Failures;
pub use clients::{Clients, sdk_loader, sdk_settings};
pub use clock::now;
pub use config::{
    DeliverConfig, FollowConfig, ImportConfig, LookupConfig, ManageConfig, NotifyConfig, RefreshConfig, ScheduleConfig,
    private_networks,
};
pub use error::RuntimeError;
pub use metrics::Metrics;
pub use random::{random, random_uuid};
pub use secrets::{ReadSeal, Secrets};
pub use telemetry::install as install_telemetry;

/// How the hub names itself to receivers of webhooks.
pub const USER_AGENT: &str = "Milepost/1";
