//! The Lambda binary of `schedule-imports`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use milepost_import::Scheduler;
use milepost_runtime::{Clients, ScheduleConfig, install_telemetry, sdk_settings};
use schedule_imports::ScheduleImports;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = ScheduleConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let scheduler = Scheduler::new(clients.store(&config.table, None), clients.queue(&config.import_queue));
    let function = ScheduleImports::new(scheduler);
    let handler = |_: LambdaEvent<Value>| async { function.handle().await.map_err(Error::from) };
    lambda_runtime::run(service_fn(handler)).await
}
