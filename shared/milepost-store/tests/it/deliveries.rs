use jiff::{SignedDuration, Timestamp};
use milepost_model::*;
use milepost_store::{DELIVERY_DAYS, DeliveryPlace, DeliveryRange};

use crate::support::{account, at, number, store};

pub(crate) fn delivery(id: &str, minute: i64) -> Delivery {
    Delivery {
        id: DeliveryId(id.into()),
        account: account("acme"),
        endpoint: EndpointId("se-1".into()),
        number: number("9405511899223197428490"),
        told: ToldTo {
            name: FollowerName::Tracker(TrackerId::from_bytes([0x81; 16])),
            started_ms: 1_763_647_380_123,
        },
        body: format!("{{\"id\":\"{id}\"}}").into_bytes(),
        state: DeliveryState::Waiting {
            retry_at: at("2026-11-20T14:03:05Z"),
        },
        attempts: Vec::new(),
        created: at("2026-11-20T14:03:00.123Z") + SignedDuration::from_mins(minute),
    }
}

pub(crate) fn attempt(second: i64) -> Attempt {
    Attempt {
        at: at("2026-11-20T14:03:00Z") + SignedDuration::from_secs(second),
        status: Some(503),
        error: None,
        milliseconds: 120,
    }
}

/// A range of a list.
pub(crate) fn range(limit: usize) -> DeliveryRange {
    DeliveryRange {
        before: None,
        since: None,
        limit,
    }
}

