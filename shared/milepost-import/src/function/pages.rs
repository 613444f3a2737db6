//! The pages of one input, as one text.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use bytes::{BufMut, Bytes, BytesMut};
use milepost_carriers::live::connect::{import_request, read_import_page};
use milepost_model::ErrorClass;
use milepost_net::source::Transfer;
use milepost_net::{FeedFile, SourceError};
use serde_json::{Map, Value};

use super::{FunctionSource, problem};
use crate::pieces::{MAX_PIECES, Piece, kept, lost, pieces_below};

/// A kept page: an answer, rewritten, and the cursor before it.
const MAX_PAGE_BYTES: usize = 8 << 20;

/// Reads an input's pages in turn.
pub(super) struct Pages {
    source: FunctionSource,
    /// Names the input.
    name: String,
    input: Map<String, Value>,
    /// The pages that an earlier attempt was told.
    kept: Vec<Piece>,
    /// Which page is next, from 0.
    next: usize,
    /// Where it begins.
    at: u64,
    /// What asks for it.
    cursor: Option<String>,
    /// Cursors so far: one that comes again would go round for ever.
    asked: BTreeSet<String>,
    /// Bytes of it that were read before.
    skip: u64,
    is_over: bool,
}

impl Pages {
    pub(super) fn of(source: &FunctionSource, file: &FeedFile) -> Self {
        Self {
            source: source.clone(),
            name: file.name.clone(),
            input: source.input(&file.name),
            kept: Vec::new(),
            next: 0,
            at: 0,
            cursor: None,
            asked: BTreeSet::new(),
            skip: 0,
            is_over: false,
        }
    }

    /// Its lines and what asks for the next.
    async fn page(&self) -> Result<(Bytes, Option<String>), SourceError> {
        let keeps = self.source.0.kept.as_ref();
        if let Some((page, (bucket, _))) = self.kept.get(self.next).zip(keeps) {
            let told = bucket.get(&page.key, MAX_PAGE_BYTES).await.map_err(kept)?;
            return read_kept(&told.ok_or_else(lost)?).ok_or_else(gone);
        }
        if !self.source.has_time() {
            return Err(SourceError::NoTime);
        }
        let transaction = format!(
            "{}-{}-{}-{}",
            self.source.0.connection,
            self.source.0.at.as_millisecond(),
            self.name,
            self.next
        );
        let envelope = self.source.envelope(&transaction);
        let request = import_request(&envelope, &self.input, self.cursor.as_deref());
        let told = self.source.call(&self.source.0.function, &request).await?;
        let page = read_import_page(&told).map_err(|found| problem(&found))?;
        drop(told);
        let (text, lines) = written(page.next.as_deref(), &page.lines);
        // Some numbers are longer as they are rewritten.
        if text.len() > MAX_PAGE_BYTES {
            return Err(endless("it gives a page of more than 8 MiB"));
        }
        if let Some((bucket, folder)) = keeps {
            let end = self.at + lines.len() as u64;
            let piece = Piece::new(&format!("{folder}{}/", self.name), self.next, self.at, end);
            let put = bucket.put(&piece.key, "application/x-ndjson", text);
            put.await.map_err(kept)?;
        }
        self.source.0.told.store(true, Ordering::Relaxed);
        Ok((lines, page.next))
    }
}

impl Transfer for Pages {
    /// At the page in which the offset lies.
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        (self.next, self.at, self.cursor, self.is_over) = (0, 0, None, false);
        if let Some((bucket, folder)) = &self.source.0.kept {
            self.kept = pieces_below(bucket, &format!("{folder}{}/", self.name)).await?;
        }
        // Asked for anew, it may be another text, of which some bytes would be passed over.
        if offset > self.kept.last().map_or(0, |last| last.end) {
            return Err(gone());
        }
        if let Some(page) = self.kept.iter().rev().find(|page| page.begin <= offset) {
            (self.next, self.at) = (page.nth, page.begin);
        }
        self.skip = offset - self.at;
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        while !self.is_over {
            // As many have no end.
            if self.next == MAX_PIECES {
                return Err(endless("it gives more than 1,000 pages"));
            }
            let (mut lines, next) = self.page().await?;
            if next.as_ref().is_some_and(|next| !self.asked.insert(next.clone())) {
                return Err(endless("it gives the same cursor again"));
            }
            self.is_over = next.is_none();
            self.cursor = next;
            self.next += 1;
            self.at += lines.len() as u64;
            let over = usize::try_from(self.skip).unwrap_or(usize::MAX).min(lines.len());
            self.skip -= over as u64;
            let lines = lines.split_off(over);
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
        Ok(None)
    }
}

/// A page as it is kept: a line with what asks for the next one, then its lines. The lines share its memory.
fn written(next: Option<&str>, lines: &[u8]) -> (Bytes, Bytes) {
    let head = Value::from(next).to_string();
    let mut text = BytesMut::with_capacity(head.len() + 1 + lines.len());
    text.put_slice(head.as_bytes());
    text.put_u8(b'\n');
    text.put_slice(lines);
    let text = text.freeze();
    let lines = text.slice(head.len() + 1..);
    (text, lines)
}

fn read_kept(text: &Bytes) -> Option<(Bytes, Option<String>)> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let next = serde_json::from_slice(text.get(..end)?).ok()?;
    Some((text.slice(end + 1..), next))
}

/// What was read of it cannot be read again. Later it is not there either.
fn gone() -> SourceError {
    SourceError::Place {
        why: "what the function told before is not in the hub's bucket any more: another run asks anew".to_owned(),
        class: ErrorClass::Permanent,
    }
}

fn endless(why: &str) -> SourceError {
    SourceError::Place {
        why: format!("the function: {why}"),
        class: ErrorClass::Permanent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_with_its_cursor() {
        let check = |next: Option<&str>, lines: &str| {
            let (text, shared) = written(next, lines.as_bytes());
            assert_eq!(shared, lines);
            let (read, cursor) = read_kept(&text).unwrap();
            assert_eq!((read.as_ref(), cursor.as_deref()), (lines.as_bytes(), next));
        };
        check(None, "");
        check(None, "{}\n");
        check(Some("p\n2"), "{}\n{}\n");
        assert!(read_kept(&Bytes::from_static(b"no end")).is_none());
    }
}
