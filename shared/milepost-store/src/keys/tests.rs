use super::*;
use milepost_model::{FileIdentity, SourceHash};
use proptest::prelude::*;

const MAX_48: u64 = (1 << 48) - 1;
const MAX_MS: i64 = 9_999_999_999_999;

fn any_key() -> impl Strategy<Value = Key> {
    let number = || "[A-Z0-9]{5,20}[X-Z]1/-".prop_map(|n| TrackingNumber::parse(&n).unwrap());
    let carrier = || "[a-z0-9]{1,10}(_[a-z0-9]{1,10})?".prop_map(|c| CarrierCode::parse(&c).unwrap());
    let account = || "[a-z0-9][a-z0-9-]{0,39}".prop_map(|a| AccountId::parse(&a).unwrap());
    let scope = || prop_oneof![Just(Scope::Shared), account().prop_map(Scope::Account)];
    let connection = || "[a-z0-9][a-z0-9-]{0,59}".prop_map(|c| ConnectionId::parse(&c).unwrap());
    let kind = || prop::sample::select(DueKind::ALL.to_vec());
    let hash = || any::<[u8; 32]>().prop_map(KeyHash::from_bytes);
    let arrival = (0..=MAX_48, any::<u32>(), 0..=MAX_48).prop_map(|(at_ms, source, offset)| Arrival {
        at_ms,
        source: SourceHash(source),
        offset,
    });
    // Ids are anybody's texts: a part of ours inside them must not confuse.
    let id = || "[a-z#0-9é-]{1,20}";
    let of_number = prop_oneof![
        (number(), carrier(), scope(), arrival, any::<[u8; 8]>()).prop_map(
            |(number, carrier, scope, arrival, content)| Key::Bundle {
                number,
                carrier,
                scope,
                arrival,
                content: ContentHash(content)
            }
        ),
        (number(), carrier(), account()).prop_map(|(number, carrier, account)| Key::Subscription {
            number,
            carrier,
            account
        }),
        (number(), account(), any::<[u8; 16]>().prop_map(TrackerId::from_bytes)).prop_map(
            |(number, account, tracker)| Key::Tracker {
                number,
                account,
                tracker
            }
        ),
        (account(), 0..1_u64 << 48).prop_map(|(account, place)| Key::TrackerPlace { account, place }),
        (account(), id()).prop_map(|(account, client_id)| Key::TrackerName { account, client_id }),
        number().prop_map(|number| Key::Followed { number }),
        (number(), carrier(), scope()).prop_map(|(number, carrier, scope)| Key::LiveState { number, carrier, scope }),
    ];
    let of_time = prop_oneof![
        (kind(), any::<u8>(), 0..=MAX_MS, id()).prop_map(|(kind, shard, due_ms, id)| Key::Due {
            kind,
            shard,
            due_ms,
            id
        }),
        (kind(), any::<u8>()).prop_map(|(kind, shard)| Key::Watermark { kind, shard }),
    ];
    let of_connection = prop_oneof![
        connection().prop_map(|id| Key::Connection { id }),
        (connection(), any::<[u8; 8]>(), any::<u32>()).prop_map(|(connection, file, revision)| Key::FeedFile {
            connection,
            version: FileVersion {
                file: FileIdentity(file),
                revision
            }
        }),
        connection().prop_map(|connection| Key::Lease { connection }),
        (connection(), 0..=MAX_MS).prop_map(|(connection, started_ms)| Key::Run { connection, started_ms }),
    ];
    let of_account = prop_oneof![
        (scope(), connection()).prop_map(|(scope, id)| Key::ConnectionOf { scope, id }),
        (scope(), any::<i32>()).prop_map(|(scope, carrier_id)| Key::CarrierId { scope, carrier_id }),
        (scope(), id()).prop_map(|(scope, name)| Key::Counter { scope, name }),
        (account(), id()).prop_map(|(account, id)| Key::Endpoint {
            account,
            id: EndpointId(id)
        }),
        (account(), id()).prop_map(|(account, id)| Key::Delivery {
            account,
            id: DeliveryId(id)
        }),
        (account(), 0..=MAX_MS, id()).prop_map(|(account, created_ms, id)| Key::Message {
            account,
            created_ms,
            id: DeliveryId(id)
        }),
        (account(), "se-[0-9]{1,4}", 0..=MAX_MS, id()).prop_map(|(account, endpoint, created_ms, id)| Key::Held {
            account,
            endpoint: EndpointId(endpoint),
            created_ms,
            id: DeliveryId(id)
        }),
        (account(), hash()).prop_map(|(account, hash)| Key::KeyOf { account, hash }),
        (account(), "[A-Za-z0-9_-]{1,50}").prop_map(|(account, id)| Key::Label {
            account,
            id: LabelId::parse(&id).unwrap()
        }),
        account().prop_map(|id| Key::Account { id }),
        hash().prop_map(|hash| Key::ApiKey { hash }),
        ("[a-z0-9.-]{3,63}", connection()).prop_map(|(bucket, id)| Key::Reader { bucket, id }),
        any::<[u8; 16]>().prop_map(|hash| Key::Forgotten {
            hash: ForgottenHash(hash)
        }),
    ];
    let of_credentials = (any::<[u8; 8]>(), any::<bool>()).prop_map(|(hash, quota)| {
        let credentials = CredentialsHash(hash);
        match quota {
            true => Key::Quota { credentials },
            false => Key::Token { credentials },
        }
    });
    prop_oneof![of_number, of_time, of_connection, of_account, of_credentials]
}

