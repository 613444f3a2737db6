use milepost_model::{AccountId, Delivery, DeliveryId, EndpointId};
use serde::{Deserialize, Serialize};

use crate::{WebhookError, body};

/// A message of the delivery queue. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WebhookOrder {
    /// One attempt of one delivery.
    Deliver(DeliveryOrder),
    /// Look whether an endpoint answers again, and send what was held for it.
    Release(ReleaseOrder),
}

/// One attempt of one delivery.
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
    /// Whether somebody asked for it: then it is made although the parcel is not followed any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// What the delivery is, at its first attempt: before it has an item of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<NewDelivery>,
}

/// What a delivery's item is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDelivery {
    /// The packed body as text.
    pub body: String,
    /// For which follower of the number, as the text of its name.
    pub follower: String,
    /// The follower's start in Unix milliseconds.
    pub since: i64,
}

/// Look whether an endpoint answers again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseOrder {
    /// Whose.
    pub account: String,
    /// Which endpoint.
    pub release: String,
}

/// A message of the notifier's own retry queue: a number to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyOrder {
    /// Canonical.
    pub number: String,
}

impl NewDelivery {
    /// The body as its receiver gets it; `None` when it cannot be read.
    pub fn json(&self) -> Option<Vec<u8>> {
        body::unpack(&body::from_text(&self.body)?)
    }
}

impl WebhookOrder {
    /// Reads a message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`].
    pub fn parse(body: &str) -> Result<Self, WebhookError> {
        serde_json::from_str(body).map_err(WebhookError::Message)
    }
}

impl DeliveryOrder {
    /// The message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`]; not for any value of this type.
    pub fn to_body(&self) -> Result<String, WebhookError> {
        serde_json::to_string(self).map_err(WebhookError::Message)
    }

    /// An attempt of a delivery that has its item.
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
            by_hand: false,
            new: None,
        }
    }

    /// The attempt behind those that a delivery has.
    #[must_use]
    pub fn next_of(delivery: &Delivery) -> Self {
        let attempt = u32::try_from(delivery.attempts.len() + 1).unwrap_or(u32::MAX);
        Self::again(
            &delivery.account,
            &delivery.id,
            &delivery.endpoint,
            delivery.number.as_str(),
            attempt,
        )
    }
}

impl ReleaseOrder {
    /// For an endpoint.
    #[must_use]
    pub fn of(account: &AccountId, endpoint: &EndpointId) -> Self {
        Self {
            account: account.as_str().to_owned(),
            release: endpoint.0.clone(),
        }
    }

    /// The message's body.
    ///
    /// # Errors
    /// [`WebhookError::Message`]; not for any value of this type.
    pub fn to_body(&self) -> Result<String, WebhookError> {
        serde_json::to_string(self).map_err(WebhookError::Message)
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
