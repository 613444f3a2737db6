use milepost_model::*;
use milepost_store::{bundle_size, write_units};

use crate::support::{bundle, number, store};

#[tokio::test]
async fn what_is_put_is_read() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let bundles: Vec<Bundle> = (0..60).map(|nth| bundle(&number, nth)).collect();
    let used = store.put_bundles(&bundles).await.unwrap();
    assert_eq!(used.write_units, 60.0, "one unit each");
    assert_eq!(store.used().write_units, 60.0);
    let read = store.number(&number, 0).await.unwrap();
    assert_eq!(read.bundles, bundles);
    assert!(!read.truncated && read.followed_until.is_none() && read.unreadable == 0);
    assert!(read.used.read_units > 0.0);
}

#[tokio::test]
async fn a_replay_changes_nothing() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let bundles = [bundle(&number, 1), bundle(&number, 2)];
    store.put_bundles(&bundles).await.unwrap();
    store.put_bundles(&bundles).await.unwrap();
    assert_eq!(store.number(&number, 0).await.unwrap().bundles, bundles);
}

#[tokio::test]
async fn equal_bundles_are_put_once() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let twice = [bundle(&number, 1), bundle(&number, 1), bundle(&number, 2)];
    let used = store.put_bundles(&twice).await.unwrap();
    assert_eq!(used.write_units, 2.0);
    assert_eq!(store.number(&number, 0).await.unwrap().bundles.len(), 2);
    assert_eq!(store.put_bundles(&[]).await.unwrap().write_units, 0.0);
}

#[tokio::test]
async fn sizes_are_what_is_billed() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let mut large = bundle(&number, 1);
    for nth in 0..90_u64 {
        let mut event = large.events[0].clone();
        event.offset += 7_919 * nth;
        // Text that deflate cannot make much of.
        event.value.description = format!("{:x}", nth.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(2);
        large.events.push(event);
    }
    let units = write_units(bundle_size(&large));
    assert!(units > 1, "{units}");
    let used = store.put_bundles(std::slice::from_ref(&large)).await.unwrap();
    assert_eq!(used.write_units, f64::from(u32::try_from(units).unwrap()));
    assert_eq!(store.number(&number, 0).await.unwrap().bundles, [large]);
}

#[tokio::test]
async fn calls_at_once_share_a_store() {
    let store = store().await;
    let numbers: Vec<TrackingNumber> = (0..8)
        .map(|nth| number(&format!("94055118992231974284{nth}X")))
        .collect();
    let mut tasks = Vec::new();
    for number in numbers.clone() {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let bundles: Vec<Bundle> = (0..30).map(|nth| bundle(&number, nth)).collect();
            store.put_bundles(&bundles).await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(store.used().write_units, 240.0);
    for number in &numbers {
        assert_eq!(store.number(number, 0).await.unwrap().bundles.len(), 30);
    }
    assert_eq!(store.metered().used().write_units, 0.0, "a count of its own");
}
