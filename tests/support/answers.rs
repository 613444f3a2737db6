//! What the API answers of many parcels, and what the table and the queues hold.

use std::collections::BTreeMap;

use milepost_contract::shipengine::TrackingLog;
use milepost_local::aws::Addresses;
use milepost_local::hub::{Folder, TABLE};
use serde_json::{Value, json};

use crate::hub::TestHub;

/// The stand-ins for AWS look whether a request is signed, not by whom.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=test/20260101/local/any/aws4_request, SignedHeaders=host, Signature=0";

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    pub visible: u64,
    pub hidden: u64,
    pub delayed: u64,
}

/// The answers about these numbers, by `GET /v1/tracking` with this key.
pub async fn answers<'n>(
    hub: &TestHub,
    key: &str,
    numbers: impl IntoIterator<Item = &'n str>,
) -> BTreeMap<String, TrackingLog> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut answers = BTreeMap::new();
    for number in numbers {
        let url = format!("{}/v1/tracking?carrier_code=usps&tracking_number={number}", hub.url);
        let response = client.get(url).header("API-Key", key).send().await.unwrap();
        assert_eq!(response.status(), 200, "{number}");
        let log: TrackingLog = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        answers.insert(number.to_owned(), log);
    }
    answers
}

/// Every item of the hub's table by `pk sk`. The embedded table takes a Scan, which no function may make.
pub async fn items(hub: &TestHub) -> BTreeMap<String, Value> {
    let (mut items, mut start) = (BTreeMap::new(), Value::Null);
    loop {
        let mut scan = json!({"TableName": TABLE, "ConsistentRead": true});
        if !start.is_null() {
            scan["ExclusiveStartKey"] = start;
        }
        let answer = aws(&endpoints(hub).table, "DynamoDB_20120810.Scan", &scan).await;
        for item in answer["Items"].as_array().unwrap_or_else(|| panic!("{answer}")) {
            let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
            items.insert(format!("{} {}", part("pk"), part("sk")), item.clone());
        }
        start = answer["LastEvaluatedKey"].clone();
        if start.is_null() {
            return items;
        }
    }
}

/// How many messages one of the hub's queues holds.
pub async fn waiting(hub: &TestHub, queue: &str) -> Waiting {
    let endpoints = endpoints(hub);
    let call = json!({"QueueUrl": endpoints.queue_url(queue), "AttributeNames": ["All"]});
    let answer = aws(&endpoints.queues, "AmazonSQS.GetQueueAttributes", &call).await;
    let count = |name: &str| {
        let count = answer["Attributes"][name]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"));
        count.parse().unwrap()
    };
    Waiting {
        visible: count("ApproximateNumberOfMessages"),
        hidden: count("ApproximateNumberOfMessagesNotVisible"),
        delayed: count("ApproximateNumberOfMessagesDelayed"),
    }
}

fn endpoints(hub: &TestHub) -> Addresses {
    let announced = Folder::announced(&hub.folder).unwrap();
    Addresses {
        table: announced.table,
        queues: announced.queues,
        bucket: announced.bucket,
    }
}

/// A call of one of the stand-ins for AWS, as JSON.
pub async fn aws(endpoint: &str, target: &str, call: &Value) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(endpoint)
        .header("x-amz-target", target)
        .header("authorization", SIGNED)
        .header("x-amz-date", "20260101T000000Z")
        .header("content-type", "application/x-amz-json-1.0")
        .body(call.to_string());
    serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
}
