//! The Lambda binary of `start-tracking`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use std::sync::Arc;

use lambda_http::{Error, Request, service_fn};
use milepost_runtime::{Api, Clients, FollowConfig, Secrets, install_telemetry, now, sdk_settings};
use milepost_track::{Connections, Live, LiveParts};
use start_tracking::StartTracking;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = FollowConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let store = clients.store(&config.table, None);
    let secrets = Secrets::new(clients.settings().clone());
    let live = Live::new(LiveParts {
        connections: Connections::new(store.clone()),
        store: store.clone(),
        exchange: clients.exchange(config.addresses.clone())?,
        functions: clients.functions(config.addresses),
        seal: secrets.clone().seal_reader(config.seal_key),
        secrets: secrets.reader(),
        retention: config.retention,
        now: Arc::new(now),
    });
    let api = Api::new(store.clone()).limited_to(config.requests_per_minute);
    let function = StartTracking::new(api, store, clients.queue(&config.notify_queue)).asking(live);
    let handler = |request: Request| async { Ok::<_, Error>(function.handle(request).await) };
    lambda_http::run(service_fn(handler)).await
}
