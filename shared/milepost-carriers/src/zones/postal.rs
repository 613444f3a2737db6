//! Postal codes: the ZIP codes of the United States and its territories, the forward sortation areas of Canada.
//!
//! Other countries' codes have no source that is both small and free; there the city tells.

use super::table::{Spot, coordinates_of, rows_with, zone_of};

/// The first row in [`ZIPS`] of each prefix of three digits, and the end of the last.
static ZIP_PREFIXES: &[[u8; 2]] = include_bytes!("../../places/zip_prefixes.bin").as_chunks().0;

/// Last two digits, latitude, longitude, zone.
static ZIPS: &[[u8; 6]] = include_bytes!("../../places/zips.bin").as_chunks().0;

/// Three letters of a forward sortation area, latitude, longitude, zone. Sorted.
static FSAS: &[[u8; 8]] = include_bytes!("../../places/fsas.bin").as_chunks().0;

/// The United States, and the territories and associated states that have ZIP codes and country codes of their own.
const WITH_ZIPS: [[u8; 2]; 8] = [*b"AS", *b"GU", *b"MH", *b"MP", *b"PR", *b"PW", *b"US", *b"VI"];

/// Whether places in `country` have ZIP codes.
pub(super) fn has_zips(country: [u8; 2]) -> bool {
    WITH_ZIPS.contains(&country)
}

/// What a postal code tells.
pub(super) fn of_postal_code(country: [u8; 2], code: &str) -> Spot {
    let spot = if has_zips(country) {
        digits(code).map(of_zip)
    } else if country == *b"CA" {
        of_fsa(code)
    } else {
        None
    };
    spot.unwrap_or_default()
}

/// Whether a ZIP code is of the armed forces' post offices abroad and afloat: 090 to 098 Europe, 340 the Americas, 962 to
/// 966 the Pacific.
pub(super) fn is_military(code: &str) -> bool {
    digits(code).is_some_and(|zip| matches!(zip / 100, 90..=98 | 340 | 962..=966))
}

/// Row of [`ZIPS`].
pub(super) fn zip_row(row: u16) -> Spot {
    ZIPS.get(usize::from(row)).map(spot_of_zip).unwrap_or_default()
}

/// The five digits of `64862`, `64862-1234` and `648621234`.
fn digits(code: &str) -> Option<usize> {
    let code = code.trim();
    let (zip, more) = code.split_at_checked(5)?;
    let more = more.trim_start_matches(['-', ' ']);
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = all_digits(zip) && all_digits(more) && matches!(more.len(), 0 | 4);
    well_formed.then(|| zip.parse().ok())?
}

/// A ZIP code that is not in the table, new or one company's own, still has the zone of its prefix, if that has one.
fn of_zip(zip: usize) -> Spot {
    let of_prefix = rows_of_prefix(zip / 100);
    let row = of_prefix.binary_search_by_key(&(zip % 100), |[last, ..]| usize::from(*last));
    if let Some(found) = row.ok().and_then(|row| of_prefix.get(row)) {
        return spot_of_zip(found);
    }
    let mut zones = of_prefix.iter().map(|&[.., zone]| zone);
    let first = zones.next();
    let zone = first.filter(|first| zones.all(|zone| zone == *first));
    Spot::in_zone(zone.and_then(zone_of))
}

fn rows_of_prefix(prefix: usize) -> &'static [[u8; 6]] {
    let bound = |prefix: usize| {
        ZIP_PREFIXES
            .get(prefix)
            .map(|row| usize::from(u16::from_be_bytes(*row)))
    };
    let range = bound(prefix).zip(bound(prefix + 1));
    range.and_then(|(start, end)| ZIPS.get(start..end)).unwrap_or_default()
}

fn spot_of_zip(&[_, lat0, lat1, lon0, lon1, zone]: &[u8; 6]) -> Spot {
    Spot {
        zone: zone_of(zone),
        coordinates: coordinates_of([lat0, lat1], [lon0, lon1]),
    }
}

