//! Ship24's trackers over HTTP: what each route answers, who sees what, and what happens at once.

use std::collections::BTreeSet;

use milepost_store::Store;
use reqwest::Method;
use serde_json::{Value, json};
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::{TestHub, key};

const NUMBER: &str = "9405511899223197428490";

/// Calls with a body: status and JSON.
struct Caller<'a> {
    hub: &'a TestHub,
    key: &'a str,
    client: reqwest::Client,
}

impl<'a> Caller<'a> {
    fn new(hub: &'a TestHub, key: &'a str) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { hub, key, client }
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.hub.url);
        let mut request = self
            .client
            .request(method, url)
            .header("Authorization", format!("Bearer {}", self.key));
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call(Method::PATCH, path, Some(body)).await
    }

    /// Creates a tracker and answers its id.
    async fn create(&self, body: &Value) -> String {
        let (status, answer) = self.post("/public/v1/trackers", body).await;
        assert_eq!(status, 201, "{answer}");
        answer["data"]["tracker"]["trackerId"].as_str().unwrap().to_owned()
    }
}

/// Ids and times of creation as words, and the days of events as their distance from today.
fn settled(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    match (name.as_str(), &field) {
                        ("trackerId" | "shipmentId" | "eventId", Value::String(_)) => *field = json!("<id>"),
                        ("createdAt", Value::String(at)) => {
                            assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
                            *field = json!("<time>");
                        }
                        _ => walk(field),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(walk),
            Value::String(text) => {
                for days in 0..5 {
                    *text = text.replace(&days_ago(days).to_string(), &format!("<{days} days ago>"));
                }
            }
            _ => {}
        }
    }
    walk(&mut value);
    value
}

