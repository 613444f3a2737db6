use milepost_contract::shipengine::Problem;
use milepost_model::{AccountId, Follower, TrackerId};
use milepost_store::{Pointer, Store};

use crate::TrackError;

/// By what a tracker is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Its id; `None` for a text that is no id, and so of no tracker.
    Id(Option<TrackerId>),
    /// Its owner's name for it, as long as it is subscribed.
    Name(String),
}

impl By {
    /// What is looked for: the text in a path, and what `searchBy` says that it is. Unless that is said, it is an id.
    ///
    /// # Errors
    /// [`Problem::InvalidValue`] for another word than `trackerId` and `clientTrackerId`.
    pub fn asked(text: &str, search_by: Option<&str>) -> Result<Self, Problem> {
        match search_by {
            None | Some("" | "trackerId") => Ok(Self::Id(TrackerId::parse(text).ok())),
            Some("clientTrackerId") => Ok(Self::Name(text.to_owned())),
            Some(_) => Err(Problem::InvalidValue {
                field: "searchBy",
                why: "it is trackerId or clientTrackerId".to_owned(),
            }),
        }
    }

    /// Which number and id the account's tracker has. `None`: the account has no such tracker.
    ///
    /// # Errors
    /// The table's.
    pub async fn pointer(&self, store: &Store, account: &AccountId) -> Result<Option<Pointer>, TrackError> {
        match self {
            Self::Id(None) => Ok(None),
            Self::Id(Some(id)) => {
                let number = store.tracker_number(account, *id).await?;
                Ok(number.map(|number| (number, *id)))
            }
            Self::Name(name) => {
                let mut named = store.named_trackers(account, std::slice::from_ref(name)).await?;
                Ok(named.remove(name))
            }
        }
    }
}

/// One tracker of an account, with what it was told.
///
/// # Errors
/// The table's.
pub async fn find(store: &Store, account: &AccountId, by: &By) -> Result<Option<Follower>, TrackError> {
    match by.pointer(store, account).await? {
        Some((number, id)) => Ok(store.tracker(account, &number, id).await?),
        None => Ok(None),
    }
}

/// A page of an account's trackers, from page 1: in the order of their creation, or newest first. Beyond the last page
/// there are none.
///
/// # Errors
/// The table's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    page: u64,
    limit: usize,
    newest_first: bool,
) -> Result<Vec<Follower>, TrackError> {
    let limit_places = limit as u64;
    let before = page.saturating_sub(1).saturating_mul(limit_places);
    if !newest_first {
        return Ok(store.trackers(account, before, limit).await?);
    }
    let count = store.tracker_count(account).await?;
    let end = count.saturating_sub(before);
    let first = end.saturating_sub(limit_places);
    let on_page = usize::try_from(end - first).unwrap_or(limit);
    let mut trackers = store.trackers(account, first, on_page).await?;
    trackers.reverse();
    Ok(trackers)
}
