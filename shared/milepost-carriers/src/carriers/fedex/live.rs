//! The FedEx Track API, `POST /track/v1/trackingnumbers`.
//!
//! Read from FedEx's developer documentation and the samples of it that public integrations keep; none of FedEx's own
//! answers has passed through here.
//!
//! - One call asks about 30 numbers, and each has its own answer or its own error.
//! - FedEx uses numbers again: one number can have several `trackResults`. The one that was shipped nearest to the day
//!   that is asked for is taken, else the one with the newest scan.
//! - A scan's time has an offset, and now and then none; then the place decides. Midnight without one is a day.
//! - An event's own code is its type (`AR`); an exception's number stands beside it, else the derived status where the
//!   table does not know the type.
//! - The documents' sample has an `error` beside scans: it counts only where nothing else came.
//! - Too many calls from one address are a 403 without FedEx's error body, for ten minutes.

use std::borrow::Cow;
use std::time::Duration;

use jiff::civil::Date;
use milepost_model::{FactName, Place, TrackingEvent};
use serde_json::json;

use crate::live::address::under;
use crate::live::call::header;
use crate::live::collect::{Warnings, Zulu, answer, beside, day_or_time, for_all, is_number, moment, weight};
use crate::live::json::{Json, parse};
use crate::live::oauth::{self, ClientLogin};
use crate::live::problem::{Login, by_status, unexpected, without};
use crate::live::{
    Access, Asked, CallError, HttpAnswer, HttpCall, LiveAnswer, LiveCarrier, LiveProblem, Method, Outcome, Quota,
    Terms, Token,
};
use crate::registry::Standing;
use crate::statuses::Known;

/// The API.
#[derive(Debug)]
pub(crate) struct FedEx;

pub(crate) static API: FedEx = FedEx;

static TERMS: Terms = Terms {
    carrier: Cow::Borrowed("fedex"),
    base_url: Cow::Borrowed("https://apis.fedex.com"),
    sandbox_url: Some(Cow::Borrowed("https://apis-sandbox.fedex.com")),
    batch: 30,
    // The default of the capability Track per project and day (FedEx, "Quotas & rate limits guide").
    quota: Quota {
        requests: 100_000,
        period: Duration::from_secs(86_400),
    },
    // The same guide allows 1,400 calls in 10 s; a tenth of that leaves room for the project's other calls.
    pause: Duration::from_millis(70),
    standing: Standing::Documented,
    source: Cow::Borrowed("FedEx developer portal: Track API, Quotas & rate limits guide"),
};

/// How long FedEx blocks an address.
const BLOCKED: Duration = Duration::from_secs(600);

impl LiveCarrier for FedEx {
    fn terms(&self) -> &Terms {
        &TERMS
    }

    fn token_call(&self, access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        let url = under(access.base_url, "/oauth/token")?;
        let client = oauth::client(access)?;
        Ok(Some(oauth::token_call(url, ClientLogin::Form, client, None)))
    }

    fn read_token(&self, answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        oauth::read_token(answer)
    }

    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError> {
        if asked.is_empty() || asked.len() > TERMS.batch {
            return Err(CallError::Batch { most: TERMS.batch });
        }
        let bearer = access.bearer()?;
        let numbers: Vec<_> = asked
            .iter()
            .map(|asked| json!({"trackingNumberInfo": {"trackingNumber": asked.number.as_str()}}))
            .collect();
        let body = json!({"includeDetailedScans": true, "trackingInfo": numbers});
        Ok(HttpCall {
            method: Method::Post,
            url: under(access.base_url, "/track/v1/trackingnumbers")?,
            headers: vec![
                bearer,
                header("content-type", "application/json"),
                header("accept", "application/json"),
                header("x-customer-transaction-id", access.call_id),
                header("x-locale", "en_US"),
            ],
            body: body.to_string().into_bytes(),
        })
    }

    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome> {
        let body = parse(answer.body);
        if let Some(problem) = of_the_call(answer, body.as_ref().ok().map(Json::of), asked.len()) {
            return for_all(asked, &problem);
        }
        let body = match &body {
            Ok(body) => Json::of(body),
            Err(problem) => return for_all(asked, problem),
        };
        let results: Vec<_> = body.list("output.completeTrackResults").collect();
        let outcome = |asked: &Asked| {
            let own = results
                .iter()
                .find(|result| is_number(&result.text("trackingNumber"), &asked.number));
            let result = match own {
                Some(own) => parcel(*own, asked.ship_date),
                None => Err(without("answer about this number")),
            };
            Outcome {
                number: asked.number.clone(),
                result,
            }
        };
        asked.iter().map(outcome).collect()
    }
}

