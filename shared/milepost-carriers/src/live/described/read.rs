//! Taking an answer to pieces by the paths of a description.

use std::collections::BTreeMap;

use milepost_model::{DetailCode, FactName, Place, TrackingEvent, TrackingNumber};

use crate::layout::time::Clock;
use crate::layout::values::coordinates;
use crate::live::collect::{Warnings, answer, is_number};
use crate::live::json::Json;
use crate::live::problem::without;
use crate::live::text::plain;
use crate::live::{LiveAnswer, LiveProblem};

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    /// The list of parcels in the answer; `None`: the answer is about one parcel.
    pub(super) parcels: Option<String>,
    /// The number in a parcel.
    pub(super) number: Option<String>,
    /// The list of events in a parcel.
    pub(super) events: String,
    pub(super) newest_first: bool,
    pub(super) html: bool,
    pub(super) event: EventPaths,
    /// The parts of an event's time, joined by a space.
    pub(super) time: Vec<String>,
    pub(super) offset: Option<String>,
    pub(super) clock: Clock,
    pub(super) facts: Vec<(FactName, Vec<String>)>,
}

/// For each field of an event the paths of which the first that holds something is taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct EventPaths {
    pub(super) code: Vec<String>,
    pub(super) detail_code: Vec<String>,
    pub(super) description: Vec<String>,
    pub(super) city: Vec<String>,
    pub(super) state: Vec<String>,
    pub(super) postal_code: Vec<String>,
    pub(super) country: Vec<String>,
    pub(super) latitude: Vec<String>,
    pub(super) longitude: Vec<String>,
    pub(super) signer: Vec<String>,
    pub(super) company: Vec<String>,
    pub(super) piece: Vec<String>,
    pub(super) proof_of_delivery_url: Vec<String>,
}

/// The parcels of an answer.
#[derive(Debug, Clone)]
pub(super) struct Parcels<'a> {
    found: Vec<Json<'a>>,
    number: Option<&'a str>,
}

impl<'a> Parcels<'a> {
    /// The parcel of a number.
    pub(super) fn of(&self, number: &TrackingNumber) -> Option<Json<'a>> {
        match self.number {
            Some(path) => self
                .found
                .iter()
                .copied()
                .find(|parcel| is_number(&parcel.text(path), number)),
            None => self.found.first().copied(),
        }
    }
}

impl Reading {
    /// Whether a parcel says which it is, so that one answer can be about several.
    pub(super) fn names_numbers(&self) -> bool {
        self.parcels.is_some() && self.number.is_some()
    }

    /// The parcels of an answer.
    pub(super) fn parcels<'a>(&'a self, body: Json<'a>) -> Result<Parcels<'a>, LiveProblem> {
        let found = match &self.parcels {
            None => vec![body],
            Some(path) if body.has(path) => body.list(path).filter(|parcel| parcel.is_object()).collect(),
            Some(path) => return Err(without(path)),
        };
        // The one parcel of an answer need not say which it is.
        let number = self.number.as_deref().filter(|_| self.parcels.is_some());
        Ok(Parcels { found, number })
    }

    /// What the answer says of a parcel.
    pub(super) fn read(
        &self,
        parcel: Json<'_>,
        statuses: &BTreeMap<String, DetailCode>,
    ) -> Result<LiveAnswer, LiveProblem> {
        let mut warnings = Warnings::default();
        let mut events: Vec<_> = parcel
            .list(&self.events)
            .filter_map(|written| self.event(written, statuses, &mut warnings))
            .collect();
        if !self.newest_first {
            events.reverse();
        }
        let facts: Vec<_> = self
            .facts
            .iter()
            .map(|(name, paths)| (*name, self.text(parcel, paths)))
            .collect();
        if events.is_empty() && facts.iter().all(|(_, value)| value.is_empty()) && !parcel.has(&self.events) {
            return Err(without(&self.events));
        }
        Ok(answer(events, facts, warnings))
    }

    fn event(
        &self,
        written: Json<'_>,
        statuses: &BTreeMap<String, DetailCode>,
        warnings: &mut Warnings,
    ) -> Option<TrackingEvent> {
        let parts: Vec<_> = self
            .time
            .iter()
            .map(|path| written.text(path))
            .filter(|part| !part.is_empty())
            .collect();
        let offset = self
            .offset
            .as_deref()
            .map(|path| written.text(path))
            .unwrap_or_default();
        let offset = Some(offset.as_str()).filter(|offset| !offset.is_empty());
        let Ok(time) = self.clock.read(&parts.join(" "), offset) else {
            warnings.add("an event has no time that the patterns read and is left out");
            return None;
        };
        let text = |paths: &Vec<String>| self.text(written, paths);
        let paths = &self.event;
        let mut event = TrackingEvent::at(time);
        event.code = text(&paths.code);
        event.carrier_detail_code = text(&paths.detail_code);
        event.description = text(&paths.description);
        event.place = Place {
            city: text(&paths.city),
            state: text(&paths.state),
            postal_code: text(&paths.postal_code),
            country: text(&paths.country),
            coordinates: coordinates(Some(&text(&paths.latitude)), Some(&text(&paths.longitude))),
        };
        event.signer = text(&paths.signer);
        event.company = text(&paths.company);
        event.piece = text(&paths.piece);
        event.proof_of_delivery_url = text(&paths.proof_of_delivery_url);
        let meaning = |code: &str| statuses.get(code).copied();
        event.detail = meaning(&event.carrier_detail_code).or_else(|| meaning(&event.code));
        if event.code.is_empty() && event.description.is_empty() {
            warnings.add("an event has neither code nor description and is left out");
            return None;
        }
        Some(event)
    }

    fn text(&self, at: Json<'_>, paths: &[String]) -> String {
        let text = at.first(paths);
        if self.html { plain(&text) } else { text }
    }
}
