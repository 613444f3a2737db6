//! The Lambda binary of `manage-hub`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use lambda_http::{Error, Request, service_fn};
use manage_hub::{ManageHub, Webhooks};
use milepost_runtime::{Api, Clients, ManageConfig, Secrets, install_telemetry, sdk_settings};
use milepost_webhooks::{Endpoints, Replay, SigningKey};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = ManageConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let store = clients.store(&config.table, None);
    let api = Api::new(store.clone()).limited_to(config.requests_per_minute);
    let secrets = Secrets::new(clients.settings().clone());
    let sealed = clients.store(&config.table, Some(secrets.seal_key(&config.seal_key).await?));
    let key = match &config.signing_key {
        Some(reference) => Some(SigningKey::parse(&secrets.read(reference).await?)?.into()),
        None => None,
    };
    let queue = clients.queue(&config.webhook_queue);
    let exchange = clients.exchange(config.addresses)?;
    let webhooks = Webhooks {
        endpoints: Endpoints::new(sealed, queue.clone(), exchange, key.clone()),
        replay: Replay::new(store.clone(), queue),
        key,
    };
    let function = ManageHub::new(api, store, clients.bucket(&config.bucket), webhooks);
    let handler = |request: Request| async { Ok::<_, Error>(function.handle(request).await) };
    lambda_http::run(service_fn(handler)).await
}
