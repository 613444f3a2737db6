//! What a newcomer sees: a file in, a timeline out, a webhook sent.

use milepost_contract::shipengine::TrackingLog;
use milepost_local::hub::{dated_sample, sample_numbers};
use milepost_model::RunOutcome;
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::TestHub;
use support::receiver::Receiver;

const NUMBER: &str = "9405511899223197428490";

fn lookup(number: &str) -> String {
    format!("/v1/tracking?carrier_code=stamps_com&tracking_number={number}")
}

async fn log(hub: &TestHub, number: &str) -> TrackingLog {
    let (status, body) = hub.get(&lookup(number)).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_is_what_the_api_answers() {
    let hub = TestHub::start().await;
    let sample = dated_sample(days_ago(0));
    let report = import_text(&hub.hub, "sample.csv", &sample).await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    assert_eq!(report.rejects(), 0, "{:?}", report.first_rejects);
    let first = sample_numbers()[0].as_str().to_owned();
    let before = log(&hub, &first).await;
    assert_eq!(
        (before.status_code.as_str(), before.carrier_code.as_str()),
        ("DE", "usps")
    );
    hub.hub.stop().await;

    // Another row in the file is another answer: nothing on the way knows the sample.
    let hub = TestHub::start().await;
    let changed = sample.replace("SARCOXIE", "JOPLIN").replace(",01,", ",02,");
    import_text(&hub.hub, "sample.csv", &changed).await;
    let after = log(&hub, &first).await;
    assert_eq!(after.status_code, "AT");
    assert_eq!(after.events[0].city_locality, "JOPLIN");
    assert_eq!(before.events.len(), after.events.len());
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_is_told_once_and_can_verify_it() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    let secret = hub.add_webhook(&receiver.url).await;
    let day = days_ago(3);
    let picked_up = EventRow::new(NUMBER, "03", &format!("{day}T14:06:00"));
    import_text(&hub.hub, "first.csv", &generic_file(std::slice::from_ref(&picked_up))).await;

    let start = format!("/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}");
    assert_eq!(hub.post(&start).await, (204, String::new()));
    assert_eq!(
        hub.post(&start).await,
        (204, String::new()),
        "starting twice is one subscription"
    );
    hub.hub.drain().await.unwrap();
    assert!(receiver.messages().is_empty(), "what was known before is not news");

    let delivered = EventRow::new(NUMBER, "01", &format!("{day}T18:30:00"));
    let other = EventRow::new("9405511899223197428506", "01", &format!("{day}T18:30:00"));
    let file = generic_file(&[picked_up.clone(), delivered.clone(), other]);
    import_text(&hub.hub, "second.csv", &file).await;
    let messages = receiver.wait_for(1).await;
    let message = &messages[0];
    assert!(message.verifies(&secret, &message.body));
    let mut flipped = message.body.to_vec();
    flipped[10] ^= 1;
    assert!(!message.verifies(&secret, &flipped));
    let body: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(body["resource_type"], "API_TRACK");
    assert_eq!(body["data"]["status_code"], "DE");
    assert_eq!(body["data"]["tracking_number"], NUMBER);
    assert_eq!(body["data"]["events"].as_array().unwrap().len(), 2);

    // The same rows again under another name are nothing new to anybody.
    import_text(
        &hub.hub,
        "again.csv",
        &generic_file(&[delivered.clone(), picked_up.clone()]),
    )
    .await;
    hub.hub.drain().await.unwrap();
    assert_eq!(receiver.messages().len(), 1);

    let stop = format!("/v1/tracking/stop?carrier_code=usps&tracking_number={NUMBER}");
    assert_eq!(hub.post(&stop).await, (204, String::new()));
    let returned = EventRow::new(NUMBER, "04", &format!("{day}T20:00:00"));
    import_text(&hub.hub, "third.csv", &generic_file(&[returned])).await;
    hub.hub.drain().await.unwrap();
    assert_eq!(receiver.messages().len(), 1, "who stopped is told nothing");
    assert_eq!(log(&hub, NUMBER).await.events.len(), 3);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_nobody_knows_is_an_answer() {
    let hub = TestHub::start().await;
    let log = log(&hub, "9405511899223197428551").await;
    assert_eq!((log.status_code.as_str(), log.events.len()), ("NY", 0));
    hub.hub.stop().await;
}
