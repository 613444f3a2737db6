//! A DynamoDB that refuses, hands back, fails, and does what it was told without saying so.

use std::collections::BTreeSet;

use milepost_model::*;
use milepost_store::{ApiKey, Checkpoint, KeyHash, KeyScopes, StoreError};

use crate::deliveries::{attempt, delivery, range};
use crate::followers::follower;
use crate::ledger::file;
use crate::support::{Fate, TABLE, account, at, bundle, faulty, number};

fn numbers(count: usize) -> Vec<TrackingNumber> {
    (0..count)
        .map(|nth| number(&format!("94055118992231{nth:05}X")))
        .collect()
}

fn one_each(numbers: &[TrackingNumber]) -> Vec<Bundle> {
    (0..).zip(numbers).map(|(nth, number)| bundle(number, nth)).collect()
}

/// All bundles are in the table once.
async fn assert_stored(store: &milepost_store::Store, bundles: &[Bundle]) {
    for bundle in bundles {
        let read = store.number(&bundle.number, 0).await.unwrap();
        assert_eq!(read.bundles, std::slice::from_ref(bundle));
    }
}

#[tokio::test]
async fn what_is_handed_back_is_resent_in_full_batches() {
    let table = faulty(|nth, call| match call.operation.as_str() {
        "BatchWriteItem" if nth % 2 == 0 => Fate::HandBack(12),
        _ => Fate::Pass,
    })
    .await;
    let bundles = one_each(&numbers(100));
    table.store.put_bundles(&bundles).await.unwrap();
    let sizes: Vec<usize> = table
        .calls()
        .iter()
        .map(|call| call.request["RequestItems"][TABLE].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [25, 25, 25, 25, 24, 12], "100 items, and 36 handed back");
    assert_stored(&table.plain, &bundles).await;
}

#[tokio::test]
async fn no_batch_has_a_key_twice() {
    let table = faulty(|nth, _| if nth % 2 == 0 { Fate::HandBack(20) } else { Fate::Pass }).await;
    let mut bundles = one_each(&numbers(60));
    bundles.extend_from_within(..);
    table.store.put_bundles(&bundles).await.unwrap();
    for call in table.calls() {
        let puts = call.request["RequestItems"][TABLE].as_array().unwrap();
        let keys: BTreeSet<String> = puts
            .iter()
            .map(|put| format!("{}{}", put["PutRequest"]["Item"]["pk"], put["PutRequest"]["Item"]["sk"]))
            .collect();
        assert_eq!(keys.len(), puts.len());
    }
    assert_stored(&table.plain, &bundles[..60]).await;
}

#[tokio::test]
async fn throttling_and_failures_pass() {
    let refusals = [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ThrottlingException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ];
    let table = faulty(move |nth, _| match refusals.get(nth % 5) {
        Some((status, code)) => Fate::Refuse(*status, code),
        None => Fate::Pass,
    })
    .await;
    let bundles = one_each(&numbers(80));
    table.store.put_bundles(&bundles).await.unwrap();
    assert_stored(&table.plain, &bundles).await;
}

#[tokio::test]
async fn a_table_that_takes_nothing_is_given_up_as_retryable() {
    let table = faulty(|_, _| Fate::HandBack(25)).await;
    let error = table.store.put_bundles(&one_each(&numbers(30))).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy { left: 30, tries: 8, .. }), "{error}");
    assert_eq!(error.class(), ErrorClass::Retry);
    assert_eq!(table.count("BatchWriteItem"), 8);

    let table = faulty(|_, _| Fate::Refuse(400, "ThrottlingException")).await;
    let error = table.store.put_bundles(&one_each(&numbers(30))).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Retry);
    assert_eq!(table.count("BatchWriteItem"), 8);
    let text = error.to_string();
    assert!(
        text.contains(TABLE) && text.contains("BatchWriteItem") && text.contains("ThrottlingException"),
        "{text}"
    );
}

#[tokio::test]
async fn slow_progress_is_not_given_up() {
    // One item of each batch is taken: twenty-four times in a row something comes back.
    let table = faulty(|_, call| {
        let size = call.request["RequestItems"][TABLE].as_array().unwrap().len();
        Fate::HandBack(size - 1)
    })
    .await;
    let bundles = one_each(&numbers(25));
    table.store.put_bundles(&bundles).await.unwrap();
    assert_eq!(table.count("BatchWriteItem"), 25);
    assert_stored(&table.plain, &bundles).await;
}

