//! Layouts on files, read as an import reads them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::fmt::Write as _;
use std::path::Path;

use milepost_carriers::layout::{Item, Layout, LayoutError, Mapper, Refusal, bundled_layouts, reason_of};
use milepost_carriers::read_parcel;
use milepost_feeds::{Limits, Reader, decode};
use milepost_model::{
    AccountId, Arrival, Arrived, Bundle, CarrierCode, EventTime, Kind, Parcel, Scope, SourceHash, Status,
    TrackingEvent, Wall, Which, WrittenZone,
};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn own(name: &str) -> Layout {
    Layout::parse(&String::from_utf8(fixture(name)).unwrap()).unwrap()
}

/// What a layout makes of a file: a mapper, and each row's line with its item or refusal.
async fn import(layout: &Layout, bytes: &[u8]) -> Result<(Mapper, Vec<(u64, Row)>), LayoutError> {
    let stream = decode(bytes, layout.charset());
    let mut reader = Reader::open(stream, layout.format(), &Limits::default()).await.unwrap();
    let mapper = layout.mapper(reader.header())?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next().await.unwrap() {
        let line = row.line;
        let item = match &row.content {
            Ok(record) => mapper.map(record).transpose(),
            Err(fault) => Some(Err((reason_of(*fault), fault.to_string()))),
        };
        rows.extend(item.map(|item| (line, item)));
    }
    Ok((mapper, rows))
}

type Row = Result<Item, Refusal>;

/// The same as text.
async fn describe(layout: &Layout, bytes: &[u8]) -> String {
    let (mapper, rows) = match import(layout, bytes).await {
        Ok(done) => done,
        Err(error) => return error.to_string(),
    };
    let mut text = String::new();
    for note in mapper.notes() {
        writeln!(text, "note: {note}").unwrap();
    }
    for (line, row) in rows {
        match row {
            Err((reason, hint)) => writeln!(text, "{line}: {}: {hint}", reason.as_str()).unwrap(),
            Ok(item) => describe_item(&mut text, line, &item),
        }
    }
    text
}

fn describe_item(text: &mut String, line: u64, item: &Item) {
    let carrier = item.carrier.as_ref().map_or("-", CarrierCode::as_str);
    let replaces = if item.replaces { " replaces" } else { "" };
    writeln!(text, "{line}: {} {carrier}{replaces}", item.number).unwrap();
    for event in &item.events {
        writeln!(text, "   event {}", describe_event(event)).unwrap();
    }
    for fact in &item.facts {
        let as_of = fact.as_of.as_ref().map_or("arrival".to_owned(), describe_time);
        writeln!(text, "   fact {} = {} as of {as_of}", fact.name.as_str(), fact.value).unwrap();
    }
    for warning in &item.warnings {
        writeln!(text, "   warning {warning}").unwrap();
    }
}

fn describe_event(event: &TrackingEvent) -> String {
    let place = &event.place;
    let texts = [
        &event.code,
        &event.description,
        &place.city,
        &place.state,
        &place.postal_code,
        &place.country,
        &event.signer,
        &event.company,
    ];
    let texts: Vec<&str> = texts
        .iter()
        .map(|text| text.as_str())
        .filter(|text| !text.is_empty())
        .collect();
    let mut line = format!("{} {}", describe_time(&event.time), texts.join(" | "));
    if let Some(status) = event.status {
        write!(line, " status {status}").unwrap();
    }
    if let Some(detail) = event.detail {
        write!(line, " detail {detail}").unwrap();
    }
    if let Some(sequence) = event.sequence {
        write!(line, " no {sequence}").unwrap();
    }
    if let Some(at) = place.coordinates {
        write!(line, " at {} {}", at.latitude, at.longitude).unwrap();
    }
    line
}

fn describe_time(time: &EventTime) -> String {
    let wall = match time.wall {
        Wall::Date(date) => date.to_string(),
        Wall::At(at) => at.to_string(),
    };
    match &time.zone {
        WrittenZone::Unstated => wall,
        WrittenZone::Offset(offset) => format!("{wall}{offset}"),
        WrittenZone::Utc => format!("{wall}Z"),
        WrittenZone::Feed(zone) => format!("{wall}[{zone}]"),
    }
}

