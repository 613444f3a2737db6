use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};

use super::*;

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder()
        .id(id)
        .message_body(body)
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_sdk_client_sends_and_the_process_receives() {
    let hub = Fixture::start().await;
    let (client, url) = (hub.sqs(), hub.cloud.endpoints().queue_url(QUEUE));
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));

    let late = SendMessageBatchRequestEntry::builder()
        .id("late")
        .message_body("later")
        .delay_seconds(900);
    let batch = client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("a", "\"quoted\" \u{1F4E6}\n"))
        .entries(late.build().unwrap())
        .entries(entry("bad", "\u{2}"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        batch.successful().iter().map(|sent| sent.id()).collect::<Vec<_>>(),
        ["a", "late"]
    );
    let failed = &batch.failed()[0];
    assert_eq!(
        (failed.id(), failed.code(), failed.sender_fault()),
        ("bad", "InvalidMessageContents", true)
    );

    let received = hub.cloud.queues().receive(QUEUE, 10).await.unwrap();
    let bodies: Vec<_> = received.iter().map(|message| message.body.as_str()).collect();
    assert_eq!(bodies, ["hello", "\"quoted\" \u{1F4E6}\n"]);
    assert_eq!(received[0].message_id, sent.message_id().unwrap());
    hub.clock.advance(Duration::from_secs(900));
    assert_eq!(hub.cloud.queues().counts(QUEUE).await.unwrap().visible, 3);
}

#[tokio::test]
async fn the_sdk_client_receives_hides_and_deletes() {
    let hub = Fixture::start().await;
    let (client, url) = (hub.sqs(), hub.cloud.endpoints().queue_url(QUEUE));
    client
        .send_message()
        .queue_url(&url)
        .message_body("one")
        .send()
        .await
        .unwrap();
    let receive = || {
        let call = client.receive_message().queue_url(&url).max_number_of_messages(10);
        call.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .send()
    };
    let first = receive().await.unwrap();
    let message = &first.messages()[0];
    assert_eq!(message.body(), Some("one"));
    assert_eq!(message.md5_of_body(), Some("f97c5d29941bfb1b2fdab0874906ab82"));
    let attributes = message.attributes().unwrap();
    assert_eq!(attributes.len(), 1);
    assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert!(receive().await.unwrap().messages().is_empty());

    let handle = message.receipt_handle().unwrap();
    let change = |seconds| {
        client
            .change_message_visibility()
            .queue_url(&url)
            .receipt_handle(handle)
            .visibility_timeout(seconds)
            .send()
    };
    change(0).await.unwrap();
    let stale = change(10).await.unwrap_err().into_service_error();
    assert!(stale.is_message_not_inflight(), "{stale:?}");

    let again = receive().await.unwrap();
    let handle = again.messages()[0].receipt_handle().unwrap();
    client
        .delete_message()
        .queue_url(&url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    assert_eq!(hub.cloud.queues().counts(QUEUE).await.unwrap(), Counts::default());
}

#[tokio::test]
async fn a_receive_waits_for_a_message() {
    let hub = Fixture::start().await;
    let (client, url) = (hub.sqs(), hub.cloud.endpoints().queue_url(QUEUE));
    let waiting = tokio::spawn(client.receive_message().queue_url(&url).wait_time_seconds(20).send());
    hub.sqs()
        .send_message()
        .queue_url(&url)
        .message_body("here")
        .send()
        .await
        .unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().messages()[0].body(), Some("here"));
}

