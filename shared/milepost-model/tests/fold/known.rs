//! What need not be stored again: a bundle that is known changes no answer, and each reason to store one all the same.

use milepost_model::{Arrived, Bundle, FactName, FileIdentity, FileVersion, Kind, Parcel, SourceHash, is_known};
use proptest::prelude::*;

use crate::arbitrary::{other_account, rows};
use crate::laws::{fold_for, journeys, one_each};
use crate::rows::{Row, event, event_in, import, live, viewer};

/// Rows that came before, sent again in another file on a later day.
fn sent_again(rows: &[Row], arrived: &str) -> Bundle {
    let mut again: Option<Bundle> = None;
    for (nth, row) in (0..).zip(rows) {
        let mut row = row.clone();
        row.arrival = import(arrived, nth * 10).arrival;
        row.arrival.source = SourceHash(9);
        row.file = Some(FileVersion {
            file: FileIdentity::of(&["again"]),
            revision: 1,
        });
        let bundle = row.bundle();
        match &mut again {
            Some(again) => {
                again.events.extend(bundle.events);
                again.facts.extend(bundle.facts);
            }
            None => again = Some(bundle),
        }
    }
    again.expect("rows")
}

/// What is compared of two answers: all but the instant of the last import, and whether a fact is quiet that came back
/// quietly and was loud before: its old report, sent again, would make it loud.
fn comparable(bundles: &[Bundle]) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    for viewer in [viewer(), other_account()] {
        for which in journeys() {
            let mut parcel = fold_for(&viewer, bundles, which);
            parcel.last_import = None;
            for fact in parcel.facts.values_mut() {
                fact.quiet = false;
            }
            parcels.push(parcel);
        }
    }
    parcels
}

proptest! {
    // One in five sets of rows has something known.
    #![proptest_config(ProptestConfig { cases: 600, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_changes_no_answer_now_or_later(rows in rows(), nth in 0..20usize, count in 1..3usize) {
        let again_at = "2026-01-20";
        let again_ms = import(again_at, 0).arrival.at_ms;
        let (before, after): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.arrival.at_ms < again_ms);
        let imported: Vec<Row> = before.iter().filter(|row| row.kind == Kind::Import).cloned().collect();
        prop_assume!(!imported.is_empty());
        let first = &imported[nth % imported.len()];
        let of_one = |row: &&Row| (&row.scope, row.notify_from) == (&first.scope, first.notify_from);
        let mut resent: Vec<Row> = imported.iter().filter(of_one).take(count).cloned().collect();
        for row in &mut resent {
            row.replaces = false;
        }
        let again = sent_again(&resent, again_at);
        let stored = one_each(&before);
        prop_assume!(is_known(&again, &stored));
        // Files that are read anew speak for themselves.
        let later = after.into_iter().map(|row| Bundle { file: None, ..row.bundle() });
        for later in [Vec::new(), later.collect()] {
            let without: Vec<Bundle> = stored.iter().cloned().chain(later).collect();
            let with: Vec<Bundle> = without.iter().cloned().chain([again.clone()]).collect();
            prop_assert_eq!(comparable(&without), comparable(&with));
        }
    }
}

#[track_caller]
fn check(stored: &[Row], again: &Bundle, known: bool) {
    let stored = one_each(stored);
    assert_eq!(is_known(again, &stored), known, "{again:#?} beside {stored:#?}");
}

fn arrival() -> Row {
    import("2026-11-20", 0)
        .event(event_in("AR", "2026-11-20T09:00", "Austin"))
        .of_file("first", 1)
}

fn departure() -> Row {
    import("2026-11-20", 10)
        .event(event("DP", "2026-11-20T11:00"))
        .of_file("first", 1)
}

fn again(rows: &[Row]) -> Bundle {
    sent_again(rows, "2026-11-22")
}

