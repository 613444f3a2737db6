//! Files of others' servers that cannot be read on in the middle are copied into the hub's bucket first.
//!
//! A compressed file that one invocation does not finish is decoded from its beginning by the next one. From a carrier's
//! server that would be the same slow transfer again, of a file that may be gone by then. So it is copied as it is, in
//! pieces: a copy that is stopped goes on behind its last piece, and a whole one is read instead of the server's file
//! until the ledger says that all of it is stored.

use std::collections::HashSet;

use bytes::Bytes;
use jiff::Timestamp;
use milepost_carriers::layout::Layout;
use milepost_feeds::{FeedError, Wrapper};
use milepost_model::{Afterwards, Connection, ConnectionId, FileIdentity, FileVersion};
use milepost_net::bucket::PART_BYTES;
use milepost_net::source::{Place, SourceFuture, Transfer};
use milepost_net::{Bucket, FeedFile, FeedReader, Listing, Patience, Source, SourceError};
use milepost_store::{FeedFileState, SeenFile};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::file::Reading;
use crate::pieces::{MAX_PIECES, Piece, kept, lost, pieces_below, remove_below};
use crate::plan::Plan;
use crate::resume::keeps_offsets;
use crate::{ImportError, Importer};

/// From where a file is read.
pub(crate) enum Near {
    /// From its source.
    Source,
    /// From the hub's bucket.
    Copy(Source),
    /// There was no time to copy all of it.
    Part,
}

/// The folder of a connection's copies. It is of its scope and address as well: who takes the name of a connection that
/// was removed must not find another account's files under it.
pub(crate) fn copies_of(connection: &Connection, layout: &Layout) -> String {
    let mut parts = vec![
        connection.scope.as_str(),
        connection.carrier.as_str(),
        layout.name(),
        &connection.source.kind,
    ];
    let settings = connection.source.settings.iter();
    parts.extend(settings.flat_map(|(name, setting)| [name.as_str(), setting.as_str()]));
    format!("spool/{}/{}/", connection.id, FileIdentity::of(&parts).to_key())
}

/// The folder of a file's pieces, among the copies.
fn folder(copies: &str, version: FileVersion) -> String {
    format!("{copies}{}-{}/", version.file.to_key(), version.revision)
}

/// The file version of a piece's folder.
fn version_of(copies: &str, key: &str) -> Option<FileVersion> {
    let name = key.strip_prefix(copies)?;
    let (hex, revision) = name.split_once('/')?.0.split_once('-')?;
    let number = u64::from_str_radix(hex, 16).ok().filter(|_| hex.len() == 16)?;
    Some(FileVersion {
        file: FileIdentity(number.to_be_bytes()),
        revision: revision.parse().ok()?,
    })
}

/// Copies a file, if it is one that has to be; answers from where it is read.
///
/// # Errors
/// The source's, or the bucket's. What was copied stays.
pub(crate) async fn near(
    reading: &Reading<'_>,
    plan: &Plan,
    file: &FeedFile,
    state: &FeedFileState,
) -> Result<Near, ImportError> {
    // What appears whole or not at all is in a bucket, or kept there by its source.
    if plan.source.is_atomic() || !has_to_be_copied(reading, file) {
        return Ok(Near::Source);
    }
    let (bucket, piece_bytes) = (&reading.importer.bucket, reading.importer.settings.piece_bytes);
    let folder = folder(&plan.copies, state.version);
    let mut pieces = pieces_below(bucket, &folder).await?;
    if !is_whole(&pieces, piece_bytes) {
        let at = pieces.last().map_or(0, |last| last.end);
        let mut bytes = plan.source.open(file, at).await?;
        while !is_whole(&pieces, piece_bytes) {
            if pieces.len() == MAX_PIECES {
                return Err(SourceError::ListingTooLong { limit: MAX_PIECES }.into());
            }
            let (nth, begin) = pieces.last().map_or((0, 0), |last| (last.nth + 1, last.end));
            let content = read_piece(&mut bytes, piece_bytes)
                .await
                .map_err(|source| ImportError::Feed {
                    file: file.name.clone(),
                    source: FeedError::from(source),
                })?;
            let piece = Piece::new(&folder, nth, begin, begin + content.len() as u64);
            let put = bucket.put(&piece.key, "application/octet-stream", content);
            put.await?;
            pieces.push(piece);
            // Every attempt copies a piece at least.
            if reading.is_over() {
                return Ok(Near::Part);
            }
        }
    }
    Ok(Near::Copy(Source::new(Copied {
        bucket: bucket.clone(),
        pieces,
    })))
}

/// A short piece is the last one, be it an empty one.
fn is_whole(pieces: &[Piece], piece_bytes: usize) -> bool {
    pieces
        .last()
        .is_some_and(|last| last.end - last.begin < piece_bytes as u64)
}

/// Whether it may be long, and its rows have no place of their own in its bytes, as far as name and layout tell.
fn has_to_be_copied(reading: &Reading<'_>, file: &FeedFile) -> bool {
    let name = file.name.to_ascii_lowercase();
    let compressed = match reading.layout.wrapper() {
        Wrapper::Plain => false,
        Wrapper::Auto => [".gz", ".gzip", ".zip"].iter().any(|ending| name.ends_with(ending)),
        _ => true,
    };
    let long = reading.importer.settings.copied_from_bytes;
    (compressed || !keeps_offsets(reading.layout)) && file.size.is_none_or(|size| size >= long)
}

