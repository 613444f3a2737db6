use milepost_carriers::{Category, Ship24Code};
use milepost_model::{EventIdentity, ParcelEvent, Place, Wall, uuid_of};
use serde::{Deserialize, Serialize};

use super::time;
use super::timeline::Placed;
use crate::ship24::courier_code;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Ship24Event"))]
#[serde(rename_all = "camelCase")]
pub struct EventJson {
    /// A UUID, the same whenever the event is shown: receivers tell repeats by it.
    pub event_id: String,
    /// The tracker's number, canonical.
    pub tracking_number: String,
    /// The number under which the event was found.
    pub event_tracking_number: String,
    /// The carrier's words.
    pub status: Option<String>,
    /// When: a date, a local time, or one with an offset or `Z`, as far as that is known.
    pub occurrence_datetime: String,
    /// Its place in the history, from 1; a lower number is older.
    pub order: Option<u32>,
    /// Where, as the carrier wrote it.
    pub location: Option<String>,
    /// How it was found: `import` from a file, `track` from the carrier's API.
    pub source_code: Option<String>,
    /// Of which courier, in Ship24's codes.
    pub courier_code: Option<String>,
    /// What happened, in Ship24's codes.
    pub status_code: Option<String>,
    /// What kind of thing that is.
    pub status_category: Option<String>,
    /// How far the shipment was then.
    pub status_milestone: String,
    /// As `occurrenceDatetime`, without the zone. Ship24 keeps this and the next two for old clients.
    pub datetime: String,
    /// The offset, `+02:00`; absent where none is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub utc_offset: Option<String>,
    /// Whether only the date is known.
    pub has_no_time: bool,
}

impl EventJson {
    pub(super) fn of(placed: &Placed<'_>) -> Self {
        let (parcel, event) = (placed.parcel, placed.event);
        let own = placed.own;
        let number = parcel.number.to_string();
        let source = if event.imported { "import" } else { "track" };
        Self {
            event_id: event_id(&number, parcel.carrier.as_str(), &event.identity),
            event_tracking_number: number.clone(),
            tracking_number: number,
            status: known(&event.event.description).or_else(|| known(&event.event.code)),
            occurrence_datetime: time::occurrence(event),
            order: Some(placed.order),
            location: location(&event.event.place),
            source_code: Some(source.to_owned()),
            courier_code: Some(courier_code(parcel.carrier.as_str())),
            status_code: own.and_then(|own| own.code).map(Ship24Code::as_str).map(str::to_owned),
            status_category: own
                .and_then(|own| own.category)
                .map(Category::as_str)
                .map(str::to_owned),
            status_milestone: placed.milestone.as_str().to_owned(),
            datetime: wall(event),
            utc_offset: time::offset(event),
            has_no_time: matches!(event.event.time.wall, Wall::Date(_)),
        }
    }
}

/// An identity alone is the same for two parcels that were scanned in one minute.
fn event_id(number: &str, carrier: &str, identity: &EventIdentity) -> String {
    let identity: String = identity.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    uuid_of(["event", number, carrier, &identity])
}

fn wall(event: &ParcelEvent) -> String {
    event.event.time.wall.start().to_string()
}

/// `SARCOXIE, MO 64862, US`
fn location(place: &Place) -> Option<String> {
    let region = [place.state.as_str(), place.postal_code.as_str()];
    let region: Vec<&str> = region.into_iter().filter(|part| !part.is_empty()).collect();
    let parts = [place.city.clone(), region.join(" "), place.country.clone()];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    known(&parts.join(", "))
}

/// The model's empty text as `null`.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
