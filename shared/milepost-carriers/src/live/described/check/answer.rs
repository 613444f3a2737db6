//! Where things are in an answer, and what its refusals mean.

use std::collections::BTreeMap;

use milepost_model::{DetailCode, FactName};

use super::{Checked, MAX_LIST, broken, few};
use crate::layout::time::{Clock, Pattern, written_zone};
use crate::layout::values::fact_named;
use crate::live::described::read::{EventPaths, Reading};
use crate::live::described::rule::{Rule, Whose};
use crate::live::described::written::{self, Paths};
use crate::live::json::MAX_STEPS;

pub(super) fn rules(written: &[written::Problem]) -> Checked<Vec<Rule>> {
    few("problems", written.len())?;
    let rule = |rule: &written::Problem| {
        let words = !rule.is.is_empty() || !rule.contains.is_empty();
        if (words && rule.path.is_none()) || (rule.status.is_empty() && rule.path.is_none()) {
            return Err(broken(
                "problems",
                "a rule gives a status or a path, and a path for is and contains",
            ));
        }
        Ok(Rule {
            of: match rule.of {
                written::Of::Answer => Whose::Answer,
                written::Of::Parcel => Whose::Parcel,
            },
            status: rule.status.clone(),
            path: rule.path.as_deref().map(|at| path("problems.path", at)).transpose()?,
            is: rule.is.clone(),
            contains: rule.contains.clone(),
            means: rule.means,
        })
    };
    written.iter().map(rule).collect()
}

pub(super) fn reading(written: &written::Answer) -> Checked<Reading> {
    let event = &written.event;
    let of = |field: &str, paths: &Option<Paths>| match paths {
        Some(paths) => several(&format!("answer.event.{field}"), paths),
        None => Ok(Vec::new()),
    };
    let event = EventPaths {
        code: of("event_code", &event.event_code)?,
        detail_code: of("carrier_detail_code", &event.carrier_detail_code)?,
        description: of("description", &event.description)?,
        city: of("city", &event.city)?,
        state: of("state", &event.state)?,
        postal_code: of("postal_code", &event.postal_code)?,
        country: of("country", &event.country)?,
        latitude: of("latitude", &event.latitude)?,
        longitude: of("longitude", &event.longitude)?,
        signer: of("signer", &event.signer)?,
        company: of("company", &event.company)?,
        piece: of("piece", &event.piece)?,
        proof_of_delivery_url: of("proof_of_delivery_url", &event.proof_of_delivery_url)?,
    };
    if event.code.is_empty() && event.description.is_empty() {
        return Err(broken(
            "answer.event",
            "give event_code or description, or no event says anything",
        ));
    }
    let time = &written.time;
    if !(1..=3).contains(&time.paths.len()) {
        return Err(broken("answer.time.paths", "1 to 3 paths, joined by a space"));
    }
    let one = |field: &str, at: &Option<String>| at.as_deref().map(|at| path(field, at)).transpose();
    Ok(Reading {
        parcels: one("answer.parcels", &written.parcels)?,
        number: one("answer.number", &written.number)?,
        events: path("answer.events", &written.events)?,
        newest_first: written.order == written::Order::NewestFirst,
        html: written.html,
        event,
        time: time
            .paths
            .iter()
            .map(|at| path("answer.time.paths", at))
            .collect::<Checked<_>>()?,
        offset: one("answer.time.offset", &time.offset)?,
        clock: clock(time)?,
        facts: facts(&written.facts)?,
    })
}

fn clock(time: &written::Time) -> Checked<Clock> {
    // Without one no time would be read, and every event left out.
    if !(1..=MAX_LIST).contains(&time.patterns.len()) {
        return Err(broken("answer.time.patterns", format!("1 to {MAX_LIST} patterns")));
    }
    let pattern = |text: &String| {
        let unusable = |why: String| broken("answer.time.patterns", format!("{text:?} cannot be used: {why}"));
        Pattern::parse(text).map_err(unusable)
    };
    let rule = "\"unstated\", \"UTC\" or an IANA zone such as \"Europe/Madrid\"";
    let zone = written_zone(&time.zone).ok_or_else(|| broken("answer.time.zone", rule))?;
    Ok(Clock {
        zones: BTreeMap::new(),
        patterns: time.patterns.iter().map(pattern).collect::<Checked<_>>()?,
        zone,
    })
}

fn facts(written: &BTreeMap<String, Paths>) -> Checked<Vec<(FactName, Vec<String>)>> {
    let fact = |(name, paths): (&String, &Paths)| {
        let field = format!("answer.facts.{name}");
        let known = fact_named(name).ok_or_else(|| broken(&field, "no fact has that name"))?;
        Ok((known, several(&field, paths)?))
    };
    written.iter().map(fact).collect()
}

pub(super) fn statuses(written: &BTreeMap<String, String>) -> Checked<BTreeMap<String, DetailCode>> {
    let status = |(code, detail): (&String, &String)| match DetailCode::from_text(detail) {
        Some(known) => Ok((code.clone(), known)),
        None => Err(broken(
            &format!("status.{code}"),
            format!("{detail:?} is not one of the 75 detail codes, such as DELIVERED"),
        )),
    };
    written.iter().map(status).collect()
}

fn several(field: &str, paths: &Paths) -> Checked<Vec<String>> {
    match paths {
        Paths::One(one) => Ok(vec![path(field, one)?]),
        Paths::Many(many) => {
            few(field, many.len())?;
            many.iter().map(|one| path(field, one)).collect()
        }
    }
}

fn path(field: &str, path: &str) -> Checked<String> {
    let steps = path.split('.').count();
    if path.split('.').any(str::is_empty) || steps > MAX_STEPS {
        return Err(broken(
            field,
            format!("1 to {MAX_STEPS} keys or positions with dots between"),
        ));
    }
    Ok(path.to_owned())
}
