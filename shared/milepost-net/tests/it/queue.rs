//! Sending to SQS in batches, with refusals of a part.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use milepost_net::{ErrorClass, Queue, QueueError};

use crate::support::http::{Answer, HttpServer};

fn queue(server: &HttpServer) -> Queue {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .endpoint_url(server.url(""))
        .allow_no_auth()
        .retry_config(RetryConfig::disabled())
        .build();
    Queue::new(
        aws_sdk_sqs::Client::from_conf(config),
        "http://sqs.local/000000000000/work",
    )
}

/// The message bodies of a request, in order, by a look at the JSON that is enough for bodies without quotes.
fn bodies(request: &[u8]) -> Vec<String> {
    let text = String::from_utf8(request.to_vec()).unwrap();
    let parts = text.split("\"MessageBody\":\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

/// Takes what `refuse` does not refuse: it sees the body of a message and how often it came.
async fn batches(refuse: impl Fn(&str, u32) -> Option<(&'static str, bool)> + Send + Sync + 'static) -> HttpServer {
    let seen = Arc::new(Mutex::new(HashMap::<String, u32>::new()));
    HttpServer::start(move |request| {
        let (mut taken, mut refused) = (Vec::new(), Vec::new());
        for (at, body) in bodies(&request.body).into_iter().enumerate() {
            let mut seen = seen.lock().unwrap();
            let times = seen.entry(body.clone()).or_default();
            *times += 1;
            match refuse(&body, *times) {
                None => taken.push(format!(r#"{{"Id":"{at}","MessageId":"m","MD5OfMessageBody":"x"}}"#)),
                Some(("forgotten", _)) => {}
                Some((code, fault)) => {
                    refused.push(format!(r#"{{"Id":"{at}","SenderFault":{fault},"Code":"{code}"}}"#));
                }
            }
        }
        let body = format!(
            r#"{{"Successful":[{}],"Failed":[{}]}}"#,
            taken.join(","),
            refused.join(",")
        );
        Answer::new(200, body).header("content-type", "application/x-amz-json-1.0")
    })
    .await
}

fn messages(count: usize) -> Vec<(String, u32)> {
    (0..count).map(|at| (format!("m{at}"), 5)).collect()
}

#[tokio::test]
async fn messages_go_out_in_order_ten_at_a_time() {
    let server = batches(|_, _| None).await;
    queue(&server).send_all(messages(23)).await.unwrap();
    let sent: Vec<Vec<String>> = server.requests().iter().map(|request| bodies(&request.body)).collect();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
    assert_eq!(
        sent.concat(),
        messages(23).into_iter().map(|(body, _)| body).collect::<Vec<_>>()
    );
    let first = String::from_utf8(server.requests()[0].body.clone()).unwrap();
    assert!(first.contains(r#""DelaySeconds":5"#), "{first}");
    assert_eq!(
        server.requests()[0].header("x-amz-target"),
        Some("AmazonSQS.SendMessageBatch")
    );
}

#[tokio::test]
async fn nothing_to_send_is_no_call() {
    let server = batches(|_, _| None).await;
    queue(&server).send_all(Vec::new()).await.unwrap();
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_refused_part_alone_is_sent_again() {
    let server = batches(|body, times| match (body, times) {
        ("m1", 1..=2) => Some(("RequestThrottled", false)),
        ("m2", 1) => Some(("forgotten", false)),
        _ => None,
    })
    .await;
    queue(&server).send_all(messages(4)).await.unwrap();
    let sent: Vec<Vec<String>> = server.requests().iter().map(|request| bodies(&request.body)).collect();
    assert_eq!(sent, [vec!["m0", "m1", "m2", "m3"], vec!["m1", "m2"], vec!["m1"]]);
}

#[tokio::test]
async fn resends_are_limited_and_the_error_counts_what_was_not_sent() {
    let server = batches(|body, _| (body == "m11").then_some(("RequestThrottled", false))).await;
    let error = queue(&server).send_all(messages(25)).await.unwrap_err();
    let QueueError::NotSent { unsent, total, code } = &error else {
        panic!("{error:?}")
    };
    // m11 itself, and the third batch, which was not begun.
    assert_eq!((*unsent, *total, code.as_str()), (6, 25, "RequestThrottled"));
    assert_eq!(error.class(), ErrorClass::Retry);
    assert_eq!(server.requests().len(), 2 + 4);
}

#[tokio::test]
async fn a_message_that_is_the_senders_fault_is_not_sent_again() {
    let server = batches(|body, _| (body == "m1").then_some(("InvalidMessageContents", true))).await;
    let error = queue(&server).send_all(messages(2)).await.unwrap_err();
    assert!(
        matches!(
            error,
            QueueError::NotSent {
                unsent: 1,
                total: 2,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_that_fails_counts_its_messages_as_not_sent() {
    let server = HttpServer::start(|_| {
        Answer::new(
            400,
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#,
        )
        .header("content-type", "application/x-amz-json-1.0")
    })
    .await;
    let error = queue(&server).send_all(messages(12)).await.unwrap_err();
    assert!(
        matches!(
            error,
            QueueError::Broken {
                unsent: 12,
                total: 12,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.class(), ErrorClass::Caller);
    let error = queue(&server).send("m".into(), 0).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Caller);
}

#[tokio::test]
async fn what_sqs_cannot_take_is_refused_before_a_call() {
    let server = batches(|_, _| None).await;
    let queue = queue(&server);
    let long = "x".repeat(1024 * 1024 + 1);
    let mut with_long = messages(3);
    with_long.push((long.clone(), 0));
    assert!(matches!(
        queue.send_all(with_long).await,
        Err(QueueError::TooLong { bytes: 1_048_577 })
    ));
    assert!(matches!(queue.send(long, 0).await, Err(QueueError::TooLong { .. })));
    assert!(matches!(
        queue.send("m".into(), 901).await,
        Err(QueueError::TooLate { seconds: 901 })
    ));
    assert!(matches!(queue.hide("r", 43_201).await, Err(QueueError::TooLate { .. })));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn one_message_and_hiding_it() {
    let server = HttpServer::start(|_| {
        Answer::new(200, r#"{"MessageId":"m","MD5OfMessageBody":"x"}"#)
            .header("content-type", "application/x-amz-json-1.0")
    })
    .await;
    queue(&server).send("hello".into(), 900).await.unwrap();
    queue(&server).hide("receipt-1", 120).await.unwrap();
    let requests = server.requests();
    let texts: Vec<String> = requests
        .iter()
        .map(|request| String::from_utf8(request.body.clone()).unwrap())
        .collect();
    assert!(
        texts[0].contains(r#""MessageBody":"hello""#) && texts[0].contains(r#""DelaySeconds":900"#),
        "{texts:?}"
    );
    assert!(texts[1].contains(r#""ReceiptHandle":"receipt-1""#), "{texts:?}");
    assert!(texts[1].contains(r#""VisibilityTimeout":120"#), "{texts:?}");
    assert_eq!(
        requests[1].header("x-amz-target"),
        Some("AmazonSQS.ChangeMessageVisibility")
    );
}
