use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use milepost_model::{AccountId, Connection, Scope};
use milepost_store::{Store, StoreError};

use super::after;

/// How long a list is believed: a connection that was added or removed counts within a minute.
const BELIEVED_SECONDS: i64 = 50;

/// Owners whose lists are kept; beyond it the table is asked each time.
const MAX_OWNERS: usize = 1_000;

/// The connections of owners, kept for a moment: every lookup and every poll asks for them. Clones share what is kept.
#[derive(Clone)]
pub struct Connections {
    store: Store,
    kept: Arc<Mutex<HashMap<Scope, Kept>>>,
}

type Kept = (Arc<Vec<Connection>>, Timestamp);

impl Connections {
    /// Over the table.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            kept: Arc::default(),
        }
    }

    /// The table that they are in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The connections of an account, then the shared ones.
    ///
    /// # Errors
    /// The table's.
    pub async fn of(&self, account: &AccountId, now: Timestamp) -> Result<Vec<Arc<Vec<Connection>>>, StoreError> {
        let own = self.owned_by(Scope::Account(account.clone()), now).await?;
        Ok(vec![own, self.owned_by(Scope::Shared, now).await?])
    }

    async fn owned_by(&self, scope: Scope, now: Timestamp) -> Result<Arc<Vec<Connection>>, StoreError> {
        if let Some(kept) = self.kept(&scope, now) {
            return Ok(kept);
        }
        let found = Arc::new(self.store.connections(&scope).await?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_OWNERS {
            kept.retain(|_, (_, until)| *until > now);
        }
        if kept.len() < MAX_OWNERS {
            kept.insert(scope, (Arc::clone(&found), after(now, BELIEVED_SECONDS)));
        }
        Ok(found)
    }

    fn kept(&self, scope: &Scope, now: Timestamp) -> Option<Arc<Vec<Connection>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, until) = kept.get(scope)?;
        (now < *until).then(|| Arc::clone(found))
    }
}
