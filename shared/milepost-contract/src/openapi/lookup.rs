//! What `lookup-tracking` takes and answers.

use super::operation::{Operation, Query, Schemas};
use super::start::tracker;
use crate::deliveries::WebhookHistory;
use crate::hub::DetectedJson;
use crate::routes::LookupRoute;
use crate::ship24::{CouriersJson, TrackerBoth, TrackerLine, TrackersAnswer, TrackingsAnswer};
use crate::shipengine::{CarrierList, LabelTracking, TrackingLog};

/// Of the routes that name a parcel by their query.
pub(super) const PARCEL: &[Query] = &[
    Query::optional(
        "carrier_code",
        "The carrier, by any of its codes. One of this and carrier_id is needed.",
    ),
    Query::optional("carrier_id", "A connection of the account, such as se-7."),
    Query::required(
        "tracking_number",
        "4 to 50 letters, digits, and - _ / . without regard to case and spaces.",
    ),
];

pub(super) const SEARCH_BY: &[Query] = &[Query::optional(
    "searchBy",
    "What the id is: trackerId or clientTrackerId.",
)];

const PAGE: &[Query] = &[
    Query::optional("page", "From 1."),
    Query::optional("limit", "Trackers of a page: 1 to 500, 100 unless given."),
    Query::optional("sort", "1 for the oldest first, -1 for the newest."),
];

const EXPORT: &[Query] = &[
    Query::optional("milestone", "Of these milestones alone, with commas between."),
    Query::optional("silent_days", "Without an event for so many days."),
    Query::optional("late", "true: expected before now, and not delivered."),
    Query::optional("cursor", "Where the page before this one ended, as its answer says."),
    Query::optional("limit", "Trackers to look at."),
];

const NUMBER: &[Query] = &[Query::required("tracking_number", "A number as somebody wrote it.")];

pub(super) fn operation(route: LookupRoute, schemas: &mut Schemas) -> Operation {
    match route {
        LookupRoute::Tracking => Operation::new("getTracking", "Where a parcel is")
            .queries(PARCEL)
            .json(
                200,
                "The parcel; a number that nobody knows has the status NY.",
                schemas.answered::<TrackingLog>(),
            )
            .errors(&[400, 404]),
        LookupRoute::Label => Operation::new("getLabelTracking", "Where the parcel of a label is")
            .json(200, "The parcel.", schemas.answered::<LabelTracking>())
            .errors(&[400, 404]),
        LookupRoute::Carriers => Operation::new("listCarriers", "The carriers that the account can track with").json(
            200,
            "All of them.",
            schemas.answered::<CarrierList>(),
        ),
        LookupRoute::Couriers => Operation::new("listCouriers", "The couriers there are").json(
            200,
            "All of them.",
            schemas.answered::<CouriersJson>(),
        ),
        LookupRoute::Detect => Operation::new("detectCouriers", "Which couriers a number can belong to")
            .queries(NUMBER)
            .json(200, "The likeliest first.", schemas.answered::<DetectedJson>()),
        LookupRoute::Search => Operation::new("searchTracking", "Where a parcel is, without a tracker")
            .body(tracker())
            .json(
                201,
                "Its trackings, without a tracker.",
                schemas.answered::<TrackingsAnswer>(),
            )
            .errors(&[413]),
        LookupRoute::Trackers => Operation::new("listTrackers", "A page of the account's trackers")
            .queries(PAGE)
            .json(200, "The page.", schemas.answered::<TrackersAnswer>()),
        LookupRoute::ExportTrackers => Operation::new("exportTrackers", "The account's trackers, line by line")
            .queries(EXPORT)
            .content(
                200,
                "One of these on each line.",
                "application/x-ndjson",
                schemas.answered::<TrackerLine>(),
            )
            .header(
                "next-cursor",
                "What to send as cursor for the next page; absent on the last.",
            ),
        LookupRoute::Tracker => Operation::new("getTracker", "One tracker")
            .queries(SEARCH_BY)
            .json(200, "The tracker.", schemas.answered::<TrackerBoth>())
            .errors(&[404]),
        LookupRoute::TrackerResults => Operation::new("getTrackerResults", "Where a tracker's parcel is")
            .queries(SEARCH_BY)
            .json(200, "One tracking.", schemas.answered::<TrackingsAnswer>())
            .errors(&[404]),
        LookupRoute::ResultsByNumber => {
            Operation::new("getResultsByNumber", "Where the parcels of a number's trackers are")
                .json(
                    200,
                    "One tracking for each tracker.",
                    schemas.answered::<TrackingsAnswer>(),
                )
                .errors(&[404])
        }
        LookupRoute::WebhookHistory => Operation::new("getWebhookHistory", "What a tracker's webhooks were told")
            .queries(SEARCH_BY)
            .json(
                200,
                "A file to keep: the newest 500, and of these at most 4 MiB.",
                schemas.answered::<WebhookHistory>(),
            )
            .errors(&[404]),
    }
}
