//! What `manage-hub` takes and answers.

use serde_json::json;

use super::operation::{Operation, Query, Schemas};
use crate::hub::{DeliveryJson, HealthJson, ImportDetailJson, ImportListJson};
use crate::routes::ManageRoute;
use crate::shipengine::WebhookSubscription;

const IMPORTS: &[Query] = &[
    Query::optional(
        "connection",
        "Of this connection alone. An account that has more than 100 must name one.",
    ),
    Query::optional("limit", "1 to 100, 20 unless given."),
];

pub(super) fn operation(route: ManageRoute, schemas: &mut Schemas) -> Operation {
    match route {
        ManageRoute::Webhooks => Operation::new("listWebhooks", "The account's webhooks").json(
            200,
            "All of them.",
            schemas.answered::<Vec<WebhookSubscription>>(),
        ),
        ManageRoute::CreateWebhook => Operation::new("createWebhook", "Add a webhook")
            .body(json!({"type": "object"}))
            .json(200, "The webhook.", schemas.answered::<WebhookSubscription>())
            .errors(&[400, 409, 413]),
        ManageRoute::Webhook => Operation::new("getWebhook", "One webhook")
            .json(200, "The webhook.", schemas.answered::<WebhookSubscription>())
            .errors(&[404]),
        ManageRoute::UpdateWebhook => Operation::new("updateWebhook", "Change a webhook")
            .body(json!({"type": "object"}))
            .nothing(204, "It is changed.")
            .errors(&[400, 404, 413]),
        ManageRoute::DeleteWebhook => Operation::new("deleteWebhook", "Remove a webhook")
            .nothing(204, "It is removed.")
            .errors(&[404]),
        ManageRoute::EnableWebhook => Operation::new("enableWebhook", "Send to a webhook again that was disabled")
            .nothing(204, "It is sent to again.")
            .errors(&[400, 404]),
        ManageRoute::RotateWebhook => Operation::new("rotateWebhook", "Give a webhook a new secret")
            .json(200, "The new secret.", json!({"type": "object"}))
            .errors(&[404]),
        ManageRoute::TestWebhook => Operation::new("testWebhook", "Send a webhook a delivery of no parcel")
            .json(200, "What became of it.", json!({"type": "object"}))
            .errors(&[404]),
        ManageRoute::Jwks => Operation::new("getJwks", "The keys that verify ShipEngine's signatures").json(
            200,
            "A JSON Web Key Set.",
            json!({"type": "object"}),
        ),
        ManageRoute::Deliveries => Operation::new("listDeliveries", "The account's deliveries, newest first")
            .json(200, "Some of them.", json!({"type": "object"}))
            .errors(&[400]),
        ManageRoute::Delivery => Operation::new("getDelivery", "One delivery with its attempts")
            .json(200, "The delivery.", schemas.answered::<DeliveryJson>())
            .errors(&[404]),
        ManageRoute::ResendDelivery => Operation::new("resendDelivery", "Send a delivery again")
            .nothing(204, "It will be sent.")
            .errors(&[404]),
        ManageRoute::ResendDeliveries => Operation::new("resendDeliveries", "Send several deliveries again")
            .json(200, "How many.", json!({"type": "object"}))
            .errors(&[400, 413]),
        ManageRoute::ResendTracker => Operation::new("resendTracker", "Send what a tracker's webhooks were told again")
            .json(201, "How many.", json!({"type": "object"}))
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