#[test]
fn events_that_were_stored_are_known() {
    check(&[arrival()], &again(&[arrival()]), true);
    check(&[arrival(), departure()], &again(&[arrival()]), true);
    check(&[arrival(), departure()], &again(&[departure(), arrival()]), true);
    check(&[], &again(&[arrival()]), false);
    check(&[arrival()], &again(&[arrival(), departure()]), false);
    let scan = |clock: &str| import("2026-11-20", 0).event(event("AR", &format!("2026-11-20T{clock}")));
    check(&[scan("09:00"), scan("10:00")], &again(&[scan("09:00")]), true);
    check(&[scan("09:00Z"), scan("10:00Z")], &again(&[scan("09:00Z")]), true);
    check(&[scan("09:00"), scan("10:00")], &again(&[scan("09:01")]), false);
}

#[test]
fn what_was_said_otherwise_since_is_news() {
    let at = |arrived: &str| import(arrived, 0);
    let corrected = at("2026-11-21").event(event_in("AR", "2026-11-20T09:00", "Boise"));
    check(&[arrival(), corrected.clone()], &again(&[arrival()]), false);
    check(
        &[arrival(), corrected.clone()],
        &again(std::slice::from_ref(&corrected)),
        true,
    );
    // A live answer, and another account's file, are seen by some who would see this.
    let mut other = corrected.of_account("acme");
    check(&[arrival(), other.clone()], &again(&[arrival()]), false);
    other.kind = Kind::Live;
    check(&[arrival(), other], &again(&[arrival()]), false);
    // Before the report that is repeated, it was said otherwise.
    let before = at("2026-11-19").event(event_in("AR", "2026-11-20T09:00", "Boise"));
    check(&[before, arrival()], &again(&[arrival()]), true);
    // A date alone may be of the same event, and so may a time in UTC beside local ones.
    let date_only = at("2026-11-21").event(event("AR", "2026-11-20"));
    check(&[arrival(), date_only], &again(&[arrival()]), false);
    let utc = live("2026-11-21", 0).event(event("AR", "2026-11-20T15:00Z"));
    check(&[arrival(), utc], &again(&[arrival()]), false);
    let dated_in_utc = at("2026-11-20").event(event("AR", "2026-11-20T13:00Z"));
    let dated_elsewhere = at("2026-11-21").event(event_in("AR", "2026-11-21", "SYDNEY"));
    check(&[dated_in_utc.clone(), dated_elsewhere], &again(&[dated_in_utc]), false);
    let of_another = live("2026-11-21", 0).event(event("DP", "2026-11-20T15:00Z"));
    check(&[arrival(), of_another], &again(&[arrival()]), true);
    let worded = |words: &str| {
        let mut row = at("2026-11-20").event(event("", "2026-11-20T09:00"));
        row.events[0].description = words.to_owned();
        row
    };
    check(&[worded("Arrived"), worded("Out")], &again(&[worded("Arrived")]), true);
    let mut shouted = worded("ARRIVED!");
    shouted.arrival = at("2026-11-21").arrival;
    check(&[worded("Arrived"), shouted], &again(&[worded("Arrived")]), false);
}

#[test]
fn who_sees_it_and_for_how_long_counts() {
    check(&[arrival().of_account("acme")], &again(&[arrival()]), false);
    check(&[arrival()], &again(&[arrival().of_account("acme")]), false);
    check(
        &[arrival().of_account("acme")],
        &again(&[arrival().of_account("acme")]),
        true,
    );
    let mut answered = arrival();
    answered.kind = Kind::Live;
    check(&[answered], &again(&[arrival()]), false);
    // Told more: what was hidden is shown.
    check(&[arrival().told_from("2026-11-21")], &again(&[arrival()]), false);
    check(&[arrival()], &again(&[arrival().told_from("2026-11-21")]), true);
    // It lives longer than what is stored.
    let shorter = Bundle {
        expires_at: 1_000,
        ..arrival().bundle()
    };
    let mut longer = again(&[arrival()]);
    longer.expires_at = 1_001;
    assert!(!is_known(&longer, std::slice::from_ref(&shorter)));
    longer.expires_at = 1_000;
    assert!(is_known(&longer, &[shorter]));
    // Imports still feed the parcel: it is said again once a month.
    check(&[arrival()], &sent_again(&[arrival()], "2026-12-20"), true);
    check(&[arrival()], &sent_again(&[arrival()], "2026-12-21"), false);
    // Nothing that arrived later stands for it.
    check(&[arrival()], &sent_again(&[arrival()], "2026-11-19"), false);
}

