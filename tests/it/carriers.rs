//! What the API and the command line say of carriers, numbers and codes.

use milepost_model::SourceAddress;
use serde_json::{Value, json};
use support::feed::{EventRow, days_ago, generic_file};
use support::hub::TestHub;
use support::runs::connect;
use support::terminal::transcript;
use tempfile::TempDir;

/// The program itself, as `local` builds it.
const MILEPOST: &str = env!("CARGO_BIN_EXE_milepost-under-test");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_api_says_of_carriers() {
    let hub = TestHub::start().await;
    let source = SourceAddress::new("s3", &[("prefix", "in/usps/"), ("pattern", "*")]);
    connect(&hub, "usps-extract", source).await;
    let get = async |path: &str| {
        let (status, body) = hub.get(path).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };

    let (status, list) = get("/v1/carriers").await;
    let carriers: Vec<_> = list["carriers"].as_array().unwrap().iter().collect();
    let named = |nth: usize| {
        (
            carriers[nth]["carrier_id"].as_str(),
            carriers[nth]["carrier_code"].as_str(),
        )
    };
    assert_eq!((status, carriers.len()), (200, 3), "{list}");
    assert_eq!(named(0), (Some("se-1"), Some("usps")));
    assert_eq!([named(1), named(2)], [(None, Some("fedex")), (None, Some("ups"))]);
    assert_eq!((&list["errors"], list["request_id"].is_string()), (&json!([]), true));

    let (status, couriers) = get("/v1/couriers").await;
    assert_eq!(status, 200);
    assert_eq!(couriers["data"]["couriers"][0]["courierCode"], "us-post");
    assert_eq!(get("/public/v1/couriers").await, (200, couriers));

    let (status, detected) = get("/v1/couriers/detect?tracking_number=9405%205118%209922%203197%204284%2090").await;
    let best = &detected["couriers"][0];
    assert_eq!(
        (
            status,
            &best["carrier_code"],
            &best["courier_code"],
            &best["check_digit"]
        ),
        (200, &json!("usps"), &json!("us-post"), &json!("right"))
    );
    assert!(best["confidence"].as_f64().unwrap() >= 0.9, "{detected}");
    assert_eq!(
        get("/v1/couriers/detect?tracking_number=hello").await,
        (200, json!({"couriers": []}))
    );

    // Ship24's envelope on its paths, ShipEngine's elsewhere.
    let (status, missing) = get("/v1/couriers/detect").await;
    assert_eq!(
        (status, &missing["errors"][0]["code"]),
        (400, &json!("missing_mandatory_field"))
    );
    assert_eq!(missing["data"], Value::Null);
    for (path, code) in [
        ("/public/v1/couriers", "/errors/0/code"),
        ("/v1/carriers", "/errors/0/error_code"),
    ] {
        let (status, body) = hub.call(reqwest::Method::GET, path, Some("mp_wrong")).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, body.pointer(code).is_some()), (401, true), "{path}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn carriers_numbers_and_codes() {
    let folder = TempDir::new().unwrap();
    let at = |day| format!("{}T14:06:00", days_ago(day));
    let rows = [
        EventRow::new("9405511899223197428490", "01", &at(1)),
        EventRow::new("9405511899223197428490", "Q9", &at(2)),
        EventRow::new("9405511899223197428490", "Q9", &at(3)),
    ];
    std::fs::write(folder.path().join("events.csv"), generic_file(&rows)).unwrap();
    let mut said = String::new();
    for arguments in [
        "statuses unknown",
        "import events.csv --layout generic --carrier usps",
        "statuses unknown",
        "detect 9405511899223197428490",
        "detect 9405511899223197428491",
        "detect 1z999aa10123456784",
        "detect parcel",
        "carriers show nobody",
    ] {
        said.push_str(&transcript(MILEPOST, folder.path(), arguments).await);
    }
    insta::assert_snapshot!(said);

    let shown = transcript(MILEPOST, folder.path(), "carriers show stamps_com").await;
    let (_, json) = shown.split_once('\n').unwrap();
    let shown: Value = serde_json::from_str(json).unwrap();
    assert_eq!(shown["code"], "usps");
    assert_eq!(shown["registration_schema"]["type"], "object", "{shown}");
    let list = transcript(MILEPOST, folder.path(), "carriers list").await;
    assert!(list.contains("\ndhl_express "), "{list}");
}
