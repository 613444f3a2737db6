//! What may still be asked with one set of credentials, shared by every invocation.

use jiff::Timestamp;
use milepost_model::QuotaState;

use crate::calls::Answer;
use crate::items::live::{WRITTEN, quota_from_item, quota_to_item};
use crate::items::number;
use crate::{CredentialsHash, Key, Store, StoreError};

/// How often a change is tried while others change the quota too. Each of them has got what it wanted, so this many
/// have been served before one gives up.
const TRIES: u32 = 32;

/// A quota that nobody asked of for so long is all there.
const KEPT_DAYS: i64 = 40;

impl Store {
    /// Changes a quota's state; `None` when too many others did at the same time. `change` answers what the caller
    /// wants to know, and the new state; it may be called more than once, and without a change nothing is written.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn change_quota<T>(
        &self,
        credentials: CredentialsHash,
        now: Timestamp,
        mut change: impl FnMut(QuotaState) -> (T, QuotaState),
    ) -> Result<Option<T>, StoreError> {
        let key = Key::Quota { credentials };
        for _ in 0..TRIES {
            let there = self.get(&key).await?;
            let there = there.map(|item| self.read(quota_from_item(&item))).transpose()?;
            let (state, written) = there.unwrap_or_default();
            let (answer, next) = change(state.clone());
            if next == state {
                return Ok(Some(answer));
            }
            let expires_at = now.as_second() + KEPT_DAYS * 86_400;
            let put = self.put(quota_to_item(&key, &next, written + 1, expires_at));
            let put = match written {
                0 => put.condition_expression("attribute_not_exists(pk)"),
                _ => put
                    .condition_expression(format!("{WRITTEN} = :seen"))
                    .expression_attribute_values(":seen", number(written)),
            };
            // A lost answer is taken for a refusal, and the change made once more: what was granted twice is then used
            // once, which errs on the side of the carrier.
            if let Answer::Done(()) = self.do_put(put).await? {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}
