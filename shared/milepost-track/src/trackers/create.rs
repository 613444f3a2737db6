use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use milepost_contract::ship24::{NewTracker, Refusal, TrackingJson};
use milepost_model::{AccountId, Follower, Told, Tracker, TrackingNumber};
use milepost_store::{NewPlaces, NumberItems, Pointer, Store};

use super::carriers::{ask, to_ask};
use super::same::{Name, Same, same};
use super::{parcels, sample, tracker_of, trackers_of};
use crate::follow::FOLLOWED_SECONDS;
use crate::live::{Connections, begin_polls};
use crate::{Live, TrackError};

/// Reads and marks under way at a time for one request: a hundred trackers take a second or two.
const AT_ONCE: usize = 8;

/// How often other creations of the account may be faster. Each time one of them is done, so a hundred at once end well
/// before.
const TRIES: u32 = 60;

/// What a request for one tracker came to.
#[derive(Debug)]
pub struct Placed {
    /// The tracker, as a follower with what it was told.
    pub tracker: Follower,
    /// Whether it was there before.
    pub existed: bool,
}

/// What a request for trackers came to.
#[derive(Debug)]
pub struct Creation {
    /// Of each, in the order asked.
    pub placed: Vec<Result<Placed, Refusal>>,
    /// Numbers of which something came that their trackers were not told, while they were created or since: tell the notifier to look at them.
    pub look_again: Vec<TrackingNumber>,
}

/// What creating and asking have together: an API ends a request after 30 s, and the answer has to be read and written.
const ANSWERED_WITHIN: Duration = Duration::from_secs(25);

/// What is stored of numbers.
type Known = BTreeMap<TrackingNumber, NumberItems>;

/// Creates trackers where there are none like them. What is known already counts as told. Where no file tells of a
/// parcel, its likely carriers are asked from then on, as far as the account is connected with them.
///
/// # Errors
/// The table's. What is wrong with a single request is in [`Creation::placed`].
pub async fn create(
    connections: &Connections,
    account: &AccountId,
    asked: &[NewTracker],
    now: Timestamp,
) -> Result<Creation, TrackError> {
    let mut creation = Creation {
        placed: Vec::with_capacity(asked.len()),
        look_again: Vec::new(),
    };
    for asked in asked.chunks(NewPlaces::MOST) {
        create_chunk(connections, account, asked, false, now, &mut creation).await?;
    }
    Ok(creation)
}

/// Creates a tracker where there is none like it, and answers where its parcel is. With `live`, its carriers are asked
/// first where what is stored is neither fed by imports nor fresh; what does not answer in time leaves what is stored.
///
/// # Errors
/// The table's. What is wrong with the request is within.
pub async fn create_and_track(
    connections: &Connections,
    live: Option<&Live>,
    account: &AccountId,
    asked: &NewTracker,
    now: Timestamp,
) -> Result<(Result<TrackingJson, Refusal>, Vec<TrackingNumber>), TrackError> {
    let begun = Instant::now();
    let mut creation = Creation {
        placed: Vec::with_capacity(1),
        look_again: Vec::new(),
    };
    create_chunk(
        connections,
        account,
        std::slice::from_ref(asked),
        true,
        now,
        &mut creation,
    )
    .await?;
    let placed = creation.placed.pop().unwrap_or(Err(Refusal::InFlight));
    let tracking = match placed {
        Ok(placed) => {
            let left = ANSWERED_WITHIN.saturating_sub(begun.elapsed());
            Ok(track(connections.store(), live, &placed.tracker, now, left).await?)
        }
        Err(refusal) => Err(refusal),
    };
    Ok((tracking, creation.look_again))
}

