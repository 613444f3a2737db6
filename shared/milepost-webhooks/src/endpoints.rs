//! An account's endpoints: added, probed, changed, rotated, enabled again.

use std::sync::Arc;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use milepost_model::{
    AccountId, Attempt, Circuit, DeliveryId, DisabledWhy, Endpoint, EndpointFilter, EndpointId, EndpointSecrets,
    EndpointStyle, ErrorClass, FormerSecret, Standing,
};
use milepost_net::{Exchange, ExchangeError, Queue};
use milepost_store::Store;

use crate::attempt::{Post, post};
use crate::gate::RELEASE_LATER_SECONDS;
use crate::verdict::Verdict;
use crate::{ReleaseOrder, SigningKey, WebhookError};

/// Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// Endpoints of an account. Each is a message more for every change, and all are read with each.
const MAX_ENDPOINTS: usize = 100;

/// Headers of an endpoint's own, and the length of each name and value in bytes.
const MAX_HEADERS: usize = 20;
const MAX_HEADER_NAME: usize = 100;
const MAX_HEADER_VALUE: usize = 2_048;

/// The longest name of an endpoint, in characters.
const MAX_NAME: usize = 200;

/// A replaced secret signs for so many hours more: a working day and a night to change a receiver.
pub const OVERLAP_HOURS: i64 = 24;

/// What an endpoint is sent by `test`: no parcel.
const TEST_BODY: &str = r#"{"resource_url":null,"resource_type":"API_TEST","data":{}}"#;

/// What an owner says of a new endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where to POST.
    pub url: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// A number that its owner gave.
    pub store_id: Option<i32>,
    /// In which form it is told.
    pub style: EndpointStyle,
    /// What it is told of.
    pub filter: EndpointFilter,
    /// What is to be sent along.
    pub headers: Vec<(String, String)>,
}

/// What an owner changes; `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// Where to POST.
    pub url: Option<String>,
    /// What its owner calls it.
    pub name: Option<String>,
    /// A number that its owner gave.
    pub store_id: Option<i32>,
    /// What it is told of.
    pub filter: Option<EndpointFilter>,
    /// What is to be sent along, in place of all before.
    pub headers: Option<Vec<(String, String)>>,
}

/// The use case.
#[derive(Clone)]
pub struct Endpoints {
    store: Store,
    queue: Queue,
    exchange: Exchange,
    key: Option<Arc<SigningKey>>,
}

impl Endpoints {
    /// Over a table that opens secrets, the queue of deliveries and the guarded HTTP client.
    pub fn new(store: Store, queue: Queue, exchange: Exchange, key: Option<Arc<SigningKey>>) -> Self {
        Self {
            store,
            queue,
            exchange,
            key,
        }
    }

    /// Adds an endpoint. It is probed first, and disabled if nothing useful answers.
    ///
    /// # Errors
    /// [`WebhookError::Refused`] for what an owner is to write otherwise, [`WebhookError::Conflict`] for an address that
    /// the account has already.
    pub async fn add(
        &self,
        account: &AccountId,
        new: NewEndpoint,
        now: Timestamp,
    ) -> Result<(Endpoint, EndpointSecrets), WebhookError> {
        self.check(&new.url, new.name.as_deref(), &new.headers)?;
        let there = self.store.endpoints(account).await?;
        if let Some(same) = there
            .iter()
            .find(|there| there.url == new.url && there.style == new.style)
        {
            return Err(WebhookError::Conflict(same.id.clone()));
        }
        if there.len() >= MAX_ENDPOINTS {
            return Err(refused(
                "url",
                format!("this account has {MAX_ENDPOINTS} webhooks, as many as it may have"),
            ));
        }
        let number = self.store.next_number(account, "webhook").await?;
        let endpoint = Endpoint {
            id: EndpointId(format!("se-{number}")),
            account: account.clone(),
            standing: self.probe(&new.url, new.style, now).await?,
            url: new.url,
            name: new.name,
            store_id: new.store_id,
            style: new.style,
            filter: new.filter,
            created: now,
            circuit: Circuit::default(),
        };
        let secrets = EndpointSecrets {
            headers: new.headers,
            ..EndpointSecrets::new(new_secret()?)
        };
        self.store.put_endpoint(&endpoint, &secrets).await?;
        Ok((endpoint, secrets))
    }

