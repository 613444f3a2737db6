//! Ranges of one partition: a Query with its pages, up to a named end.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;

use crate::items::{Item, Value, text};
use crate::meter::units;
use crate::{Store, StoreError};

/// Pages read at most: each is 1 MB at most, so 4 MB, which a function of 128 MB holds several times over.
pub(crate) const MAX_PAGES: usize = 4;

/// Which part of a partition.
pub(crate) enum Part {
    All,
    /// Sort keys that begin so.
    Prefix(String),
    /// Sort keys from the first to the second, both included.
    Between(String, String),
}

/// A range to read.
pub(crate) struct Listing {
    pub(crate) partition: String,
    pub(crate) part: Part,
    /// From the last sort key down.
    pub(crate) descending: bool,
    /// The keys of the item behind which to begin.
    pub(crate) behind: Option<Item>,
    /// No more items than this.
    pub(crate) limit: Option<usize>,
    /// Only these attributes; `None`: all.
    pub(crate) only: Option<&'static str>,
}

impl Listing {
    /// All of a part, in ascending order.
    pub(crate) fn of(partition: String, part: Part) -> Self {
        Self {
            partition,
            part,
            descending: false,
            behind: None,
            limit: None,
            only: None,
        }
    }
}

/// What a range held.
pub(crate) struct Listed {
    pub(crate) items: Vec<Item>,
    /// Where reading stopped before the end of the range.
    pub(crate) stopped_at: Option<Item>,
    pub(crate) read_units: f64,
}

impl Store {
    /// Reads a range, consistently.
    pub(crate) async fn list(&self, listing: Listing) -> Result<Listed, StoreError> {
        let (condition, bounds) = condition(listing.part);
        let mut query = self
            .shared
            .client
            .query()
            .table_name(self.table())
            .key_condition_expression(condition)
            .expression_attribute_values(":p", text(listing.partition))
            .scan_index_forward(!listing.descending)
            .consistent_read(true)
            .set_projection_expression(listing.only.map(ToOwned::to_owned))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (name, value) in bounds {
            query = query.expression_attribute_values(name, value);
        }
        let mut listed = Listed {
            items: Vec::new(),
            stopped_at: listing.behind,
            read_units: 0.0,
        };
        for _ in 0..MAX_PAGES {
            let left = listing.limit.map(|limit| limit.saturating_sub(listed.items.len()));
            if left == Some(0) {
                break;
            }
            let page = query
                .clone()
                .set_exclusive_start_key(listed.stopped_at.take())
                .set_limit(left.map(|left| i32::try_from(left).unwrap_or(i32::MAX)));
            let page = self
                .retrying(|| async {
                    let answer = page.clone().send().await;
                    answer.map_err(|error| StoreError::call(self.table(), "Query", &error))
                })
                .await?;
            let read_units = units(page.consumed_capacity());
            self.meter.read(read_units);
            listed.read_units += read_units;
            listed.items.extend(page.items.unwrap_or_default());
            listed.stopped_at = page.last_evaluated_key;
            if listed.stopped_at.is_none() {
                break;
            }
        }
        Ok(listed)
    }
}

fn condition(part: Part) -> (&'static str, Vec<(&'static str, Value)>) {
    match part {
        Part::All => ("pk = :p", Vec::new()),
        Part::Prefix(prefix) => ("pk = :p AND begins_with(sk, :s)", vec![(":s", text(prefix))]),
        Part::Between(first, last) => (
            "pk = :p AND sk BETWEEN :a AND :b",
            vec![(":a", text(first)), (":b", text(last))],
        ),
    }
}