/// Where a tracker's parcel is. Of a test number nobody is asked.
async fn track(
    store: &Store,
    live: Option<&Live>,
    follower: &Follower,
    now: Timestamp,
    left: Duration,
) -> Result<TrackingJson, TrackError> {
    let mut known = store.number(&follower.number, now.as_second()).await?;
    if let (Some(live), Some(tracker), false) = (live, tracker_of(follower), is_sample(follower)) {
        known = match tokio::time::timeout(left, ask(live, tracker, known, now)).await {
            Ok(known) => known?,
            // What came in time is in the table.
            Err(_) => store.number(&follower.number, now.as_second()).await?,
        };
    }
    Ok(super::results::tracking(follower, &known))
}

async fn create_chunk(
    connections: &Connections,
    account: &AccountId,
    asked: &[NewTracker],
    tracking: bool,
    now: Timestamp,
    creation: &mut Creation,
) -> Result<(), TrackError> {
    let store = connections.store();
    for lost in 0..TRIES {
        // In this order: whoever creates one of these trackers behind the first read takes the places, and whoever did
        // so before is found by the last.
        let places = store.next_tracker_places(account).await?;
        let named: Vec<String> = asked.iter().filter_map(|asked| asked.client_id.clone()).collect();
        let named = store.named_trackers(account, &named).await?;
        let numbers = asked.iter().map(|asked| asked.number.clone()).collect();
        let mut known = known(store, numbers, now).await?;
        let decided = decide(account, asked, &known, &named, &places, tracking, now);
        let new: Vec<Follower> = decided.iter().filter_map(Decided::to_create).cloned().collect();
        if !new.is_empty() {
            // Of a test number nothing ever comes.
            let real = new.iter().filter(|follower| !is_sample(follower));
            let numbers: BTreeSet<TrackingNumber> = real.map(|follower| follower.number.clone()).collect();
            mark(store, &numbers, now).await?;
            if !store.create_trackers(&places, &new).await? {
                store.wait_after_losing(lost).await;
                continue;
            }
            known.extend(self::known(store, numbers, now).await?);
        }
        let placed = decided.iter().filter_map(Decided::to_look_at);
        let placed: Vec<&Follower> = placed.filter(|follower| !is_sample(follower)).collect();
        for follower in &placed {
            if let (Some(tracker), Some(known)) = (tracker_of(follower), known.get(&follower.number)) {
                let carriers = to_ask(tracker, known, now);
                begin_polls(connections, account, &carriers, &tracker.number, known, now).await?;
            }
        }
        creation.look_again.extend(changed(&placed, &known));
        creation.placed.extend(decided.into_iter().map(Decided::placed));
        return Ok(());
    }
    let refused = asked.iter().map(|_| Err(Refusal::InFlight));
    creation.placed.extend(refused);
    Ok(())
}

/// What is to become of one request.
enum Decided {
    There(Box<Follower>),
    /// As another of the same request, which is created.
    Twin(Box<Follower>),
    New(Box<Follower>),
    Refused(Refusal),
}

impl Decided {
    fn to_create(&self) -> Option<&Follower> {
        match self {
            Self::New(follower) => Some(follower),
            _ => None,
        }
    }

    /// Whose polls are to be begun and whose news to be looked for: one that is there may be of a creation that failed
    /// half way.
    fn to_look_at(&self) -> Option<&Follower> {
        match self {
            Self::New(follower) | Self::There(follower) => Some(follower),
            Self::Twin(_) | Self::Refused(_) => None,
        }
    }

    fn placed(self) -> Result<Placed, Refusal> {
        let (tracker, existed) = match self {
            Self::New(tracker) => (*tracker, false),
            Self::There(tracker) | Self::Twin(tracker) => (*tracker, true),
            Self::Refused(refusal) => return Err(refusal),
        };
        Ok(Placed { tracker, existed })
    }
}

