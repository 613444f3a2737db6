use super::*;

fn open(path: Option<&Path>) -> (Queues, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(1_000_000));
    (Queues::open(path, queue_specs(), clock.clone()).unwrap(), clock)
}

fn text(body: &str) -> NewMessage {
    NewMessage {
        body: body.to_owned(),
        delay: Duration::ZERO,
    }
}

async fn bodies(queues: &Queues, queue: &str) -> Vec<String> {
    queues
        .receive(queue, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|message| message.body)
        .collect()
}

const SECOND: Duration = Duration::from_secs(1);
const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_received_message_is_hidden_and_comes_back() {
    let (queues, clock) = open(None);
    let id = queues.send(QUEUE, text("one")).await.unwrap();
    clock.advance(SECOND);
    let first = queues.receive(QUEUE, 10).await.unwrap().pop().unwrap();
    assert_eq!(
        (first.message_id.as_str(), first.receives, first.sent_ms),
        (id.as_str(), 1, 1_000_000)
    );
    assert_eq!(bodies(&queues, QUEUE).await, NOTHING);

    clock.advance(59 * SECOND);
    assert_eq!(bodies(&queues, QUEUE).await, NOTHING);
    clock.advance(SECOND);
    let second = queues.receive(QUEUE, 10).await.unwrap().pop().unwrap();
    assert_eq!((second.message_id, second.receives), (id, 2));
    assert_eq!(second.first_received_ms, 1_001_000);

    queues.delete(QUEUE, &first.receipt).await.unwrap();
    assert_eq!(
        queues.counts(QUEUE).await.unwrap().in_flight,
        1,
        "the older handle is worthless"
    );
    queues.delete(QUEUE, &second.receipt).await.unwrap();
    queues.delete(QUEUE, &second.receipt).await.unwrap();
    assert_eq!(queues.counts(QUEUE).await.unwrap(), Counts::default());
}

#[tokio::test]
async fn a_delayed_message_waits() {
    let (queues, clock) = open(None);
    queues
        .send(
            QUEUE,
            NewMessage {
                delay: 900 * SECOND,
                ..text("late")
            },
        )
        .await
        .unwrap();
    queues.send(QUEUE, text("now")).await.unwrap();
    assert_eq!(bodies(&queues, QUEUE).await, ["now"]);
    assert_eq!(
        queues.counts(QUEUE).await.unwrap(),
        Counts {
            visible: 0,
            in_flight: 1,
            delayed: 1
        }
    );
    clock.advance(900 * SECOND);
    assert_eq!(queues.counts(QUEUE).await.unwrap().delayed, 0);
    assert_eq!(bodies(&queues, QUEUE).await, ["late", "now"]);
}

#[tokio::test]
async fn a_message_received_too_often_goes_to_the_dead_letter_queue() {
    let (queues, clock) = open(None);
    let id = queues.send(QUEUE, text("poison")).await.unwrap();
    for _ in 0..3 {
        assert_eq!(bodies(&queues, QUEUE).await, ["poison"]);
        clock.advance(60 * SECOND);
    }
    assert_eq!(bodies(&queues, QUEUE).await, NOTHING);
    assert_eq!(queues.counts(QUEUE).await.unwrap(), Counts::default());
    assert_eq!(queues.counts(DEAD).await.unwrap().visible, 1);
    let dead = queues.receive(DEAD, 10).await.unwrap().pop().unwrap();
    assert_eq!((dead.message_id, dead.body.as_str()), (id, "poison"));
}

#[tokio::test]
async fn visibility_can_be_changed_while_a_message_is_in_flight() {
    let (queues, clock) = open(None);
    queues.send(QUEUE, text("one")).await.unwrap();
    let held = queues.receive(QUEUE, 1).await.unwrap().pop().unwrap();
    queues
        .change_visibility(QUEUE, &held.receipt, 600 * SECOND)
        .await
        .unwrap();
    clock.advance(599 * SECOND);
    assert_eq!(bodies(&queues, QUEUE).await, NOTHING);
    queues
        .change_visibility(QUEUE, &held.receipt, Duration::ZERO)
        .await
        .unwrap();
    let again = queues.receive(QUEUE, 1).await.unwrap().pop().unwrap();
    assert_eq!(again.receives, 2);

    let refused = |result: Result<(), Error>| match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(queues.change_visibility(QUEUE, &held.receipt, SECOND).await),
        Refusal::NotInFlight
    );
    clock.advance(60 * SECOND);
    assert_eq!(
        refused(queues.change_visibility(QUEUE, &again.receipt, SECOND).await),
        Refusal::NotInFlight
    );
    assert_eq!(
        refused(queues.change_visibility(QUEUE, "x", SECOND).await),
        Refusal::BadReceipt
    );
    let long = MAX_VISIBILITY + SECOND;
    assert_eq!(
        refused(queues.change_visibility(QUEUE, &again.receipt, long).await),
        Refusal::LongVisibility
    );
}