    /// The account's endpoints with their secrets.
    ///
    /// # Errors
    /// The table's.
    pub async fn list(&self, account: &AccountId) -> Result<Vec<(Endpoint, EndpointSecrets)>, WebhookError> {
        Ok(self.store.endpoints_with_secrets(account).await?)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`WebhookError::NoEndpoint`].
    pub async fn get(&self, account: &AccountId, id: &EndpointId) -> Result<(Endpoint, EndpointSecrets), WebhookError> {
        let found = self.store.endpoint_with_secrets(account, id).await?;
        found.ok_or(WebhookError::NoEndpoint)
    }

    /// Changes one. Under another address it is probed as a new one is.
    ///
    /// # Errors
    /// As [`Endpoints::add`], and [`WebhookError::NoEndpoint`].
    pub async fn change(
        &self,
        account: &AccountId,
        id: &EndpointId,
        change: EndpointChange,
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        let (mut endpoint, mut secrets) = self.get(account, id).await?;
        let moved = change.url.as_ref().is_some_and(|url| *url != endpoint.url);
        endpoint.url = change.url.unwrap_or(endpoint.url);
        endpoint.name = change.name.or(endpoint.name);
        endpoint.store_id = change.store_id.or(endpoint.store_id);
        endpoint.filter = change.filter.unwrap_or(endpoint.filter);
        secrets.headers = change.headers.unwrap_or(secrets.headers);
        self.check(&endpoint.url, endpoint.name.as_deref(), &secrets.headers)?;
        let there = self.store.endpoints(account).await?;
        let mut others = there
            .iter()
            .filter(|there| there.id != endpoint.id && there.style == endpoint.style);
        if let Some(same) = others.find(|there| there.url == endpoint.url) {
            return Err(WebhookError::Conflict(same.id.clone()));
        }
        let standing = if moved {
            self.probe(&endpoint.url, endpoint.style, now).await?
        } else {
            endpoint.standing
        };
        if !self.store.change_endpoint(&endpoint, &secrets).await? {
            return Err(WebhookError::NoEndpoint);
        }
        if moved {
            self.stand(account, id, standing).await?;
        }
        Ok(())
    }

    /// Removes one; what waits for it is dropped at its next attempt.
    ///
    /// # Errors
    /// [`WebhookError::NoEndpoint`].
    pub async fn remove(&self, account: &AccountId, id: &EndpointId) -> Result<(), WebhookError> {
        if self.store.remove_endpoint(account, id).await? {
            Ok(())
        } else {
            Err(WebhookError::NoEndpoint)
        }
    }

    /// Gives one a new secret. The old one signs beside it for [`OVERLAP_HOURS`].
    ///
    /// # Errors
    /// [`WebhookError::NoEndpoint`].
    pub async fn rotate(
        &self,
        account: &AccountId,
        id: &EndpointId,
        now: Timestamp,
    ) -> Result<(Endpoint, EndpointSecrets), WebhookError> {
        let (endpoint, secrets) = self.get(account, id).await?;
        let until = now
            .saturating_add(SignedDuration::from_hours(OVERLAP_HOURS))
            .unwrap_or(now);
        let rotated = EndpointSecrets {
            signing: new_secret()?,
            former: Some(FormerSecret {
                secret: secrets.signing,
                until,
            }),
            headers: secrets.headers,
        };
        if self.store.change_endpoint(&endpoint, &rotated).await? {
            Ok((endpoint, rotated))
        } else {
            Err(WebhookError::NoEndpoint)
        }
    }

    /// Probes one and, if it answers, enables it, ends its rest and sends what was held for it.
    ///
    /// # Errors
    /// [`WebhookError::NoEndpoint`], or [`WebhookError::Unanswered`] when it does not answer.
    pub async fn enable(&self, account: &AccountId, id: &EndpointId, now: Timestamp) -> Result<Endpoint, WebhookError> {
        let (endpoint, _) = self.get(account, id).await?;
        self.check(&endpoint.url, None, &[])?;
        let standing = self.probe(&endpoint.url, endpoint.style, now).await?;
        if !standing.is_enabled() {
            return Err(WebhookError::Unanswered);
        }
        self.stand(account, id, standing).await?;
        Ok(Endpoint {
            standing,
            circuit: Circuit::default(),
            ..endpoint
        })
    }

