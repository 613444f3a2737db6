//! The zone and the position of a place, by the best rule that tells each:
//!
//! 1. its postal code
//! 2. its city, or the town in a facility's name
//! 3. its region, if all of it keeps one time
//! 4. its country, if all of it does
//!
//! Post offices of the armed forces (APO, FPO, DPO; AA, AE, AP) are nowhere on a map and get neither.

use milepost_model::Place;

use super::cities::of_city;
use super::countries::{country_named, zone_of_country};
use super::facility::{before_country, town_before_region, town_of_facility};
use super::postal::{has_zips, is_military, of_postal_code};
use super::regions::region;
use super::table::Spot;

const UNITED_STATES: [u8; 2] = *b"US";
const MILITARY_STATES: [&str; 3] = ["AA", "AE", "AP"];
const MILITARY_OFFICES: [&str; 3] = ["APO", "DPO", "FPO"];

/// Countries whose carriers write a town with the code of its region and leave out the country.
const WITH_REGION_CODES: [[u8; 2]; 5] = [*b"AU", *b"BR", *b"CA", *b"MX", UNITED_STATES];

/// What is known of `place`. A place that has no country lies in `domestic` if it has a state, a postal code, or a
/// region's code in the name of its city; else the city must tell the country, by name or by its region.
pub(crate) fn locate(place: &Place, domestic: Option<&str>) -> Spot {
    if !place.country.trim().is_empty() {
        let country = country_named(&place.country);
        return country.map(|country| locate_in(country, place)).unwrap_or_default();
    }
    let is_blank = |text: &str| text.trim().is_empty();
    let is_city_alone = is_blank(&place.state) && is_blank(&place.postal_code);
    let in_domestic = domestic.and_then(country_named).and_then(|country| {
        if is_city_alone {
            town_before_region(country, &place.city, None)
        } else {
            Some(locate_in(country, place))
        }
    });
    in_domestic
        .or_else(|| with_its_country(&place.city))
        .or_else(|| with_its_region(place))
        .unwrap_or_default()
}

fn locate_in(country: [u8; 2], place: &Place) -> Spot {
    if has_zips(country) && is_of_the_armed_forces(place) {
        return Spot::default();
    }
    let tables = in_tables(country);
    // A territory's own code is its state's.
    let state = str::from_utf8(&country).ok().filter(|_| tables != country);
    let region = region(tables, state.unwrap_or(&place.state));
    of_postal_code(tables, &place.postal_code)
        .or_else(|| town(tables, &place.city, region.map(|region| region.number)).unwrap_or_default())
        .or_else(|| Spot::in_zone(region.and_then(|region| region.zone)))
        .or_else(|| Spot::in_zone(zone_of_country(country)))
}

/// The country under which the tables have a country's places: a territory is a region of the United States.
fn in_tables(country: [u8; 2]) -> [u8; 2] {
    if has_zips(country) { UNITED_STATES } else { country }
}

fn town(country: [u8; 2], name: &str, region: Option<u8>) -> Option<Spot> {
    of_city(country, name, region)
        .or_else(|| town_before_region(country, name, region))
        .or_else(|| town_of_facility(country, name, region))
}

/// `LEIPZIG - GERMANY`: trusted only where the country has that town, for `ATLANTA, GEORGIA` names no country.
fn with_its_country(text: &str) -> Option<Spot> {
    before_country(text).find_map(|(name, country)| {
        let town = town(in_tables(country), name, None)?;
        Some(town.or_else(|| Spot::in_zone(zone_of_country(country))))
    })
}

/// `JOPLIN`, `MO`: trusted where just one country has that town in a region of that code, and the postal code, if it is
/// one there, does not contradict.
fn with_its_region(place: &Place) -> Option<Spot> {
    let mut found = WITH_REGION_CODES.into_iter().filter_map(|country| {
        let town = if place.state.trim().is_empty() {
            town_before_region(country, &place.city, None)
        } else {
            let region = region(country, &place.state)?;
            town(country, &place.city, Some(region.number))
        };
        Some((town?, locate_in(country, place)))
    });
    let (town, spot) = found.next()?;
    (found.next().is_none() && town.zone == spot.zone).then_some(spot)
}

