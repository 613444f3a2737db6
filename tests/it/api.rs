//! What holds of every route: who may ask, how it refuses, what of one account another sees.

use std::fmt::Write as _;

use milepost_contract::routes::{Entry, Family, Method, TABLE};
use milepost_model::{AccountId, KeyScope, TrackingNumber};
use milepost_runtime::NewKey;
use milepost_store::{ApiKey, KeyHash, KeyScopes, Store};
use serde_json::{Value, json};
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::http_functions::{Answer, HttpFunctions};
use support::hub::{TestHub, key};

const NUMBER: &str = "9405511899223197428490";

/// A path of the route, with a value in its braces.
fn path(entry: &Entry, value: &str) -> String {
    match entry.path.parameter() {
        Some(name) => {
            let path = entry.path.as_str();
            path.replace(&format!("{{{name}}}"), value)
                .replace(&format!("{{{name}+}}"), value)
        }
        None => entry.path.as_str().to_owned(),
    }
}

async fn key_with(store: &Store, scopes: &[KeyScope]) -> String {
    let made = NewKey::generate().unwrap();
    let api_key = ApiKey {
        account: AccountId::default_account(),
        label: "test".to_owned(),
        created_ms: 0,
        scopes: KeyScopes::of(scopes),
    };
    store.put_api_key(made.hash, &api_key).await.unwrap();
    made.text
}

/// The headers that matter and the body, without what differs from run to run.
fn steady(answer: &Answer) -> Value {
    let id = &answer.headers["x-request-id"];
    assert_eq!(id.len(), 36, "a UUID");
    let kept = [
        "allow",
        "content-type",
        "retry-after",
        "ratelimit-limit",
        "ratelimit-remaining",
    ];
    let headers = kept.iter().filter_map(|name| Some((*name, answer.headers.get(*name)?)));
    let headers: std::collections::BTreeMap<_, _> = headers.collect();
    let body = answer.body.replace(id.as_str(), "[request id]");
    json!({
        "status": answer.status,
        "headers": headers,
        "body": serde_json::from_str(&body).unwrap_or(Value::String(body)),
    })
}

/// How each route refuses: no key, a form of header that is none, a key that nobody has, one without the scope, the
/// wrong method, one request too many. Whole answers once for each family, and their statuses for each route.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_refuses_in_the_words_of_its_family() {
    let hub = TestHub::start().await;
    let store = hub.hub.access().store();
    let functions = HttpFunctions::new(hub.hub.access(), 2);
    let mut statuses = String::new();
    let mut whole = serde_json::Map::new();
    for entry in TABLE {
        let (method, path) = (entry.method.as_str(), path(entry, "x"));
        let mut refused = Vec::new();
        if let Some(scope) = entry.scope {
            let others: Vec<KeyScope> = KeyScope::ALL.into_iter().filter(|other| *other != scope).collect();
            let (without, with) = (key_with(&store, &others).await, key_with(&store, &[scope]).await);
            refused.push(("no key", functions.call(method, &path, &[], "").await));
            let malformed = [("authorization", "mp_x")];
            refused.push(("no header's form", functions.call(method, &path, &malformed, "").await));
            let bearer = [("authorization", "Bearer mp_unknown")];
            refused.push(("an unknown key", functions.call(method, &path, &bearer, "").await));
            refused.push((
                "a key for other things",
                functions.call(method, &path, &[("api-key", &without)], "").await,
            ));
            let mut last = functions.call(method, &path, &[("api-key", &with)], "").await;
            assert_ne!(last.status, 429, "{method} {path}");
            for _ in 0..10 {
                last = functions.call(method, &path, &[("api-key", &with)], "").await;
            }
            refused.push(("too many", last));
        }
        let never = [Method::Delete, Method::Put];
        let other = never.iter().find(|method| {
            TABLE
                .iter()
                .all(|line| line.path != entry.path || line.method != **method)
        });
        if let Some(other) = other {
            refused.push(("another method", functions.call(other.as_str(), &path, &[], "").await));
        }
        write!(statuses, "{method} {}:", entry.path.as_str()).unwrap();
        for (_, answer) in &refused {
            write!(statuses, " {}", answer.status).unwrap();
        }
        statuses.push('\n');
        let family = match entry.family {
            Family::ShipEngine => "ShipEngine",
            Family::Ship24 => "Ship24",
        };
        if refused.len() == 6 && !whole.contains_key(family) {
            let answers: serde_json::Map<_, _> = refused
                .iter()
                .map(|(what, answer)| ((*what).to_owned(), steady(answer)))
                .collect();
            whole.insert(family.to_owned(), answers.into());
        }
    }
    for (family, path) in [
        ("ShipEngine nowhere", "/v1/track"),
        ("Ship24 nowhere", "/v1/trackers/x/y"),
    ] {
        let answer = functions.call("GET", path, &[], "").await;
        whole.insert(family.to_owned(), steady(&answer));
    }
    insta::assert_snapshot!("statuses", statuses);
    insta::assert_json_snapshot!("refusals", whole);
    hub.hub.stop().await;
}

