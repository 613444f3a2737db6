use milepost_carriers::{Carrier, known_carriers};
use serde::{Deserialize, Serialize};

/// `GET /couriers`: all of them, without pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CouriersJson {
    /// What Ship24 wraps every answer in.
    pub data: CouriersData,
}

/// What is in a [`CouriersJson`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CouriersData {
    /// In the order of the hub's list.
    pub couriers: Vec<CourierJson>,
}

/// One courier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CourierJson {
    /// Ship24's code, or the hub's own for a carrier that Ship24 has none for.
    pub courier_code: String,
    /// Its name.
    pub courier_name: String,
    /// Whether it is the post of its country.
    pub is_post: bool,
    /// Its country in two letters; `null` for carriers of several.
    pub country_code: Option<String>,
    /// Parameters that it asks for besides the number: none, since no carrier of the list asks for any.
    pub required_fields: Vec<String>,
    /// Whether it should not be used any more.
    pub is_deprecated: bool,
}

/// What Ship24 calls a carrier of the hub: Ship24's code, or the hub's own where Ship24 has none.
pub fn courier_code(carrier: &str) -> String {
    let of_ship24 = known_carriers().iter().find(|known| known.code == carrier);
    of_ship24.and_then(|known| known.ship24).unwrap_or(carrier).to_owned()
}

impl CouriersJson {
    /// Every carrier of the list.
    pub fn all() -> Self {
        Self {
            data: CouriersData {
                couriers: known_carriers().iter().map(CourierJson::of).collect(),
            },
        }
    }
}

impl CourierJson {
    fn of(carrier: &Carrier) -> Self {
        Self {
            courier_code: carrier.ship24.unwrap_or(carrier.code).to_owned(),
            courier_name: carrier.name.to_owned(),
            is_post: carrier.post,
            country_code: carrier.country.map(ToOwned::to_owned),
            required_fields: Vec::new(),
            is_deprecated: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_courier() {
        let couriers = CouriersJson::all().data.couriers;
        let usps = couriers.iter().find(|courier| courier.courier_code == "us-post");
        insta::assert_json_snapshot!(usps, @r#"
        {
          "courierCode": "us-post",
          "courierName": "U.S. Postal Service",
          "isPost": true,
          "countryCode": "US",
          "requiredFields": [],
          "isDeprecated": false
        }
        "#);
    }

    #[test]
    fn no_code_stands_twice() {
        let couriers = CouriersJson::all().data.couriers;
        let codes: BTreeSet<&str> = couriers.iter().map(|courier| courier.courier_code.as_str()).collect();
        assert_eq!(codes.len(), couriers.len());
        assert_eq!(couriers.len(), known_carriers().len());
    }
}
