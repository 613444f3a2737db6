//! DHL's Shipment Tracking - Unified API, `GET /track/shipments`, which speaks for every division.
//!
//! Read from DHL's developer portal and the samples of it that public integrations keep; none of DHL's own answers has
//! passed through here.
//!
//! - One number can belong to shipments of several divisions: the call names the division, and of several shipments in
//!   the answer the one with the number is taken.
//! - The five status codes are all that every division sends, and many events of a minute share one. So an event's own
//!   code is `status` where that is a code (`PU`) and not words; an event without one is told apart by its words, and
//!   `statusCode` stands beside it.
//! - Times are local. DHL's sample writes one event's time with a `Z` and without: the `Z` says nothing. An offset, where
//!   a division sends one, does.

use std::borrow::Cow;
use std::time::Duration;

use milepost_model::{FactName, Place, TrackingEvent, TrackingNumber};

use crate::live::address::{pairs, under};
use crate::live::call::header;
use crate::live::collect::{Warnings, Zulu, answer, beside, day_or_time, for_one, is_number, moment, weight};
use crate::live::json::{Json, parse};
use crate::live::problem::{Login, by_status, unexpected, without};
use crate::live::{
    Access, Asked, CallError, HttpAnswer, HttpCall, LiveAnswer, LiveCarrier, LiveProblem, Method, Outcome, Quota,
    Terms, Token,
};
use crate::registry::Standing;
use crate::statuses::Codes;

/// The API for one division.
#[derive(Debug)]
pub(crate) struct DhlUnified {
    terms: Terms,
    service: &'static str,
    codes: &'static Codes,
}

pub(crate) static EXPRESS: DhlUnified = DhlUnified::of("dhl_express", "express", &super::dhl_express::CODES);
pub(crate) static ECOMMERCE: DhlUnified = DhlUnified::of("dhl_global_mail", "ecommerce", &super::dhl_ecommerce::CODES);
pub(crate) static PARCEL_DE: DhlUnified = DhlUnified::of("dhl_parcel_de", "parcel-de", &super::dhl_parcel_de::CODES);

/// Longest `status` that is taken for a code. `DELIVERED` is a word.
const CODE_LETTERS: usize = 5;

impl DhlUnified {
    const fn of(carrier: &'static str, service: &'static str, codes: &'static Codes) -> Self {
        Self {
            terms: Terms {
                carrier: Cow::Borrowed(carrier),
                base_url: Cow::Borrowed("https://api-eu.dhl.com"),
                sandbox_url: None,
                batch: 1,
                // The initial service level, by the day (DHL developer portal). By the second it is one, or less: sources
                // differ, and at 250 a day nothing is lost by a longer pause.
                quota: Quota {
                    requests: 250,
                    period: Duration::from_secs(86_400),
                },
                pause: Duration::from_secs(5),
                standing: Standing::Documented,
                source: Cow::Borrowed("DHL developer portal: Shipment Tracking - Unified"),
            },
            service,
            codes,
        }
    }

    fn event(&self, written: Json<'_>, warnings: &mut Warnings) -> Option<TrackingEvent> {
        let Some(time) = moment(&written.text("timestamp"), "", Zulu::Nothing, warnings) else {
            warnings.add("an event has no date and is left out");
            return None;
        };
        let (status, general) = (written.text("status"), written.text("statusCode"));
        let mut event = TrackingEvent::at(time);
        if is_code(&status) {
            event.code = status;
        }
        event.carrier_detail_code = beside(self.codes, &event.code, &[&general]).to_owned();
        event.description = written.first(&["description", "status", "remark"]);
        event.place = Place {
            city: written.text("location.address.addressLocality"),
            state: String::new(),
            postal_code: written.text("location.address.postalCode"),
            country: written.text("location.address.countryCode"),
            coordinates: None,
        };
        Some(event)
    }

