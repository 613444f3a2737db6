//! The Lambda binary of `run-import`.

// The SDK's futures nest deeply, and those of several of its calls are one type here.
#![recursion_limit = "256"]

use std::sync::Arc;

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use milepost_import::{Importer, Settings};
use milepost_net::{Guard, Sources};
use milepost_runtime::{Clients, ImportConfig, Secrets, install_telemetry, now, sdk_settings};
use run_import::{Heartbeat, ImportEvent, RunImport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    install_telemetry();
    let config = ImportConfig::from_env()?;
    let clients = Clients::new(sdk_settings().await);
    let queue = clients.queue(&config.import_queue);
    let bucket = clients.bucket(&config.bucket);
    let importer = Importer {
        store: clients.store(&config.table, None),
        bucket: bucket.clone(),
        functions: clients.functions_for_imports(config.addresses.clone()),
        sources: Sources::new(bucket, clients.s3_by_role(), Guard::new(config.addresses)),
        secrets: Secrets::new(clients.settings().clone()).reader(),
        settings: Settings::for_memory(config.memory_mib, config.retention),
        now: Arc::new(now),
    };
    let function = RunImport::new(importer, queue, Heartbeat::default());
    let function = &function;
    let handler = |event: LambdaEvent<ImportEvent>| async move {
        let deadline = i64::try_from(event.context.deadline)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Ok::<_, Error>(function.handle(event.payload, deadline).await)
    };
    lambda_runtime::run(service_fn(handler)).await
}
