//! Which carriers are asked about a tracker's parcel.

use std::collections::BTreeSet;

use jiff::Timestamp;
use milepost_carriers::detect;
use milepost_model::{CarrierCode, Kind, Tracker, import_fed};
use milepost_store::NumberItems;

use crate::lookup::newest;
use crate::{Live, TrackError};

/// Below it a carrier is a guess by the length of the number, and no question is spent on it.
const LIKELY: f64 = 0.5;

/// The carriers that the owner named, else those that the number likely belongs to, the likeliest first. Where files
/// tell of the number, it is the parcel of their carrier, and no other is guessed at.
pub(super) fn to_ask(tracker: &Tracker, known: &NumberItems, now: Timestamp) -> Vec<CarrierCode> {
    if !tracker.terms.couriers.is_empty() {
        return tracker.terms.couriers.clone();
    }
    if files_tell(tracker, known, now) {
        return Vec::new();
    }
    let detected = detect(tracker.number.as_str()).into_iter();
    detected
        .filter(|detected| detected.confidence >= LIKELY)
        .map(|detected| detected.carrier)
        .collect()
}

/// What is stored once the carriers of a tracker were asked, as far as they have answered.
///
/// # Errors
/// The table's.
pub(super) async fn ask(
    live: &Live,
    tracker: &Tracker,
    known: NumberItems,
    now: Timestamp,
) -> Result<NumberItems, TrackError> {
    let carriers = to_ask(tracker, &known, now);
    live.track_now(&tracker.account, &carriers, &tracker.number, &[], known)
        .await
}

fn files_tell(tracker: &Tracker, known: &NumberItems, now: Timestamp) -> bool {
    let imported = known
        .bundles
        .iter()
        .filter(|bundle| bundle.kind == Kind::Import && bundle.scope.visible_to(&tracker.account));
    let carriers: BTreeSet<&CarrierCode> = imported.map(|bundle| &bundle.carrier).collect();
    let mut parcels = carriers
        .into_iter()
        .map(|carrier| newest(known, &tracker.account, carrier, &tracker.number));
    parcels.any(|parcel| import_fed(&parcel, now))
}