    /// Sends one a message of no parcel, signed as any, and answers what came of it. It is in no log.
    ///
    /// # Errors
    /// [`WebhookError::NoEndpoint`].
    pub async fn test(
        &self,
        account: &AccountId,
        id: &EndpointId,
        now: &(dyn Fn() -> Timestamp + Sync),
    ) -> Result<(Attempt, bool), WebhookError> {
        let (endpoint, secrets) = self.get(account, id).await?;
        let at = now();
        let delivery = DeliveryId(format!("msg_test_{}", at.as_millisecond()));
        let message = Post {
            endpoint: &endpoint,
            secrets: &secrets,
            id: &delivery,
            body: Bytes::from_static(TEST_BODY.as_bytes()),
            at,
        };
        let (attempt, verdict) = post(&self.exchange, self.key.as_deref(), message, now).await?;
        Ok((attempt, verdict == Verdict::Taken))
    }

    async fn stand(&self, account: &AccountId, id: &EndpointId, standing: Standing) -> Result<(), WebhookError> {
        let release = ReleaseOrder::of(account, id).to_body()?;
        if standing.is_enabled() {
            // For whoever stops behind the change.
            self.queue.send(release.clone(), RELEASE_LATER_SECONDS).await?;
        }
        if !self.store.set_standing(account, id, standing).await? {
            return Err(WebhookError::NoEndpoint);
        }
        if standing.is_enabled() {
            self.queue.send(release, 0).await?;
        }
        Ok(())
    }

    /// Whether an address may be enabled: a HEAD that Ship24 wants answered with 2xx. ShipEngine asks for no probe, and
    /// many a handler knows POST alone: there any answer counts that a working server gives.
    ///
    /// # Errors
    /// [`WebhookError::Refused`] for a name that leads to no address which may be reached: no receiver will ever be there.
    async fn probe(&self, url: &str, style: EndpointStyle, now: Timestamp) -> Result<Standing, WebhookError> {
        let status = match self.exchange.head(url).await {
            Err(ExchangeError::Guard(error)) if error.class() == ErrorClass::Caller => {
                return Err(refused("url", error.to_string()));
            }
            answer => answer.map(|reply| reply.status),
        };
        let passed = match (style, status) {
            (_, Ok(200..300)) => true,
            (EndpointStyle::ShipEngine, Ok(status)) => matches!(status, 400..=499 | 501) && status != 410,
            _ => false,
        };
        Ok(if passed {
            Standing::Enabled
        } else {
            Standing::Disabled {
                why: DisabledWhy::Unanswered,
                at: now,
            }
        })
    }

    fn check(&self, url: &str, name: Option<&str>, headers: &[(String, String)]) -> Result<(), WebhookError> {
        self.exchange
            .check_url(url)
            .map_err(|error| refused("url", error.to_string()))?;
        if name.is_some_and(|name| name.chars().count() > MAX_NAME) {
            return Err(refused("name", format!("it has more than {MAX_NAME} characters")));
        }
        if headers.len() > MAX_HEADERS {
            return Err(refused("headers", format!("there are more than {MAX_HEADERS}")));
        }
        for (name, value) in headers {
            if name.len() > MAX_HEADER_NAME || value.len() > MAX_HEADER_VALUE {
                let limits = format!("a name has at most {MAX_HEADER_NAME} bytes, a value {MAX_HEADER_VALUE}");
                return Err(refused("headers", limits));
            }
            let lower = name.to_ascii_lowercase();
            if lower.starts_with("webhook-") || lower.starts_with("x-shipengine-") || lower == "content-type" {
                let why = "webhook-*, x-shipengine-* and content-type are set by the hub".to_owned();
                return Err(refused("headers", why));
            }
        }
        Exchange::check_headers(headers).map_err(|error| refused("headers", error.to_string()))
    }
}

fn refused(field: &'static str, why: String) -> WebhookError {
    WebhookError::Refused { field, why }
}

fn new_secret() -> Result<Vec<u8>, WebhookError> {
    let mut secret = vec![0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|_| WebhookError::Randomness)?;
    Ok(secret)
}
