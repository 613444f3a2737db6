//! The shape of every key of the table, written and parsed in one place.
//!
//! A key is two texts, `pk` and `sk`, of parts joined by `#`. The parts before the last hold no `#` by their own rules
//! (numbers, carrier codes, accounts, connection names, digits); only a last part may.

mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use milepost_model::{
    AccountId, Arrival, CarrierCode, ConnectionId, DeliveryId, EndpointId, FileVersion, LabelId, Scope, TrackerId,
    TrackingNumber,
};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::api_keys::KeyHash;
use crate::due::DueKind;

/// Which item of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// `N#<number>`, `B#<carrier>#<scope>#<arrival>#<content>`
    Bundle {
        /// Of which number.
        number: TrackingNumber,
        /// Of which carrier.
        carrier: CarrierCode,
        /// Who may see it.
        scope: Scope,
        /// The arrival of its first event or fact.
        arrival: Arrival,
        /// The hash of what it says.
        content: ContentHash,
    },
    /// `N#<number>`, `W#<carrier>#<account>`: ShipEngine's start and stop.
    Subscription {
        /// Which number.
        number: TrackingNumber,
        /// Of which carrier.
        carrier: CarrierCode,
        /// Whose it is.
        account: AccountId,
    },
    /// `N#<number>`, `T#<account>#<tracker>`: Ship24's trackers.
    Tracker {
        /// Which number.
        number: TrackingNumber,
        /// Whose it is.
        account: AccountId,
        /// The tracker's id.
        tracker: TrackerId,
    },
    /// `N#<number>`, `F`: somebody follows this number.
    Followed {
        /// Which number.
        number: TrackingNumber,
    },
    /// `N#<number>`, `P#<carrier>#<scope>`: the one chain of polls.
    LiveState {
        /// Which number.
        number: TrackingNumber,
        /// Of which carrier.
        carrier: CarrierCode,
        /// With whose credentials.
        scope: Scope,
    },
    /// `D#<kind>#<shard>#<quarter hour>`, `<due ms>#<id>`
    Due {
        /// What is due.
        kind: DueKind,
        /// Which of the kind's shards.
        shard: u8,
        /// When, in Unix milliseconds.
        due_ms: i64,
        /// What it is, in the words of its kind.
        id: String,
    },
    /// `D#<kind>#<shard>`, `W`: how far a kind's entries were read.
    Watermark {
        /// Of which kind.
        kind: DueKind,
        /// Of which shard.
        shard: u8,
    },
    /// `C#<connection>`, `C`
    Connection {
        /// Which.
        id: ConnectionId,
    },
    /// `C#<connection>`, `F#<file>#<revision>`: the ledger.
    FeedFile {
        /// At which connection.
        connection: ConnectionId,
        /// Which file, under which revision of the layout.
        version: FileVersion,
    },
    /// `C#<connection>`, `L`
    Lease {
        /// On which connection.
        connection: ConnectionId,
    },
    /// `C#<connection>`, `R#<started ms>`
    Run {
        /// Of which connection.
        connection: ConnectionId,
        /// When it began, in Unix milliseconds.
        started_ms: i64,
    },
    /// `A#<scope>`, `C#<connection>`: lists an owner's connections.
    ConnectionOf {
        /// Whose.
        scope: Scope,
        /// Which.
        id: ConnectionId,
    },
    /// `A#<scope>`, `I#<carrier id>`: finds a connection by its number.
    CarrierId {
        /// Whose.
        scope: Scope,
        /// ShipEngine's `carrier_id`.
        carrier_id: i32,
    },
    /// `A#<scope>`, `N#<name>`: counts up.
    Counter {
        /// Whose; what the whole hub counts is under the shared scope.
        scope: Scope,
        /// What it counts.
        name: String,
    },
    /// `A#<account>`, `E#<endpoint>`
    Endpoint {
        /// Whose.
        account: AccountId,
        /// Which.
        id: EndpointId,
    },
    /// `A#<account>`, `L#<delivery>`: how a delivery stands, rewritten with each attempt.
    Delivery {
        /// Whose.
        account: AccountId,
        /// Which.
        id: DeliveryId,
    },
    /// `A#<account>`, `M#<created ms>#<delivery>`: a delivery's body, written once, and the order of the list.
    Message {
        /// Whose.
        account: AccountId,
        /// When the delivery was made, in Unix milliseconds.
        created_ms: i64,
        /// Which.
        id: DeliveryId,
    },
    /// `A#<account>`, `T#<place>`: an account's trackers in the order of their creation.
    TrackerPlace {
        /// Whose.
        account: AccountId,
        /// From 0, below 2^48.
        place: u64,
    },
    /// `A#<account>`, `U#<client id>`: the owner's name of a subscribed tracker, which no other may have.
    TrackerName {
        /// Whose.
        account: AccountId,
        /// The name.
        client_id: String,
    },
    /// `A#<account>`, `S#<label>`: finds the parcel of a shipping label.
    Label {
        /// Whose.
        account: AccountId,
        /// Which.
        id: LabelId,
    },
    /// `A#*`, `A#<account>`: lists the hub's accounts.
    Account {
        /// Which.
        id: AccountId,
    },
    /// `A#<account>`, `H#<endpoint>#<created ms>#<delivery>`: what waits until the endpoint answers again.
    Held {
        /// Whose.
        account: AccountId,
        /// For which endpoint.
        endpoint: EndpointId,
        /// When the delivery was made, in Unix milliseconds.
        created_ms: i64,
        /// Which.
        id: DeliveryId,
    },
    /// `A#<account>`, `K#<hash>`: lists an account's API keys.
    KeyOf {
        /// Whose.
        account: AccountId,
        /// Which.
        hash: KeyHash,
    },
    /// `K#<hash>`, `K`
    ApiKey {
        /// Which.
        hash: KeyHash,
    },
    /// `S#<bucket>`, `C#<connection>`: finds the connections that read a bucket; `-` stands for the hub's own.
    Reader {
        /// Which bucket.
        bucket: String,
        /// Which connection.
        id: ConnectionId,
    },
    /// `G#0`, `<hash>`: a parcel that was erased on request.
    Forgotten {
        /// Of carrier and number.
        hash: ForgottenHash,
    },
    /// `L#<credentials>`, `Q`: what may still be asked of a carrier with them.
    Quota {
        /// Which.
        credentials: CredentialsHash,
    },
    /// `L#<credentials>`, `T`: the token that they were last given.
    Token {
        /// Which.
        credentials: CredentialsHash,
    },
}

