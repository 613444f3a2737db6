//! When two copies are one event, and what they make together.

use milepost_model::{Place, Told, TrackingEvent};
use proptest::prelude::*;

use crate::check::{check, folded};
use crate::rows::{Row, event, event_in, import, live, time};

/// Rows of one event each, in order of arrival.
fn rows(events: impl IntoIterator<Item = TrackingEvent>) -> Vec<Row> {
    let row = |(offset, event)| import("2026-11-21", offset).event(event);
    (0..).zip(events).map(row).collect()
}

#[track_caller]
fn make<const N: usize>(events: [TrackingEvent; N], expected: &str) {
    check(&rows(events), expected);
}

/// Newest first.
fn merged(events: impl IntoIterator<Item = TrackingEvent>) -> Vec<TrackingEvent> {
    let parcel = folded(&rows(events));
    parcel.events.into_iter().map(|event| event.event).collect()
}

fn of_piece(piece: &str, mut event: TrackingEvent) -> TrackingEvent {
    event.piece = piece.into();
    event
}

fn signed(signer: &str, mut event: TrackingEvent) -> TrackingEvent {
    event.signer = signer.into();
    event
}

fn worded(words: &str, at: &str) -> TrackingEvent {
    TrackingEvent {
        description: words.into(),
        ..event("", at)
    }
}

fn in_postal_code(postal_code: &str, mut event: TrackingEvent) -> TrackingEvent {
    event.place.postal_code = postal_code.into();
    event
}

const AT: &str = "2026-11-20T14:03-06";

#[test]
fn copies_of_one_minute_are_one_event() {
    make([event("AR", AT), event("AR", AT)], "IT: 11-20T20:03 AR");
    make(
        [event("AR", AT), event("AR", "2026-11-20T14:03:59-06")],
        "IT: 11-20T20:03 AR",
    );
    make(
        [event("AR", AT), event("AR", "2026-11-20T14:04-06")],
        "IT: 11-20T20:04 AR, 11-20T20:03 AR",
    );
    make([event("AR", AT), event("DE", AT)], "DE: 11-20T20:03 DE, 11-20T20:03 AR");
}

#[test]
fn words_tell_apart_only_without_a_code() {
    make(
        [worded("Out for delivery", AT), worded("OUT FOR  DELIVERY!", AT)],
        "UN: 11-20T20:03 OUT FOR  DELIVERY!",
    );
    let mut coded = event("AR", AT);
    coded.description = "Arrived".into();
    let mut reworded = event("AR", AT);
    reworded.description = "Arrived at hub".into();
    make([coded, reworded], "IT: 11-20T20:03 AR");
}

#[test]
fn pieces_are_apart() {
    let scan = || event("AR", AT);
    assert_eq!(
        merged([
            scan(),
            of_piece("1", scan()),
            of_piece("2", scan()),
            of_piece("2", scan())
        ])
        .len(),
        3
    );
}

#[test]
fn a_richer_copy_fills_what_a_poorer_one_left_empty() {
    let bare = || event("DE", AT);
    let rich = || signed("J. Doe", in_postal_code("78701", event_in("DE", AT, "Austin")));
    make([bare(), rich()], "DE: 11-20T20:03 DE Austin 78701 J. Doe");
    make([rich(), bare()], "DE: 11-20T20:03 DE Austin 78701 J. Doe");
    make(
        [signed("J. Doe", bare()), signed("M. Roe", bare())],
        "DE: 11-20T20:03 DE M. Roe",
    );
    make(
        [event_in("DE", AT, "Austin"), in_postal_code("78701", bare())],
        "DE: 11-20T20:03 DE Austin 78701",
    );
}

