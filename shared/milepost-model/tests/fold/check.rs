//! The one check of the table tests: what rows fold to, in whatever order and bundles they come.

use jiff::Timestamp;
use milepost_model::{AccountId, Bundle, FactName, Parcel, ParcelEvent, Which, fold};

use crate::reader::read;
use crate::rows::{Row, carrier, number, viewer};

/// Folds the rows, each a bundle of its own, for the default account.
pub(crate) fn folded(rows: &[Row]) -> Parcel {
    folded_for(rows, &viewer(), Which::Newest)
}

pub(crate) fn folded_for(rows: &[Row], viewer: &AccountId, which: Which) -> Parcel {
    let mut bundles: Vec<Bundle> = rows.iter().map(Row::bundle).collect();
    let parcel = fold(&number(), &carrier(), &bundles, viewer, which, &read);
    bundles.reverse();
    for _ in 0..bundles.len() {
        bundles.rotate_left(1);
        let turned = fold(&number(), &carrier(), &bundles, viewer, which, &read);
        assert_eq!(turned, parcel, "in another order");
    }
    bundles.extend_from_within(..);
    let twice = fold(&number(), &carrier(), &bundles, viewer, which, &read);
    assert_eq!(twice, parcel, "each bundle twice");
    parcel
}

/// Rows fold to what [`shown`] writes.
#[track_caller]
pub(crate) fn check(rows: &[Row], expected: &str) {
    assert_eq!(shown(&folded(rows)), expected, "{rows:#?}");
}

/// The same for an account.
#[track_caller]
pub(crate) fn check_for(account: &str, rows: &[Row], expected: &str) {
    let viewer = AccountId::parse(account).unwrap();
    let parcel = folded_for(rows, &viewer, Which::Newest);
    assert_eq!(shown(&parcel), expected, "{rows:#?}");
}

/// The same for the journey under way at an instant.
#[track_caller]
pub(crate) fn check_at(at: Timestamp, rows: &[Row], expected: &str) {
    let parcel = folded_for(rows, &viewer(), Which::UnderWayAt(at));
    assert_eq!(shown(&parcel), expected, "{rows:#?}");
}

/// `DE: 11-20T20:03 DE Austin, 11-20T14:00 OF {service=Ground}`: the status, events newest first, facts.
pub(crate) fn shown(parcel: &Parcel) -> String {
    let events: Vec<String> = parcel.events.iter().map(shown_event).collect();
    let facts: Vec<String> = parcel
        .facts
        .iter()
        .map(|(name, fact)| format!("{}={}", short(*name), fact.value))
        .collect();
    let mut line = parcel.status.code().to_owned();
    if !events.is_empty() {
        line.push_str(": ");
        line.push_str(&events.join(", "));
    }
    if !facts.is_empty() {
        line.push_str(&format!(" {{{}}}", facts.join(" ")));
    }
    line
}

/// UTC, code or else words, place and signer, as far as they are known.
pub(crate) fn shown_event(event: &ParcelEvent) -> String {
    let at = event.sort_instant().to_string();
    let minute = at.get(5..16).expect("RFC 3339");
    let event = &event.event;
    let what = if event.code.is_empty() {
        &event.description
    } else {
        &event.code
    };
    let words = [minute, what, &event.place.city, &event.place.postal_code, &event.signer];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

fn short(name: FactName) -> &'static str {
    match name {
        FactName::Status => "status",
        FactName::StatusDetail => "detail",
        FactName::CarrierStatus => "code",
        FactName::CarrierStatusDescription => "words",
        FactName::EstimatedDelivery => "expected",
        other => other.as_str(),
    }
}
