//! What is kept about asking carriers: how far it has come with a parcel, tokens, quotas.

use std::collections::{BTreeMap, HashMap};

use milepost_model::{AccountId, LiveKey, LiveState, QuotaState};

use super::{Fields, Fill, Item, Unreadable, Value, new_item, number};
use crate::Key;

/// The poll that is due next, in Unix milliseconds.
pub(crate) const DUE: &str = "due";

/// When the polls began, in Unix milliseconds.
pub(crate) const BEGAN: &str = "began";

/// Polls since they began that had an answer, or wait for one.
pub(crate) const POLLS: &str = "polls";

/// When the carrier was last asked, in Unix milliseconds.
pub(crate) const ASKED: &str = "asked";

/// Until when somebody is asking, in Unix milliseconds.
pub(crate) const HELD: &str = "held_until";

/// Whose follower began the polls.
pub(crate) const ACCOUNT: &str = "account";

/// Which write of a quota it is.
pub(crate) const WRITTEN: &str = "written";

/// Where a parcel's state is.
pub(crate) fn key(of: &LiveKey) -> Key {
    Key::LiveState {
        number: of.number.clone(),
        carrier: of.carrier.clone(),
        scope: of.scope.clone(),
    }
}

pub(crate) fn from_item(item: &Item) -> Result<LiveState, Unreadable> {
    let fields = Fields::of("live state", item)?;
    let Key::LiveState { number, carrier, scope } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    Ok(LiveState {
        key: LiveKey { number, carrier, scope },
        account: fields.parsed(ACCOUNT, AccountId::parse)?,
        due: fields.some_instant(DUE)?,
        began: fields.some_instant(BEGAN)?,
        polls: fields.some_number(POLLS)?.unwrap_or_default(),
        asked: fields.some_instant(ASKED)?,
        held_until: fields.some_instant(HELD)?,
    })
}

/// # Errors
/// [`Unreadable`].
pub(crate) fn quota_from_item(item: &Item) -> Result<(QuotaState, u64), Unreadable> {
    let fields = Fields::of("quota", item)?;
    let mut lanes = BTreeMap::new();
    for (account, until) in fields.some_map("lanes")?.into_iter().flatten() {
        let account = AccountId::parse(account).map_err(|_| fields.damaged("lanes"))?;
        let until = until.as_n().ok().and_then(|until| until.parse().ok());
        lanes.insert(account, until.ok_or_else(|| fields.damaged("lanes"))?);
    }
    let state = QuotaState {
        whole_ms: fields.number("whole_ms")?,
        rested_ms: fields.some_number("rested_ms")?.unwrap_or_default(),
        lanes,
    };
    Ok((state, fields.number(WRITTEN)?))
}

pub(crate) fn quota_to_item(key: &Key, state: &QuotaState, written: u64, expires_at: i64) -> Item {
    let lanes = state.lanes.iter();
    let lanes: HashMap<String, Value> = lanes
        .map(|(account, until)| (account.as_str().to_owned(), number(*until)))
        .collect();
    new_item(key)
        .with("whole_ms", number(state.whole_ms))
        .with("rested_ms", number(state.rested_ms))
        .with("lanes", Value::M(lanes))
        .with(WRITTEN, number(written))
        .expiring(expires_at)
}