/// A problem of the whole call.
fn of_the_call(answer: &HttpAnswer<'_>, body: Option<Json<'_>>, asked: usize) -> Option<LiveProblem> {
    let codes: Vec<_> = body
        .iter()
        .flat_map(|body| body.list("errors"))
        .map(|error| error.text("code"))
        .collect();
    if answer.status == 403 && codes.is_empty() {
        let retry_after = answer.retry_after().or(Some(BLOCKED));
        return Some(LiveProblem::Throttled { retry_after });
    }
    if let Some(problem) = by_status(answer, Login::Token) {
        return Some(problem);
    }
    match (answer.status, codes.first()) {
        (200, None) => None,
        (404, None) => Some(LiveProblem::NotFoundYet),
        // Which of several numbers is meant, the error does not say.
        (_, Some(code)) if asked == 1 => Some(by_code(code).unwrap_or_else(|| unexpected(answer))),
        (_, Some(_)) => Some(LiveProblem::Malformed {
            hint: format!("status {} for several numbers: ask about each alone", answer.status),
        }),
        _ => Some(unexpected(answer)),
    }
}

fn by_code(code: &str) -> Option<LiveProblem> {
    let has = |part: &str| code.contains(part);
    if has("NOTFOUND") || has("NOT.FOUND") {
        Some(LiveProblem::NotFoundYet)
    } else if has("TRACKINGNUMBER.INVALID") || has("TRACKINGNUMBER.EMPTY") || has("TRACKINGNUMBERINFO.INVALID") {
        Some(LiveProblem::InvalidNumber)
    } else if has("INTERNAL") || has("UNAVAILABLE") || has("SYSTEM") {
        Some(LiveProblem::CarrierDown { retry_after: None })
    } else {
        None
    }
}

fn parcel(result: Json<'_>, ship_date: Option<Date>) -> Result<LiveAnswer, LiveProblem> {
    let results: Vec<_> = result.list("trackResults").collect();
    let known = |result: &Json<'_>| result.list("scanEvents").next().is_some() || result.has("latestStatusDetail.code");
    let parcels: Vec<_> = results.iter().copied().filter(known).map(Parcel::read).collect();
    let several = parcels.len() > 1;
    let taken = match ship_date {
        // What is not dated comes last.
        Some(day) => {
            let apart = |parcel: &Parcel<'_>| parcel.days_from(day).unwrap_or(i32::MAX);
            parcels.into_iter().min_by_key(apart)
        }
        None => parcels.into_iter().max_by_key(Parcel::newest),
    };
    let Some(mut parcel) = taken else {
        let code = results
            .iter()
            .map(|result| result.text("error.code"))
            .find(|code| !code.is_empty());
        return Err(code.map_or_else(
            || without("trackResults"),
            |code| {
                by_code(&code).unwrap_or_else(|| LiveProblem::Malformed {
                    hint: "an error of another kind".to_owned(),
                })
            },
        ));
    };
    if several {
        parcel
            .warnings
            .add("several parcels have this number: one of them is taken");
    }
    let facts = facts(parcel.result);
    Ok(answer(parcel.events, facts, parcel.warnings))
}

/// One of the parcels that have a number.
struct Parcel<'a> {
    result: Json<'a>,
    events: Vec<TrackingEvent>,
    warnings: Warnings,
}

