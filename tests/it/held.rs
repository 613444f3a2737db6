//! Deliveries that are held for an endpoint: whoever stops where, each of them goes on.

use std::time::Duration;

use jiff::SignedDuration;
use milepost_local::hub::WEBHOOK_QUEUE;
use milepost_model::{
    AccountId, Attempt, Circuit, Delivery, DeliveryId, DeliveryState, DisabledWhy, EndpointId, EndpointStyle, Standing,
    Tell,
};
use milepost_webhooks::{
    ATTEMPTS, Deliverer, DeliveryFilter, DeliveryOrder, Outcome, ReleaseOrder, Replay, WebhookOrder,
};
use support::carrier_file::Seeded;
use support::receiver::Receiver;

use crate::deliveries::{Bench, at};
use crate::interrupted::poll_times;

const DELIVERIES: usize = 6;

/// A bench with one endpoint, and the orders of so many deliveries to it that nobody has handled.
async fn owing(deliveries: usize, url: &str) -> (Bench, Vec<DeliveryOrder>) {
    let bench = Bench::new().await;
    let first = bench.owed(url).await;
    let order = |nth| DeliveryOrder {
        delivery: format!("{}-{nth}", first.delivery),
        ..first.clone()
    };
    let orders = (0..deliveries).map(order).collect();
    (bench, orders)
}

async fn handle(bench: &Bench, order: &WebhookOrder) -> Outcome {
    let now = bench.now;
    bench.deliverer().handle(order, at(&move || now)).await.unwrap()
}

async fn deliver(bench: &Bench, order: &DeliveryOrder) -> Outcome {
    handle(bench, &WebhookOrder::Deliver(order.clone())).await
}

fn endpoint() -> (AccountId, EndpointId) {
    (AccountId::default_account(), EndpointId("se-1".to_owned()))
}

fn release() -> WebhookOrder {
    let (account, id) = endpoint();
    WebhookOrder::Release(ReleaseOrder::of(&account, &id))
}

async fn set_circuit(bench: &Bench, circuit: Circuit) {
    let (account, id) = endpoint();
    let there = bench.store.endpoint(&account, &id).await.unwrap().unwrap().circuit;
    assert!(bench.store.swap_circuit(&account, &id, &there, &circuit).await.unwrap());
}

/// Shut until so many seconds from now, which may be over.
async fn shut(bench: &Bench, failures: u32, seconds: i64) {
    let circuit = Circuit {
        failures,
        since: Some(bench.now),
        rests_until: Some(bench.now + SignedDuration::from_secs(seconds)),
    };
    set_circuit(bench, circuit).await;
}

