//! What `start-tracking` takes and answers.

use serde_json::{Value, json};

use super::lookup::{PARCEL, SEARCH_BY};
use super::operation::{Operation, Query, Schemas};
use crate::routes::StartRoute;
use crate::ship24::{BulkAnswer, Errors, TrackerAnswer, TrackerBoth, TrackingsAnswer};

const PARCEL_AND_LABEL: &[Query] = &[
    Query::optional(
        "carrier_code",
        "The carrier, by any of its codes. One of this and carrier_id is needed.",
    ),
    Query::optional("carrier_id", "A connection of the account, such as se-7."),
    Query::required(
        "tracking_number",
        "4 to 50 letters, digits, and - _ / . without regard to case and spaces.",
    ),
    Query::optional(
        "label_id",
        "What the account calls the parcel's label, for /v1/labels/{label_id}/track.",
    ),
];

pub(super) fn operation(route: StartRoute, schemas: &mut Schemas) -> Operation {
    let bulk = json!({"type": "array", "minItems": 1, "maxItems": 100, "items": tracker()});
    match route {
        StartRoute::Start => Operation::new("startTracking", "Be told of a parcel's changes")
            .queries(PARCEL_AND_LABEL)
            .nothing(204, "It is followed; starting twice is one subscription.")
            .errors(&[400, 404]),
        StartRoute::Stop => Operation::new("stopTracking", "Be told no more")
            .queries(PARCEL)
            .nothing(204, "It is not followed; it need not have been.")
            .errors(&[400, 404]),
        StartRoute::CreateTracker => Operation::new("createTracker", "Follow a parcel")
            .body(tracker())
            .json(
                201,
                "The tracker, which may have been there.",
                schemas.answered::<TrackerAnswer>(),
            )
            .errors(&[409, 413]),
        StartRoute::CreateTrackers => Operation::new("createTrackers", "Follow up to a hundred parcels")
            .body(json!({"oneOf": [bulk, {"type": "object", "properties": {"trackers": bulk}, "required": ["trackers"]}]}))
            .json(201, "All of them.", schemas.answered::<BulkAnswer>())
            .json(207, "Some of them.", schemas.answered::<BulkAnswer>())
            .json(400, "None of them, or the key is missing.", refused_in_bulk(schemas))
            .json(403, "Too many, or the key was not made for this.", refused_in_bulk(schemas))
            .errors(&[413]),
        StartRoute::CreateAndTrack => Operation::new("createAndTrack", "Follow a parcel, and where it is")
            .body(tracker())
            .json(201, "One tracking.", schemas.answered::<TrackingsAnswer>())
            .errors(&[409, 413]),
        StartRoute::UpdateTracker => Operation::new("updateTracker", "Change a tracker, or end it")
            .queries(SEARCH_BY)
            .body(change())
            .json(200, "The tracker.", schemas.answered::<TrackerBoth>())
            .errors(&[404, 413]),
    }
}

/// What is wrong with the request is told in the envelope of bulk, what is wrong with its key in that of every error.
fn refused_in_bulk(schemas: &mut Schemas) -> Value {
    json!({"anyOf": [schemas.answered::<BulkAnswer>(), schemas.answered::<Errors>()]})
}

/// The body of a new tracker. It is read field by field, so that all of its faults are told at once, and no type has it.
pub(super) fn tracker() -> Value {
    let mut tracker = change();
    tracker["required"] = json!(["trackingNumber"]);
    let fields = [
        (
            "trackingNumber",
            json!({"type": "string", "minLength": 4, "maxLength": 50}),
        ),
        ("shipmentReference", text(100)),
        ("clientTrackerId", text(100)),
        ("orderNumber", text(255)),
        ("title", text(255)),
        (
            "settings",
            json!({"type": "object", "properties": {"restrictTrackingToCourierCode": {"type": "boolean"}}}),
        ),
    ];
    for (name, schema) in fields {
        tracker["properties"][name] = schema;
    }
    if let Some(properties) = tracker["properties"].as_object_mut() {
        properties.remove("isSubscribed");
    }
    tracker
}

/// The body of a change to one.
fn change() -> Value {
    let code = json!({"type": "string"});
    json!({"type": "object", "properties": {
        "isSubscribed": {"type": "boolean"},
        "courierCode": {"oneOf": [code, {"type": "array", "maxItems": 3, "items": code}]},
        "originCountryCode": {"type": ["string", "null"], "description": "Two or three letters."},
        "destinationCountryCode": {"type": ["string", "null"], "description": "Two or three letters."},
        "destinationPostCode": text(32),
        "shippingDate": {"type": ["string", "null"], "description": "A date, or a date and a time."},
        "courierName": text(255),
        "trackingUrl": text(1_000),
        "recipient": {"type": "object", "properties": {"email": text(254), "name": text(100)}},
    }})
}

fn text(max: u32) -> Value {
    json!({"type": ["string", "null"], "maxLength": max})
}
