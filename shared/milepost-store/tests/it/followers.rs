use milepost_model::*;

use crate::support::{account, number, store, usps};

pub(crate) fn follower(number: &TrackingNumber, name: &str) -> Follower {
    Follower {
        kind: FollowerKind::Subscription { carrier: usps() },
        account: account(name),
        number: number.clone(),
        started_ms: 1_795_183_380_123,
        told: Told {
            version: 1,
            identities: [[1; 6]].into(),
            status: Status::Accepted,
            state: [2; 8],
        },
    }
}

fn told_more(follower: &Follower) -> Told {
    Told {
        identities: [[1; 6], [3; 6]].into(),
        status: Status::Delivered,
        ..follower.told.clone()
    }
}

#[tokio::test]
async fn a_start_is_idempotent() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let first = follower(&number, "acme");
    assert!(store.put_follower(&first).await.unwrap());
    let again = Follower {
        started_ms: first.started_ms + 1,
        told: told_more(&first),
        ..first.clone()
    };
    assert!(!store.put_follower(&again).await.unwrap());
    assert_eq!(store.number(&number, 0).await.unwrap().followers, [first]);
}

#[tokio::test]
async fn what_was_told_is_kept_and_a_stop_is_not_undone() {
    let store = store().await;
    let number = number("9405511899223197428490");
    let follower = follower(&number, "acme");
    store.put_follower(&follower).await.unwrap();
    let told = told_more(&follower);
    assert!(store.set_told(&follower, &told).await.unwrap());
    let read = store.number(&number, 0).await.unwrap().followers;
    assert_eq!(read[0].told, told);

    assert!(store.remove_follower(&follower).await.unwrap());
    assert!(!store.remove_follower(&follower).await.unwrap());
    assert!(!store.set_told(&follower, &told).await.unwrap(), "it has stopped");
    assert!(store.number(&number, 0).await.unwrap().followers.is_empty());

    let restarted = Follower {
        started_ms: follower.started_ms + 1,
        ..follower.clone()
    };
    store.put_follower(&restarted).await.unwrap();
    assert!(
        !store.set_told(&follower, &told).await.unwrap(),
        "that was another start"
    );
    assert_eq!(store.number(&number, 0).await.unwrap().followers, [restarted]);
}

#[tokio::test]
async fn marks_are_looked_up_many_at_once() {
    let store = store().await;
    let numbers: Vec<TrackingNumber> = (0..250)
        .map(|nth| number(&format!("94055118992231{nth:04}X")))
        .collect();
    for number in numbers.iter().step_by(50) {
        store.mark_followed(number, 9_999_999_999).await.unwrap();
    }
    let mut asked = numbers.clone();
    asked.push(numbers[0].clone());
    let followed = store.followed(&asked).await.unwrap();
    let mut expect: Vec<TrackingNumber> = numbers.iter().step_by(50).cloned().collect();
    expect.push(numbers[0].clone());
    assert_eq!(followed, expect);
    assert_eq!(store.followed(&[]).await.unwrap(), []);
}