    fn shipment(&self, body: Json<'_>, number: &TrackingNumber) -> Result<LiveAnswer, LiveProblem> {
        if !body.has("shipments") {
            return Err(without("shipments"));
        }
        let shipments: Vec<_> = body.list("shipments").filter(|shipment| shipment.is_object()).collect();
        let own = shipments
            .iter()
            .find(|shipment| is_number(&shipment.text("id"), number));
        let of_service = || {
            shipments
                .iter()
                .find(|shipment| shipment.text("service") == self.service)
        };
        // A piece's number is answered with its shipment, whose own number is another.
        let Some(shipment) = own.or_else(of_service).or(shipments.first()).copied() else {
            return Err(LiveProblem::NotFoundYet);
        };
        let mut warnings = Warnings::default();
        let mut events: Vec<_> = shipment
            .list("events")
            .filter_map(|written| self.event(written, &mut warnings))
            .collect();
        if events.is_empty() {
            events.extend(self.event(shipment.at("status"), &mut warnings));
        }
        let delivered = |event: &&mut TrackingEvent| {
            event.carrier_detail_code == "delivered"
                || self.codes.meaning(&event.code, "") == Some(milepost_model::DetailCode::Delivered)
        };
        if let Some(delivered) = events.iter_mut().find(delivered) {
            delivered.signer = shipment.text("details.proofOfDelivery.signed.name");
            delivered.proof_of_delivery_url = shipment.text("details.proofOfDelivery.documentUrl");
        }
        Ok(answer(events, facts(shipment), warnings))
    }
}

impl LiveCarrier for DhlUnified {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn token_call(&self, _access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        Ok(None)
    }

    fn read_token(&self, _answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        Err(without("token at this carrier"))
    }

    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError> {
        let [asked] = asked else {
            return Err(CallError::Batch { most: self.terms.batch });
        };
        let mut query = vec![
            ("trackingNumber", asked.number.as_str()),
            ("service", self.service),
            ("language", "en"),
        ];
        // Some divisions show places and details only to who knows the receiver's postal code.
        query.extend(
            asked
                .destination_postal_code
                .as_deref()
                .map(|code| ("recipientPostalCode", code)),
        );
        query.extend(
            asked
                .origin_country
                .as_deref()
                .map(|country| ("originCountryCode", country)),
        );
        Ok(HttpCall {
            method: Method::Get,
            url: under(access.base_url, &format!("/track/shipments?{}", pairs(&query)))?,
            headers: vec![
                header("dhl-api-key", access.credentials.get("api_key")?),
                header("accept", "application/json"),
            ],
            body: Vec::new(),
        })
    }

    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome> {
        for_one(asked, |number| read(self, answer, number))
    }
}

fn read(api: &DhlUnified, answer: &HttpAnswer<'_>, number: &TrackingNumber) -> Result<LiveAnswer, LiveProblem> {
    if let Some(problem) = by_status(answer, Login::Credentials) {
        return Err(problem);
    }
    match answer.status {
        200 => api.shipment(Json::of(&parse(answer.body)?), number),
        404 => Err(LiveProblem::NotFoundYet),
        400 => {
            let body = parse(answer.body)?;
            let words = Json::of(&body).first(&["detail", "title"]).to_ascii_lowercase();
            let of_the_number = words.contains("trackingnumber") || words.contains("tracking number");
            Err(if of_the_number {
                LiveProblem::InvalidNumber
            } else {
                unexpected(answer)
            })
        }
        _ => Err(unexpected(answer)),
    }
}

fn is_code(status: &str) -> bool {
    let letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    (1..=CODE_LETTERS).contains(&status.len()) && status.bytes().all(letter)
}

fn facts(shipment: Json<'_>) -> Vec<(FactName, String)> {
    let expected = shipment.first(&["estimatedTimeOfDelivery", "estimatedDeliveryTimeFrame.estimatedThrough"]);
    let details = shipment.at("details");
    vec![
        (FactName::EstimatedDelivery, day_or_time(&expected)),
        (FactName::Service, details.text("product.productName")),
        (
            FactName::Weight,
            weight(&details.text("weight.value"), &details.text("weight.unitText")),
        ),
        (FactName::PackageCount, details.text("totalNumberOfPieces")),
        (FactName::OriginCountry, shipment.text("origin.address.countryCode")),
        (
            FactName::DestinationCountry,
            shipment.text("destination.address.countryCode"),
        ),
    ]
}
