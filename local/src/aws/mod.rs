//! Stand-ins for the AWS services that the hub uses: a table, its stream, queues and a bucket, in this process.
//!
//! The real SDK clients talk to them over HTTP. Events do not travel over HTTP: the caller takes batches from
//! [`StreamReader`] and [`Queues`] and gives them to the handlers, as Lambda's event source mappings do.
//!
//! **The endpoints check no identity**: whoever reaches them reads and writes everything. They are therefore bound to
//! 127.0.0.1, on ports that change with each start, and there is no setting for anything else.

mod bucket;
mod clock;
mod error;
mod etag;
mod notice;
mod queue;
mod server;
mod stream;
mod table;
#[cfg(test)]
mod tests;

use std::fs::create_dir_all;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::service::service_fn;
use s3s::crypto::{Checksum, Md5};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use clock::{Clock, ManualClock, SystemClock};
pub use error::Error;
pub use notice::NoticeSpec;
pub use queue::{
    Counts, DeadLetter, MAX_BODY_BYTES, MAX_DELAY, MAX_VISIBILITY, NewMessage, QueueSpec, Queues, RETENTION, Received,
    Refusal, queue_arn, sqs_event,
};
pub use stream::{Batch, StreamOptions, StreamReader};
pub use table::{EmbeddedTable, TableSpec};

use notice::Notices;
use server::{Stop, listen};

/// The access key for the endpoints. Any other does as well.
pub const ACCESS_KEY: &str = "local";

/// The secret key for the endpoints. The bucket checks signatures, so this one it must be; it is no secret.
pub const SECRET_KEY: &str = "local";

/// What is to be there, as the template says it for AWS.
#[derive(Clone)]
pub struct CloudOptions {
    /// The table.
    pub table: TableSpec,
    /// The queues, dead-letter queues among them.
    pub queues: Vec<QueueSpec>,
    /// The names of the buckets: at least three lower-case letters, digits, hyphens or dots, as S3 wants.
    pub buckets: Vec<String>,
    /// Who is told of objects that are put into them.
    pub notices: Vec<NoticeSpec>,
    /// The clock of the queues.
    pub clock: Arc<dyn Clock>,
}

/// The stand-ins, running. They stop when this is dropped; [`stop`](Self::stop) lets requests under way end first.
#[derive(Debug)]
pub struct Cloud {
    table: EmbeddedTable,
    queues: Queues,
    endpoints: Addresses,
    data: PathBuf,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

/// Where the SDK clients find the stand-ins: `http://127.0.0.1:<port>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// DynamoDB.
    pub table: String,
    /// SQS.
    pub queues: String,
    /// S3, by path style.
    pub bucket: String,
}

impl Addresses {
    /// The URL of a queue. It holds until the hub stops.
    #[must_use]
    pub fn queue_url(&self, queue: &str) -> String {
        queue::queue_url(&self.queues, queue)
    }
}

impl Cloud {
    /// Opens everything under the folder `data` and serves it. One process at a time may use a folder: the caller
    /// locks it.
    ///
    /// Objects are files under `data/s3/<bucket>`; a file that is put there by hand is an object too.
    ///
    /// # Errors
    /// If a file or a port cannot be opened; nothing is left running.
    pub async fn start(data: &Path, options: CloudOptions) -> Result<Self, Error> {
        let data = data.to_path_buf();
        let folder = data.clone();
        let opening = tokio::task::spawn_blocking(move || -> Result<_, Error> {
            create_dir_all(&folder).map_err(Error::io(format!("create {}", folder.display())))?;
            let table = EmbeddedTable::open(Some(&folder.join("table.db")), &options.table)?;
            let queues = Queues::open(Some(&folder.join("queues.db")), options.queues, options.clock)?;
            let notices = Notices::new(options.notices, queues.clone());
            let (root, book) = (folder.join("s3"), folder.join("etags.db"));
            let buckets = bucket::service(&root, &book, &options.buckets, notices)?;
            Ok((table, queues, buckets))
        });
        let (table, queues, buckets) = opening.await??;
        let (for_table, for_queues, for_bucket) = (listen()?, listen()?, listen()?);
        let endpoints = Addresses {
            table: url(&for_table)?,
            queues: url(&for_queues)?,
            bucket: url(&for_bucket)?,
        };
        let (stop, stopped) = Stop::channel();
        let mut servers = JoinSet::new();
        servers.spawn(serve_table(table.clone(), for_table, stopped.clone()));
        servers.spawn(serve_queues(
            queues.clone(),
            endpoints.queues.as_str().into(),
            for_queues,
            stopped.clone(),
        ));
        servers.spawn(server::serve(for_bucket, buckets, stopped));
        Ok(Self {
            table,
            queues,
            endpoints,
            data,
            stop,
            servers,
        })
    }

    /// Where the clients find it all.
    #[must_use]
    pub const fn endpoints(&self) -> &Addresses {
        &self.endpoints
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> &EmbeddedTable {
        &self.table
    }

    /// The queues.
    #[must_use]
    pub const fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The folder of a bucket, where files can be put by hand.
    #[must_use]
    pub fn bucket_folder(&self, bucket: &str) -> PathBuf {
        self.data.join("s3").join(bucket)
    }

    /// The reader of the table's stream, at the position that the last one acknowledged. One at a time.
    ///
    /// # Errors
    /// [`Error::Io`] if the position cannot be read.
    pub fn stream(&self, options: StreamOptions) -> Result<StreamReader, Error> {
        StreamReader::open(self.table.clone(), Some(self.data.join("stream.position")), options)
    }

    /// Stops serving, after the requests under way have ended or five seconds are over.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.servers.join_next().await.is_some() {}
    }
}

async fn serve_table(table: EmbeddedTable, listener: TcpListener, stop: Stop) {
    if let Err(error) = table.serve(listener, stop).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the embedded table is no longer served"
        );
    }
}

async fn serve_queues(queues: Queues, base: Arc<str>, listener: TcpListener, stop: Stop) {
    let service = service_fn(move |request| queue::answer(queues.clone(), Arc::clone(&base), request));
    server::serve(listener, service, stop).await;
}

fn url(listener: &TcpListener) -> Result<String, Error> {
    let address = listener
        .local_addr()
        .map_err(Error::io("read the address of a listener"))?;
    Ok(format!("http://{address}"))
}

/// What S3 and SQS call the MD5 of a body.
fn md5_hex(bytes: &[u8]) -> String {
    hex(&Md5::checksum(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