async fn read_piece(bytes: &mut (impl AsyncRead + Unpin), piece_bytes: usize) -> std::io::Result<Bytes> {
    let mut piece = Vec::with_capacity(piece_bytes);
    let mut bytes = bytes.take(piece_bytes as u64);
    while bytes.read_buf(&mut piece).await? > 0 {}
    Ok(piece.into())
}

impl Importer {
    /// Files that an earlier attempt has copied and not finished, and that their source does not list any more.
    pub(crate) async fn copied(
        &self,
        plan: &Plan,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<Vec<(FeedFile, SeenFile)>, ImportError> {
        if plan.source.is_atomic() {
            return Ok(Vec::new());
        }
        let objects = self.bucket.list(&plan.copies, MAX_PIECES).await?;
        let mut versions: Vec<FileVersion> = objects
            .iter()
            .filter_map(|object| version_of(&plan.copies, &object.key))
            .filter(|version| version.revision == plan.layout.revision())
            .collect();
        versions.dedup();
        if versions.is_empty() {
            return Ok(Vec::new());
        }
        let listed = plan.ready.files.iter().map(|file| plan.seen(file, now).version);
        let listed: HashSet<FileVersion> = listed.collect();
        versions.retain(|version| !listed.contains(version));
        let (mut files, piece_bytes) = (Vec::new(), self.settings.piece_bytes);
        for state in self.store.feed_files(connection, &versions).await? {
            let pieces = pieces_below(&self.bucket, &folder(&plan.copies, state.version)).await?;
            if !state.done && is_whole(&pieces, piece_bytes) {
                files.push(as_seen(state));
            }
        }
        Ok(files)
    }

    /// Removes the copy of a file that is done.
    pub(crate) async fn remove_copy(&self, plan: &Plan, version: FileVersion) -> Result<(), SourceError> {
        remove_below(&self.bucket, &folder(&plan.copies, version)).await
    }
}

/// A file as it was listed when it was copied.
fn as_seen(state: FeedFileState) -> (FeedFile, SeenFile) {
    let file = FeedFile {
        name: state.name.clone(),
        size: state.size,
        etag: state.etag.clone(),
        modified_ms: None,
    };
    let seen = SeenFile {
        version: state.version,
        name: state.name,
        size: state.size,
        etag: state.etag,
        first_seen_ms: state.first_seen_ms,
        notify_from: state.notify_from,
    };
    (file, seen)
}

/// One file, as it was copied.
#[derive(Debug)]
struct Copied {
    bucket: Bucket,
    pieces: Vec<Piece>,
}

impl Place for Copied {
    /// It is opened by who has listed the original.
    fn list(&self, _: usize) -> SourceFuture<'_, Listing> {
        Box::pin(async { Ok(Listing::default()) })
    }

    fn open<'a>(&'a self, _: &'a FeedFile, offset: u64) -> SourceFuture<'a, FeedReader> {
        let transfer = PieceByPiece {
            bucket: self.bucket.clone(),
            pieces: self.pieces.clone(),
            at: offset,
        };
        Box::pin(FeedReader::begin(transfer, offset, Patience::default()))
    }

    fn put_away<'a>(&'a self, _: &'a FeedFile, _: &'a Afterwards) -> SourceFuture<'a, ()> {
        Box::pin(async { Err(SourceError::Unsupported) })
    }

    fn reach(&self) -> SourceFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn is_atomic(&self) -> bool {
        true
    }
}

struct PieceByPiece {
    bucket: Bucket,
    pieces: Vec<Piece>,
    at: u64,
}

impl Transfer for PieceByPiece {
    async fn begin(&mut self, offset: u64) -> Result<(), SourceError> {
        self.at = offset;
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let at = self.at;
        let Some(piece) = self.pieces.iter().find(|piece| (piece.begin..piece.end).contains(&at)) else {
            return Ok(None);
        };
        let content = self.bucket.get(&piece.key, PART_BYTES).await.map_err(kept)?;
        let mut content = content.filter(|content| content.len() as u64 == piece.end - piece.begin);
        let content = content.as_mut().ok_or_else(lost)?;
        self.at = piece.end;
        Ok(Some(
            content.split_off(usize::try_from(at - piece.begin).unwrap_or(usize::MAX)),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_version() {
        let copies = "spool/acme-ftp/0123456789abcdef/";
        let version = FileVersion {
            file: FileIdentity::of(&["a.csv.gz", "7"]),
            revision: 3,
        };
        let piece = Piece::new(&folder(copies, version), 0, 0, 7);
        assert_eq!(version_of(copies, &piece.key), Some(version));
        // What a function told has no version in its folder.
        for other in [
            "spool/acme-ftp/1795183380123/items/x",
            "spool/acme-ftp/inputs.json",
            "spool/acme-ftp/fedcba9876543210/0011223344556677-3/x",
            "in/acme-ftp/a",
        ] {
            assert_eq!(version_of(copies, other), None, "{other}");
        }
    }

    #[test]
    fn a_short_piece_is_the_last() {
        let first = Piece::new("", 0, 0, 10);
        assert!(!is_whole(&[], 10));
        assert!(!is_whole(std::slice::from_ref(&first), 10));
        assert!(is_whole(&[first.clone(), Piece::new("", 1, 10, 17)], 10));
        assert!(
            is_whole(&[first, Piece::new("", 1, 10, 10)], 10),
            "the file ends with a piece"
        );
    }
}
