use milepost_model::{CarrierCode, Endpoint, EndpointFilter, EndpointSecrets, EndpointStyle, Standing, Status, Tell};
use serde::{Deserialize, Serialize};

use crate::shipengine::Problem;

/// The one of ShipEngine's events that the hub has.
const TRACK: &str = "track";

/// A webhook as `/v1/environment/webhooks` answers it: ShipEngine's keys, then the hub's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookSubscription {
    /// `se-` and a number.
    pub webhook_id: String,
    /// Where deliveries go.
    pub url: String,
    /// What is told there: `track`.
    pub event: String,
    /// What is sent along; absent when there is nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<WebhookHeader>,
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A number that its owner gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<i32>,
    /// Own: in which form it is told, `shipengine` or `ship24`.
    pub style: String,
    /// Own: how much it is told, `status_changes` or `every_event`.
    pub tell: String,
    /// Own: parcels of which carriers; empty: of all.
    pub carrier_codes: Vec<String>,
    /// Own: parcels that come to which statuses; empty: to any.
    pub status_codes: Vec<String>,
    /// Own: whether deliveries go there.
    pub enabled: bool,
    /// Own: why not: `probe_failed`, `gone` (it answered 410) or `failing` (for five days).
    pub disabled_because: Option<String>,
    /// Own: since when not, in UTC.
    pub disabled_at: Option<String>,
    /// Own: when it is asked again, in UTC, while it does not answer; what it is owed is held until then.
    pub resting_until: Option<String>,
    /// Own: the secret that signs, `whsec_...`: in the answers that make one, and in no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Own: what is sent as `Authorization: Bearer` in Ship24's style; beside a new secret, and nowhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bearer: Option<String>,
}

/// A header of a webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WebhookHeader {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// The body that creates a webhook.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct CreateWebhook {
    /// Where deliveries go.
    pub url: String,
    /// `track`.
    pub event: String,
    /// What is to be sent along.
    #[serde(default)]
    pub headers: Option<Vec<WebhookHeader>>,
    /// What its owner calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// A number that its owner gives.
    #[serde(default)]
    pub store_id: Option<i32>,
    /// Own: `shipengine` unless it is said.
    #[serde(default)]
    pub style: Option<String>,
    /// Own: what it is told of.
    #[serde(flatten)]
    pub filter: WebhookFilter,
}

/// The body that changes a webhook: what it names.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct UpdateWebhook {
    /// Where deliveries go.
    #[serde(default)]
    pub url: Option<String>,
    /// What is to be sent along, in place of all before.
    #[serde(default)]
    pub headers: Option<Vec<WebhookHeader>>,
    /// What its owner calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// A number that its owner gives.
    #[serde(default)]
    pub store_id: Option<i32>,
    /// Own: what it is told of.
    #[serde(flatten)]
    pub filter: WebhookFilter,
}

/// What a webhook is told of; what is absent stays, or is all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct WebhookFilter {
    /// `status_changes` or `every_event`.
    #[serde(default)]
    pub tell: Option<String>,
    /// Codes of carriers.
    #[serde(default)]
    pub carrier_codes: Option<Vec<String>>,
    /// Two letters each.
    #[serde(default)]
    pub status_codes: Option<Vec<String>>,
}

impl WebhookSubscription {
    /// The endpoint without its signing secret.
    pub fn of(endpoint: &Endpoint, secrets: &EndpointSecrets) -> Self {
        let header = |(key, value): &(String, String)| WebhookHeader {
            key: key.clone(),
            value: value.clone(),
        };
        let (why, at) = match endpoint.standing {
            Standing::Enabled => (None, None),
            Standing::Disabled { why, at } => (Some(why.as_str().to_owned()), Some(at.to_string())),
        };
        let Endpoint { filter, .. } = endpoint;
        Self {
            webhook_id: endpoint.id.0.clone(),
            url: endpoint.url.clone(),
            event: TRACK.to_owned(),
            headers: secrets.headers.iter().map(header).collect(),
            name: endpoint.name.clone(),
            store_id: endpoint.store_id,
            style: endpoint.style.as_str().to_owned(),
            tell: filter.tell.as_str().to_owned(),
            carrier_codes: filter.carriers.iter().map(CarrierCode::to_string).collect(),
            status_codes: filter.statuses.iter().map(|status| status.code().to_owned()).collect(),
            enabled: endpoint.standing.is_enabled(),
            disabled_because: why,
            disabled_at: at,
            resting_until: endpoint.circuit.rests_until.map(|at| at.to_string()),
            secret: None,
            bearer: None,
        }
    }
}

impl CreateWebhook {
    /// In which form it is told.
    ///
    /// # Errors
    /// [`Problem::InvalidValue`] for another event than `track` and for an unknown style.
    pub fn style(&self) -> Result<EndpointStyle, Problem> {
        if self.event != TRACK {
            return Err(Problem::invalid(
                "event",
                "of ShipEngine's events this hub has \"track\"",
            ));
        }
        match &self.style {
            None => Ok(EndpointStyle::ShipEngine),
            Some(style) => EndpointStyle::from_text(style)
                .ok_or_else(|| Problem::invalid("style", "it is \"shipengine\" or \"ship24\"")),
        }
    }
}

