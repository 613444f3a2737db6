//! One tick over the due entries of a shard: read from a mark to now, handle, move the mark.
//!
//! A pass reads all that is due by its beginning. A tick that finds more than it may take leaves the rest of its pass to
//! the next one; only when a pass is over does the mark move, to an hour before the instant that the pass went to.

use crate::items::due::{mark_from_item, mark_to_item};
use crate::{DueEntry, DueKind, DueWindow, Key, Store, StoreError};

/// Each pass begins so long before the end of the last one: whoever puts an entry for an instant just past, or by a
/// clock that is slow, is still heard. What is read twice falls to the check that every kind makes of its entries.
const BEHIND_MS: i64 = 60 * 60 * 1000;

/// The first tick ever looks a day back, for a hub whose ticks were held back at first: some hundred reads of nothing in
/// a new table.
const FIRST_LOOK_MS: i64 = 24 * 60 * 60 * 1000;

/// How far a shard was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The next pass begins here.
    pub(crate) from_ms: i64,
    /// What is left of a pass that is not over.
    pub(crate) rest: Option<DueWindow>,
}

/// What one tick has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTick {
    /// In order of their instants.
    pub entries: Vec<DueEntry>,
    kind: DueKind,
    shard: u8,
    mark: Mark,
}

impl Store {
    /// The entries of a shard that are due by `now_ms`, `limit` at most; the next tick reads on from there. Nothing is
    /// noted before [`Store::settle_due`].
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`].
    pub async fn due_now(&self, kind: DueKind, shard: u8, now_ms: i64, limit: usize) -> Result<DueTick, StoreError> {
        let mark = self.mark(kind, shard).await?;
        let from_ms = mark.as_ref().map_or(now_ms - FIRST_LOOK_MS, |mark| mark.from_ms);
        // A mark that a clock running ahead has left in the future must not hide what is due now.
        let fresh = || DueWindow::new(kind, shard, from_ms.min(now_ms - BEHIND_MS), now_ms);
        let window = mark.and_then(|mark| mark.rest).unwrap_or_else(fresh);
        let to_ms = window.to_ms;
        let (mut entries, mut rest) = (Vec::new(), Some(window));
        // The window's length bounds this: a day at the first tick ever, else what ticks have missed and an hour.
        while let Some(window) = rest.take_if(|_| entries.len() < limit) {
            let page = self.due(window, limit - entries.len()).await?;
            entries.extend(page.entries);
            rest = page.rest;
        }
        let mark = Mark {
            from_ms: if rest.is_none() { to_ms - BEHIND_MS } else { from_ms },
            rest,
        };
        Ok(DueTick {
            entries,
            kind,
            shard,
            mark,
        })
    }

    /// Notes that a tick's entries were handled. Of two ticks at once the later note stands, and then something is read
    /// again.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn settle_due(&self, tick: &DueTick) -> Result<(), StoreError> {
        let item = mark_to_item(tick.kind, tick.shard, &tick.mark);
        self.do_put(self.put(item)).await?;
        Ok(())
    }

    async fn mark(&self, kind: DueKind, shard: u8) -> Result<Option<Mark>, StoreError> {
        let item = self.get(&Key::Watermark { kind, shard }).await?;
        item.map(|item| self.read(mark_from_item(kind, shard, &item)))
            .transpose()
    }
}
