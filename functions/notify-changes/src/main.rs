//! The Lambda binary of `notify-changes`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use milepost_runtime::{Clients, NotifyConfig, install_telemetry, sdk_settings};
use milepost_webhooks::Notifier;
use notify_changes::{NotifyChanges, NotifyEvent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = NotifyConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let notifier = Notifier::new(
        clients.store(&config.table, None),
        clients.queue(&config.webhook_queue),
        config.public_url,
    );
    let function = NotifyChanges::new(notifier, clients.queue(&config.notify_queue));
    let handler = |event: LambdaEvent<NotifyEvent>| async { function.handle(event.payload).await.map_err(Error::from) };
    lambda_runtime::run(service_fn(handler)).await
}
