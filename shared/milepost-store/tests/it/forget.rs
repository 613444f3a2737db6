use milepost_model::*;

use crate::support::{bundle, number, store, usps};

#[tokio::test]
async fn a_parcel_is_erased_and_remembered_as_a_hash_until_its_day() {
    let store = store().await;
    let (erased, kept) = (number("9405511899223197428490"), number("9405511899223197428491"));
    for number in [&erased, &kept] {
        store
            .put_bundles(&[bundle(number, 1), bundle(number, 2)])
            .await
            .unwrap();
    }
    assert!(!store.forgotten(0).await.unwrap().has(&usps(), &erased));
    assert_eq!(store.forget(&usps(), &erased, 1_000).await.unwrap(), 2);
    assert!(store.number(&erased, 0).await.unwrap().bundles.is_empty());
    assert_eq!(store.number(&kept, 0).await.unwrap().bundles.len(), 2);

    let forgotten = store.forgotten(999).await.unwrap();
    assert!(forgotten.has(&usps(), &erased) && !forgotten.has(&usps(), &kept));
    let ups = CarrierCode::parse("ups").unwrap();
    assert!(!forgotten.has(&ups, &erased), "numbers are of carriers");
    assert!(store.is_forgotten(&usps(), &erased, 999).await.unwrap());
    assert!(!store.is_forgotten(&usps(), &erased, 1_000).await.unwrap());
    assert!(!store.forgotten(1_000).await.unwrap().has(&usps(), &erased));
    // Asked again, nothing is left to erase.
    assert_eq!(store.forget(&usps(), &erased, 2_000).await.unwrap(), 0);
}

#[tokio::test]
async fn more_hashes_than_a_page_are_all_read() {
    let store = store().await;
    for nth in 0..60 {
        store
            .forget(&usps(), &number(&format!("94055118992231974{nth:05}")), 1_000)
            .await
            .unwrap();
    }
    let forgotten = store.forgotten(0).await.unwrap();
    assert!((0..60).all(|nth| forgotten.has(&usps(), &number(&format!("94055118992231974{nth:05}")))));
}
