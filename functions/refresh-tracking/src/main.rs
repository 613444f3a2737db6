//! The Lambda binary of `refresh-tracking`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use std::sync::Arc;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use milepost_runtime::{Clients, Metrics, RefreshConfig, Secrets, install_telemetry, now, sdk_settings};
use milepost_track::{Connections, Live, LiveParts, Refresher};
use refresh_tracking::RefreshTracking;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = RefreshConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let store = clients.store(&config.table, None);
    let secrets = Secrets::new(clients.settings().clone());
    let live = Live::new(LiveParts {
        connections: Connections::new(store.clone()),
        store,
        exchange: clients.exchange(config.addresses.clone())?,
        functions: clients.functions(config.addresses),
        seal: secrets.clone().seal_reader(config.seal_key),
        secrets: secrets.reader(),
        retention: config.retention,
        now: Arc::new(now),
    });
    let function = RefreshTracking::new(Refresher::new(live), Metrics::to_log(config.function));
    let handler = |_: LambdaEvent<Value>| async { function.handle().await.map(drop).map_err(Error::from) };
    lambda_runtime::run(service_fn(handler)).await
}
