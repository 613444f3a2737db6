//! The contract of Ship24's API, as its OpenAPI document and its two SDKs have it.

mod bulk;
mod couriers;
mod error;
mod event;
mod export;
mod request;
pub(crate) mod time;
mod timeline;
mod tracker;
mod tracking;
mod webhook;

pub use bulk::{BulkAnswer, BulkItem, BulkRefusal, BulkSummary, MAX_BULK, bulk_inputs};
pub use couriers::{CourierJson, CouriersData, CouriersJson, courier_code};
pub use error::{Errors, Fault, Refusal, errors, status};
pub use event::EventJson;
pub use export::TrackerLine;
pub use request::{NewTracker, TrackerChange};
pub use tracker::{
    TrackerAnswer, TrackerBoth, TrackerData, TrackerJson, TrackersAnswer, TrackersData, WebhookTrackerJson,
};
pub use tracking::{
    DeliveryJson, NumberJson, RangeJson, RecipientJson, ShipmentJson, StatisticsJson, TimestampsJson, TrackingJson,
    TrackingsAnswer, TrackingsData,
};
pub use webhook::{MetadataJson, TrackingNews, TrackingsWebhook};
