use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::Offset;
use milepost_model::*;
use proptest::prelude::*;

use super::bundle::{from_item, to_item};
use super::draft::{BundleDraft, BundleHead};
use super::packing::write_units;
use super::{Fill, Unreadable, bytes, golden, number, size};

fn number_of(text: &str) -> TrackingNumber {
    TrackingNumber::parse(text).unwrap()
}

fn at(offset: u64) -> Arrival {
    Arrival {
        at_ms: 1_763_647_380_123,
        source: SourceHash(0xdead_beef),
        offset,
    }
}

fn bundle(events: Vec<Arrived<TrackingEvent>>, facts: Vec<Arrived<Fact>>) -> Bundle {
    Bundle {
        number: number_of("9405511899223197428490"),
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Account(AccountId::default_account()),
        kind: Kind::Import,
        arrival: at(1_000),
        file: Some(FileVersion {
            file: FileIdentity(*b"12345678"),
            revision: 3,
        }),
        replaces: false,
        notify_from: Some("2026-11-20T14:03:00Z".parse().unwrap()),
        events,
        facts,
        expires_at: 1_780_272_000,
    }
}

/// One of each: every field filled once, every kind of time.
fn full() -> Bundle {
    let wall = Wall::At(date(2026, 11, 20).at(14, 3, 7, 0));
    let zones = [
        WrittenZone::Unstated,
        WrittenZone::Offset(Offset::from_seconds(-19_800).unwrap()),
        WrittenZone::Utc,
        WrittenZone::Feed("America/Chicago".into()),
        WrittenZone::Feed("Asia/Tokyo".into()),
        WrittenZone::Feed("America/Chicago".into()),
    ];
    let mut events: Vec<_> = (1_000..)
        .step_by(500)
        .zip(zones)
        .map(|(offset, zone)| Arrived {
            offset,
            value: TrackingEvent::at(EventTime { wall, zone }),
        })
        .collect();
    let first = &mut events[0].value;
    first.code = "01".into();
    first.carrier_detail_code = "01-A".into();
    first.description = "Delivered, In/At Mailbox".into();
    first.place = Place {
        city: "MÜNCHEN".into(),
        state: "BY".into(),
        postal_code: "80331".into(),
        country: "DE".into(),
        coordinates: Some(Coordinates {
            latitude: 48.1374,
            longitude: -11.5755,
        }),
    };
    first.signer = "O'NEIL, PAT".into();
    first.company = "Zażółć Sp. z o.o.".into();
    first.piece = "2".into();
    first.sequence = Some(70_000);
    first.detail = Some(DetailCode::UndeliverableReturnedToSender);
    first.status = Some(Status::Delivered);
    first.proof_of_delivery_url = "https://example.com/pod/1".into();
    let before_1970 = EventTime {
        wall: Wall::Date(date(1969, 12, 31)),
        zone: WrittenZone::Feed("Asia/Tokyo".into()),
    };
    let facts = vec![
        Arrived {
            offset: 1_000,
            value: Fact {
                name: FactName::Status,
                value: "IT".into(),
                as_of: None,
            },
        },
        Arrived {
            offset: 4_000,
            value: Fact {
                name: FactName::Weight,
                value: "1.2 kg".into(),
                as_of: Some(before_1970),
            },
        },
    ];
    Bundle {
        kind: Kind::Live,
        replaces: true,
        ..bundle(events, facts)
    }
}

