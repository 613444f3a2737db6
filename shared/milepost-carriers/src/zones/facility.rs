//! The town inside a longer text: `MEMPHIS TN NETWORK DISTRIBUTION CENTER`, `ISC NEW YORK NY(USPS)`, `LEIPZIG - GERMANY`.
//!
//! A text is trusted in three forms: a town followed by the code of a region that has a town of that name; a known town
//! with nothing but words for facilities around it; a known town with its country behind it. From anything else nothing is
//! concluded. A facility is given a zone and no position: it stands somewhere near its town.

use super::cities::of_city;
use super::countries::country_named;
use super::fold::words;
use super::regions::region;
use super::table::Spot;

/// Words for facilities, and abbreviations of them. Sorted.
const FACILITY_WORDS: &[&str] = &[
    "ADC",
    "AIRPORT",
    "AMC",
    "AND",
    "ANNEX",
    "ASF",
    "CARRIER",
    "CENTER",
    "CENTRE",
    "DC",
    "DELIVERY",
    "DEPOT",
    "DESTINATION",
    "DISTRIBUTION",
    "EXCHANGE",
    "FACILITY",
    "GATEWAY",
    "HUB",
    "IMC",
    "INTERNATIONAL",
    "ISC",
    "LOGISTICS",
    "LPC",
    "MAIL",
    "NDC",
    "NETWORK",
    "OF",
    "OFFICE",
    "ORIGIN",
    "P",
    "PARCEL",
    "PDC",
    "POST",
    "PROCESSING",
    "RDC",
    "REGIONAL",
    "RPDC",
    "SCF",
    "SERVICE",
    "SORT",
    "SORTING",
    "STATION",
    "TERMINAL",
    "TRANSIT",
    "UNIT",
    "USPS",
    "WAREHOUSE",
];

/// No town has more words.
const LONGEST_TOWN: usize = 5;

/// A longer text is a message, and not searched.
const MOST_WORDS: usize = 16;

/// The town before the code of its region: in `LAS VEGAS NV DISTRIBUTION CENTER` Las Vegas in Nevada. Where `wanted` is
/// given, only that region counts. Two towns in different zones are none.
pub(super) fn town_before_region(country: [u8; 2], text: &str, wanted: Option<u8>) -> Option<Spot> {
    let words = few_words(text)?;
    let mut found = (1..words.len()).filter_map(|at| {
        let (before, code, after) = (words.get(..at)?, words.get(at)?, words.get(at + 1));
        if after.is_some_and(|word| word.eq_ignore_ascii_case("TRANSIT")) {
            // DENVER IN TRANSIT is not Denver, Indiana.
            return None;
        }
        let number = region_of_code(country, code).filter(|number| wanted.is_none_or(|wanted| wanted == *number))?;
        town_at_end(country, before, number, after.is_none())
    });
    let town = found.next()?;
    found.all(|other| other.zone == town.zone).then_some(town)
}

/// The town among words for facilities: in `LEIPZIG HUB` Leipzig, in `REGIONAL HUB` none.
pub(super) fn town_of_facility(country: [u8; 2], text: &str, wanted: Option<u8>) -> Option<Spot> {
    let words = few_words(text)?;
    let town = without_facility_words(&words);
    let named = !town.is_empty() && town.len() < words.len();
    let spot = named.then(|| of_city(country, &town.join(" "), wanted))??;
    Some(Spot::in_zone(spot.zone))
}

/// Each text before a country that ends it behind a comma or a dash, and the country.
pub(super) fn before_country(text: &str) -> impl Iterator<Item = (&str, [u8; 2])> {
    text.rmatch_indices([',', '-'])
        .take(MOST_WORDS)
        .filter_map(|(at, separator)| {
            let (before, country) = (text.get(..at)?, text.get(at + separator.len()..)?);
            // Codes of two letters are regions as often as countries: IL is Illinois.
            let country = Some(country.trim()).filter(|country| country.len() > 2)?;
            Some((before, country_named(country)?))
        })
}

fn few_words(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = words(text).take(MOST_WORDS + 1).collect();
    (words.len() <= MOST_WORDS).then_some(words)
}

/// The number of a region whose code the word is: two or three letters, for a name may be a town's too.
fn region_of_code(country: [u8; 2], word: &str) -> Option<u8> {
    let is_code = matches!(word.len(), 2 | 3) && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| region(country, word))?.map(|region| region.number)
}