/// The first sixteen bytes of the SHA-256 of a carrier and a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ForgottenHash(pub [u8; 16]);

/// Where all erased parcels are.
pub(crate) const FORGOTTEN: &str = "G#0";

/// The first eight bytes of the SHA-256 of what a bundle says. With number, carrier, scope and arrival beside it in the
/// key it only has to tell apart bundles that begin at one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 8]);

/// Which credentials of a carrier: the first eight bytes of the SHA-256 of the carrier, of where they are, and of where
/// they are used. Connections that share them share their quota and their token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialsHash(pub [u8; 8]);

impl CredentialsHash {
    /// Of the texts that tell credentials apart.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let [a, b, c, d, e, f, g, h, ..] = hash.finalize().0;
        Self([a, b, c, d, e, f, g, h])
    }
}

/// A pair of texts that is no key of this table, or one of a newer version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this is not a key of the hub's table, or one of a newer version")]
pub struct NotAKey;

/// Due entries of one quarter of an hour share a partition: small enough that a tick reads few that are not due yet,
/// large enough that a tick after an outage has few partitions to visit.
pub(crate) const QUARTER_HOUR_MS: i64 = 15 * 60 * 1000;

impl Key {
    /// The partition key.
    pub fn pk(&self) -> String {
        match self {
            Self::Bundle { number, .. }
            | Self::Subscription { number, .. }
            | Self::Tracker { number, .. }
            | Self::Followed { number }
            | Self::LiveState { number, .. } => number_partition(number),
            Self::Due {
                kind, shard, due_ms, ..
            } => due_partition(*kind, *shard, quarter_hour(*due_ms)),
            Self::Watermark { kind, shard } => format!("D#{}#{shard}", kind.as_str()),
            Self::Connection { id: connection }
            | Self::FeedFile { connection, .. }
            | Self::Lease { connection }
            | Self::Run { connection, .. } => connection_partition(connection),
            Self::ConnectionOf { scope, .. } | Self::CarrierId { scope, .. } | Self::Counter { scope, .. } => {
                format!("A#{}", scope.as_str())
            }
            Self::Endpoint { account, .. }
            | Self::Delivery { account, .. }
            | Self::Message { account, .. }
            | Self::TrackerPlace { account, .. }
            | Self::TrackerName { account, .. }
            | Self::Label { account, .. }
            | Self::Held { account, .. }
            | Self::KeyOf { account, .. } => account_partition(account),
            Self::Account { .. } => hub_partition(),
            Self::ApiKey { hash } => format!("K#{}", hash.to_hex()),
            Self::Reader { bucket, .. } => bucket_partition(bucket),
            Self::Forgotten { .. } => FORGOTTEN.to_owned(),
            Self::Quota { credentials } | Self::Token { credentials } => format!("L#{credentials}"),
        }
    }

