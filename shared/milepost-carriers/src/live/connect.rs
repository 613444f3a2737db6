//! Functions of the user's own that speak the contract of `ShipEngine` Connect: `Track` and `ImportTrackingEvents` as
//! JSON in and JSON out, in any language.
//!
//! The caller invokes the function; here its input is written and its output read. An output is read as leniently as a
//! line of the layout `connect-items`, which is the same item. docs/adding-a-carrier.md shows both sides.

mod page;

use std::sync::LazyLock;

use milepost_feeds::{JsonLine, Record};
use milepost_model::RejectReason;
use serde_json::{Map, Value, json};

use super::collect::is_number;
use super::json::{Json, parse};
use super::{Asked, LiveAnswer, LiveProblem};
use crate::layout::{Item, Layout, Mapper, Refusal};

/// Longest output of a function, in bytes: what AWS Lambda lets one answer.
pub const MAX_OUTPUT_BYTES: usize = 6 * 1024 * 1024;

/// Longest cursor, in bytes: it travels in a queue message.
const MAX_CURSOR: usize = 2_048;

/// The reading of an item, made once.
static ITEMS: LazyLock<Option<Mapper>> =
    LazyLock::new(|| Layout::bundled("connect-items").and_then(|layout| layout.mapper(None).ok()));

/// What every request of the contract carries.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Another for each request.
    pub transaction_id: &'a str,
    /// The connection's name.
    pub connection_name: &'a str,
    /// What the connection keeps for the function: the values of its settings form. No secrets: a function has its own.
    pub metadata: &'a Map<String, Value>,
}

impl Envelope<'_> {
    fn request(&self) -> Map<String, Value> {
        let mut request = Map::new();
        request.insert("transaction_id".to_owned(), self.transaction_id.into());
        request.insert("connection_name".to_owned(), self.connection_name.into());
        request.insert("metadata".to_owned(), Value::Object(self.metadata.clone()));
        request
    }
}

/// The input of `Track`: a `TrackingRequest` about one number. `identifiers` are what else names the parcel, as type and
/// value (`shipment_id`, `S-17`); what is known of the parcel beside its names goes as attributes.
pub fn tracking_request(envelope: &Envelope<'_>, asked: &Asked, identifiers: &[(&str, &str)]) -> Value {
    let pair = |kind: &str, value: &str| json!({"type": kind, "value": value});
    let mut names = vec![pair("tracking_number", asked.number.as_str())];
    names.extend(identifiers.iter().map(|(kind, value)| pair(kind, value)));
    let known = [
        ("destination_postal_code", asked.destination_postal_code.clone()),
        ("destination_country_code", asked.destination_country.clone()),
        ("origin_country_code", asked.origin_country.clone()),
        ("ship_date", asked.ship_date.map(|day| day.to_string())),
    ];
    let attributes: Vec<_> = known
        .iter()
        .filter_map(|(kind, value)| Some(pair(kind, value.as_deref()?)))
        .collect();
    let mut request = envelope.request();
    request.insert("identifiers".to_owned(), names.into());
    request.insert("attributes".to_owned(), attributes.into());
    Value::Object(request)
}

/// Reads the output of `Track`: a `TrackingResponse` about the number that was asked, which it need not repeat.
///
/// # Errors
///
/// [`LiveProblem::NotFoundYet`] for an answer that states nothing, [`LiveProblem::Malformed`] for what is none.
pub fn read_tracking_response(output: &[u8], asked: &Asked) -> Result<LiveAnswer, LiveProblem> {
    let mut response = whole(output)?;
    let stated = Json::of(&response).at("tracking_info");
    if !stated.has("") {
        return Err(LiveProblem::NotFoundYet);
    }
    let number = stated.text("tracking_number");
    if !number.is_empty() && !is_number(&number, &asked.number) {
        return Err(malformed("tracking_info is of another number"));
    }
    if let Some(Value::Object(stated)) = response.get_mut("tracking_info") {
        stated.insert("tracking_number".to_owned(), asked.number.as_str().into());
    }
    match item(&response) {
        Ok(item) => Ok(LiveAnswer {
            events: item.events,
            facts: item.facts,
            warnings: item.warnings,
        }),
        Err((RejectReason::Nothing, _)) => Err(LiveProblem::NotFoundYet),
        Err((RejectReason::ReportedByCarrier, _)) => Err(malformed("the function reports errors and nothing else")),
        Err((_, hint)) => Err(malformed(&hint)),
    }
}

