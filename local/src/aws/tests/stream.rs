use aws_lambda_events::event::dynamodb::StreamViewType;

use super::table::{item, put};
use super::*;

fn options() -> StreamOptions {
    StreamOptions {
        sort_key_prefix: "B#".to_owned(),
        view: StreamViewType::NewImage,
        batch_size: 100,
        poll: Duration::from_millis(5),
    }
}

fn values(batch: &Batch) -> Vec<String> {
    let value = |attribute: &serde_json::Value| attribute["S"].as_str().unwrap().to_owned();
    let images = batch
        .records
        .iter()
        .map(|record| serde_json::to_value(&record.change.new_image).unwrap());
    images.map(|image| value(&image["value"])).collect()
}

fn number(batch: &Batch, at: usize) -> String {
    batch.records[at].change.sequence_number.clone().unwrap()
}

async fn kept(hub: &Fixture) -> usize {
    let file = rusqlite::Connection::open(hub.folder.path().join("table.db")).unwrap();
    file.query_row("SELECT COUNT(*) FROM _stream_records", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn changes_come_in_order_as_lambda_would_get_them() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    put(&client, "N#1", "B#1", "one").await;
    put(&client, "N#2", "B#1", "two").await;
    put(&client, "N#1", "B#1", "one again").await;
    let key = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    client
        .delete_item()
        .table_name("milepost")
        .key("pk", key("N#2"))
        .key("sk", key("B#1"))
        .send()
        .await
        .unwrap();

    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    let names: Vec<_> = batch.records.iter().map(|record| record.event_name.as_str()).collect();
    assert_eq!(names, ["INSERT", "INSERT", "MODIFY", "REMOVE"]);
    assert!(number(&batch, 0) < number(&batch, 1) && number(&batch, 1) < number(&batch, 2));

    let first = &batch.event().records[2];
    let json = serde_json::to_value(first).unwrap();
    assert_eq!(
        json["dynamodb"]["Keys"],
        serde_json::json!({ "pk": { "S": "N#1" }, "sk": { "S": "B#1" } })
    );
    assert_eq!(json["dynamodb"]["NewImage"]["value"]["S"], "one again");
    assert_eq!(
        json["dynamodb"]["OldImage"],
        serde_json::json!({}),
        "the deployed stream has new images alone"
    );
    assert_eq!(json["dynamodb"]["StreamViewType"], "NEW_IMAGE");
    assert_eq!(json["eventSource"], "aws:dynamodb");
    assert_eq!(first.event_source_arn.as_deref(), Some(hub.cloud.table().stream_arn()));
}

#[tokio::test]
async fn a_put_that_changes_nothing_and_other_items_are_left_out() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    put(&client, "N#1", "B#1", "one").await;
    put(&client, "N#1", "B#1", "one").await;
    put(&client, "N#1", "F", "followed").await;
    put(&client, "C#1", "BB", "not a bundle").await;
    put(&client, "N#1", "B#2", "two").await;

    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(values(&batch), ["one", "two"]);
    stream.ack(batch).await.unwrap();
    put(&client, "N#1", "F", "followed still").await;
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn batches_are_bounded_and_come_again_until_acknowledged() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    for n in 0..5 {
        put(&client, "N#1", &format!("B#{n}"), &n.to_string()).await;
    }
    let mut stream = hub
        .cloud
        .stream(StreamOptions {
            batch_size: 2,
            ..options()
        })
        .unwrap();
    assert_eq!(values(&stream.next_batch().await.unwrap()), ["0", "1"]);
    let again = stream.next_batch().await.unwrap();
    assert_eq!(values(&again), ["0", "1"]);
    stream.ack(again).await.unwrap();
    assert_eq!(values(&stream.next_batch().await.unwrap()), ["2", "3"]);
}

