//! U.S. Postal Service.

pub(crate) mod live;
mod statuses;

use crate::registry::{Carrier, needs};

/// The registry's entry.
///
/// No home zone: USPS keeps nine zones from Guam to Puerto Rico and writes the time of the place. An event without a
/// place (`NT`, in transit to the next facility) is placed by its neighbours, or not at all.
pub(crate) const CARRIER: Carrier = Carrier::new("usps", "U.S. Postal Service")
    .post()
    .based_in("US")
    .aliases(&["stamps_com"])
    .ship24("us-post")
    .link("https://tools.usps.com/go/TrackConfirmAction.action?tLabels={0}")
    .without_connection()
    .domestic("US")
    .track_login(needs::CLIENT)
    .documented_track()
    .detected()
    .codes(&statuses::CODES);
