use jiff::Timestamp;
use milepost_model::{AccountId, CarrierCode, Follower, FollowerKind, Parcel, Told, TrackingNumber};
use milepost_store::Store;

use crate::live::begin_polls;
use crate::lookup::newest;
use crate::{Asked, Connections, TrackError};

/// How long a number stays marked as followed: 13 months, more than any retention of its bundles by default.
pub(crate) const FOLLOWED_SECONDS: i64 = 396 * 86_400;

/// What starting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// It was followed before; nothing changed.
    Already,
    /// It is followed now, and told of whatever comes.
    Started,
    /// It is followed now, and something came while it was being started: tell the notifier to look at the number.
    LookAgain,
}

/// Starts a subscription to a parcel. What is known already counts as told; starting twice changes nothing. Where no
/// file tells of the parcel, its carrier is asked from then on, by the account's connection or a shared one.
///
/// # Errors
/// [`TrackError::NotSupported`] and [`TrackError::NotConnected`] for a carrier that the account may not ask for.
pub async fn start(
    connections: &Connections,
    account: &AccountId,
    asked: &Asked,
    number: &TrackingNumber,
    now: Timestamp,
) -> Result<Followed, TrackError> {
    let store = connections.store();
    let found = asked.find(store, account).await?;
    found.carrier_id(store, account).await?;
    // The mark first: from here on the notifier looks at the number, and one of the two sees whatever comes between.
    store.mark_followed(number, now.as_second() + FOLLOWED_SECONDS).await?;
    let known = store.number(number, now.as_second()).await?;
    let follower = Follower {
        started_ms: now.as_millisecond(),
        told: Told::all_of(&newest(&known, account, &found.code, number)),
        ..subscription(account, &found.code, number)
    };
    let carriers = std::slice::from_ref(&found.code);
    if !store.put_follower(&follower).await? {
        begin_polls(connections, account, carriers, number, &known, now).await?;
        // It may be a repeat of a start that failed half way: what came since then must not wait for the next event.
        let there = known.followers.iter().find(|there| is_same(there, &follower));
        let news = there.and_then(|there| there.told.news(&newest(&known, account, &found.code, number)));
        return Ok(if news.is_some() {
            Followed::LookAgain
        } else {
            Followed::Already
        });
    }
    let known = store.number(number, now.as_second()).await?;
    begin_polls(connections, account, carriers, number, &known, now).await?;
    let parcel = newest(&known, account, &found.code, number);
    Ok(if follower.told.news(&parcel).is_some() {
        Followed::LookAgain
    } else {
        Followed::Started
    })
}

/// Ends a subscription; one that does not exist is as good as ended.
///
/// # Errors
/// The table's, or [`TrackError::NoSuchConnection`].
pub async fn stop(
    store: &Store,
    account: &AccountId,
    asked: &Asked,
    number: &TrackingNumber,
) -> Result<(), TrackError> {
    let found = asked.find(store, account).await?;
    // Found by whose and what it is, whatever it was told.
    store
        .remove_follower(&subscription(account, &found.code, number))
        .await?;
    Ok(())
}

fn is_same(a: &Follower, b: &Follower) -> bool {
    (&a.kind, &a.account, &a.number) == (&b.kind, &b.account, &b.number)
}

/// A subscription that was told nothing.
fn subscription(account: &AccountId, carrier: &CarrierCode, number: &TrackingNumber) -> Follower {
    Follower {
        kind: FollowerKind::Subscription {
            carrier: carrier.clone(),
        },
        account: account.clone(),
        number: number.clone(),
        started_ms: 0,
        told: Told::all_of(&Parcel::unknown(number.clone(), carrier.clone())),
    }
}