/// A key that was found is believed for less than a minute, so that is how long one that is revoked goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_stops_within_a_minute() {
    let hub = TestHub::start().await;
    let store = hub.hub.access().store();
    let functions = HttpFunctions::new(hub.hub.access(), 0);
    let key = key_with(&store, &[KeyScope::Read]).await;
    let headers = [("api-key", key.as_str())];
    let status = async || functions.call("GET", "/v1/carriers", &headers, "").await.status;
    assert_eq!(status().await, 200);
    let hash = KeyHash::of(&key);
    assert!(store.known_key(hash).await.unwrap().unwrap().last_used_ms.is_some());
    assert!(store.revoke_api_key(hash).await.unwrap());
    functions.pass(60);
    assert_eq!(status().await, 401);
    assert_eq!(store.known_key(hash).await.unwrap(), None, "its use brings it not back");
    hub.hub.stop().await;
}

/// Faults 29: whatever route one account calls, with whatever id of another's, it learns nothing of the other's, and
/// nothing of the other's changes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_reads_or_changes_what_is_anothers() {
    /// Stands in everything that is the first account's.
    const MARKER: &str = "MARKERVILLE";
    let hub = TestHub::start().await;
    let functions = HttpFunctions::new(hub.hub.access(), 0);
    let other = key(&hub.hub, "other").await;
    let store = hub.hub.access().store_with_secrets().await.unwrap();

    let mut row = EventRow::new(NUMBER, "03", &format!("{}T14:06:00", days_ago(3)));
    row.city = MARKER.to_owned();
    let bad = format!("{MARKER},03,x,never,{MARKER},,,US,,,\n");
    import_text(&hub.hub, &format!("{MARKER}.csv"), &(generic_file(&[row]) + &bad)).await;
    hub.add_webhook(&format!("https://hook.example/{MARKER}")).await;
    let own = [("api-key", hub.key.as_str())];
    let start = format!("/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}&label_id=se-7");
    assert_eq!(functions.call("POST", &start, &own, "").await.status, 204);
    let listed = functions.call("GET", "/v1/imports", &own, "").await;
    assert!(listed.body.contains(MARKER), "{}", listed.body);
    let imports: Value = serde_json::from_str(&listed.body).unwrap();
    let import = imports["imports"][0]["id"].as_str().unwrap().to_owned();

    let view = async || {
        let mut view = Vec::new();
        for target in [
            format!("/v1/tracking?carrier_code=usps&tracking_number={NUMBER}"),
            "/v1/labels/se-7/track".to_owned(),
            "/v1/imports".to_owned(),
            format!("/v1/imports/{import}"),
        ] {
            let answer = functions.call("GET", &target, &own, "").await;
            assert_eq!(answer.status, 200, "{target}: {}", answer.body);
            assert!(answer.body.contains(MARKER), "{target}: {}", answer.body);
            view.push(answer.body);
        }
        let account = AccountId::default_account();
        let number = TrackingNumber::parse(NUMBER).unwrap();
        let endpoints: Vec<_> = store
            .endpoints(&account)
            .await
            .unwrap()
            .into_iter()
            .map(|e| (e.url, e.secret, e.enabled))
            .collect();
        let mut followers = store.number(&number, 0).await.unwrap().followers;
        followers.retain(|follower| follower.account == account);
        assert_eq!((endpoints.len(), followers.len()), (1, 1));
        view.push(format!("{endpoints:?} {followers:?}"));
        view
    };
    let before = view().await;

    let default = AccountId::default_account();
    let query = format!(
        "carrier_code=usps&carrier_id=&tracking_number={NUMBER}&label_id=se-7&connection=by-hand&account=default"
    );
    let body = json!({"trackingNumber": NUMBER, "clientTrackerId": "se-7", "url": "https://hook.example/mine", "event": "track", "account": "default"});
    for entry in TABLE {
        for id in ["se-1", "se-7", NUMBER, import.as_str(), "default", "*"] {
            for pretends in [
                ("on-behalf-of", "default"),
                ("x-account", "default"),
                ("x-api-key", hub.key.as_str()),
            ] {
                let headers = [("api-key", other.as_str()), pretends];
                let target = format!("{}?{query}", path(entry, id));
                let answer = functions
                    .call(entry.method.as_str(), &target, &headers, &body.to_string())
                    .await;
                assert!(
                    !answer.body.contains(MARKER),
                    "{} {target}: {}",
                    entry.method.as_str(),
                    answer.body
                );
                assert_ne!(
                    answer.status, 403,
                    "what is another's is not told from nothing: {target}"
                );
                assert!(
                    answer.status < 500,
                    "{} {target}: {}",
                    entry.method.as_str(),
                    answer.body
                );
            }
        }
    }
    assert_eq!(view().await, before);
    let known = store
        .label(&default, &milepost_model::LabelId::parse("se-7").unwrap(), 0)
        .await
        .unwrap();
    assert_eq!(known.unwrap().number.as_str(), NUMBER);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_label_names_a_parcel() {
    let hub = TestHub::start().await;
    let functions = HttpFunctions::new(hub.hub.access(), 0);
    let headers = [("authorization", format!("Bearer {}", hub.key))];
    let headers = [(headers[0].0, headers[0].1.as_str())];
    let row = EventRow::new(NUMBER, "01", &format!("{}T14:06:00", days_ago(3)));
    import_text(&hub.hub, "rows.csv", &generic_file(&[row])).await;
    let track = async |label: &str| {
        functions
            .call("GET", &format!("/v1/labels/{label}/track"), &headers, "")
            .await
    };
    assert_eq!(track("se-28529731").await.status, 404);
    let start = |number: &str| {
        format!("/v1/tracking/start?carrier_code=stamps_com&tracking_number={number}&label_id=se-28529731")
    };
    for _ in 0..2 {
        assert_eq!(
            functions.call("POST", &start(NUMBER), &headers, "null").await.status,
            204
        );
    }
    let answer = track("se-28529731").await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let said = [
        "label_id",
        "tracking_status",
        "tracking_number",
        "carrier_code",
        "status_code",
    ]
    .map(|name| body[name].as_str().unwrap());
    assert_eq!(said, ["se-28529731", "delivered", NUMBER, "usps", "DE"]);
    assert_eq!(body["carrier_id"], 0, "of no connection");
    let taken = functions
        .call("POST", &start("9405511899223197428506"), &headers, "")
        .await;
    assert_eq!(taken.status, 400);
    assert!(taken.body.contains("\"field_name\":\"label_id\""), "{}", taken.body);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_are_told_newest_first_with_their_rejects() {
    let hub = TestHub::start().await;
    let row = EventRow::new(NUMBER, "01", &format!("{}T14:06:00", days_ago(3)));
    import_text(&hub.hub, "first.csv", &generic_file(&[row.clone()])).await;
    let bad: String = (0..1_200).map(|_| "N/A,01,x,2026-11-20T10:00:00,,,,US,,,\n").collect();
    // A file of which more than a share is bad is given up.
    let good: Vec<EventRow> = (0..5_000)
        .map(|nth| EventRow {
            // Repeats, which cost nothing to store.
            number: format!("94001118992231{:08}", nth % 50),
            ..row.clone()
        })
        .collect();
    import_text(&hub.hub, "second.csv", &(generic_file(&good) + &bad)).await;
    let get = async |target: &str| {
        let (status, body) = hub.get(target).await;
        assert_eq!(status, 200, "{target}: {body}");
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let listed = get("/v1/imports").await;
    let imports = listed["imports"].as_array().unwrap();
    let names: Vec<_> = imports
        .iter()
        .map(|import| import["files"][0].as_str().unwrap())
        .collect();
    assert_eq!(names, ["second.csv", "first.csv"]);
    assert_eq!(
        get("/v1/imports?limit=1&connection=by-hand").await["imports"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let second = get(&format!("/v1/imports/{}", imports[0]["id"].as_str().unwrap())).await;
    assert_eq!(
        (second["rejected"].as_u64(), second["rejects_complete"].as_bool()),
        (Some(1_200), Some(false))
    );
    assert_eq!(second["rejects"].as_array().unwrap().len(), 1_000);
    assert_eq!(second["rejects"][0]["reason"], "placeholder_number");
    let first = get(&format!("/v1/imports/{}", imports[1]["id"].as_str().unwrap())).await;
    assert_eq!(
        (
            first["rejects"].as_array().unwrap().len(),
            first["rejects_complete"].as_bool()
        ),
        (0, Some(true))
    );
    for target in [
        "/v1/imports?limit=0",
        "/v1/imports?limit=many",
        "/v1/imports?connection=A",
    ] {
        assert_eq!(hub.get(target).await.0, 400, "{target}");
    }
    for target in ["/v1/imports/by-hand.1", "/v1/imports/nobody.1", "/v1/imports/what"] {
        assert_eq!(hub.get(target).await.0, 404, "{target}");
    }
    hub.hub.stop().await;
}

/// What needs no key, on a socket: and a page whose name points here is not let in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_describes_itself_to_anybody_and_answers_to_its_own_name() {
    let hub = TestHub::start().await;
    let (status, health) = hub.call(reqwest::Method::GET, "/health", None).await;
    assert_eq!(
        (status, health.as_str()),
        (200, "{\"status\":\"ok\",\"version\":\"0.0.0\"}")
    );
    let (status, document) = hub.call(reqwest::Method::GET, "/openapi.json", None).await;
    assert_eq!(status, 200);
    assert_eq!(serde_json::from_str::<Value>(&document).unwrap()["openapi"], "3.1.0");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (host, expect) in [("rebound.example", 421), ("localhost:8080", 200)] {
        let request = client.get(format!("{}/health", hub.url)).header("host", host);
        assert_eq!(request.send().await.unwrap().status().as_u16(), expect, "{host}");
    }
    hub.hub.stop().await;
}

/// Faults 30: a body that is too large is refused, whoever sends it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_ten_megabytes_is_refused() {
    let hub = TestHub::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("{}/v1/trackers", hub.url))
        .body(vec![b' '; 10 << 20]);
    // The hub may answer, and close, before all of it is sent.
    if let Ok(answer) = request.send().await {
        assert_eq!(answer.status().as_u16(), 413);
    }
    assert_eq!(hub.get("/health").await.0, 200);
    hub.hub.stop().await;
}