#[test]
fn copies_that_name_different_places_stay_two() {
    let cities = ["Austin", "Boise", "Denver"].map(|city| event_in("AR", AT, city));
    let parcel = folded(&rows(cities));
    assert_eq!((parcel.events.len(), Told::all_of(&parcel).identities.len()), (3, 3));
    let zip = |code: &str| in_postal_code(code, event_in("AR", AT, "Austin"));
    assert_eq!(
        merged([event_in("AR", AT, "Austin"), event_in("AR", AT, "Boise")]).len(),
        2
    );
    assert_eq!(merged([zip("78701"), zip("78702"), zip("78701")]).len(), 2);
    make(
        [event_in("AR", AT, "AUSTIN"), event_in("AR", AT, "Austin")],
        "IT: 11-20T20:03 AR Austin",
    );
    make([zip("H2Y1C6"), zip("h2y 1c6")], "IT: 11-20T20:03 AR Austin h2y 1c6");
}

#[test]
fn a_copy_without_a_place_joins_the_first_of_two() {
    let events = merged([
        event_in("DE", AT, "Boise"),
        event_in("DE", AT, "Austin"),
        signed("J. Doe", event("DE", AT)),
    ]);
    let signed = events.iter().find(|event| !event.signer.is_empty()).unwrap();
    assert_eq!((events.len(), signed.place.city.as_str()), (2, "Boise"));
}

#[test]
fn a_date_alone_is_absorbed_by_a_time() {
    let dated = || event("DE", "2026-11-20");
    make([dated(), event("DE", AT)], "DE: 11-20T20:03 DE");
    make([event("DE", AT), dated()], "DE: 11-20T20:03 DE");
    make(
        [signed("J. Doe", dated()), event("DE", AT)],
        "DE: 11-20T20:03 DE J. Doe",
    );
    make([dated(), dated()], "DE: 11-20T00:00 DE");
    make(
        [event("DE", AT), event("DE", "2026-11-21")],
        "DE: 11-21T00:00 DE, 11-20T20:03 DE",
    );
    make([event("AR", AT), dated()], "DE: 11-20T20:03 AR, 11-20T00:00 DE");
    make(
        [of_piece("2", event("DE", AT)), dated()],
        "DE: 11-20T20:03 DE, 11-20T00:00 DE",
    );
    make(
        [worded("Arrived", AT), worded("ARRIVED", "2026-11-20")],
        "UN: 11-20T20:03 ARRIVED",
    );
}

#[test]
fn a_date_alone_is_absorbed_once_and_where_its_place_allows() {
    let dated = |city| event_in("AR", "2026-11-20", city);
    let later = "2026-11-20T18:00-06";
    make(
        [dated(""), event("AR", AT), event("AR", later)],
        "IT: 11-21T00:00 AR, 11-20T20:03 AR",
    );
    make(
        [
            event_in("AR", AT, "Boise"),
            event_in("AR", later, "Austin"),
            dated("Austin"),
        ],
        "IT: 11-21T00:00 AR Austin, 11-20T20:03 AR Boise",
    );
    make(
        [event_in("AR", AT, "Boise"), dated("Austin")],
        "IT: 11-20T20:03 AR Boise, 11-20T06:00 AR Austin",
    );
    // The minute is a stronger bond than the date.
    make(
        [dated("Austin"), event_in("AR", AT, "Boise"), event("AR", AT)],
        "IT: 11-20T20:03 AR Boise, 11-20T06:00 AR Austin",
    );
}

#[test]
fn the_time_that_says_most_is_kept() {
    let bare = || event("AR", "2026-11-20T14:03");
    make([event("AR", AT), bare()], "IT: 11-20T20:03 AR");
    make([bare(), event("AR", AT)], "IT: 11-20T20:03 AR");
    let later = "2026-11-20T14:03:30";
    assert_eq!(merged([bare(), event("AR", later)]).first().unwrap().time, time(later));
    assert_eq!(merged([event("AR", later), bare()]).first().unwrap().time, bare().time);
}