#[tokio::test]
async fn a_batch_ends_before_lambdas_payload_limit() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    // Fifteen are 5.7 MB.
    let large = "x".repeat(390 * 1024);
    for n in 0..20 {
        put(&client, "N#1", &format!("B#{n:02}"), &large).await;
    }
    let mut stream = hub.cloud.stream(options()).unwrap();
    let mut sizes = Vec::new();
    while let Some(batch) = stream.try_next().await.unwrap() {
        sizes.push(batch.records.len());
        stream.ack(batch).await.unwrap();
    }
    assert_eq!(sizes, [15, 5]);
}

#[tokio::test]
async fn the_lowest_failure_is_where_it_goes_on() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    for n in 0..4 {
        put(&client, "N#1", &format!("B#{n}"), &n.to_string()).await;
    }
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    let third = number(&batch, 2);
    stream.ack_before(batch, &third).await.unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(values(&batch), ["2", "3"]);

    let first = number(&batch, 0);
    stream.ack_before(batch, &first).await.unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(values(&batch), ["2", "3"], "the first failed: nothing was handled");
    stream.ack_before(batch, "999999999999999999999").await.unwrap();
    assert_eq!(
        values(&stream.next_batch().await.unwrap()),
        ["2", "3"],
        "an unknown number fails the whole batch"
    );
}

#[tokio::test]
async fn it_goes_on_after_a_restart_where_it_stopped() {
    let hub = Fixture::start().await;
    put(&hub.dynamodb(), "N#1", "B#1", "handled").await;
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    let before = number(&batch, 0);
    stream.ack(batch).await.unwrap();
    put(&hub.dynamodb(), "N#1", "B#2", "not handled").await;
    assert_eq!(values(&stream.next_batch().await.unwrap()), ["not handled"]);
    drop(stream);

    let hub = hub.restart().await;
    put(&hub.dynamodb(), "N#1", "B#3", "after the restart").await;
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(values(&batch), ["not handled", "after the restart"]);
    assert!(
        before < number(&batch, 0) && number(&batch, 0) < number(&batch, 1),
        "numbers go on"
    );
}

#[tokio::test]
async fn a_lost_or_damaged_position_repeats_what_is_kept() {
    let hub = Fixture::start().await;
    put(&hub.dynamodb(), "N#1", "B#1", "one").await;
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    stream.ack(batch).await.unwrap();
    drop(stream);

    let position = hub.folder.path().join("stream.position");
    for damage in ["", "12", "not a number at all.."] {
        std::fs::write(&position, damage).unwrap();
        let mut stream = hub.cloud.stream(options()).unwrap();
        assert_eq!(values(&stream.next_batch().await.unwrap()), ["one"], "{damage:?}");
    }
    std::fs::remove_file(&position).unwrap();
    assert_eq!(
        values(&hub.cloud.stream(options()).unwrap().next_batch().await.unwrap()),
        ["one"]
    );
}

#[tokio::test]
async fn handled_records_are_removed_and_numbers_never_start_over() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    for n in 0..5 {
        put(&client, "N#1", &format!("B#{n}"), &n.to_string()).await;
    }
    let mut stream = hub
        .cloud
        .stream(StreamOptions {
            batch_size: 4,
            ..options()
        })
        .unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(kept(&hub).await, 5, "nothing goes before it is acknowledged");
    stream.ack(batch).await.unwrap();
    assert_eq!(kept(&hub).await, 2, "the last handled one and the one that is not");
    let batch = stream.next_batch().await.unwrap();
    assert_eq!(values(&batch), ["4"]);
    let last = number(&batch, 0);
    stream.ack(batch).await.unwrap();
    drop(stream);

    // The first acknowledgement of a new reader trims too; the newest record stays, so numbers go on from it.
    let hub = hub.restart().await;
    put(&hub.dynamodb(), "N#1", "B#5", "5").await;
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    assert!(last < number(&batch, 0));
    stream.ack(batch).await.unwrap();
    assert_eq!(kept(&hub).await, 1);
}

