//! States, provinces and territories that keep one time.
//!
//! A region stands here only when every post office in it keeps the same clock. So these are missing, and wait for a
//! table of postal codes: in the United States Alaska, Arizona (the Navajo Nation keeps summer time), Florida, Idaho,
//! Indiana, Kansas, Kentucky, Michigan, Nebraska, Nevada (West Wendover), North Dakota, Oregon, South Dakota, Tennessee
//! and Texas; in Canada British Columbia, Newfoundland and Labrador, Nunavut, Ontario, Quebec and Saskatchewan; in
//! Australia New South Wales (Broken Hill) and Western Australia (Eucla). The armed forces' AA, AE and AP are nowhere
//! on a map and never get a zone.

/// Country, region and zone. Sorted by country and region.
const ZONES: &[(&str, &str, &str)] = &[
    ("AU", "ACT", "Australia/Sydney"),
    ("AU", "NT", "Australia/Darwin"),
    ("AU", "QLD", "Australia/Brisbane"),
    ("AU", "SA", "Australia/Adelaide"),
    ("AU", "TAS", "Australia/Hobart"),
    ("AU", "VIC", "Australia/Melbourne"),
    ("CA", "AB", "America/Edmonton"),
    ("CA", "MB", "America/Winnipeg"),
    ("CA", "NB", "America/Moncton"),
    ("CA", "NS", "America/Halifax"),
    ("CA", "NT", "America/Yellowknife"),
    ("CA", "PE", "America/Halifax"),
    ("CA", "YT", "America/Whitehorse"),
    ("US", "AL", "America/Chicago"),
    ("US", "AR", "America/Chicago"),
    ("US", "AS", "Pacific/Pago_Pago"),
    ("US", "CA", "America/Los_Angeles"),
    ("US", "CO", "America/Denver"),
    ("US", "CT", "America/New_York"),
    ("US", "DC", "America/New_York"),
    ("US", "DE", "America/New_York"),
    ("US", "GA", "America/New_York"),
    ("US", "GU", "Pacific/Guam"),
    ("US", "HI", "Pacific/Honolulu"),
    ("US", "IA", "America/Chicago"),
    ("US", "IL", "America/Chicago"),
    ("US", "LA", "America/Chicago"),
    ("US", "MA", "America/New_York"),
    ("US", "MD", "America/New_York"),
    ("US", "ME", "America/New_York"),
    ("US", "MN", "America/Chicago"),
    ("US", "MO", "America/Chicago"),
    ("US", "MP", "Pacific/Saipan"),
    ("US", "MS", "America/Chicago"),
    ("US", "MT", "America/Denver"),
    ("US", "NC", "America/New_York"),
    ("US", "NH", "America/New_York"),
    ("US", "NJ", "America/New_York"),
    ("US", "NM", "America/Denver"),
    ("US", "NY", "America/New_York"),
    ("US", "OH", "America/New_York"),
    ("US", "OK", "America/Chicago"),
    ("US", "PA", "America/New_York"),
    ("US", "PR", "America/Puerto_Rico"),
    ("US", "PW", "Pacific/Palau"),
    ("US", "RI", "America/New_York"),
    ("US", "SC", "America/New_York"),
    ("US", "UT", "America/Denver"),
    ("US", "VA", "America/New_York"),
    ("US", "VI", "America/St_Thomas"),
    ("US", "VT", "America/New_York"),
    ("US", "WA", "America/Los_Angeles"),
    ("US", "WI", "America/Chicago"),
    ("US", "WV", "America/New_York"),
    ("US", "WY", "America/Denver"),
];

/// The zone of a region; country and region in upper case letters. `None` for one with several zones or unknown.
pub(super) fn zone_of_region(country: &str, region: &str) -> Option<&'static str> {
    let row = ZONES
        .binary_search_by_key(&(country, region), |(country, region, _)| (country, region))
        .ok()?;
    ZONES.get(row).map(|(_, _, zone)| *zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_its_zones_exist() {
        assert!(ZONES.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        for (country, region, zone) in ZONES {
            assert!(crate::zones::zone(zone).is_some(), "{country} {region} {zone}");
        }
    }

    #[test]
    fn regions() {
        assert_eq!(zone_of_region("US", "MO"), Some("America/Chicago"));
        assert_eq!(zone_of_region("CA", "NT"), Some("America/Yellowknife"));
        assert_eq!(zone_of_region("AU", "NT"), Some("Australia/Darwin"));
        for none in ["AA", "AE", "AP", "TX", "NV", "AZ", "", "XX"] {
            assert_eq!(zone_of_region("US", none), None, "{none}");
        }
    }
}
