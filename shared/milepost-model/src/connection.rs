use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::account::is_name;
use crate::{CarrierCode, Invalid, LiveAccess, Schedule, Scope};

/// The operator's name for a connection: 1 to 60 characters of `a-z 0-9 -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(Box<str>);

impl ConnectionId {
    /// Reads a name.
    ///
    /// # Errors
    /// [`Invalid::ConnectionId`].
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        if is_name(written, 60) {
            Ok(Self(written.into()))
        } else {
            Err(Invalid::ConnectionId)
        }
    }

    /// Under which the runs of files given by hand are kept.
    pub fn by_hand() -> Self {
        Self("by-hand".into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionId {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::parse(s)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionId({})", self.0)
    }
}

/// Credentials and feed location at a carrier, of one account or shared by all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The operator's name for it.
    pub id: ConnectionId,
    /// The whole number that ShipEngine's API calls `carrier_id`.
    pub carrier_id: i32,
    /// Whose files they are.
    pub carrier: CarrierCode,
    /// Who sees what they bring.
    pub scope: Scope,
    /// Where the files are.
    pub source: SourceAddress,
    /// Which of them are taken up, and what becomes of them.
    pub pickup: Pickup,
    /// The layout's name.
    pub layout: String,
    /// The layout itself, where it is the operator's own and not a bundled one.
    pub layout_text: Option<String>,
    /// Where the credentials are; never the credentials.
    pub secret: Option<SecretRef>,
    /// When to look for files.
    pub schedule: Schedule,
    /// Tell followers of what happened from this instant on; by default when the connection was added, so that a first
    /// import of a year is not a year of messages.
    pub notify_from: Timestamp,
    /// The slot that is due next; `None` when it runs only when asked.
    pub next_due: Option<Timestamp>,
    /// How the carrier is asked about one parcel, if it is.
    pub live: Option<LiveAccess>,
}

/// Where a connection's files are: the kind of source, and its settings as the connection file has them. What they mean
/// is the business of whoever opens the source, so that a new kind of source is no change here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAddress {
    /// `s3`, `ftp`, `ftps`, `sftp`, `https`, or a kind of the operator's own.
    pub kind: String,
    /// By name. Never a credential.
    pub settings: BTreeMap<String, String>,
}

impl SourceAddress {
    /// A source of a kind with these settings.
    pub fn new(kind: &str, settings: &[(&str, &str)]) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            kind: kind.to_owned(),
            settings: settings.iter().map(own).collect(),
        }
    }

    /// One setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }
}

/// Which of the files at a source are taken up, and what becomes of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pickup {
    /// In which order files are read.
    pub order: FileOrdering,
    /// The name of the file that says that another is whole, with `{name}` for the other's name and `{stem}` for that
    /// without its last extension: `{name}.done`. Without one, two looks must agree.
    pub marker: Option<String>,
    /// What becomes of a file once all of it is stored.
    pub afterwards: Afterwards,
    /// Files that one run looks at, if not as many as by default.
    pub max_files: Option<u32>,
    /// Percent of a file's rows that may be rejects before the file is given up, if not as many as by default.
    pub max_reject_percent: Option<u8>,
}

impl Pickup {
    /// The name of the marker of a file.
    pub fn marker_of(&self, name: &str) -> Option<String> {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let marker = self.marker.as_ref()?;
        Some(marker.replace("{name}", name).replace("{stem}", stem))
    }
}

/// In which order files are read. It decides nothing about parcels, only about what is known first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FileOrdering {
    /// By name: carriers put date and number there.
    #[default]
    Name,
    /// By the time that the server says, then by name.
    Time,
}

/// What becomes of a file at its source once all of it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing.
    #[default]
    Leave,
    /// It is deleted.
    Delete,
    /// It is moved into this folder of the source.
    MoveTo(String),
}

/// A reference to credentials: `ssm:/name` (an SSM SecureString) or `file:/path` (a file that only its owner reads).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers() {
        let check = |marker: &str, name: &str, expect: &str| {
            let pickup = Pickup {
                marker: Some(marker.to_owned()),
                ..Pickup::default()
            };
            assert_eq!(pickup.marker_of(name).as_deref(), Some(expect));
        };
        check("{name}.done", "a.csv", "a.csv.done");
        check("{stem}.sem", "a.csv.gz", "a.csv.sem");
        check("{name}.sem", "SCANINFO_DE0000", "SCANINFO_DE0000.sem");
        assert_eq!(Pickup::default().marker_of("a.csv"), None);
    }
}