#[tokio::test]
async fn errors_are_those_that_the_sdk_knows() {
    let hub = Fixture::start().await;
    let (client, url) = (hub.sqs(), hub.cloud.endpoints().queue_url(QUEUE));
    let nowhere = hub.cloud.endpoints().queue_url("nowhere");
    let missing = client
        .send_message()
        .queue_url(nowhere)
        .message_body("x")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_queue_does_not_exist());
    let unnamed = client.get_queue_url().queue_name("nowhere").send().await.unwrap_err();
    assert!(unnamed.into_service_error().is_queue_does_not_exist());
    let bad = client
        .send_message()
        .queue_url(&url)
        .message_body("\u{2}")
        .send()
        .await
        .unwrap_err();
    assert!(bad.into_service_error().is_invalid_message_contents());
    let forged = client
        .delete_message()
        .queue_url(&url)
        .receipt_handle("x")
        .send()
        .await
        .unwrap_err();
    assert!(forged.into_service_error().is_receipt_handle_is_invalid());

    let late = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .delay_seconds(901)
        .send()
        .await
        .unwrap_err();
    assert_eq!(late.code(), Some("InvalidParameterValue"));
    let negative = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .delay_seconds(-1)
        .send()
        .await;
    assert!(negative.is_err());
    let long = "x".repeat(MAX_BODY_BYTES + 1);
    let long = client
        .send_message()
        .queue_url(&url)
        .message_body(long)
        .send()
        .await
        .unwrap_err();
    assert_eq!(long.code(), Some("InvalidParameterValue"));
    let attribute = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v")
        .build()
        .unwrap();
    let call = client
        .send_message()
        .queue_url(&url)
        .message_body("x")
        .message_attributes("n", attribute);
    assert!(
        call.send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_unsupported_operation()
    );
    let unknown = client.purge_queue().queue_url(&url).send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("InvalidAction"));
    let many = client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(11)
        .send()
        .await
        .unwrap_err();
    assert_eq!(many.code(), Some("InvalidParameterValue"));
    assert_eq!(hub.cloud.queues().counts(QUEUE).await.unwrap(), Counts::default());
}

#[tokio::test]
async fn a_wrong_batch_is_refused_whole() {
    let hub = Fixture::start().await;
    let (client, url) = (hub.sqs(), hub.cloud.endpoints().queue_url(QUEUE));
    let half = "x".repeat(MAX_BODY_BYTES / 2 + 1);
    let eleven: Vec<_> = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    let cases = [
        (vec![], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (eleven, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        (
            vec![entry("a", "x"), entry("a", "y")],
            "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
        ),
        (vec![entry("a b", "x")], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (
            vec![entry("a", &half), entry("b", &half)],
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
    ];
    for (entries, code) in cases {
        let sent = client
            .send_message_batch()
            .queue_url(&url)
            .set_entries(Some(entries))
            .send()
            .await;
        assert_eq!(sent.unwrap_err().code(), Some(code));
    }
    assert_eq!(hub.cloud.queues().counts(QUEUE).await.unwrap(), Counts::default());
    // The longest message that is allowed, in characters that JSON writes six times as long.
    let tabs = "\t".repeat(MAX_BODY_BYTES);
    client
        .send_message()
        .queue_url(&url)
        .message_body(&tabs)
        .send()
        .await
        .unwrap();
    assert_eq!(hub.cloud.queues().receive(QUEUE, 1).await.unwrap()[0].body, tabs);
}

#[tokio::test]
async fn a_queue_tells_its_url_and_attributes() {
    let hub = Fixture::start().await;
    let client = hub.sqs();
    let named = client.get_queue_url().queue_name(QUEUE).send().await.unwrap();
    let url = named.queue_url().unwrap();
    assert_eq!(url, hub.cloud.endpoints().queue_url(QUEUE));
    client
        .send_message()
        .queue_url(url)
        .message_body("x")
        .send()
        .await
        .unwrap();
    let all = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let all = all.attributes().unwrap();
    assert_eq!(all[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert_eq!(all[&QueueAttributeName::VisibilityTimeout], "60");
    assert_eq!(
        all[&QueueAttributeName::RedrivePolicy],
        r#"{"deadLetterTargetArn":"arn:aws:sqs:local:000000000000:deliveries-dead","maxReceiveCount":3}"#
    );
}

#[tokio::test]
async fn messages_survive_a_restart_and_old_urls_still_name_their_queue() {
    let hub = Fixture::start().await;
    let old_url = hub.cloud.endpoints().queue_url(QUEUE);
    hub.sqs()
        .send_message()
        .queue_url(&old_url)
        .message_body("kept")
        .send()
        .await
        .unwrap();
    let hub = hub.restart().await;
    let received = hub.sqs().receive_message().queue_url(old_url).send().await.unwrap();
    assert_eq!(received.messages()[0].body(), Some("kept"));
}

#[tokio::test]
async fn a_page_in_a_browser_cannot_send() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let hub = Fixture::start().await;
    let address = hub.cloud.endpoints().queues.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(
        answer[..read].starts_with(b"HTTP/1.1 403"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