/// Reads the error that a function ended with: the contract's errors are told apart by the name of their type, in
/// whatever form the runtime of the function writes it (`errorType` of AWS Lambda).
pub fn read_function_error(output: &[u8]) -> LiveProblem {
    let Ok(error) = whole(output) else {
        return LiveProblem::CarrierDown { retry_after: None };
    };
    let name = Json::of(&error).first(&["errorType", "name", "type", "error.name"]);
    let is = |known: &str| name == known || name.ends_with(&format!(".{known}"));
    if is("RateLimitError") {
        LiveProblem::Throttled { retry_after: None }
    } else if is("UnauthorizedError") {
        LiveProblem::Refused {
            why: "the function says that its carrier does",
        }
    } else if is("NotFoundError") {
        LiveProblem::NotFoundYet
    } else if is("ValidationError") {
        LiveProblem::InvalidNumber
    } else if is("BadRequestError") {
        malformed("the function does not take the request")
    } else if is("ResponseSizeTooLarge") {
        malformed("more than Lambda lets a function answer")
    } else {
        // Its own ExternalServerError, a timeout, a crash: the runtime's words say no more than that it failed.
        LiveProblem::CarrierDown { retry_after: None }
    }
}

/// The input of `ImportTrackingEvents`: what `ScheduledFunction` wants it to be goes before what every request carries,
/// but for the transaction. `cursor` is what the page before gave as its next; none for the first.
pub fn import_request(envelope: &Envelope<'_>, input: &Map<String, Value>, cursor: Option<&str>) -> Value {
    let mut request = envelope.request();
    for (name, value) in input.iter().filter(|(name, _)| *name != "transaction_id") {
        request.insert(name.clone(), value.clone());
    }
    if let Some(cursor) = cursor {
        request.insert("cursor".to_owned(), cursor.into());
    }
    Value::Object(request)
}

/// The input of `ScheduledFunction`: which carrier's, and which connection.
pub fn scheduled_request(envelope: &Envelope<'_>, api_code: &str) -> Value {
    let mut request = envelope.request();
    request.insert("api_code".to_owned(), api_code.into());
    request.insert("name".to_owned(), envelope.connection_name.into());
    Value::Object(request)
}

/// One output of `ImportTrackingEvents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPage {
    /// The items as JSON Lines, in the function's order: a file of the layout `connect-items`.
    pub lines: Vec<u8>,
    /// What asks for the next page; `None`: this was the last.
    pub next: Option<String>,
}

/// Reads one page: an array of `ImportedTrackingEvent`, an object with `events` and `next`, or a text of JSON Lines.
/// What an item says is not looked at here: a bad one is a reject of the file that the pages make.
///
/// # Errors
///
/// [`LiveProblem::Malformed`] for an output that is none of the three, and for a cursor of more than 2 KB.
pub fn read_import_page(output: &[u8]) -> Result<ImportPage, LiveProblem> {
    if output.len() > MAX_OUTPUT_BYTES {
        return Err(malformed("more than 6 MB"));
    }
    let page = page::read(output)?;
    if page.next.as_ref().is_some_and(|next| next.len() > MAX_CURSOR) {
        return Err(malformed("next has more than 2 KB"));
    }
    Ok(page)
}

/// What `ScheduledFunction` says of a run: an input for each invocation, an empty list for not now, `null` for one
/// invocation without an input of its own.
///
/// # Errors
///
/// [`LiveProblem::Malformed`] for an output that is neither, or whose inputs are no objects.
pub fn read_scheduled_inputs(output: &[u8]) -> Result<Option<Vec<Map<String, Value>>>, LiveProblem> {
    let inputs = match whole(output)? {
        Value::Null => return Ok(None),
        Value::Array(inputs) => inputs,
        _ => return Err(malformed("ScheduledFunction answers a list or null")),
    };
    let inputs = inputs.into_iter().map(|input| match input {
        Value::Object(input) => Ok(input),
        _ => Err(malformed("an input of ScheduledFunction is no object")),
    });
    inputs.collect::<Result<_, _>>().map(Some)
}