/// Long enough to be deflated.
fn many() -> Bundle {
    let events = (0..40_u32).map(|nth| Arrived {
        offset: 1_000 + 12_345 * u64::from(nth),
        value: TrackingEvent {
            code: "NT".into(),
            description: "In Transit to Next Facility".into(),
            ..TrackingEvent::at(EventTime {
                wall: Wall::At(
                    date(2026, 11, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_secs(3_601 * i64::from(nth)),
                ),
                zone: WrittenZone::Unstated,
            })
        },
    });
    bundle(events.collect(), Vec::new())
}

#[test]
fn golden_bundles() {
    let status_alone = Arrived {
        offset: 1_000,
        value: Fact {
            name: FactName::Status,
            value: "DE".into(),
            as_of: None,
        },
    };
    let shared = Bundle {
        scope: Scope::Shared,
        file: None,
        notify_from: None,
        ..bundle(Vec::new(), vec![status_alone])
    };
    for (name, bundle) in [
        ("bundle_full", full()),
        ("bundle_many", many()),
        ("bundle_fact", shared),
    ] {
        golden::check(name, &to_item(&bundle));
        let read = from_item(&golden::item(name)).unwrap();
        assert_eq!(read, bundle, "{name}");
        assert_eq!(to_item(&read), golden::item(name), "{name}");
    }
}

#[test]
fn forty_events_are_deflated_into_one_unit() {
    let many = to_item(&many());
    assert_eq!(many["b"].as_b().unwrap().as_ref()[0], 1);
    assert_eq!(write_units(size(&many)), 1, "{}", size(&many));
}

/// Rows of ten parcels of the standard synthetic file, eight events each, scattered over 10 MB as they are in it.
#[test]
fn eight_typical_events_fit_one_write_unit() {
    let rows = include_str!("../../tests/fixtures/typical.jsonl");
    let mut parcels = std::collections::BTreeMap::<String, Vec<_>>::new();
    for (nth, row) in (0_u64..).zip(rows.lines()) {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let event = TrackingEvent {
            code: text("event_code"),
            description: text("description"),
            place: Place {
                city: text("city"),
                state: text("state"),
                postal_code: text("postal_code"),
                country: text("country"),
                coordinates: None,
            },
            signer: text("signer"),
            company: text("company"),
            ..TrackingEvent::at(EventTime {
                wall: Wall::At(text("local_timestamp").parse().unwrap()),
                zone: WrittenZone::Feed("America/Chicago".into()),
            })
        };
        parcels.entry(text("tracking_number")).or_default().push(Arrived {
            offset: 90_000_000 + 125_001 * nth,
            value: event,
        });
    }
    assert_eq!(parcels.len(), 10);
    for (number, events) in parcels {
        assert_eq!(events.len(), 8);
        let bundle = Bundle {
            number: number_of(&number),
            arrival: at(events[0].offset),
            ..bundle(events, Vec::new())
        };
        let item = to_item(&bundle);
        assert_eq!(item["b"].as_b().unwrap().as_ref()[0], 0, "without deflate");
        assert!(size(&item) <= 1024, "{number}: {} bytes", size(&item));
    }
}

#[test]
fn what_a_newer_version_wrote() {
    let item = to_item(&many());
    assert_eq!(
        from_item(&item.clone().with("v", number(2))),
        Err(Unreadable::Newer { item: "bundle" })
    );
    // Keys 77 and 78 of the bundle, 90 of an event, fact 200, detail 250: skipped.
    let newer = [
        &[0_u8][..],
        &[0xa4, 0x18, 77, 0x82, 1, 0xa1, 1, 2, 0x18, 78, 0x61, b'x'],
        &[0x07, 0x81, 0xa3, 0x01, 0x00, 0x18, 90, 0xf5, 0x0f, 0x18, 250],
        &[
            0x08, 0x82, 0xa2, 0x05, 0x18, 200, 0x06, 0x61, b'y', 0xa2, 0x05, 0x00, 0x06, 0x62, b'D', b'E',
        ],
    ]
    .concat();
    let read = from_item(&item.with("b", bytes(newer))).unwrap();
    let epoch = TrackingEvent::at(EventTime {
        wall: Wall::At(date(1970, 1, 1).at(0, 0, 0, 0)),
        zone: WrittenZone::Unstated,
    });
    assert_eq!(
        read.events,
        [Arrived {
            offset: 1_000,
            value: epoch
        }]
    );
    assert_eq!(read.facts.len(), 1);
    assert_eq!(read.facts[0].value.name, FactName::Status);
}

#[test]
fn damaged_bundles_are_errors() {
    let item = to_item(&full());
    let damaged = |part| Err(Unreadable::Part { item: "bundle", part });
    let check = |name: &str, value, part| {
        assert_eq!(from_item(&item.clone().with(name, value)), damaged(part), "{name}");
    };
    check("b", bytes([]), "b");
    check("b", bytes([9]), "b");
    check("b", bytes([0]), "b");
    check("b", bytes([0, 0xa1]), "b");
    check("b", bytes([1, 2, 3]), "b");
    // An event without a time, with an impossible offset, with a zone that is not in the list.
    check("b", bytes([0, 0xa1, 7, 0x81, 0xa0]), "b");
    check("b", bytes([0, 0xa1, 7, 0x81, 0xa2, 1, 0, 3, 0x1a, 0x7f, 0, 0, 0]), "b");
    check("b", bytes([0, 0xa1, 7, 0x81, 0xa2, 1, 0, 4, 5]), "b");
    check(
        "b",
        bytes([0, 0xa1, 7, 0x81, 0xa1, 1, 0x1b, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
        "b",
    );
    check("b", number(1), "b");
    check("expires_at", bytes([]), "expires_at");
    check("sk", super::text("B#usps"), "key");
    check("sk", super::text("F"), "key");
    let mut cut = item;
    cut.remove("b");
    assert_eq!(from_item(&cut), damaged("b"));
}

#[test]
fn stored_numbers_never_change() {
    assert_eq!(DetailCode::ALL[1], DetailCode::ShipmentCreated);
    assert_eq!(DetailCode::ALL[32], DetailCode::Delivered);
    assert_eq!(DetailCode::ALL[74], DetailCode::UndeliverableReturnedToSender);
    for (nth, detail) in DetailCode::ALL.iter().enumerate() {
        assert_eq!(*detail as usize, nth);
    }
    // All 75 in their order: who inserts one in the middle gives stored events another meaning.
    let list: Vec<&str> = DetailCode::ALL.iter().map(|detail| detail.as_str()).collect();
    assert_eq!(
        SourceHash::of(list.join("\n").as_bytes()),
        SourceHash(DETAIL_LIST),
        "the stored numbers of detail codes"
    );
    for (rank, status) in Status::ALL.into_iter().enumerate() {
        assert_eq!(usize::from(status.rank()), rank);
    }
    assert_eq!(Status::ALL.map(Status::code).join(" "), "UN NY AC IT AT EX SP DE");
}

/// The hash of the list as it was when items were first written.
const DETAIL_LIST: u32 = 3_029_419_083;

#[test]
fn the_hash_is_of_the_content_alone() {
    let key = |bundle: &Bundle| super::sort_key(&to_item(bundle)).to_owned();
    let one = full();
    let later = Bundle {
        expires_at: one.expires_at + 1,
        ..one.clone()
    };
    assert_eq!(key(&one), key(&later), "a longer retention replaces the item");
    let mut other = one.clone();
    other.events[0].value.signer.push('.');
    assert_ne!(key(&one), key(&other));
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => "\\PC{1,30}"]
}

fn any_time() -> impl Strategy<Value = EventTime> {
    let seconds = date(1900, 1, 1)
        .at(0, 0, 0, 0)
        .duration_since(date(1970, 1, 1).at(0, 0, 0, 0))
        .as_secs()..8_000_000_000_i64;
    let wall = (seconds, any::<bool>()).prop_map(|(seconds, timed)| {
        let at = date(1970, 1, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_secs(seconds);
        if timed { Wall::At(at) } else { Wall::Date(at.date()) }
    });
    let zone = prop_oneof![
        Just(WrittenZone::Unstated),
        Just(WrittenZone::Utc),
        (-93_599..=93_599_i32).prop_map(|seconds| WrittenZone::Offset(Offset::from_seconds(seconds).unwrap())),
        "[A-Z][a-z]{2,8}/[A-Z][a-z]{2,8}".prop_map(|name| WrittenZone::Feed(name.into())),
        Just(WrittenZone::Feed("America/Chicago".into())),
    ];
    (wall, zone).prop_map(|(wall, zone)| EventTime { wall, zone })
}

fn any_event() -> impl Strategy<Value = TrackingEvent> {
    let coordinates =
        (-90.0..=90.0, -180.0..=180.0).prop_map(|(latitude, longitude)| Coordinates { latitude, longitude });
    let place = (
        some_text(),
        some_text(),
        some_text(),
        some_text(),
        proptest::option::of(coordinates),
    )
        .prop_map(|(city, state, postal_code, country, coordinates)| Place {
            city,
            state,
            postal_code,
            country,
            coordinates,
        });
    let texts = prop::array::uniform7(some_text());
    let marks = (
        proptest::option::of(any::<u32>()),
        proptest::option::of(prop::sample::select(DetailCode::ALL.to_vec())),
        proptest::option::of(prop::sample::select(Status::ALL.to_vec())),
    );
    (any_time(), place, texts, marks).prop_map(|(time, place, texts, (sequence, detail, status))| {
        let [
            code,
            carrier_detail_code,
            description,
            signer,
            company,
            piece,
            proof_of_delivery_url,
        ] = texts;
        TrackingEvent {
            time,
            code,
            carrier_detail_code,
            description,
            place,
            signer,
            company,
            piece,
            sequence,
            detail,
            status,
            proof_of_delivery_url,
        }
    })
}

fn any_fact() -> impl Strategy<Value = Fact> {
    (
        prop::sample::select(FactName::ALL.to_vec()),
        "\\PC{1,20}",
        proptest::option::of(any_time()),
    )
        .prop_map(|(name, value, as_of)| Fact { name, value, as_of })
}

fn arrived<T: std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Arrived<T>> {
    // Any offset, behind the first row or not.
    (0..1_u64 << 48, value).prop_map(|(offset, value)| Arrived { offset, value })
}

fn any_bundle() -> impl Strategy<Value = Bundle> {
    let scope = prop_oneof![Just(Scope::Shared), Just(Scope::Account(AccountId::default_account()))];
    let file = (any::<[u8; 8]>(), any::<u32>()).prop_map(|(file, revision)| FileVersion {
        file: FileIdentity(file),
        revision,
    });
    let notify_from = (0..4_000_000_000_i64, prop_oneof![Just(0), 0..1_000_000_000_i32])
        .prop_map(|(seconds, nanoseconds)| Timestamp::new(seconds, nanoseconds).unwrap());
    let marks = (
        scope,
        proptest::option::of(file),
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(notify_from),
        0..1_u64 << 48,
        any::<i64>(),
    );
    let events = proptest::collection::vec(arrived(any_event()), 0..20);
    let facts = proptest::collection::vec(arrived(any_fact()), 0..5);
    (marks, events, facts).prop_map(
        |((scope, file, live, replaces, notify_from, offset, expires_at), events, facts)| Bundle {
            scope,
            kind: if live { Kind::Live } else { Kind::Import },
            file,
            replaces,
            notify_from,
            arrival: at(offset),
            expires_at,
            ..bundle(events, facts)
        },
    )
}

proptest! {
    #[test]
    fn bundles_come_back_and_are_written_alike(bundle in any_bundle()) {
        let item = to_item(&bundle);
        let read = from_item(&item).unwrap();
        prop_assert_eq!(&read, &bundle);
        prop_assert_eq!(to_item(&read), item);
    }

    #[test]
    fn a_draft_says_what_the_model_says(mut bundle in any_bundle()) {
        bundle.events.sort_by_key(|event| event.offset);
        bundle.facts.sort_by_key(|fact| fact.offset);
        let mut draft = BundleDraft::default();
        for event in &bundle.events {
            draft.push_event(event.offset, &event.value);
        }
        for fact in &bundle.facts {
            draft.push_fact(fact.offset, &fact.value);
        }
        prop_assert_eq!(draft.events(), bundle.events.len());
        let first = bundle.events.first().map(|event| event.offset);
        let first = first.or_else(|| bundle.facts.first().map(|fact| fact.offset));
        bundle.arrival = at(first.unwrap_or(5));
        let head = BundleHead {
            number: bundle.number.clone(),
            carrier: bundle.carrier.clone(),
            scope: bundle.scope.clone(),
            kind: bundle.kind,
            arrival: at(5),
            file: bundle.file,
            replaces: bundle.replaces,
            notify_from: bundle.notify_from,
            expires_at: bundle.expires_at,
        };
        let put = draft.finish(head);
        prop_assert_eq!(&put.0, &to_item(&bundle));
    }

    #[test]
    fn no_content_is_a_panic(content in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_item(&to_item(&full()).with("b", bytes(content)));
    }

    #[test]
    fn no_changed_byte_is_a_panic(at in any::<prop::sample::Index>(), to: u8) {
        let item = to_item(&full());
        let mut content = item["b"].as_b().unwrap().as_ref().to_vec();
        let at = at.index(content.len());
        content[at] = to;
        let _ = from_item(&item.with("b", bytes(content)));
    }
}
