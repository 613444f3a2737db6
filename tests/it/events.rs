//! Every file of `events/` is one that its function decodes.

use std::path::{Path, PathBuf};

use deliver_webhook::DeliverEvent;
use milepost_contract::routes::{Route, route};
use milepost_import::Message;
use milepost_webhooks::{NotifyOrder, WebhookOrder};
use notify_changes::{NotifyEvent, Record};
use run_import::ImportEvent;
use serde::de::DeserializeOwned;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

/// Name and text of each event of a function; there is at least one.
fn events_of(function: &str) -> Vec<(String, String)> {
    let files = std::fs::read_dir(folder().join(function)).unwrap();
    let events: Vec<_> = files
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(!events.is_empty(), "{function} has no event");
    events
}

fn decode<T: DeserializeOwned>(name: &str, text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_folder_is_a_function() {
    let mut folders: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let functions = [
        "deliver-webhook",
        "lookup-tracking",
        "manage-hub",
        "notify-changes",
        "refresh-tracking",
        "run-import",
        "schedule-imports",
        "start-tracking",
    ];
    assert_eq!(folders, functions);
}

#[test]
fn http_events() {
    let mut missed = 0;
    for function in ["lookup-tracking", "manage-hub", "start-tracking"] {
        for (name, text) in events_of(function) {
            let request = lambda_http::request::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let of = match route(request.method().as_str(), request.uri().path()) {
                Ok(found) => match found.entry.route {
                    Route::Lookup(_) => "lookup-tracking",
                    Route::Start(_) => "start-tracking",
                    Route::Manage(_) => "manage-hub",
                },
                Err(_) => {
                    missed += 1;
                    "manage-hub"
                }
            };
            assert_eq!(of, function, "{name}");
        }
    }
    assert_eq!(missed, 2, "no such path, and no such method");
}

#[test]
fn import_events() {
    for (name, text) in events_of("run-import") {
        let event: ImportEvent = decode(&name, &text);
        assert_eq!(event.records.len(), 1, "{name}");
        for message in event.records {
            match Message::parse(&message.body).unwrap_or_else(|error| panic!("{name}: {error}")) {
                Message::Order(order) => assert!(order.connection().is_ok(), "{name}"),
                Message::Objects(objects) => assert_eq!(objects[0].key, "in/usps/scans 2026-11-20+1.csv.gz", "{name}"),
            }
        }
    }
}

#[test]
fn notify_events() {
    let mut kinds = (0, 0);
    for (name, text) in events_of("notify-changes") {
        let event: NotifyEvent = decode(&name, &text);
        assert!(!event.records.is_empty(), "{name}");
        for record in event.records {
            match record {
                Record::Change { dynamodb, .. } => {
                    let key = milepost_store::Key::parse(&dynamodb.keys.pk.text, &dynamodb.keys.sk.text);
                    assert!(matches!(key, Ok(milepost_store::Key::Bundle { .. })), "{name}: {key:?}");
                    kinds.0 += 1;
                }
                Record::Message { body, .. } => {
                    NotifyOrder::parse(&body).unwrap();
                    kinds.1 += 1;
                }
            }
        }
    }
    assert!(kinds.0 > 0 && kinds.1 > 0, "both of its triggers have an event");
}

#[test]
fn delivery_events() {
    let mut ticks = 0;
    for (name, text) in events_of("deliver-webhook") {
        match decode::<DeliverEvent>(&name, &text) {
            DeliverEvent::Tick { .. } => ticks += 1,
            DeliverEvent::Queue { records } => {
                for message in records {
                    WebhookOrder::parse(&message.body).unwrap_or_else(|error| panic!("{name}: {error}"));
                }
            }
        }
    }
    assert_eq!(ticks, 1);
}
