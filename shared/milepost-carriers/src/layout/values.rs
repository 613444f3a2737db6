//! Values that columns and Connect's items have in common.

use milepost_model::{Coordinates, DetailCode, FactName, Status, TrackingEvent};

/// ShipEngine's two letters, in either case.
pub(crate) fn status(text: &str) -> Option<Status> {
    Status::from_code(text)
}

/// One of the detail codes, in either case.
pub(super) fn detail(text: &str) -> Option<DetailCode> {
    DetailCode::from_text(text).or_else(|| DetailCode::from_text(&text.to_ascii_uppercase()))
}

/// A position on Earth. `None` for half of one, for what is no number or out of range, and for 0, 0: that is what
/// systems write that have no position, and no parcel is delivered in the Gulf of Guinea.
pub(crate) fn coordinates(latitude: Option<&str>, longitude: Option<&str>) -> Option<Coordinates> {
    let degrees = |text: Option<&str>, most: f64| text?.parse::<f64>().ok().filter(|value| value.abs() <= most);
    let position = Coordinates {
        latitude: degrees(latitude, 90.0)?,
        longitude: degrees(longitude, 180.0)?,
    };
    (position.latitude != 0.0 || position.longitude != 0.0).then_some(position)
}

/// A fact by its name in layouts and descriptions. The number as written is none that they give: the hub keeps it itself.
pub(crate) fn fact_named(name: &str) -> Option<FactName> {
    FactName::from_text(name).filter(|fact| *fact != FactName::NumberAsWritten)
}

/// Whether an event tells more than a time and a place.
pub(super) fn says_something(event: &TrackingEvent) -> bool {
    !event.code.is_empty() || !event.description.is_empty() || event.status.is_some() || event.detail.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_either_case() {
        assert_eq!(status("de"), Some(Status::Delivered));
        assert_eq!(status("Delivered"), None);
        assert_eq!(detail("out_for_delivery"), Some(DetailCode::OutForDelivery));
        assert_eq!(detail("OutForDelivery"), None);
    }

    #[test]
    fn positions() {
        let known = |latitude, longitude| coordinates(Some(latitude), Some(longitude)).is_some();
        assert!(known("37.0776", "-94.1258"));
        assert!(known("0", "-94.1258"), "the equator is a place");
        assert!(known("-90", "180"));
        for (latitude, longitude) in [
            ("0", "0.0"),
            ("91", "0"),
            ("0", "181"),
            ("NaN", "1"),
            ("inf", "1"),
            ("N", "1"),
        ] {
            assert!(!known(latitude, longitude), "{latitude} {longitude}");
        }
        assert!(coordinates(Some("37.0776"), None).is_none());
    }
}