/// What is in the queue and due now.
async fn queued(bench: &Bench) -> Vec<WebhookOrder> {
    let mut queued = Vec::new();
    while let Some(order) = bench.next_message().await {
        queued.push(order);
    }
    queued
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_a_release_found_before_it_said_that_it_is_held() {
    let receiver = Receiver::start().await;
    let (bench, orders) = owing(1, &receiver.url).await;
    let (account, id) = (endpoint().0, DeliveryId(orders[0].delivery.clone()));
    receiver.answer_next([500]);
    assert_eq!(deliver(&bench, &orders[0]).await, Outcome::TryAgain);
    // Whoever holds has put the entry; the release runs; then the state is written.
    let waiting = bench.delivery(&id.0).await;
    bench.store.put_held(&waiting, false).await.unwrap();
    set_circuit(&bench, Circuit::default()).await;
    handle(&bench, &release()).await;
    let attempt = Attempt {
        at: bench.now,
        status: Some(500),
        error: None,
        milliseconds: 1,
    };
    let recorded = bench
        .store
        .record_attempt(&account, &id, &attempt, DeliveryState::Held, 1)
        .await;
    assert!(recorded.unwrap());
    for order in queued(&bench).await {
        handle(&bench, &order).await;
    }
    assert_eq!(bench.delivery(&id.0).await.state, DeliveryState::Delivered);
    // One that another has delivered is not held any more.
    assert!(!bench.store.hold_delivery(&account, &id, 3).await.unwrap());
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_survives_who_sends_it_and_is_the_next_attempt() {
    let receiver = Receiver::start().await;
    let (mut bench, orders) = owing(1, &receiver.url).await;
    let (account, id) = (endpoint().0, DeliveryId(orders[0].delivery.clone()));
    deliver(&bench, &orders[0]).await;
    let replay = Replay::new(bench.store.clone(), bench.access.webhook_queue());
    replay.resend(&account, &id, bench.now).await.unwrap();
    // The message never got to the queue.
    assert_eq!(queued(&bench).await.len(), 1);
    bench.advance(Duration::from_mins(5));
    assert_eq!(bench.deliverer().wake(bench.now).await.unwrap(), 1);
    let again = bench.next_order().await.unwrap();
    assert_eq!((again.attempt, again.by_hand), (2, true));
    assert_eq!(deliver(&bench, &again).await, Outcome::Delivered);
    // Of a delivery that has more attempts by now, the next is another one.
    let until = bench.now + SignedDuration::from_mins(5);
    assert!(!bench.store.wait_again(&account, &id, 1, until).await.unwrap());
    assert!(bench.store.wait_again(&account, &id, 2, until).await.unwrap());
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_later_release_is_ordered_before_an_endpoint_opens() {
    let receiver = Receiver::start().await;
    let (mut bench, orders) = owing(2, &receiver.url).await;
    for order in &orders {
        shut(&bench, 5, 30).await;
        assert_eq!(deliver(&bench, order).await, Outcome::Held);
        set_circuit(&bench, Circuit::default()).await;
    }
    shut(&bench, 5, 0).await;
    assert_eq!(handle(&bench, &release()).await, Outcome::Delivered);
    assert_eq!(queued(&bench).await, [release()], "and lost");
    bench.advance(Duration::from_secs(90));
    for _ in 0..2 {
        for order in queued(&bench).await {
            handle(&bench, &order).await;
        }
    }
    for order in &orders {
        assert_eq!(bench.delivery(&order.delivery).await.state, DeliveryState::Delivered);
    }
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_that_finds_nothing_to_probe_with_orders_another() {
    let (bench, _) = owing(0, "https://hooks.example.com/").await;
    shut(&bench, 5, 0).await;
    assert_eq!(handle(&bench, &release()).await, Outcome::Skipped);
    assert_eq!(queued(&bench).await, [release()]);
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn probes_take_turns() {
    let receiver = Receiver::start().await;
    let (bench, orders) = owing(3, &receiver.url).await;
    shut(&bench, 5, 30).await;
    for order in &orders {
        assert_eq!(deliver(&bench, order).await, Outcome::Held);
    }
    let mut probed = Vec::new();
    for failures in [6, 7, 8] {
        receiver.answer_next([400]);
        shut(&bench, failures, 0).await;
        assert_eq!(handle(&bench, &release()).await, Outcome::Held);
        probed.push(receiver.messages().pop().unwrap().id);
    }
    probed.sort();
    let all: Vec<String> = orders.into_iter().map(|order| order.delivery).collect();
    assert_eq!(probed, all);
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_cannot_be_read_says_nothing_of_its_endpoint() {
    let (bench, orders) = owing(1, "https://hooks.example.com/").await;
    let mut order = orders[0].clone();
    order.new.as_mut().unwrap().body = "bm8gZGVmbGF0ZQ==".to_owned();
    assert_eq!(deliver(&bench, &order).await, Outcome::Exhausted);
    assert_eq!(bench.delivery(&order.delivery).await.attempts.len(), 1);
    let (account, id) = endpoint();
    let there = bench.store.endpoint(&account, &id).await.unwrap().unwrap();
    assert_eq!(there.circuit, Circuit::default());
    bench.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_sent_again_to_enabled_endpoints_only() {
    let receiver = Receiver::start().await;
    let (bench, orders) = owing(2, &receiver.url).await;
    bench
        .endpoint("se-2", &receiver.url, EndpointStyle::ShipEngine, Tell::EveryEvent)
        .await;
    let elsewhere = DeliveryOrder {
        endpoint: "se-2".to_owned(),
        ..orders[1].clone()
    };
    deliver(&bench, &orders[0]).await;
    deliver(&bench, &elsewhere).await;
    let standing = Standing::Disabled {
        why: DisabledWhy::Gone,
        at: bench.now,
    };
    let (account, id) = endpoint();
    assert!(bench.store.set_standing(&account, &id, standing).await.unwrap());
    let replay = Replay::new(bench.store.clone(), bench.access.webhook_queue());
    let all = DeliveryFilter::default();
    let page = replay.resend_page(&account, &all, None, 10, bench.now);
    assert_eq!(page.await.unwrap(), (1, None));
    assert_eq!(
        bench.delivery(&orders[0].delivery).await.state,
        DeliveryState::Delivered
    );
    assert_eq!(bench.next_order().await.unwrap().delivery, elsewhere.delivery);
    bench.cloud.stop().await;
}

/// Handles what the queue gives, a part of it twice at once or not to its end; what is not handled to its end comes again.
async fn handle_some(bench: &Bench, deliverer: &Deliverer, rng: &mut Seeded) {
    let queues = bench.cloud.queues();
    let now = bench.now;
    let clock = move || now;
    let received = queues.receive(WEBHOOK_QUEUE, 4).await.unwrap();
    let orders: Vec<WebhookOrder> = received
        .iter()
        .map(|message| WebhookOrder::parse(&message.body).unwrap())
        .collect();
    let mut handled = Vec::new();
    for (order, message) in orders.iter().zip(&received) {
        let polls = if rng.chance(400) { 1 + rng.below(20) } else { u64::MAX };
        handled.push((Box::pin(deliverer.handle(order, at(&clock))), polls, message));
    }
    // Two at a time beside each other, and each dropped where it is.
    while let Some((mut one, polls, message)) = handled.pop() {
        let (ended, beside) = match handled.pop() {
            Some((mut other, other_polls, other_message)) => {
                let both = tokio::join!(poll_times(one.as_mut(), polls), poll_times(other.as_mut(), other_polls));
                (both.0, Some((both.1, other_message)))
            }
            None => (poll_times(one.as_mut(), polls).await, None),
        };
        for (ended, message) in [Some((ended, message)), beside].into_iter().flatten() {
            if let Some(ended) = ended {
                ended.unwrap();
                queues.delete(WEBHOOK_QUEUE, &message.receipt).await.unwrap();
            }
        }
    }
}

async fn waiting(bench: &Bench, orders: &[DeliveryOrder]) -> Vec<Delivery> {
    let mut waiting = Vec::new();
    for order in orders {
        let delivery = bench.delivery(&order.delivery).await;
        if matches!(delivery.state, DeliveryState::Waiting { .. } | DeliveryState::Held) {
            waiting.push(delivery);
        }
    }
    waiting
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_stops_where_every_delivery_goes_on() {
    for seed in 0..4 {
        let mut rng = Seeded(seed);
        let receiver = Receiver::start().await;
        let (mut bench, orders) = owing(DELIVERIES, &receiver.url).await;
        let bodies = orders.iter().map(|order| (order.to_body().unwrap(), 0));
        bench.access.webhook_queue().send_all(bodies.collect()).await.unwrap();
        let deliverer = bench.deliverer();
        // It is refused for an hour and a half, now and then with a success between.
        for _ in 0..20 {
            receiver.answer_next([rng.pick(&[500, 500, 500, 204])]);
            handle_some(&bench, &deliverer, &mut rng).await;
            bench.advance(Duration::from_secs(rng.pick(&[1, 20, 40, 70, 400])));
            deliverer.wake(bench.now).await.unwrap();
        }
        // Then all is well, for two days.
        for _ in 0..96 {
            deliverer.wake(bench.now).await.unwrap();
            while let Some(order) = bench.next_message().await {
                handle(&bench, &order).await;
            }
            if waiting(&bench, &orders).await.is_empty() {
                break;
            }
            bench.advance(Duration::from_mins(30));
        }
        let left = waiting(&bench, &orders).await;
        assert!(left.is_empty(), "seed {seed}: {left:#?}");
        for order in &orders {
            let delivery = bench.delivery(&order.delivery).await;
            assert!(delivery.attempts.len() <= ATTEMPTS, "seed {seed}");
            assert_eq!(delivery.state, DeliveryState::Delivered, "seed {seed}");
        }
        bench.cloud.stop().await;
    }
}
