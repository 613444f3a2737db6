"""PyPI `shipengine` against a hub: its methods of tracking, and the errors that it can tell.

shipengine_python.py URL KEY
"""

import sys
from typing import Any

from shipengine import ShipEngine
from shipengine.errors import ShipEngineError

from steps import STORY, check, raised

NUMBER = STORY["number"]

# A key has 200 at once, and some more while they are sent.
MOST_REQUESTS = 2000


def main(url: str, key: str) -> None:
    """The whole story."""
    # The client joins its paths to this as a browser would: without the slash at the end a path of its own is lost.
    client = ShipEngine({"api_key": key, "base_uri": f"{url}/"})
    answers(client)
    errors(client)
    too_many(url, key)
    # It takes every status but 400, 404, 429 and 500 for an answer.
    answer = _track(ShipEngine({"api_key": "mp_wrong", "base_uri": f"{url}/"}), "usps", NUMBER)
    check("401 comes back as data, with the error in it", answer["errors"][0]["error_code"] == "unauthorized", answer)


def answers(client: ShipEngine) -> None:
    """What is found."""
    carriers = client.list_carriers()["carriers"]
    codes = {carrier["carrier_code"] for carrier in carriers}
    check(f"{len(carriers)} carriers are listed, USPS, UPS and FedEx among them", {"usps", "ups", "fedex"} <= codes)
    connected = [carrier for carrier in carriers if carrier["nickname"] == STORY["connection"]]
    check("and the connection, with its carrier_id", connected[0]["carrier_id"].startswith("se-"), connected)

    log = _track(client, "usps", NUMBER)
    check("a parcel is tracked by carrier and number", log["status_code"] == "DE", log)
    times = [event["occurred_at"] for event in log["events"]]
    check("it has all events, newest first", len(times) == STORY["events"] and times == sorted(times)[::-1], times)
    check("stamps_com is USPS", _track(client, "stamps_com", NUMBER)["carrier_code"] == "usps")
    spaced = _track(client, "usps", f"{NUMBER[:4]} {NUMBER[4:]}")
    check("a number may have spaces", spaced["tracking_number"] == NUMBER, spaced)
    none = _track(client, "ups", STORY["unknownNumber"])
    check("a number of which nothing is known is NY", (none["status_code"], none["events"]) == ("NY", []), none)
    by_label = client.track_package_by_label_id(STORY["label"])
    check("the parcel is tracked by its label", by_label["events"] == log["events"], by_label)


def errors(client: ShipEngine) -> None:
    """What is refused."""
    for carrier, number, code in (
        ("no_such", "4711081523", "carrier_not_supported"),
        ("dhl_express", "4711081523", "carrier_not_connected"),
        ("usps", "", "field_value_required"),
        ("usps", "x" * 200, "invalid_field_value"),
    ):
        error = raised(code, ShipEngineError, lambda c=carrier, n=number: _track(client, c, n))  # type: ignore[misc]
        check(f"400 {code} is a ShipEngineError", error.error_code == code, vars(error))
    error = raised("404", ShipEngineError, lambda: client.track_package_by_label_id("se-404"))
    check("404 of a label is a ShipEngineError", error.error_code == "invalid_identifier", vars(error))


def too_many(url: str, key: str) -> None:
    """Over the rate limit."""
    hasty = ShipEngine({"api_key": key, "base_uri": f"{url}/", "retries": 0})

    def without_a_pause() -> None:
        for _ in range(MOST_REQUESTS):
            hasty.list_carriers()

    error = raised("429", ShipEngineError, without_a_pause)
    # It waits by itself, and when it may not it has forgotten why.
    check("429 is a ShipEngineError", error.error_code == "unspecified", vars(error))
    patient = ShipEngine({"api_key": key, "base_uri": f"{url}/"})
    check("with its one retry it waits as Retry-After says, and is answered", patient.list_carriers()["carriers"])


def _track(client: ShipEngine, carrier: str, number: str) -> Any:
    return client.track_package_by_carrier_code_and_tracking_number(carrier, number)


if __name__ == "__main__":
    main(*sys.argv[1:])
