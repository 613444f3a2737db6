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

/// What is known of `place`. A place that has no country lies in `domestic` if it has a state, a postal code, or a
/// region's code in the name of its city; else its city must tell the country.
pub(crate) fn locate(place: &Place, domestic: Option<&str>) -> Spot {
    if !place.country.trim().is_empty() {
        let country = country_named(&place.country);
        return country.map(|country| locate_in(country, place)).unwrap_or_default();
    }
    let domestic = domestic.and_then(country_named);
    if !place.state.trim().is_empty() || !place.postal_code.trim().is_empty() {
        return domestic.map(|country| locate_in(country, place)).unwrap_or_default();
    }
    let in_domestic = domestic.and_then(|country| town_before_region(country, &place.city, None));
    in_domestic
        .or_else(|| with_its_country(&place.city))
        .unwrap_or_default()
}

fn locate_in(country: [u8; 2], place: &Place) -> Spot {
    if has_zips(country) && is_of_the_armed_forces(place) {
        return Spot::default();
    }
    // A territory is a region of the United States to the tables of towns.
    let (tables, state) = match str::from_utf8(&country) {
        Ok(code) if has_zips(country) && country != UNITED_STATES => (UNITED_STATES, code),
        _ => (country, place.state.as_str()),
    };
    let region = region(tables, state);
    of_postal_code(tables, &place.postal_code)
        .or_else(|| town(tables, &place.city, region.map(|region| region.number)).unwrap_or_default())
        .or_else(|| Spot::in_zone(region.and_then(|region| region.zone)))
        .or_else(|| Spot::in_zone(zone_of_country(country)))
}

fn town(country: [u8; 2], name: &str, region: Option<u8>) -> Option<Spot> {
    of_city(country, name, region)
        .or_else(|| town_before_region(country, name, region))
        .or_else(|| town_of_facility(country, name, region))
}

/// `LEIPZIG - GERMANY`: trusted only where the country has that town, for `ATLANTA, GEORGIA` names no country.
fn with_its_country(text: &str) -> Option<Spot> {
    before_country(text).find_map(|(name, country)| {
        let tables = if has_zips(country) { UNITED_STATES } else { country };
        let town = town(tables, name, None)?;
        Some(town.or_else(|| Spot::in_zone(zone_of_country(country))))
    })
}

fn is_of_the_armed_forces(place: &Place) -> bool {
    let is_one_of = |known: &[&str], written: &str| known.iter().any(|one| one.eq_ignore_ascii_case(written));
    let office = place.city.split_whitespace().next().unwrap_or_default();
    is_one_of(&MILITARY_STATES, place.state.trim())
        || is_one_of(&MILITARY_OFFICES, office)
        || is_military(&place.postal_code)
}
