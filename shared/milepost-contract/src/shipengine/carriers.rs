use milepost_carriers::live::DescribedCarrier;
use milepost_carriers::{carrier, known_carriers};
use milepost_model::{Connection, LiveApi};
use serde::{Deserialize, Serialize};

use super::ErrorItem;

/// `GET /v1/carriers`: the carriers that the account can track with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CarrierList {
    /// Its connections, then the carriers that need none.
    pub carriers: Vec<CarrierItem>,
    /// A UUID that the log has too.
    pub request_id: String,
    /// Always empty: the list is whole or it is an error.
    pub errors: Vec<ErrorItem>,
}

/// One carrier of a [`CarrierList`]. What is about buying labels is there because the SDKs read it, and says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CarrierItem {
    /// `se-` and the connection's number; `null` where no connection is needed: such a carrier is asked for by its code.
    pub carrier_id: Option<String>,
    /// The carrier's code.
    pub carrier_code: String,
    /// Empty: a connection's login is nobody's business here.
    pub account_number: String,
    /// Always false.
    pub requires_funded_amount: bool,
    /// Always 0.
    pub balance: u8,
    /// The connection's name.
    pub nickname: String,
    /// The carrier's name.
    pub friendly_name: String,
    /// Always false.
    pub primary: bool,
    /// Always false.
    pub has_multi_package_supporting_services: bool,
    /// Always false.
    pub supports_label_messages: bool,
    /// Always empty.
    pub services: Vec<()>,
    /// Always empty.
    pub packages: Vec<()>,
    /// Always empty.
    pub options: Vec<()>,
}

impl CarrierList {
    /// Of an account with these connections, its own and the shared ones.
    pub fn of(connections: &[Connection], request_id: &str) -> Self {
        let connected = connections.iter().map(|connection| {
            item(
                Some(connection.carrier_id),
                connection.carrier.as_str(),
                connection.id.as_str(),
                &name_of(connection),
            )
        });
        let has = |code: &str| connections.iter().any(|connection| connection.carrier.as_str() == code);
        let free = known_carriers()
            .iter()
            .filter(|carrier| carrier.tracked_without_connection && !has(carrier.code));
        let free = free.map(|carrier| item(None, carrier.code, "", carrier.name));
        Self {
            carriers: connected.chain(free).collect(),
            request_id: request_id.to_owned(),
            errors: Vec::new(),
        }
    }
}

/// The name of the connection's carrier: as the hub knows it, else as its description has it, else its code.
fn name_of(connection: &Connection) -> String {
    if let Some(known) = carrier(&connection.carrier) {
        return known.name.to_owned();
    }
    let described = match connection.live.as_ref().map(|live| &live.api) {
        Some(LiveApi::Described(text)) => DescribedCarrier::parse(text).ok(),
        _ => None,
    };
    described.map_or_else(
        || connection.carrier.as_str().to_owned(),
        |described| described.name().to_owned(),
    )
}

fn item(number: Option<i32>, code: &str, nickname: &str, name: &str) -> CarrierItem {
    CarrierItem {
        carrier_id: number.map(|number| format!("se-{number}")),
        carrier_code: code.to_owned(),
        account_number: String::new(),
        requires_funded_amount: false,
        balance: 0,
        nickname: nickname.to_owned(),
        friendly_name: name.to_owned(),
        primary: false,
        has_multi_package_supporting_services: false,
        supports_label_messages: false,
        services: Vec::new(),
        packages: Vec::new(),
        options: Vec::new(),
    }
}