/// The town that ends `words`, or ends them but for words for a facility. Only the text that is a town and its region and
/// nothing more (`whole`) gives the town's own position.
fn town_at_end(country: [u8; 2], words: &[&str], region: u8, whole: bool) -> Option<Spot> {
    let town = |words: &[&str]| of_city(country, &words.join(" "), Some(region));
    if whole && let Some(spot) = town(words) {
        return Some(spot);
    }
    let ends = [words, without_facility_words(words)].into_iter().flat_map(|words| {
        let first = words.len().saturating_sub(LONGEST_TOWN);
        (first..words.len()).filter_map(|start| words.get(start..))
    });
    let spot = ends.filter_map(town).next()?;
    Some(Spot::in_zone(spot.zone))
}

fn without_facility_words<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let is_town = |word: &&str| {
        FACILITY_WORDS
            .binary_search(&word.to_ascii_uppercase().as_str())
            .is_err()
    };
    let Some(start) = words.iter().position(is_town) else {
        return &[];
    };
    let end = words.iter().rposition(is_town).map_or(start, |last| last + 1);
    words.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_sorted() {
        assert!(FACILITY_WORDS.is_sorted());
    }

    #[track_caller]
    fn check(text: &str, expect: Option<&str>) {
        let found = town_before_region(*b"US", text, None).or_else(|| town_of_facility(*b"US", text, None));
        assert_eq!(found.and_then(|spot| spot.zone), expect, "{text:?}");
    }

    #[test]
    fn facilities() {
        let central = Some("America/Chicago");
        check("LAS VEGAS NV DISTRIBUTION CENTER ANNEX", Some("America/Los_Angeles"));
        check("MEMPHIS TN NETWORK DISTRIBUTION CENTER", central);
        check("KNOXVILLE TN DISTRIBUTION CENTER", Some("America/New_York"));
        check("ISC NEW YORK NY(USPS)", Some("America/New_York"));
        check("Chicago IL International Distribution Center", central);
        check("NORTH HOUSTON TX DISTRIBUTION CENTER", central);
        check("SAINT LOUIS MO P&DC", central);
        check("KANSAS CITY MO NETWORK DISTRIBUTION CENTER", central);
        check("EL PASO TX P&DC", Some("America/Denver"));
        check("LA PUENTE CA", Some("America/Los_Angeles"));
        check("COLUMBUS HUB, OH", Some("America/New_York"));
        check("ANCHORAGE AK", Some("America/Anchorage"));
        check("ALBUQUERQUE DISTRIBUTION CENTER", Some("America/Denver"));
    }

    #[test]
    fn texts_without_a_town() {
        for text in [
            "",
            "INTERNATIONAL DISTRIBUTION CENTER",
            "DISTRIBUTION CENTER",
            "USPS REGIONAL FACILITY",
            "SHIPMENT IN TRANSIT",
            "DENVER IN TRANSIT",
            "ORIGIN FACILITY",
            "NY",
            "MID NY DISTRIBUTION CENTER",
            // Of several states, and of two zones.
            "SPRINGFIELD DISTRIBUTION CENTER",
            "CHICAGO IL TO NEW YORK NY",
            // A message of more words than are searched.
            "YOUR ITEM WAS HANDED OVER TO THE CARRIER AND IS NOW ON ITS WAY TO CHICAGO IL",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn only_a_town_with_its_region_has_a_position() {
        let has_position = |text| town_before_region(*b"US", text, None).unwrap().coordinates.is_some();
        assert!(has_position("SARCOXIE, MO"));
        assert!(!has_position("LAS VEGAS NV DISTRIBUTION CENTER ANNEX"));
        assert!(!has_position("ISC NEW YORK NY"));
    }

    #[test]
    fn countries_behind_a_town() {
        let found = |text| before_country(text).collect::<Vec<_>>();
        assert_eq!(found("LEIPZIG - GERMANY"), [("LEIPZIG ", *b"DE")]);
        assert_eq!(found("CINCINNATI HUB, OH - USA"), [("CINCINNATI HUB, OH ", *b"US")]);
        assert_eq!(
            found("HONG KONG - HONG KONG SAR, CHINA"),
            [("HONG KONG - HONG KONG SAR", *b"CN"), ("HONG KONG ", *b"HK")]
        );
        for none in ["SPRINGFIELD, IL", "LEIPZIG GERMANY", "WINSTON-SALEM", "", "-", ","] {
            assert_eq!(found(none), [], "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "(\\PC{0,8}|IN|NEW YORK|NY| |HUB|-|,){0,20}") {
            town_before_region(*b"US", &text, None);
            town_of_facility(*b"US", &text, None);
            before_country(&text).count();
        }
    }
}
