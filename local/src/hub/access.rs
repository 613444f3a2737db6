//! How a command reaches a hub, on this machine or deployed: the same SDK clients as the functions.

use std::path::Path;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client as S3;
use milepost_import::Importer;
use milepost_model::SecretRef;
use milepost_net::source::S3Clients;
use milepost_net::{AddressPolicy, Bucket, Queue};
use milepost_runtime::{Clients, Secrets};
use milepost_store::{SealKey, Store};
use milepost_webhooks::{Endpoints, Replay, SigningKey};

use super::folder::{Announcement, HubError};
use super::functions;
use super::names::{BUCKET, IMPORT_QUEUE, NOTIFY_QUEUE, TABLE, WEBHOOK_QUEUE};
use super::stack::{self, Outputs, StackError, StackName};
use crate::aws::{ACCESS_KEY, Addresses, SECRET_KEY};

/// Clients for the parts of a hub.
#[derive(Clone)]
pub struct Access {
    table: Clients,
    queues: Clients,
    bucket: Clients,
    parts: Outputs,
    addresses: AddressPolicy,
    deployed: bool,
}

impl Access {
    /// To endpoints of this machine, with the secrets of a data folder.
    pub fn to(endpoints: &Addresses, data: &Path) -> Self {
        let clients = |url: &str| Clients::new(settings(url));
        let absolute = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
        Self {
            table: clients(&endpoints.table),
            queues: clients(&endpoints.queues),
            bucket: clients(&endpoints.bucket),
            parts: Outputs {
                table: TABLE.to_owned(),
                bucket: BUCKET.to_owned(),
                import_queue: endpoints.queue_url(IMPORT_QUEUE),
                webhook_queue: endpoints.queue_url(WEBHOOK_QUEUE),
                notify_queue: endpoints.queue_url(NOTIFY_QUEUE),
                seal_key: format!("file:{}", absolute.join("seal.key").display()),
                signing_key: Some(format!("file:{}", absolute.join("signing.key").display())),
            },
            // Receivers and carriers' servers may be on this machine too.
            addresses: AddressPolicy {
                allow_loopback: true,
                allow_plain_http: true,
                ..AddressPolicy::default()
            },
            deployed: false,
        }
    }

    /// To a deployed hub.
    ///
    /// # Errors
    /// When the stack is not there, not the template's, or not to be asked with these credentials.
    pub async fn to_stack(name: &StackName) -> Result<Self, StackError> {
        let settings = stack::settings(name).await;
        let (parts, addresses) = stack::outputs(name, &settings).await?;
        let clients = Clients::new(settings);
        Ok(Self {
            table: clients.clone(),
            queues: clients.clone(),
            bucket: clients,
            parts,
            addresses,
            deployed: true,
        })
    }

    /// To a hub that runs in another process.
    pub fn to_announced(announcement: &Announcement, data: &Path) -> Self {
        let Announcement {
            table, queues, bucket, ..
        } = announcement.clone();
        Self::to(&Addresses { table, queues, bucket }, data)
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.table
    }

    /// The table, without the key that opens secrets.
    pub fn store(&self) -> Store {
        self.table.store(&self.parts.table, None)
    }

    /// The table, with the key that seals and opens secrets.
    ///
    /// # Errors
    /// When the key cannot be read.
    pub async fn store_with_secrets(&self) -> Result<Store, HubError> {
        let seal = Secrets::new(self.table.settings().clone())
            .seal_key(&SecretRef(self.parts.seal_key.clone()))
            .await?;
        Ok(self.store_sealed(seal))
    }

    /// The table, with a key that seals and opens secrets.
    pub fn store_sealed(&self, seal: SealKey) -> Store {
        self.table.store(&self.parts.table, Some(seal))
    }

    /// The endpoints of accounts, probed from here.
    ///
    /// # Errors
    /// When a key cannot be read.
    pub async fn endpoints(&self) -> Result<Endpoints, HubError> {
        let secrets = Secrets::new(self.table.settings().clone());
        let key = match &self.parts.signing_key {
            Some(reference) => Some(secrets.read(&SecretRef(reference.clone())).await?),
            None => None,
        };
        let key = key.map(|text| SigningKey::parse(&text)).transpose()?.map(Arc::new);
        let exchange = self.table.exchange(self.addresses())?;
        Ok(Endpoints::new(
            self.store_with_secrets().await?,
            self.webhook_queue(),
            exchange,
            key,
        ))
    }

    /// What was sent, and sending it again.
    pub fn replay(&self) -> Replay {
        Replay::new(self.store(), self.webhook_queue())
    }

    /// An importer as the hub's own, for trying connections.
    pub fn importer(&self) -> Importer {
        functions::importer(self, Secrets::new(self.table.settings().clone()))
    }

    /// The hub's bucket.
    pub fn bucket(&self) -> Bucket {
        self.bucket.bucket(&self.parts.bucket)
    }

    /// S3.
    pub fn s3(&self) -> S3 {
        self.bucket.s3()
    }

    /// S3 under roles of other accounts.
    pub fn s3_by_role(&self) -> S3Clients {
        self.bucket.s3_by_role()
    }

    /// The queue of `run-import`.
    pub fn import_queue(&self) -> Queue {
        self.queues.queue(&self.parts.import_queue)
    }

    /// The queue of `deliver-webhook`.
    pub fn webhook_queue(&self) -> Queue {
        self.queues.queue(&self.parts.webhook_queue)
    }

    /// The retry queue of `notify-changes`.
    pub fn notify_queue(&self) -> Queue {
        self.queues.queue(&self.parts.notify_queue)
    }

    /// Whether the hub's functions can read a secret by this reference.
    ///
    /// # Errors
    /// What to change.
    pub fn check_secret(&self, reference: &SecretRef) -> Result<(), &'static str> {
        match reference.0.split_once(':') {
            Some(("ssm", name)) if name.starts_with('/') => Ok(()),
            Some(("file", _)) if self.deployed => {
                Err("a deployed hub reads no files: put the secret into an SSM SecureString, and write ssm:/NAME")
            }
            Some(("file", _)) => Ok(()),
            _ => Err("a secret is given by reference: ssm:/NAME of an SSM SecureString, or file:/PATH on this machine"),
        }
    }

    /// Which hosts the hub may reach.
    pub fn addresses(&self) -> AddressPolicy {
        self.addresses.clone()
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
