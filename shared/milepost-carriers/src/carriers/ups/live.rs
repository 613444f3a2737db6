//! The UPS Track API, `GET /api/track/v1/details/{number}`.
//!
//! Read from UPS's own document of it (UPS-API/api-documentation, `Tracking.yaml`) and the issues of that repository; none
//! of UPS's own answers has passed through here.
//!
//! - A number that UPS does not know is a success with a warning (`TW0001`) instead of packages (issue 102). Since UPS
//!   answers the same to a number that cannot be one (issue 166), only the error `TV1002` says so.
//! - Each event has local time and `gmtOffset`. `gmtDate` and `gmtTime` come in several forms (issue 99) and say nothing
//!   that the offset does not. Mail Innovations send none: the place decides.
//! - An event's own code is the activity (`OT`), of which UPS publishes no list. Beside it stands what the table knows:
//!   the three digits, else the type. Two activities of one type in one minute stay two events that way.
//! - A shipment's lead number is answered with its packages, one or several: each event then names its piece.

use std::borrow::Cow;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use milepost_model::{FactName, Place, TrackingEvent, TrackingNumber, Wall};

use crate::live::address::{encoded, under};
use crate::live::call::header;
use crate::live::collect::{Warnings, answer, beside, for_one, is_number, weight, with_offset};
use crate::live::json::{Json, parse};
use crate::live::oauth::{self, ClientLogin};
use crate::live::problem::{Login, by_status, unexpected, without};
use crate::live::{
    Access, Asked, CallError, HttpAnswer, HttpCall, LiveAnswer, LiveCarrier, LiveProblem, Method, Outcome, Quota,
    Terms, Token,
};
use crate::registry::Standing;

/// The API.
#[derive(Debug)]
pub(crate) struct Ups;

pub(crate) static API: Ups = Ups;

static TERMS: Terms = Terms {
    carrier: Cow::Borrowed("ups"),
    base_url: Cow::Borrowed("https://onlinetools.ups.com"),
    sandbox_url: Some(Cow::Borrowed("https://wwwcie.ups.com")),
    batch: 1,
    // UPS publishes no limit (UPS-API/api-documentation issue 8): the hub's own, a call every four seconds.
    quota: Quota {
        requests: 900,
        period: Duration::from_secs(3_600),
    },
    pause: Duration::from_millis(250),
    standing: Standing::Documented,
    source: Cow::Borrowed("UPS-API/api-documentation, Tracking.yaml and issues 38, 99, 102, 166"),
};

/// What UPS accepts as an inquiry number, in characters.
const NUMBER: std::ops::RangeInclusive<usize> = 7..=34;

impl LiveCarrier for Ups {
    fn terms(&self) -> &Terms {
        &TERMS
    }

    fn token_call(&self, access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        let url = under(access.base_url, "/security/v1/oauth/token")?;
        let client = oauth::client(access)?;
        Ok(Some(oauth::token_call(url, ClientLogin::Header, client, None)))
    }

    fn read_token(&self, answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        oauth::read_token(answer)
    }

    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError> {
        let [asked] = asked else {
            return Err(CallError::Batch { most: TERMS.batch });
        };
        if !NUMBER.contains(&asked.number.as_str().len()) {
            return Err(CallError::Number {
                why: "an inquiry number of UPS has 7 to 34 characters",
            });
        }
        let bearer = access.bearer()?;
        let number = encoded(asked.number.as_str());
        let query = "locale=en_US&returnSignature=false&returnMilestones=false&returnPOD=false";
        Ok(HttpCall {
            method: Method::Get,
            url: under(access.base_url, &format!("/api/track/v1/details/{number}?{query}"))?,
            headers: vec![
                bearer,
                header("accept", "application/json"),
                header("transid", access.call_id),
                header("transactionsrc", "milepost"),
            ],
            body: Vec::new(),
        })
    }

    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome> {
        for_one(asked, |number| read(answer, number))
    }
}

fn read(answer: &HttpAnswer<'_>, number: &TrackingNumber) -> Result<LiveAnswer, LiveProblem> {
    let body = parse(answer.body);
    if let Ok(body) = &body
        && let Some(problem) = error(answer, Json::of(body))
    {
        return Err(problem);
    }
    if let Some(problem) = by_status(answer, Login::Token) {
        return Err(problem);
    }
    match answer.status {
        200 => track_response(Json::of(&body?), number),
        404 => Err(LiveProblem::NotFoundYet),
        _ => Err(unexpected(answer)),
    }
}

/// What an error's code says, whatever the status beside it.
fn error(answer: &HttpAnswer<'_>, body: Json<'_>) -> Option<LiveProblem> {
    body.list("response.errors")
        .find_map(|error| match error.text("code").as_str() {
            "TW0001" | "151044" => Some(LiveProblem::NotFoundYet),
            "TV1002" | "150022" => Some(LiveProblem::InvalidNumber),
            // Invalid token, invalid authentication information, and the gateway's words for both.
            "250002" | "10401" => Some(LiveProblem::TokenRefused),
            "250003" => Some(LiveProblem::Refused {
                why: "the client is not known to UPS",
            }),
            "10429" => Some(LiveProblem::Throttled {
                retry_after: answer.retry_after(),
            }),
            _ => None,
        })
}

