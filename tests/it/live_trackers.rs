//! Ship24's routes whose callers wait for a carrier's answer: creating a tracker and tracking it, and searching.

use std::time::Duration;

use jiff::SignedDuration;
use lookup_tracking::LookupTracking;
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, EventTime, Kind, LiveApi, LiveKey, Scope, SourceHash,
    TrackingEvent, TrackingNumber, Wall, WrittenZone,
};
use milepost_runtime::{Api, NewKey};
use milepost_store::{ApiKey, KeyScopes};
use serde_json::{Value, json};
use start_tracking::StartTracking;
use support::carrier_api::ApiAnswer;
use support::feed::days_ago;
use support::http_functions::{Answer, request};
use support::hub::TestHub;
use support::live_world::{PATIENCE, World};

const NUMBER: &str = "9405511899223197428490";
const PARCEL: &str = "4155083714";
const TRACK: &str = "/public/v1/trackers/track";
const CARRIERS: &str = "/v1/carriers";
const SEARCH: &str = "/public/v1/tracking/search";

/// The functions over a carrier that knows of two events, under the world's clock.
struct Hub {
    world: World,
    start: StartTracking,
    lookup: LookupTracking,
    key: String,
}

impl Hub {
    async fn new() -> Self {
        let world = World::new().await;
        world.connect("usps", Scope::Account(world.account.clone())).await;
        world.api.answer(two_events());
        let (store, made) = (world.store.clone(), NewKey::generate().unwrap());
        let api_key = ApiKey {
            account: world.account.clone(),
            label: "test".to_owned(),
            created_ms: 0,
            scopes: KeyScopes::ALL,
        };
        store.put_api_key(made.hash, &api_key).await.unwrap();
        let api = Api::new(store.clone()).with_clock(world.clock());
        let queue = world.access.notify_queue();
        Self {
            start: StartTracking::new(api.clone(), store.clone(), queue).asking(world.live.clone()),
            lookup: LookupTracking::new(api, store).asking(world.live.clone()),
            key: made.text,
            world,
        }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let key = format!("Bearer {}", self.key);
        let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
        let request = request(method, path, &headers, &body.to_string());
        let response = match path {
            SEARCH | CARRIERS => self.lookup.handle(request).await,
            _ => self.start.handle(request).await,
        };
        let answer = Answer::of(response);
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call("POST", path, body).await
    }

    /// How many events a route answers of a number.
    async fn events(&self, path: &str, number: &str) -> usize {
        let (status, answer) = self.post(path, &asked(number)).await;
        assert_eq!(status, 201, "{answer}");
        events(&answer)
    }

    fn calls(&self) -> usize {
        self.world.api.calls().len()
    }
}

fn asked(number: &str) -> Value {
    json!({"trackingNumber": number, "courierCode": ["us-post"]})
}

fn events(answer: &Value) -> usize {
    let trackings = answer["data"]["trackings"].as_array().unwrap();
    assert_eq!(trackings.len(), 1, "{answer}");
    trackings[0]["events"].as_array().unwrap().len()
}

fn two_events() -> ApiAnswer {
    ApiAnswer::usps(NUMBER, &[("2026-11-19T10:00:00", "03"), ("2026-11-20T10:00:00", "10")])
}

#[tokio::test]
async fn who_waits_is_answered_what_the_carrier_knows() {
    let hub = Hub::new().await;
    assert_eq!(hub.events(TRACK, NUMBER).await, 2);
    assert_eq!(hub.calls(), 1);
    for path in [TRACK, SEARCH] {
        assert_eq!(hub.events(path, NUMBER).await, 2, "{path}");
    }
    hub.world.refresher.tick().await.unwrap();
    assert_eq!(hub.calls(), 1, "what is fresh is not asked about, by the tick neither");
    let state = hub.world.state("usps", NUMBER).await.unwrap();
    assert!(
        state.due.is_some_and(|due| due > hub.world.now()),
        "and the polls go on"
    );
    hub.world.advance(SignedDuration::from_hours(1));
    assert_eq!((hub.events(SEARCH, NUMBER).await, hub.calls()), (2, 2));
}

/// Without a courier the likely ones are asked, and without a tracker nothing is followed.
#[tokio::test]
async fn a_search_needs_neither_courier_nor_tracker() {
    let hub = Hub::new().await;
    let (status, answer) = hub.post(SEARCH, &json!({"trackingNumber": NUMBER})).await;
    assert_eq!((status, events(&answer), hub.calls()), (201, 2, 1), "{answer}");
    let state = hub.world.state("usps", NUMBER).await.unwrap();
    assert_eq!(state.due, None, "nobody polls");
}

#[tokio::test]
async fn who_does_not_wait_asks_nobody() {
    let hub = Hub::new().await;
    let path = hub.create().await;
    for body in [
        json!({"recipient": {"name": "Jane"}}),
        json!({"isSubscribed": false}),
        json!({"isSubscribed": true}),
    ] {
        let (status, answer) = hub.call("PATCH", &path, &body).await;
        assert_eq!(status, 200, "{answer}");
    }
    let (status, _) = hub.post("/public/v1/trackers/bulk", &json!([asked(NUMBER)])).await;
    assert_eq!((status, hub.calls()), (201, 0));
}

