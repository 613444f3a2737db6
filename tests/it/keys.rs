//! Who may ask, and who sees what.

use milepost_contract::shipengine::TrackingLog;
use milepost_local::command::{Given, import_file};
use milepost_model::{AccountId, CarrierCode, KeyScope, Scope};
use milepost_runtime::NewKey;
use milepost_store::{ApiKey, KeyScopes};
use reqwest::Method;
use support::feed::{EventRow, days_ago, generic_file};
use support::hub::{TestHub, key};

const NUMBER: &str = "9405511899223197428490";
const LOOKUP: &str = "/v1/tracking?carrier_code=usps&tracking_number=9405511899223197428490";
const START: &str = "/v1/tracking/start?carrier_code=usps&tracking_number=9405511899223197428490";

async fn import_for(hub: &TestHub, scope: Scope, rows: &[EventRow]) {
    let path = hub
        .folder
        .join(format!("{}.csv", scope.as_str().replace('*', "shared")));
    std::fs::write(&path, generic_file(rows)).unwrap();
    let given = Given {
        name: "generic".to_owned(),
        text: None,
        carrier: CarrierCode::parse("usps").unwrap(),
        scope,
        quiet: false,
    };
    let bar = indicatif::ProgressBar::hidden();
    import_file(hub.hub.access(), &path, given, &bar).await.unwrap();
}

async fn events_seen(hub: &TestHub, key: &str) -> usize {
    let (status, body) = hub.call(Method::GET, LOOKUP, Some(key)).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str::<TrackingLog>(&body).unwrap().events.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_sees_its_own_and_what_is_shared() {
    let hub = TestHub::start().await;
    let other = key(&hub.hub, "other").await;
    let day = days_ago(3);
    let own = EventRow::new(NUMBER, "03", &format!("{day}T14:06:00"));
    import_for(&hub, Scope::Account(AccountId::default_account()), &[own]).await;
    assert_eq!(
        (events_seen(&hub, &hub.key).await, events_seen(&hub, &other).await),
        (1, 0)
    );
    let shared = EventRow::new(NUMBER, "01", &format!("{day}T18:30:00"));
    import_for(&hub, Scope::Shared, &[shared]).await;
    assert_eq!(
        (events_seen(&hub, &hub.key).await, events_seen(&hub, &other).await),
        (2, 1)
    );
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_does_what_it_was_made_for() {
    let hub = TestHub::start().await;
    let made = NewKey::generate().unwrap();
    let read_only = ApiKey {
        account: AccountId::default_account(),
        label: "read only".to_owned(),
        created_ms: 0,
        scopes: KeyScopes::of(&[KeyScope::Read]),
    };
    hub.hub
        .access()
        .store()
        .put_api_key(made.hash, &read_only)
        .await
        .unwrap();
    assert_eq!(hub.call(Method::GET, LOOKUP, Some(&made.text)).await.0, 200);
    let (status, body) = hub.call(Method::POST, START, Some(&made.text)).await;
    assert_eq!(status, 403);
    assert!(body.contains("write"), "{body}");
    let error: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(error["request_id"].as_str().unwrap().len(), 36, "a UUID");
    assert_eq!(hub.call(Method::GET, LOOKUP, Some("mp_unknown")).await.0, 401);
    assert_eq!(hub.call(Method::GET, LOOKUP, None).await.0, 401);
    hub.hub.stop().await;
}
