//! The USPS Tracking API, `GET /tracking/v3/tracking/{number}?expand=DETAIL`.
//!
//! Read from USPS's `OpenAPI` document (Package Tracking and Notification 3.2.4) and the README and issues of
//! USPS/api-examples; none of USPS's own answers has passed through here.
//!
//! - `eventTimestamp` is local, even where the documents put a `Z` behind it. `GMTTimestamp` is passed over: answers
//!   that public test suites keep join the local date with the time of day in GMT, a day wrong in the evening.
//!   `GMTOffset` (`-06:00`, `-7:00`) is right, and is missing from events that USPS was only told of.
//! - A facility stands as the city, with neither state nor ZIP: `OAK CREEK WI DISTRIBUTION CENTER`.
//! - Texts have HTML in them: `USPS Ground Advantage<SUP>&#153;</SUP>`.
//! - A number that USPS has no update of is a 404 (issue 102) or a 400 that begins with `12:`; both mean "not yet".
//! - A token may lack the scope `tracking`, and is then refused as if it were unknown (issue 56): that is seen when the
//!   token comes, because no other token would help.
//! - A code that the table does not know leaves the status to `statusCategory`.

use std::borrow::Cow;
use std::time::Duration;

use milepost_model::{FactName, Place, Status, TrackingEvent};

use crate::live::address::{encoded, under};
use crate::live::call::header;
use crate::live::collect::{Warnings, Zulu, answer, day_or_time, for_one, moment};
use crate::live::json::{Json, parse};
use crate::live::oauth::{self, ClientLogin};
use crate::live::problem::{Login, by_status, unexpected, without};
use crate::live::text::plain;
use crate::live::{
    Access, Asked, CallError, HttpAnswer, HttpCall, LiveAnswer, LiveCarrier, LiveProblem, Method, Outcome, Quota,
    Terms, Token,
};
use crate::registry::Standing;

/// The API.
#[derive(Debug)]
pub(crate) struct Usps;

pub(crate) static API: Usps = Usps;

static TERMS: Terms = Terms {
    carrier: Cow::Borrowed("usps"),
    base_url: Cow::Borrowed("https://apis.usps.com"),
    sandbox_url: Some(Cow::Borrowed("https://apis-tem.usps.com")),
    batch: 1,
    // A new application's: about 60 an hour and 5 a minute, tokens among them (USPS/api-examples issue 107).
    quota: Quota {
        requests: 60,
        period: Duration::from_secs(3_600),
    },
    pause: Duration::from_secs(12),
    standing: Standing::Documented,
    source: Cow::Borrowed("USPS Package Tracking and Notification 3.2.4; USPS/api-examples issues 15, 56, 102, 107"),
};

const SCOPE: &str = "tracking";

impl LiveCarrier for Usps {
    fn terms(&self) -> &Terms {
        &TERMS
    }

    fn token_call(&self, access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        let url = under(access.base_url, "/oauth2/v3/token")?;
        let client = oauth::client(access)?;
        Ok(Some(oauth::token_call(url, ClientLogin::Form, client, Some(SCOPE))))
    }

    fn read_token(&self, answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        let token = oauth::read_token(answer)?;
        let body = parse(answer.body)?;
        // Absent, where a token has the scope that was asked for (RFC 6749 section 5.1).
        match Json::of(&body).whole_text("scope") {
            Some(scopes) if !scopes.split_whitespace().any(|scope| scope == SCOPE) => Err(LiveProblem::Refused {
                why: "the application at USPS has no access to the scope tracking",
            }),
            _ => Ok(token),
        }
    }

    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError> {
        let [asked] = asked else {
            return Err(CallError::Batch { most: TERMS.batch });
        };
        let bearer = access.bearer()?;
        let mut path = format!("/tracking/v3/tracking/{}?expand=DETAIL", encoded(asked.number.as_str()));
        // USPS uses numbers again within its retention: either of the two tells the mail pieces apart.
        if let Some(zip) = asked.destination_postal_code.as_deref().and_then(zip5) {
            path.push_str(&format!("&destinationZIPCode={zip}"));
        }
        if let Some(day) = asked.ship_date {
            path.push_str(&format!("&mailingDate={day}"));
        }
        Ok(HttpCall {
            method: Method::Get,
            url: under(access.base_url, &path)?,
            headers: vec![bearer, header("accept", "application/json")],
            body: Vec::new(),
        })
    }

    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome> {
        for_one(asked, |_| read(answer))
    }
}

/// The five digits of a ZIP or ZIP+4.
fn zip5(written: &str) -> Option<&str> {
    let (zip, rest) = written.trim().split_at_checked(5)?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (digits(zip) && (rest.is_empty() || rest.starts_with('-'))).then_some(zip)
}

