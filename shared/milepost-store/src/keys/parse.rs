//! Keys read back.

use milepost_model::{
    AccountId, Arrival, CarrierCode, ConnectionId, DeliveryId, EndpointId, FileIdentity, FileVersion, LabelId, Scope,
    TrackerId, TrackingNumber,
};

use super::{ContentHash, CredentialsHash, ForgottenHash, Key, NotAKey, from_hex};
use crate::api_keys::KeyHash;
use crate::due::DueKind;

impl Key {
    /// Which key two texts are: the opposite of [`Key::pk`] and [`Key::sk`].
    ///
    /// # Errors
    /// [`NotAKey`].
    pub fn parse(pk: &str, sk: &str) -> Result<Self, NotAKey> {
        let (partition, rest) = pk.split_once('#').ok_or(NotAKey)?;
        let key = match partition {
            "N" => Self::of_number(rest, sk),
            "D" => Self::of_due(rest, sk),
            "C" => Self::of_connection(rest, sk),
            "A" => Self::of_account(rest, sk),
            "S" => Self::of_bucket(rest, sk),
            "G" => from_hex(sk).map(|hash| Self::Forgotten {
                hash: ForgottenHash(hash),
            }),
            "K" if sk == "K" => KeyHash::from_hex(rest).map(|hash| Self::ApiKey { hash }),
            "L" => Self::of_credentials(rest, sk),
            _ => None,
        };
        // A text that parses and is written otherwise (a lower-case number, `+1`) is a stranger's.
        key.filter(|key| key.pk() == pk && key.sk() == sk).ok_or(NotAKey)
    }

    fn of_number(number: &str, sk: &str) -> Option<Self> {
        let number = TrackingNumber::parse(number).ok()?;
        if sk == "F" {
            return Some(Self::Followed { number });
        }
        let (kind, rest) = sk.split_once('#')?;
        match kind {
            "B" => {
                let mut parts = rest.splitn(4, '#');
                Some(Self::Bundle {
                    number,
                    carrier: CarrierCode::parse(parts.next()?).ok()?,
                    scope: Scope::parse(parts.next()?).ok()?,
                    arrival: Arrival::from_key(parts.next()?).ok()?,
                    content: ContentHash(from_hex(parts.next()?)?),
                })
            }
            "W" => {
                let (carrier, account) = rest.split_once('#')?;
                Some(Self::Subscription {
                    number,
                    carrier: CarrierCode::parse(carrier).ok()?,
                    account: AccountId::parse(account).ok()?,
                })
            }
            "T" => {
                let (account, tracker) = rest.split_once('#')?;
                Some(Self::Tracker {
                    number,
                    account: AccountId::parse(account).ok()?,
                    tracker: TrackerId::parse(tracker).ok()?,
                })
            }
            "P" => {
                let (carrier, scope) = rest.split_once('#')?;
                Some(Self::LiveState {
                    number,
                    carrier: CarrierCode::parse(carrier).ok()?,
                    scope: Scope::parse(scope).ok()?,
                })
            }
            _ => None,
        }
    }

    fn of_bucket(bucket: &str, sk: &str) -> Option<Self> {
        Some(Self::Reader {
            bucket: bucket.to_owned(),
            id: ConnectionId::parse(sk.strip_prefix("C#")?).ok()?,
        })
    }

    fn of_due(partition: &str, sk: &str) -> Option<Self> {
        let mut parts = partition.splitn(3, '#');
        let kind = DueKind::from_text(parts.next()?)?;
        let shard = parts.next()?.parse().ok()?;
        if parts.next().is_none() {
            return (sk == "W").then_some(Self::Watermark { kind, shard });
        }
        let (due_ms, id) = sk.split_once('#')?;
        Some(Self::Due {
            kind,
            shard,
            due_ms: due_ms.parse().ok()?,
            id: id.to_owned(),
        })
    }

    fn of_connection(connection: &str, sk: &str) -> Option<Self> {
        let connection = ConnectionId::parse(connection).ok()?;
        match sk.split_once('#') {
            None if sk == "C" => Some(Self::Connection { id: connection }),
            None if sk == "L" => Some(Self::Lease { connection }),
            Some(("F", rest)) => {
                let (file, revision) = rest.split_once('#')?;
                let version = FileVersion {
                    file: FileIdentity(from_hex(file)?),
                    revision: revision.parse().ok()?,
                };
                Some(Self::FeedFile { connection, version })
            }
            Some(("R", started)) => Some(Self::Run {
                connection,
                started_ms: started.parse().ok()?,
            }),
            _ => None,
        }
    }

    fn of_credentials(hash: &str, sk: &str) -> Option<Self> {
        let credentials = CredentialsHash(from_hex(hash)?);
        match sk {
            "Q" => Some(Self::Quota { credentials }),
            "T" => Some(Self::Token { credentials }),
            _ => None,
        }
    }

    fn of_account(owner: &str, sk: &str) -> Option<Self> {
        let scope = Scope::parse(owner).ok()?;
        let (kind, rest) = sk.split_once('#')?;
        match (kind, scope) {
            ("C", scope) => Some(Self::ConnectionOf {
                scope,
                id: ConnectionId::parse(rest).ok()?,
            }),
            ("I", scope) => Some(Self::CarrierId {
                scope,
                carrier_id: rest.parse().ok()?,
            }),
            ("N", scope) => Some(Self::Counter {
                scope,
                name: rest.to_owned(),
            }),
            ("E", Scope::Account(account)) => Some(Self::Endpoint {
                account,
                id: EndpointId(rest.to_owned()),
            }),
            ("L", Scope::Account(account)) => Some(Self::Delivery {
                account,
                id: DeliveryId(rest.to_owned()),
            }),
            ("M", Scope::Account(account)) => {
                let (created_ms, id) = rest.split_once('#')?;
                Some(Self::Message {
                    account,
                    created_ms: created_ms.parse().ok()?,
                    id: DeliveryId(id.to_owned()),
                })
            }
            ("T", Scope::Account(account)) => Some(Self::TrackerPlace {
                account,
                place: rest.parse().ok()?,
            }),
            ("U", Scope::Account(account)) => Some(Self::TrackerName {
                account,
                client_id: rest.to_owned(),
            }),
            ("S", Scope::Account(account)) => Some(Self::Label {
                account,
                id: LabelId::parse(rest).ok()?,
            }),
            ("A", Scope::Shared) => Some(Self::Account {
                id: AccountId::parse(rest).ok()?,
            }),
            ("H", Scope::Account(account)) => {
                let mut parts = rest.splitn(3, '#');
                Some(Self::Held {
                    account,
                    endpoint: EndpointId(parts.next()?.to_owned()),
                    created_ms: parts.next()?.parse().ok()?,
                    id: DeliveryId(parts.next()?.to_owned()),
                })
            }
            ("K", Scope::Account(account)) => Some(Self::KeyOf {
                account,
                hash: KeyHash::from_hex(rest)?,
            }),
            _ => None,
        }
    }
}