#[tokio::test]
async fn of_those_who_wait_at_once_one_asks() {
    let hub = Hub::new().await;
    hub.world.api.answer(two_events().after(Duration::from_millis(200)));
    let (one, two, three) = tokio::join!(
        hub.events(TRACK, NUMBER),
        hub.events(SEARCH, NUMBER),
        hub.events(TRACK, NUMBER)
    );
    assert_eq!((one, two, three), (2, 2, 2), "all have the answer");
    assert_eq!(hub.calls(), 1);
}

#[tokio::test]
async fn a_carrier_that_is_down_or_slow_leaves_what_is_stored() {
    let hub = Hub::new().await;
    assert_eq!(hub.events(TRACK, NUMBER).await, 2);
    hub.world.advance(SignedDuration::from_hours(1));
    let (down, _) = ApiAnswer::fixture("usps", "down");
    for trouble in [two_events().after(PATIENCE * 20), down] {
        hub.world.api.answer(trouble);
        hub.world.advance(SignedDuration::from_mins(2));
        let before = hub.calls();
        for path in [TRACK, SEARCH] {
            assert_eq!(hub.events(path, NUMBER).await, 2, "{path}");
        }
        assert_eq!(hub.calls(), before + 1, "then it is left alone");
    }
    let unknown = "9400100000000000000002";
    assert_eq!(hub.events(TRACK, unknown).await, 0, "a tracker all the same");
}

/// A file's event of the number.
fn imported(hub: &Hub, carrier: &str) -> Bundle {
    let time = EventTime {
        wall: Wall::At("2026-11-18T08:00:00".parse().unwrap()),
        zone: WrittenZone::Utc,
    };
    let event = TrackingEvent {
        code: "03".to_owned(),
        ..TrackingEvent::at(time)
    };
    Bundle {
        number: TrackingNumber::parse(NUMBER).unwrap(),
        carrier: CarrierCode::parse(carrier).unwrap(),
        scope: Scope::Shared,
        kind: Kind::Import,
        arrival: Arrival {
            at_ms: u64::try_from(hub.world.now().as_millisecond()).unwrap(),
            source: SourceHash(7),
            offset: 0,
        },
        file: None,
        replaces: false,
        notify_from: None,
        events: vec![Arrived {
            offset: 0,
            value: event,
        }],
        facts: Vec::new(),
        expires_at: i64::MAX / 2,
    }
}

#[tokio::test]
async fn what_files_tell_of_is_not_asked_about() {
    let hub = Hub::new().await;
    hub.world.store.put_bundles(&[imported(&hub, "usps")]).await.unwrap();
    for path in [TRACK, SEARCH] {
        assert_eq!(hub.events(path, NUMBER).await, 1, "{path}");
        let (status, answer) = hub.post(path, &json!({"trackingNumber": NUMBER})).await;
        assert_eq!((status, events(&answer)), (201, 1), "{path}: without a courier neither");
    }
    hub.world.refresher.tick().await.unwrap();
    assert_eq!(hub.calls(), 0);
}

/// The number looks like one of USPS, but the files of another carrier tell of it.
#[tokio::test]
async fn no_carrier_is_guessed_at_where_files_tell_of_the_number() {
    let hub = Hub::new().await;
    let guessed = json!({"trackingNumber": NUMBER});
    let (status, _) = hub.post("/public/v1/trackers", &guessed).await;
    assert_eq!(status, 201);
    hub.world.store.put_bundles(&[imported(&hub, "ups")]).await.unwrap();
    for path in [TRACK, SEARCH] {
        let (status, answer) = hub.post(path, &guessed).await;
        assert_eq!((status, events(&answer)), (201, 1), "{path}");
    }
    let ended = hub.world.refresher.tick().await.unwrap().ended;
    assert_eq!(
        (ended, hub.calls()),
        (1, 0),
        "the polls that the tracker began have ended"
    );
    let named = hub.events(SEARCH, NUMBER).await;
    assert_eq!((named, hub.calls()), (3, 1), "whoever names a carrier knows why");
}

impl Hub {
    /// Creates a tracker; answers its path.
    async fn create(&self) -> String {
        let (status, created) = self.post("/public/v1/trackers", &asked(NUMBER)).await;
        assert_eq!(status, 201, "{created}");
        let id = created["data"]["tracker"]["trackerId"].as_str().unwrap();
        format!("/public/v1/trackers/{id}")
    }

    async fn polled(&self) -> (usize, usize) {
        let done = self.world.refresher.tick().await.unwrap();
        (done.polled, done.ended)
    }
}

