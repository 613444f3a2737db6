//! The stand-in for DynamoDB: dynoxide, with the hub's one table, on a file.
//!
//! Expired items stay readable until they are swept, as on AWS; [`EmbeddedTable::sweep_expired`] does that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use dynoxide::{Database, streams};
use rusqlite::Connection;
use serde_json::json;
use tokio::net::TcpListener;

use super::Error;
use super::server::{GRACE, Stop};

/// How often a statement beside dynoxide asks for the lock that one of dynoxide's writes holds, once a millisecond.
/// SQLite's own wait grows to 100 ms between two looks, and between the writes of an import it then finds no gap for
/// seconds.
const BUSY_LOOKS: i32 = 500;

/// Records removed in one transaction, so that a write of the hub never waits long for a trim.
const TRIM_ROWS: u32 = 1_000;

/// dynoxide asks for the largest number in the stream at every write and for what follows a number at every read.
/// Without this index each is a pass over the whole stream: 2,600 writes/s fall to 270 at 20,000 records. With it they
/// stay at 4,600.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS milepost_stream \
     ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// The table that the hub needs. Its keys are `pk` and `sk`, both strings.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The table's name.
    pub name: String,
    /// The attribute that says when an item expires, in seconds since 1970.
    pub expires_attribute: String,
}

/// The table, open. Clones share it.
#[derive(Clone)]
pub struct EmbeddedTable {
    database: Database,
    name: String,
    stream_arn: String,
    path: Option<PathBuf>,
}

impl EmbeddedTable {
    /// Opens the table on a file, which is created if it is not there, or in memory.
    ///
    /// In memory the stream has no index and is never trimmed, so writes grow slow after some thousand: for tests only.
    ///
    /// # Errors
    /// [`Error::Table`] or [`Error::Sqlite`] if the file is not such a database or cannot be written, [`Error::Path`].
    pub fn open(path: Option<&Path>, spec: &TableSpec) -> Result<Self, Error> {
        let database = match path {
            Some(path) => {
                let database = Database::new(path.to_str().ok_or(Error::Path)?)?;
                beside(path)?.execute_batch(STREAM_INDEX)?;
                database
            }
            None => Database::memory()?,
        };
        if database.get_table_metadata(&spec.name)?.is_none() {
            database.create_table(creation(&spec.name)?)?;
        }
        database.update_time_to_live(UpdateTimeToLiveRequest {
            table_name: spec.name.clone(),
            time_to_live_specification: TimeToLiveSpecification {
                attribute_name: spec.expires_attribute.clone(),
                enabled: true,
            },
        })?;
        let label = database
            .get_table_metadata(&spec.name)?
            .and_then(|table| table.stream_label);
        Ok(Self {
            database,
            name: spec.name.clone(),
            stream_arn: streams::stream_arn(&spec.name, &label.unwrap_or_default()),
            path: path.map(Path::to_path_buf),
        })
    }

    /// The database, for a caller in this process. Its calls block for the time of one SQLite statement.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ARN of the table's stream.
    #[must_use]
    pub fn stream_arn(&self) -> &str {
        &self.stream_arn
    }

    /// Deletes the items whose time has passed; answers how many. AWS does it within days, so once an hour is plenty.
    ///
    /// # Errors
    /// [`Error::Table`] if the database fails.
    pub async fn sweep_expired(&self) -> Result<usize, Error> {
        let database = self.database.clone();
        Ok(tokio::task::spawn_blocking(move || database.sweep_ttl()).await??)
    }

    /// Removes the stream's records before `position`, the stored number of the last one that was handled. That one
    /// stays: dynoxide numbers on from the largest it holds, so a clock set back cannot make it give a number twice.
    pub(super) fn trim_stream(&self, position: i64) -> Result<usize, Error> {
        let Some(path) = &self.path else { return Ok(0) };
        let connection = beside(path)?;
        let mut removed = 0;
        loop {
            let rows = connection.execute(
                "DELETE FROM _stream_records WHERE id IN (SELECT id FROM _stream_records \
                 WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2 LIMIT ?3)",
                (&self.name, position, TRIM_ROWS),
            )?;
            removed += rows;
            if rows == 0 {
                return Ok(removed);
            }
        }
    }

    /// Answers the DynamoDB API on `listener` until `stop`.
    pub(super) async fn serve(&self, listener: TcpListener, stop: Stop) -> Result<(), Error> {
        let address = listener
            .local_addr()
            .map_err(Error::io("read the address of a listener"))?;
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback(address));
        }
        let (mut asked, mut over) = (stop.clone(), stop);
        let serving = dynoxide::server::serve_with_shutdown(listener, self.database.clone(), async move {
            asked.asked().await;
        });
        // dynoxide waits for ever for a client that has sent half a request; the hub does not.
        let deadline = async move {
            over.asked().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            served = serving => {
                served.map_err(|error| Error::io("serve the table")(std::io::Error::other(error)))
            }
            () = deadline => Ok(()),
        }
    }
}

impl std::fmt::Debug for EmbeddedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedTable")
            .field("name", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// A second connection to dynoxide's file, for what dynoxide cannot do itself.
fn beside(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_handler(Some(|looks| {
        std::thread::sleep(Duration::from_millis(1));
        looks < BUSY_LOOKS
    }))?;
    Ok(connection)
}

fn creation(name: &str) -> Result<CreateTableRequest, Error> {
    Ok(serde_json::from_value(json!({
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            { "AttributeName": "pk", "AttributeType": "S" },
            { "AttributeName": "sk", "AttributeType": "S" },
        ],
        "KeySchema": [
            { "AttributeName": "pk", "KeyType": "HASH" },
            { "AttributeName": "sk", "KeyType": "RANGE" },
        ],
        // Both images, whatever the deployed table has: only so can a put that changed nothing be told (see `stream`).
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
    }))?)
}