#[test]
fn a_time_in_utc_alone_joins_the_local_one() {
    let utc = || event("DE", "2026-11-20T20:03:27Z");
    make([utc(), event("DE", AT)], "DE: 11-20T20:03 DE");
    make([event("DE", AT), utc()], "DE: 11-20T20:03 DE");
    // Austin's zone is known from the place.
    make(
        [utc(), event_in("DE", "2026-11-20T14:03", "Austin")],
        "DE: 11-20T20:03 DE Austin",
    );
    make(
        [utc(), event("DE", "2026-11-20T14:04-06")],
        "DE: 11-20T20:04 DE, 11-20T20:03 DE",
    );
    make([utc(), event("AR", AT)], "DE: 11-20T20:03 DE, 11-20T20:03 AR");
    let parcel = folded(&[
        import("2026-11-20", 0).event(signed("J. Doe", utc())),
        import("2026-11-21", 0).event(event("DE", AT)),
    ]);
    assert_eq!(parcel.events[0].event.time, time(AT), "the local time is kept");
    assert_eq!(parcel.events[0].event.signer, "J. Doe");
}

#[test]
fn two_local_times_are_joined_by_nothing() {
    let (central, mountain) = (|| event("DE", AT), || event("DE", "2026-11-20T13:03-07"));
    let utc = || event("DE", "2026-11-20T20:03Z");
    for events in [
        vec![central(), mountain()],
        vec![central(), mountain(), utc()],
        vec![utc(), central(), mountain()],
        vec![central(), utc(), mountain()],
    ] {
        assert_eq!(merged(events).len(), 2);
    }
}

#[test]
fn joined_copies_are_merged_in_order_of_arrival() {
    let utc = || event("DE", "2026-11-20T20:03Z");
    make(
        [
            signed("first", utc()),
            signed("second", event("DE", AT)),
            signed("third", utc()),
        ],
        "DE: 11-20T20:03 DE third",
    );
}

#[test]
fn utc_joins_no_local_time_of_another_place() {
    let boise = event_in("DE", "2026-11-20T20:03Z", "Boise");
    assert_eq!(merged([boise, event_in("DE", AT, "Austin")]).len(), 2);
}

#[test]
fn an_event_is_imported_when_one_copy_is() {
    let imported = |rows: &[Row]| folded(rows).events.iter().all(|event| event.imported);
    let early = || live("2026-11-20T21:00:00Z", 0).event(event("DE", AT));
    assert!(!imported(&[early()]));
    assert!(imported(&[early(), import("2026-11-21", 0).event(event("DE", AT))]));
}

fn full() -> TrackingEvent {
    TrackingEvent {
        code: "DE".into(),
        carrier_detail_code: "01".into(),
        description: "Delivered".into(),
        place: Place {
            city: "Austin".into(),
            state: "TX".into(),
            postal_code: "78701".into(),
            country: "US".into(),
            coordinates: None,
        },
        signer: "J. Doe".into(),
        company: "Acme".into(),
        sequence: Some(7),
        ..TrackingEvent::at(time("2026-11-20T14:03:27-06"))
    }
}

/// A copy without the fields of `gone`.
fn poorer(gone: [bool; 9], when: &str) -> TrackingEvent {
    let mut copy = full();
    copy.time = time(when);
    let texts = [
        &mut copy.carrier_detail_code,
        &mut copy.description,
        &mut copy.place.city,
        &mut copy.place.state,
        &mut copy.place.postal_code,
        &mut copy.place.country,
        &mut copy.signer,
        &mut copy.company,
    ];
    for (text, gone) in texts.into_iter().zip(gone) {
        if gone {
            text.clear();
        }
    }
    copy.sequence = copy.sequence.filter(|_| !gone[8]);
    copy
}

proptest! {
    #[test]
    fn poorer_copies_neither_add_nor_take_away(
        copies in prop::collection::vec((any::<[bool; 9]>(), prop::sample::select(vec![
            "2026-11-20", "2026-11-20T14:03", "2026-11-20T14:03:27-06", "2026-11-20T20:03Z",
        ])), 0..6),
        at in 0..6usize,
    ) {
        let mut events: Vec<_> = copies.into_iter().map(|(gone, when)| poorer(gone, when)).collect();
        events.insert(at.min(events.len()), full());
        prop_assert_eq!(merged(events), [full()]);
    }
}
