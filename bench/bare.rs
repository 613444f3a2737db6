//! A function that does nothing and has nothing of the hub's: what a start is measured against.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = |event: LambdaEvent<Value>| async { Ok::<_, Error>(event.payload) };
    lambda_runtime::run(service_fn(handler)).await
}