#[test]
fn another_carriers_parcel_and_another_number_are_none() {
    let mut stored = arrival().bundle();
    stored.carrier = milepost_model::CarrierCode::parse("fedex").unwrap();
    assert!(!is_known(&again(&[arrival()]), &[stored]));
    let mut stored = arrival().bundle();
    stored.number = milepost_model::TrackingNumber::parse("1Z999AA10123456785").unwrap();
    assert!(!is_known(&again(&[arrival()]), &[stored]));
}

#[test]
fn revisions_and_replacements_count() {
    // What replaces is always stored, and so is what was replaced.
    let mut replacing = again(&[arrival()]);
    replacing.replaces = true;
    check(&[arrival()], &replacing, false);
    let replaced = import("2026-11-21", 0)
        .event(event("DP", "2026-11-20T11:00"))
        .replacing();
    check(&[arrival(), replaced.clone()], &again(&[arrival()]), false);
    check(
        &[arrival(), replaced.clone().of_account("acme")],
        &again(&[arrival()]),
        true,
    );
    check(&[arrival(), replaced.clone()], &again(&[replaced]), false);
    // Read anew under a corrected layout, the first reading counts no more.
    let second = departure().of_file("first", 2);
    check(&[arrival(), second], &again(&[arrival()]), false);
    // The file itself read anew: its former reading counts until something of this one is stored.
    check(&[arrival().of_file("again", 0)], &again(&[arrival()]), false);
    check(
        &[arrival(), departure().of_file("again", 0)],
        &again(&[arrival()]),
        false,
    );
    // Its own rows, from an attempt that was killed, are stored anew.
    check(&[arrival().of_file("again", 1)], &again(&[arrival()]), false);
}

#[test]
fn facts_are_known_by_the_row() {
    let row = |arrived: &str, value: &str, as_of: &str| import(arrived, 0).fact(FactName::Service, value, as_of);
    let ground = || row("2026-11-20", "Ground", "2026-11-20T09:00");
    check(&[ground()], &again(&[ground()]), true);
    check(
        &[ground()],
        &again(&[row("2026-11-20", "Air", "2026-11-20T09:00")]),
        false,
    );
    check(
        &[ground()],
        &again(&[row("2026-11-20", "Ground", "2026-11-20T10:00")]),
        false,
    );
    // Said otherwise as of what may be the same time, or of another.
    check(
        &[ground(), row("2026-11-21", "Air", "2026-11-20T09:00")],
        &again(&[ground()]),
        false,
    );
    check(
        &[ground(), row("2026-11-21", "Air", "2026-11-20T14:00Z")],
        &again(&[ground()]),
        false,
    );
    check(
        &[ground(), row("2026-11-21", "Air", "2026-11-20T14:03Z")],
        &again(&[ground()]),
        true,
    );
    check(
        &[ground(), row("2026-11-21", "Air", "2026-11-22T12:00Z")],
        &again(&[ground()]),
        true,
    );
    let stated = |value: &str, clock: &str| row("2026-11-20", value, &format!("2026-11-20T{clock}-06"));
    check(
        &[stated("Ground", "09:00"), stated("Air", "10:00")],
        &again(&[stated("Ground", "09:00")]),
        true,
    );
    // Without a time it holds since it arrived.
    check(
        &[row("2026-11-20", "Ground", "")],
        &again(&[row("2026-11-20", "Ground", "")]),
        false,
    );
    check(&[ground(), row("2026-11-21", "Air", "")], &again(&[ground()]), false);
    // A status finds its detail in its own row.
    let with_detail = || ground().fact(FactName::StatusDetail, "DELIVERED", "2026-11-20T09:00");
    check(&[with_detail()], &again(&[with_detail()]), true);
    check(&[with_detail()], &again(&[ground()]), false);
    let mut apart = with_detail().bundle();
    for (nth, Arrived { offset, .. }) in (0..).zip(&mut apart.facts) {
        *offset = nth;
    }
    assert!(!is_known(&again(&[with_detail()]), &[apart]));
}
