//! A few hundred followed parcels out of several thousand rows, whose events come in three files: who is told what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use milepost_contract::shipengine::TrackingLog;
use milepost_local::hub::WEBHOOK_QUEUE;
use milepost_model::RunOutcome;
use serde_json::Value;
use support::answers::{Waiting, answers, waiting};
use support::carrier_file::{CarrierFile, Seeded};
use support::feed::{EventRow, days_ago, generic_file, import_path, import_text};
use support::fickle_receiver::FickleReceiver;
use support::hub::TestHub;
use support::receiver::Receiver;

const ROWS: u64 = 4_000;
const FILES: usize = 3;

/// Of a thousand rows so many come in any file, wherever their place is, and so many come again, most in a later one.
const LATE_OR_EARLY: u64 = 250;
const AGAIN: u64 = 50;

const DELIVERED: &str = "Delivered, In/At Mailbox";
const CORRECTED: &str = "Delivered, Front Door/Porch";

/// The answers about some parcels.
type Answers = BTreeMap<String, TrackingLog>;

/// When somebody follows a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Following {
    /// From before the first file to the end.
    Always,
    /// From behind the first file.
    Later,
    /// Until the third file.
    Stopped,
    /// But not during the second file.
    Paused,
    Never,
}

impl Following {
    /// Half of the parcels are followed by nobody.
    fn of(index: usize) -> Self {
        match index % 10 {
            0 | 1 => Self::Always,
            2 => Self::Later,
            3 => Self::Stopped,
            4 => Self::Paused,
            _ => Self::Never,
        }
    }

    /// Whether it goes on during one of the files, 0 to 2.
    fn during(self, file: usize) -> bool {
        match self {
            Self::Always => true,
            Self::Later => file > 0,
            Self::Stopped => file < 2,
            Self::Paused => file != 1,
            Self::Never => false,
        }
    }
}

/// A message that was accepted.
struct Told {
    number: String,
    body: Value,
}

/// What the receiver has heard, over all files.
#[derive(Default)]
struct Heard {
    ids: BTreeMap<Bytes, String>,
    bodies: BTreeMap<String, Bytes>,
    refused: BTreeSet<String>,
    refusals: usize,
    last: BTreeMap<String, Value>,
}

impl Heard {
    /// Hears what was sent since the last time; answers what was accepted, in order of arrival.
    fn hear(&mut self, receiver: &FickleReceiver, secret: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        for attempt in receiver.take() {
            let message = attempt.message;
            assert!(message.verifies(secret, &message.body), "{}", message.id);
            let id = self
                .ids
                .entry(message.body.clone())
                .or_insert_with(|| message.id.clone());
            assert_eq!(*id, message.id, "one message has one id");
            let body = self.bodies.entry(message.id.clone());
            let body = body.or_insert_with(|| message.body.clone());
            assert_eq!(*body, message.body, "an id stands for the same bytes");
            if !attempt.accepted {
                self.refusals += 1;
                self.refused.insert(message.id);
                continue;
            }
            self.refused.remove(&message.id);
            let body: Value = serde_json::from_slice(&message.body).unwrap();
            let number = body["data"]["tracking_number"].as_str().unwrap().to_owned();
            self.last.insert(number.clone(), body.clone());
            told.push(Told { number, body });
        }
        assert!(self.refused.is_empty(), "not attempted again: {:?}", self.refused);
        told
    }
}

/// Whether a message says what the API says of the parcel. The message has no `carrier_id`, `carrier_code` and
/// `tracking_url`, and the API no label.
#[track_caller]
fn check_body(body: &Value, log: &TrackingLog) {
    let log = serde_json::to_value(log).unwrap();
    let data = body["data"].as_object().unwrap();
    for (name, value) in data.iter().filter(|(name, _)| *name != "label_url") {
        assert_eq!(*value, log[name], "{name} of {}", log["tracking_number"]);
    }
    assert!(data.len() >= 12, "{data:?}");
}

