use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{document, path_of};
use super::*;
use crate::routes::TABLE;

/// The checked-in document is the one that the types make.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test says whether to write the file anew"
)]
fn the_document_is_as_the_types_have_it() {
    let made = document();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        std::fs::write(path, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
        return;
    }
    let kept: Value = serde_json::from_str(OPENAPI).unwrap();
    assert!(
        kept == made,
        "INSTA_UPDATE=always cargo test -p milepost-contract openapi"
    );
}

#[test]
fn every_route_is_in_it_and_nothing_else() {
    let document = document();
    let mut described = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{method} {path}"
            );
            let named: Vec<&str> = path
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap())
                .collect();
            let parameters = operation["parameters"].as_array().unwrap().iter();
            let declared: Vec<&str> = parameters
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(declared, named, "{method} {path}");
            let mut statuses = operation["responses"].as_object().unwrap().keys();
            assert!(statuses.any(|status| status.starts_with('2')), "{method} {path}");
        }
    }
    let routes = TABLE
        .iter()
        .map(|entry| format!("{} {}", entry.method.as_str(), path_of(entry)));
    assert_eq!(described, routes.collect());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// A page of an export says where the next begins, in a header alone.
#[test]
fn an_export_goes_on() {
    for path in ["/v1/trackers/export", "/public/v1/trackers/export"] {
        let header = &document()["paths"][path]["get"]["responses"]["200"]["headers"]["next-cursor"];
        assert_eq!(header["schema"]["type"], "string", "{path}");
    }
}

fn collect<'a>(value: &'a Value, references: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