#[tokio::test]
async fn a_wrong_request_is_not_tried_again() {
    let cases = [
        ("ValidationException", ErrorClass::Permanent),
        ("AccessDeniedException", ErrorClass::Caller),
        ("ResourceNotFoundException", ErrorClass::Caller),
    ];
    for (code, class) in cases {
        let table = faulty(move |_, _| Fate::Refuse(400, code)).await;
        let error = table.store.put_bundles(&one_each(&numbers(1))).await.unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(table.calls().len(), 1);
        assert!(!format!("{error} {error:?}").contains("94055118992231"), "{error:?}");
    }
}

#[tokio::test]
async fn puts_that_were_done_without_an_answer_are_harmless() {
    let table = faulty(|nth, _| match nth % 3 {
        0 => Fate::Lose,
        1 => Fate::Break,
        _ => Fate::Pass,
    })
    .await;
    let bundles = one_each(&numbers(60));
    table.store.put_bundles(&bundles).await.unwrap();
    assert_stored(&table.plain, &bundles).await;
}

#[tokio::test]
async fn keys_that_come_back_are_asked_again() {
    let table = faulty(|nth, _| match nth {
        0 => Fate::Refuse(400, "ThrottlingException"),
        1 => Fate::HandBack(100),
        _ if nth % 2 == 0 => Fate::HandBack(60),
        _ => Fate::Pass,
    })
    .await;
    let numbers = numbers(150);
    for number in &numbers {
        table.plain.mark_followed(number, 9_999_999_999).await.unwrap();
    }
    assert_eq!(table.store.followed(&numbers).await.unwrap(), numbers);

    let table = faulty(|_, _| Fate::HandBack(100)).await;
    let error = table.store.followed(&numbers).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Retry);
}

/// The first call of each operation is done and its answer lost.
fn lost_once() -> impl FnMut(usize, &crate::support::Call) -> Fate + Send + 'static {
    let mut lost = BTreeSet::new();
    move |nth, call| {
        if lost.insert(call.operation.clone()) {
            if nth % 2 == 0 { Fate::Lose } else { Fate::Break }
        } else {
            Fate::Pass
        }
    }
}

#[tokio::test]
async fn a_start_done_without_an_answer_is_new() {
    let table = faulty(lost_once()).await;
    let follower = follower(&number("9405511899223197428490"), "acme");
    assert!(table.store.put_follower(&follower).await.unwrap());
    assert!(!table.store.put_follower(&follower).await.unwrap());
    assert_eq!(table.count("PutItem"), 3);
}

#[tokio::test]
async fn a_delivery_put_without_an_answer_is_new_and_sent() {
    // The put of the standing, not that of the body, is lost.
    let table = faulty(|nth, _| if nth == 1 { Fate::Lose } else { Fate::Pass }).await;
    assert!(table.store.put_delivery(&delivery("msg_1", 0)).await.unwrap());
    assert!(!table.store.put_delivery(&delivery("msg_1", 0)).await.unwrap());
}

