use milepost_model::{AccountId, DeliveryId, EndpointId};
use serde::{Deserialize, Serialize};

use crate::WebhookError;

/// A message of the delivery queue: one attempt of one delivery. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryOrder {
    /// Whose.
    pub account: String,
    /// The message id that receivers see.
    pub delivery: String,
    /// Where to.
    pub endpoint: String,
    /// Of which number.
    pub number: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The packed body as text: at the first attempt, before the delivery has an item of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A message of the notifier's own retry queue: a number to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyOrder {
    /// Canonical.
    pub number: String,
}

impl DeliveryOrder {
    /// Reads a message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`].
    pub fn parse(body: &str) -> Result<Self, WebhookError> {
        serde_json::from_str(body).map_err(WebhookError::Message)
    }

    /// The message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`]; not for any value of this type.
    pub fn to_body(&self) -> Result<String, WebhookError> {
        serde_json::to_string(self).map_err(WebhookError::Message)
    }

    /// The next attempt of a delivery that has its item.
    #[must_use]
    pub fn again(
        account: &AccountId,
        delivery: &DeliveryId,
        endpoint: &EndpointId,
        number: &str,
        attempt: u32,
    ) -> Self {
        Self {
            account: account.as_str().to_owned(),
            delivery: delivery.0.clone(),
            endpoint: endpoint.0.clone(),
            number: number.to_owned(),
            attempt,
            body: None,
        }
    }
}

impl NotifyOrder {
    /// Reads a message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`].
    pub fn parse(body: &str) -> Result<Self, WebhookError> {
        serde_json::from_str(body).map_err(WebhookError::Message)
    }

    /// The message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`]; not for any value of this type.
    pub fn to_body(&self) -> Result<String, WebhookError> {
        serde_json::to_string(self).map_err(WebhookError::Message)
    }
}