fn track_response(body: Json<'_>, number: &TrackingNumber) -> Result<LiveAnswer, LiveProblem> {
    if !body.at("trackResponse").has("shipment") {
        return Err(without("trackResponse.shipment"));
    }
    let packages: Vec<_> = body
        .list("trackResponse.shipment")
        .flat_map(|shipment| shipment.list("package").map(move |package| (shipment, package)))
        .filter(|(_, package)| package.is_object())
        .collect();
    // The package of the number alone where it is among them; else it is the shipment's number, and all are meant.
    let own = packages
        .iter()
        .find(|(_, package)| is_number(&package.text("trackingNumber"), number));
    let pieces = match own {
        Some(own) => std::slice::from_ref(own),
        None => packages.as_slice(),
    };
    let Some((shipment, first)) = pieces.first().copied() else {
        return Err(LiveProblem::NotFoundYet);
    };
    let mut warnings = Warnings::default();
    let mut events = Vec::new();
    for (_, package) in pieces {
        let piece = if own.is_none() {
            package.text("trackingNumber")
        } else {
            String::new()
        };
        events.extend(activities(*package, &piece, &mut warnings));
    }
    Ok(answer(events, facts(shipment, first, pieces.len()), warnings))
}

fn activities(package: Json<'_>, piece: &str, warnings: &mut Warnings) -> Vec<TrackingEvent> {
    let mut received_by = Some(package.text("deliveryInformation.receivedBy"));
    let event = |activity: Json<'_>| {
        let Some(wall) = wall(&activity.text("date"), &activity.text("time")) else {
            warnings.add("an activity has no date and is left out");
            return None;
        };
        let time = with_offset(wall, &activity.text("gmtOffset"), warnings);
        let (kind, digits) = (activity.text("status.type"), activity.text("status.statusCode"));
        let mut event = TrackingEvent::at(time);
        event.code = activity.text("status.code");
        // The activity alone means nothing, even where it is spelled like a type.
        event.carrier_detail_code = beside(&super::CODES, "", &[&digits, &kind]).to_owned();
        event.description = activity.text("status.description");
        event.place = Place {
            city: activity.text("location.address.city"),
            state: activity.text("location.address.stateProvince"),
            postal_code: activity.text("location.address.postalCode"),
            country: activity.first(&["location.address.countryCode", "location.address.country"]),
            coordinates: None,
        };
        event.piece = piece.to_owned();
        // Newest first: the first delivery is the last word.
        if kind == "D" {
            event.signer = received_by.take().unwrap_or_default();
        }
        Some(event)
    };
    package.list("activity").filter_map(event).collect()
}

fn facts(shipment: Json<'_>, package: Json<'_>, pieces: usize) -> Vec<(FactName, String)> {
    let clock = package.text("deliveryTime.type");
    let date = |kind: &str| {
        let mut dates = package.list("deliveryDate");
        dates
            .find(|date| date.text("type") == kind)
            .map(|date| date.text("date"))
            .unwrap_or_default()
    };
    let end = |kinds: &[&str]| {
        let has = kinds.contains(&clock.as_str());
        if has {
            package.text("deliveryTime.endTime")
        } else {
            String::new()
        }
    };
    let expected = Some(date("RDD"))
        .filter(|date| !date.is_empty())
        .unwrap_or_else(|| date("SDD"));
    let country = |kind: &str| {
        let mut addresses = package.list("packageAddress");
        let address = addresses.find(|address| address.text("type") == kind);
        address
            .map(|address| address.first(&["address.countryCode", "address.country"]))
            .unwrap_or_default()
    };
    let count = package.text("packageCount");
    vec![
        (FactName::ShipDate, iso(&shipment.text("pickupDate"), "")),
        (
            FactName::EstimatedDelivery,
            iso(&expected, &end(&["EDW", "CDW", "IDW", "CMT"])),
        ),
        (FactName::ActualDelivery, iso(&date("DEL"), &end(&["DEL"]))),
        (FactName::Service, package.text("service.description")),
        (
            FactName::Weight,
            weight(
                &package.text("weight.weight"),
                &package.text("weight.unitOfMeasurement"),
            ),
        ),
        (
            FactName::PackageCount,
            if count.is_empty() { pieces.to_string() } else { count },
        ),
        (FactName::OriginCountry, country("ORIGIN")),
        (FactName::DestinationCountry, country("DESTINATION")),
    ]
}

/// UPS's `20251211` and `034100`; a time of day may have lost its leading zero, or be missing.
fn wall(date: &str, time: &str) -> Option<Wall> {
    let date = Date::strptime("%Y%m%d", date).ok()?;
    let time = (!time.is_empty())
        .then(|| Time::strptime("%H%M%S", format!("{time:0>6}")).ok())
        .flatten();
    Some(time.map_or(Wall::Date(date), |time| Wall::At(DateTime::from_parts(date, time))))
}

/// The same in ISO 8601; empty for what is no date.
fn iso(date: &str, time: &str) -> String {
    match wall(date, time) {
        Some(Wall::Date(date)) => date.to_string(),
        Some(Wall::At(at)) => at.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times() {
        assert_eq!(iso("20251211", "034100"), "2025-12-11T03:41:00");
        assert_eq!(iso("20251211", "74700"), "2025-12-11T07:47:00");
        assert_eq!(iso("20251211", ""), "2025-12-11");
        assert_eq!(iso("20251211", "noon"), "2025-12-11");
        assert_eq!(iso("20251311", "034100"), "");
        assert_eq!(iso("", "034100"), "");
    }
}