#[test]
fn bundled_layouts_are_sound() {
    for (name, text) in bundled_layouts() {
        assert_eq!(Layout::parse(text).unwrap().name(), *name);
        assert!(!Layout::bundled(name).unwrap().description().is_empty());
        assert!(text.starts_with('#'), "{name}: its fields are explained at its head");
    }
    assert!(Layout::bundled("acme").is_none());
}

#[tokio::test]
async fn generic() {
    let generic = Layout::bundled("generic").unwrap();
    insta::assert_snapshot!(describe(&generic, &fixture("generic.csv")).await, @r#"
    note: the layout does not read the column "remark"
    2: 9405511899223197428490 -
       event 2026-01-05T10:11:12-06 OF | Out for Delivery | SARCOXIE | MO | 64862 | US
    3: 9405511899223197428490 -
       event 2026-01-05T14:03:00 01 | Delivered, In/At Mailbox | SARCOXIE | MO | 64862 | US | O'NEIL, PAT | ACME "PARTS" CO
       fact tracking_number_as_written = 9405 5118 9922 3197 4284 90 as of 2026-01-05T14:03:00
    4: 9405511899223197428490 -
       event 2026-01-04 NT | In Transit to Next Facility | US
    5: LX123456789US -
       event 2026-01-04T00:00:00+00 10 | Arrived | MÜNCHEN | BY | 80331 | DE
       fact tracking_number_as_written = lx123456789us as of 2026-01-04T00:00:00+00
    "#);
    insta::assert_snapshot!(describe(&generic, &fixture("bad/generic.csv")).await, @r#"
    note: the file has no column "state", "postal_code", "country", "signer", "company", which may be missing
    2: missing_fields: 3 fields, where 6 are needed
    3: no_tracking_number: tracking_number: the tracking number is empty
    4: placeholder_number: tracking_number: this is a placeholder, not a tracking number
    5: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    6: bad_tracking_number: tracking_number: a spreadsheet has rounded this tracking number: export the column as text
    7: bad_tracking_number: tracking_number: a tracking number has 4 to 50 characters without its spaces, this one has 3
    8: bad_time: local_timestamp: no pattern of the layout reads "99/99/9999 99:99"
    9: bad_time: local_timestamp: empty
    10: bad_time: local_timestamp: no parcel was under way in that year
    11: bad_time: local_timestamp: its offset has the form "AAA", not +hh:mm
    12: nothing: no event code, no description and no fact
    13: bad_time: local_timestamp: no pattern of the layout reads "AAAAA"
    14: 9405511899223197428490 -
       event 2026-01-05T10:11:12 OF | Out for Delivery | SARCOXIE
    15: malformed: 7 fields, more than the header has: a delimiter in a text needs quotes
    "#);
}

#[tokio::test]
async fn a_generated_file_in_two_formats() {
    let csv = describe(&Layout::bundled("generic").unwrap(), &fixture("generated.csv")).await;
    let json = describe(
        &Layout::bundled("generic-json-lines").unwrap(),
        &fixture("generated.jsonl"),
    )
    .await;
    let items = |text: &str| text.lines().filter(|line| line.starts_with("   event")).count();
    assert_eq!(items(&csv), items(&json));
    insta::assert_snapshot!(rejects(&csv), @r#"
    9: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    12: encoding: column 3 is not valid UTF-8: check the layout's charset
    14: encoding: column 3 is not valid UTF-8: check the layout's charset
    20: encoding: column 3 is not valid UTF-8: check the layout's charset
    21: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    22: bad_time: local_timestamp: no pattern of the layout reads "99/99/9999 99:99"
    39: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    41: no_tracking_number: tracking_number: the tracking number is empty
    42: missing_fields: 4 fields, where 11 are needed
    43: missing_fields: 4 fields, where 11 are needed
    47: bad_time: local_timestamp: no pattern of the layout reads "99/99/9999 99:99"
    53: missing_fields: 4 fields, where 11 are needed
    "#);
    insta::assert_snapshot!(rejects(&json), @r#"
    8: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    11: encoding: column 31 is not valid UTF-8: check the layout's charset
    13: encoding: column 31 is not valid UTF-8: check the layout's charset
    19: encoding: column 31 is not valid UTF-8: check the layout's charset
    20: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    21: bad_time: local_timestamp: no pattern of the layout reads "99/99/9999 99:99"
    38: bad_tracking_number: tracking_number: a tracking number holds letters, digits and - _ / . only
    40: no_tracking_number: tracking_number: the tracking number is empty
    41: malformed: not valid JSON from byte 57 of the line
    42: malformed: not valid JSON from byte 57 of the line
    46: bad_time: local_timestamp: no pattern of the layout reads "99/99/9999 99:99"
    52: malformed: not valid JSON from byte 57 of the line
    "#);
}

fn rejects(text: &str) -> String {
    let unindented = text.lines().filter(|line| !line.starts_with(' '));
    let refused: Vec<&str> = unindented.filter(|line| line.matches(": ").count() > 1).collect();
    refused.join("\n")
}

#[tokio::test]
async fn headers() {
    let generic = Layout::bundled("generic").unwrap();
    insta::assert_snapshot!(describe(&generic, b"Tracking Number,event_code,time\n").await, @r#"the file has no column "tracking_number", "local_timestamp"; its header has "Tracking Number", "event_code", "time""#);
    insta::assert_snapshot!(describe(&generic, b"tracking_number,local_timestamp,event_code,EVENT_CODE\n").await, @r#"the file has two columns "event_code": give the column's number in the layout"#);
    insta::assert_snapshot!(describe(&generic, b"").await, @"");
    let unnamed = b"tracking_number,local_timestamp,event_code,city,,\n9400136895232300000017,2026-01-05,OF,\n";
    insta::assert_snapshot!(describe(&generic, unnamed).await, @r#"
    note: the file has no column "description", "state", "postal_code", "country", "signer", "company", "utc_offset", which may be missing
    2: 9400136895232300000017 -
       event 2026-01-05 OF
    "#);
}

#[tokio::test]
async fn an_own_layout_with_header() {
    insta::assert_snapshot!(describe(&own("acme.toml"), &fixture("acme.csv")).await, @r#"
    note: the file has no column "Weight", which may be missing
    2: 9400136895232300000017 usps
       event 2026-11-20T08:10:00[America/Chicago] OF | Out for Delivery | Sarcoxie | MO | 64862 | US status IT detail OUT_FOR_DELIVERY no 4 at 37.07 -94.12
       fact estimated_delivery_date = 11/20/2026 as of 2026-11-20T08:10:00[America/Chicago]
    3: 9400136895232300000017 -
       event 2026-11-20T14:03:00[America/Chicago] 01 | Delivered, In/At Mailbox
    (left by side door) | Sarcoxie | MO | 64862 | US | O"Neil; J
    5: 9400136895232300000017 -
       event 2026-11-19[America/Chicago] 10 | Arrived at Facility | JACKSONVILLE FL DISTRIBUTION CENTER | US
       warning carrier: no known carrier's code
       warning sequence: no whole number
       warning status_code: none of ShipEngine's status codes
       warning latitude: with its longitude it is no position on Earth
    6: 9400136895232300000017 -
       fact estimated_delivery_date = by Friday as of 2026-11-19T09:00:00[America/Chicago]
    7: bad_time: Event Date and Event Time: no pattern of the layout reads "99.99.9999 99:99"
    "#);
}

#[tokio::test]
async fn an_own_layout_by_numbers() {
    insta::assert_snapshot!(describe(&own("scaninfo.toml"), &fixture("scaninfo.csv")).await, @r#"
    2: 01345000000001 -
       event 2026-11-20T10:33:55 13 | 0134 | DE detail DELIVERED
    3: 01345000000002 -
       event 2026-11-20T11:33:55 14 | Köln "Süd detail ATTEMPTED_DELIVERY
    4: missing_fields: 3 fields, where 4 are needed
    "#);
}

#[tokio::test]
async fn an_own_layout_of_json() {
    insta::assert_snapshot!(describe(&own("json.toml"), &fixture("json.jsonl")).await, @r#"
    1: 1Z999AA10123456784 ups
       event 2026-11-20T14:03:00-06 KB | Sarcoxie
    2: 1234567890123 -
       event 2026-11-20T14:03:00 7
       fact weight = 2.5 as of 2026-11-20T14:03:00
    3: bad_tracking_number: tracking_number: a JSON number has lost its last digits, write it as a string
    4: missing_fields: no "code"
    5: no_tracking_number: tracking_number: the tracking number is empty
    6: bad_time: occurred_at: empty
    7: malformed: JSON of an unexpected shape at byte 0 of the line: check the layout's fields
    8: malformed: not valid JSON from byte 48 of the line
    9: malformed: not valid JSON from byte 54 of the line
    10: malformed: the last line is cut off after byte 43: was the file still being uploaded?
    "#);
}

/// A key may hold a text in one row and an object in the next, and a kind's facts go before the layout's.
#[tokio::test]
async fn a_key_with_keys_below_and_the_facts_of_a_kind() {
    let layout = r#"
        name = "mixed"
        revision = 1
        format = "json-lines"
        [columns]
        tracking_number = "number"
        description = ["text.en", "text"]
        [facts]
        weight = "kg"
        [time]
        columns = ["at"]
        [[kind]]
        when = { column = "unit", is = ["lb"] }
        [kind.facts]
        weight = "lb"
    "#;
    let rows = r#"{"number":"A1234567","text":"on its way","at":"2026-11-20T14:03:00","kg":"2"}
{"number":"A1234567","text":{"en":"handed over","de":"zugestellt"},"at":"2026-11-20T14:04:00","kg":"2"}
{"number":"A1234567","text":{"de":"zugestellt"},"at":"2026-11-20T14:05:00","kg":"2","lb":"4.4","unit":"lb"}
{"number":"A1234567","text":7,"at":"2026-11-20T14:06:00","kg":"2","lb":"4.4","unit":"lb"}
"#;
    let layout = Layout::parse(layout).unwrap();
    insta::assert_snapshot!(describe(&layout, rows.as_bytes()).await, @r"
    1: A1234567 -
       event 2026-11-20T14:03:00 on its way
       fact weight = 2 as of 2026-11-20T14:03:00
    2: A1234567 -
       event 2026-11-20T14:04:00 handed over
       fact weight = 2 as of 2026-11-20T14:04:00
    3: A1234567 -
       fact weight = 4.4 as of 2026-11-20T14:05:00
    4: A1234567 -
       event 2026-11-20T14:06:00 7
       fact weight = 4.4 as of 2026-11-20T14:06:00
    ");
}

#[tokio::test]
async fn connect_items() {
    let connect = Layout::bundled("connect-items").unwrap();
    insta::assert_snapshot!(describe(&connect, &fixture("connect-items.jsonl")).await, @r"
    1: 9405511899223197428490 usps
       event 2021-09-20T14:03:00-05 01 | Delivered, In/At Mailbox | SARCOXIE | MO | 64862 | US status DE detail DELIVERED at 37.0776 -94.1258
       event 2021-09-20T13:10:00Z OF | Out for Delivery
       event 2021-09-18T00:00:00 NT | In Transit to Next Facility
       fact status_code = DE as of 2021-09-20T14:03:00-05
       fact status_detail_code = DELIVERED as of 2021-09-20T14:03:00-05
       fact carrier_status_code = 01 as of 2021-09-20T14:03:00-05
       fact carrier_status_description = Delivered, In/At Mailbox as of 2021-09-20T14:03:00-05
       fact ship_date = 2021-09-16 as of 2021-09-20T14:03:00-05
       fact estimated_delivery_date = by Monday as of 2021-09-20T14:03:00-05
       fact weight = 2.5 as of 2021-09-20T14:03:00-05
       fact package_count = 1 as of 2021-09-20T14:03:00-05
    2: 1Z999AA10123456784 - replaces
       fact status_code = AC as of arrival
       fact tracking_number_as_written = 1Z 999 AA1 0123456784 as of arrival
    3: 1Z999AA10123456784 -
       event 2026-11-20T14:03:00Z KB
       fact carrier_status_code = KB as of 2026-11-20T14:03:00Z
       warning row 7 was cut
       warning slow
       warning update_method: neither append nor replace, taken as append
       warning events.status_code: not one of ShipEngine's codes
       warning events.geo: no position on Earth
       warning events: one has no time that can be read and is left out
       warning events: one has neither code nor description nor status and is left out
       warning standardized_status_code: not one of ShipEngine's codes
       warning standardized_status_detail_code: not one of ShipEngine's codes
    4: 1Z999AA10123456784 -
       fact carrier_status_code = KB as of arrival
    ");
    insta::assert_snapshot!(describe(&connect, &fixture("bad/connect-items.jsonl")).await, @r"
    1: reported_by_carrier: could not read row 12
    2: no_tracking_number: tracking_info.tracking_number: empty
    3: no_tracking_number: tracking_info.tracking_number: empty
    4: reported_by_carrier: no number in row 13
    5: nothing: neither an event nor a status or other fact
    6: reported_by_carrier: no status in row 14
    7: bad_time: no event has a time that can be read
    8: bad_tracking_number: tracking_info.tracking_number: a JSON number has lost its last digits, write it as a string
    9: bad_tracking_number: tracking_info.tracking_number: a tracking number has 4 to 50 characters without its spaces, this one has 2
    10: placeholder_number: tracking_info.tracking_number: this is a placeholder, not a tracking number
    11: no_tracking_number: tracking_info.tracking_number: empty
    12: malformed: the last line is cut off after byte 57: was the file still being uploaded?
    ");
}

/// Reads a file of Connect items into parcels and compares their statuses.
async fn check_statuses(file: &str, statuses: &[Status]) {
    let connect = Layout::bundled("connect-items").unwrap();
    let (_, rows) = import(&connect, &fixture(file)).await.unwrap();
    assert_eq!(rows.len(), statuses.len());
    for ((_, row), status) in rows.into_iter().zip(statuses) {
        let item = row.unwrap();
        assert!(item.events.is_empty());
        let parcel = parcel(&[item]);
        assert_eq!(parcel.status, *status);
        assert!(parcel.last_import.is_some());
    }
}

#[tokio::test]
async fn an_item_with_a_status_alone_is_a_parcel() {
    check_statuses("status-items.jsonl", &[Status::Delivered, Status::Accepted]).await;
}

#[tokio::test]
async fn shipengines_example_of_an_import() {
    check_statuses("seed-items.jsonl", &[Status::Delivered, Status::Accepted]).await;
}

/// The events of ShipEngine's example of an answer. The one without any place leans on the nearest, which is in Nevada.
#[tokio::test]
async fn a_timeline() {
    let generic = Layout::bundled("generic").unwrap();
    let (_, rows) = import(&generic, &fixture("shipengine-example.csv")).await.unwrap();
    let items: Vec<Item> = rows.into_iter().map(|(_, row)| row.unwrap()).collect();
    let parcel = parcel(&items);
    let mut text = format!("{} {}\n", parcel.status, parcel.carrier_status_description);
    for event in &parcel.events {
        let at = event.reading.instant.map_or("-".to_owned(), |at| at.to_string());
        let status = event.reading.status.map_or("-", Status::code);
        writeln!(text, "{at} {:?} {} {status}", event.reading.rule, event.event.code).unwrap();
    }
    insta::assert_snapshot!(text, @r"
    DE Delivered, In/At Mailbox
    2021-09-20T19:03:00Z Place 01 DE
    2021-09-20T13:10:00Z Place OF IT
    2021-09-20T12:59:00Z Place 07 IT
    2021-09-18T07:00:00Z Neighbour NT IT
    2021-09-17T02:41:00Z Place 10 IT
    2021-09-16T21:06:00Z Place 03 AC
    ");
}

/// What a lookup of the first item's number would fold.
fn parcel(items: &[Item]) -> Parcel {
    let carrier = CarrierCode::parse("usps").unwrap();
    let bundles: Vec<Bundle> = items.iter().map(|item| bundle(item, &carrier)).collect();
    let viewer = AccountId::default_account();
    read_parcel(&items[0].number, &carrier, &bundles, &viewer, Which::Newest)
}

fn bundle(item: &Item, carrier: &CarrierCode) -> Bundle {
    let arrival = Arrival {
        at_ms: 1_795_000_000_000,
        source: SourceHash::of(b"test"),
        offset: 0,
    };
    Bundle {
        number: item.number.clone(),
        carrier: carrier.clone(),
        scope: Scope::Shared,
        kind: Kind::Import,
        arrival,
        file: None,
        replaces: item.replaces,
        notify_from: None,
        events: item
            .events
            .iter()
            .map(|event| Arrived {
                offset: 0,
                value: event.clone(),
            })
            .collect(),
        facts: item
            .facts
            .iter()
            .map(|fact| Arrived {
                offset: 0,
                value: fact.clone(),
            })
            .collect(),
        expires_at: i64::MAX,
    }
}