fn is_of_the_armed_forces(place: &Place) -> bool {
    let is_one_of = |known: &[&str], written: &str| known.iter().any(|one| one.eq_ignore_ascii_case(written));
    let office = place.city.split_whitespace().next().unwrap_or_default();
    is_one_of(&MILITARY_STATES, place.state.trim())
        || is_one_of(&MILITARY_OFFICES, office)
        || is_military(&place.postal_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `city/state/postal code/country`, and the zone and whether there is a position.
    #[track_caller]
    fn check(written: &str, domestic: Option<&str>, zone: Option<&str>, has_position: bool) {
        let parts: Vec<String> = written.split('/').map(str::to_owned).collect();
        let [city, state, postal_code, country] = parts.try_into().unwrap();
        let place = Place {
            city,
            state,
            postal_code,
            country,
            coordinates: None,
        };
        let spot = locate(&place, domestic);
        assert_eq!(
            (spot.zone, spot.coordinates.is_some()),
            (zone, has_position),
            "{written:?} {domestic:?}"
        );
    }

    #[test]
    fn each_rule_before_the_next() {
        let central = Some("America/Chicago");
        // The code before the city, the city before the state, the state before the country.
        check("EL PASO/TX/64862/US", None, central, true);
        check("EL PASO/TX//US", None, Some("America/Denver"), true);
        check("NO SUCH TOWN/MO//US", None, central, false);
        check("NO SUCH TOWN/TX//US", None, None, false);
        check("NO SUCH TOWN/BY//DE", None, Some("Europe/Berlin"), false);
        // What one rule leaves open the next may tell: a rural area's position, a divided area's zone.
        check("Gander/NL/A0G 1A0/CA", None, Some("America/St_Johns"), true);
        check("Creston/BC/V0B 1G0/CA", None, Some("America/Dawson_Creek"), true);
        check("/BC/V0B 1G0/CA", None, None, false);
        check("//00901/PR", None, Some("America/Puerto_Rico"), true);
        check("Ponce///Puerto Rico", None, Some("America/Puerto_Rico"), true);
    }

    #[test]
    fn places_without_a_country() {
        let us = Some("US");
        check("/MO//", us, Some("America/Chicago"), false);
        check("//64862/", us, Some("America/Chicago"), true);
        check("/MO/64862/", None, None, false);
        check("MUNICH///", Some("DE"), None, false);
        check("MUNICH//80331/", Some("DE"), Some("Europe/Berlin"), true);
        check(
            "LAS VEGAS NV DISTRIBUTION CENTER///",
            us,
            Some("America/Los_Angeles"),
            false,
        );
        check(
            "LAS VEGAS NV DISTRIBUTION CENTER///",
            None,
            Some("America/Los_Angeles"),
            false,
        );
        check("LAS VEGAS, NV///", us, Some("America/Los_Angeles"), true);
        check("MUNICH - GERMANY///", us, Some("Europe/Berlin"), true);
        check("JOPLIN/MO//", None, Some("America/Chicago"), true);
        check("TORONTO/ON//", None, Some("America/Toronto"), true);
        check("Perth/WA//", None, Some("Australia/Perth"), true);
        check("CURITIBA/PR//", None, Some("America/Sao_Paulo"), true);
        // Its postal code is of Kentucky, or it is Italian.
        check("CARTHAGE/MO/41121/", None, None, false);
        check("MODENA/MO/41121/", None, None, false);
        check("ATLANTA, GEORGIA///", None, None, false);
        check("///", us, None, false);
        check("///Atlantis", us, None, false);
    }

    #[test]
    fn the_armed_forces_are_on_no_map() {
        for place in [
            "APO/AE/09012/US",
            "fpo/ap//US",
            "DPO///US",
            "//34002/US",
            "/AA//",
            "APO AE 09012///",
        ] {
            check(place, Some("US"), None, false);
        }
        // Amapá in Brazil, where the clocks show São Paulo's time.
        check("/AP//BR", Some("US"), Some("America/Sao_Paulo"), false);
    }
}
