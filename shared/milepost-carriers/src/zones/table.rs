//! How rows of the embedded tables are read. `places/README.md` describes each table.
//!
//! A table is sorted rows of equal length, put into the binary as they are: nothing is built at start, nothing is on the
//! heap, and of a table only the pages that a search touches are ever loaded.

use milepost_model::Coordinates;

/// Zone names, padded with spaces; a row of another table names one by its place here.
static ZONES: &[[u8; 32]] = include_bytes!("../../places/zones.bin").as_chunks().0;

/// The latitude of a row without a position.
const NOWHERE: i16 = i16::MIN;

/// What a place tells.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spot {
    /// Its IANA zone.
    pub(crate) zone: Option<&'static str>,
    /// Where it lies.
    pub(crate) coordinates: Option<Coordinates>,
}

impl Spot {
    /// What is only in `zone`.
    pub(super) fn in_zone(zone: Option<&'static str>) -> Self {
        Self {
            zone,
            coordinates: None,
        }
    }

    /// What is missing here, from a lesser rule; it is asked only if something is missing.
    pub(super) fn or_else(self, lesser: impl FnOnce() -> Self) -> Self {
        if self.zone.is_some() && self.coordinates.is_some() {
            return self;
        }
        let lesser = lesser();
        Self {
            zone: self.zone.or(lesser.zone),
            coordinates: self.coordinates.or(lesser.coordinates),
        }
    }
}

/// The zone that a row names. `None` for a row that names none, or leaves it to its country.
pub(super) fn zone_of(byte: u8) -> Option<&'static str> {
    let padded = ZONES.get(usize::from(byte))?;
    str::from_utf8(padded.trim_ascii_end()).ok()
}

/// The position in a row: latitude and longitude in hundredths of a degree.
pub(super) fn coordinates_of(latitude: [u8; 2], longitude: [u8; 2]) -> Option<Coordinates> {
    let latitude = i16::from_be_bytes(latitude);
    (latitude != NOWHERE).then(|| Coordinates {
        latitude: f64::from(latitude) / 100.0,
        longitude: f64::from(i16::from_be_bytes(longitude)) / 100.0,
    })
}

/// The rows whose key is `key`.
pub(super) fn rows_with<Row, Key: Ord + Copy>(rows: &[Row], key: Key, key_of: impl Fn(&Row) -> Key) -> &[Row] {
    let start = rows.partition_point(|row| key_of(row) < key);
    let rows = rows.get(start..).unwrap_or_default();
    let length = rows.partition_point(|row| key_of(row) <= key);
    rows.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Below 1 MB, so that a function's binary stays a download of moments.
    #[test]
    fn the_tables_stay_small() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("places");
        let tables = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let tables = tables.filter(|file| file.path().extension().is_some_and(|extension| extension == "bin"));
        let sizes: Vec<u64> = tables.map(|file| file.metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), 10);
        assert!(sizes.iter().sum::<u64>() < 1_000_000, "{sizes:?}");
    }

    #[test]
    fn every_zone_exists() {
        assert_eq!(include_bytes!("../../places/zones.bin").len() % 32, 0);
        for byte in 0..ZONES.len() {
            let name = zone_of(u8::try_from(byte).unwrap()).unwrap();
            assert!(crate::zones::zone(name).is_some(), "{name}");
        }
        assert_eq!(zone_of(254), None);
        assert_eq!(zone_of(255), None);
    }

    #[test]
    fn equal_keys_stand_together() {
        let rows = [1, 2, 2, 2, 5];
        let found = |key| rows_with(&rows, key, |row| *row).len();
        assert_eq!([0, 1, 2, 3, 5, 6].map(found), [0, 1, 3, 0, 1, 0]);
    }
}