fn whole(output: &[u8]) -> Result<Value, LiveProblem> {
    if output.len() > MAX_OUTPUT_BYTES {
        return Err(malformed("more than 6 MB"));
    }
    parse(output)
}

fn item(value: &Value) -> Result<Item, Refusal> {
    read_line(&value.to_string())
}

fn read_line(line: &str) -> Result<Item, Refusal> {
    let nothing = || {
        Err((
            RejectReason::Malformed,
            "the layout connect-items cannot be read".to_owned(),
        ))
    };
    let record = Record::Json(JsonLine::from(line));
    let read = ITEMS.as_ref().map(|items| items.map(&record).transpose());
    read.flatten().unwrap_or_else(nothing)
}

fn malformed(hint: &str) -> LiveProblem {
    LiveProblem::Malformed { hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use milepost_model::{FactName, TrackingNumber, WrittenZone};

    use super::*;

    fn asked() -> Asked {
        Asked {
            destination_postal_code: Some("28001".to_owned()),
            ship_date: Some(date(2026, 11, 20)),
            ..Asked::from(TrackingNumber::parse("AB 1234567").unwrap())
        }
    }

    #[test]
    fn the_requests() {
        let metadata = Map::from_iter([("depot".to_owned(), json!("MAD"))]);
        let envelope = Envelope {
            transaction_id: "t-1",
            connection_name: "acme-eu",
            metadata: &metadata,
        };
        assert_eq!(
            tracking_request(&envelope, &asked(), &[("shipment_id", "S-17")]),
            json!({
                "transaction_id": "t-1",
                "connection_name": "acme-eu",
                "metadata": {"depot": "MAD"},
                "identifiers": [
                    {"type": "tracking_number", "value": "AB1234567"},
                    {"type": "shipment_id", "value": "S-17"},
                ],
                "attributes": [
                    {"type": "destination_postal_code", "value": "28001"},
                    {"type": "ship_date", "value": "2026-11-20"},
                ],
            })
        );
        let first = import_request(&envelope, &Map::new(), None);
        assert_eq!(
            (first.get("cursor"), &first["metadata"]["depot"]),
            (None, &json!("MAD"))
        );
        let input = Map::from_iter([("region".to_owned(), json!("eu")), ("metadata".to_owned(), json!({}))]);
        assert_eq!(
            import_request(&envelope, &input, Some("p2")),
            json!({
                "transaction_id": "t-1",
                "connection_name": "acme-eu",
                "metadata": {},
                "region": "eu",
                "cursor": "p2",
            })
        );
        assert_eq!(scheduled_request(&envelope, "acme")["api_code"], "acme");
    }

    #[test]
    fn an_answer() {
        let output = br#"{"transaction_id": "t-1", "tracking_info": {
            "standardized_status_code": "IT", "service": "Paq 24", "weight": 2.5,
            "events": [{"event_datetime": "2026-11-20T09:15:00Z", "event_datetime_local": "2026-11-20T10:15:00",
                "event_code": "A1", "description": "Admitido", "city": "Madrid", "country": "ES"}]}}"#;
        let answer = read_tracking_response(output, &asked()).unwrap();
        assert_eq!(answer.events.len(), 1);
        assert_eq!(answer.events[0].time.wall.start(), date(2026, 11, 20).at(10, 15, 0, 0));
        assert!(matches!(answer.events[0].time.zone, WrittenZone::Offset(_)));
        let facts: Vec<_> = answer
            .facts
            .iter()
            .map(|fact| (fact.name, fact.value.as_str()))
            .collect();
        assert_eq!(
            facts,
            [
                (FactName::Status, "IT"),
                (FactName::Service, "Paq 24"),
                (FactName::Weight, "2.5")
            ]
        );
    }

    #[track_caller]
    fn check(output: &str, problem: &str) {
        let got = read_tracking_response(output.as_bytes(), &asked()).unwrap_err();
        assert!(got.to_string().contains(problem), "{got}");
    }

    #[test]
    fn no_answers() {
        check("null", "does not know the number yet");
        check("{}", "does not know the number yet");
        check(r#"{"tracking_info": null}"#, "does not know the number yet");
        check(r#"{"tracking_info": {}}"#, "does not know the number yet");
        check(
            r#"{"tracking_info": {"tracking_number": "CD1234567"}}"#,
            "another number",
        );
        check(
            r#"{"tracking_info": {}, "error_messages": ["J SMITH"]}"#,
            "reports errors and nothing else",
        );
        check(r#"{"tracking_info": "x"}"#, "cannot be read");
        check(r#"{"tracking_info""#, "no JSON");
    }

    #[test]
    fn errors_by_their_type() {
        let read = |text: &str| read_function_error(text.as_bytes());
        let throttled = LiveProblem::Throttled { retry_after: None };
        assert_eq!(
            read(r#"{"errorType": "RateLimitError", "errorMessage": "slow"}"#),
            throttled
        );
        assert_eq!(read(r#"{"errorType": "com.acme.RateLimitError"}"#), throttled);
        assert!(matches!(
            read(r#"{"errorType": "UnauthorizedError"}"#),
            LiveProblem::Refused { .. }
        ));
        assert_eq!(read(r#"{"errorType": "ValidationError"}"#), LiveProblem::InvalidNumber);
        assert_eq!(read(r#"{"errorType": "NotFoundError"}"#), LiveProblem::NotFoundYet);
        let down = LiveProblem::CarrierDown { retry_after: None };
        assert_eq!(read(r#"{"errorType": "Sandbox.Timedout"}"#), down);
        assert_eq!(read("Task timed out after 3.00 seconds"), down);
    }

    #[track_caller]
    fn page(output: &str, lines: &str, next: Option<&str>) {
        let page = read_import_page(output.as_bytes()).unwrap();
        let read = String::from_utf8(page.lines).unwrap();
        assert_eq!((read.as_str(), page.next.as_deref()), (lines, next), "{output}");
    }

    #[test]
    fn pages() {
        let item = r#"{"tracking_info":{"standardized_status_code":"DE","tracking_number":"AB1234567"}}"#;
        page("[]", "", None);
        let some = format!("[{item}, {{}},\n 7, {item}]");
        page(&some, &format!("{item}\n{{}}\n7\n{item}\n"), None);
        page(
            &format!(r#"{{"events": [{item}], "next": "p2"}}"#),
            &format!("{item}\n"),
            Some("p2"),
        );
        page(
            &format!(r#"{{"next": 7, "events": [{item}]}}"#),
            &format!("{item}\n"),
            Some("7"),
        );
        page(r#"{"events": [], "next": null}"#, "", None);
        page(r#"{"events": [], "next": ""}"#, "", None);
        page(item, &format!("{item}\n"), None);
        let text = format!("{item}\n\nnot json\n{item}\n");
        page(&text, &text, None);
        page(&serde_json::to_string(&text).unwrap(), &text, None);
        page(r#""""#, "", None);
        // A line end within a text stays in it.
        let two = r#"[{"description":"two\nlines"}]"#;
        page(two, &format!("{}\n", two.trim_matches(['[', ']'])), None);
        for bad in [
            "",
            "oops",
            "3",
            "null",
            r#"{"events": 3}"#,
            "{}",
            r#""oops""#,
            r#"{"events": [{}"#,
            r#"{"events": [], "next": {"page": 2}}"#,
            r#"{"events": [], "next": ["2"]}"#,
            r#"{"events": [], "next": true}"#,
        ] {
            assert!(read_import_page(bad.as_bytes()).is_err(), "{bad}");
        }
        let long = format!(r#"{{"events": [], "next": "{}"}}"#, "x".repeat(3_000));
        assert!(read_import_page(long.as_bytes()).is_err());
        let large = format!("[{}]", " ".repeat(MAX_OUTPUT_BYTES));
        assert!(read_import_page(large.as_bytes()).is_err());
    }

    #[test]
    fn inputs_of_a_schedule() {
        assert_eq!(read_scheduled_inputs(b"null").unwrap(), None);
        assert_eq!(read_scheduled_inputs(b"[]").unwrap(), Some(Vec::new()));
        let two = read_scheduled_inputs(br#"[{"region": "eu"}, {}]"#).unwrap().unwrap();
        assert_eq!((two.len(), &two[0]["region"]), (2, &json!("eu")));
        for bad in ["", "3", "{}", "[3]"] {
            assert!(read_scheduled_inputs(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_output_is_too_odd(output in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read_tracking_response(&output, &asked());
            let _ = read_function_error(&output);
            let _ = read_import_page(&output);
            let _ = read_scheduled_inputs(&output);
        }
    }
}