    /// The sort key.
    pub fn sk(&self) -> String {
        match self {
            Self::Bundle {
                carrier,
                scope,
                arrival,
                content,
                ..
            } => {
                let beginning = bundles_of(carrier);
                format!("{beginning}{}#{}#{content}", scope.as_str(), arrival.to_key())
            }
            Self::Subscription { carrier, account, .. } => format!("W#{carrier}#{account}"),
            Self::Tracker { account, tracker, .. } => format!("T#{account}#{tracker}"),
            Self::Followed { .. } => "F".to_owned(),
            Self::LiveState { carrier, scope, .. } => format!("P#{carrier}#{}", scope.as_str()),
            Self::Due { due_ms, id, .. } => format!("{}#{id}", sortable_ms(*due_ms)),
            Self::Watermark { .. } => "W".to_owned(),
            Self::Connection { .. } => "C".to_owned(),
            Self::FeedFile { version, .. } => format!("F#{}#{}", version.file.to_key(), version.revision),
            Self::Lease { .. } => "L".to_owned(),
            Self::Run { started_ms, .. } => format!("R#{}", sortable_ms(*started_ms)),
            Self::ConnectionOf { id, .. } => format!("C#{id}"),
            Self::CarrierId { carrier_id, .. } => format!("I#{carrier_id}"),
            Self::Counter { name, .. } => format!("N#{name}"),
            Self::Endpoint { id, .. } => format!("E#{}", id.0),
            Self::Delivery { id, .. } => format!("L#{}", id.0),
            Self::Message { created_ms, id, .. } => format!("M#{}#{}", sortable_ms(*created_ms), id.0),
            Self::TrackerPlace { place, .. } => format!("T#{}", sortable_place(*place)),
            Self::TrackerName { client_id, .. } => format!("U#{client_id}"),
            Self::Label { id, .. } => format!("S#{id}"),
            Self::Account { id } => format!("A#{id}"),
            Self::Held {
                endpoint,
                created_ms,
                id,
                ..
            } => format!("H#{}#{}#{}", endpoint.0, sortable_ms(*created_ms), id.0),
            Self::KeyOf { hash, .. } => format!("K#{}", hash.to_hex()),
            Self::ApiKey { .. } => "K".to_owned(),
            Self::Reader { id, .. } => format!("C#{id}"),
            Self::Forgotten { hash } => {
                let mut digits = String::with_capacity(32);
                // Writing to a text cannot fail.
                let _ = write_hex(&hash.0, &mut digits);
                digits
            }
            Self::Quota { .. } => "Q".to_owned(),
            Self::Token { .. } => "T".to_owned(),
        }
    }
}

/// Where everything of a number is.
pub(crate) fn number_partition(number: &TrackingNumber) -> String {
    format!("N#{number}")
}

/// How the sort keys of a carrier's bundles begin.
pub(crate) fn bundles_of(carrier: &CarrierCode) -> String {
    format!("B#{carrier}#")
}

/// Where everything of a connection is.
pub(crate) fn connection_partition(connection: &ConnectionId) -> String {
    format!("C#{connection}")
}

/// Where the connections that read a bucket are listed.
pub(crate) fn bucket_partition(bucket: &str) -> String {
    format!("S#{bucket}")
}

/// Where everything of an account is.
pub(crate) fn account_partition(account: &AccountId) -> String {
    format!("A#{account}")
}

/// Where what belongs to the whole hub is.
pub(crate) fn hub_partition() -> String {
    format!("A#{}", Scope::Shared.as_str())
}

/// Where a quarter hour's due entries are.
pub(crate) fn due_partition(kind: DueKind, shard: u8, quarter: i64) -> String {
    format!("D#{}#{shard}#{quarter}", kind.as_str())
}

/// The quarter hour of an instant, counted from 1970.
pub(crate) fn quarter_hour(ms: i64) -> i64 {
    ms.max(0) / QUARTER_HOUR_MS
}

/// Thirteen digits, so that instants up to the year 2286 sort as texts as they do as numbers.
pub(crate) fn sortable_ms(ms: i64) -> String {
    format!("{:013}", ms.max(0))
}

/// Fifteen digits, as many as 2^48 has.
pub(crate) fn sortable_place(place: u64) -> String {
    format!("{place:015}")
}

/// Bytes of lower-case hex digits, all of them.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; N];
    for (nth, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * nth..2 * nth + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Lower-case hex digits.
pub(crate) fn write_hex(bytes: &[u8], out: &mut impl fmt::Write) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Display for CredentialsHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}