#[tokio::test]
async fn an_attempt_recorded_without_an_answer_is_there_once() {
    let table = faulty(lost_once()).await;
    let new = delivery("msg_1", 0);
    table.plain.put_delivery(&new).await.unwrap();
    let acme = account("acme");
    let recorded = table
        .store
        .record_attempt(&acme, &new.id, &attempt(0), DeliveryState::Delivered, 0)
        .await;
    assert!(recorded.unwrap());
    assert_eq!(table.count("UpdateItem"), 2);
    let read = table.plain.delivery(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!(read.attempts, [attempt(0)]);
}

#[tokio::test]
async fn a_lease_taken_without_an_answer_is_held() {
    let table = faulty(lost_once()).await;
    let connection = ConnectionId::by_hand();
    let lease = table
        .store
        .take_lease(&connection, "one", 0, 1_000)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(lease.epoch, 2, "made again, under the next epoch");
    assert_eq!(
        table.store.take_lease(&connection, "two", 0, 1_000).await.unwrap(),
        None
    );
    table.store.renew_lease(&lease, 2_000).await.unwrap();
}

#[tokio::test]
async fn ledger_steps_done_without_an_answer_are_done() {
    let table = faulty(|nth, _| if nth % 2 == 0 { Fate::Lose } else { Fate::Pass }).await;
    let connection = ConnectionId::by_hand();
    let lease = table
        .store
        .take_lease(&connection, "one", 0, 1_000)
        .await
        .unwrap()
        .unwrap();
    let mut state = table.store.see_file(&lease, &file(1)).await.unwrap();
    state.checkpoint = Checkpoint {
        offset: 10,
        ..Checkpoint::default()
    };
    table.store.checkpoint(&lease, &state).await.unwrap();
    table.store.finish_file(&lease, &state).await.unwrap();
    table.store.renew_lease(&lease, 5_000).await.unwrap();
    let next = table.store.see_file(&lease, &file(1)).await.unwrap();
    assert!(next.done);
    assert_eq!(next.checkpoint, state.checkpoint);
    assert!(table.store.release_lease(&lease).await.unwrap());
}

#[tokio::test]
async fn a_slot_advanced_without_an_answer_is_queued_by_one() {
    let table = faulty(lost_once()).await;
    let connection = Connection {
        id: ConnectionId::parse("usps-daily").unwrap(),
        carrier_id: 0,
        carrier: crate::support::usps(),
        scope: Scope::Shared,
        source: SourceAddress::new("s3", &[("bucket", "b"), ("pattern", "*")]),
        pickup: Pickup::default(),
        layout: "usps".into(),
        layout_text: None,
        secret: None,
        schedule: Schedule::Every { minutes: 15 },
        notify_from: at("2026-11-20T14:00:00Z"),
        next_due: Some(at("2026-11-20T14:15:00Z")),
        live: None,
    };
    let (from, to) = (connection.next_due, Some(at("2026-11-20T14:30:00Z")));
    // The counter's answer is lost as well, which leaves a gap; the transaction's is lost and it is done once.
    let put = table.store.put_connection(&connection).await.unwrap().unwrap();
    assert_eq!(put.carrier_id, 2);
    assert_eq!(table.count("TransactWriteItems"), 2);

    let table = faulty(lost_once()).await;
    table.plain.put_connection(&connection).await.unwrap();
    assert!(table.store.advance_due(&connection.id, from, to).await.unwrap());
    assert!(!table.plain.advance_due(&connection.id, from, to).await.unwrap());
}

#[tokio::test]
async fn an_api_key_put_without_an_answer_is_put() {
    let table = faulty(lost_once()).await;
    let key = ApiKey {
        account: account("acme"),
        label: "shop".into(),
        created_ms: 0,
        scopes: KeyScopes::ALL,
    };
    table.store.put_api_key(KeyHash::of("a"), &key).await.unwrap();
    assert_eq!(table.store.api_key(KeyHash::of("a")).await.unwrap(), Some(key));
    assert!(table.store.revoke_api_key(KeyHash::of("a")).await.unwrap());
}

#[tokio::test]
async fn reads_are_tried_again_and_are_consistent() {
    let table = faulty(|nth, _| match nth % 3 {
        0 => Fate::Refuse(500, "InternalServerError"),
        1 => Fate::Refuse(400, "RequestLimitExceeded"),
        _ => Fate::Pass,
    })
    .await;
    let number = number("9405511899223197428490");
    table.plain.put_bundles(&[bundle(&number, 1)]).await.unwrap();
    assert_eq!(table.store.number(&number, 0).await.unwrap().bundles.len(), 1);
    assert_eq!(table.store.api_key(KeyHash::of("a")).await.unwrap(), None);
    for call in table.calls() {
        assert_eq!(call.request["ConsistentRead"], true, "{call:?}");
        assert_eq!(call.request["ReturnConsumedCapacity"], "TOTAL", "{call:?}");
    }
}

#[tokio::test]
async fn no_call_scans() {
    let table = faulty(|_, _| Fate::Pass).await;
    let acme = account("acme");
    table.store.connections(&Scope::Shared).await.unwrap();
    table.store.api_keys(&acme).await.unwrap();
    table.store.endpoints(&acme).await.unwrap();
    table.store.deliveries(&acme, range(10), 0).await.unwrap();
    assert_eq!(table.count("Query"), 4);
    assert_eq!(table.count("Scan"), 0);
}