#[test]
fn a_long_stream_is_trimmed_in_rounds() {
    let folder = tempfile::tempdir().unwrap();
    let table = EmbeddedTable::open(Some(&folder.path().join("table.db")), &table_spec()).unwrap();
    let items: Vec<_> = (0..2_500).map(|n| local_item(&format!("N#{n}"), "B#1")).collect();
    let import = dynoxide::ImportOptions {
        record_streams: true,
        set_cached_at: false,
    };
    table.database().import_items("milepost", items, import).unwrap();
    assert_eq!(table.trim_stream(i64::MAX).unwrap(), 2_500);
}

/// Of 25 items, from each of the four writers: enough for the reader to trim while they write.
const BATCHES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn writers_and_a_trimming_reader_lose_and_repeat_nothing() {
    let hub = Fixture::start().await;
    let client = hub.dynamodb();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let client = client.clone();
            tokio::spawn(async move {
                for batch in 0..BATCHES {
                    let puts = (0..25).map(|n| {
                        let item = item(&format!("N#{writer}"), &format!("B#{:06}", batch * 25 + n), "x");
                        let put = aws_sdk_dynamodb::types::PutRequest::builder()
                            .set_item(Some(item))
                            .build()
                            .unwrap();
                        aws_sdk_dynamodb::types::WriteRequest::builder()
                            .put_request(put)
                            .build()
                    });
                    let call = client.batch_write_item().request_items("milepost", puts.collect());
                    assert!(
                        call.send()
                            .await
                            .unwrap()
                            .unprocessed_items()
                            .is_none_or(|left| left.is_empty())
                    );
                }
            })
        })
        .collect();
    let mut stream = hub.cloud.stream(options()).unwrap();
    let mut seen = std::collections::BTreeMap::<String, Vec<String>>::new();
    let mut left = 4 * BATCHES * 25;
    while left > 0 {
        let batch = stream.next_batch().await.unwrap();
        left -= batch.records.len();
        for record in &batch.records {
            let keys = serde_json::to_value(&record.change.keys).unwrap();
            let text = |name: &str| keys[name]["S"].as_str().unwrap().to_owned();
            seen.entry(text("pk")).or_default().push(text("sk"));
        }
        stream.ack(batch).await.unwrap();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(stream.try_next().await.unwrap().is_none());
    for keys in seen.values() {
        assert_eq!(keys.len(), BATCHES * 25);
        assert!(keys.is_sorted());
    }

    // A reader trims at its first acknowledgement, and now nobody writes.
    put(&client, "N#9", "B#9", "last").await;
    let mut stream = hub.cloud.stream(options()).unwrap();
    let batch = stream.next_batch().await.unwrap();
    stream.ack(batch).await.unwrap();
    assert_eq!(kept(&hub).await, 1);
}

fn local_item(pk: &str, sk: &str) -> dynoxide::Item {
    let text = |text: &str| dynoxide::AttributeValue::S(text.to_owned());
    [("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))]
        .into_iter()
        .collect()
}

#[tokio::test]
async fn a_binary_value_and_a_set_keep_their_types() {
    use aws_sdk_dynamodb::primitives::Blob;
    use aws_sdk_dynamodb::types::AttributeValue;
    let hub = Fixture::start().await;
    let mut typed = item("N#1", "B#1", "typed");
    typed.insert("bytes".to_owned(), AttributeValue::B(Blob::new([0, 255])));
    typed.insert(
        "numbers".to_owned(),
        AttributeValue::Ns(vec!["1".to_owned(), "2".to_owned()]),
    );
    hub.dynamodb()
        .put_item()
        .table_name("milepost")
        .set_item(Some(typed))
        .send()
        .await
        .unwrap();
    let batch = hub.cloud.stream(options()).unwrap().next_batch().await.unwrap();
    let image = serde_json::to_value(&batch.records[0].change.new_image).unwrap();
    assert_eq!(image["numbers"]["NS"].as_array().unwrap().len(), 2);
    assert!(!image["bytes"]["B"].is_null(), "{image}");
}