/// An area with towns of several zones has none, and a rural one, as large as a country, no position.
fn of_fsa(code: &str) -> Option<Spot> {
    let fsa: &[u8; 3] = code.trim().as_bytes().first_chunk()?;
    let found = rows_with(FSAS, fsa.map(|byte| byte.to_ascii_uppercase()), fsa_of);
    found.first().map(|&[_, _, _, lat0, lat1, lon0, lon1, zone]| Spot {
        zone: zone_of(zone),
        coordinates: coordinates_of([lat0, lat1], [lon0, lon1]),
    })
}

fn fsa_of(&[a, b, c, ..]: &[u8; 8]) -> [u8; 3] {
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tables_are_sorted_and_well_formed() {
        let bounds: Vec<u16> = ZIP_PREFIXES.iter().map(|row| u16::from_be_bytes(*row)).collect();
        assert_eq!(bounds.len(), 1001);
        assert!(bounds.is_sorted());
        assert_eq!((bounds[0], usize::from(bounds[1000])), (0, ZIPS.len()));
        assert_eq!(include_bytes!("../../places/zips.bin").len() % 6, 0);
        for prefix in 0..1000 {
            assert!(rows_of_prefix(prefix).is_sorted_by(|a, b| a[0] < b[0]), "{prefix}");
        }
        assert!(FSAS.is_sorted_by(|a, b| fsa_of(a) < fsa_of(b)));
        let zips = ZIPS.iter().map(spot_of_zip);
        let of_fsas = FSAS
            .iter()
            .map(|row| of_fsa(str::from_utf8(&fsa_of(row)).unwrap()).unwrap());
        for spot in zips.clone().chain(of_fsas) {
            assert!(
                spot.coordinates
                    .is_none_or(|at| at.latitude.abs() < 90.0 && at.longitude.abs() <= 180.0)
            );
        }
        assert!(zips.clone().all(|spot| spot.zone.is_some()));
        assert!(
            zips.filter(|spot| spot.coordinates.is_none()).count() < 200,
            "some in the territories"
        );
    }

    #[track_caller]
    fn check(country: &str, code: &str, zone: Option<&str>, at: Option<(f64, f64)>) {
        let spot = of_postal_code(country.as_bytes().try_into().unwrap(), code);
        assert_eq!(spot.zone, zone, "{code:?}");
        assert_eq!(
            spot.coordinates.map(|at| (at.latitude.round(), at.longitude.round())),
            at,
            "{code:?}"
        );
    }

    #[test]
    fn zip_codes() {
        let sarcoxie = (Some("America/Chicago"), Some((37.0, -94.0)));
        for written in ["64862", "64862-1234", "648621234", " 64862 "] {
            check("US", written, sarcoxie.0, sarcoxie.1);
        }
        check("PR", "00901", Some("America/Puerto_Rico"), Some((18.0, -66.0)));
        // No such code: the zone of its prefix, if that has one. 423 is western Kentucky, 427 has both.
        check("US", "42399", Some("America/Chicago"), None);
        check("US", "42799", None, None);
        for nothing in [
            "",
            "6486",
            "6486A",
            "648621",
            "09012",
            "96201",
            "34002",
            "00000",
            "６４８６２",
            "6486é",
        ] {
            check("US", nothing, None, None);
        }
        check("DE", "64862", None, None);
    }

    #[test]
    fn forward_sortation_areas() {
        for written in ["M5V 3L9", "m5v3l9", "M5V"] {
            check("CA", written, Some("America/Toronto"), Some((44.0, -79.0)));
        }
        check("CA", "S9V 0A1", Some("America/Edmonton"), Some((53.0, -110.0)));
        check("CA", "A0A 1A0", Some("America/St_Johns"), None);
        check("CA", "V0B 1G0", None, None);
        for nothing in ["", "M5", "123", "H0H 0H0"] {
            check("CA", nothing, None, None);
        }
    }

    #[test]
    fn armed_forces() {
        assert!(["09012", "34002", "96201", "96690-1234"].into_iter().all(is_military));
        assert!(
            ["64862", "96701", "34101", "09", ""]
                .into_iter()
                .all(|code| !is_military(code))
        );
    }

    proptest! {
        #[test]
        fn any_text_is_answered(code in "\\PC{0,12}", country in "US|CA|PR|DE") {
            of_postal_code(country.as_bytes().try_into().unwrap(), &code);
            is_military(&code);
        }
    }
}
