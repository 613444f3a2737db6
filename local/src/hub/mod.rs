//! The whole hub in one process: the stand-ins for AWS, the functions, and what carries events between them.

mod access;
mod carry;
mod folder;
mod functions;
mod gateway;
mod names;
mod sample;
mod stack;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use milepost_import::Importer;
use milepost_runtime::Secrets;
use milepost_webhooks::SigningKey;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use access::Access;
pub use folder::{Folder, HubError};
pub use names::{BUCKET, IMPORT_QUEUE, NOTIFY_QUEUE, TABLE, WEBHOOK_QUEUE};
pub use sample::{SAMPLE_CARRIER, SAMPLE_LAYOUT, SAMPLE_NAME, dated_sample, followed_number, sample_numbers};
pub use stack::{StackError, StackName};

use crate::aws::Cloud;
use functions::Functions;

/// How often what waits is looked at. The queues and the stream are in this process: a look costs a few microseconds.
const POLL: Duration = Duration::from_millis(20);

/// The schedule's tick. Deployed it is a minute; here somebody is waiting.
const TICK: Duration = Duration::from_secs(5);

/// A command that embeds a hub waits so long for what is left to do; the next hub on the folder does the rest.
const LONGEST_DRAIN: Duration = Duration::from_mins(10);

/// A running hub. It stops when it is dropped.
pub struct Hub {
    cloud: Cloud,
    access: Access,
    functions: Functions,
    carriers: JoinSet<()>,
    folder: Folder,
}

impl Hub {
    /// Opens the hub in a data folder, and carries events from then on.
    ///
    /// # Errors
    /// [`HubError::Busy`] when another process has the folder, or what could not be opened.
    pub async fn open(data: &Path, public_url: &str) -> Result<Self, HubError> {
        Self::open_limited(data, public_url, 0).await
    }

    /// The same with a limit of requests in a minute for each key, as a deployed hub has; 0 sets none.
    ///
    /// # Errors
    /// As [`Hub::open`].
    pub async fn open_limited(data: &Path, public_url: &str, requests_per_minute: u32) -> Result<Self, HubError> {
        Self::open_as(data, public_url, requests_per_minute, |_| {}).await
    }

    /// The same with an importer that is changed first: other limits, or another S3 for the carriers' buckets.
    ///
    /// # Errors
    /// As [`Hub::open`].
    pub async fn open_with(
        data: &Path,
        public_url: &str,
        change: impl FnOnce(&mut Importer),
    ) -> Result<Self, HubError> {
        Self::open_as(data, public_url, 0, change).await
    }

    async fn open_as(
        data: &Path,
        public_url: &str,
        requests_per_minute: u32,
        change: impl FnOnce(&mut Importer),
    ) -> Result<Self, HubError> {
        let folder = Folder::lock(data)?;
        let cloud = Cloud::start(folder.path(), names::cloud_options()).await?;
        let access = Access::to(cloud.endpoints(), folder.path());
        let secrets = Secrets::new(access.clients().settings().clone());
        let seal_key = folder.seal_key()?;
        let seal = secrets.seal_key(&seal_key).await?;
        let signing = folder.signing_key()?;
        let key = SigningKey::parse(&secrets.read(&signing).await?)?;
        let mut importer = functions::importer(&access, secrets);
        change(&mut importer);
        let functions = Functions::new(
            &access,
            seal,
            seal_key,
            key.into(),
            importer,
            public_url,
            requests_per_minute,
        )?;
        let mut carriers = JoinSet::new();
        carriers.spawn(carry::imports(cloud.queues().clone(), functions.clone(), POLL));
        carriers.spawn(carry::deliveries(cloud.queues().clone(), functions.clone(), POLL));
        carriers.spawn(carry::retries(cloud.queues().clone(), functions.clone(), POLL));
        carriers.spawn(carry::changes(
            cloud.stream(names::stream_options(POLL))?,
            functions.clone(),
            POLL,
        ));
        carriers.spawn(carry::ticks(functions.clone(), TICK));
        carriers.spawn(carry::polls(functions.clone(), TICK));
        carriers.spawn(carry::sweeps(cloud.table().clone()));
        Ok(Self {
            cloud,
            access,
            functions,
            carriers,
            folder,
        })
    }

    /// How commands reach the hub's parts.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Its data folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Serves the HTTP API, and leaves its address in the data folder for other commands.
    ///
    /// # Errors
    /// When the address file cannot be written.
    pub fn serve(&mut self, listener: TcpListener) -> Result<SocketAddr, HubError> {
        self.serve_as(listener, Vec::new())
    }

    /// The same, reached by these names too, besides addresses and `localhost`.
    ///
    /// # Errors
    /// As [`Hub::serve`].
    pub fn serve_as(&mut self, listener: TcpListener, names: Vec<String>) -> Result<SocketAddr, HubError> {
        let address = listener.local_addr().map_err(HubError::Io)?;
        self.folder.announce(address, self.cloud.endpoints())?;
        self.carriers
            .spawn(gateway::serve(listener, self.functions.clone(), names.into()));
        Ok(address)
    }

    /// The API's answer about a parcel, as a caller with the key gets it.
    ///
    /// # Errors
    /// When it is not a success.
    pub async fn get_tracking(&self, api_key: &str, carrier: &str, number: &str) -> Result<String, HubError> {
        gateway::get(
            &self.functions,
            api_key,
            &format!("carrier_code={carrier}&tracking_number={number}"),
        )
        .await
    }

    /// Waits until nothing is left to do now: no import, then no change, then no message. What is put off stays for
    /// later.
    ///
    /// # Errors
    /// The queues', or [`HubError::StillBusy`] when something keeps failing.
    pub async fn drain(&self) -> Result<(), HubError> {
        let begun = tokio::time::Instant::now();
        while begun.elapsed() < LONGEST_DRAIN {
            if self.waiting(&[IMPORT_QUEUE]).await? == 0 {
                // Of two more empty looks, the second began after the last import had ended.
                let looks = self.functions.empty_looks();
                while self.functions.empty_looks() < looks + 2 && begun.elapsed() < LONGEST_DRAIN {
                    tokio::time::sleep(POLL).await;
                }
                if self.waiting(&[IMPORT_QUEUE, NOTIFY_QUEUE, WEBHOOK_QUEUE]).await? == 0 {
                    return Ok(());
                }
            }
            tokio::time::sleep(POLL).await;
        }
        Err(HubError::StillBusy)
    }

    async fn waiting(&self, queues: &[&str]) -> Result<u64, HubError> {
        let mut waiting = 0;
        for queue in queues {
            let counts = self.cloud.queues().counts(queue).await?;
            waiting += counts.visible + counts.in_flight;
        }
        Ok(waiting)
    }

    /// Stops, after the requests under way.
    pub async fn stop(mut self) {
        self.carriers.shutdown().await;
        self.cloud.stop().await;
        self.folder.withdraw();
    }
}
