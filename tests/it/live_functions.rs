//! Carriers that are Lambda functions of the operator's own: the sample handlers, in Python and in JavaScript, behind a
//! server that plays Lambda's Invoke. A language that is not on the machine is passed over.

use std::path::Path;

use jiff::SignedDuration;
use milepost_contract::shipengine::Problem;
use milepost_model::{LiveApi, Scope, Status};
use milepost_track::Identifier;
use serde_json::{Value, json};
use support::carrier_api::ApiAnswer;
use support::live_world::World;
use support::programs::{is_usable, printed};
use tokio::process::Command;

const PYTHON: &str = "import json, sys; from handler import handler; \
                      print(json.dumps(handler(json.load(sys.stdin))))";

const JAVASCRIPT: &str = "import('./index.mjs').then(async (module) => { let input = ''; \
                          for await (const chunk of process.stdin) input += chunk; \
                          console.log(JSON.stringify(await module.handler(JSON.parse(input)))); })";

/// What a sample answers to an input.
async fn run(folder: &str, program: &str, arguments: [&str; 2], input: &Value) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../docs/examples")
        .join(folder);
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    serde_json::from_str(&printed(&mut command, &input.to_string()).await).unwrap()
}

async fn world(arn: &str) -> World {
    let world = World::new().await;
    let scope = Scope::Account(world.account.clone());
    world
        .connect_with("acme_vans", scope, LiveApi::Function(arn.to_owned()), None)
        .await;
    world
}

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:my-carrier";

async fn check(folder: &str, program: &str, arguments: [&str; 2], number: &str, expect: Status) {
    if !is_usable(&[program, "--version"]).await {
        return;
    }
    let world = world(ARN).await;
    // The request as the function gets it is what it is run with.
    world.api.answer(ApiAnswer::json(200, &json!({})));
    assert_eq!(
        world.look_up("acme_vans", number).await.parcel.status,
        Status::NotYetInSystem
    );
    let calls = world.api.calls();
    assert_eq!(calls.len(), 1);
    assert!(
        calls[0].path.starts_with("/2015-03-31/functions/arn"),
        "{}",
        calls[0].path
    );
    let request: Value = serde_json::from_slice(&calls[0].body).unwrap();
    assert_eq!(
        request["identifiers"],
        json!([{"type": "tracking_number", "value": number}])
    );
    assert_eq!(request["metadata"], json!({"site": "one"}), "settings, and no secret");

    let output = run(folder, program, arguments, &request).await;
    world.api.answer(ApiAnswer::json(200, &output));
    world.advance(SignedDuration::from_mins(16));
    let answer = world.look_up("acme_vans", number).await;
    assert_eq!(answer.parcel.status, expect, "{output}");
    assert!(answer.parcel.is_known() && !answer.parcel.events.is_empty());

    let mut unknown = request.clone();
    unknown["identifiers"][0]["value"] = "XX99999999".into();
    assert_eq!(
        run(folder, program, arguments, &unknown).await,
        json!({}),
        "not known yet"
    );
}

#[tokio::test]
async fn in_python() {
    check(
        "carrier-python",
        "python3",
        ["-c", PYTHON],
        "PY00000001",
        Status::InTransit,
    )
    .await;
}

#[tokio::test]
async fn in_javascript() {
    check(
        "carrier-javascript",
        "node",
        ["-e", JAVASCRIPT],
        "JS00000001",
        Status::Delivered,
    )
    .await;
}

#[tokio::test]
async fn a_function_that_fails_changes_nothing() {
    let world = world(ARN).await;
    let mut failed = ApiAnswer::json(200, &json!({"errorType": "RateLimitError", "errorMessage": "slowly"}));
    failed
        .headers
        .push(("x-amz-function-error".to_owned(), "Unhandled".to_owned()));
    world.api.answer(failed);
    for _ in 0..2 {
        assert!(!world.look_up("acme_vans", "PY00000001").await.parcel.is_known());
    }
    assert_eq!(world.api.calls().len(), 1, "it is left alone for a while");
    let refused = ApiAnswer::json(403, &json!({"Type": "User", "Message": "not authorized"}));
    world.api.answer(refused);
    world.advance(SignedDuration::from_hours(1));
    assert!(
        !world.look_up("acme_vans", "PY00000001").await.parcel.is_known(),
        "not one of the template's"
    );
}

#[tokio::test]
async fn other_identifiers_are_for_functions_alone() {
    let world = world(ARN).await;
    world.api.answer(ApiAnswer::json(200, &json!({})));
    let identifiers = [Identifier::parse("shipment_id:S-17").unwrap()];
    world
        .try_look_up(&world.account, "acme_vans", "PY00000001", &identifiers)
        .await
        .unwrap();
    let request: Value = serde_json::from_slice(&world.api.calls()[0].body).unwrap();
    assert_eq!(
        request["identifiers"][1],
        json!({"type": "shipment_id", "value": "S-17"})
    );

    world.connect("usps", Scope::Account(world.account.clone())).await;
    // What is connected is believed for a moment.
    world.advance(SignedDuration::from_mins(2));
    let refused = world
        .try_look_up(&world.account, "usps", "9400100000000000000001", &identifiers)
        .await;
    let problem = Problem::from(refused.unwrap_err());
    assert_eq!((problem.status(), world.api.calls().len()), (400, 1));
    assert!(problem.to_string().contains("tracking numbers alone"), "{problem}");
}

/// Else one account could have another parcel's events stored under a number that all accounts see.
#[tokio::test]
async fn a_shared_function_is_told_of_no_other_identifiers() {
    let world = World::new().await;
    let shared = world
        .connect_with("acme_vans", Scope::Shared, LiveApi::Function(ARN.to_owned()), None)
        .await;
    world.speak_for_the_carrier(shared).await;
    world.api.answer(ApiAnswer::json(200, &json!({})));
    let identifiers = [Identifier::parse("shipment_id:S-17").unwrap()];
    let refused = world
        .try_look_up(&world.account, "acme_vans", "PY00000001", &identifiers)
        .await;
    let problem = Problem::from(refused.unwrap_err());
    assert_eq!((problem.status(), world.api.calls().len()), (400, 0));
    assert!(problem.to_string().contains("own connection"), "{problem}");
    world.look_up("acme_vans", "PY00000001").await;
    assert_eq!(world.api.calls().len(), 1, "by its number it is asked");
}
