use milepost_model::Endpoint;
use serde::{Deserialize, Serialize};

/// A webhook as `/v1/environment/webhooks` answers it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookSubscription {
    /// `se-` and a number.
    pub webhook_id: String,
    /// Where deliveries go.
    pub url: String,
    /// What is told there: `track`, of ShipEngine's events the one that the hub has.
    pub event: String,
}

impl WebhookSubscription {
    /// The endpoint without its signing secret.
    pub fn of(endpoint: &Endpoint) -> Self {
        Self {
            webhook_id: endpoint.id.0.clone(),
            url: endpoint.url.clone(),
            event: "track".to_owned(),
        }
    }
}

/// Without the address, which may hold a token.
impl std::fmt::Debug for WebhookSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSubscription")
            .field("webhook_id", &self.webhook_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use milepost_model::{AccountId, EndpointId};

    #[test]
    fn no_secret_leaves() {
        let endpoint = Endpoint {
            id: EndpointId("se-7".into()),
            account: AccountId::default_account(),
            url: "https://shop.example.com/hook?token=t0ken".into(),
            secret: b"s3cret".to_vec(),
            created: Timestamp::UNIX_EPOCH,
            enabled: true,
        };
        let webhook = WebhookSubscription::of(&endpoint);
        assert_eq!(
            serde_json::to_value(&webhook).unwrap(),
            serde_json::json!({
                "webhook_id": "se-7",
                "url": "https://shop.example.com/hook?token=t0ken",
                "event": "track",
            })
        );
        assert!(!format!("{webhook:?}").contains("t0ken"));
    }
}
