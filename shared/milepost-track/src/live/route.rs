//! By which connection a carrier is asked for an account, and what that means: who sees what comes, whose quota it is.

use std::sync::Arc;

use jiff::Timestamp;
use milepost_carriers::live::{DescribedCarrier, LiveCarrier, live};
use milepost_model::{AccountId, CarrierCode, Connection, ConnectionId, LiveAccess, LiveApi, LiveQuota, Scope};
use milepost_store::{CredentialsHash, StoreError};

use super::Connections;

/// What a function of the operator's may be asked, unless its connection says otherwise: far more than polls come to,
/// and too little for a mistake to take an account's whole concurrency.
const FUNCTION_QUOTA: LiveQuota = LiveQuota {
    requests: 600,
    seconds: 60,
    pause_ms: 0,
};

/// A way to ask a carrier.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) connection: ConnectionId,
    pub(super) access: LiveAccess,
    /// Who sees what comes.
    pub(super) scope: Scope,
    /// Connections with the same credentials share quota and token.
    pub(super) credentials: CredentialsHash,
    pub(super) quota: LiveQuota,
    pub(super) api: Api,
}

/// Through what.
#[derive(Debug, Clone)]
pub(super) enum Api {
    Known(&'static dyn LiveCarrier),
    Described(Arc<DescribedCarrier>),
    Function(String),
}

impl Route {
    /// By a connection; `None` when it is not one that asks, or asks by what the hub does not know.
    pub(super) fn by(connection: &Connection, viewer: &AccountId) -> Option<Self> {
        let access = connection.live.clone()?;
        let api = match &access.api {
            LiveApi::Known => Api::Known(live(&connection.carrier)?),
            LiveApi::Described(text) => match DescribedCarrier::parse(text) {
                Ok(described) => Api::Described(Arc::new(described)),
                Err(error) => {
                    tracing::warn!(connection = %connection.id, %error, "a described carrier cannot be read");
                    return None;
                }
            },
            LiveApi::Function(arn) => Api::Function(arn.clone()),
        };
        Some(Self {
            scope: scope_of(connection, viewer),
            credentials: credentials_of(connection, &access),
            quota: access.quota.unwrap_or_else(|| api.quota()),
            connection: connection.id.clone(),
            access,
            api,
        })
    }

    /// Most numbers in one call.
    pub(super) fn batch(&self) -> usize {
        self.api.carrier().map_or(1, |carrier| carrier.terms().batch.max(1))
    }

    /// What polls leave of a burst for lookups, where somebody waits: a half.
    pub(super) fn kept_for_lookups(&self) -> u32 {
        self.quota.burst() / 2
    }
}

impl Api {
    pub(super) fn carrier(&self) -> Option<&dyn LiveCarrier> {
        match self {
            Self::Known(carrier) => Some(*carrier),
            Self::Described(carrier) => Some(carrier.as_ref()),
            Self::Function(_) => None,
        }
    }

    fn quota(&self) -> LiveQuota {
        let Some(carrier) = self.carrier() else {
            return FUNCTION_QUOTA;
        };
        let (quota, pause) = (carrier.terms().quota, carrier.terms().pause);
        LiveQuota {
            requests: quota.requests.max(1),
            seconds: u32::try_from(quota.period.as_secs()).unwrap_or(u32::MAX).max(1),
            pause_ms: u32::try_from(pause.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

/// Who sees what a connection brings. What comes from an address of its own is not the carrier's word: it stays with
/// whoever asked, so that a test never tells everybody something.
pub(super) fn scope_of(connection: &Connection, viewer: &AccountId) -> Scope {
    let stands_in = connection.live.as_ref().is_some_and(|live| live.base_url.is_some());
    match stands_in {
        true => Scope::Account(viewer.clone()),
        false => connection.scope.clone(),
    }
}

fn credentials_of(connection: &Connection, access: &LiveAccess) -> CredentialsHash {
    let function = match &access.api {
        LiveApi::Function(arn) => arn.as_str(),
        LiveApi::Known | LiveApi::Described(_) => "",
    };
    // A connection without credentials has a quota of its own.
    let secret = access
        .secret
        .as_ref()
        .map_or(connection.id.as_str(), |secret| &secret.0);
    let base_url = access.base_url.as_deref().unwrap_or_default();
    CredentialsHash::of(&[connection.carrier.as_str(), secret, base_url, function])
}

impl Connections {
    /// How an account asks a carrier: by its own connection before a shared one.
    pub(super) async fn route(
        &self,
        account: &AccountId,
        carrier: &CarrierCode,
        now: Timestamp,
    ) -> Result<Option<Route>, StoreError> {
        self.route_where(account, carrier, now, |_| true).await
    }

    /// The same, where what comes is to be seen by `scope`.
    pub(super) async fn route_to(
        &self,
        account: &AccountId,
        carrier: &CarrierCode,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Option<Route>, StoreError> {
        self.route_where(account, carrier, now, |route| route.scope == *scope)
            .await
    }

    async fn route_where(
        &self,
        account: &AccountId,
        carrier: &CarrierCode,
        now: Timestamp,
        wanted: impl Fn(&Route) -> bool,
    ) -> Result<Option<Route>, StoreError> {
        let owned = self.of(account, now).await?;
        let mut connections = owned.iter().flat_map(|connections| connections.iter());
        Ok(connections.find_map(|connection| {
            let asks = connection.carrier == *carrier;
            asks.then(|| Route::by(connection, account)).flatten().filter(&wanted)
        }))
    }
}
