use jiff::Timestamp;
use milepost_model::{AccountId, CarrierCode, ConnectionId, Scope};
use serde::{Deserialize, Serialize};

use crate::{ImportError, ObjectNotice};

/// What a message of the import queue asks for. Its JSON is the message's body; it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "import", rename_all = "snake_case", deny_unknown_fields)]
pub enum ImportOrder {
    /// One run of a connection: whatever files are ready there.
    Connection {
        /// Which.
        connection: String,
        /// The slot that made it due; names the run, so that a repeated message is the same run.
        slot: Timestamp,
    },
    /// One file that somebody put into the hub's bucket by hand.
    File(FileOrder),
}

/// A file given by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileOrder {
    /// When it was given; names the run.
    pub given: Timestamp,
    /// Its key in the hub's bucket.
    pub key: String,
    /// Its name as the giver knows it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its content, in hex: the same content is the same file, whatever its name.
    pub content: String,
    /// The layout's name, or
    pub layout: String,
    /// the layout itself, where it is not a bundled one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout_text: Option<String>,
    /// Whose parcels they are.
    pub carrier: String,
    /// Who sees them: an account, or `*`.
    pub scope: String,
    /// Tell no follower.
    #[serde(default)]
    pub quiet: bool,
}

/// What a message of the import queue is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An order of the hub's own.
    Order(Box<ImportOrder>),
    /// S3 tells of objects that were put.
    Objects(Vec<ObjectNotice>),
}

impl Message {
    /// Reads a message's body.
    ///
    /// # Errors
    /// [`ImportError::Order`] when it is neither.
    pub fn parse(body: &str) -> Result<Self, ImportError> {
        if let Some(objects) = ObjectNotice::parse(body) {
            return Ok(Self::Objects(objects));
        }
        Ok(Self::Order(Box::new(ImportOrder::parse(body)?)))
    }
}

impl ImportOrder {
    /// Reads an order.
    ///
    /// # Errors
    /// [`ImportError::Order`] when it is not one.
    pub fn parse(body: &str) -> Result<Self, ImportError> {
        serde_json::from_str(body).map_err(ImportError::Order)
    }

    /// The message's body.
    ///
    /// # Errors
    /// [`ImportError::Order`]; not for any value of this type.
    pub fn to_body(&self) -> Result<String, ImportError> {
        serde_json::to_string(self).map_err(ImportError::Order)
    }

    /// Under which connection its run and its files are kept.
    ///
    /// # Errors
    /// [`ImportError::Name`] when the connection's name is not one.
    pub fn connection(&self) -> Result<ConnectionId, ImportError> {
        match self {
            Self::Connection { connection, .. } => Ok(ConnectionId::parse(connection)?),
            Self::File(_) => Ok(ConnectionId::by_hand()),
        }
    }

    /// When its run began, which names it.
    pub fn started(&self) -> Timestamp {
        match self {
            Self::Connection { slot, .. } => *slot,
            Self::File(file) => file.given,
        }
    }
}

impl FileOrder {
    /// Whose parcels they are.
    ///
    /// # Errors
    /// [`ImportError::Name`].
    pub fn carrier(&self) -> Result<CarrierCode, ImportError> {
        Ok(CarrierCode::parse(&self.carrier)?)
    }

    /// Who sees them.
    ///
    /// # Errors
    /// [`ImportError::Name`].
    pub fn scope(&self) -> Result<Scope, ImportError> {
        Ok(Scope::parse(&self.scope)?)
    }

    /// The scope of an account, as text.
    pub fn scope_of(account: &AccountId) -> String {
        Scope::Account(account.clone()).as_str().to_owned()
    }
}