#[tokio::test]
async fn a_delivery_is_put_once() {
    let store = store().await;
    let first = delivery("msg_1", 0);
    assert!(store.put_delivery(&first).await.unwrap());
    let repeat = Delivery {
        created: first.created + SignedDuration::from_secs(9),
        ..first.clone()
    };
    assert!(!store.put_delivery(&repeat).await.unwrap());
    let acme = account("acme");
    assert_eq!(store.delivery(&acme, &first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(store.delivery(&account("zeta"), &first.id).await.unwrap(), None);
    let listed = store.deliveries(&acme, range(10), 0).await.unwrap().deliveries;
    let without_body = Delivery {
        body: Vec::new(),
        ..first
    };
    assert_eq!(listed, [without_body], "the repeat's body is not a delivery");
}

#[tokio::test]
async fn attempts_are_added_once_and_say_how_it_stands() {
    let store = store().await;
    let acme = account("acme");
    let new = delivery("msg_1", 0);
    store.put_delivery(&new).await.unwrap();
    let waiting = DeliveryState::Waiting {
        retry_at: at("2026-11-20T14:08:00Z"),
    };
    for _ in 0..2 {
        assert!(
            store
                .record_attempt(&acme, &new.id, &attempt(0), waiting, 0)
                .await
                .unwrap()
        );
    }
    let read = store.delivery(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!((read.attempts, read.state), (vec![attempt(0)], waiting));
    store
        .record_attempt(&acme, &new.id, &attempt(300), DeliveryState::Delivered, 1)
        .await
        .unwrap();
    let late = store.record_attempt(&acme, &new.id, &attempt(301), waiting, 1).await;
    assert!(!late.unwrap(), "another copy of the attempt was recorded first");
    let read = store.delivery(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!(read.attempts, [attempt(0), attempt(300)]);
    assert_eq!(read.state, DeliveryState::Delivered);
    assert!(
        store
            .set_delivery_state(&acme, &new.id, DeliveryState::Dropped)
            .await
            .unwrap()
    );
    let read = store.delivery(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!(read.state, DeliveryState::Dropped);

    let unknown = DeliveryId("msg_2".into());
    assert!(
        !store
            .record_attempt(&acme, &unknown, &attempt(0), waiting, 0)
            .await
            .unwrap()
    );
    assert!(!store.set_delivery_state(&acme, &unknown, waiting).await.unwrap());
    assert_eq!(store.delivery(&acme, &unknown).await.unwrap(), None);
}

#[tokio::test]
async fn attempts_have_an_end() {
    let store = store().await;
    let acme = account("acme");
    let new = delivery("msg_1", 0);
    store.put_delivery(&new).await.unwrap();
    for after in 0..55 {
        let second = i64::try_from(after).unwrap();
        let recorded = store
            .record_attempt(&acme, &new.id, &attempt(second), DeliveryState::Exhausted, after)
            .await
            .unwrap();
        assert!(recorded);
    }
    let read = store.delivery(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!(read.attempts.len(), 50);
    assert_eq!(read.attempts[48], attempt(48));
    assert_eq!(read.attempts[49], attempt(54), "the last place has the newest");
}

#[tokio::test]
async fn an_attempt_costs_one_unit_whatever_the_body() {
    let store = store().await;
    let acme = account("acme");
    let large = Delivery {
        body: vec![b'x'; 100_000],
        ..delivery("msg_1", 0)
    };
    store.put_delivery(&large).await.unwrap();
    let metered = store.metered();
    metered
        .record_attempt(&acme, &large.id, &attempt(0), DeliveryState::Delivered, 0)
        .await
        .unwrap();
    assert_eq!(metered.used().write_units, 1.0);
    let too_large = Delivery {
        body: vec![b'x'; 500_000],
        ..delivery("msg_2", 0)
    };
    let error = store.put_delivery(&too_large).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.to_string().contains("400 KB"), "{error}");
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_and_by_pages() {
    let store = store().await;
    let acme = account("acme");
    // Written out of order; two in one millisecond.
    for (id, minute) in [("c", 2), ("a", 0), ("e", 3), ("b", 1), ("d", 2)] {
        store.put_delivery(&delivery(id, minute)).await.unwrap();
    }
    let ids = |deliveries: &[Delivery]| -> Vec<String> { deliveries.iter().map(|d| d.id.0.clone()).collect() };
    let all = store.deliveries(&acme, range(10), 0).await.unwrap();
    assert_eq!(ids(&all.deliveries), ["e", "d", "c", "b", "a"]);
    assert_eq!(all.next, None);
    let first = store.deliveries(&acme, range(2), 0).await.unwrap();
    assert_eq!(ids(&first.deliveries), ["e", "d"]);
    let place = |delivery: &Delivery| DeliveryPlace {
        created: Timestamp::from_millisecond(delivery.created.as_millisecond()).unwrap(),
        id: delivery.id.clone(),
    };
    assert_eq!(first.next, Some(place(&first.deliveries[1])));
    let behind = DeliveryRange {
        before: first.next,
        ..range(2)
    };
    let next = store.deliveries(&acme, behind.clone(), 0).await.unwrap();
    assert_eq!(ids(&next.deliveries), ["c", "b"]);
    let since = DeliveryRange {
        since: Some(delivery("c", 2).created),
        ..range(10)
    };
    let newer = store.deliveries(&acme, since.clone(), 0).await.unwrap();
    assert_eq!(ids(&newer.deliveries), ["e", "d", "c"]);
    let both = DeliveryRange {
        before: behind.before,
        ..since
    };
    assert_eq!(ids(&store.deliveries(&acme, both, 0).await.unwrap().deliveries), ["c"]);
    let expired = at("2026-11-20T14:03:00Z").as_second() + DELIVERY_DAYS * 86_400 + 90;
    let left = store.deliveries(&acme, range(10), expired).await.unwrap();
    assert_eq!(ids(&left.deliveries), ["e", "d", "c"]);
    let others = store.deliveries(&account("zeta"), range(10), 0).await.unwrap();
    assert!(others.deliveries.is_empty());

    let wanted = ["b", "x", "d"].map(|id| DeliveryId(id.into()));
    let mut found = ids(&store.deliveries_by_id(&acme, &wanted, 0).await.unwrap());
    found.sort();
    assert_eq!(found, ["b", "d"]);
}

#[tokio::test]
async fn a_page_of_large_bodies_says_where_the_next_begins() {
    let store = store().await;
    let acme = account("acme");
    for minute in 0..16 {
        let large = Delivery {
            body: vec![b'x'; 390_000],
            ..delivery(&format!("d{minute}"), minute)
        };
        store.put_delivery(&large).await.unwrap();
    }
    let (mut listed, mut before) = (Vec::new(), None);
    loop {
        let page = DeliveryRange { before, ..range(50) };
        let page = store.deliveries(&acme, page, 0).await.unwrap();
        listed.extend(page.deliveries);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(listed.len(), 16);
    assert!(listed.iter().all(|delivery| delivery.body.is_empty()));
}

#[tokio::test]
async fn what_is_held_is_found_by_its_endpoint_oldest_first() {
    let store = store().await;
    let acme = account("acme");
    let of = |endpoint: &str, id: &str, minute| Delivery {
        endpoint: EndpointId(endpoint.into()),
        ..delivery(id, minute)
    };
    let held = [
        of("se-1", "b", 1),
        of("se-1", "a", 0),
        of("se-1", "c", 2),
        of("se-12", "d", 0),
    ];
    for delivery in &held {
        store.put_delivery(delivery).await.unwrap();
        store.put_held(delivery, delivery.id.0 == "b").await.unwrap();
        let held = store.set_delivery_state(&acme, &delivery.id, DeliveryState::Held).await;
        assert!(held.unwrap());
    }
    let one = EndpointId("se-1".into());
    let (first, more) = store.held_deliveries(&acme, &one, 2, 0).await.unwrap();
    let ids: Vec<(&str, bool)> = first
        .iter()
        .map(|held| (held.delivery.id.0.as_str(), held.by_hand))
        .collect();
    assert_eq!((ids, more), (vec![("a", false), ("b", true)], true));
    assert_eq!(first[0].delivery.state, DeliveryState::Held);
    store.remove_held(&first[0]).await.unwrap();
    let (left, more) = store.held_deliveries(&acme, &one, 10, 0).await.unwrap();
    assert_eq!((left.len(), more), (2, false));
    // Held again since it was read.
    store.put_held(&first[1].delivery, false).await.unwrap();
    store.remove_held(&first[1]).await.unwrap();
    let (left, _) = store.held_deliveries(&acme, &one, 10, 0).await.unwrap();
    assert_eq!(left.len(), 2, "the later entry stays");
    // Of a delivery that is gone nothing is left to wait.
    let gone = of("se-1", "gone", 3);
    store.put_held(&gone, false).await.unwrap();
    for _ in 0..2 {
        assert_eq!(store.held_deliveries(&acme, &one, 10, 0).await.unwrap().0.len(), 2);
    }
}

#[tokio::test]
async fn a_retry_is_put_off_by_one_of_those_who_find_it_due() {
    let store = store().await;
    let acme = account("acme");
    let new = delivery("msg_1", 0);
    store.put_delivery(&new).await.unwrap();
    let (from, to) = (at("2026-11-20T14:08:00Z"), at("2026-11-20T14:13:00Z"));
    let waiting = DeliveryState::Waiting { retry_at: from };
    store.set_delivery_state(&acme, &new.id, waiting).await.unwrap();
    assert!(store.put_off_retry(&acme, &new.id, from, to).await.unwrap());
    assert!(!store.put_off_retry(&acme, &new.id, from, to).await.unwrap());
    store
        .set_delivery_state(&acme, &new.id, DeliveryState::Delivered)
        .await
        .unwrap();
    assert!(!store.put_off_retry(&acme, &new.id, to, from).await.unwrap());
}
