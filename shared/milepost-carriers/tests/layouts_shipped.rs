//! Every shipped layout on files of its kind: what comes out stands as JSON beside each file, rejects as what they are.
//!
//! The files are under `tests/fixtures/feeds/LAYOUT/` at the root, those with something wrong under its `bad/`. After a
//! change that is meant, `INSTA_UPDATE=always` writes the JSON anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};

use milepost_carriers::layout::{Item, Layout, bundled_layouts, reason_of};
use milepost_feeds::{FeedError, Limits, Reader, decode, decompress};
use milepost_model::{EventTime, TrackingEvent, Wall, WrittenZone};
use serde_json::{Map, Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/feeds")
}

/// Everything that a layout makes of a file.
async fn read(layout: &Layout, bytes: &[u8]) -> Value {
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    let ended = read_into(layout, bytes, &mut rows, &mut notes).await;
    let mut whole = Map::new();
    if !notes.is_empty() {
        whole.insert("notes".to_owned(), json!(notes));
    }
    whole.insert("rows".to_owned(), Value::Array(rows));
    if let Err(error) = ended {
        whole.insert("ended".to_owned(), json!(error));
    }
    Value::Object(whole)
}

async fn read_into(
    layout: &Layout,
    bytes: &[u8],
    rows: &mut Vec<Value>,
    notes: &mut Vec<String>,
) -> Result<(), String> {
    let limits = Limits::default();
    let told = |error: FeedError| error.to_string();
    let plain = decompress(bytes, layout.wrapper(), &limits).await.map_err(told)?;
    let text = decode(plain, layout.charset());
    let mut reader = Reader::open(text, layout.format(), &limits).await.map_err(told)?;
    let mapper = layout.mapper(reader.header()).map_err(|error| error.to_string())?;
    notes.extend_from_slice(mapper.notes());
    while let Some(row) = reader.next().await.map_err(told)? {
        let item = match &row.content {
            Ok(record) => mapper.map(record).transpose(),
            Err(fault) => Some(Err((reason_of(*fault), fault.to_string()))),
        };
        rows.extend(item.map(|item| match item {
            Ok(item) => of_item(row.line, row.offset, &item),
            Err((reason, hint)) => json!({"line": row.line, "reject": reason.as_str(), "hint": hint}),
        }));
    }
    Ok(())
}

fn of_item(line: u64, offset: u64, item: &Item) -> Value {
    let facts = item
        .facts
        .iter()
        .map(|fact| json!({"name": fact.name.as_str(), "value": fact.value}));
    present(json!({
        "line": line,
        "offset": offset,
        "number": item.number.as_str(),
        "carrier": item.carrier.as_ref().map(|carrier| carrier.as_str()),
        "events": item.events.iter().map(of_event).collect::<Vec<_>>(),
        "facts": facts.collect::<Vec<_>>(),
        "warnings": item.warnings,
    }))
}

fn of_event(event: &TrackingEvent) -> Value {
    let place = &event.place;
    present(json!({
        "time": of_time(&event.time),
        "code": event.code,
        "carrier_detail_code": event.carrier_detail_code,
        "description": event.description,
        "city": place.city,
        "state": place.state,
        "postal_code": place.postal_code,
        "country": place.country,
        "signer": event.signer,
        "status": event.status.map(|status| status.code()),
        "detail": event.detail.map(|detail| detail.as_str()),
    }))
}

fn of_time(time: &EventTime) -> String {
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

/// Without what is empty.
fn present(value: Value) -> Value {
    let empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let Value::Object(fields) = value else { return value };
    Value::Object(fields.into_iter().filter(|(_, value)| !empty(value)).collect())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| {
        file.is_file()
            && file
                .extension()
                .is_none_or(|extension| extension != "snap" && extension != "new")
    });
    files.sort();
    files
}

async fn check(layout: &Layout, folder: &Path) -> usize {
    let files = files(folder);
    for file in &files {
        let read = read(layout, &std::fs::read(file).unwrap()).await;
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        insta::with_settings!({
            snapshot_path => folder,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&read).unwrap());
        });
    }
    files.len()
}

#[tokio::test]
async fn every_shipped_layout_reads_its_files() {
    for (name, _) in bundled_layouts() {
        // They have files of their own in this crate.
        if matches!(*name, "generic" | "generic-json-lines" | "connect-items") {
            continue;
        }
        let layout = Layout::bundled(name).unwrap_or_else(|| panic!("{name}"));
        let folder = folder().join(name);
        assert!(check(&layout, &folder).await > 0, "{name} has a file");
        assert!(check(&layout, &folder.join("bad")).await > 0, "{name} has a bad file");
    }
}

/// A file read from any row on gives what reading it from the start gives: imports resume so.
#[tokio::test]
async fn every_file_can_be_resumed_at_every_row() {
    let mut resumed = 0;
    for (name, _) in bundled_layouts() {
        let layout = Layout::bundled(name).unwrap();
        for file in files(&folder().join(name)) {
            let bytes = std::fs::read(&file).unwrap();
            let Value::Array(rows) = read(&layout, &bytes).await["rows"].take() else {
                panic!()
            };
            for row in rows {
                let Some(offset) = row["offset"].as_u64() else { continue };
                let stream = decode(bytes.as_slice(), layout.charset());
                let limits = Limits::default();
                let mut reader = Reader::open(stream, layout.format(), &limits).await.unwrap();
                let mapper = layout.mapper(reader.header()).unwrap();
                reader.skip_to(offset).await.unwrap();
                let next = reader.next().await.unwrap().unwrap();
                let item = mapper.map(&next.content.unwrap()).unwrap().unwrap();
                assert_eq!(of_item(next.line, next.offset, &item), row, "{}", file.display());
                resumed += 1;
            }
        }
    }
    assert!(resumed > 20);
}
