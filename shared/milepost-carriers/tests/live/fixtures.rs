//! What each answer becomes.

use milepost_model::{Parcel, ParcelEvent};

use crate::fixture::{CARRIERS, carrier, fixtures, fold};

fn line(event: &ParcelEvent) -> String {
    let or_none = |text: &str| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            text.to_owned()
        }
    };
    let instant = event
        .reading
        .instant
        .map_or_else(|| "-".to_owned(), |at| at.to_string());
    let detail = event
        .reading
        .detail
        .map_or_else(|| "-".to_owned(), |detail| detail.to_string());
    let place = &event.event.place;
    let code = or_none(&event.event.code);
    format!(
        "{instant} {code} {detail} {} {}",
        or_none(&place.city),
        or_none(&place.postal_code)
    )
}

#[track_caller]
fn events_of(name: &str, parcel: &Parcel, expect: &[String]) {
    let got: Vec<_> = parcel.events.iter().map(line).collect();
    assert_eq!(got, expect, "{name}: the timeline");
}

#[test]
fn every_fixture_becomes_what_it_says() {
    let mut read = 0;
    for code in CARRIERS {
        let carrier = carrier(code);
        for (name, fixture) in fixtures(code) {
            let outcomes = fixture.read(carrier, &fixture.bytes());
            assert_eq!(
                outcomes.len(),
                fixture.asked.len(),
                "{name}: one outcome for each number"
            );
            for (outcome, question) in outcomes.iter().zip(&fixture.asked) {
                assert_eq!(outcome.number.as_str(), question.number, "{name}");
                let problem = outcome.result.as_ref().err().map(ToString::to_string);
                assert_eq!(problem, question.problem, "{name} {}", question.number);
                let Ok(answer) = &outcome.result else { continue };
                assert_eq!(answer.warnings, question.warnings, "{name}");
                let facts: std::collections::BTreeMap<_, _> = answer
                    .facts
                    .iter()
                    .map(|fact| (fact.name.as_str().to_owned(), fact.value.clone()))
                    .collect();
                assert_eq!(facts, question.facts, "{name}: the facts");
                let parcel = fold(code, &outcome.number, answer);
                assert_eq!(
                    Some(parcel.status.code().to_owned()),
                    question.becomes,
                    "{name}: the status"
                );
                events_of(&name, &parcel, &question.events);
                assert_eq!(
                    parcel.events.len(),
                    answer.events.len(),
                    "{name}: the fold loses no event"
                );
            }
            read += 1;
        }
    }
    assert!(read >= 35, "{read} fixtures");
}

/// Each carrier shows what an API can answer.
#[test]
fn every_carrier_has_every_kind_of_answer() {
    for code in CARRIERS {
        let names: Vec<_> = fixtures(code).into_iter().map(|(name, _)| name).collect();
        for kind in ["success", "not-found", "throttled", "malformed", "refused", "down"] {
            assert!(names.contains(&format!("{code}/{kind}")), "{code} has no {kind}");
        }
    }
}
