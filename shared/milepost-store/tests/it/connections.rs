use milepost_model::*;

use crate::support::{account, at, store, usps};

fn connection(id: &str, scope: Scope) -> Connection {
    Connection {
        id: ConnectionId::parse(id).unwrap(),
        carrier_id: 0,
        carrier: usps(),
        scope,
        source: SourceAddress::new("s3", &[("prefix", "usps/"), ("pattern", "*.csv")]),
        pickup: Pickup::default(),
        layout: "usps_pub97".into(),
        layout_text: None,
        secret: None,
        schedule: Schedule::Every { minutes: 15 },
        notify_from: at("2026-11-20T14:03:00.123Z"),
        next_due: Some(at("2026-11-20T14:15:00Z")),
        live: None,
    }
}

#[tokio::test]
async fn connections_are_put_found_listed_and_removed() {
    let store = store().await;
    let acme = account("acme");
    let own = Scope::Account(acme.clone());
    let one = store
        .put_connection(&connection("one", own.clone()))
        .await
        .unwrap()
        .unwrap();
    let two = store
        .put_connection(&connection("two", own.clone()))
        .await
        .unwrap()
        .unwrap();
    let all = store
        .put_connection(&connection("all", Scope::Shared))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((one.carrier_id, two.carrier_id, all.carrier_id), (1, 2, 3));
    let taken = connection("one", Scope::Shared);
    assert_eq!(store.put_connection(&taken).await.unwrap(), None, "the name is taken");

    assert_eq!(store.connection(&one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.connections(&own).await.unwrap(), [one.clone(), two.clone()]);
    assert_eq!(
        store.connections(&Scope::Shared).await.unwrap(),
        std::slice::from_ref(&all)
    );

    let by_id = |account, id| store.connection_by_carrier_id(account, id);
    let zeta = account("zeta");
    assert_eq!(by_id(&acme, 1).await.unwrap(), Some(one.clone()));
    assert_eq!(by_id(&acme, 3).await.unwrap(), Some(all.clone()), "shared");
    assert_eq!(by_id(&zeta, 1).await.unwrap(), None, "another account's");
    assert_eq!(by_id(&zeta, 3).await.unwrap(), Some(all));

    assert_eq!(store.remove_connection(&one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.remove_connection(&one.id).await.unwrap(), None);
    assert_eq!(store.connection(&one.id).await.unwrap(), None);
    assert_eq!(store.connections(&own).await.unwrap(), [two]);
    assert_eq!(by_id(&acme, 1).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_ticks_one_advances() {
    let store = store().await;
    let put = store
        .put_connection(&connection("one", Scope::Shared))
        .await
        .unwrap()
        .unwrap();
    let (from, to) = (put.next_due, Some(at("2026-11-20T14:30:00Z")));
    let tick = || store.advance_due(&put.id, from, to);
    let (first, second) = tokio::join!(tick(), tick());
    assert!(first.unwrap() ^ second.unwrap());
    assert_eq!(store.connection(&put.id).await.unwrap().unwrap().next_due, to);

    assert!(store.advance_due(&put.id, to, None).await.unwrap());
    assert_eq!(store.connection(&put.id).await.unwrap().unwrap().next_due, None);
    assert!(!store.advance_due(&put.id, to, from).await.unwrap());
    assert!(store.advance_due(&put.id, None, from).await.unwrap());
    let unknown = ConnectionId::parse("unknown").unwrap();
    assert!(!store.advance_due(&unknown, None, to).await.unwrap());
    assert!(!store.advance_due(&unknown, from, to).await.unwrap());
    assert_eq!(store.connection(&unknown).await.unwrap(), None, "nothing is put by it");
}

#[tokio::test]
async fn a_bucket_knows_who_reads_it_and_a_notice_brings_a_slot_forward_once() {
    let store = store().await;
    let own = connection("own", Scope::Shared);
    let mut theirs = connection("theirs", Scope::Shared);
    theirs.source = SourceAddress::new("s3", &[("bucket", "feeds")]);
    let mut ftp = connection("ftp", Scope::Shared);
    ftp.source = SourceAddress::new("ftp", &[("host", "h"), ("user", "u")]);
    for connection in [&own, &theirs, &ftp] {
        store.put_connection(connection).await.unwrap().unwrap();
    }
    assert_eq!(store.readers("").await.unwrap(), std::slice::from_ref(&own.id));
    assert_eq!(store.readers("feeds").await.unwrap(), [theirs.id.clone()]);
    assert!(store.readers("other").await.unwrap().is_empty());

    let found = store.connection(&theirs.id).await.unwrap().unwrap();
    let noticed = at("2026-11-20T14:04:00Z");
    assert!(store.bring_forward(&found, noticed).await.unwrap());
    let due = store.connection(&theirs.id).await.unwrap().unwrap();
    assert_eq!(due.next_due, Some(noticed));
    // Of two notices that saw the same slot one moves it.
    assert!(!store.bring_forward(&found, at("2026-11-20T14:04:01Z")).await.unwrap());

    store.remove_connection(&theirs.id).await.unwrap();
    assert!(store.readers("feeds").await.unwrap().is_empty());
}
