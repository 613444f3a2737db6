//! Cumulative files: the same rows in a new version, with a few more.

use jiff::ToSpan;
use milepost_model::{RunOutcome, RunReport};
use support::answers::answers;
use support::carrier_file::Seeded;
use support::feed::{EventRow, days_ago, generic_file, import_text};
use support::hub::TestHub;
use support::receiver::Receiver;

const PARCELS: usize = 1_000;
const EVENTS: usize = 10;

fn number(parcel: usize) -> String {
    format!("94055118990000000{parcel:05}")
}

/// Ten events of each of a thousand parcels, in order of time, as a carrier's export has them.
fn rows() -> Vec<EventRow> {
    let start = days_ago(20).at(0, 0, 0, 0);
    let mut rng = Seeded(11);
    let mut rows = Vec::new();
    for event in 0..EVENTS {
        for parcel in 0..PARCELS {
            let minutes = i64::try_from(event).unwrap() * 1_440 + i64::try_from(rng.below(1_400)).unwrap();
            rows.push(EventRow::new(
                &number(parcel),
                "10",
                &(start + minutes.minutes()).to_string(),
            ));
        }
    }
    rows
}

async fn import(hub: &TestHub, name: &str, rows: &[EventRow]) -> RunReport {
    let report = import_text(&hub.hub, name, &generic_file(rows)).await;
    assert_eq!(report.outcome, RunOutcome::Finished);
    assert_eq!(report.rows, u64::try_from(rows.len()).unwrap());
    hub.hub.drain().await.unwrap();
    report
}

fn news(parcel: usize) -> EventRow {
    EventRow::new(&number(parcel), "01", &days_ago(2).at(9, 30, 0, 0).to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_new_is_stored_and_told() {
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    hub.add_webhook(&receiver.url).await;
    let mut rows = rows();
    let first = import(&hub, "monday.csv", &rows).await;
    assert_eq!((first.events, first.known, first.bundles), (10_000, None, 1_000));
    assert!(
        first.read_units <= 40.0,
        "a new file costs a sample of reads, not {}",
        first.read_units
    );
    for followed in [3, 4] {
        let start = format!(
            "/v1/tracking/start?carrier_code=usps&tracking_number={}",
            number(followed)
        );
        assert_eq!(hub.post(&start).await.0, 204);
    }

    // Of a tenth of the parcels there is news.
    rows.extend((0..PARCELS).step_by(10).map(|parcel| news(parcel + 3)));
    let again = import(&hub, "tuesday.csv", &rows).await;
    // What is new of a parcel is stored with the rest of it.
    assert_eq!((again.known, again.events), (Some(9_000), 1_100));
    assert_eq!(again.bundles, 100);
    let units = |report: &RunReport| 5.0 * report.write_units + report.read_units;
    assert!(
        units(&again) < 0.5 * units(&first),
        "{} and {} against {} and {}",
        again.write_units,
        again.read_units,
        first.write_units,
        first.read_units
    );
    let told = receiver.messages();
    let told: Vec<_> = told.iter().map(|told| String::from_utf8_lossy(&told.body)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(&number(3)), "{told:?}");

    // The same rows at once for a hub that never saw the first file: its answers are the same.
    let other = TestHub::start().await;
    import(&other, "tuesday.csv", &rows).await;
    let numbers: Vec<String> = (0..PARCELS).step_by(7).map(number).collect();
    assert_eq!(
        answers(&hub, &hub.key, numbers.iter().map(String::as_str)).await,
        answers(&other, &other.key, numbers.iter().map(String::as_str)).await
    );
    hub.hub.stop().await;
    other.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_file_with_bad_rows_stays_good() {
    let hub = TestHub::start().await;
    let mut rows: Vec<EventRow> = (0..27).map(news).collect();
    rows.extend((0..10).map(|_| EventRow::new("", "01", "2026-11-20T09:00:00")));
    let first = import(&hub, "monday.csv", &rows).await;
    assert_eq!((first.events, first.rejects(), first.known), (27, 10, None));
    // The last group is small, and sifted like the one before it.
    rows.push(EventRow::new("", "02", "2026-11-20T09:00:00"));
    let again = import(&hub, "tuesday.csv", &rows).await;
    assert_eq!((again.events, again.rejects(), again.known), (0, 11, Some(27)));
    // Of less than eight parcels nothing is compared.
    let few = import(&hub, "few.csv", &rows[..7]).await;
    assert_eq!((few.events, few.known, few.read_units), (7, None, 0.0));
    hub.hub.stop().await;
}
