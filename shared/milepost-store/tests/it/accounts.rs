use milepost_model::*;
use milepost_store::{ApiKey, KeyHash, KeyScopes, KnownKey, StoreError};

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
    let known = |hash, label| KnownKey {
        hash,
        key: api_key("acme", label),
        last_used_ms: None,
    };
    let mut expect = vec![known(one, "shop"), known(two, "till")];
    expect.sort_by_key(|known| known.hash);
    assert_eq!(store.api_keys(&account("acme")).await.unwrap(), expect);

    store.put_api_key(one, &api_key("acme", "web shop")).await.unwrap();
    assert_eq!(store.api_key(one).await.unwrap(), Some(api_key("acme", "web shop")));

    assert!(store.revoke_api_key(one).await.unwrap());
    assert!(!store.revoke_api_key(one).await.unwrap());
    assert_eq!(store.api_key(one).await.unwrap(), None);
    assert_eq!(store.api_keys(&account("acme")).await.unwrap(), [known(two, "till")]);
    assert_eq!(store.api_keys(&account("zeta")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_use_of_a_key_is_noted_at_most_hourly() {
    const HOUR: i64 = 3_600_000;
    let store = store().await;
    let hash = KeyHash::of("one");
    store.put_api_key(hash, &api_key("acme", "shop")).await.unwrap();
    let begun = 1_795_183_380_123;
    let last_used = async || store.known_key(hash).await.unwrap().unwrap().last_used_ms;
    assert_eq!(last_used().await, None);
    let before = store.used().write_units;
    assert!(store.note_key_use(hash, begun).await.unwrap());
    assert!(!store.note_key_use(hash, begun + HOUR - 1).await.unwrap());
    assert_eq!(last_used().await, Some(begun));
    assert!(store.note_key_use(hash, begun + HOUR).await.unwrap());
    assert!(
        (store.used().write_units - before - 2.0).abs() < 0.01,
        "one unit for each that was written"
    );
    let listed = store.api_keys(&account("acme")).await.unwrap();
    assert_eq!(listed[0].last_used_ms, Some(begun + HOUR));
    assert!(listed[0].is_use_news(begun + 2 * HOUR) && !listed[0].is_use_news(begun + 2 * HOUR - 1));
    store.revoke_api_key(hash).await.unwrap();
    assert!(
        !store.note_key_use(hash, begun + 9 * HOUR).await.unwrap(),
        "no use brings a key back"
    );
    assert_eq!(store.known_key(hash).await.unwrap(), None);
}

#[tokio::test]
async fn accounts_are_added_once_and_listed() {
    let store = store().await;
    let (acme, zeta) = (account("acme"), account("zeta"));
    assert!(!store.has_account(&acme).await.unwrap());
    assert!(store.add_account(&zeta, 7).await.unwrap());
    assert!(store.add_account(&acme, 5).await.unwrap());
    assert!(!store.add_account(&acme, 9).await.unwrap());
    assert!(store.has_account(&acme).await.unwrap());
    assert!(store.has_account(&AccountId::default_account()).await.unwrap());
    assert_eq!(store.accounts().await.unwrap(), [(acme, 5), (zeta, 7)]);
}

#[tokio::test]
async fn a_label_is_one_parcel_of_its_account() {
    let store = store().await;
    let label = |id, number| Label {
        id: LabelId::parse(id).unwrap(),
        carrier: CarrierCode::parse("usps").unwrap(),
        number: TrackingNumber::parse(number).unwrap(),
    };
    let (one, other) = (
        label("se-1", "9405511899223197428490"),
        label("se-1", "9405511899223197428506"),
    );
    let (acme, zeta) = (account("acme"), account("zeta"));
    assert!(store.put_label(&acme, &one, 100).await.unwrap());
    assert!(
        store.put_label(&acme, &one, 200).await.unwrap(),
        "again, and nothing changes"
    );
    assert!(!store.put_label(&acme, &other, 100).await.unwrap());
    assert!(store.put_label(&zeta, &other, 100).await.unwrap());
    assert_eq!(store.label(&acme, &one.id, 99).await.unwrap(), Some(one.clone()));
    assert_eq!(store.label(&zeta, &one.id, 99).await.unwrap(), Some(other));
    assert_eq!(store.label(&acme, &one.id, 100).await.unwrap(), None, "it has expired");
}

fn endpoint(id: &str) -> Endpoint {
    Endpoint {
        id: EndpointId(id.into()),
        account: account("acme"),
        url: "https://example.com/hooks".into(),
        name: None,
        store_id: None,
        style: EndpointStyle::ShipEngine,
        filter: EndpointFilter::of_all(Tell::StatusChanges),
        created: at("2026-11-20T14:03:00.123Z"),
        standing: Standing::Enabled,
        circuit: Circuit::default(),
    }
}

fn secrets() -> EndpointSecrets {
    EndpointSecrets::new(b"0123456789abcdef01234567".to_vec())
}

#[tokio::test]
async fn endpoints_are_put_listed_and_removed() {
    let store = store().await;
    let (one, two) = (endpoint("se-1"), endpoint("se-2"));
    store.put_endpoint(&two, &secrets()).await.unwrap();
    store.put_endpoint(&one, &secrets()).await.unwrap();
    let acme = account("acme");
    let with_secrets = store.endpoint_with_secrets(&acme, &one.id).await.unwrap();
    assert!(with_secrets == Some((one.clone(), secrets())));
    assert_eq!(store.endpoint(&acme, &one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.endpoints(&acme).await.unwrap(), [one.clone(), two.clone()]);
    let with_secrets = store.endpoints_with_secrets(&acme).await.unwrap();
    assert!(with_secrets == [(one.clone(), secrets()), (two.clone(), secrets())]);
    assert!(store.endpoint(&account("zeta"), &one.id).await.unwrap().is_none());
    assert!(store.remove_endpoint(&acme, &one.id).await.unwrap());
    assert!(!store.remove_endpoint(&acme, &one.id).await.unwrap());
    assert_eq!(store.endpoints(&acme).await.unwrap(), [two]);
    assert!(
        !store.change_endpoint(&one, &secrets()).await.unwrap(),
        "a removal is never undone"
    );
    assert!(!store.set_standing(&acme, &one.id, Standing::Enabled).await.unwrap());
    assert!(store.endpoint(&acme, &one.id).await.unwrap().is_none());
}

#[tokio::test]
async fn owner_and_hub_change_an_endpoint_without_undoing_each_other() {
    let store = store().await;
    let acme = account("acme");
    let new = endpoint("se-1");
    store.put_endpoint(&new, &secrets()).await.unwrap();
    let resting = Circuit {
        failures: 5,
        since: Some(at("2026-11-20T14:04:00Z")),
        rests_until: Some(at("2026-11-20T14:05:00Z")),
    };
    let swap = async |from: &Circuit, to: &Circuit| store.swap_circuit(&acme, &new.id, from, to).await.unwrap();
    assert!(swap(&Circuit::default(), &resting).await);
    let probed = Circuit {
        rests_until: Some(at("2026-11-20T14:06:00Z")),
        ..resting
    };
    assert!(swap(&resting, &probed).await);
    let other = Circuit {
        rests_until: Some(at("2026-11-20T14:07:00Z")),
        ..resting
    };
    assert!(!swap(&resting, &other).await, "one of several that find the rest over");
    let changed = Endpoint {
        url: "https://example.com/other".into(),
        name: Some("shop".into()),
        filter: EndpointFilter {
            statuses: [Status::Delivered].into(),
            ..EndpointFilter::of_all(Tell::EveryEvent)
        },
        ..new.clone()
    };
    let more = EndpointSecrets {
        headers: vec![("x-shop".into(), "7".into())],
        ..secrets()
    };
    assert!(store.change_endpoint(&changed, &more).await.unwrap());
    let read = store.endpoint_with_secrets(&acme, &new.id).await.unwrap().unwrap();
    assert!(
        read == (
            Endpoint {
                circuit: probed,
                ..changed.clone()
            },
            more
        )
    );
    let standing = Standing::Disabled {
        why: DisabledWhy::Gone,
        at: at("2026-11-20T14:08:00Z"),
    };
    assert!(store.set_standing(&acme, &new.id, standing).await.unwrap());
    let read = store.endpoint(&acme, &new.id).await.unwrap().unwrap();
    assert_eq!(
        read,
        Endpoint {
            standing,
            ..changed.clone()
        }
    );
    assert!(store.set_standing(&acme, &new.id, Standing::Enabled).await.unwrap());
    assert_eq!(store.endpoint(&acme, &new.id).await.unwrap(), Some(changed));
}

#[tokio::test]
async fn secrets_need_their_key() {
    let stores = sealings().await;
    let (acme, one) = (account("acme"), endpoint("se-1"));
    let error = stores.none.put_endpoint(&one, &secrets()).await.unwrap_err();
    assert!(matches!(error, StoreError::NoSealKey));
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.to_string().contains("sealing key"), "{error}");
    stores.ours.put_endpoint(&one, &secrets()).await.unwrap();
    let wrong = stores.theirs.endpoint_with_secrets(&acme, &one.id).await.unwrap_err();
    assert!(matches!(wrong, StoreError::Sealed), "{wrong}");
    assert_eq!(wrong.class(), ErrorClass::Permanent);
    assert_eq!(stores.none.endpoints(&acme).await.unwrap(), std::slice::from_ref(&one));
    assert!(matches!(
        stores.none.endpoints_with_secrets(&acme).await.unwrap_err(),
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
