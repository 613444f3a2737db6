//! Items as they were once written, as files: what is stored must be readable by every later version.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use super::{Item, Value};

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", &format!("{name}.json")]
        .iter()
        .collect()
}

/// The golden item of a name.
pub(super) fn item(name: &str) -> Item {
    let path = path(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let json: Map<String, Json> = serde_json::from_str(&text).unwrap();
    json.iter()
        .map(|(name, value)| (name.clone(), from_json(value)))
        .collect()
}

/// That an item is the golden one, to the byte. Where there is none yet, it is written, and the test fails so that
/// somebody looks at it.
pub(super) fn check(name: &str, made: &Item) {
    let path = path(name);
    if !path.exists() {
        let json: Map<String, Json> = made
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect();
        std::fs::write(&path, serde_json::to_string_pretty(&json).unwrap() + "\n").unwrap();
        panic!(
            "{} was missing and is written now: look at it and keep it",
            path.display()
        );
    }
    assert_eq!(made, &item(name), "{name}");
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::S(text) => json!({ "S": text }),
        Value::N(digits) => json!({ "N": digits }),
        Value::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        Value::Bool(flag) => json!({ "BOOL": flag }),
        Value::L(values) => json!({ "L": values.iter().map(to_json).collect::<Vec<_>>() }),
        Value::M(values) => {
            let values: Map<String, Json> = values
                .iter()
                .map(|(name, value)| (name.clone(), to_json(value)))
                .collect();
            json!({ "M": values })
        }
        other => panic!("{other:?} is in no item"),
    }
}

fn from_json(json: &Json) -> Value {
    let (kind, value) = json.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => Value::S(text()),
        "N" => Value::N(text()),
        "B" => Value::B(STANDARD.decode(text()).unwrap().into()),
        "BOOL" => Value::Bool(value.as_bool().unwrap()),
        "L" => Value::L(value.as_array().unwrap().iter().map(from_json).collect()),
        "M" => {
            let values = value.as_object().unwrap().iter();
            Value::M(values.map(|(name, value)| (name.clone(), from_json(value))).collect())
        }
        other => panic!("{other} is in no item"),
    }
}

mod tests {
    use super::{check, item};
    use crate::feed_files::{Checkpoint, SeenFile};
    use crate::items::{self, Fill, bytes, flag, number};
    use crate::ticks::Mark;
    use crate::{ApiKey, CredentialsHash, DueEntry, DueKind, DueWindow, FileCounts, Key, KeyHash, KeyScopes, SealKey};
    use jiff::Timestamp;
    use milepost_model::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn tracking_number() -> TrackingNumber {
        TrackingNumber::parse("9405511899223197428490").unwrap()
    }

    #[test]
    fn followers() {
        let follower = Follower {
            kind: FollowerKind::Subscription {
                carrier: CarrierCode::parse("usps").unwrap(),
            },
            account: AccountId::parse("acme").unwrap(),
            number: tracking_number(),
            started_ms: 1_763_647_380_123,
            told: Told {
                version: 1,
                identities: [[0, 1, 2, 3, 4, 5], [250, 251, 252, 253, 254, 255]].into(),
                status: Status::InTransit,
                state: *b"01234567",
            },
        };
        check("subscription", &items::follower::to_item(&follower));
        assert_eq!(items::follower::from_item(&item("subscription")), Ok(follower));
        check("followed", &items::follower::mark(&tracking_number(), 1_797_724_800));
    }

    #[test]
    fn trackers() {
        let terms = TrackerTerms {
            couriers: vec![CarrierCode::parse("usps").unwrap()],
            restricted: true,
            ship_date: Some("2026-11-19".parse().unwrap()),
            origin_country: Some("CN".into()),
            destination_country: Some("US".into()),
            destination_post_code: Some("64862".into()),
            reference: Some("c6e4fef4".into()),
            courier_name: Some("USPS Standard".into()),
            tracking_url: Some("https://example.com/1".into()),
        };
        let account = AccountId::parse("acme").unwrap();
        let tracker = Tracker {
            id: TrackerId::of(&account, &tracking_number(), &terms, 41),
            account,
            number: tracking_number(),
            created: at("2026-11-20T14:03:00.123Z"),
            subscribed: true,
            client_id: Some("shop-1".into()),
            terms,
            title: Some("Shoes".into()),
            order_number: Some("DF14".into()),
            recipient_name: Some("J. Doe".into()),
        };
        let told = Told {
            version: 1,
            identities: [[0, 1, 2, 3, 4, 5]].into(),
            status: Status::InTransit,
            state: *b"01234567",
        };
        let follower = tracker.follower(told);
        check("tracker", &items::follower::to_item(&follower));
        assert_eq!(items::follower::from_item(&item("tracker")), Ok(follower));
    }

