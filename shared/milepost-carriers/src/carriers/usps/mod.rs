//! U.S. Postal Service.

mod statuses;

use crate::registry::Carrier;

/// The registry's entry.
///
/// No home zone: USPS keeps nine zones from Guam to Puerto Rico and writes the time of the place. An event without a
/// place (`NT`, in transit to the next facility) is placed by its neighbours, or not at all.
pub(crate) const CARRIER: Carrier = Carrier::new("usps", "U.S. Postal Service")
    .aliases(&["stamps_com"])
    .link("https://tools.usps.com/go/TrackConfirmAction.action?tLabels={0}")
    .without_connection()
    .domestic("US")
    .statuses(statuses::STATUSES);