/// The rows of a carrier's file, dealt out to several: most where their place is, some earlier or later, some twice.
fn dealt(file: &CarrierFile, rng: &mut Seeded) -> [Vec<Vec<u8>>; FILES] {
    let mut files = [const { Vec::new() }; FILES];
    let rows: Vec<&[u8]> = file.bytes.split_inclusive(|byte| *byte == b'\n').skip(1).collect();
    assert_eq!(rows.len(), usize::try_from(file.rows).unwrap(), "a row is a line");
    for (place, row) in rows.iter().enumerate() {
        let due = if rng.chance(LATE_OR_EARLY) {
            rng.pick(&[0, 1, 2])
        } else {
            place * FILES / rows.len()
        };
        files[due].push(row.to_vec());
        if rng.chance(AGAIN) {
            files[(due + 1).min(FILES - 1)].push(row.to_vec());
        }
    }
    files
}

fn header(file: &CarrierFile) -> Vec<u8> {
    let mut lines = file.bytes.split_inclusive(|byte| *byte == b'\n');
    lines.next().unwrap().to_vec()
}

/// The row of a parcel's delivery, in other words; `None` where it is something else that rules.
fn correction(file: &CarrierFile, number: &str, log: &TrackingLog) -> Option<Vec<u8>> {
    let newest = log.events.first()?;
    if (newest.event_code.as_str(), log.status_code.as_str()) != ("01", "DE") {
        return None;
    }
    let begin = format!("{number},01,\"{DELIVERED}\",{},", newest.carrier_occurred_at);
    let mut rows = file.bytes.split_inclusive(|byte| *byte == b'\n');
    let row = rows.find(|row| row.starts_with(begin.as_bytes()))?;
    let row = std::str::from_utf8(row).unwrap();
    Some(row.replace(DELIVERED, CORRECTED).into_bytes())
}

/// Starts or stops following parcels.
async fn ask(hub: &TestHub, what: &str, numbers: &[&str]) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for number in numbers {
        let url = format!(
            "{}/v1/tracking/{what}?carrier_code=usps&tracking_number={number}",
            hub.url
        );
        let answer = client.post(url).header("API-Key", &hub.key).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{what} {number}");
    }
}

/// Whether there is something to tell; before the first file nothing is known.
fn is_news(before: Option<&TrackingLog>, after: &TrackingLog) -> bool {
    before.map_or(!after.events.is_empty(), |before| before != after)
}

