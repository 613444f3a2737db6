//! Receivers that are slow, chatty, broken or gone: what becomes of a delivery, and when it comes again, to the second, on
//! a clock that only the test moves. (That ten attempts follow Standard Webhooks' schedule: `deliveries`.)

use std::time::Duration;

use jiff::SignedDuration;
use milepost_model::{AccountId, DeliveryState, DisabledWhy, EndpointId, EndpointStyle, Standing, Tell};
use milepost_net::Timeouts;
use milepost_webhooks::{DeliveryOrder, Outcome};
use support::receiver::Receiver;
use support::rough_receiver::{Manner, RoughReceiver};

use crate::deliveries::{Bench, at};

/// A receiver's patience, where a test has to wait for it to end.
const HASTY: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    total: Duration::from_secs(1),
};

const GIGABYTE: u64 = 1 << 30;

/// What may be under way in the sockets between two programs of one machine, and what is read of a reply.
const IN_SOCKETS: u64 = 64 << 20;

/// What an attempt is to come to.
struct Expected {
    outcome: Outcome,
    status: Option<u16>,
    error: Option<&'static str>,
    /// In how many seconds the next attempt comes.
    again: Option<u64>,
}

fn taken(status: u16) -> Expected {
    Expected {
        outcome: Outcome::Delivered,
        status: Some(status),
        error: None,
        again: None,
    }
}

fn refused(status: u16, again: u64) -> Expected {
    Expected {
        outcome: Outcome::TryAgain,
        status: Some(status),
        error: None,
        again: Some(again),
    }
}

fn failed(error: &'static str) -> Expected {
    Expected {
        outcome: Outcome::TryAgain,
        status: None,
        error: Some(error),
        again: Some(5),
    }
}

/// Fault 24: a receiver that fails in every way there is, and when it is asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_receiver_does_is_an_outcome() {
    let mut bench = Bench::new().await;
    let order = bench.owed("https://hooks.example.com/").await;
    let cases = [
        ("reset", Manner::Resets, failed("no HTTP answer")),
        ("hangs up", Manner::HangsUp, failed("no HTTP answer")),
        ("silence", Manner::Silent, failed("no answer in time")),
        ("a head byte by byte", Manner::DripsHead, failed("no answer in time")),
        ("a body byte by byte", Manner::DripsBody(200), taken(200)),
        ("a failure byte by byte", Manner::DripsBody(500), refused(500, 5)),
        ("2 GB", Manner::Pours(2 * GIGABYTE), taken(200)),
        ("429", Manner::Says(429, ""), refused(429, 5)),
        (
            "429, later",
            Manner::Says(429, "retry-after: 600\r\n"),
            refused(429, 600),
        ),
        ("503, sooner", Manner::Says(503, "retry-after: 1\r\n"), refused(503, 5)),
        (
            "503, in a year",
            Manner::Says(503, "retry-after: 31536000\r\n"),
            refused(503, 3_600),
        ),
        ("503, soon", Manner::Says(503, "retry-after: soon\r\n"), refused(503, 5)),
    ];
    for (nth, (name, manner, expected)) in cases.into_iter().enumerate() {
        let receiver = RoughReceiver::start([manner]).await;
        let order = to(&bench, &format!("rough-{nth}"), &receiver.url, &order).await;
        let now = bench.now;
        let deliverer = bench.deliverer_within(HASTY);
        let outcome = deliverer.deliver(&order, at(&move || now)).await.unwrap();
        let delivery = bench.delivery(&order.delivery).await;
        let attempt = &delivery.attempts[0];
        assert_eq!(
            (outcome, attempt.status, attempt.error.as_deref()),
            (expected.outcome, expected.status, expected.error),
            "{name}"
        );
        assert_eq!(receiver.messages().len(), 1, "{name}");
        assert!(receiver.poured() < IN_SOCKETS, "{name}: {} bytes", receiver.poured());
        let Some(seconds) = expected.again else {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{name}");
            continue;
        };
        bench.advance(Duration::from_secs(seconds - 1));
        assert_eq!(
            (deliverer.wake(bench.now).await.unwrap(), bench.next_order().await),
            (0, None),
            "{name}"
        );
        bench.advance(Duration::from_secs(1));
        deliverer.wake(bench.now).await.unwrap();
        let again = bench.next_order().await;
        let again = again.unwrap_or_else(|| panic!("{name}: not again after {seconds} s"));
        assert_eq!((again.delivery, again.attempt), (order.delivery, 2), "{name}");
    }
    bench.cloud.stop().await;
}

/// Fault 24: a wish may be written as a date of HTTP.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_names_the_hour_at_which_it_wants_to_be_asked_again() {
    let bench = Bench::new().await;
    // The bench's clock begins at 12:00.
    let at_noon = Manner::Says(429, "retry-after: Fri, 20 Nov 2026 12:10:00 GMT\r\n");
    let receiver = RoughReceiver::start([at_noon]).await;
    let order = bench.owed(&receiver.url).await;
    let now = bench.now;
    bench.deliverer().deliver(&order, at(&move || now)).await.unwrap();
    let retry_at = now + SignedDuration::from_mins(10);
    let state = bench.delivery(&order.delivery).await.state;
    assert_eq!(state, DeliveryState::Waiting { retry_at });
    bench.cloud.stop().await;
}

