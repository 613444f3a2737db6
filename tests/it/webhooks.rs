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
