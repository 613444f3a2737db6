//! States, provinces and other regions of a country.
//!
//! A region has a zone here only when every place in the tables keeps the same clock there, down to one post office. In
//! the United States most states do; Alabama, Florida, Tennessee, Texas and a dozen others do not. What the tables do not
//! know is smaller: fifty people at Eucla in Western Australia.

use super::fold;
use super::table::{rows_with, zone_of};

/// Country, key of the name or code, number of the region in its country, zone. Sorted by country and key.
static REGIONS: &[[u8; 8]] = include_bytes!("../../places/regions.bin").as_chunks().0;

/// A region of a country.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Region {
    /// Which of its country, as the tables of towns number them.
    pub(super) number: u8,
    /// Its zone. `None` where it has several, or where the country has one.
    pub(super) zone: Option<&'static str>,
}

/// The region that is written so: by its name, or by the code that is usual in its country.
pub(super) fn region(country: [u8; 2], written: &str) -> Option<Region> {
    let found = rows_with(REGIONS, (country, fold::key(written)?), key_of);
    found.first().map(|&[.., number, zone]| Region {
        number,
        zone: zone_of(zone),
    })
}

fn key_of(&[c0, c1, k0, k1, k2, k3, _, _]: &[u8; 8]) -> ([u8; 2], u32) {
    ([c0, c1], u32::from_be_bytes([k0, k1, k2, k3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted() {
        assert_eq!(include_bytes!("../../places/regions.bin").len() % 8, 0);
        assert!(REGIONS.is_sorted_by(|a, b| key_of(a) < key_of(b)));
    }

    #[track_caller]
    fn check(country: &str, written: &str, expect: Option<&str>) {
        let country = country.as_bytes().try_into().unwrap();
        let zone = region(country, written).and_then(|region| region.zone);
        assert_eq!(zone, expect, "{written:?}");
    }

    #[test]
    fn regions_of_one_zone() {
        check("US", "MO", Some("America/Chicago"));
        check("US", "Missouri", Some("America/Chicago"));
        check("US", "n. carolina", Some("America/New_York"));
        check("US", "PR", Some("America/Puerto_Rico"));
        check("CA", "MB", Some("America/Winnipeg"));
        check("CA", "NT", Some("America/Edmonton"));
        check("AU", "NT", Some("Australia/Darwin"));
        check("AU", "Victoria", Some("Australia/Sydney"));
        check("BR", "SP", Some("America/Sao_Paulo"));
        check("ES", "Canary Islands", Some("Atlantic/Canary"));
    }

    #[test]
    fn regions_that_settle_nothing() {
        for several in [
            "AK", "AL", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "NE", "ND", "NV", "OR", "SD", "TN", "TX",
        ] {
            check("US", several, None);
            assert!(region(*b"US", several).is_some(), "{several}");
        }
        for several in ["BC", "NL", "NU", "ON", "QC", "SK"] {
            check("CA", several, None);
        }
        check("AU", "NSW", None);
        for none in ["AA", "AE", "AP", "", "XX", "東京"] {
            assert_eq!(region(*b"US", none), None, "{none}");
        }
        // Germany's zone is the country's.
        check("DE", "Bavaria", None);
        assert!(region(*b"DE", "Bavaria").is_some());
    }

    /// The states whose zone is in doubt are few, and every other has one.
    #[test]
    fn most_states_have_one() {
        let zones = REGIONS.iter().filter(|row| row.starts_with(b"US"));
        let numbers: std::collections::BTreeSet<u8> = zones
            .filter_map(|&[.., number, zone]| zone_of(zone).map(|_| number))
            .collect();
        assert_eq!(numbers.len(), 35 + 7, "35 with the capital, and seven territories");
    }
}