impl WebhookFilter {
    /// The filter, where `before` says what is not said here. Nothing is said of it: `None`.
    ///
    /// # Errors
    /// [`Problem::InvalidValue`].
    pub fn over(&self, before: &EndpointFilter) -> Result<Option<EndpointFilter>, Problem> {
        if *self == Self::default() {
            return Ok(None);
        }
        let mut filter = before.clone();
        if let Some(tell) = &self.tell {
            let tell = Tell::from_text(tell);
            filter.tell =
                tell.ok_or_else(|| Problem::invalid("tell", "it is \"status_changes\" or \"every_event\""))?;
        }
        if let Some(codes) = &self.carrier_codes {
            let codes = codes.iter().map(|code| CarrierCode::parse(code));
            let codes = codes.collect::<Result<_, _>>();
            filter.carriers =
                codes.map_err(|_| Problem::invalid("carrier_codes", "one of them is no code of a carrier"))?;
        }
        if let Some(codes) = &self.status_codes {
            let codes = codes.iter().map(|code| Status::from_code(code));
            let codes = codes.collect::<Option<_>>();
            filter.statuses =
                codes.ok_or_else(|| Problem::invalid("status_codes", "one of them is no status, as DE or EX"))?;
        }
        Ok(Some(filter))
    }
}

/// Headers as names and values.
pub fn header_pairs(headers: Vec<WebhookHeader>) -> Vec<(String, String)> {
    headers.into_iter().map(|header| (header.key, header.value)).collect()
}

/// Without the address and the headers, which may hold tokens.
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
    use milepost_model::{AccountId, Circuit, DisabledWhy, EndpointId};

    #[test]
    fn no_secret_leaves() {
        let endpoint = Endpoint {
            id: EndpointId("se-7".into()),
            account: AccountId::default_account(),
            url: "https://shop.example.com/hook?token=t0ken".into(),
            name: None,
            store_id: Some(3),
            style: EndpointStyle::Ship24,
            filter: EndpointFilter {
                statuses: [Status::Delivered].into(),
                ..EndpointFilter::of_all(Tell::EveryEvent)
            },
            created: Timestamp::UNIX_EPOCH,
            standing: Standing::Disabled {
                why: DisabledWhy::Gone,
                at: Timestamp::UNIX_EPOCH,
            },
            circuit: Circuit::default(),
        };
        let secrets = EndpointSecrets {
            headers: vec![("x-shop".into(), "7".into())],
            ..EndpointSecrets::new(b"s3cret".to_vec())
        };
        let webhook = WebhookSubscription::of(&endpoint, &secrets);
        assert_eq!(
            serde_json::to_value(&webhook).unwrap(),
            serde_json::json!({
                "webhook_id": "se-7",
                "url": "https://shop.example.com/hook?token=t0ken",
                "event": "track",
                "headers": [{"key": "x-shop", "value": "7"}],
                "store_id": 3,
                "style": "ship24",
                "tell": "every_event",
                "carrier_codes": [],
                "status_codes": ["DE"],
                "enabled": false,
                "disabled_because": "gone",
                "disabled_at": "1970-01-01T00:00:00Z",
                "resting_until": null,
            })
        );
        assert!(!format!("{webhook:?}").contains("t0ken"));
    }

    #[test]
    fn what_a_body_says_of_the_filter() {
        let body = |text: &str| serde_json::from_str::<UpdateWebhook>(text).unwrap().filter;
        let before = EndpointFilter::of_all(Tell::StatusChanges);
        assert_eq!(body("{}").over(&before), Ok(None));
        let filter = body(r#"{"tell":"every_event","carrier_codes":["usps"],"status_codes":["DE","EX"]}"#);
        let filter = filter.over(&before).unwrap().unwrap();
        assert_eq!(
            (filter.tell, filter.carriers.len(), filter.statuses.len()),
            (Tell::EveryEvent, 1, 2)
        );
        assert_eq!(
            body(r#"{"carrier_codes":[]}"#).over(&filter).unwrap().unwrap().tell,
            Tell::EveryEvent
        );
        for bad in [
            r#"{"tell":"all"}"#,
            r#"{"status_codes":["ZZ"]}"#,
            r#"{"carrier_codes":["!"]}"#,
        ] {
            assert!(
                matches!(body(bad).over(&before), Err(Problem::InvalidValue { .. })),
                "{bad}"
            );
        }
        let create = |text: &str| serde_json::from_str::<CreateWebhook>(text).unwrap().style();
        assert_eq!(create(r#"{"url":"u","event":"track"}"#), Ok(EndpointStyle::ShipEngine));
        assert!(create(r#"{"url":"u","event":"batch"}"#).is_err());
        assert!(create(r#"{"url":"u","event":"track","style":"x"}"#).is_err());
    }
}