impl<'a> Parcel<'a> {
    fn read(result: Json<'a>) -> Self {
        let mut warnings = Warnings::default();
        let mut events: Vec<_> = result
            .list("scanEvents")
            .filter_map(|scan| event(scan, &mut warnings))
            .collect();
        let details = result.at("deliveryDetails");
        if let Some(delivered) = events.iter_mut().find(|event| event.code == "DL") {
            delivered.signer = details.first(&["signedByName", "receivedByName"]);
        }
        Self {
            result,
            events,
            warnings,
        }
    }

    fn newest(&self) -> Option<jiff::Timestamp> {
        self.events.iter().map(|event| event.time.as_if_utc()).max()
    }

    /// How many days it was shipped before or after a day.
    fn days_from(&self, day: Date) -> Option<i32> {
        let shipped = dated(self.result, &["SHIP", "ACTUAL_PICKUP", "ACTUAL_TENDER"]);
        let shipped: Date = shipped.get(..10)?.parse().ok()?;
        day.until(shipped).ok().map(|span| span.get_days().abs())
    }
}

fn event(scan: Json<'_>, warnings: &mut Warnings) -> Option<TrackingEvent> {
    let Some(time) = moment(&scan.text("date"), "", Zulu::Utc, warnings) else {
        warnings.add("a scan has no date and is left out");
        return None;
    };
    let (own, exception) = (scan.text("eventType"), scan.text("exceptionCode"));
    let derived = scan.text("derivedStatusCode");
    let codes = &super::CODES;
    let mut event = TrackingEvent::at(time);
    event.carrier_detail_code = if !exception.is_empty() && codes.known(&own, &exception) != Known::Unknown {
        exception
    } else {
        beside(codes, &own, &[&derived, &exception]).to_owned()
    };
    event.code = own;
    event.description = scan.first(&["exceptionDescription", "eventDescription", "derivedStatus"]);
    event.place = Place {
        city: scan.text("scanLocation.city"),
        state: scan.text("scanLocation.stateOrProvinceCode"),
        postal_code: scan.text("scanLocation.postalCode"),
        country: scan.text("scanLocation.countryCode"),
        coordinates: None,
    };
    Some(event)
}

/// One of `dateAndTimes`: the first of the kinds that is there.
fn dated(result: Json<'_>, kinds: &[&str]) -> String {
    let of = |kind: &&str| {
        let mut dates = result.list("dateAndTimes");
        dates
            .find(|date| date.text("type") == **kind)
            .map(|date| date.text("dateTime"))
    };
    kinds.iter().find_map(of).unwrap_or_default()
}

fn facts(result: Json<'_>) -> Vec<(FactName, String)> {
    let expected = dated(result, &["ESTIMATED_DELIVERY", "COMMITMENT"]);
    let expected = if expected.is_empty() {
        let ends = [
            "estimatedDeliveryTimeWindow.window.ends",
            "standardTransitTimeWindow.window.ends",
        ];
        result.first(&ends)
    } else {
        expected
    };
    let weighed = result.at("packageDetails.weightAndDimensions.weight.0");
    let country = |whose: &str, place: &str| {
        let of_place = format!("{place}.locationContactAndAddress.address.countryCode");
        result.first(&[&format!("{whose}.address.countryCode"), &of_place])
    };
    vec![
        (
            FactName::ShipDate,
            day_or_time(&dated(result, &["ACTUAL_PICKUP", "SHIP"])),
        ),
        (FactName::EstimatedDelivery, day_or_time(&expected)),
        (
            FactName::ActualDelivery,
            day_or_time(&dated(result, &["ACTUAL_DELIVERY"])),
        ),
        (
            FactName::ExceptionDescription,
            result.text("latestStatusDetail.ancillaryDetails.0.reasonDescription"),
        ),
        (FactName::Service, result.text("serviceDetail.description")),
        (
            FactName::Packaging,
            result.text("packageDetails.packagingDescription.description"),
        ),
        (FactName::Weight, weight(&weighed.text("value"), &weighed.text("unit"))),
        (FactName::PackageCount, result.text("packageDetails.count")),
        (FactName::OriginCountry, country("shipperInformation", "originLocation")),
        (
            FactName::DestinationCountry,
            country("recipientInformation", "destinationLocation"),
        ),
    ]
}
