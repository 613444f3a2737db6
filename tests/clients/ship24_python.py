"""Every method of the `ship24` package of PyPI (0.2.0) against a hub.

ship24_python.py URL KEY

The package is made from Ship24's OpenAPI document by somebody else than Ship24, and checks what it reads: an answer of
another type than the document's, or with another status, is an exception. The hub should be one without trackers of
these numbers.
"""

import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ship24 import Ship24, errors, models

from steps import check, raised

MILESTONES = [
    "pending",
    "info_received",
    "in_transit",
    "out_for_delivery",
    "failed_attempt",
    "available_for_pickup",
    "delivered",
    "exception",
]


def trackers(client: Any, mark: str) -> str:
    """Creates, reads, lists and changes; answers the id of a tracker."""
    number = f"SHIP24PY{mark}".upper()
    asked = {
        "tracking_number": number.lower(),
        "client_tracker_id": mark,
        "shipment_reference": "reference",
        "origin_country_code": "CHN",
        "destination_country_code": "US",
        "destination_post_code": "94901",
        "shipping_date": datetime.now(UTC) - timedelta(days=2),
        "courier_code": ["us-post"],
        "courier_name": "USPS Standard",
        "tracking_url": "https://example.com",
        "order_number": "DF14R2022",
        "title": "Shoes",
        "recipient": {"email": "jane@example.com", "name": "Jane"},
        "settings": {"restrict_tracking_to_courier_code": True},
    }
    created = client.trackers.create_tracker(request=asked).result.data.tracker
    check("a tracker is created", created.tracking_number == number and created.is_subscribed and created.is_tracked)
    check("its fields come back", (created.client_tracker_id, created.courier_code) == (mark, ["us-post"]))
    again = client.trackers.create_tracker(request=asked).result.data.tracker
    check("the same request is the same tracker", again == created)

    by_id = client.trackers.get_tracker_by_tracker_id(tracker_id=created.tracker_id).result
    check("it is read by its id", by_id == created)
    by_name = client.trackers.get_tracker_by_tracker_id(
        tracker_id=mark, search_by=models.GetTrackerByTrackerIDSearchBy.CLIENT_TRACKER_ID
    ).result
    check("it is read by its owner's name", by_name == created)

    page = client.trackers.list_trackers(page=1, limit=500, sort=models.Sort.MINUS_1).result.data.trackers
    check("it is in the list", created.tracker_id in [tracker.tracker_id for tracker in page])

    changed = client.trackers.update_tracker_by_tracker_id(
        tracker_id=created.tracker_id, destination_post_code="94902", is_subscribed=True
    ).result
    check("it is changed", changed == created)

    results = client.trackers.get_tracking_results_of_tracker_by_tracker_id(tracker_id=created.tracker_id)
    trackings = results.result.data.trackings
    check("it has one result", [t.tracker.tracker_id for t in trackings] == [created.tracker_id])
    check("which is pending", trackings[0].shipment.status_milestone == "pending")
    by_number = client.trackers.get_tracking_results_of_trackers_by_tracking_number(tracking_number=number)
    ids = [tracking.tracker.tracker_id for tracking in by_number.result.data.trackings]
    check("its number has it too", ids == [created.tracker_id], ids)
    return str(created.tracker_id)


def slashes(client: Any, mark: str) -> None:
    """The package does not encode what it puts into a path."""
    number = f"PY/{mark}/1".upper()
    client.trackers.create_tracker(request={"tracking_number": number})
    found = client.trackers.get_tracking_results_of_trackers_by_tracking_number(tracking_number=number)
    check("a number with slashes is found", found.result.data.trackings[0].tracker.tracking_number == number)


def bulk(client: Any, mark: str) -> None:
    good = [{"tracking_number": f"BULK{mark}{nth}"} for nth in range(3)]
    every = client.trackers.bulk_create_trackers(request={"trackers": good}).result
    check("three are created at once", (every.status, every.summary.total_created) == ("success", 3))
    mixed = client.trackers.bulk_create_trackers(request={"trackers": [good[0], {"tracking_number": "?"}]}).result
    statuses = [item.item_status for item in mixed.data]
    check("one is there and one is wrong", (mixed.status, statuses) == ("partial", ["existing", "error"]))
    _refused(
        "none is right",
        errors.BulkCreateTrackersResponseError,
        lambda: client.trackers.bulk_create_trackers(request={"trackers": [{"tracking_number": "?"}]}),
    )


def samples(client: Any) -> None:
    for milestone in MILESTONES:
        number = f"SHIP24_SAMPLE_{milestone.upper()}_000"
        answer = client.trackers.create_tracker_and_get_tracking_results(request={"tracking_number": number})
        tracking = answer.result.data.trackings[0]
        check(f"{number} is {milestone}", tracking.shipment.status_milestone == milestone)
        orders = [event.order for event in tracking.events]
        check("newest first", orders == sorted(orders, reverse=True))


def rest(client: Any, mark: str) -> None:
    couriers = client.couriers.get_couriers().result.data.couriers
    check("couriers are listed", "us-post" in [courier.courier_code for courier in couriers])
    found = client.api_for_per_call_plans.get_tracking(request={"tracking_number": f"SEARCH{mark}"})
    check("a number without tracker is searched", len(found.result.data.trackings) == 1)


def refusals(client: Any, stranger: Any, mark: str) -> None:
    _refused(
        "a number that is none is refused",
        errors.ErrorResponseFormat,
        lambda: client.trackers.create_tracker(request={"tracking_number": "123456789"}),
    )
    _refused(
        "another's name is refused",
        errors.ErrorResponseFormat,
        lambda: client.trackers.create_tracker(request={"tracking_number": f"OTHER{mark}", "client_tracker_id": mark}),
    )
    _refused(
        "a tracker that is none is not found",
        errors.ErrorResponseFormat,
        lambda: client.trackers.get_tracker_by_tracker_id(tracker_id=str(uuid.uuid4())),
    )
    _refused(
        "a key that is none is refused",
        errors.ErrorResponseFormat,
        lambda: stranger.trackers.list_trackers(page=1, limit=1),
    )


def _refused(what: str, error: type[Exception], call: Callable[[], object]) -> None:
    raised(what, error, call)
    check(what, True)


def main(base: str, key: str) -> None:
    mark = uuid.uuid4().hex[:12]
    client: Any = Ship24(server_url=base, authorization=f"Bearer {key}")
    tracker = trackers(client, mark)
    slashes(client, mark)
    bulk(client, mark)
    samples(client)
    rest(client, mark)
    refusals(client, Ship24(server_url=base, authorization="Bearer mp_none"), mark)
    sent = client.trackers.resend_webhooks(tracker_id=tracker).result.data.summary.total_resent
    check("webhooks are sent again, as many as were told", sent == "0", sent)
    unsubscribed = client.trackers.update_tracker_by_tracker_id(tracker_id=tracker, is_subscribed=False).result
    check("it is given up", not unsubscribed.is_subscribed and not unsubscribed.is_tracked)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
