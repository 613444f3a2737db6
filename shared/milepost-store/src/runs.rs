//! Reports of import runs.

use jiff::Timestamp;
use milepost_model::{ConnectionId, RunReport};

use crate::calls::Answer;
use crate::items::feed_file::EPOCH;
use crate::items::run::{from_item, key, to_item};
use crate::items::{Fill, is_alive, number};
use crate::keys::connection_partition;
use crate::listing::{Listing, Part};
use crate::{Lease, Store, StoreError};

/// Reports are kept for so many days: a quarter, so that last month's can be compared with the one before.
pub const RUN_DAYS: i64 = 90;

const DAY: i64 = 86_400;

impl Store {
    /// Puts a run's report under a lease, or puts it again with what the run did since. Long lists and texts are cut;
    /// counts are not.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when a later holder of the lease has written it, [`StoreError::Call`],
    /// [`StoreError::TooLarge`].
    pub async fn put_run(&self, lease: &Lease, report: &RunReport) -> Result<(), StoreError> {
        let expires_at = report.started.as_second() + RUN_DAYS * DAY;
        let item = to_item(&lease.connection, report, expires_at)?.with(EPOCH, number(lease.epoch));
        // Reports of earlier versions have no epoch.
        let put = self
            .put(item)
            .condition_expression(format!("attribute_not_exists({EPOCH}) OR {EPOCH} <= :epoch"))
            .expression_attribute_values(":epoch", number(lease.epoch));
        match self.do_put(put).await? {
            Answer::Done(_) => Ok(()),
            Answer::Refused(_) => Err(StoreError::Fenced {
                connection: lease.connection.clone(),
            }),
        }
    }

    /// One report, of the run that began at an instant, to the millisecond.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn run(&self, connection: &ConnectionId, started: Timestamp) -> Result<Option<RunReport>, StoreError> {
        let item = self.get(&key(connection, started)).await?;
        item.map(|item| self.read(from_item(&item))).transpose()
    }

    /// A connection's reports, newest first, `limit` at most. What has expired by `now_s`, in Unix seconds, is left out.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn runs(
        &self,
        connection: &ConnectionId,
        limit: usize,
        now_s: i64,
    ) -> Result<Vec<RunReport>, StoreError> {
        let listing = Listing {
            descending: true,
            limit: Some(limit),
            ..Listing::of(connection_partition(connection), Part::Prefix("R#".to_owned()))
        };
        let listed = self.list(listing).await?;
        let alive = listed.items.iter().filter(|item| is_alive(item, now_s));
        alive.map(|item| self.read(from_item(item))).collect()
    }
}