proptest! {
    #[test]
    fn every_key_is_read_as_it_was_written(key in any_key()) {
        prop_assert_eq!(Key::parse(&key.pk(), &key.sk()), Ok(key));
    }

    #[test]
    fn no_text_is_a_panic(pk in "[NDCAKLX]#?\\PC{0,12}", sk in "[BWTPFCLRMEKINQ]#?\\PC{0,12}") {
        if let Ok(key) = Key::parse(&pk, &sk) {
            prop_assert_eq!((key.pk(), key.sk()), (pk, sk));
        }
    }
}

#[test]
fn shapes() {
    let number = TrackingNumber::parse("9405511899223197428490").unwrap();
    let arrival = Arrival {
        at_ms: 0x0193_4c2e_8a10,
        source: SourceHash(0xabcd_ef01),
        offset: 258,
    };
    let bundle = Key::Bundle {
        number,
        carrier: CarrierCode::parse("usps").unwrap(),
        scope: Scope::Shared,
        arrival,
        content: ContentHash([0, 1, 2, 3, 4, 5, 6, 255]),
    };
    assert_eq!(bundle.pk(), "N#9405511899223197428490");
    assert_eq!(
        bundle.sk(),
        "B#usps#*#01934c2e8a10abcdef01000000000102#00010203040506ff"
    );
    let due = Key::Due {
        kind: DueKind::Retry,
        shard: 3,
        due_ms: 1_763_647_380_000,
        id: "d1".into(),
    };
    assert_eq!(
        (due.pk().as_str(), due.sk().as_str()),
        ("D#retry#3#1959608", "1763647380000#d1")
    );
}

#[test]
fn strangers_are_refused() {
    let check = |pk, sk| assert_eq!(Key::parse(pk, sk), Err(NotAKey), "{pk} {sk}");
    check("", "");
    check("N#9405511899223197428490", "");
    check("N#9405511899223197428490", "Z#usps");
    check("N#ab12345", "F");
    check("N#9405511899223197428490", "B#usps#*#01934c2e8a10abcdef01000000000102");
    check(
        "N#9405511899223197428490",
        "B#usps#*#01934c2e8a10abcdef01000000000102#00010203040506FF",
    );
    check("A#*", "E#se-1");
    check("D#retry#3#1", "1763647380000#d1");
    check("C#fedex", "R#1");
}
