//! A table, a carrier's API and what asks it, under a clock that stands until it is moved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milepost_local::aws::{Cloud, CloudOptions, ManualClock, QueueSpec, TableSpec};
use milepost_local::hub::{Access, NOTIFY_QUEUE, TABLE, WEBHOOK_QUEUE};
use milepost_model::{
    AccountId, Bundle, CarrierCode, Connection, ConnectionId, LiveAccess, LiveApi, LiveKey, LiveQuota, LiveState,
    Pickup, Retention, Schedule, Scope, SecretRef, SourceAddress, TrackingNumber,
};
use milepost_net::{AddressPolicy, Exchange, Guard, Secret, Timeouts};
use milepost_runtime::Clients;
use milepost_store::{SealKey, Store, TTL_ATTRIBUTE};
use milepost_track::{
    Answer, Asked, Connections, Followed, Identifier, Live, LiveParts, Refresher, TrackError, lookup, start,
};
use tempfile::TempDir;

use crate::carrier_api::CarrierApi;

/// Half an hour after the last event of the carriers' fixtures.
pub const BEGIN: &str = "2026-11-20T23:00:00Z";

/// How long an answer may take here.
pub const PATIENCE: Duration = Duration::from_millis(700);

pub struct World {
    pub api: CarrierApi,
    pub store: Store,
    pub live: Live,
    pub refresher: Refresher,
    pub connections: Connections,
    pub account: AccountId,
    pub access: Access,
    pub cloud: Cloud,
    clock: Arc<Mutex<Timestamp>>,
    secret_is_there: Arc<AtomicBool>,
    _folder: TempDir,
}

