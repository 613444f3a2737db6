//! What the command line says of carriers, numbers and codes.

use serde_json::Value;
use support::feed::{EventRow, days_ago, generic_file};
use support::terminal::transcript;
use tempfile::TempDir;

/// The program itself, as `local` builds it.
const MILEPOST: &str = env!("CARGO_BIN_EXE_milepost-under-test");

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