    #[test]
    fn api_keys() {
        let hash = KeyHash::of("a key");
        let api_key = ApiKey {
            account: AccountId::default_account(),
            label: "shop".into(),
            created_ms: 1_763_647_380_123,
            scopes: KeyScopes {
                read: true,
                write: true,
                admin: false,
            },
        };
        let [presented, listed] = items::api_key::to_items(hash, &api_key);
        check("api_key", &presented);
        check("api_key_of_account", &listed);
        for name in ["api_key", "api_key_of_account"] {
            assert_eq!(items::api_key::from_item(&item(name)), Ok((hash, api_key.clone())));
        }
    }

    #[test]
    fn endpoints() {
        let key = SealKey::new([7; 32]);
        // The nonce is random, so the item is made once and only read from then on.
        let full = Endpoint {
            id: EndpointId("se-7".into()),
            account: AccountId::default_account(),
            url: "https://example.com/hooks".into(),
            name: Some("shop".into()),
            store_id: Some(12),
            style: EndpointStyle::Ship24,
            filter: EndpointFilter {
                carriers: [CarrierCode::parse("usps").unwrap()].into(),
                statuses: [Status::Delivered, Status::Exception].into(),
                tell: Tell::StatusChanges,
            },
            created: at("2026-11-20T14:03:00.123Z"),
            standing: Standing::Disabled {
                why: DisabledWhy::Gone,
                at: at("2026-11-21T14:03:00.123Z"),
            },
            circuit: Circuit {
                failures: 7,
                since: Some(at("2026-11-21T13:03:00Z")),
                rests_until: Some(at("2026-11-21T14:04:00Z")),
            },
        };
        let secrets = EndpointSecrets {
            signing: b"0123456789abcdef01234567".to_vec(),
            former: Some(FormerSecret {
                secret: b"76543210fedcba9876543210".to_vec(),
                until: at("2026-11-22T14:03:00Z"),
            }),
            headers: vec![("x-shop".into(), "7".into())],
        };
        if !super::path("endpoint_full").exists() {
            check(
                "endpoint_full",
                &items::endpoint::to_item(&full, &secrets, &key).unwrap(),
            );
        }
        let read = item("endpoint_full");
        assert!(items::endpoint::from_item(&read).unwrap() == full);
        assert!(items::endpoint::open(&read, &key).unwrap().unwrap() == secrets);

        // The first form, of which only this item is left.
        let first = Endpoint {
            name: None,
            store_id: None,
            style: EndpointStyle::ShipEngine,
            filter: EndpointFilter::of_all(Tell::EveryEvent),
            standing: Standing::Enabled,
            circuit: Circuit::default(),
            ..full
        };
        let read = item("endpoint");
        assert!(items::endpoint::from_item(&read).unwrap() == first);
        let secrets = EndpointSecrets::new(secrets.signing);
        assert!(items::endpoint::open(&read, &key).unwrap().unwrap() == secrets);
    }

    #[test]
    fn deliveries() {
        let delivery = Delivery {
            id: DeliveryId("msg_1".into()),
            account: AccountId::default_account(),
            endpoint: EndpointId("se-7".into()),
            number: tracking_number(),
            told: ToldTo {
                name: FollowerName::Subscription(CarrierCode::parse("usps").unwrap()),
                started_ms: 1_763_647_380_123,
            },
            body: b"{}".to_vec(),
            state: DeliveryState::Waiting {
                retry_at: at("2026-11-20T14:33:00Z"),
            },
            attempts: vec![
                Attempt {
                    at: at("2026-11-20T14:03:00.5Z"),
                    status: Some(503),
                    error: None,
                    milliseconds: 120,
                },
                Attempt {
                    at: at("2026-11-20T14:03:05Z"),
                    status: None,
                    error: Some("no answer in 15 s".into()),
                    milliseconds: 15_000,
                },
            ],
            created: at("2026-11-20T14:03:00.123Z"),
        };
        check("delivery", &items::delivery::to_item(&delivery, 1_797_724_800));
        check(
            "held",
            &items::delivery::to_held(&delivery, false, "0123456789abcdef", 1_797_724_800),
        );
        check(
            "message",
            &items::delivery::to_message(&delivery, 1_797_724_800).unwrap(),
        );
        let read = items::delivery::from_item(&item("delivery")).unwrap();
        let body = items::delivery::body(&item("message")).unwrap();
        assert_eq!(Delivery { body, ..read }, delivery);
    }