#[tokio::test]
async fn a_tracker_that_is_resumed_is_polled_again() {
    let hub = Hub::new().await;
    let path = hub.create().await;
    assert_eq!(hub.polled().await, (1, 0));
    let (status, _) = hub.call("PATCH", &path, &json!({"isSubscribed": false})).await;
    hub.world.advance(SignedDuration::from_hours(27));
    assert_eq!((status, hub.polled().await), (200, (0, 1)), "nobody follows");
    let (status, _) = hub.call("PATCH", &path, &json!({"isSubscribed": true})).await;
    assert_eq!((status, hub.polled().await), (200, (1, 0)));
}

/// The tracker was written and its polls were not: whoever asks for it again has them begun.
#[tokio::test]
async fn a_creation_that_failed_half_way_is_made_good_by_its_repeat() {
    let hub = Hub::new().await;
    let path = hub.create().await;
    let state = hub.world.state("usps", NUMBER).await.unwrap();
    assert!(hub.world.store.end_polls(&state.key, state.due.unwrap()).await.unwrap());
    assert_eq!(hub.polled().await, (0, 0));
    hub.world.advance(SignedDuration::from_mins(1));
    assert_eq!(hub.create().await, path, "the same tracker");
    assert_eq!(hub.polled().await, (1, 0));
}

/// A lookup of an erased parcel may ask, and brings nothing back.
#[tokio::test]
async fn what_was_erased_stays_erased() {
    let hub = Hub::new().await;
    assert_eq!(hub.events(SEARCH, NUMBER).await, 2);
    let (number, carrier) = (
        TrackingNumber::parse(NUMBER).unwrap(),
        CarrierCode::parse("usps").unwrap(),
    );
    let expires_at = hub.world.now().as_second() + 86_400;
    hub.world.store.forget(&carrier, &number, expires_at).await.unwrap();
    hub.world.advance(SignedDuration::from_hours(1));
    for path in [TRACK, SEARCH] {
        hub.world.advance(SignedDuration::from_hours(1));
        assert_eq!(hub.events(path, NUMBER).await, 0, "{path}");
        assert!(!hub.world.look_up("usps", NUMBER).await.parcel.is_known(), "{path}");
    }
    hub.world.refresher.tick().await.unwrap();
    assert_eq!(hub.world.bundles(NUMBER).await, [], "and the tick brings nothing back");
    assert!(hub.calls() > 1, "though the carrier was asked");
}

/// A carrier that is given as a file goes by the name that the file has.
#[tokio::test]
async fn a_described_carrier_is_listed_by_its_name() {
    let hub = Hub::new().await;
    let (_, gls) = milepost_carriers::live::bundled_descriptions()[0];
    let vans = gls.replace("code = \"gls\"", "code = \"acme_vans\"");
    let vans = vans.replace("name = \"GLS\"", "name = \"Acme Vans\"");
    hub.world
        .connect_with("acme_vans", Scope::Shared, LiveApi::Described(vans), None)
        .await;
    let (status, answer) = hub.call("GET", CARRIERS, &Value::Null).await;
    let carriers = answer["carriers"].as_array().unwrap().iter();
    let named: Vec<&Value> = carriers
        .filter(|carrier| carrier["carrier_code"] == "acme_vans")
        .collect();
    assert_eq!((status, named.len()), (200, 1), "{answer}");
    assert_eq!(named[0]["friendly_name"], "Acme Vans");
}

/// The whole hub as it runs on one machine asks too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hub_on_one_machine_asks() {
    let hub = TestHub::start().await;
    let world = World::new().await;
    let mut connection = world.connect("dhl_express", Scope::Shared).await;
    if let Some(live) = &mut connection.live {
        live.api = LiveApi::Function("arn:aws:lambda:eu-west-1:123456789012:function:mine".to_owned());
        live.secret = None;
    }
    let store = hub.hub.access().store();
    store.put_connection(&connection).await.unwrap().unwrap();
    let day = days_ago(1);
    let event = json!({"event_datetime": format!("{day}T09:10:00Z"), "event_code": "HUB", "status_code": "IT"});
    let told = json!({"tracking_info": {"tracking_number": PARCEL, "events": [event]}});
    world.api.answer(ApiAnswer::json(200, &told));
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for path in [TRACK, SEARCH] {
        let body = json!({"trackingNumber": PARCEL, "courierCode": ["dhl_express"]});
        let answer = client
            .post(format!("{}{path}", hub.url))
            .header("Authorization", format!("Bearer {}", hub.key))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let answer = answer.send().await.unwrap();
        let (status, answer) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 201, "{path}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(events(&answer), 1, "{path}: {answer}");
    }
    assert_eq!(world.api.calls().len(), 1);
    let key = LiveKey {
        number: TrackingNumber::parse(PARCEL).unwrap(),
        carrier: CarrierCode::parse("dhl_express").unwrap(),
        scope: Scope::Account(AccountId::default_account()),
    };
    assert!(
        store
            .live_state(&key)
            .await
            .unwrap()
            .is_some_and(|state| state.due.is_some())
    );
}
