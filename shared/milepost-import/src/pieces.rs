//! A text in the hub's bucket that came bit by bit: objects in a folder, each of which says where it stands.

use milepost_model::ErrorClass;
use milepost_net::bucket::BucketError;
use milepost_net::{Bucket, SourceError};

/// As many as S3 lists at a time: 8 GB of a file, or a function's pages.
pub(crate) const MAX_PIECES: usize = 1_000;

/// Where a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) key: String,
    /// From 0.
    pub(crate) nth: usize,
    /// Where it begins in the text, in bytes.
    pub(crate) begin: u64,
    /// Behind its last byte.
    pub(crate) end: u64,
}

impl Piece {
    /// One in a folder, which ends in a slash.
    pub(crate) fn new(folder: &str, nth: usize, begin: u64, end: u64) -> Self {
        Self {
            key: format!("{folder}{nth:05}-{begin:012}-{end:012}"),
            nth,
            begin,
            end,
        }
    }

    fn of(folder: &str, key: &str) -> Option<Self> {
        let mut numbers = key.strip_prefix(folder)?.splitn(3, '-').map(str::parse);
        let mut number = || numbers.next()?.ok();
        let (nth, begin, end) = (number()?, number()?, number()?);
        Some(Self {
            key: key.to_owned(),
            nth: usize::try_from(nth).ok()?,
            begin,
            end,
        })
    }
}

/// The pieces of a folder, as far as one begins where the one before it ends: an attempt that was frozen may have left
/// others.
pub(crate) async fn pieces_below(bucket: &Bucket, folder: &str) -> Result<Vec<Piece>, SourceError> {
    let objects = bucket.list(folder, 2 * MAX_PIECES).await.map_err(kept)?;
    Ok(chain(
        objects.iter().filter_map(|object| Piece::of(folder, &object.key)),
    ))
}

fn chain(found: impl Iterator<Item = Piece>) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for piece in found {
        let next = pieces.last().map_or((0, 0), |last| (last.nth + 1, last.end));
        if (piece.nth, piece.begin) == next {
            pieces.push(piece);
        }
    }
    pieces
}

/// Removes a folder of pieces.
pub(crate) async fn remove_below(bucket: &Bucket, folder: &str) -> Result<(), SourceError> {
    for object in bucket.list(folder, 2 * MAX_PIECES).await.map_err(kept)? {
        bucket.delete(&object.key).await.map_err(kept)?;
    }
    Ok(())
}

/// What the bucket did with a piece.
pub(crate) fn kept(error: BucketError) -> SourceError {
    match error {
        BucketError::Aws(error) => SourceError::Aws(error),
        // A reader's own error is told as it is.
        BucketError::Read(error) => SourceError::Io {
            step: "copy",
            source: error,
        },
        error => SourceError::Place {
            why: format!("what was kept in the hub's bucket: {error}"),
            class: error.class(),
        },
    }
}

/// A piece that was listed is gone, or cannot be read. The next attempt lists what there is, and fetches the rest anew.
pub(crate) fn lost() -> SourceError {
    SourceError::Place {
        why: "what was kept in the hub's bucket is not there any more".to_owned(),
        class: ErrorClass::Retry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_says_where_it_stands() {
        let piece = Piece::new("spool/a/b/", 2, 100, 120);
        assert_eq!(piece.key, "spool/a/b/00002-000000000100-000000000120");
        assert_eq!(Piece::of("spool/a/b/", &piece.key), Some(piece));
        for other in ["", "00002", "inputs.json", "00002-1", "00002-1-x", "00002-1-2-3"] {
            assert_eq!(Piece::of("", other), None, "{other}");
        }
    }

    #[test]
    fn pieces_of_another_attempt_are_left_out() {
        let piece = |nth, begin, end| Piece::new("", nth, begin, end);
        let check = |found: &[Piece], expect: &[Piece]| assert_eq!(chain(found.iter().cloned()), expect);
        check(&[], &[]);
        check(&[piece(1, 8, 16)], &[]);
        let whole = [piece(0, 0, 8), piece(1, 8, 16), piece(2, 16, 20)];
        check(&whole, &whole);
        check(&[piece(0, 0, 8), piece(1, 7, 16), piece(1, 8, 16)], &whole[..2]);
    }
}
