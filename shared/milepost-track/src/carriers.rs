use milepost_model::{AccountId, Connection, Scope};
use milepost_store::Store;

use crate::TrackError;

/// The connections that an account can track with: its own, then the shared ones.
///
/// # Errors
/// [`TrackError::Store`].
pub async fn connections(store: &Store, account: &AccountId) -> Result<Vec<Connection>, TrackError> {
    let mut connections = store.connections(&Scope::Account(account.clone())).await?;
    connections.extend(store.connections(&Scope::Shared).await?);
    Ok(connections)
}
