//! Which carriers there are, and what is true of each as a whole.

pub(crate) mod needs;
mod page;
mod support;

use milepost_model::{CarrierCode, TrackingNumber};
pub use needs::{Field, FieldKind, Form, Need};
pub use page::carriers_page;
pub use support::{Standing, Support};

use crate::carriers::CARRIERS;
use crate::statuses::Codes;

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
    /// The country it works in, or mainly works in, in two letters. `None` where there is no such country.
    pub country: Option<&'static str>,
    /// Whether it is the post of its country, as Ship24 marks its couriers.
    pub post: bool,
    /// Ship24's code of it: `us-post`. `None` where Ship24 has none that is surely this carrier.
    pub ship24: Option<&'static str>,
    /// What the hub can do for it.
    pub support: Support,
    /// Its event codes. `None`: no public source of them is known, and its events mean what their layout says.
    pub codes: Option<&'static Codes>,
    /// The login of its tracking API; none where no such API is public.
    pub(crate) login: &'static [Field<'static>],
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
            country: None,
            post: false,
            ship24: None,
            support: Support {
                track: None,
                files: None,
                detection: None,
            },
            codes: None,
            login: &[],
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

    pub(crate) const fn based_in(self, country: &'static str) -> Self {
        Self {
            country: Some(country),
            ..self
        }
    }

    pub(crate) const fn post(self) -> Self {
        Self { post: true, ..self }
    }

    pub(crate) const fn ship24(self, code: &'static str) -> Self {
        Self {
            ship24: Some(code),
            ..self
        }
    }

    pub(crate) const fn codes(self, codes: &'static Codes) -> Self {
        Self {
            codes: Some(codes),
            ..self
        }
    }

    pub(crate) const fn track_login(self, login: &'static [Field<'static>]) -> Self {
        Self { login, ..self }
    }

    /// [`live`](crate::live::live) asks its API, as public documentation describes it.
    pub(crate) const fn documented_track(self) -> Self {
        let support = Support {
            track: Some(Standing::Documented),
            ..self.support
        };
        Self { support, ..self }
    }

    /// A layout reads a file format that it publishes.
    pub(crate) const fn documented_files(self) -> Self {
        let support = Support {
            files: Some(Standing::Documented),
            ..self.support
        };
        Self { support, ..self }
    }

    /// Its numbers are told by the formats that it or others publish.
    pub(crate) const fn detected(self) -> Self {
        let support = Support {
            detection: Some(Standing::Documented),
            ..self.support
        };
        Self { support, ..self }
    }

    /// What a seller fills in once to connect it: where its files lie, and the login of its API where it has one.
    pub fn registration_form(&self) -> Form<'static> {
        Form::new(&[needs::FEED_ACCOUNT, self.login])
    }

    /// What a seller may change later.
    pub fn settings_form(&self) -> Form<'static> {
        Form::new(&[needs::FEED_SETTINGS])
    }

    /// The carrier's page for a number. `None` where no page is known to take one.
    pub fn tracking_url(&self, number: &TrackingNumber) -> Option<String> {
        // Of the characters of a canonical number only the slash means something else in a URL.
        let number = number.as_str().replace('/', "%2F");
        self.link.map(|template| template.replace("{0}", &number))
    }
}

/// Every carrier: ShipEngine's in the order of its list, then those beyond it.
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

/// The carrier that Ship24 calls by a code, in either case. Ship24's own codes and the hub's are both accepted where a
/// courier is named: this answers the first, [`resolve`] the second.
pub fn of_ship24(courier: &str) -> Option<&'static Carrier> {
    let is = |code: &str| code.eq_ignore_ascii_case(courier.trim());
    CARRIERS.iter().find(|carrier| carrier.ship24.is_some_and(is))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::carriers::OF_SHIPENGINE;

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
            if let Some(country) = carrier.country {
                assert!(
                    country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()),
                    "{country}"
                );
            }
            if let Some(link) = carrier.link {
                assert!(
                    link.starts_with("https://") && link.matches("{0}").count() == 1,
                    "{link}"
                );
            }
        }
        let beyond = known_carriers().len() - OF_SHIPENGINE;
        assert_eq!(codes.len() - beyond, 48, "47 carriers and one alias");
        assert_eq!(beyond, 6);
        assert_eq!(known_carriers()[OF_SHIPENGINE - 1].code, "wizmo");
    }

    #[test]
    fn ship24_has_codes_of_its_own() {
        let mut couriers = BTreeSet::new();
        for carrier in known_carriers() {
            let Some(courier) = carrier.ship24 else { continue };
            assert!(couriers.insert(courier), "{courier} stands twice");
            assert_eq!(of_ship24(courier), Some(carrier));
        }
        assert_eq!(couriers.len(), 38);
        assert_eq!(of_ship24(" US-Post ").map(|carrier| carrier.code), Some("usps"));
        assert_eq!(of_ship24("usps"), None);
        assert_eq!(of_ship24("dhl"), None);
        assert_eq!(of_ship24(""), None);
    }

    #[test]
    fn posts_have_the_code_of_their_country() {
        let posts: Vec<_> = known_carriers().iter().filter(|carrier| carrier.post).collect();
        assert_eq!(posts.len(), 7);
        for post in posts {
            let country = post.country.unwrap_or_default().to_ascii_lowercase();
            assert_eq!(post.ship24.unwrap_or_default(), format!("{country}-post"));
        }
    }

    #[test]
    fn codes_are_sound() {
        for carrier in known_carriers() {
            if let Some(codes) = carrier.codes {
                codes.assert_sound();
            }
        }
    }

    /// Of [`DetailCode::ALL`], what no table gives: a layout, or what a source states itself, may still.
    #[test]
    fn every_detail_code_but_these_is_reached() {
        use milepost_model::DetailCode as D;

        use crate::statuses::Standard;

        let of_carriers = known_carriers().iter().filter_map(|carrier| carrier.codes);
        let of_standards = Standard::ALL
            .into_iter()
            .flat_map(|standard| [Some(standard.codes()), standard.reasons()]);
        let reached: BTreeSet<_> = of_carriers
            .chain(of_standards.flatten())
            .flat_map(Codes::rows)
            .map(|row| row.1)
            .collect();
        let left: Vec<_> = D::ALL.iter().filter(|detail| !reached.contains(detail)).collect();
        assert_eq!(
            left,
            [
                &D::CarrierStatusNotMapped,
                &D::Information,
                &D::CodAmountPaid,
                &D::PostTransitStatus,
                &D::RecdByCarrierNoElecAdvice,
                &D::CustomerIdentificationFailed,
                &D::TrackingExpired,
            ]
        );
    }

    #[test]
    fn every_carrier_has_forms() {
        for carrier in known_carriers() {
            assert!(carrier.registration_form().fields().len() >= needs::FEED_ACCOUNT.len());
            assert_eq!(carrier.settings_form().fields().len(), needs::FEED_SETTINGS.len());
        }
        let usps = carrier(&CarrierCode::parse("usps").unwrap()).unwrap();
        let names: Vec<_> = usps
            .registration_form()
            .fields()
            .iter()
            .map(|field| field.name)
            .collect();
        assert!(names.ends_with(&["client_id", "client_secret"]), "{names:?}");
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
