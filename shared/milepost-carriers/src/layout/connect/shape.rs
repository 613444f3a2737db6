//! The types of `@shipengine/connect-carrier-api`, as far as they are read. Keys are written as there; others are
//! passed over.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::super::scalar::Scalar;

#[derive(Deserialize)]
pub(super) struct ImportedTrackingEvent<'a> {
    #[serde(borrow)]
    pub(super) tracking_info: Option<TrackingInfo<'a>>,
    #[serde(borrow, default)]
    pub(super) update_method: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) error_messages: Messages<'a>,
    #[serde(borrow, default)]
    pub(super) warning_messages: Messages<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TrackingInfo<'a> {
    #[serde(borrow)]
    pub(super) carrier_name: Scalar<'a>,
    #[serde(borrow)]
    pub(super) tracking_number: Scalar<'a>,
    #[serde(borrow)]
    pub(super) standardized_status_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) standardized_status_detail_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) carrier_status_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) carrier_detail_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) carrier_status_description: Scalar<'a>,
    #[serde(borrow)]
    pub(super) shipped_datetime: Scalar<'a>,
    #[serde(borrow)]
    pub(super) estimated_delivery_datetime: Scalar<'a>,
    #[serde(borrow)]
    pub(super) actual_delivery_datetime: Scalar<'a>,
    #[serde(borrow)]
    pub(super) shipping_problem_description: Scalar<'a>,
    #[serde(borrow)]
    pub(super) weight: Scalar<'a>,
    #[serde(borrow)]
    pub(super) service: Scalar<'a>,
    #[serde(borrow)]
    pub(super) packaging: Scalar<'a>,
    #[serde(borrow)]
    pub(super) package_count: Scalar<'a>,
    #[serde(borrow)]
    pub(super) events: Option<Vec<Event<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) event_datetime: Scalar<'a>,
    #[serde(borrow)]
    pub(super) event_datetime_local: Scalar<'a>,
    #[serde(borrow)]
    pub(super) event_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) carrier_detail_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) proof_of_delivery_url: Scalar<'a>,
    #[serde(borrow)]
    pub(super) description: Scalar<'a>,
    #[serde(borrow)]
    pub(super) city: Scalar<'a>,
    #[serde(borrow)]
    pub(super) state: Scalar<'a>,
    #[serde(borrow)]
    pub(super) postal_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) country: Scalar<'a>,
    #[serde(borrow)]
    pub(super) company: Scalar<'a>,
    #[serde(borrow)]
    pub(super) signer: Scalar<'a>,
    #[serde(borrow)]
    pub(super) geo: Option<Geo<'a>>,
    #[serde(borrow)]
    pub(super) status_code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) status_detail_code: Scalar<'a>,
}

/// A position. Its keys are not published; these are the ones that such types have.
///
/// An array is no position: some systems write the longitude first.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Geo<'a> {
    Point(#[serde(borrow)] BTreeMap<Cow<'a, str>, Scalar<'a>>),
    Other(IgnoredAny),
}

impl Geo<'_> {
    pub(super) fn latitude(&self) -> Option<&str> {
        self.degrees(&["latitude", "lat"])
    }

    pub(super) fn longitude(&self) -> Option<&str> {
        self.degrees(&["longitude", "long", "lng", "lon"])
    }

    fn degrees(&self, keys: &[&str]) -> Option<&str> {
        match self {
            Self::Point(point) => keys.iter().find_map(|key| point.get(*key)?.text()),
            Self::Other(_) => None,
        }
    }
}

/// Messages of the source: a list, or now and then a single text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Messages<'a> {
    Many(#[serde(borrow)] Vec<Scalar<'a>>),
    One(#[serde(borrow)] Scalar<'a>),
}

impl Default for Messages<'_> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Messages<'_> {
    /// The texts, each cut to `letters`.
    pub(super) fn texts(&self, letters: usize) -> Vec<String> {
        let messages = match self {
            Self::Many(messages) => messages.as_slice(),
            Self::One(message) => std::slice::from_ref(message),
        };
        let texts = messages.iter().filter_map(Scalar::text);
        texts.map(|text| text.chars().take(letters).collect()).collect()
    }
}
