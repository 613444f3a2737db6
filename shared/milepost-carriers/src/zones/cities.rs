//! Cities and towns: those of the world over 15,000 inhabitants, every one in Canada and Australia, and in the United
//! States every place that has a ZIP code.
//!
//! A name may be of many towns. Those of the region that is given count, or all of the country; a zone is told only if
//! they share it, and a position only if they lie together.

use milepost_model::Coordinates;

use super::fold;
use super::postal::{has_zips, zip_row};
use super::table::{Spot, coordinates_of, rows_with, zone_of};

/// Key of the name, number of the region or 0, latitude, longitude, zone. By country, then sorted.
static CITIES: &[[u8; 10]] = include_bytes!("../../places/cities.bin").as_chunks().0;

/// Country and its first row in [`CITIES`]. Sorted; the last ends the others.
static COUNTRIES: &[[u8; 4]] = include_bytes!("../../places/city_countries.bin").as_chunks().0;

/// Of the United States: key of the name, number of the state, row of the ZIP code in the town's middle. Sorted.
static TOWNS: &[[u8; 7]] = include_bytes!("../../places/towns.bin").as_chunks().0;

/// Towns of one name that lie no further apart are one town in two lists.
const SAME_TOWN_KM: f64 = 25.0;

/// What the towns of that name tell, of region number `region` where one is given. `None`: there is no such town.
pub(super) fn of_city(country: [u8; 2], name: &str, region: Option<u8>) -> Option<Spot> {
    let name = fold::key(name)?;
    let wanted = |number: u8| region.is_none_or(|region| region == number);
    if has_zips(country) {
        let towns = rows_with(TOWNS, name, town_key).iter();
        let towns = towns.filter(|[.., state, _, _]| wanted(*state));
        agreed(towns.map(|&[.., row0, row1]| zip_row(u16::from_be_bytes([row0, row1]))))
    } else {
        let cities = rows_with(cities_in(country), name, city_key).iter();
        let cities = cities.filter(|&&[_, _, _, _, number, ..]| wanted(number));
        agreed(cities.map(spot_of_city))
    }
}

fn agreed(mut towns: impl Iterator<Item = Spot>) -> Option<Spot> {
    let mut agreed = towns.next()?;
    for town in towns {
        agreed.zone = agreed.zone.filter(|zone| town.zone == Some(zone));
        let near = |at: &Coordinates| {
            town.coordinates
                .is_some_and(|other| kilometres(*at, other) <= SAME_TOWN_KM)
        };
        agreed.coordinates = agreed.coordinates.filter(near);
    }
    Some(agreed)
}

fn cities_in(country: [u8; 2]) -> &'static [[u8; 10]] {
    let Ok(row) = COUNTRIES.binary_search_by_key(&country, |&[a, b, _, _]| [a, b]) else {
        return &[];
    };
    let bound = |row: usize| {
        let &[_, _, first0, first1] = COUNTRIES.get(row)?;
        Some(usize::from(u16::from_be_bytes([first0, first1])))
    };
    let range = bound(row).zip(bound(row + 1));
    range
        .and_then(|(start, end)| CITIES.get(start..end))
        .unwrap_or_default()
}

fn spot_of_city(&[_, _, _, _, _, lat0, lat1, lon0, lon1, zone]: &[u8; 10]) -> Spot {
    Spot {
        zone: zone_of(zone),
        coordinates: coordinates_of([lat0, lat1], [lon0, lon1]),
    }
}

fn city_key(&[k0, k1, k2, k3, ..]: &[u8; 10]) -> u32 {
    u32::from_be_bytes([k0, k1, k2, k3])
}

fn town_key(&[k0, k1, k2, k3, ..]: &[u8; 7]) -> u32 {
    u32::from_be_bytes([k0, k1, k2, k3])
}

/// The distance on a plane, which is good enough for towns near each other.
fn kilometres(a: Coordinates, b: Coordinates) -> f64 {
    const PER_DEGREE: f64 = 111.2;
    let east = (a.longitude - b.longitude) * a.latitude.to_radians().cos();
    PER_DEGREE * (a.latitude - b.latitude).hypot(east)
}

#[cfg(test)]
mod tests {
    use super::super::regions::region;
    use super::*;

    #[test]
    fn tables_are_sorted_and_well_formed() {
        assert_eq!(include_bytes!("../../places/cities.bin").len() % 10, 0);
        assert_eq!(include_bytes!("../../places/towns.bin").len() % 7, 0);
        assert!(TOWNS.is_sorted());
        assert!(COUNTRIES.is_sorted_by(|a, b| a < b));
        let (ends, countries) = COUNTRIES.split_last().unwrap();
        assert_eq!(ends[..2], *b"~~");
        let of_countries = countries.iter().map(|&[a, b, _, _]| cities_in([a, b]));
        assert_eq!(of_countries.clone().map(<[_]>::len).sum::<usize>(), CITIES.len());
        for (cities, country) in of_countries.zip(countries) {
            assert!(!cities.is_empty() && cities.is_sorted(), "{country:?}");
        }
        for row in CITIES {
            let at = spot_of_city(row).coordinates.unwrap();
            assert!(at.latitude.abs() < 90.0 && at.longitude.abs() <= 180.0, "{at:?}");
        }
        for &[.., row0, row1] in TOWNS {
            assert!(zip_row(u16::from_be_bytes([row0, row1])).zone.is_some());
        }
    }

    /// `zone latitude longitude`, rounded to whole degrees.
    #[track_caller]
    fn check(country: &str, name: &str, state: &str, expect: Option<&str>) {
        let country = country.as_bytes().try_into().unwrap();
        let found = of_city(country, name, region(country, state).map(|region| region.number));
        let described = found.map(|spot| {
            let at = spot.coordinates.map_or("nowhere".to_owned(), |at| {
                format!("{:.0} {:.0}", at.latitude, at.longitude)
            });
            format!("{} {at}", spot.zone.unwrap_or("-"))
        });
        assert_eq!(described.as_deref(), expect, "{name:?} {state:?}");
    }

    #[test]
    fn towns() {
        check("US", "SARCOXIE", "MO", Some("America/Chicago 37 -94"));
        check("US", "ST LOUIS", "MO", Some("America/Chicago 39 -90"));
        check("US", "New York", "NY", Some("America/New_York 41 -74"));
        check("CA", "St. John's", "NL", Some("America/St_Johns 48 -53"));
        check("CA", "Dawson Creek", "BC", Some("America/Dawson_Creek 56 -120"));
        check("AU", "BROKEN HILL", "NSW", Some("Australia/Adelaide -32 141"));
        // The zone is the country's.
        check("DE", "MUENCHEN", "", Some("- 48 12"));
        check("DE", "Köln", "", Some("- 51 7"));
        check("JP", "TOKYO", "", Some("- 36 140"));
    }

    #[test]
    fn towns_of_one_name() {
        // Missouri and Massachusetts.
        check("US", "SPRINGFIELD", "", Some("- nowhere"));
        check("US", "SPRINGFIELD", "MA", Some("America/New_York 42 -73"));
        // Both in the east, far apart.
        check("CA", "Windsor", "", Some("- nowhere"));
        check("US", "SPRINGFIELD", "HI", None);
        check("US", "NO SUCH TOWN", "MO", None);
        check("ZZ", "BERLIN", "", None);
    }
}
