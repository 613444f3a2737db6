//! The `ETags` of the bucket's files: the MD5 of the content, computed once for each version of a file.
//!
//! Files come into the bucket through S3 and by hand (`cp`), so nothing but the file itself can say what it holds. A
//! small database remembers path, size and time of change with the hash. It is a cache: lost, it costs one reading of
//! each file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension};
use s3s::crypto::{Checksum, Md5};

use super::{Error, hex};

/// A file younger than this is hashed at every look. File systems stamp changes with a clock that ticks every few
/// milliseconds (some every two seconds), so right after a change another one can pass without a new stamp.
const SETTLED: Duration = Duration::from_secs(2);

const BLOCK: usize = 64 * 1024;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS etags (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, etag TEXT NOT NULL
) WITHOUT ROWID;
";

/// A file as it was when its `ETag` was looked up.
pub(super) struct Opened {
    /// At its beginning. What it gives is what the `ETag` says, also if the path gets another file meanwhile.
    pub(super) file: File,
    pub(super) size: u64,
    pub(super) modified: SystemTime,
    pub(super) etag: String,
}

/// The remembered `ETags`. Clones share them.
#[derive(Clone)]
pub(super) struct EtagBook(Arc<Mutex<Connection>>);

impl EtagBook {
    /// Opens the book and strikes out the files that are gone.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute_batch(SCHEMA)?;
        let book = Self(Arc::new(Mutex::new(connection)));
        book.strike_out()?;
        Ok(book)
    }

    /// Opens a regular file with its `ETag`. Blocks, for as long as the file takes to read if its version is new.
    pub(super) fn look(&self, path: &Path) -> io::Result<Opened> {
        // Asked before opening: opening a named pipe would wait for its writer.
        if !fs::metadata(path)?.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let etag = match self.remembered(path, &metadata) {
            Some(etag) => etag,
            None => {
                let etag = hash(&mut file)?;
                file.rewind()?;
                if is_settled(metadata.modified()?) {
                    self.remember(path, &metadata, &etag);
                }
                etag
            }
        };
        Ok(Opened {
            size: metadata.len(),
            modified: metadata.modified()?,
            file,
            etag,
        })
    }

    fn remembered(&self, path: &Path, metadata: &Metadata) -> Option<String> {
        let (size, modified) = stamp(metadata)?;
        let query = "SELECT etag FROM etags WHERE path = ?1 AND size = ?2 AND modified_ns = ?3";
        self.with(|book| {
            book.query_row(query, (path.to_str(), size, modified), |row| row.get(0))
                .optional()
        })?
    }

    fn remember(&self, path: &Path, metadata: &Metadata, etag: &str) {
        if let (Some((size, modified)), Some(path)) = (stamp(metadata), path.to_str()) {
            self.with(|book| {
                book.execute(
                    "INSERT OR REPLACE INTO etags VALUES (?1, ?2, ?3, ?4)",
                    (path, size, modified, etag),
                )
            });
        }
    }

    fn strike_out(&self) -> Result<(), Error> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select = book.prepare("SELECT path FROM etags")?;
        let paths: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for path in paths.iter().filter(|path| !Path::new(path).exists()) {
            book.execute("DELETE FROM etags WHERE path = ?1", [path])?;
        }
        Ok(())
    }

    /// A failing book is as good as none.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        let book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&book)
            .inspect_err(|error| tracing::warn!(%error, "the ETags cannot be remembered"))
            .ok()
    }
}

fn hash(file: &mut File) -> io::Result<String> {
    let mut md5 = Md5::new();
    let mut block = vec![0; BLOCK];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(hex(&md5.finalize()));
        }
        md5.update(block.get(..read).unwrap_or_default());
    }
}

/// Size and time of change, as SQLite keeps them.
fn stamp(metadata: &Metadata) -> Option<(i64, i64)> {
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((
        i64::try_from(metadata.len()).ok()?,
        i64::try_from(modified.as_nanos()).ok()?,
    ))
}

#[expect(
    clippy::disallowed_methods,
    reason = "compared with a stamp that the same machine's clock made"
)]
fn is_settled(modified: SystemTime) -> bool {
    // A stamp in the future was set by hand; the next change sets a true one.
    SystemTime::now()
        .duration_since(modified)
        .map_or(true, |age| age >= SETTLED)
}
