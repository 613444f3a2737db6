//! What `manage-hub` takes and answers.

use serde_json::{Value, json};

use super::lookup::SEARCH_BY;
use super::operation::{Operation, Query, Schemas};
use crate::deliveries::{DeliveriesJson, DeliveryDetailJson, ResendRequest, ResentJson, ResentTracker, TestedJson};
use crate::hub::{HealthJson, ImportDetailJson, ImportListJson};
use crate::routes::ManageRoute;
use crate::shipengine::WebhookSubscription;

const IMPORTS: &[Query] = &[
    Query::optional(
        "connection",
        "Of this connection alone. An account that has more than 100 must name one.",
    ),
    Query::optional("limit", "1 to 100, 20 unless given."),
];

const DELIVERIES: &[Query] = &[
    Query::optional("endpoint", "To this webhook alone."),
    Query::optional("state", "waiting, held, delivered, exhausted or dropped."),
    Query::optional("number", "Of this tracking number."),
    Query::optional("since", "Made at this instant or later, as 2026-11-20T14:00:00Z."),
    Query::optional("until", "Made before this instant."),
    Query::optional("cursor", "What the page before this one had as next."),
    Query::optional("limit", "1 to 500, 50 unless given."),
];

pub(super) fn operation(route: ManageRoute, schemas: &mut Schemas) -> Operation {
    match route {
        ManageRoute::Webhooks => Operation::new("listWebhooks", "The account's webhooks").json(
            200,
            "All of them.",
            schemas.answered::<Vec<WebhookSubscription>>(),
        ),
        ManageRoute::CreateWebhook => Operation::new("createWebhook", "Add a webhook")
            .body(webhook())
            .json(
                200,
                "The webhook, with its secret.",
                schemas.answered::<WebhookSubscription>(),
            )
            .errors(&[400, 409, 413]),
        ManageRoute::Webhook => Operation::new("getWebhook", "One webhook")
            .json(200, "The webhook.", schemas.answered::<WebhookSubscription>())
            .errors(&[404]),
        ManageRoute::UpdateWebhook => Operation::new("updateWebhook", "Change a webhook")
            .body(change())
            .nothing(204, "It is changed.")
            .errors(&[400, 404, 409, 413]),
        ManageRoute::DeleteWebhook => Operation::new("deleteWebhook", "Remove a webhook")
            .nothing(204, "It is removed.")
            .errors(&[404]),
        ManageRoute::EnableWebhook => Operation::new("enableWebhook", "Send to a webhook again that was disabled")
            .json(200, "The webhook.", schemas.answered::<WebhookSubscription>())
            .errors(&[400, 404]),
        ManageRoute::RotateWebhook => Operation::new("rotateWebhook", "Give a webhook a new secret")
            .json(
                200,
                "The webhook, with its new secret.",
                schemas.answered::<WebhookSubscription>(),
            )
            .errors(&[404]),
        ManageRoute::TestWebhook => Operation::new("testWebhook", "Send a webhook a delivery of no parcel")
            .json(200, "What became of it.", schemas.answered::<TestedJson>())
            .errors(&[404]),
        ManageRoute::Jwks => Operation::new("getJwks", "The keys that verify ShipEngine's signatures").json(
            200,
            "A JSON Web Key Set (RFC 7517), empty in a hub without such a key.",
            key_set(),
        ),
        ManageRoute::Deliveries => Operation::new("listDeliveries", "The account's deliveries, newest first")
            .queries(DELIVERIES)
            .json(200, "Some of them.", schemas.answered::<DeliveriesJson>())
            .errors(&[400]),
        ManageRoute::Delivery => Operation::new("getDelivery", "One delivery with its attempts")
            .json(200, "The delivery.", schemas.answered::<DeliveryDetailJson>())
            .errors(&[404]),
        ManageRoute::ResendDelivery => Operation::new("resendDelivery", "Send a delivery again")
            .json(202, "It will be sent.", schemas.answered::<ResentJson>())
            .errors(&[400, 404]),
        ManageRoute::ResendDeliveries => Operation::new("resendDeliveries", "Send several deliveries again")
            .body(schemas.answered::<ResendRequest>())
            .json(202, "How many, at most 500.", schemas.answered::<ResentJson>())
            .errors(&[400, 413]),
        ManageRoute::ResendTracker => Operation::new("resendTracker", "Send what a tracker's webhooks were told again")
            .queries(SEARCH_BY)
            .json(
                201,
                "How many: at most 500, those of the newest events.",
                schemas.answered::<ResentTracker>(),
            )
            .errors(&[404]),
        ManageRoute::Imports => Operation::new("listImports", "What imports did, newest first")
            .queries(IMPORTS)
            .json(
                200,
                "The runs of the account's connections and of shared ones.",
                schemas.answered::<ImportListJson>(),
            )
            .errors(&[400]),
        ManageRoute::Import => Operation::new("getImport", "What one import did, with its rejects")
            .json(200, "The run.", schemas.answered::<ImportDetailJson>())
            .errors(&[404]),
        ManageRoute::OpenApi => {
            Operation::new("getOpenApi", "This document").json(200, "OpenAPI 3.1.", json!({"type": "object"}))
        }
        ManageRoute::Health => Operation::new("getHealth", "Whether the hub answers").json(
            200,
            "It does.",
            schemas.answered::<HealthJson>(),
        ),
    }
}

/// The body of a new webhook. What the hub answers has more members, and what it takes may be left out or null.
fn webhook() -> Value {
    let mut webhook = change();
    webhook["required"] = json!(["url", "event"]);
    let own = [
        ("url", json!({"type": "string", "description": "An https address."})),
        ("event", json!({"const": "track"})),
        ("style", json!({"enum": ["shipengine", "ship24", null]})),
    ];
    for (name, schema) in own {
        webhook["properties"][name] = schema;
    }
    webhook
}

/// The body of a change to one.
fn change() -> Value {
    let pair = json!({"type": "string"});
    let header = json!({"type": "object", "properties": {"key": pair, "value": pair}, "required": ["key", "value"]});
    let codes = json!({"type": ["array", "null"], "items": {"type": "string"}});
    json!({"type": "object", "properties": {
        "url": {"type": ["string", "null"], "description": "An https address."},
        "headers": {"type": ["array", "null"], "maxItems": 20, "items": header, "description": "In place of all before."},
        "name": {"type": ["string", "null"], "maxLength": 200},
        "store_id": {"type": ["integer", "null"], "format": "int32"},
        "tell": {"enum": ["status_changes", "every_event", null]},
        "carrier_codes": codes,
        "status_codes": codes,
    }})
}

/// What `/jwks` answers. The key is made where webhooks are signed, and no type here has it.
fn key_set() -> Value {
    let text = json!({"type": "string"});
    let key = json!({
        "type": "object",
        "properties": {
            "kty": {"const": "RSA"}, "use": {"const": "sig"}, "alg": {"const": "RS256"},
            "kid": text, "n": text, "e": text,
        },
        "required": ["kty", "use", "alg", "kid", "n", "e"],
    });
    json!({"type": "object", "properties": {"keys": {"type": "array", "items": key}}, "required": ["keys"]})
}
