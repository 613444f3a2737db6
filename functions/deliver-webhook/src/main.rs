//! The Lambda binary of `deliver-webhook`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use deliver_webhook::{DeliverEvent, DeliverWebhook};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use milepost_runtime::{Clients, DeliverConfig, Secrets, install_telemetry, sdk_settings};
use milepost_webhooks::{Deliverer, SigningKey};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = DeliverConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let secrets = Secrets::new(clients.settings().clone());
    let seal = secrets.seal_key(&config.seal_key).await?;
    let key = match &config.signing_key {
        Some(reference) => Some(SigningKey::parse(&secrets.read(reference).await?)?.into()),
        None => None,
    };
    let deliverer = Deliverer::new(
        clients.store(&config.table, Some(seal)),
        clients.queue(&config.webhook_queue),
        clients.exchange(config.addresses)?,
        key,
    );
    let function = DeliverWebhook::new(deliverer);
    let handler =
        |event: LambdaEvent<DeliverEvent>| async { function.handle(event.payload).await.map_err(Error::from) };
    lambda_runtime::run(service_fn(handler)).await
}
