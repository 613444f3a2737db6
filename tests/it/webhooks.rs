//! Webhooks over the API: added, listed, changed, rotated, disabled and enabled again; what was told, and told again.

use reqwest::Method;
use serde_json::{Value, json};
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::{TestHub, key};
use support::receiver::{Message, Receiver};

const NUMBER: &str = "9405511899223197428490";
const WEBHOOKS: &str = "/v1/environment/webhooks";

/// A call with a body: status and answer.
async fn call(hub: &TestHub, method: Method, path: &str, body: Value) -> (u16, Value) {
    call_as(hub, &hub.key, method, path, body).await
}

async fn call_as(hub: &TestHub, key: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .request(method, format!("{}{path}", hub.url))
        .header("API-Key", key);
    if !body.is_null() {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn get(hub: &TestHub, path: &str) -> (u16, Value) {
    call(hub, Method::GET, path, Value::Null).await
}

async fn post(hub: &TestHub, path: &str, body: Value) -> (u16, Value) {
    call(hub, Method::POST, path, body).await
}

async fn follow(hub: &TestHub) {
    let (status, _) = hub
        .post(&format!(
            "/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}"
        ))
        .await;
    assert_eq!(status, 204);
}

async fn happens(hub: &TestHub, file: &str, code: &str, day: i64) {
    let row = EventRow::new(NUMBER, code, &format!("{}T06:00:00", days_ago(day)));
    import_text(&hub.hub, file, &generic_file(&[row])).await;
    hub.hub.drain().await.unwrap();
}

fn secret_of(answer: &Value) -> Vec<u8> {
    milepost_webhooks::secret_bytes(answer["secret"].as_str().unwrap()).unwrap()
}

fn posts(receiver: &Receiver) -> Vec<Message> {
    let messages = receiver.messages().into_iter();
    messages.filter(|message| !message.body.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_keeps_its_webhooks() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    let other = key(&hub.hub, "other").await;
    let body = json!({"url": receiver.url, "event": "track", "name": "shop",
        "headers": [{"key": "X-Shop", "value": "5h0p"}], "store_id": 4});
    let (status, added) = post(&hub, WEBHOOKS, body.clone()).await;
    assert_eq!(
        (status, &added["webhook_id"], &added["enabled"]),
        (200, &json!("se-1"), &json!(true)),
        "{added}"
    );
    assert_eq!(added["tell"], "status_changes");
    secret_of(&added);
    let (status, again) = post(&hub, WEBHOOKS, body).await;
    assert_eq!(
        (status, &again["errors"][0]["error_code"]),
        (409, &json!("webhook_event_type_conflict"))
    );

    let (_, list) = get(&hub, WEBHOOKS).await;
    assert_eq!(list.as_array().unwrap().len(), 1, "a bare array");
    assert_eq!(list[0]["headers"], json!([{"key": "X-Shop", "value": "5h0p"}]));
    let path = format!("{WEBHOOKS}/se-1");
    let (_, one) = get(&hub, &path).await;
    assert_eq!(one, list[0]);
    assert!(one.get("secret").is_none() && one.get("bearer").is_none());
    assert_eq!(
        call_as(&hub, &other, Method::GET, &path, Value::Null).await.0,
        404,
        "another account's"
    );
    assert_eq!(
        call_as(&hub, &other, Method::GET, WEBHOOKS, Value::Null).await.1,
        json!([])
    );

    let change = json!({"name": "till", "tell": "every_event", "status_codes": ["DE"]});
    assert_eq!(call(&hub, Method::PUT, &path, change).await.0, 204);
    let (_, one) = get(&hub, &path).await;
    assert_eq!(
        (&one["name"], &one["tell"], &one["status_codes"]),
        (&json!("till"), &json!("every_event"), &json!(["DE"]))
    );
    assert_eq!(one["url"], receiver.url.as_str());
    for bad in [
        json!({"url": "ftp://example.com/", "event": "track"}),
        json!({"url": "https://10.0.0.1/", "event": "track"}),
        json!({"url": receiver.url, "event": "batch"}),
        json!({"url": format!("{}x", receiver.url), "event": "track", "headers": [{"key": "webhook-id", "value": "x"}]}),
        json!({"url": format!("{}x", receiver.url), "event": "track", "headers": [{"key": "host", "value": "x"}]}),
        json!({"event": "track"}),
    ] {
        assert_eq!(post(&hub, WEBHOOKS, bad.clone()).await.0, 400, "{bad}");
    }
    let (status, tested) = post(&hub, &format!("{path}/test"), Value::Null).await;
    assert_eq!((status, &tested["delivered"]), (200, &json!(true)), "{tested}");
    assert!(posts(&receiver)[0].verifies(&secret_of(&added), &posts(&receiver)[0].body.clone()));
    assert_eq!(posts(&receiver)[0].headers["x-shop"], "5h0p");
    assert_eq!(call(&hub, Method::DELETE, &path, Value::Null).await.0, 204);
    assert_eq!(call(&hub, Method::DELETE, &path, Value::Null).await.0, 404);
    assert_eq!(get(&hub, WEBHOOKS).await.1, json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotated_secret_overlaps() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    let (_, added) = post(&hub, WEBHOOKS, json!({"url": receiver.url, "event": "track"})).await;
    let (_, rotated) = post(&hub, &format!("{WEBHOOKS}/se-1/rotate"), Value::Null).await;
    let (first, second) = (secret_of(&added), secret_of(&rotated));
    assert_ne!(first, second);
    follow(&hub).await;
    happens(&hub, "1.csv", "03", 2).await;
    let message = posts(&receiver).remove(0);
    assert!(message.verifies(&first, &message.body) && message.verifies(&second, &message.body));
    assert!(!message.verifies(b"another-secret-of-24-byt", &message.body));
    assert!(message.headers.contains_key("x-shipengine-rsa-sha256-signature"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_can_be_told_again() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    post(&hub, WEBHOOKS, json!({"url": receiver.url, "event": "track"})).await;
    follow(&hub).await;
    happens(&hub, "1.csv", "10", 3).await;
    // In transit still: of no other status nothing is told.
    happens(&hub, "2.csv", "T1", 2).await;
    happens(&hub, "3.csv", "01", 1).await;
    let first = posts(&receiver);
    assert_eq!(first.len(), 2, "a message for each change of status");
    let (_, log) = get(&hub, "/v1/deliveries?limit=1").await;
    assert_eq!(log["deliveries"][0]["state"], "delivered");
    assert_eq!(log["deliveries"][0]["id"], first[1].id.as_str());
    let next = log["next"].as_str().unwrap();
    let (_, older) = get(
        &hub,
        &format!("/v1/deliveries?cursor={next}&state=delivered&number={NUMBER}&endpoint=se-1"),
    )
    .await;
    assert_eq!(older["deliveries"].as_array().unwrap().len(), 1);
    assert_eq!(older["deliveries"][0]["id"], first[0].id.as_str());
    assert_eq!(
        get(&hub, "/v1/deliveries?state=exhausted").await.1["deliveries"],
        json!([])
    );
    let (_, one) = get(&hub, &format!("/v1/deliveries/{}", first[0].id)).await;
    assert_eq!(one["body"]["data"]["tracking_number"], NUMBER);
    assert_eq!(one["attempts"][0]["status"], 204);

    assert_eq!(
        post(&hub, &format!("/v1/deliveries/{}/resend", first[0].id), Value::Null)
            .await
            .0,
        202
    );
    hub.hub.drain().await.unwrap();
    let again = posts(&receiver);
    assert_eq!(
        (again.len(), &again[2].id, &again[2].body),
        (3, &first[0].id, &first[0].body)
    );
    let (status, resent) = post(&hub, "/v1/deliveries/resend", json!({"since": "2026-01-01T00:00:00Z"})).await;
    assert_eq!((status, &resent["resent"]), (202, &json!(2)), "{resent}");
    hub.hub.drain().await.unwrap();
    assert_eq!(posts(&receiver).len(), 5);
    assert_eq!(post(&hub, "/v1/deliveries/resend", json!({})).await.0, 400);
    assert_eq!(post(&hub, "/v1/deliveries/msg_none/resend", Value::Null).await.0, 404);
    let other = key(&hub.hub, "other").await;
    let path = format!("/v1/deliveries/{}", first[0].id);
    assert_eq!(call_as(&hub, &other, Method::GET, &path, Value::Null).await.0, 404);
    assert_eq!(
        call_as(&hub, &other, Method::GET, "/v1/deliveries", Value::Null)
            .await
            .1["deliveries"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_disabled_until_it_is_enabled() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    post(&hub, WEBHOOKS, json!({"url": receiver.url, "event": "track"})).await;
    follow(&hub).await;
    receiver.answer_next([410]);
    happens(&hub, "1.csv", "03", 3).await;
    let (_, one) = get(&hub, &format!("{WEBHOOKS}/se-1")).await;
    assert_eq!(
        (&one["enabled"], &one["disabled_because"]),
        (&json!(false), &json!("gone"))
    );
    happens(&hub, "2.csv", "01", 1).await;
    assert_eq!(posts(&receiver).len(), 1, "nothing is sent there any more");
    let id = posts(&receiver)[0].id.clone();
    assert_eq!(
        post(&hub, &format!("/v1/deliveries/{id}/resend"), Value::Null).await.0,
        400,
        "disabled"
    );
    let (status, enabled) = post(&hub, &format!("{WEBHOOKS}/se-1/enable"), Value::Null).await;
    assert_eq!((status, &enabled["enabled"]), (200, &json!(true)));
    assert_eq!(
        post(&hub, &format!("/v1/deliveries/{id}/resend"), Value::Null).await.0,
        202
    );
    hub.hub.drain().await.unwrap();
    assert_eq!(posts(&receiver).len(), 2);
}

/// The answer of a download: its file's name and its JSON.
async fn download(hub: &TestHub, key: &str, path: &str) -> (u16, String, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}{path}", hub.url)).bearer_auth(key);
    let answer = request.send().await.unwrap();
    let name = answer.headers().get("content-disposition");
    let name = name.map(|name| name.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = answer.status().as_u16();
    (
        status,
        name,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_tracker_was_told_is_told_again_and_downloaded() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    let other = key(&hub.hub, "other").await;
    let body = json!({"trackingNumber": NUMBER, "clientTrackerId": "mine"});
    let (status, created) = post(&hub, "/v1/trackers", body).await;
    assert_eq!(status, 201, "{created}");
    let id = created["data"]["tracker"]["trackerId"].as_str().unwrap();
    let resend = format!("/public/v1/trackers/{id}/webhook-events/resend");
    let history = format!("/public/v1/trackers/{id}/webhook-history/download");
    let none = json!({"data": {"summary": {"totalResent": "0"}}});
    assert_eq!(post(&hub, &resend, Value::Null).await, (201, none), "nobody is told");

    // Another style's endpoint is told of subscriptions, and has no part in this.
    let ours = json!({"url": format!("{}/other", receiver.url), "event": "track"});
    assert_eq!(post(&hub, WEBHOOKS, ours).await.0, 200);
    let theirs = json!({"url": receiver.url, "event": "track", "style": "ship24"});
    let (_, webhook) = post(&hub, WEBHOOKS, theirs).await;
    receiver.answer_next([503]);
    happens(&hub, "1.csv", "03", 3).await;
    hub.hub.drain().await.unwrap();
    happens(&hub, "2.csv", "01", 1).await;
    let told = posts(&receiver);
    let mut ids: Vec<&str> = told.iter().map(|message| message.id.as_str()).collect();
    ids.dedup();
    let bodies: Vec<Value> = told
        .iter()
        .map(|message| serde_json::from_slice(&message.body).unwrap())
        .collect();

    let (status, name, file) = download(&hub, &hub.key, &history).await;
    assert_eq!(status, 200, "{file}");
    let day = milepost_runtime::now().strftime("%Y%m%d").to_string();
    let yesterday = (milepost_runtime::now() - jiff::SignedDuration::from_hours(1))
        .strftime("%Y%m%d")
        .to_string();
    let named = |day: &str| format!("attachment; filename=\"webhook-history-{NUMBER}-{day}.json\"");
    assert!(name == named(&day) || name == named(&yesterday), "{name}");
    let metadata = &file["metadata"];
    assert_eq!(
        (
            &metadata["trackingNumber"],
            &metadata["trackerId"],
            &metadata["clientTrackerId"]
        ),
        (&json!(NUMBER), &json!(id), &json!("mine"))
    );
    let pushes = file["webhooks"].as_array().unwrap();
    assert_eq!(pushes.len(), 2, "one for each event: {file}");
    assert_eq!(
        (&pushes[0]["requestBody"], &pushes[1]["requestBody"]),
        (bodies.last().unwrap(), &bodies[0]),
        "the latest first, as sent"
    );
    assert_eq!(
        (
            &pushes[0]["status"],
            &pushes[0]["responseStatusCode"],
            &pushes[0]["webhookId"]
        ),
        (&json!("sent"), &json!(204), &webhook["webhook_id"])
    );
    assert!(
        metadata["lastFailedPushAt"].is_string(),
        "the first attempt: {metadata}"
    );
    assert_eq!(metadata["lastSuccessfulPushAt"], pushes[0]["pushTimestamp"]);
    let by_name = "/v1/trackers/mine/webhook-history/download?searchBy=clientTrackerId";
    assert_eq!(download(&hub, &hub.key, by_name).await.2, file);

    let two = json!({"data": {"summary": {"totalResent": "2"}}});
    let by_name = "/v1/trackers/mine/webhook-events/resend?searchBy=clientTrackerId";
    assert_eq!(post(&hub, by_name, Value::Null).await, (201, two));
    hub.hub.drain().await.unwrap();
    let again = posts(&receiver).split_off(told.len());
    assert_eq!(again.len(), 2);
    for message in &again {
        let first = told.iter().find(|first| first.id == message.id).unwrap();
        assert_eq!(first.body, message.body, "the same bytes under the same id");
    }
    assert_ne!(again[0].id, again[1].id);

    let webhook = webhook["webhook_id"].as_str().unwrap();
    for (key, resend, history) in [
        (&other, &resend, &history),
        (
            &hub.key,
            &resend.replace(id, "no-such"),
            &history.replace(id, "no-such"),
        ),
    ] {
        let (status, answer) = call_as(&hub, key, Method::POST, resend, Value::Null).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (404, &json!("tracker_not_found"))
        );
        let (status, _, answer) = download(&hub, key, history).await;
        assert_eq!(
            (status, &answer["errors"][0]["code"]),
            (404, &json!("tracker_not_found"))
        );
    }
    let (status, answer) = post(&hub, &format!("{resend}?searchBy=number"), Value::Null).await;
    assert_eq!(
        (status, &answer["errors"][0]["code"]),
        (400, &json!("validation_error"))
    );
    assert_eq!(
        call(&hub, Method::DELETE, &format!("{WEBHOOKS}/{webhook}"), Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(download(&hub, &hub.key, &history).await.2["webhooks"], json!([]));
}
