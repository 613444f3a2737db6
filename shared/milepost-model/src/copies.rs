//! Which rows count for a viewer.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, Fact, FileIdentity, Kind, Scope, TrackingEvent, TrackingNumber,
};

/// What one row said, with what its bundle says of it.
#[derive(Debug)]
pub(crate) struct CopyOf<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) arrival: Arrival,
    pub(crate) kind: Kind,
    pub(crate) notify_from: Option<Timestamp>,
}

/// One report of an event.
pub(crate) type EventCopy<'a> = CopyOf<'a, TrackingEvent>;

/// One report of a fact.
pub(crate) type FactCopy<'a> = CopyOf<'a, Fact>;

// A derive would ask the same of the value, which is only borrowed.
impl<T> Clone for CopyOf<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CopyOf<'_, T> {}

impl<T> CopyOf<'_, T> {
    /// Whether its followers are not told of what happened at an instant.
    pub(crate) fn hides(&self, at: Timestamp) -> bool {
        self.notify_from.is_some_and(|from| at < from)
    }
}

/// What counts for a viewer: what it may see of the carrier, of the highest revision of each file, and not left out by
/// a later `replace`.
pub(crate) fn visible<'a>(
    bundles: &'a [Bundle],
    number: &TrackingNumber,
    carrier: &CarrierCode,
    viewer: &AccountId,
) -> (Vec<EventCopy<'a>>, Vec<FactCopy<'a>>) {
    let seen = |b: &&Bundle| b.number == *number && b.carrier == *carrier && b.scope.visible_to(viewer);
    let mut visible: Vec<&Bundle> = bundles.iter().filter(seen).collect();
    let mut revisions: BTreeMap<FileIdentity, u32> = BTreeMap::new();
    for version in visible.iter().filter_map(|bundle| bundle.file) {
        let highest = revisions.entry(version.file).or_default();
        *highest = version.revision.max(*highest);
    }
    visible.retain(|b| b.file.is_none_or(|v| revisions.get(&v.file) == Some(&v.revision)));
    let mut replaced: BTreeMap<(&Scope, Kind), Arrival> = BTreeMap::new();
    for bundle in visible.iter().filter(|bundle| bundle.replaces) {
        let since = replaced.entry((&bundle.scope, bundle.kind)).or_insert(bundle.arrival);
        *since = bundle.arrival.max(*since);
    }
    let (mut events, mut facts) = (Vec::new(), Vec::new());
    for bundle in visible {
        let since = replaced.get(&(&bundle.scope, bundle.kind)).copied();
        events.extend(copies(bundle, &bundle.events, since));
        facts.extend(copies(bundle, &bundle.facts, since));
    }
    (events, facts)
}

/// Row by row, so that the borders of bundles decide nothing.
fn copies<'a, T>(
    bundle: &Bundle,
    rows: &'a [Arrived<T>],
    since: Option<Arrival>,
) -> impl Iterator<Item = CopyOf<'a, T>> {
    rows.iter()
        .map(|row| CopyOf {
            value: &row.value,
            arrival: bundle.arrival_at(row.offset),
            kind: bundle.kind,
            notify_from: bundle.notify_from,
        })
        .filter(move |copy| since.is_none_or(|since| copy.arrival >= since))
}
