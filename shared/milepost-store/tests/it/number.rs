use aws_sdk_dynamodb::types::AttributeValue;
use milepost_model::*;

use crate::followers::follower;
use crate::support::{TABLE, bundle, number, store, store_and_client};

#[tokio::test]
async fn one_query_answers_everything() {
    let store = store().await;
    let ours = number("9405511899223197428490");
    let theirs = number("9405511899223197428491");
    let mut dhl = bundle(&ours, 3);
    dhl.carrier = CarrierCode::parse("dhl").unwrap();
    let mut own = bundle(&ours, 4);
    own.scope = Scope::Account(AccountId::default_account());
    let bundles = [dhl.clone(), bundle(&ours, 1), bundle(&ours, 2), own.clone()];
    store.put_bundles(&bundles).await.unwrap();
    store.put_bundles(&[bundle(&theirs, 1)]).await.unwrap();
    store.mark_followed(&ours, 2_000).await.unwrap();
    let (one, two) = (follower(&ours, "acme"), follower(&ours, "zeta"));
    for follower in [&two, &one] {
        assert!(store.put_follower(follower).await.unwrap());
    }
    let read = store.number(&ours, 1_000).await.unwrap();
    assert_eq!(read.bundles, [dhl, bundle(&ours, 1), bundle(&ours, 2), own]);
    assert_eq!(read.followers, [one, two]);
    assert!(read.followed_until.is_some() && !read.truncated);
    let read = store.number(&ours, 2_000).await.unwrap();
    assert!(read.followed_until.is_none(), "the mark has expired");
    assert_eq!(read.followers.len(), 2);
    let unknown = store.number(&number("ABCD1234"), 0).await.unwrap();
    assert!(unknown.bundles.is_empty() && unknown.followed_until.is_none());
}

#[tokio::test]
async fn what_has_expired_is_left_out() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let mut old = bundle(&number, 1);
    old.expires_at = 100;
    store.put_bundles(&[old, bundle(&number, 2)]).await.unwrap();
    assert_eq!(store.number(&number, 99).await.unwrap().bundles.len(), 2);
    assert_eq!(store.number(&number, 100).await.unwrap().bundles, [bundle(&number, 2)]);
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_hides_nothing() {
    let (store, table) = store_and_client().await;
    let number = number("9405511899223197428490");
    let good = [bundle(&number, 1), bundle(&number, 2)];
    store.put_bundles(&good).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let version = |version: &str| AttributeValue::N(version.to_owned());
    for (sk, v, content) in [
        (
            "B#usps#*#01934c2e8a10abcdef01000000000102#0001020304050607",
            "1",
            "damaged",
        ),
        (
            "B#usps#*#01934c2e8a10abcdef01000000000102#ffffffffffffffff",
            "2",
            "newer",
        ),
        ("B#usps", "1", "no key"),
        ("W#usps#acme", "1", "no follower"),
        ("P#usps#*", "1", "no live state"),
        ("T#acme#1", "1", "no tracker"),
        // A kind that nobody knows yet is passed over.
        ("Z#1", "9", "unknown"),
    ] {
        let put = table.put_item().table_name(TABLE);
        let put = put.item("pk", text("N#9405511899223197428490")).item("sk", text(sk));
        let content = AttributeValue::B(content.as_bytes().to_vec().into());
        put.item("v", version(v)).item("b", content).send().await.unwrap();
    }
    let read = store.number(&number, 0).await.unwrap();
    assert_eq!(read.bundles, good);
    assert_eq!(read.unreadable, 6);
    assert!(read.followers.is_empty());
}

#[tokio::test]
async fn a_number_with_too_much_loses_its_oldest_and_says_so() {
    let store = store().await;
    let number = number("9405511899223197428490");
    store.put_follower(&follower(&number, "acme")).await.unwrap();
    // 30 bundles of 300 KB that deflate shrinks by less than half.
    let mut drawn = 1_u64;
    let mut noise = || {
        let mut text = String::with_capacity(300_000);
        while text.len() < 300_000 {
            drawn = drawn
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push(char::from_u32(0x4e00 + u32::try_from(drawn >> 50).unwrap()).unwrap());
        }
        text
    };
    for nth in 0..30 {
        let mut large = bundle(&number, nth);
        large.events[0].value.description = noise();
        store.put_bundles(&[large]).await.unwrap();
    }
    let read = store.number(&number, 0).await.unwrap();
    assert!(read.truncated);
    assert!((15..30).contains(&read.bundles.len()), "{}", read.bundles.len());
    assert_eq!(read.followers.len(), 1, "whoever is to be told is found");
    assert_eq!(read.bundles.last().unwrap().arrival.offset, 29, "the newest are there");
    let offsets: Vec<u64> = read.bundles.iter().map(|bundle| bundle.arrival.offset).collect();
    assert!(offsets.is_sorted());
}
