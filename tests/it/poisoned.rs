//! Fault 27: a batch of the stream with a parcel of which nobody can be told, with one that has a damaged bundle, and with
//! a record that cannot be understood.
//!
//! The first goes to the notifier's own retry queue and the batch goes on; what comes again carries the same ids. A
//! bundle that cannot be read is left out.

use std::collections::BTreeMap;

use milepost_local::hub::TABLE;
use milepost_model::{AccountId, CarrierCode, Endpoint, EndpointSecrets, EndpointStyle, Tell, TrackingNumber};
use milepost_track::{Asked, Connections, start};
use milepost_webhooks::WebhookOrder;
use serde_json::{Value, json};
use support::answers::aws;

use crate::deliveries::{BUNDLE, Bench, FAR, delivered, stream_batch};

const NEIGHBOURS: [&str; 2] = ["9405511899223197428490", "9400111899223197428497"];
const POISON: &str = "9400100000000000000011";

async fn table(bench: &Bench, operation: &str, mut call: Value) -> Value {
    call["TableName"] = TABLE.into();
    let target = format!("DynamoDB_20120810.{operation}");
    aws(&bench.cloud.endpoints().table, &target, &call).await
}

/// The subscription's item, with what was told.
async fn follower(bench: &Bench, number: &str, account: &AccountId) -> Value {
    let key = json!({"pk": {"S": format!("N#{number}")}, "sk": {"S": format!("W#usps#{account}")}});
    let item = table(bench, "GetItem", json!({"Key": key})).await["Item"].clone();
    assert!(item.is_object(), "{number}");
    item
}

/// What is queued for receivers: ids with numbers and bodies.
async fn queued(bench: &Bench) -> BTreeMap<String, (String, Vec<u8>)> {
    let mut queued = BTreeMap::new();
    while let Some(message) = bench.next_message().await {
        let WebhookOrder::Deliver(order) = message else {
            panic!("{message:?}");
        };
        let body = order.new.unwrap().json().unwrap();
        assert!(queued.insert(order.delivery, (order.number, body)).is_none(), "twice");
    }
    queued
}

fn numbers(queued: &BTreeMap<String, (String, Vec<u8>)>) -> Vec<&str> {
    let mut numbers: Vec<&str> = queued.values().map(|(number, _)| number.as_str()).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_poison_record_stops_nobody_else() {
    let bench = Bench::new().await;
    let endpoint = bench
        .endpoint(
            "se-1",
            "https://example.com/",
            EndpointStyle::ShipEngine,
            Tell::EveryEvent,
        )
        .await;
    let [account, other, third] = ["default", "other", "third"].map(|name| AccountId::parse(name).unwrap());
    for account in [&other, &third] {
        let endpoint = Endpoint {
            account: account.clone(),
            ..endpoint.clone()
        };
        let secrets = EndpointSecrets::new(vec![2; 32]);
        bench.store.put_endpoint(&endpoint, &secrets).await.unwrap();
    }
    let usps = CarrierCode::parse("usps").unwrap();
    let told = [(NEIGHBOURS[0], &account), (POISON, &third), (NEIGHBOURS[1], &account)];
    for (number, account) in [(POISON, &other)].into_iter().chain(told) {
        let number = TrackingNumber::parse(number).unwrap();
        let connections = Connections::new(bench.store.clone());
        let asked = Asked::Carrier(usps.clone());
        start(&connections, account, &asked, &number, bench.now).await.unwrap();
    }
    for (number, _) in told {
        let mut bundle = delivered(&TrackingNumber::parse(number).unwrap(), usps.clone(), bench.now);
        bundle.expires_at = FAR;
        bench.store.put_bundles(&[bundle]).await.unwrap();
    }
    let damaged = json!({"pk": {"S": format!("N#{}", NEIGHBOURS[1])}, "sk": {"S": BUNDLE}, "v": {"S": "no bundle"},
        "expires_at": {"N": FAR.to_string()}});
    table(&bench, "PutItem", json!({"Item": damaged})).await;
    // Whom to tell of the other account's parcel cannot be read.
    let key = json!({"pk": {"S": "A#other"}, "sk": {"S": "E#se-1"}});
    let readable = table(&bench, "GetItem", json!({"Key": key})).await["Item"].clone();
    assert!(readable.is_object());
    let mut unreadable = key;
    unreadable["v"] = json!({"S": "no endpoint"});
    table(&bench, "PutItem", json!({"Item": unreadable})).await;
    let mut untold = Vec::new();
    for (number, account) in told {
        untold.push(follower(&bench, number, account).await);
    }

    let function = bench.notify_changes();
    let batch = || stream_batch([(NEIGHBOURS[0], 1), ("no number!", 2), (POISON, 3), (NEIGHBOURS[1], 4)]);
    let failures = function.handle(batch()).await.unwrap();
    assert_eq!(failures.identifiers().count(), 0, "the stream goes on");
    let first = queued(&bench).await;
    // The poisoned one too, to its other follower.
    assert_eq!(numbers(&first), [POISON, NEIGHBOURS[1], NEIGHBOURS[0]]);

    // As long as it cannot be read it stays in the retry queue, whose dead letters an operator sees.
    let retry = bench.next_retry().await.unwrap();
    assert!(
        bench.next_retry().await.is_none(),
        "the neighbours are not looked at again"
    );
    let failures = function.handle(retry.clone()).await.unwrap();
    assert_eq!(failures.identifiers().count(), 1);
    assert!(queued(&bench).await.is_empty());

    // A function that ended before it had noted what it told: the batch comes again, under the same ids.
    for item in untold {
        table(&bench, "PutItem", json!({"Item": item})).await;
    }
    function.handle(batch()).await.unwrap();
    assert_eq!(queued(&bench).await, first);
    function.handle(batch()).await.unwrap();
    assert!(queued(&bench).await.is_empty(), "what was noted is not told again");

    table(&bench, "PutItem", json!({"Item": readable})).await;
    let failures = function.handle(retry).await.unwrap();
    assert_eq!(failures.identifiers().count(), 0);
    assert_eq!(numbers(&queued(&bench).await), [POISON]);
    bench.cloud.stop().await;
}
