"""A carrier of one's own as a Lambda function: the contract of ShipEngine Connect, in Python's standard library.

The hub sends a TrackingRequest, and for imports an ImportTrackingEventsRequest; this answers from a table of parcels
where a real one would call the carrier. Deploy it as it is (handler.handler, python3.13), put its ARN into the
template's parameter CarrierFunctions, and name it in a connection (docs/live-tracking.md).
"""

from typing import Any

PARCELS = {
    "PY00000001": {
        "tracking_number": "PY00000001",
        "standardized_status_code": "IT",
        "carrier_status_code": "HUB",
        "carrier_status_description": "In the hub",
        "estimated_delivery_datetime": "2026-11-23",
        "service": "Van",
        "events": [
            {
                "event_datetime": "2026-11-20T09:10:00Z",
                "event_datetime_local": "2026-11-20T10:10:00",
                "event_code": "HUB",
                "description": "In the hub",
                "city": "Lyon",
                "country": "FR",
                "status_code": "IT",
            },
            {
                "event_datetime": "2026-11-19T16:00:00Z",
                "event_datetime_local": "2026-11-19T17:00:00",
                "event_code": "PICK",
                "description": "Picked up",
                "city": "Dijon",
                "country": "FR",
                "status_code": "AC",
            },
        ],
    },
    "PY00000002": {
        "tracking_number": "PY00000002",
        "standardized_status_code": "AC",
        "carrier_status_code": "PICK",
        "events": [
            {
                "event_datetime": "2026-11-20T16:00:00Z",
                "event_datetime_local": "2026-11-20T17:00:00",
                "event_code": "PICK",
                "description": "Picked up",
                "city": "Dijon",
                "country": "FR",
                "status_code": "AC",
            },
        ],
    },
    "PY00000003": {
        "tracking_number": "PY00000003",
        "standardized_status_code": "IT",
        "events": [
            {
                "event_datetime": "2026-11-20T18:00:00Z",
                "event_datetime_local": "2026-11-20T19:00:00",
                "event_code": "HUB",
                "description": "In the hub",
                "city": "Lyon",
                "country": "FR",
                "status_code": "IT",
            },
        ],
    },
}

# How many items of an import go into one answer, which Lambda holds to 6 MB.
PAGE = 1000


class RateLimitError(Exception):
    """Tells the hub to leave this carrier alone for a while."""


def handler(request: dict[str, Any], _context: object = None) -> dict[str, Any]:
    """Track if there are identifiers, else a page of ImportTrackingEvents."""
    if "identifiers" in request:
        return track(request)
    return import_page(request)


def track(request: dict[str, Any]) -> dict[str, Any]:
    """What is known of one parcel; an empty answer for a number that is not known yet."""
    for identifier in request["identifiers"]:
        if identifier["type"] == "tracking_number" and identifier["value"] in PARCELS:
            return {"tracking_info": PARCELS[identifier["value"]]}
    return {}


def import_page(request: dict[str, Any]) -> dict[str, Any]:
    """A page of items and, until the last, what asks for the next."""
    begin = int(request.get("cursor") or 0)
    numbers = sorted(PARCELS)
    items = [{"tracking_info": PARCELS[number]} for number in numbers[begin : begin + PAGE]]
    page: dict[str, Any] = {"events": items}
    if begin + PAGE < len(numbers):
        page["next"] = str(begin + PAGE)
    return page
