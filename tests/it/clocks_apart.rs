//! Fault 37: functions whose clocks are an hour apart. Each history ends as it does under one clock: every message was
//! taken, and none was lost or made twice.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use milepost_model::{AccountId, CarrierCode, DeliveryId, DeliveryState, EndpointStyle, Tell, TrackingNumber};
use milepost_track::{Asked, Connections, start};
use support::receiver::Receiver;

use crate::deliveries::{Bench, at, delivered};

/// Minutes by which the clocks of functions are wrong.
#[derive(Debug, Clone, Copy)]
struct Wrong {
    notifier: i64,
    /// Two deliverers, which take turns.
    deliverers: [i64; 2],
    /// The tick that wakes what is parked.
    tick: i64,
}

const RIGHT: Wrong = Wrong {
    notifier: 0,
    deliverers: [0, 0],
    tick: 0,
};

const STEP: Duration = Duration::from_mins(20);

/// Six hours.
const STEPS: usize = 18;

/// The receiver refuses so many attempts first: the circuit opens, deliveries are held, probes fail, then all is well.
const REFUSED: usize = 8;

/// What a receiver has taken, by id.
async fn taken(wrong: Wrong) -> BTreeMap<String, Vec<u8>> {
    let mut bench = Bench::new().await;
    let receiver = Receiver::start().await;
    receiver.answer_next([500; REFUSED]);
    let (account, usps) = (AccountId::default_account(), CarrierCode::parse("usps").unwrap());
    bench
        .endpoint("se-1", &receiver.url, EndpointStyle::ShipEngine, Tell::EveryEvent)
        .await;
    let numbers: Vec<TrackingNumber> = (10..14)
        .map(|nth| TrackingNumber::parse(&format!("94001000000000000000{nth}")).unwrap())
        .collect();
    for number in &numbers {
        let (connections, asked) = (Connections::new(bench.store.clone()), Asked::Carrier(usps.clone()));
        start(&connections, &account, &asked, number, bench.now).await.unwrap();
    }
    let (notifier, deliverer) = (bench.notifier(), bench.deliverer());
    let off = |now: Timestamp, minutes: i64| now + SignedDuration::from_mins(minutes);
    let mut turn = 0;
    for step in 0..STEPS {
        if let Some(number) = numbers.get(step) {
            let bundle = delivered(number, usps.clone(), bench.now);
            bench.store.put_bundles(&[bundle]).await.unwrap();
            notifier.notify(number, off(bench.now, wrong.notifier)).await.unwrap();
        }
        deliverer.wake(off(bench.now, wrong.tick)).await.unwrap();
        while let Some(order) = bench.next_message().await {
            let now = off(bench.now, wrong.deliverers[turn % 2]);
            turn += 1;
            deliverer.handle(&order, at(&move || now)).await.unwrap();
        }
        bench.advance(STEP);
    }
    let messages = receiver.messages().split_off(REFUSED);
    let taken: BTreeMap<String, Vec<u8>> = messages
        .iter()
        .map(|message| (message.id.clone(), message.body.to_vec()))
        .collect();
    assert_eq!(taken.len(), messages.len(), "{wrong:?}: taken twice");
    for id in taken.keys() {
        let delivery = bench.store.delivery(&account, &DeliveryId(id.clone())).await.unwrap();
        assert_eq!(delivery.unwrap().state, DeliveryState::Delivered, "{wrong:?}");
    }
    bench.cloud.stop().await;
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_is_the_same_and_nothing_is_lost() {
    let expected = taken(RIGHT).await;
    assert_eq!(expected.len(), 4);
    for wrong in [
        Wrong { notifier: 60, ..RIGHT },
        Wrong {
            deliverers: [-60, -60],
            ..RIGHT
        },
        Wrong {
            deliverers: [0, 60],
            ..RIGHT
        },
        Wrong { tick: 60, ..RIGHT },
        Wrong { tick: -60, ..RIGHT },
    ] {
        assert_eq!(taken(wrong).await, expected, "{wrong:?}");
    }
}
