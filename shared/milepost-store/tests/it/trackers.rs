use std::collections::BTreeSet;

use milepost_model::*;
use milepost_store::{NewPlaces, Store};

use crate::support::{account, at, number, store};

fn tracker(owner: &str, written: &str, place: u64, client_id: Option<&str>) -> Follower {
    let (account, number) = (account(owner), number(written));
    let created = at("2026-11-20T14:03:00.123Z");
    let tracker = Tracker {
        client_id: client_id.map(ToOwned::to_owned),
        ..Tracker::new(account, number, TrackerTerms::default(), place, created)
    };
    tracker.follower(Told::all_of_each(&[]))
}

fn inner(follower: &Follower) -> &Tracker {
    match &follower.kind {
        FollowerKind::Tracker(tracker) => tracker,
        FollowerKind::Subscription { .. } => panic!("a tracker"),
    }
}

/// Whether a tracker of `acme` was created at the next place, which is the place that its id holds.
async fn create(store: &Store, new: &Follower) -> bool {
    let places = store.next_tracker_places(&account("acme")).await.unwrap();
    store.create_trackers(&places, std::slice::from_ref(new)).await.unwrap()
}

/// As many trackers of `acme` as asked, none there before.
async fn fill(store: &Store, count: usize) {
    let acme = account("acme");
    let mut made = 0;
    while made < count {
        let places = store.next_tracker_places(&acme).await.unwrap();
        let more = NewPlaces::MOST.min(count - made);
        let new: Vec<Follower> = (0..more)
            .map(|nth| tracker("acme", &format!("AB{:08}", made + nth), places.place(nth), None))
            .collect();
        assert!(store.create_trackers(&places, &new).await.unwrap());
        made += more;
    }
}

#[tokio::test]
async fn what_is_created_is_found_every_way() {
    let store = store().await;
    let acme = account("acme");
    let places = store.next_tracker_places(&acme).await.unwrap();
    assert_eq!(places.place(0), 0);
    let (one, two) = (
        tracker("acme", "AB12345678", 0, Some("mine#1")),
        tracker("acme", "AB12345679", 1, None),
    );
    assert!(
        store
            .create_trackers(&places, &[one.clone(), two.clone()])
            .await
            .unwrap()
    );
    assert_eq!(store.tracker_count(&acme).await.unwrap(), 2);
    let id = inner(&one).id;
    assert_eq!(store.tracker_number(&acme, id).await.unwrap(), Some(one.number.clone()));
    assert_eq!(store.tracker(&acme, &one.number, id).await.unwrap(), Some(one.clone()));
    let names = ["mine#1".to_owned(), "other".to_owned()];
    let named = store.named_trackers(&acme, &names).await.unwrap();
    assert_eq!(named.get("mine#1"), Some(&(one.number.clone(), id)));
    assert_eq!(named.len(), 1);
    assert_eq!(
        store.number(&one.number, 0).await.unwrap().followers,
        std::slice::from_ref(&one)
    );
    assert_eq!(store.trackers(&acme, 0, 10).await.unwrap(), [one, two.clone()]);
    assert_eq!(store.trackers(&acme, 1, 10).await.unwrap(), [two]);
    assert_eq!(store.trackers(&acme, 2, 10).await.unwrap(), []);
    assert_eq!(store.trackers(&acme, 0, 0).await.unwrap(), []);
    // Nobody else's.
    let other = account("other");
    assert_eq!(store.tracker_number(&other, id).await.unwrap(), None);
    assert!(store.named_trackers(&other, &names).await.unwrap().is_empty());
    assert_eq!(store.trackers(&other, 0, 10).await.unwrap(), []);
    let stranger = TrackerId::of(&acme, &number("AB99999999"), &TrackerTerms::default(), 0);
    assert_eq!(
        store.tracker_number(&acme, stranger).await.unwrap(),
        None,
        "the whole id counts, not its place"
    );
}

