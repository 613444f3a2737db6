//! The ledger: what is known of a feed file, and how far it was read.
//!
//! What its first reader fixed are attributes of their own and never written again. How far it was read is one packed
//! value, replaced as a whole at each checkpoint.

use milepost_model::ConnectionId;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

use super::packing::{cbor, from_cbor};
use super::{Fields, Fill, Item, Unreadable, bytes, flag, instant, new_item, number, reject, text};
use crate::Key;
use crate::feed_files::{Checkpoint, FeedFileState, FileCounts, SeenFile};

const KIND: &str = "feed file";

/// The epoch of the lease whose holder wrote last.
pub(crate) const EPOCH: &str = "epoch";

/// How far it was read, packed.
const PROGRESS: &str = "progress";

/// Whether all of it is stored.
pub(crate) const DONE: &str = "done";

pub(crate) fn new(connection: &ConnectionId, epoch: u64, file: &SeenFile) -> Item {
    let key = Key::FeedFile {
        connection: connection.clone(),
        version: file.version,
    };
    new_item(&key)
        .with("file_name", text(&file.name))
        .with_some("bytes", file.size.map(number))
        .with_some("etag", file.etag.as_ref().map(text))
        .with("first_seen_ms", number(file.first_seen_ms))
        .with_some("notify_from", file.notify_from.map(instant))
        .with(EPOCH, number(epoch))
        .with(
            PROGRESS,
            bytes(pack_progress(Checkpoint::default(), &FileCounts::default(), None)),
        )
        .with(DONE, flag(false))
}

/// The state and the epoch of its last writer.
pub(crate) fn from_item(item: &Item) -> Result<(FeedFileState, u64), Unreadable> {
    let fields = Fields::of(KIND, item)?;
    let Key::FeedFile { version, .. } = fields.key()? else {
        return Err(fields.damaged("key"));
    };
    let progress = from_cbor::<ProgressForm>(fields.bytes(PROGRESS)?).ok_or_else(|| fields.damaged(PROGRESS))?;
    let state = FeedFileState {
        version,
        name: fields.text("file_name")?.to_owned(),
        size: fields.some_number("bytes")?,
        etag: fields.some_text("etag")?.map(ToOwned::to_owned),
        first_seen_ms: fields.number("first_seen_ms")?,
        notify_from: fields.some_instant("notify_from")?,
        checkpoint: Checkpoint {
            offset: progress.offset,
            counted: progress.counted,
            line: progress.line,
            reject_parts: progress.reject_parts,
        },
        counts: FileCounts {
            rows: progress.rows,
            events: progress.events,
            facts: progress.facts,
            duplicates: progress.duplicates,
            known: progress.known,
            rejected: reject::from_counts(&progress.rejected),
            unknown_codes: progress.unknown_codes,
            parcels: progress.parcels,
            bundles: progress.bundles,
        },
        done: fields.flag(DONE)?,
        failure: progress.failure,
    };
    Ok((state, fields.number(EPOCH)?))
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct ProgressForm {
    #[n(0)]
    offset: u64,
    #[n(1)]
    line: u64,
    #[n(2)]
    rows: u64,
    #[n(3)]
    events: u64,
    #[n(4)]
    facts: u64,
    #[n(5)]
    duplicates: u64,
    #[cbor(n(6), skip_if = "BTreeMap::is_empty")]
    rejected: BTreeMap<u8, u64>,
    #[n(7)]
    parcels: u64,
    #[n(8)]
    bundles: u64,
    #[n(9)]
    counted: u64,
    #[n(10)]
    reject_parts: u32,
    #[n(11)]
    failure: Option<String>,
    #[cbor(n(12), default, skip_if = "BTreeMap::is_empty")]
    unknown_codes: BTreeMap<String, u64>,
    #[n(13)]
    known: Option<u64>,
}

pub(crate) fn pack_progress(checkpoint: Checkpoint, counts: &FileCounts, failure: Option<&str>) -> Vec<u8> {
    cbor(&ProgressForm {
        offset: checkpoint.offset,
        line: checkpoint.line,
        rows: counts.rows,
        events: counts.events,
        facts: counts.facts,
        duplicates: counts.duplicates,
        rejected: reject::to_counts(&counts.rejected),
        parcels: counts.parcels,
        bundles: counts.bundles,
        counted: checkpoint.counted,
        reject_parts: checkpoint.reject_parts,
        failure: failure.map(str::to_owned),
        unknown_codes: counts.unknown_codes.clone(),
        known: counts.known,
    })
}
