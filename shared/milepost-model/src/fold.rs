//! The answer: a pure function of the set of bundles, for one viewer.
//!
//! 1. the rows that count for the viewer (scope, highest revision of a file, `replace`): `copies`
//! 2. copies of one event made one (`group`, `merge`), read by the carrier's rules, ordered on instants, without live
//!    copies that came after the first import of their journey: `timeline`, `journey`
//! 3. of one journey, which report of each fact rules, and the status: `ruling`, `settle`

use jiff::Timestamp;

use crate::timeline::Timeline;
use crate::{AccountId, Bundle, CarrierCode, MergedEvent, Parcel, Reading, TrackingNumber, copies, ruling, settle};

/// Which journey of a number is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The newest: lookups.
    Newest,
    /// The one under way at an instant; in the silence between two, the nearer: followers belong to the journey that
    /// they were started in.
    UnderWayAt(Timestamp),
}

/// Folds what is stored of a number into what a viewer is answered.
///
/// `read` says what events mean: one [`Reading`] for each event, in the same order, which is that of wall time. It is
/// milepost-carriers' part; the fold itself knows no carrier, and may ask more than once. Permutation, duplication and
/// partition of the bundles change nothing.
pub fn fold(
    number: &TrackingNumber,
    carrier: &CarrierCode,
    bundles: &[Bundle],
    viewer: &AccountId,
    which: Which,
    read: &dyn Fn(&[MergedEvent]) -> Vec<Reading>,
) -> Parcel {
    let (events, facts) = copies::visible(bundles, number, carrier, viewer);
    let mut timeline = Timeline::of(events, facts, read);
    let journeys = &timeline.journeys;
    let nth = match which {
        Which::Newest => journeys.newest(),
        Which::UnderWayAt(at) => journeys.at(at),
    };
    let imports = timeline.imports().filter(|(journey, _)| *journey == nth);
    let last_import = imports.map(|(_, arrival)| arrival.instant()).max();
    let facts: Vec<_> = timeline
        .facts
        .iter()
        .filter(|fact| journeys.at(fact.as_of) == nth)
        .collect();
    let mut events: Vec<_> = timeline.events.drain(journeys.events(nth)).collect();
    let ruling = ruling::ruling(&facts);
    let settled = settle::settle(&events, facts);
    events.reverse();
    Parcel {
        number: number.clone(),
        carrier: carrier.clone(),
        status: settled.status,
        detail: settled.detail,
        carrier_status_code: settled.code,
        carrier_detail_code: settled.detail_code,
        carrier_status_description: settled.description,
        facts: ruling,
        events,
        last_import,
    }
}