#[tokio::test]
async fn a_place_and_a_name_are_taken_once() {
    let store = store().await;
    let acme = account("acme");
    let places = store.next_tracker_places(&acme).await.unwrap();
    let one = tracker("acme", "AB12345678", 0, Some("mine"));
    assert!(
        store
            .create_trackers(&places, std::slice::from_ref(&one))
            .await
            .unwrap()
    );
    let late = tracker("acme", "AB12345679", 0, None);
    assert!(
        !store.create_trackers(&places, &[late]).await.unwrap(),
        "the place is taken"
    );
    let namesake = tracker("acme", "AB12345679", 1, Some("mine"));
    assert!(!create(&store, &namesake).await, "the name is taken");
    assert_eq!(store.trackers(&acme, 0, 10).await.unwrap(), [one]);
}

#[tokio::test]
async fn a_change_is_of_what_was_read() {
    let store = store().await;
    let acme = account("acme");
    let one = tracker("acme", "AB12345678", 0, Some("mine"));
    assert!(create(&store, &one).await);
    let before = inner(&one).clone();
    let unsubscribed = Tracker {
        subscribed: false,
        ..before.clone()
    };
    let after = unsubscribed.clone().follower(one.told.clone());
    assert!(store.change_tracker(&before, &after).await.unwrap());
    let read = store.number(&one.number, 0).await.unwrap();
    assert!(read.followers.is_empty(), "nobody is to be told");
    assert_eq!(read.unsubscribed, std::slice::from_ref(&after));
    assert!(
        store
            .named_trackers(&acme, &["mine".to_owned()])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !store.change_tracker(&before, &after).await.unwrap(),
        "it is not as it was"
    );
    // The name is free, so another has it, and the first cannot come back with it.
    let two = tracker("acme", "AB12345678", 1, Some("mine"));
    assert!(create(&store, &two).await);
    assert!(!store.change_tracker(&unsubscribed, &one).await.unwrap());
    // What was told is the notifier's to write, unless it is subscribed again.
    let bare = tracker("acme", "AB12345677", 2, None);
    assert!(create(&store, &bare).await);
    let told = Told {
        identities: [[1; 6]].into(),
        ..bare.told.clone()
    };
    assert!(store.set_told(&bare, &told).await.unwrap());
    let mut changed = inner(&bare).clone();
    changed.terms.destination_post_code = Some("64862".into());
    let changed = changed.follower(bare.told.clone());
    assert!(store.change_tracker(inner(&bare), &changed).await.unwrap());
    let read = store
        .tracker(&acme, &bare.number, inner(&bare).id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.told, told);
    assert_eq!(inner(&read), inner(&changed));
}

/// Two write units for each item of a transaction; the mark is the caller's seventh.
#[tokio::test]
async fn what_a_creation_costs() {
    let store = store().await;
    let acme = account("acme");
    for (named, place, most) in [(false, 0, 6.0), (true, 1, 8.0)] {
        let places = store.next_tracker_places(&acme).await.unwrap();
        let name = named.then_some("mine");
        let metered = store.metered();
        let new = tracker("acme", "AB12345678", place, name);
        assert!(metered.create_trackers(&places, &[new]).await.unwrap());
        let units = metered.used().write_units;
        assert!(units > 0.0 && units <= most, "{units} units, named: {named}");
    }
}

/// Two thousand trackers, two to a page: page 1 and page 1,000 are read at one cost, by the same range of places as pages
/// of a hundred thousand.
#[tokio::test]
async fn every_page_costs_the_same() {
    let store = store().await;
    fill(&store, 2_000).await;
    let acme = account("acme");
    let mut costs = BTreeSet::new();
    for first in [0, 998, 1_998] {
        let metered = store.metered();
        let page = metered.trackers(&acme, first, 2).await.unwrap();
        assert_eq!(
            page.iter()
                .map(|follower| inner(follower).id.place())
                .collect::<Vec<_>>(),
            [first, first + 1]
        );
        let used = metered.used();
        costs.insert(format!("{} {}", used.read_units, used.write_units));
    }
    assert_eq!(costs.len(), 1, "{costs:?}");
}