    #[test]
    fn due_entries() {
        let key = Key::Due {
            kind: DueKind::Retry,
            shard: 2,
            due_ms: 1_763_647_380_123,
            id: "default/msg_1".into(),
        };
        check("due", &items::due::to_item(&key, "se-7", 1_797_724_800));
        let entry = DueEntry {
            id: "default/msg_1".into(),
            due_ms: 1_763_647_380_123,
            payload: "se-7".into(),
        };
        assert_eq!(items::due::from_item(&item("due")), Ok(entry));
        let mark = Mark {
            from_ms: 1_763_647_380_123,
            rest: Some(DueWindow {
                behind: Some("1763647380123#default/msg_1".into()),
                ..DueWindow::new(DueKind::Poll, 3, 1_763_647_380_123, 1_763_650_000_000)
            }),
        };
        check("watermark", &items::due::mark_to_item(DueKind::Poll, 3, &mark));
        assert_eq!(
            items::due::mark_from_item(DueKind::Poll, 3, &item("watermark")),
            Ok(mark)
        );
    }

    #[test]
    fn connections() {
        let s3 = Connection {
            id: ConnectionId::parse("usps-daily").unwrap(),
            carrier_id: 12,
            carrier: CarrierCode::parse("usps").unwrap(),
            scope: Scope::Shared,
            source: SourceAddress::new("s3", &[("prefix", "usps/"), ("pattern", "*.csv.gz")]),
            pickup: Pickup::default(),
            layout: "usps_pub97".into(),
            layout_text: None,
            secret: None,
            schedule: Schedule::Manual,
            notify_from: at("2026-11-20T14:03:00.123Z"),
            next_due: None,
            live: None,
        };
        let ftp = Connection {
            scope: Scope::Account(AccountId::default_account()),
            source: SourceAddress::new(
                "ftp",
                &[
                    ("host", "ftp.example.com"),
                    ("port", "21"),
                    ("user", "acme"),
                    ("folder", "/out"),
                    ("pattern", "EVENTS_*"),
                ],
            ),
            layout: "own".into(),
            layout_text: Some("format = \"csv\"".into()),
            secret: Some(SecretRef("ssm:/milepost/ftp".into())),
            schedule: Schedule::Every { minutes: 15 },
            next_due: Some(at("2026-11-20T14:15:00Z")),
            ..s3.clone()
        };
        let sftp = Connection {
            source: SourceAddress::new(
                "sftp",
                &[("host", "sftp.example.com"), ("user", "acme"), ("folder", "out")],
            ),
            pickup: Pickup {
                order: FileOrdering::Time,
                marker: Some("{name}.done".into()),
                afterwards: Afterwards::MoveTo("archive".into()),
                max_files: Some(100),
                max_reject_percent: Some(5),
            },
            schedule: Schedule::Cron(Cron::parse("*/15 6-20 * * mon-fri", "Europe/Berlin").unwrap()),
            ..ftp.clone()
        };
        for (name, connection) in [("connection_flat_s3", &s3), ("connection_flat_ftp", &ftp)] {
            let mut read = items::connection::from_item(&item(name)).unwrap();
            // The hub's own bucket was an empty name.
            read.source.settings.retain(|_, value| !value.is_empty());
            assert_eq!(&read, connection);
        }
        let live = Connection {
            live: Some(LiveAccess {
                api: LiveApi::Known,
                secret: Some(SecretRef("ssm:/milepost/usps".into())),
                settings: [("account_number".to_owned(), "123".to_owned())].into(),
                base_url: Some("https://apis-tem.usps.com".into()),
                quota: Some(LiveQuota {
                    requests: 60,
                    seconds: 3_600,
                    pause_ms: 0,
                }),
            }),
            ..s3.clone()
        };
        let function = Connection {
            live: Some(LiveAccess {
                api: LiveApi::Function("arn:aws:lambda:eu-west-1:123456789012:function:my-carrier".into()),
                secret: None,
                settings: [].into(),
                base_url: None,
                quota: None,
            }),
            ..s3.clone()
        };
        let named = [
            ("connection_s3", s3),
            ("connection_ftp", ftp),
            ("connection_sftp", sftp),
            ("connection_live", live),
            ("connection_function", function),
        ];
        for (name, connection) in named {
            check(name, &items::connection::to_item(&connection).unwrap());
            assert_eq!(items::connection::from_item(&item(name)), Ok(connection));
        }
    }

