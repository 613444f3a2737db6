//! What holds for every set of rows.

use jiff::Timestamp;
use milepost_model::{AccountId, Bundle, Parcel, Scope, Status, Told, Which, fold, import_fed};
use proptest::prelude::*;

use crate::arbitrary::{cuts, extreme_rows, growing_rows, other_account, rows};
use crate::reader::{read, read_by_neighbours};
use crate::rows::{Row, carrier, instant, number, viewer};

pub(crate) fn fold_for(viewer: &AccountId, bundles: &[Bundle], which: Which) -> Parcel {
    fold(&number(), &carrier(), bundles, viewer, which, &read_by_neighbours)
}

pub(crate) fn one_each(rows: &[Row]) -> Vec<Bundle> {
    rows.iter().map(Row::bundle).collect()
}

pub(crate) fn journeys() -> [Which; 3] {
    let at = |text| Which::UnderWayAt(instant(text));
    [Which::Newest, at("2026-01-12"), at("2026-05-01")]
}

proptest! {
    #[test]
    fn order_borders_and_repeats_change_nothing(rows in rows(), here in cuts(), there in cuts(), again in 0..8usize) {
        let plain = one_each(&rows);
        let mut mixed = here.bundles(&rows);
        mixed.extend(there.bundles(&rows).into_iter().take(again));
        let mixed = there.shuffled(mixed);
        for viewer in [viewer(), other_account()] {
            for which in journeys() {
                prop_assert_eq!(fold_for(&viewer, &plain, which), fold_for(&viewer, &mixed, which));
            }
        }
    }

    #[test]
    fn no_time_is_too_far(rows in extreme_rows()) {
        for which in [Which::Newest, Which::UnderWayAt(Timestamp::MIN), Which::UnderWayAt(Timestamp::MAX)] {
            let parcel = fold_for(&viewer(), &one_each(&rows), which);
            import_fed(&parcel, Timestamp::MIN);
            import_fed(&parcel, Timestamp::MAX);
            prop_assert_eq!(Told::all_of(&parcel).news(&parcel), None);
        }
    }

    #[test]
    fn other_accounts_rows_change_nothing(rows in rows()) {
        let seen: Vec<Row> =
            rows.iter().filter(|row| row.scope != Scope::Account(other_account())).cloned().collect();
        for which in journeys() {
            prop_assert_eq!(
                fold_for(&viewer(), &one_each(&rows), which),
                fold_for(&viewer(), &one_each(&seen), which)
            );
        }
    }

    #[test]
    fn what_was_told_is_no_news_and_nothing_else_is_missed(rows in rows(), seen in prop::collection::vec(any::<bool>(), 20)) {
        let some: Vec<Row> =
            rows.iter().zip(seen.iter().cycle()).filter(|(_, seen)| **seen).map(|(row, _)| row.clone()).collect();
        let before = fold_for(&viewer(), &one_each(&some), Which::Newest);
        let after = fold_for(&viewer(), &one_each(&rows), Which::Newest);
        let told = Told::all_of(&before);
        prop_assert_eq!(told.news(&before), None);
        prop_assert_eq!(Told::all_of(&after).news(&after), None);

        let known: Vec<_> = before.events.iter().map(|event| event.identity).collect();
        let missing: Vec<_> =
            after.events.iter().map(|event| event.identity).filter(|identity| !known.contains(identity)).collect();
        let news = told.news(&after);
        prop_assert_eq!(news.as_ref().map(|news| news.events.clone()).unwrap_or_default(), missing);
        prop_assert_eq!(news.is_some_and(|news| news.status_changed), before.status != after.status);
    }

    #[test]
    fn identities_are_unique_and_the_timeline_is_in_order(rows in rows()) {
        let parcel = fold_for(&viewer(), &one_each(&rows), Which::Newest);
        prop_assert_eq!(Told::all_of(&parcel).identities.len(), parcel.events.len());
        let instants: Vec<Timestamp> = parcel.events.iter().map(|event| event.sort_instant()).collect();
        prop_assert!(instants.is_sorted_by(|newer, older| newer >= older));
    }

    #[test]
    fn unmapped_events_never_change_the_status(rows in growing_rows()) {
        // By the table alone, and without facts: an unmapped event may tell them their zone.
        let by_table = |mut row: Row| {
            row.facts.clear();
            for event in &mut row.events {
                (event.status, event.detail) = (None, None);
            }
            row
        };
        let unmapped_gone = |mut row: Row| {
            row.events.retain(|event| !["", "?"].contains(&event.code.as_str()));
            row
        };
        let with: Vec<Row> = rows.into_iter().map(by_table).collect();
        let without: Vec<Row> = with.iter().cloned().map(unmapped_gone).collect();
        let status = |rows: &[Row]| fold(&number(), &carrier(), &one_each(rows), &viewer(), Which::Newest, &read).status;
        let expected = status(&without);
        if expected != Status::NotYetInSystem {
            prop_assert_eq!(status(&with), expected);
        }
    }
}
