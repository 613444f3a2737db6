//! What `start-tracking` takes and answers.

use serde_json::json;

use super::lookup::PARCEL;
use super::operation::{Operation, Query, Schemas};
use crate::routes::StartRoute;

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

pub(super) fn operation(route: StartRoute, _schemas: &mut Schemas) -> Operation {
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
            .body(json!({"type": "object"}))
            .json(
                201,
                "The tracker, which may have been there.",
                json!({"type": "object"}),
            )
            .errors(&[409, 413]),
        StartRoute::CreateTrackers => Operation::new("createTrackers", "Follow up to a hundred parcels")
            .body(json!({}))
            .json(201, "All of them.", json!({"type": "object"}))
            .json(207, "Some of them.", json!({"type": "object"}))
            .errors(&[413]),
        StartRoute::CreateAndTrack => Operation::new("createAndTrack", "Follow a parcel, and where it is")
            .body(json!({"type": "object"}))
            .json(201, "One tracking.", json!({"type": "object"}))
            .errors(&[409, 413]),
        StartRoute::UpdateTracker => Operation::new("updateTracker", "Change a tracker, or end it")
            .body(json!({"type": "object"}))
            .json(200, "The tracker.", json!({"type": "object"}))
            .errors(&[404, 413]),
    }
}
