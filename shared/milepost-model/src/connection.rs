use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::account::is_name;
use crate::{CarrierCode, Invalid, LiveAccess, Scope};

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

/// Where a connection's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceAddress {
    /// Objects of a bucket; `pattern` is matched against the key behind the prefix, `*` for any characters.
    S3 {
        /// The bucket's name; empty for the hub's own.
        bucket: String,
        /// What keys begin with.
        prefix: String,
        /// Which names.
        pattern: String,
    },
    /// A folder of an FTP server.
    Ftp {
        /// Host name or address.
        host: String,
        /// 21 by default.
        port: u16,
        /// Who logs in; the password comes by the connection's secret.
        user: String,
        /// The folder.
        folder: String,
        /// Which names.
        pattern: String,
    },
}

/// A reference to credentials: `ssm:/name` (an SSM SecureString) or `file:/path` (a file that only its owner reads).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef(pub String);

/// When a connection is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Only when asked.
    Manual,
    /// Every so many minutes, 1 to 10,080 (a week).
    Every {
        /// Minutes between slots.
        minutes: u16,
    },
}

impl Schedule {
    /// The first slot after `now`, counted from `slot`: missed slots become one.
    pub fn next_after(self, slot: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let Self::Every { minutes } = self else { return None };
        let step = i64::from(minutes.max(1)) * 60;
        let missed = (now.as_second() - slot.as_second()).div_euclid(step).max(0);
        Timestamp::from_second(slot.as_second() + (missed + 1) * step).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missed_slots_become_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let every = Schedule::Every { minutes: 15 };
        let next = |slot, now| every.next_after(at(slot), at(now)).unwrap().to_string();
        assert_eq!(
            next("2026-11-20T10:00:00Z", "2026-11-20T10:00:30Z"),
            "2026-11-20T10:15:00Z"
        );
        assert_eq!(
            next("2026-11-20T10:00:00Z", "2026-11-20T13:07:00Z"),
            "2026-11-20T13:15:00Z"
        );
        assert_eq!(
            next("2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z"),
            "2026-11-20T10:15:00Z",
            "a clock gone back"
        );
        assert_eq!(
            Schedule::Manual.next_after(at("2026-11-20T10:00:00Z"), at("2026-11-20T10:00:00Z")),
            None
        );
    }
}
