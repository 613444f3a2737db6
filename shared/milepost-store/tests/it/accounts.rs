use milepost_model::*;
use milepost_store::{ApiKey, KeyHash, KeyScopes, StoreError};

use crate::support::{account, at, sealings, store};

fn api_key(name: &str, label: &str) -> ApiKey {
    ApiKey {
        account: account(name),
        label: label.into(),
        created_ms: 1_795_183_380_123,
        scopes: KeyScopes {
            admin: false,
            ..KeyScopes::ALL
        },
    }
}

#[tokio::test]
async fn api_keys_are_found_listed_and_revoked() {
    let store = store().await;
    let (one, two, other) = (KeyHash::of("one"), KeyHash::of("two"), KeyHash::of("other"));
    store.put_api_key(one, &api_key("acme", "shop")).await.unwrap();
    store.put_api_key(two, &api_key("acme", "till")).await.unwrap();
    store.put_api_key(other, &api_key("zeta", "shop")).await.unwrap();
    assert_eq!(store.api_key(one).await.unwrap(), Some(api_key("acme", "shop")));
    assert_eq!(store.api_key(KeyHash::of("guess")).await.unwrap(), None);
    let mut expect = vec![(one, api_key("acme", "shop")), (two, api_key("acme", "till"))];
    expect.sort_by_key(|(hash, _)| *hash);
    assert_eq!(store.api_keys(&account("acme")).await.unwrap(), expect);

    store.put_api_key(one, &api_key("acme", "web shop")).await.unwrap();
    assert_eq!(store.api_key(one).await.unwrap(), Some(api_key("acme", "web shop")));

    assert!(store.revoke_api_key(one).await.unwrap());
    assert!(!store.revoke_api_key(one).await.unwrap());
    assert_eq!(store.api_key(one).await.unwrap(), None);
    assert_eq!(
        store.api_keys(&account("acme")).await.unwrap(),
        [(two, api_key("acme", "till"))]
    );
    assert_eq!(store.api_keys(&account("zeta")).await.unwrap().len(), 1);
}

fn endpoint(id: &str) -> Endpoint {
    Endpoint {
        id: EndpointId(id.into()),
        account: account("acme"),
        url: "https://example.com/hooks".into(),
        secret: b"0123456789abcdef01234567".to_vec(),
        created: at("2026-11-20T14:03:00.123Z"),
        enabled: true,
    }
}

#[tokio::test]
async fn endpoints_are_put_listed_and_removed() {
    let store = store().await;
    let (one, two) = (endpoint("se-1"), endpoint("se-2"));
    store.put_endpoint(&two).await.unwrap();
    store.put_endpoint(&one).await.unwrap();
    let acme = account("acme");
    assert!(store.endpoint(&acme, &one.id).await.unwrap() == Some(one.clone()));
    assert!(store.endpoints(&acme).await.unwrap() == [one.clone(), two.clone()]);
    assert!(store.endpoint(&account("zeta"), &one.id).await.unwrap().is_none());
    let disabled = Endpoint { enabled: false, ..one };
    store.put_endpoint(&disabled).await.unwrap();
    assert_eq!(
        store.enabled_endpoints(&acme).await.unwrap(),
        std::slice::from_ref(&two.id)
    );
    assert!(store.endpoint(&acme, &disabled.id).await.unwrap() == Some(disabled.clone()));
    assert!(store.remove_endpoint(&acme, &disabled.id).await.unwrap());
    assert!(!store.remove_endpoint(&acme, &disabled.id).await.unwrap());
    assert!(store.endpoints(&acme).await.unwrap() == [two]);
}

#[tokio::test]
async fn secrets_need_their_key() {
    let stores = sealings().await;
    let (acme, one) = (account("acme"), endpoint("se-1"));
    let error = stores.none.put_endpoint(&one).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSealKey));
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.to_string().contains("sealing key"), "{error}");
    stores.ours.put_endpoint(&one).await.unwrap();
    for wrong in [
        stores.theirs.endpoint(&acme, &one.id).await.unwrap_err(),
        stores.theirs.endpoints(&acme).await.unwrap_err(),
    ] {
        assert!(matches!(wrong, StoreError::Sealed), "{wrong}");
        assert_eq!(wrong.class(), ErrorClass::Permanent);
    }
    assert_eq!(
        stores.none.enabled_endpoints(&acme).await.unwrap(),
        std::slice::from_ref(&one.id)
    );
    assert!(matches!(
        stores.none.endpoints(&acme).await.unwrap_err(),
        StoreError::NoSealKey
    ));
    assert!(stores.none.remove_endpoint(&acme, &one.id).await.unwrap());
}

#[tokio::test]
async fn counters_count_by_account_and_name() {
    let store = store().await;
    let (acme, zeta) = (account("acme"), account("zeta"));
    for expect in 1..=3 {
        assert_eq!(store.next_number(&acme, "webhook").await.unwrap(), expect);
    }
    assert_eq!(store.next_number(&acme, "tracker").await.unwrap(), 1);
    assert_eq!(store.next_number(&zeta, "webhook").await.unwrap(), 1);
}
