use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, PutRequest, ReturnConsumedCapacity, TransactWriteItem, WriteRequest,
};

use super::*;

pub(super) fn item(pk: &str, sk: &str, value: &str) -> HashMap<String, AttributeValue> {
    [("pk", pk), ("sk", sk), ("value", value)]
        .into_iter()
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text.to_owned())))
        .collect()
}

pub(super) async fn put(client: &aws_sdk_dynamodb::Client, pk: &str, sk: &str, value: &str) {
    client
        .put_item()
        .table_name("milepost")
        .set_item(Some(item(pk, sk, value)))
        .send()
        .await
        .unwrap();
}

async fn sort_keys(client: &aws_sdk_dynamodb::Client, pk: &str) -> Vec<String> {
    let answer = client
        .query()
        .table_name("milepost")
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()))
        .consistent_read(true)
        .send()
        .await
        .unwrap();
    answer
        .items()
        .iter()
        .map(|item| item["sk"].as_s().unwrap().clone())
        .collect()
}

#[tokio::test]
async fn the_sdk_client_puts_queries_batches_and_transacts() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    put(&client, "N#1", "B#c", "alone").await;

    let batch = ["B#a", "B#b"].map(|sk| {
        let put = PutRequest::builder()
            .set_item(Some(item("N#1", sk, "batch")))
            .build()
            .unwrap();
        WriteRequest::builder().put_request(put).build()
    });
    let answer = client
        .batch_write_item()
        .request_items("milepost", batch.to_vec())
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert!(answer.unprocessed_items().is_none_or(HashMap::is_empty));
    assert_eq!(answer.consumed_capacity()[0].capacity_units(), Some(2.0));

    let claim = |sk: &str| {
        let put = Put::builder()
            .table_name("milepost")
            .set_item(Some(item("N#1", sk, "transaction")))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    client
        .transact_write_items()
        .transact_items(claim("T#1"))
        .transact_items(claim("T#2"))
        .send()
        .await
        .unwrap();
    let lost = client
        .transact_write_items()
        .transact_items(claim("T#3"))
        .transact_items(claim("T#2"))
        .send()
        .await;
    assert!(
        lost.unwrap_err()
            .into_service_error()
            .is_transaction_canceled_exception()
    );

    assert_eq!(sort_keys(&client, "N#1").await, ["B#a", "B#b", "B#c", "T#1", "T#2"]);
}

#[tokio::test]
async fn items_survive_a_restart() {
    let hub = Fixture::start().await;
    put(&hub.dynamodb(), "N#1", "B#1", "kept").await;
    let hub = hub.restart().await;
    assert_eq!(sort_keys(&hub.dynamodb(), "N#1").await, ["B#1"]);
}

#[tokio::test]
async fn expired_items_go_when_they_are_swept() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    let mut expired = item("N#1", "F", "old");
    // Long past, and within the five years behind which a time to live is taken for a mistake.
    let past = SystemClock.now_ms() / 1000 - 3600;
    expired.insert("expires_at".to_owned(), AttributeValue::N(past.to_string()));
    client
        .put_item()
        .table_name("milepost")
        .set_item(Some(expired))
        .send()
        .await
        .unwrap();
    put(&client, "N#1", "B#1", "no end").await;
    assert_eq!(sort_keys(&client, "N#1").await, ["B#1", "F"]);
    assert_eq!(hub.cloud.table().sweep_expired().await.unwrap(), 1);
    assert_eq!(sort_keys(&client, "N#1").await, ["B#1"]);
}

#[tokio::test]
async fn the_queries_of_the_stream_use_the_index() {
    let hub = Fixture::start().await;
    let file = rusqlite::Connection::open(hub.folder.path().join("table.db")).unwrap();
    // As dynoxide 3.2 writes them (storage.rs).
    let queries = [
        "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 \
         FROM _stream_records WHERE table_name = 'milepost'",
        "SELECT new_image FROM _stream_records WHERE table_name = 'milepost' AND shard_id = 's' \
         AND CAST(sequence_number AS INTEGER) > 5 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 10",
    ];
    for query in queries {
        let plan: String = file
            .query_row(&format!("EXPLAIN QUERY PLAN {query}"), [], |row| row.get("detail"))
            .unwrap();
        assert!(plan.contains("SEARCH") && plan.contains("milepost_stream"), "{plan}");
    }
}
