//! Ship24's trackers: create, change, find, list, and answer where their parcels are.

mod carriers;
mod change;
mod create;
mod export;
mod find;
mod results;
mod same;
mod sample;

pub use change::change;
pub use create::{Creation, Placed, create, create_and_track};
pub use export::{Exported, Sieve, export};
pub use find::{By, find, list};
pub use results::{Found, results, results_of_number, search};

use jiff::Timestamp;
use milepost_carriers::read_followed;
use milepost_model::{CarrierCode, Follower, FollowerKind, Parcel, Tracker};
use milepost_store::NumberItems;

/// What a tracker means of all that is known of its number.
fn parcels(follower: &Follower, known: &NumberItems) -> Vec<Parcel> {
    match tracker_of(follower).and_then(sample::parcel) {
        Some(sample) => Vec::from_iter(Some(sample).filter(Parcel::is_known)),
        None => read_followed(follower, &known.bundles),
    }
}

/// Whether a follower wants a carrier to be asked. `known` is what is stored of the number.
pub(crate) fn asks(follower: &Follower, carrier: &CarrierCode, known: &NumberItems, now: Timestamp) -> bool {
    match &follower.kind {
        FollowerKind::Subscription { carrier: followed } => followed == carrier,
        FollowerKind::Tracker(tracker) => carriers::to_ask(tracker, known, now).contains(carrier),
    }
}

fn tracker_of(follower: &Follower) -> Option<&Tracker> {
    match &follower.kind {
        FollowerKind::Tracker(tracker) => Some(tracker),
        FollowerKind::Subscription { .. } => None,
    }
}

/// The trackers of one account among those of a number, in the order of their creation.
fn trackers_of<'a>(known: &'a NumberItems, account: &milepost_model::AccountId) -> Vec<(&'a Follower, &'a Tracker)> {
    let all = known.followers.iter().chain(&known.unsubscribed);
    let mut trackers: Vec<_> = all
        .filter(|follower| follower.account == *account)
        .filter_map(|follower| Some((follower, tracker_of(follower)?)))
        .collect();
    trackers.sort_by_key(|(_, tracker)| tracker.id.place());
    trackers
}