/// Three events of a parcel, the last two days ago or, with `delivered`, a delivery yesterday.
async fn import(hub: &TestHub, number: &str, delivered: bool) {
    let day = |days, time: &str| format!("{}T{time}", days_ago(days));
    let mut rows = vec![
        EventRow::new(number, "03", &day(4, "08:00:00")),
        EventRow::new(number, "??", &day(3, "09:30:00")),
        EventRow::new(number, "OF", &day(2, "07:15:00")),
    ];
    if delivered {
        rows.push(EventRow::new(number, "01", &day(1, "14:03:00")));
    }
    import_text(&hub.hub, &format!("{number}-{delivered}.csv"), &generic_file(&rows)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_route_answers() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    import(&hub, NUMBER, true).await;
    let body = json!({
        "trackingNumber": NUMBER, "courierCode": ["us-post"], "clientTrackerId": "mine", "shipmentReference": "ref",
        "destinationCountryCode": "USA", "destinationPostCode": "64862", "recipient": {"name": "Jane"},
    });
    let (status, created) = caller.post("/public/v1/trackers", &body).await;
    assert_eq!(status, 201);
    insta::assert_json_snapshot!("created", settled(created.clone()));
    let id = created["data"]["tracker"]["trackerId"].as_str().unwrap().to_owned();
    let (status, again) = caller.post("/v1/trackers", &body).await;
    assert_eq!((status, &again), (201, &created), "the same, under either path");

    let (status, one) = caller.get(&format!("/public/v1/trackers/{id}")).await;
    assert_eq!(status, 200);
    insta::assert_json_snapshot!("one", settled(one.clone()));
    for same in [
        format!("/v1/trackers/{id}?searchBy=trackerId"),
        "/v1/trackers/mine?searchBy=clientTrackerId".into(),
    ] {
        assert_eq!(caller.get(&same).await, (200, one.clone()), "{same}");
    }
    let (status, page) = caller.get("/public/v1/trackers?page=1&limit=10").await;
    assert_eq!(status, 200);
    assert_eq!(page, json!({"data": {"trackers": [one["data"]["tracker"]]}}));

    let (status, results) = caller.get(&format!("/public/v1/trackers/{id}/results")).await;
    assert_eq!(status, 200);
    insta::assert_json_snapshot!("results", settled(results.clone()));
    assert_eq!(
        caller.get("/v1/trackers/mine/results?searchBy=clientTrackerId").await,
        (200, results.clone())
    );
    let by_number = format!("/public/v1/trackers/search/{NUMBER}/results");
    assert_eq!(caller.get(&by_number).await, (200, results.clone()));
    assert_eq!(caller.post("/public/v1/trackers/track", &body).await, (201, results));
    let (status, found) = caller
        .post("/public/v1/tracking/search", &json!({"trackingNumber": NUMBER}))
        .await;
    assert_eq!(status, 201);
    assert_eq!(found["data"]["trackings"][0].get("tracker"), None);
    assert_eq!(
        found["data"]["trackings"][0]["shipment"]["statusMilestone"],
        "delivered"
    );

    let (status, patched) = caller
        .patch(
            &format!("/public/v1/trackers/{id}"),
            &json!({"destinationPostCode": "64863"}),
        )
        .await;
    assert_eq!((status, patched), (200, one));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    let other = key(&hub.hub, "other").await;
    let stranger = Caller::new(&hub, &other);
    let id = caller
        .create(&json!({"trackingNumber": NUMBER, "clientTrackerId": "mine"}))
        .await;
    let none = "/v1/trackers/00000000-0000-8000-8000-000000000000";
    let mut answers = Vec::new();
    let calls: [(Method, String, Option<Value>); 17] = [
        (Method::POST, "/v1/trackers".into(), Some(json!({}))),
        (
            Method::POST,
            "/v1/trackers".into(),
            Some(json!({"trackingNumber": "123456789", "title": 7})),
        ),
        (
            Method::POST,
            "/v1/trackers".into(),
            Some(json!({"trackingNumber": NUMBER, "shippingDate": "2020-01-01"})),
        ),
        (
            Method::POST,
            "/v1/trackers".into(),
            Some(json!({"trackingNumber": "AB12345678", "clientTrackerId": "mine"})),
        ),
        (Method::POST, "/v1/trackers".into(), None),
        (Method::POST, "/v1/trackers/track".into(), Some(json!([]))),
        (Method::POST, "/v1/trackers/bulk".into(), Some(json!([]))),
        (Method::POST, "/v1/trackers/bulk".into(), Some(json!({"tracker": []}))),
        (
            Method::POST,
            "/v1/trackers/bulk".into(),
            Some(json!(vec![json!({}); 101])),
        ),
        (
            Method::POST,
            "/v1/trackers/bulk".into(),
            Some(json!([7, {"title": "t"}])),
        ),
        (Method::GET, none.into(), None),
        (Method::GET, "/v1/trackers/mine".into(), None),
        (Method::GET, format!("{none}/results"), None),
        (Method::GET, "/v1/trackers/search/AB12345679/results".into(), None),
        (Method::PATCH, none.into(), Some(json!({"isSubscribed": false}))),
        (Method::GET, "/v1/trackers?limit=501".into(), None),
        (Method::GET, format!("/v1/trackers/{id}?searchBy=number"), None),
    ];
    for (method, path, body) in calls {
        let (status, answer) = caller.call(method.clone(), &path, body.as_ref()).await;
        let path = path.replace(&id, "<id>");
        answers.push(json!({"call": format!("{method} {path}"), "status": status, "answer": answer}));
    }
    insta::assert_json_snapshot!("refused", answers);
    for path in [
        format!("/v1/trackers/{id}"),
        format!("/v1/trackers/{id}/results"),
        "/v1/trackers/mine?searchBy=clientTrackerId".into(),
        format!("/v1/trackers/search/{NUMBER}/results"),
    ] {
        let (status, answer) = stranger.get(&path).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (404, &json!("tracker_not_found")),
            "{path}"
        );
    }
    let (status, _) = stranger
        .patch(&format!("/v1/trackers/{id}"), &json!({"isSubscribed": false}))
        .await;
    assert_eq!(status, 404);
    assert_eq!(
        stranger.get("/v1/trackers").await,
        (200, json!({"data": {"trackers": []}}))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_at_once_are_one() {
    let hub = TestHub::start().await;
    for body in [
        json!({"trackingNumber": NUMBER, "shipmentReference": "r"}),
        json!({"trackingNumber": NUMBER, "clientTrackerId": "mine"}),
    ] {
        let calls = (0..100).map(|_| {
            let (url, key, body) = (format!("{}/v1/trackers", hub.url), hub.key.clone(), body.to_string());
            tokio::spawn(async move {
                let client = reqwest::Client::builder().no_proxy().build().unwrap();
                let request = client
                    .post(url)
                    .header("API-Key", key)
                    .header("Content-Type", "application/json");
                let answer = request.body(body).send().await.unwrap();
                let status = answer.status().as_u16();
                let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
                assert_eq!(status, 201, "{answer}");
                answer["data"]["tracker"]["trackerId"].as_str().unwrap().to_owned()
            })
        });
        let mut ids = BTreeSet::new();
        for call in calls.collect::<Vec<_>>() {
            ids.insert(call.await.unwrap());
        }
        assert_eq!(ids.len(), 1, "{body}");
    }
    let caller = Caller::new(&hub, &hub.key);
    let (_, page) = caller.get("/v1/trackers").await;
    assert_eq!(page["data"]["trackers"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_bulk() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    caller.create(&json!({"trackingNumber": "AB00000001"})).await;
    let list = json!([
        {"trackingNumber": "AB00000001"},
        {"trackingNumber": "AB00000002", "title": "t"},
        {"trackingNumber": "ab00000002"},
        {"trackingNumber": "?"},
    ]);
    let (status, mixed) = caller.post("/v1/trackers/bulk", &list).await;
    assert_eq!(status, 207);
    insta::assert_json_snapshot!("bulk", settled(mixed));
    let (status, wrapped) = caller
        .post(
            "/v1/trackers/bulk",
            &json!({"trackers": [{"trackingNumber": "AB00000003"}]}),
        )
        .await;
    assert_eq!((status, &wrapped["status"]), (201, &json!("success")));
    let hundred: Vec<Value> = (0..100)
        .map(|nth| json!({"trackingNumber": format!("CD{nth:08}")}))
        .collect();
    let (status, all) = caller.post("/v1/trackers/bulk", &json!(hundred)).await;
    assert_eq!((status, &all["summary"]["totalCreated"]), (201, &json!(100)));
    // 103 trackers, in the order of their creation, on pages without gaps.
    let number = |page: &Value, nth: usize| page["data"]["trackers"][nth]["trackingNumber"].clone();
    let count = |page: &Value| page["data"]["trackers"].as_array().unwrap().len();
    let (_, second) = caller.get("/v1/trackers?page=2&limit=50").await;
    assert_eq!((count(&second), number(&second, 0)), (50, json!("CD00000047")));
    let (_, last) = caller.get("/v1/trackers?page=3&limit=50").await;
    assert_eq!((count(&last), number(&last, 2)), (3, json!("CD00000099")));
    let (_, newest) = caller.get("/v1/trackers?page=1&limit=50&sort=-1").await;
    assert_eq!((count(&newest), number(&newest, 0)), (50, json!("CD00000099")));
    let (_, oldest) = caller.get("/v1/trackers?page=3&limit=50&sort=-1").await;
    assert_eq!((count(&oldest), number(&oldest, 2)), (3, json!("AB00000001")));
    for beyond in ["page=4&limit=50", "page=4&limit=50&sort=-1", "page=99999999999"] {
        let (status, page) = caller.get(&format!("/v1/trackers?{beyond}")).await;
        assert_eq!((status, count(&page)), (200, 0), "{beyond}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_settled_and_what_is_given_up() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    let id = caller
        .create(&json!({"trackingNumber": NUMBER, "clientTrackerId": "mine"}))
        .await;
    let path = format!("/v1/trackers/{id}");
    let frozen = [
        json!({"courierCode": "us-post"}),
        json!({"originCountryCode": "CHN"}),
        json!({"destinationCountryCode": "US"}),
        json!({"shippingDate": days_ago(4).to_string()}),
    ];
    for change in &frozen {
        assert_eq!(
            caller.patch(&path, change).await.0,
            200,
            "{change}: nothing was found yet"
        );
    }
    import(&hub, NUMBER, false).await;
    for change in &frozen {
        assert_eq!(caller.patch(&path, change).await.0, 200, "{change}: it is so already");
    }
    for change in [
        json!({"courierCode": ["us-post", "fedex"]}),
        json!({"originCountryCode": "DE"}),
        json!({"destinationCountryCode": "DE"}),
        json!({"shippingDate": days_ago(3).to_string()}),
    ] {
        let (status, answer) = caller.patch(&path, &change).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (400, &json!("tracker_not_updatable")),
            "{change}"
        );
    }
    assert_eq!(
        caller.patch(&path, &json!({"destinationPostCode": "64862"})).await.0,
        200
    );
    // Given up: the name is free, the results stay.
    let (status, given_up) = caller.patch(&path, &json!({"isSubscribed": false})).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&given_up["isSubscribed"], &given_up["isTracked"]),
        (&json!(false), &json!(false))
    );
    let (_, results) = caller.get(&format!("{path}/results")).await;
    assert_eq!(results["data"]["trackings"][0]["events"].as_array().unwrap().len(), 3);
    assert_eq!(caller.get("/v1/trackers/mine?searchBy=clientTrackerId").await.0, 404);
    let followers = |store: Store| async move {
        let number = milepost_model::TrackingNumber::parse(NUMBER).unwrap();
        store.number(&number, 0).await.unwrap().followers.len()
    };
    assert_eq!(followers(hub.hub.access().store()).await, 0, "nobody is to be told");
    let second = caller
        .create(&json!({"trackingNumber": NUMBER, "clientTrackerId": "mine"}))
        .await;
    assert_ne!(second, id);
    let (status, answer) = caller.patch(&path, &json!({"isSubscribed": true})).await;
    assert_eq!(
        (status, &answer["errors"][0]["code"]),
        (400, &json!("tracker_conflict")),
        "the name is the second's"
    );
    assert_eq!(
        caller
            .patch(&format!("/v1/trackers/{second}"), &json!({"isSubscribed": false}))
            .await
            .0,
        200
    );
    assert_eq!(caller.patch(&path, &json!({"isSubscribed": true})).await.0, 200);
    assert_eq!(followers(hub.hub.access().store()).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_of_every_kind() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    caller.create(&json!({"trackingNumber": "ab/12.3-4_5"})).await;
    for path in ["AB/12.3-4_5", "ab%2F12.3-4_5"] {
        let (status, answer) = caller.get(&format!("/v1/trackers/search/{path}/results")).await;
        assert_eq!(status, 200, "{path}: {answer}");
        assert_eq!(
            answer["data"]["trackings"][0]["tracker"]["trackingNumber"],
            "AB/12.3-4_5"
        );
    }
    for milestone in ["pending", "in_transit", "delivered"] {
        let number = format!("SHIP24_SAMPLE_{}_000", milestone.to_uppercase());
        let (status, answer) = caller
            .post("/v1/trackers/track", &json!({"trackingNumber": number}))
            .await;
        assert_eq!(status, 201);
        assert_eq!(answer["data"]["trackings"][0]["shipment"]["statusMilestone"], milestone);
        assert_eq!(
            answer["data"]["trackings"][0]["tracker"]["isTracked"],
            milestone != "delivered"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_shows_what_is_stuck() {
    let hub = TestHub::start().await;
    let caller = Caller::new(&hub, &hub.key);
    import(&hub, NUMBER, false).await;
    import(&hub, "9405511899223197428491", true).await;
    for number in [NUMBER, "9405511899223197428491", "9405511899223197428492"] {
        caller
            .create(&json!({"trackingNumber": number, "orderNumber": format!("order of {number}")}))
            .await;
    }
    let numbers = |text: &Value| match text {
        Value::Object(line) => vec![line["trackingNumber"].as_str().unwrap().to_owned()],
        Value::String(text) => text
            .lines()
            .map(|line| {
                serde_json::from_str::<Value>(line).unwrap()["trackingNumber"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect(),
        other => panic!("{other}"),
    };
    for (query, expect) in [
        ("", vec!["0", "1", "2"]),
        ("?silent_days=1", vec!["0"]),
        ("?silent_days=60", vec![]),
        ("?milestone=delivered,pending", vec!["1", "2"]),
        ("?late=true", vec![]),
        ("?cursor=1", vec!["1", "2"]),
        ("?limit=1", vec!["0"]),
    ] {
        let (status, text) = caller.get(&format!("/v1/trackers/export{query}")).await;
        assert_eq!(status, 200, "{query}");
        let ends: Vec<String> = numbers(&text)
            .iter()
            .map(|number| number.chars().last().unwrap().to_string())
            .collect();
        assert_eq!(ends, expect, "{query}");
    }
}
