//! The zone of a place, where the place settles it. Postal codes, cities and facility names will join here.

use jiff::tz::TimeZone;
use milepost_model::Place;

use super::countries::{country_code, zone_of_country};
use super::regions::zone_of_region;
use super::zone;

/// The zone of `place`: by its country and region, else by its country alone. A place that has a state or a postal code
/// but no country is taken to lie in `domestic`.
pub(super) fn zone_of_place(place: &Place, domestic: Option<&str>) -> Option<TimeZone> {
    let written = place.country.trim().to_ascii_uppercase();
    let region = place.state.trim().to_ascii_uppercase();
    let country = match country_code(&written) {
        "" if region.is_empty() && place.postal_code.trim().is_empty() => return None,
        "" => domestic?,
        country => country,
    };
    zone(zone_of_region(country, &region).or_else(|| zone_of_country(country))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(state: &str, country: &str, domestic: Option<&str>, expect: Option<&str>) {
        let place = Place {
            state: state.into(),
            country: country.into(),
            ..Place::default()
        };
        let zone = zone_of_place(&place, domestic);
        let name = zone.as_ref().and_then(TimeZone::iana_name);
        assert_eq!(name, expect, "{state:?} {country:?} {domestic:?}");
    }

    #[test]
    fn places() {
        check("MO", "US", None, Some("America/Chicago"));
        check("mo ", "usa", None, Some("America/Chicago"));
        check("MB", "CAN", None, Some("America/Winnipeg"));
        check("", "DE", None, Some("Europe/Berlin"));
        check("BY", "DE", None, Some("Europe/Berlin"));
        check("", "UK", None, Some("Europe/London"));
        check("", "PR", None, Some("America/Puerto_Rico"));
        check("VIC", "AU", None, Some("Australia/Melbourne"));
    }

    #[test]
    fn places_that_settle_nothing() {
        check("TX", "US", None, None);
        check("", "US", None, None);
        check("ON", "CA", None, None);
        check("", "XX", None, None);
        check("", "", None, None);
        for military in ["AA", "AE", "AP"] {
            check(military, "US", None, None);
            check(military, "", Some("US"), None);
        }
    }

    #[test]
    fn a_missing_country_is_the_carriers_own_only_beside_a_state_or_postal_code() {
        check("MO", "", Some("US"), Some("America/Chicago"));
        check("MO", "", None, None);
        check("", "", Some("DE"), None);
        let place = Place {
            postal_code: "80331".into(),
            ..Place::default()
        };
        assert!(zone_of_place(&place, Some("DE")).is_some());
        let city_only = Place {
            city: "Munich".into(),
            ..Place::default()
        };
        assert!(zone_of_place(&city_only, Some("DE")).is_none());
    }
}