/// Of each request what is to become of it, given those before it.
fn decide(
    account: &AccountId,
    asked: &[NewTracker],
    known: &Known,
    named: &BTreeMap<String, Pointer>,
    places: &NewPlaces,
    tracking: bool,
    now: Timestamp,
) -> Vec<Decided> {
    let mut decided: Vec<Decided> = Vec::with_capacity(asked.len());
    let mut new: Vec<Follower> = Vec::new();
    for asked in asked {
        let Some(known) = known.get(&asked.number) else {
            decided.push(Decided::Refused(Refusal::InFlight));
            continue;
        };
        let there = trackers_of(known, account);
        let there: Vec<&Tracker> = there.into_iter().map(|(_, tracker)| tracker).collect();
        let subscribed = there.into_iter().filter(|tracker| tracker.subscribed);
        let all = subscribed.chain(new.iter().filter_map(tracker_of));
        let name = match &asked.client_id {
            None => Name::NotGiven,
            Some(name) => match all.clone().find(|tracker| tracker.client_id.as_ref() == Some(name)) {
                Some(tracker) => Name::Of(tracker),
                None if named.contains_key(name) => Name::Elsewhere,
                None => Name::Free,
            },
        };
        let next = match same(asked, name, all, tracking) {
            Err(refusal) => Decided::Refused(refusal),
            Ok(Same::There(tracker)) => {
                let id = tracker.id;
                let is = |follower: &&Follower| tracker_of(follower).is_some_and(|tracker| tracker.id == id);
                match (known.followers.iter().find(is), new.iter().find(is)) {
                    (Some(follower), _) => Decided::There(Box::new(follower.clone())),
                    (None, Some(twin)) => Decided::Twin(Box::new(twin.clone())),
                    (None, None) => Decided::Refused(Refusal::InFlight),
                }
            }
            Ok(Same::New) => {
                let follower = placed_at(account, asked, places.place(new.len()), known, now);
                new.push(follower.clone());
                Decided::New(Box::new(follower))
            }
        };
        decided.push(next);
    }
    decided
}

fn placed_at(account: &AccountId, asked: &NewTracker, place: u64, known: &NumberItems, now: Timestamp) -> Follower {
    let created = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let (number, terms) = (asked.number.clone(), asked.terms.clone());
    let tracker = Tracker {
        client_id: asked.client_id.clone(),
        title: asked.title.clone(),
        order_number: asked.order_number.clone(),
        recipient_name: asked.recipient_name.clone(),
        ..Tracker::new(account.clone(), number, terms, place, created)
    };
    let mut follower = tracker.follower(Told::all_of_each(&[]));
    follower.told = Told::all_of_each(&parcels(&follower, known));
    follower
}

/// What is stored of each number.
async fn known(store: &Store, numbers: BTreeSet<TrackingNumber>, now: Timestamp) -> Result<Known, TrackError> {
    let mut reads = Vec::with_capacity(numbers.len());
    for number in numbers {
        reads.push(known_of(store, number, now));
    }
    stream::iter(reads).buffer_unordered(AT_ONCE).try_collect().await
}

async fn known_of(
    store: &Store,
    number: TrackingNumber,
    now: Timestamp,
) -> Result<(TrackingNumber, NumberItems), TrackError> {
    let known = store.number(&number, now.as_second()).await?;
    Ok((number, known))
}

/// The mark before the tracker: from here on the notifier looks at the number, and one of the two sees whatever comes
/// between.
async fn mark(store: &Store, numbers: &BTreeSet<TrackingNumber>, now: Timestamp) -> Result<(), TrackError> {
    let mut marks = Vec::with_capacity(numbers.len());
    for number in numbers {
        marks.push(store.mark_followed(number, now.as_second() + FOLLOWED_SECONDS));
    }
    stream::iter(marks)
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    Ok(())
}

/// The numbers of which more is known now than their trackers were told.
fn changed(placed: &[&Follower], known: &Known) -> Vec<TrackingNumber> {
    let mut changed = Vec::new();
    for follower in placed {
        let known = known.get(&follower.number);
        if known.is_some_and(|known| follower.told.news_of_each(&parcels(follower, known)).is_some()) {
            changed.push(follower.number.clone());
        }
    }
    changed
}

pub(super) fn is_sample(follower: &Follower) -> bool {
    sample::milestone(&follower.number).is_some()
}
