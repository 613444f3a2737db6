//! The document as a whole.

use serde_json::{Map, Value, json};

use super::operation::{Operation, Query, Schemas};
use super::{lookup, manage, start};
use crate::routes::{Entry, Family, Route, TABLE};
use crate::ship24;
use crate::shipengine::{ErrorBody, TrackWebhook};

/// Every status that some error has.
const ERRORS: [u16; 10] = [400, 401, 403, 404, 405, 409, 413, 429, 500, 503];

/// What every route may answer, and what those answer beside that which need a key.
const ALWAYS: [u16; 2] = [500, 503];
const WITH_KEY: [u16; 3] = [401, 403, 429];

pub(super) fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for entry in TABLE {
        let described = match entry.route {
            Route::Lookup(route) => lookup::operation(route, &mut schemas),
            Route::Start(route) => start::operation(route, &mut schemas),
            Route::Manage(route) => manage::operation(route, &mut schemas),
        };
        let path = paths.entry(path_of(entry)).or_insert_with(|| json!({}));
        path[entry.method.as_str().to_lowercase()] = operation(entry, described);
    }
    let shipengine = schemas.answered::<ErrorBody>();
    let ship24 = schemas.answered::<ship24::Errors>();
    let track = schemas.answered::<TrackWebhook>();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Milepost",
            "version": "1",
            "description": "Where parcels are: ShipEngine's tracking API, Ship24's trackers API, and the hub's own routes.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "ShipEngine", "description": "ShipEngine's contract, and the hub's own routes in its manner."},
            {"name": "Ship24", "description": "Ship24's contract, under either prefix."},
        ],
        "paths": paths,
        "webhooks": {"track": {"post": {
            "operationId": "trackWebhook",
            "tags": ["ShipEngine"],
            "summary": "What an endpoint is sent when a parcel changes",
            "requestBody": {"content": {"application/json": {"schema": track}}},
            "responses": {"2XX": {"description": "It has arrived; anything else, and it is sent again."}},
        }}},
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
            "responses": errors(&shipengine, &ship24),
            "schemas": schemas.named(),
        },
    });
    without_links(&mut document);
    document
}

/// Templates of `OpenAPI` have no greedy parameter.
pub(super) fn path_of(entry: &Entry) -> String {
    entry.path.as_str().replace("+}", "}")
}

fn operation(entry: &Entry, described: Operation) -> Value {
    let public = entry.path.as_str().starts_with("/public/");
    let id = match described.id.split_at_checked(1) {
        Some((first, rest)) if public => format!("public{}{rest}", first.to_uppercase()),
        _ => described.id.to_owned(),
    };
    let parameter = entry.path.parameter().map(|name| {
        let greedy = entry.path.as_str().contains("+}");
        let about = if greedy {
            "It may hold slashes."
        } else {
            "As the hub gave it."
        };
        json!({"name": name, "in": "path", "required": true, "description": about, "schema": {"type": "string"}})
    });
    let queries = described.queries.iter().map(|Query { name, required, about }| {
        json!({"name": name, "in": "query", "required": required, "description": about, "schema": {"type": "string"}})
    });
    let parameters: Vec<Value> = parameter.into_iter().chain(queries).collect();

    let mut responses: Map<String, Value> = Map::new();
    for (status, answer) in described.answers {
        responses.insert(status.to_string(), answer);
    }
    let with_key: &[u16] = if entry.scope.is_some() { &WITH_KEY } else { &[] };
    // Ship24 takes a key that is not there for a bad request.
    let bad: &[u16] = if entry.scope.is_some() && entry.family == Family::Ship24 {
        &[400]
    } else {
        &[]
    };
    for status in ALWAYS.iter().chain(with_key).chain(bad).chain(described.errors) {
        let reference = format!("#/components/responses/{}", error_name(entry.family, *status));
        // A route that answers an error in its own way has said so.
        let answer = responses.entry(status.to_string());
        answer.or_insert_with(|| json!({"$ref": reference}));
    }
    let mut operation = json!({
        "operationId": id,
        "tags": [tag(entry.family)],
        "summary": described.summary,
        "parameters": parameters,
        "responses": responses,
        "security": match entry.scope {
            Some(_) => json!([{"apiKey": []}, {"bearer": []}]),
            None => json!([]),
        },
    });
    if let Some(scope) = entry.scope {
        operation["description"] = json!(format!("Needs a key with the scope `{scope}`."));
    }
    if let Some(body) = described.body {
        operation["requestBody"] = body;
    }
    operation
}

fn tag(family: Family) -> &'static str {
    match family {
        Family::ShipEngine => "ShipEngine",
        Family::Ship24 => "Ship24",
    }
}

fn error_name(family: Family, status: u16) -> String {
    format!("{}{status}", tag(family))
}

fn errors(shipengine: &Value, ship24: &Value) -> Value {
    let mut errors = Map::new();
    for status in ERRORS {
        for (family, schema) in [(Family::ShipEngine, shipengine), (Family::Ship24, ship24)] {
            let (media, schema) = match (family, status) {
                (Family::Ship24, 429) => ("text/plain", &json!({"type": "string"})),
                _ => ("application/json", schema),
            };
            let mut answer = json!({"description": meaning(status), "content": {media: {"schema": schema}}});
            if matches!(status, 429 | 503) {
                answer["headers"] = json!({"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}});
            }
            errors.insert(error_name(family, status), answer);
        }
    }
    errors.into()
}

fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request is not what the route takes.",
        401 => "The key is missing or unknown.",
        403 => "The key was not made for this.",
        404 => "The account has no such thing.",
        405 => "The path does not take the method.",
        409 => "It is there already, or is being made.",
        413 => "The body is too large.",
        429 => "Too many requests.",
        503 => "The hub is busy: try again.",
        _ => "A fault of the hub.",
    }
}

/// Descriptions come from the documentation of the types, whose links lead nowhere here.
fn without_links(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`");
            }
            fields.values_mut().for_each(without_links);
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        _ => {}
    }
}
