//! ShipEngine's tracking API.

mod carriers;
mod error;
mod label;
mod request;
mod subscription;
mod time;
mod tracking;
mod webhook;

pub use carriers::{CarrierItem, CarrierList};
pub use error::{ErrorBody, ErrorItem, KeyFault, Problem};
pub use label::LabelTracking;
pub use request::TrackingQuery;
pub use subscription::{CreateWebhook, UpdateWebhook, WebhookFilter, WebhookHeader, WebhookSubscription, header_pairs};
pub use time::TimeStyle;
pub use tracking::{TrackingEvent, TrackingLog, UNCONNECTED_CARRIER_ID};
pub use webhook::{TrackData, TrackWebhook};