/// Waits until everything is told, what was refused included: it comes again after five or six seconds.
async fn all_told(hub: &TestHub) {
    for _ in 0..600 {
        hub.hub.drain().await.unwrap();
        let left = waiting(hub, WEBHOOK_QUEUE).await;
        if left == Waiting::default() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("after a minute there is still something to tell");
}

async fn import(hub: &TestHub, name: &str, rows: &[Vec<u8>]) -> u64 {
    let path = hub.folder.join(name);
    std::fs::write(&path, rows.concat()).unwrap();
    let report = import_path(&hub.hub, &path, "generic").await;
    assert_eq!(report.outcome, RunOutcome::Finished, "{report:#?}");
    report.rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_every_change_once_and_nobody_anything_else() {
    let hub = TestHub::start().await;
    let receiver = FickleReceiver::start().await;
    let secret = hub.add_webhook(&receiver.url).await;
    let (file, mut rng) = (CarrierFile::of_rows(ROWS, 31), Seeded(31));
    let parcels: BTreeMap<&str, Following> = file.numbers().zip((0..).map(Following::of)).collect();
    let during = |file: usize| -> BTreeSet<&str> {
        let followed = parcels.iter().filter(|(_, following)| following.during(file));
        followed.map(|(number, _)| *number).collect()
    };

    let (mut heard, mut followed, mut corrected) = (Heard::default(), BTreeSet::new(), 0);
    let watched: Vec<&str> = (0..FILES)
        .flat_map(during)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert!(watched.len() > 200, "{}", watched.len());
    let mut before = Answers::new();
    for (index, mut rows) in dealt(&file, &mut rng).into_iter().enumerate() {
        let wanted = during(index);
        ask(
            &hub,
            "start",
            &wanted.difference(&followed).copied().collect::<Vec<_>>(),
        )
        .await;
        ask(&hub, "stop", &followed.difference(&wanted).copied().collect::<Vec<_>>()).await;
        followed = wanted;
        if index == FILES - 1 {
            let corrections = before.iter().filter_map(|(number, log)| correction(&file, number, log));
            let corrections: Vec<Vec<u8>> = corrections.collect();
            corrected = corrections.len();
            rows.extend(corrections);
        }
        rows.insert(0, header(&file));
        let read = import(&hub, &format!("{index}.csv"), &rows).await;
        assert_eq!(read, u64::try_from(rows.len() - 1).unwrap());
        all_told(&hub).await;

        let after = answers(&hub, &hub.key, watched.iter().copied()).await;
        let told = heard.hear(&receiver, &secret);
        let changed = followed
            .iter()
            .filter(|number| is_news(before.get(**number), &after[**number]));
        let changed: Vec<&str> = changed.copied().collect();
        assert!(changed.len() > 50, "{} in file {index}", changed.len());
        let mut numbers: Vec<&str> = told.iter().map(|told| told.number.as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, changed, "one message about each that changed in file {index}");
        for Told { number, body } in &told {
            check_body(body, &after[number]);
        }
        before = after;
    }

    for (number, _) in parcels.iter().filter(|(_, following)| **following == Following::Always) {
        check_body(&heard.last[*number], &before[*number]);
    }
    assert!(heard.refusals > 10, "{}", heard.refusals);
    let is_corrected = |log: &&TrackingLog| log.events.iter().any(|event| event.description == CORRECTED);
    assert!(corrected > 20, "{corrected}");
    assert_eq!(before.values().filter(is_corrected).count(), corrected);

    // But for the words that were corrected, the three files come to what the one would have come to.
    let unwatched = parcels.keys().filter(|number| !before.contains_key(**number));
    before.extend(answers(&hub, &hub.key, unwatched.copied().collect::<Vec<_>>()).await);
    for log in before.values_mut() {
        for event in log.events.iter_mut().filter(|event| event.description == CORRECTED) {
            DELIVERED.clone_into(&mut event.description);
        }
    }
    file.check(&before);
    hub.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_that_are_corrected() {
    const NUMBER: &str = "9405511899223197428490";
    let hub = TestHub::start().await;
    let receiver = Receiver::start().await;
    hub.add_webhook(&receiver.url).await;
    let day = days_ago(3);
    let row = |code: &str, hour: u8, description: &str| EventRow {
        description: description.to_owned(),
        ..EventRow::new(NUMBER, code, &format!("{day}T{hour:02}:00:00"))
    };
    ask(&hub, "start", &[NUMBER]).await;
    let files = [
        // Two events are one message.
        (vec![row("OF", 8, "Out for Delivery"), row("02", 12, "Notice Left")], 1),
        // The newest event is what the status is about, and its words are the status's.
        (vec![row("02", 12, "Notice Left (No Secure Location)")], 2),
        // An older one was told, whatever its words; they go with the next news.
        (vec![row("OF", 8, "Out for Delivery Expected by 9:00pm")], 2),
        (vec![row("01", 16, "Delivered to Agent")], 3),
    ];
    for (index, (rows, messages)) in files.into_iter().enumerate() {
        import_text(&hub.hub, &format!("{index}.csv"), &generic_file(&rows)).await;
        hub.hub.drain().await.unwrap();
        assert_eq!(receiver.messages().len(), messages, "{rows:?}");
    }
    let now = answers(&hub, &hub.key, [NUMBER]).await;
    let last = receiver.messages().pop().unwrap();
    check_body(&serde_json::from_slice(&last.body).unwrap(), &now[NUMBER]);
    let words: Vec<&str> = now[NUMBER]
        .events
        .iter()
        .map(|event| event.description.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "Delivered to Agent",
            "Notice Left (No Secure Location)",
            "Out for Delivery Expected by 9:00pm"
        ]
    );
    hub.hub.stop().await;
}