/// Fault 24: a redirect is a failure, and leads nowhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed() {
    let bench = Bench::new().await;
    let inside = Receiver::start().await;
    let location = format!("location: {}\r\n", inside.url).leak();
    let statuses = [301, 302, 303, 307, 308];
    let order = bench.owed("https://hooks.example.com/").await;
    for status in statuses {
        let receiver = RoughReceiver::start([Manner::Says(status, location)]).await;
        let order = to(&bench, &format!("redirects-{status}"), &receiver.url, &order).await;
        let now = bench.now;
        let outcome = bench.deliverer().deliver(&order, at(&move || now)).await.unwrap();
        assert_eq!(outcome, Outcome::TryAgain, "{status}");
        let attempts = bench.delivery(&order.delivery).await.attempts;
        assert_eq!(attempts[0].status, Some(status), "{status}");
    }
    assert!(inside.messages().is_empty());
    bench.cloud.stop().await;
}

/// Fault 24: 410 ends it at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_never_asked_again() {
    let mut bench = Bench::new().await;
    let receiver = RoughReceiver::start([Manner::Says(410, "retry-after: 60\r\n")]).await;
    let order = bench.owed(&receiver.url).await;
    let now = bench.now;
    let deliverer = bench.deliverer();
    let outcome = deliverer.deliver(&order, at(&move || now)).await.unwrap();
    assert_eq!(outcome, Outcome::Skipped);
    assert_eq!(bench.delivery(&order.delivery).await.state, DeliveryState::Dropped);
    let account = AccountId::default_account();
    let endpoint = bench.store.endpoint(&account, &EndpointId("se-1".to_owned())).await;
    let gone = Standing::Disabled {
        why: DisabledWhy::Gone,
        at: now,
    };
    assert_eq!(endpoint.unwrap().unwrap().standing, gone);
    bench.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(
        (deliverer.wake(bench.now).await.unwrap(), bench.next_order().await),
        (0, None)
    );
    assert_eq!(receiver.messages().len(), 1);
    bench.cloud.stop().await;
}

/// Fault 26: the receiver has what it was sent, and its answer is lost. What comes again is the same message under the
/// same id, signed anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lost_answer_the_same_message_comes_again() {
    for lost in [Manner::HangsUp, Manner::Resets, Manner::Silent] {
        let mut bench = Bench::new().await;
        let receiver = RoughReceiver::start([lost.clone()]).await;
        let order = bench.owed(&receiver.url).await;
        let deliverer = bench.deliverer_within(HASTY);
        let begun = bench.now;
        let outcome = deliverer.deliver(&order, at(&move || begun)).await.unwrap();
        assert_eq!(outcome, Outcome::TryAgain, "{lost:?}");
        bench.advance(Duration::from_secs(5));
        let order = bench.next_order().await.unwrap();
        let now = bench.now;
        let outcome = bench.deliverer().deliver(&order, at(&move || now)).await.unwrap();
        assert_eq!(outcome, Outcome::Delivered, "{lost:?}");

        let messages = receiver.messages();
        assert_eq!(messages.len(), 2, "{lost:?}");
        let (first, second) = (&messages[0], &messages[1]);
        assert_eq!((&first.id, &first.body), (&second.id, &second.body), "{lost:?}");
        assert_eq!(first.id, order.delivery);
        for (message, at) in [(first, begun), (second, now)] {
            let value = |name: &str| message.headers[name].to_str().unwrap();
            assert_eq!(value("webhook-timestamp"), at.as_second().to_string());
            let (timestamp, signatures) = (value("webhook-timestamp"), value("webhook-signature"));
            let secret = [1; 32];
            assert!(milepost_webhooks::verifies(
                &message.id,
                timestamp,
                signatures,
                &message.body,
                &secret,
                at
            ));
        }
        bench.cloud.stop().await;
    }
}

/// Fault 28: the official library takes what was signed within five minutes of its own clock with a secret that it has,
/// byte for byte, and nothing else. (Rotation, and the libraries of Python and JavaScript: `receiving`.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_library_judges_clocks_and_bytes() {
    let bench = Bench::new().await;
    let receiver = Receiver::start().await;
    let order = bench.owed("https://hooks.example.com/").await;
    let secret = [1; 32];
    for (nth, (skew, fresh)) in [(0, true), (-290, true), (280, true), (-310, false), (320, false)]
        .into_iter()
        .enumerate()
    {
        let order = to(
            &bench,
            &format!("skewed-{nth}"),
            &format!("{}/{nth}", receiver.url),
            &order,
        )
        .await;
        let skewed = move || milepost_runtime::now() + SignedDuration::from_secs(skew);
        let outcome = bench.deliverer().deliver(&order, at(&skewed)).await.unwrap();
        assert_eq!(outcome, Outcome::Delivered);
        let message = receiver.messages().pop().unwrap();
        assert_eq!(message.verifies(&secret, &message.body), fresh, "{skew} s");
        let mut tampered = message.body.to_vec();
        tampered[10] ^= 1;
        assert!(!message.verifies(&secret, &tampered), "one bit");
        assert!(!message.verifies(&secret, &message.body[1..]), "one byte less");
        assert!(!message.verifies(&[2; 32], &message.body), "another secret");
    }
    bench.cloud.stop().await;
}

/// The same message for an endpoint of its own.
async fn to(bench: &Bench, id: &str, url: &str, order: &DeliveryOrder) -> DeliveryOrder {
    bench
        .endpoint(id, url, EndpointStyle::ShipEngine, Tell::EveryEvent)
        .await;
    DeliveryOrder {
        delivery: format!("{}-{id}", order.delivery),
        endpoint: id.to_owned(),
        ..order.clone()
    }
}