    #[test]
    fn quotas() {
        let credentials = CredentialsHash::of(&["usps", "ssm:/milepost/usps"]);
        let state = QuotaState {
            whole_ms: 1_763_647_380_123,
            rested_ms: 1_763_647_350_123,
            lanes: [(AccountId::default_account(), 1_763_650_000_000)].into(),
        };
        let key = Key::Quota { credentials };
        check("quota", &items::live::quota_to_item(&key, &state, 3, 1_797_724_800));
        assert_eq!(items::live::quota_from_item(&item("quota")), Ok((state, 3)));
    }

    #[test]
    fn feed_files() {
        let seen = SeenFile {
            version: FileVersion {
                file: FileIdentity(*b"12345678"),
                revision: 3,
            },
            name: "usps/events-1.csv.gz".into(),
            size: Some(12_500_000),
            etag: Some("\"0f343b0931126a20f133d67c2b018a3b\"".into()),
            first_seen_ms: 1_763_647_380_123,
            notify_from: Some(at("2026-11-20T14:03:00.123Z")),
        };
        let counts = FileCounts {
            rows: 1_000_000,
            events: 967_830,
            facts: 3,
            duplicates: 30_225,
            // Items from before the table was compared, and codes were counted, have none.
            known: None,
            rejected: [(RejectReason::BadTime, 7), (RejectReason::Encoding, 2)].into(),
            unknown_codes: [].into(),
            parcels: 119_401,
            bundles: 230_000,
        };
        let checkpoint = Checkpoint {
            offset: 104_000_000,
            counted: 105_000_000,
            line: 1_000_001,
            reject_parts: 2,
        };
        let new = items::feed_file::new(&ConnectionId::by_hand(), 4, &seen);
        check("feed_file_new", &new);
        let progress = items::feed_file::pack_progress(checkpoint, &counts, None);
        let done = new
            .with("progress", bytes(progress))
            .with("done", flag(true))
            .with("epoch", number(5));
        check("feed_file_done", &done);
        let (state, epoch) = items::feed_file::from_item(&item("feed_file_done")).unwrap();
        assert_eq!(
            (state.checkpoint, &state.counts, state.done, epoch),
            (checkpoint, &counts, true, 5)
        );
        assert_eq!((state.name, state.size, state.etag), (seen.name, seen.size, seen.etag));
        assert_eq!(
            (state.version, state.first_seen_ms, state.notify_from),
            (seen.version, seen.first_seen_ms, seen.notify_from)
        );

        let counts = FileCounts {
            unknown_codes: [("Q9".to_owned(), 3)].into(),
            known: Some(7),
            ..state.counts
        };
        let progress = items::feed_file::pack_progress(checkpoint, &counts, None);
        let (state, _) = items::feed_file::from_item(&done.with("progress", bytes(progress))).unwrap();
        assert_eq!(state.counts, counts);
    }

    #[test]
    fn runs() {
        let report = RunReport {
            outcome: RunOutcome::Failed("the source closed the connection".into()),
            files: vec!["usps/events-1.csv.gz".into()],
            rows: 1_000_000,
            events: 967_830,
            facts: 1,
            duplicates: 30_225,
            known: Some(2),
            rejected: [(RejectReason::PlaceholderNumber, 1_945)].into(),
            first_rejects: vec![Rejected {
                line: 12,
                offset: 3_456,
                reason: RejectReason::PlaceholderNumber,
                hint: "column tracking_number".into(),
            }],
            rejects_file: Some("rejects/1.csv".into()),
            warnings: vec!["the header has an unknown column".into()],
            parcels: 119_401,
            bundles: 230_000,
            write_units: 230_512.5,
            read_units: 1.5,
            bytes: 12_500_000,
            seconds: 61.25,
            ..RunReport::started(at("2026-11-20T14:03:00.123Z"))
        };
        let connection = ConnectionId::parse("usps-daily").unwrap();
        check(
            "run",
            &items::run::to_item(&connection, &report, 1_797_724_800).unwrap(),
        );
        assert_eq!(items::run::from_item(&item("run")).as_ref(), Ok(&report));

        let report = RunReport {
            unknown_codes: [("Q9".to_owned(), 3)].into(),
            ..report
        };
        let newer = items::run::to_item(&connection, &report, 1_797_724_800).unwrap();
        assert_eq!(items::run::from_item(&newer), Ok(report));
    }
}