#[tokio::test]
async fn what_sqs_refuses_is_refused() {
    let (queues, _clock) = open(None);
    let cases = [
        ("none", text("x"), Refusal::NoSuchQueue),
        (QUEUE, text(""), Refusal::EmptyBody),
        (QUEUE, text(&"x".repeat(MAX_BODY_BYTES + 1)), Refusal::LongBody),
        (QUEUE, text("a\u{1}"), Refusal::BadCharacter),
        (QUEUE, text("a\u{FFFE}"), Refusal::BadCharacter),
        (
            QUEUE,
            NewMessage {
                delay: MAX_DELAY + SECOND,
                ..text("x")
            },
            Refusal::LongDelay,
        ),
    ];
    for (queue, message, wanted) in cases {
        let batch = vec![text("first"), message];
        match queues.send_all(queue, batch).await {
            Err(Error::Refused(refusal)) => assert_eq!(refusal, wanted),
            other => panic!("{wanted:?}: {other:?}"),
        }
    }
    assert_eq!(
        queues.counts(QUEUE).await.unwrap(),
        Counts::default(),
        "a batch goes whole or not at all"
    );
    queues.send(QUEUE, text(&"x".repeat(MAX_BODY_BYTES))).await.unwrap();
    queues.send(QUEUE, text("\t\r\n \u{E000}\u{10FFFF}")).await.unwrap();
}

#[tokio::test]
async fn messages_receive_counts_and_hiding_survive_a_reopen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.db");
    let (queues, clock) = open(Some(&path));
    queues.send(QUEUE, text("hidden")).await.unwrap();
    let held = queues.receive(QUEUE, 1).await.unwrap().pop().unwrap();
    queues.send(QUEUE, text("ready")).await.unwrap();
    drop(queues);

    let queues = Queues::open(Some(&path), queue_specs(), clock.clone()).unwrap();
    assert_eq!(bodies(&queues, QUEUE).await, ["ready"]);
    queues
        .change_visibility(QUEUE, &held.receipt, Duration::ZERO)
        .await
        .unwrap();
    let again = queues.receive(QUEUE, 1).await.unwrap().pop().unwrap();
    assert_eq!((again.body.as_str(), again.receives), ("hidden", 2));
}

#[tokio::test]
async fn a_message_is_forgotten_after_its_retention() {
    let (queues, clock) = open(None);
    queues.send(QUEUE, text("old")).await.unwrap();
    clock.advance(RETENTION);
    queues.send(QUEUE, text("new")).await.unwrap();
    clock.advance(SECOND);
    assert_eq!(bodies(&queues, QUEUE).await, ["new"]);
}

#[tokio::test]
async fn queues_are_apart() {
    let (queues, _clock) = open(None);
    queues.send(QUEUE, text("one")).await.unwrap();
    assert_eq!(bodies(&queues, DEAD).await, NOTHING);
    let held = queues.receive(QUEUE, 1).await.unwrap().pop().unwrap();
    queues.delete(DEAD, &held.receipt).await.unwrap();
    assert_eq!(queues.counts(QUEUE).await.unwrap().in_flight, 1);
}

#[test]
fn a_dead_letter_queue_must_be_there() {
    let specs = queue_specs().into_iter().filter(|spec| spec.name != DEAD).collect();
    let opened = Queues::open(None, specs, Arc::new(SystemClock));
    assert!(matches!(opened, Err(Error::NoDeadLetterQueue(name)) if name == DEAD));
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queues.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let opened = Queues::open(Some(&path), queue_specs(), Arc::new(SystemClock));
    assert!(matches!(opened, Err(Error::NewerFormat { found: 99, .. })));
}

#[tokio::test]
async fn received_messages_make_a_lambda_event() {
    let (queues, _clock) = open(None);
    queues.send(QUEUE, text("hello")).await.unwrap();
    let received = queues.receive(QUEUE, 10).await.unwrap();
    let event = serde_json::to_value(sqs_event(QUEUE, &received)).unwrap();
    let record = &event["Records"][0];
    assert_eq!(record["body"], "hello");
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:local:000000000000:deliveries");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["receiptHandle"], received[0].receipt);
}
