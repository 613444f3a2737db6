//! Which carriers there are, and what is true of each as a whole.

use milepost_model::{CarrierCode, DetailCode, TrackingNumber};

use crate::carriers::CARRIERS;

/// One carrier of the list.
#[derive(Debug, PartialEq)]
pub struct Carrier {
    /// Its code in the APIs: `usps`.
    pub code: &'static str,
    /// Its name as people write it.
    pub name: &'static str,
    /// Other codes that callers use for it and are answered with [`Carrier::code`].
    pub aliases: &'static [&'static str],
    /// Whether it can be looked up and followed without a connection of the account.
    pub tracked_without_connection: bool,
    /// The IANA zone of its network, the last resort for an event whose place says nothing. `None` for carriers of more
    /// than one zone.
    pub home_zone: Option<&'static str>,
    /// The country, in two letters, of an event whose state or postal code comes without one.
    pub domestic_country: Option<&'static str>,
    /// The page that shows a parcel to people, with `{0}` for the number.
    pub(crate) link: Option<&'static str>,
    /// What its event codes mean.
    pub(crate) statuses: &'static [(&'static str, DetailCode)],
}

impl Carrier {
    pub(crate) const fn new(code: &'static str, name: &'static str) -> Self {
        Self {
            code,
            name,
            aliases: &[],
            tracked_without_connection: false,
            home_zone: None,
            domestic_country: None,
            link: None,
            statuses: &[],
        }
    }

    pub(crate) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(crate) const fn without_connection(self) -> Self {
        Self {
            tracked_without_connection: true,
            ..self
        }
    }

    pub(crate) const fn home(self, zone: &'static str) -> Self {
        Self {
            home_zone: Some(zone),
            ..self
        }
    }

    pub(crate) const fn domestic(self, country: &'static str) -> Self {
        Self {
            domestic_country: Some(country),
            ..self
        }
    }

    pub(crate) const fn link(self, template: &'static str) -> Self {
        Self {
            link: Some(template),
            ..self
        }
    }

    pub(crate) const fn statuses(self, statuses: &'static [(&'static str, DetailCode)]) -> Self {
        Self { statuses, ..self }
    }

    /// The carrier's page for a number. `None` where no page is known to take one.
    pub fn tracking_url(&self, number: &TrackingNumber) -> Option<String> {
        // Of the characters of a canonical number only the slash means something else in a URL.
        let number = number.as_str().replace('/', "%2F");
        self.link.map(|template| template.replace("{0}", &number))
    }
}

/// Every carrier, in the order of ShipEngine's list.
pub fn known_carriers() -> &'static [Carrier] {
    CARRIERS
}

/// The carrier of a code. `None`: not known here, which does not keep its files from being imported.
pub fn carrier(code: &CarrierCode) -> Option<&'static Carrier> {
    CARRIERS.iter().find(|carrier| carrier.code == code.as_str())
}

/// Reads a code as a caller wrote it, in either case, and answers the code that the hub uses: `stamps_com` is `usps`.
/// `None` for what is no code or no known carrier's.
pub fn resolve(written: &str) -> Option<CarrierCode> {
    let code = CarrierCode::parse(written).ok()?;
    if carrier(&code).is_some() {
        return Some(code);
    }
    let of_alias = CARRIERS
        .iter()
        .find(|carrier| carrier.aliases.contains(&code.as_str()))?;
    CarrierCode::parse(of_alias.code).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[track_caller]
    fn check(written: &str, code: Option<&str>) {
        assert_eq!(resolve(written).as_ref().map(CarrierCode::as_str), code, "{written:?}");
    }

    #[test]
    fn codes_and_aliases() {
        check("usps", Some("usps"));
        check("stamps_com", Some("usps"));
        check(" Stamps_Com ", Some("usps"));
        check("UPS", Some("ups"));
        check("australia_post", Some("australia_post"));
        check("acme_parcels", None);
        check("U.S. Postal Service", None);
        check("", None);
    }

    #[test]
    fn the_list_is_sound() {
        let mut codes = BTreeSet::new();
        for carrier in known_carriers() {
            let parsed = CarrierCode::parse(carrier.code).unwrap();
            assert_eq!(parsed.as_str(), carrier.code);
            for code in [carrier.code].iter().chain(carrier.aliases) {
                assert!(codes.insert(*code), "{code} stands twice");
            }
            if let Some(zone) = carrier.home_zone {
                assert!(crate::zones::zone(zone).is_some(), "{zone}");
            }
            if let Some(link) = carrier.link {
                assert!(
                    link.starts_with("https://") && link.matches("{0}").count() == 1,
                    "{link}"
                );
            }
        }
        assert_eq!(codes.len(), 48, "47 carriers and one alias");
    }

    #[test]
    fn only_three_need_no_connection() {
        let free: Vec<_> = known_carriers()
            .iter()
            .filter(|carrier| carrier.tracked_without_connection)
            .map(|carrier| carrier.code)
            .collect();
        assert_eq!(free, ["usps", "fedex", "ups"]);
    }

    #[test]
    fn tracking_urls() {
        let url = |code: &str, number: &str| {
            let carrier = carrier(&CarrierCode::parse(code).unwrap()).unwrap();
            carrier.tracking_url(&TrackingNumber::parse(number).unwrap())
        };
        assert_eq!(
            url("usps", "9405511899223197428490").as_deref(),
            Some("https://tools.usps.com/go/TrackConfirmAction.action?tLabels=9405511899223197428490")
        );
        assert_eq!(
            url("ups", "AB/12").as_deref(),
            Some("https://www.ups.com/track?tracknum=AB%2F12")
        );
        assert_eq!(url("wizmo", "ABC123"), None);
    }
}