fn read(answer: &HttpAnswer<'_>) -> Result<LiveAnswer, LiveProblem> {
    if let Some(problem) = by_status(answer, Login::Token) {
        return Err(problem);
    }
    match answer.status {
        200 => details(Json::of(&parse(answer.body)?)),
        404 => Err(LiveProblem::NotFoundYet),
        400 => Err(refusal(Json::of(&parse(answer.body)?)).unwrap_or_else(|| unexpected(answer))),
        _ => Err(unexpected(answer)),
    }
}

/// USPS numbers none of these refusals; its words tell them apart.
fn refusal(body: Json<'_>) -> Option<LiveProblem> {
    let mut words = body.text("error.message");
    for error in body.list("error.errors") {
        words.extend([
            " ".to_owned(),
            error.text("title"),
            " ".to_owned(),
            error.text("detail"),
        ]);
    }
    let words = words.to_ascii_lowercase();
    let says = |any: &[&str]| any.iter().any(|text| words.contains(text));
    if says(&["not yet available", "not available for this item", "may be incorrect"]) {
        return Some(LiveProblem::NotFoundYet);
    }
    let of_the_number = says(&["tracking number", "trackingnumber", "label number"]);
    (of_the_number && says(&["invalid", "not valid", "not recognized", "pattern", "length"]))
        .then_some(LiveProblem::InvalidNumber)
}

fn details(body: Json<'_>) -> Result<LiveAnswer, LiveProblem> {
    if !body.is_object() || !(body.has("trackingEvents") || body.has("statusCategory")) {
        return Err(without("trackingEvents"));
    }
    let mut warnings = Warnings::default();
    let events: Vec<_> = body
        .list("trackingEvents")
        .filter_map(|written| event(written, &mut warnings))
        .collect();
    let category = body.text("statusCategory");
    let status = status_of(&category).map(|status| status.code().to_owned());
    let facts = vec![
        (FactName::Status, status.unwrap_or_default()),
        (FactName::EstimatedDelivery, expected(body)),
        (FactName::Service, plain(&body.text("mailClass"))),
        (FactName::OriginCountry, body.text("originCountry")),
        (FactName::DestinationCountry, body.text("destinationCountryCode")),
    ];
    Ok(answer(events, facts, warnings))
}

fn event(written: Json<'_>, warnings: &mut Warnings) -> Option<TrackingEvent> {
    let stamp = written.text("eventTimestamp");
    let Some(time) = moment(&stamp, &written.text("GMTOffset"), Zulu::Nothing, warnings) else {
        warnings.add("an event has no date and is left out");
        return None;
    };
    let mut event = TrackingEvent::at(time);
    event.code = written.text("eventCode");
    event.description = plain(&written.text("eventType"));
    event.place = Place {
        city: written.text("eventCity"),
        state: written.text("eventState"),
        postal_code: written.first(&["eventZIP", "eventZIPCode"]),
        country: written.text("eventCountry"),
        coordinates: None,
    };
    event.company = plain(&written.text("firm"));
    event.signer = plain(&written.first(&["name", "recipientName"]));
    Some(event)
}

/// The day that USPS expects, with the end of the window where it predicts one.
fn expected(body: Json<'_>) -> String {
    let stated = body.first(&[
        "expectedDeliveryTimeStamp",
        "deliveryDateExpectation.expectedDeliveryDate",
        "predictedDeliveryTimeStamp",
        "predictedDeliveryDate",
        "guaranteedDeliveryTimeStamp",
    ]);
    day_or_time(&stated)
}

/// The categories of Publication 199, appendix G.
fn status_of(category: &str) -> Option<Status> {
    match category.to_ascii_lowercase().as_str() {
        "pre-shipment" => Some(Status::NotYetInSystem),
        "accepted" => Some(Status::Accepted),
        "in transit" | "in-transit" | "moving through network" | "out for delivery" | "out-for-delivery" => {
            Some(Status::InTransit)
        }
        "delivery attempt" => Some(Status::DeliveryAttempt),
        "available for pickup" => Some(Status::DeliveredToServicePoint),
        "delivered" => Some(Status::Delivered),
        "alert" => Some(Status::Exception),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips() {
        assert_eq!(zip5(" 53207-1234 "), Some("53207"));
        assert_eq!(zip5("53207"), Some("53207"));
        for none in ["", "5320", "532071", "K1A 0B1", "é3207"] {
            assert_eq!(zip5(none), None, "{none}");
        }
    }

    #[test]
    fn a_token_without_the_scope_is_refused() {
        let read = |body: &str| {
            API.read_token(&HttpAnswer {
                status: 200,
                headers: &[],
                body: body.as_bytes(),
            })
        };
        assert!(read(r#"{"access_token": "t", "expires_in": 28799, "scope": "addresses tracking"}"#).is_ok());
        assert!(read(r#"{"access_token": "t", "expires_in": 28799}"#).is_ok());
        let refused = read(r#"{"access_token": "t", "expires_in": 28799, "scope": "addresses shipments"}"#);
        assert!(matches!(refused, Err(LiveProblem::Refused { .. })), "{refused:?}");
    }
}