impl World {
    pub async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let queue = |name: &str| QueueSpec {
            name: name.to_owned(),
            visibility: Duration::from_secs(60),
            dead_letter: None,
        };
        let options = CloudOptions {
            table: TableSpec {
                name: TABLE.to_owned(),
                expires_attribute: TTL_ATTRIBUTE.to_owned(),
            },
            queues: vec![queue(WEBHOOK_QUEUE), queue(NOTIFY_QUEUE)],
            buckets: vec!["hub".to_owned()],
            notices: Vec::new(),
            clock: Arc::new(ManualClock::at(0)),
        };
        let cloud = Cloud::start(folder.path(), options).await.unwrap();
        let access = Access::to(cloud.endpoints(), folder.path());
        let clock = Arc::new(Mutex::new(BEGIN.parse().unwrap()));
        let api = CarrierApi::start().await;
        let store = access.store_sealed(SealKey::new([7; 32]));
        let connections = Connections::new(store.clone());
        let secret_is_there = Arc::new(AtomicBool::new(true));
        let live = Live::new(LiveParts {
            store: store.clone(),
            connections: connections.clone(),
            exchange: exchange(),
            functions: Clients::new(sdk_settings(&api.url)).functions(addresses()),
            secrets: {
                let there = Arc::clone(&secret_is_there);
                Arc::new(move |_| {
                    let secret = r#"{"client_id": "id", "client_secret": "very-secret", "api_key": "very-secret"}"#;
                    let there = there.load(Ordering::SeqCst);
                    Box::pin(async move { there.then(|| Secret::new(secret)).ok_or_else(|| "gone".to_owned()) })
                })
            },
            seal: Arc::new(|| Box::pin(async { Ok(SealKey::new([7; 32])) })),
            retention: Retention::default(),
            now: {
                let clock = Arc::clone(&clock);
                Arc::new(move || *clock.lock().unwrap())
            },
        });
        Self {
            api,
            store,
            refresher: Refresher::new(live.clone()),
            live,
            connections,
            account: AccountId::default_account(),
            access,
            cloud,
            clock,
            secret_is_there,
            _folder: folder,
        }
    }

    pub fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    /// Takes the connections' credentials away, or gives them back.
    pub fn secret_is_there(&self, there: bool) {
        self.secret_is_there.store(there, Ordering::SeqCst);
    }

    /// The clock itself, for what is to share it.
    pub fn clock(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || *clock.lock().unwrap())
    }

    pub fn advance(&self, by: SignedDuration) {
        *self.clock.lock().unwrap() += by;
    }

    /// Connects a carrier by the API here, with a quota that no test uses up unless it wants to.
    pub async fn connect(&self, carrier: &str, scope: Scope) -> Connection {
        let quota = LiveQuota {
            requests: 100_000,
            seconds: 60,
            pause_ms: 0,
        };
        self.connect_with(carrier, scope, LiveApi::Known, Some(quota)).await
    }

    /// Has a connection lead to the carrier's own address: what comes is its word, and seen by whoever the connection is for.
    pub async fn speak_for_the_carrier(&self, connection: Connection) {
        self.store.remove_connection(&connection.id).await.unwrap();
        let live = connection
            .live
            .clone()
            .map(|live| LiveAccess { base_url: None, ..live });
        let connection = Connection { live, ..connection };
        self.store.put_connection(&connection).await.unwrap().unwrap();
    }

    pub async fn connect_with(
        &self,
        carrier: &str,
        scope: Scope,
        api: LiveApi,
        quota: Option<LiveQuota>,
    ) -> Connection {
        let connection = Connection {
            id: ConnectionId::parse(&format!(
                "{}-{}",
                carrier.replace('_', "-"),
                scope.as_str().replace('*', "all")
            ))
            .unwrap(),
            carrier_id: 0,
            carrier: CarrierCode::parse(carrier).unwrap(),
            scope,
            source: SourceAddress::new("s3", &[("prefix", &format!("in/{carrier}/"))]),
            pickup: Pickup::default(),
            layout: "generic".to_owned(),
            layout_text: None,
            secret: None,
            schedule: Schedule::Manual,
            notify_from: Timestamp::UNIX_EPOCH,
            next_due: None,
            live: Some(LiveAccess {
                api,
                secret: Some(SecretRef("test:secret".to_owned())),
                settings: [("site".to_owned(), "one".to_owned())].into(),
                base_url: Some(self.api.url.clone()),
                quota,
            }),
        };
        self.store.put_connection(&connection).await.unwrap().unwrap()
    }

    pub async fn look_up(&self, carrier: &str, number: &str) -> Answer {
        self.look_up_as(&self.account, carrier, number).await
    }

    pub async fn look_up_as(&self, account: &AccountId, carrier: &str, number: &str) -> Answer {
        self.try_look_up(account, carrier, number, &[]).await.unwrap()
    }

    pub async fn try_look_up(
        &self,
        account: &AccountId,
        carrier: &str,
        number: &str,
        identifiers: &[Identifier],
    ) -> Result<Answer, TrackError> {
        let asked = Asked::Carrier(CarrierCode::parse(carrier).unwrap());
        let number = TrackingNumber::parse(number).unwrap();
        lookup(
            &self.store,
            Some(&self.live),
            account,
            &asked,
            &number,
            identifiers,
            self.now(),
        )
        .await
    }

    pub async fn start(&self, carrier: &str, number: &str) -> Followed {
        let asked = Asked::Carrier(CarrierCode::parse(carrier).unwrap());
        let number = TrackingNumber::parse(number).unwrap();
        start(&self.connections, &self.account, &asked, &number, self.now())
            .await
            .unwrap()
    }

    /// How far the asking has come with a parcel of the default account.
    pub async fn state(&self, carrier: &str, number: &str) -> Option<LiveState> {
        let key = LiveKey {
            number: TrackingNumber::parse(number).unwrap(),
            carrier: CarrierCode::parse(carrier).unwrap(),
            scope: Scope::Account(self.account.clone()),
        };
        self.store.live_state(&key).await.unwrap()
    }

    pub async fn bundles(&self, number: &str) -> Vec<Bundle> {
        let number = TrackingNumber::parse(number).unwrap();
        self.store
            .number(&number, self.now().as_second())
            .await
            .unwrap()
            .bundles
    }
}

fn addresses() -> AddressPolicy {
    AddressPolicy {
        allow_loopback: true,
        allow_plain_http: true,
        ..AddressPolicy::default()
    }
}

fn exchange() -> Exchange {
    let timeouts = Timeouts {
        connect: PATIENCE,
        total: PATIENCE,
    };
    Exchange::new(Guard::new(addresses()), timeouts, "test").unwrap()
}

/// Any service of AWS is there.
pub(crate) fn sdk_settings(url: &str) -> aws_config::SdkConfig {
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("local"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "local", "local", None, None, "test",
        )))
        .build()
}
