//! How a command reaches a hub on this machine: the same SDK clients as the functions, pointed at its endpoints.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client as S3;
use milepost_import::Importer;
use milepost_model::SecretRef;
use milepost_net::{Bucket, Queue};
use milepost_runtime::{Clients, Secrets};
use milepost_store::{SealKey, Store};

use super::folder::{Announcement, HubError};
use super::functions;
use super::names::{BUCKET, TABLE};
use crate::aws::{ACCESS_KEY, Endpoints, SECRET_KEY};

/// Clients for the parts of a hub.
#[derive(Clone)]
pub struct Access {
    table: Clients,
    queues: Clients,
    bucket: Clients,
    endpoints: Endpoints,
    seal_key: SecretRef,
}

impl Access {
    /// To endpoints of this machine, with the secrets of a data folder.
    pub fn to(endpoints: Endpoints, data: &Path) -> Self {
        let clients = |url: &str| Clients::new(settings(url));
        let absolute = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
        Self {
            table: clients(&endpoints.table),
            queues: clients(&endpoints.queues),
            bucket: clients(&endpoints.bucket),
            seal_key: SecretRef(format!("file:{}", absolute.join("seal.key").display())),
            endpoints,
        }
    }

    /// To a hub that runs in another process.
    pub fn to_announced(announcement: &Announcement, data: &Path) -> Self {
        let Announcement {
            table, queues, bucket, ..
        } = announcement.clone();
        Self::to(Endpoints { table, queues, bucket }, data)
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.table
    }

    /// The table, without the key that opens secrets.
    pub fn store(&self) -> Store {
        self.table.store(TABLE, None)
    }

    /// The table, with the key that seals and opens secrets.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub async fn store_with_secrets(&self) -> Result<Store, HubError> {
        let seal = Secrets::new(self.table.settings().clone())
            .seal_key(&self.seal_key)
            .await?;
        Ok(self.store_sealed(seal))
    }

    /// The table, with a key that seals and opens secrets.
    pub fn store_sealed(&self, seal: SealKey) -> Store {
        self.table.store(TABLE, Some(seal))
    }

    /// An importer as the hub's own, for trying connections.
    pub fn importer(&self) -> Importer {
        functions::importer(self, Secrets::new(self.table.settings().clone()))
    }

    /// The hub's bucket.
    pub fn bucket(&self) -> Bucket {
        self.bucket.bucket(BUCKET)
    }

    /// S3.
    pub fn s3(&self) -> S3 {
        self.bucket.s3()
    }

    /// A queue by its name.
    pub fn queue(&self, name: &str) -> Queue {
        self.queues.queue(&self.endpoints.queue_url(name))
    }
}

fn settings(url: &str) -> SdkConfig {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "milepost");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
