//! The data folder: one hub at a time, its address for other commands, and its secrets.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fs4::fs_std::FileExt;
use milepost_model::SecretRef;
use milepost_runtime::RuntimeError;
use milepost_webhooks::SigningKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::aws::{self, Addresses};

/// Why the hub did not start or stopped.
#[derive(Debug, Error)]
pub enum HubError {
    /// Another process has the folder.
    #[error("another milepost has the data folder {}", .0.display())]
    Busy(PathBuf),
    /// Something keeps failing, and is kept.
    #[error("there is still work in the queues; the next hub on the data folder goes on with it")]
    StillBusy,
    /// A file or a socket.
    #[error("{0}")]
    Io(#[source] std::io::Error),
    /// A file of the folder.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The hub's own API did not answer its own question.
    #[error("the API answered {status}: {body}")]
    Api {
        /// The status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// A stand-in.
    #[error(transparent)]
    Cloud(#[from] aws::Error),
    /// The table.
    #[error(transparent)]
    Store(#[from] milepost_store::StoreError),
    /// Keys, secrets, clients.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// Webhooks.
    #[error(transparent)]
    Webhooks(#[from] milepost_webhooks::WebhookError),
    /// The HTTP client of webhooks.
    #[error(transparent)]
    Exchange(#[from] milepost_net::ExchangeError),
}

/// A data folder that this process has locked.
pub struct Folder {
    path: PathBuf,
    _lock: File,
}

/// What a running hub leaves in its folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Announcement {
    /// Of the HTTP API.
    pub address: SocketAddr,
    /// DynamoDB.
    pub table: String,
    /// SQS.
    pub queues: String,
    /// S3.
    pub bucket: String,
}

impl Folder {
    /// Makes the folder if it is not there, and locks it.
    ///
    /// # Errors
    /// [`HubError::Busy`].
    pub fn lock(path: &Path) -> Result<Self, HubError> {
        // Carriers' files, webhook addresses and parcels are its owner's alone.
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700).create(path).map_err(at(path))?;
        let file = path.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&file)
            .map_err(at(&file))?;
        match lock.try_lock_exclusive() {
            Ok(true) => Ok(Self {
                path: path.to_path_buf(),
                _lock: lock,
            }),
            Ok(false) => Err(HubError::Busy(path.to_path_buf())),
            Err(source) => Err(HubError::File { path: file, source }),
        }
    }

    /// The hub that runs in a folder, if one does.
    pub fn announced(path: &Path) -> Option<Announcement> {
        let text = fs::read_to_string(path.join("hub.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key under which secrets are sealed; made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn seal_key(&self) -> Result<SecretRef, HubError> {
        let path = self.path.join("seal.key");
        if !path.exists() {
            let mut bytes = [0; 32];
            getrandom::fill(&mut bytes).map_err(RuntimeError::Randomness)?;
            write_private(&path, &STANDARD.encode(bytes))?;
        }
        let absolute = path.canonicalize().map_err(at(&path))?;
        Ok(SecretRef(format!("file:{}", absolute.display())))
    }

    /// The RSA key of ShipEngine's signatures; made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn signing_key(&self) -> Result<SecretRef, HubError> {
        let path = self.path.join("signing.key");
        if !path.exists() {
            write_private(&path, &SigningKey::generate()?)?;
        }
        let absolute = path.canonicalize().map_err(at(&path))?;
        Ok(SecretRef(format!("file:{}", absolute.display())))
    }

    /// The API key that `up` prints; `None` until one is kept.
    pub fn default_key(&self) -> Option<String> {
        fs::read_to_string(self.path.join("default.key"))
            .ok()
            .map(|key| key.trim().to_owned())
    }

    /// Keeps the API key that `up` prints, for its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_default_key(&self, key: &str) -> Result<(), HubError> {
        write_private(&self.path.join("default.key"), key)
    }

    pub(super) fn announce(&self, address: SocketAddr, endpoints: &Addresses) -> Result<(), HubError> {
        let announcement = Announcement {
            address,
            table: endpoints.table.clone(),
            queues: endpoints.queues.clone(),
            bucket: endpoints.bucket.clone(),
        };
        let text = serde_json::to_string(&announcement).map_err(|error| HubError::Io(error.into()))?;
        // Whole or not at all: another command may read it at any moment.
        let (new, path) = (self.path.join("hub.json.new"), self.path.join("hub.json"));
        fs::write(&new, text).map_err(at(&new))?;
        fs::rename(&new, &path).map_err(at(&path))
    }

    pub(super) fn withdraw(&self) {
        // A file left behind by a killed hub does no harm: the lock says whether one runs.
        let _ = fs::remove_file(self.path.join("hub.json"));
    }
}

/// Whole or not at all, and readable by its owner alone.
fn write_private(path: &Path, text: &str) -> Result<(), HubError> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&new)
        .map_err(at(&new))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(at(&new))?;
    fs::rename(&new, path).map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> HubError {
    let path = path.to_path_buf();
    move |source| HubError::File { path, source }
}
