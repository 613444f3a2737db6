//! A whole hub in this process, on a folder of its own.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use milepost_import::Importer;
use milepost_local::hub::Hub;
use milepost_model::{
    AccountId, Circuit, Endpoint, EndpointFilter, EndpointId, EndpointSecrets, EndpointStyle, Standing, Tell,
};
use milepost_runtime::NewKey;
use milepost_store::{ApiKey, KeyScopes};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A hub with its HTTP API and a key of the account `default`.
pub struct TestHub {
    pub hub: Hub,
    pub url: String,
    pub key: String,
    pub folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl TestHub {
    /// A new hub, empty.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A new hub, empty, whose importer is changed first.
    pub async fn start_with(change: impl FnOnce(&mut Importer)) -> Self {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("data");
        let mut hub = Self::open_with(&folder, change).await;
        hub._temporary = Some(temporary);
        hub
    }

    /// A hub on a folder that outlives it.
    pub async fn open(folder: &Path) -> Self {
        Self::open_with(folder, |_| {}).await
    }

    /// The same, whose importer is changed first.
    pub async fn open_with(folder: &Path, change: impl FnOnce(&mut Importer)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut hub = Hub::open_with(folder, &url, change).await.unwrap();
        hub.serve(listener).unwrap();
        let key = key(&hub, "default").await;
        Self {
            hub,
            url,
            key,
            folder: folder.to_path_buf(),
            _temporary: None,
        }
    }

    /// A GET of the API with the hub's key: status and body.
    pub async fn get(&self, path: &str) -> (u16, String) {
        self.call(reqwest::Method::GET, path, Some(&self.key)).await
    }

    /// A POST of the API with the hub's key, without a body: status and body.
    pub async fn post(&self, path: &str) -> (u16, String) {
        self.call(reqwest::Method::POST, path, Some(&self.key)).await
    }

    /// Any call: status and body.
    pub async fn call(&self, method: reqwest::Method, path: &str, key: Option<&str>) -> (u16, String) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.request(method, format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("API-Key", key);
        }
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Adds a webhook endpoint of the account `default`, told of every event, and answers its secret.
    pub async fn add_webhook(&self, url: &str) -> Vec<u8> {
        self.add_webhook_like(url, EndpointStyle::ShipEngine, EndpointFilter::of_all(Tell::EveryEvent))
            .await
            .1
    }

    /// Adds a webhook endpoint of the account `default` without a probe; answers its id and secret.
    pub async fn add_webhook_like(
        &self,
        url: &str,
        style: EndpointStyle,
        filter: EndpointFilter,
    ) -> (EndpointId, Vec<u8>) {
        let account = AccountId::default_account();
        let store = self.hub.access().store_with_secrets().await.unwrap();
        let number = store.next_number(&account, "webhook").await.unwrap();
        let secret: Vec<u8> = (0..32).map(|byte: u8| byte.wrapping_mul(7)).collect();
        let endpoint = Endpoint {
            id: EndpointId(format!("se-{number}")),
            account,
            url: url.to_owned(),
            name: None,
            store_id: None,
            style,
            filter,
            created: Timestamp::UNIX_EPOCH,
            standing: Standing::Enabled,
            circuit: Circuit::default(),
        };
        store
            .put_endpoint(&endpoint, &EndpointSecrets::new(secret.clone()))
            .await
            .unwrap();
        (endpoint.id, secret)
    }
}

/// A new key of an account.
pub async fn key(hub: &Hub, account: &str) -> String {
    let made = NewKey::generate().unwrap();
    let api_key = ApiKey {
        account: AccountId::parse(account).unwrap(),
        label: "test".to_owned(),
        created_ms: 0,
        scopes: KeyScopes::ALL,
    };
    hub.access().store().put_api_key(made.hash, &api_key).await.unwrap();
    made.text
}
