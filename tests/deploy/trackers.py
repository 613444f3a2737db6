"""A tracker from its creation to its end, webhooks as their owner keeps them, and sending again."""

from emulator import PUBLIC_ADDRESS, wait_for
from hub import NUMBER, Hub, check
from receiver import Receiver
from template import Json

NAME = "order-17"
WEBHOOKS = "/v1/environment/webhooks"


def be_kept(hub: Hub) -> None:
    """Every route of trackers and webhooks that reads or writes in its own way. Nobody is told of this tracker."""
    asked = {"trackingNumber": NUMBER, "clientTrackerId": NAME}
    status, created = hub.http("POST", "/public/v1/trackers", body=asked)
    check("a tracker is created", status == 201, (status, created))
    tracker = created["data"]["tracker"]["trackerId"]
    for path in (f"/public/v1/trackers/{tracker}", f"/public/v1/trackers/{NAME}?searchBy=clientTrackerId"):
        status, found = hub.http("GET", path)
        check("it is found", status == 200 and found["data"]["tracker"]["trackerId"] == tracker, (status, found))
    status, listed = hub.http("GET", "/public/v1/trackers")
    check("it is listed", status == 200 and len(listed["data"]["trackers"]) == 1, (status, listed))
    webhook = _webhook(hub)
    for query, by in ((tracker, ""), (NAME, "?searchBy=clientTrackerId")):
        status, sent = hub.http("POST", f"/public/v1/trackers/{query}/webhook-events/resend{by}")
        total = {"data": {"summary": {"totalResent": "0"}}}
        check("what it was told is sent again", (status, sent) == (201, total), (status, sent))
        status, history = hub.http("GET", f"/public/v1/trackers/{query}/webhook-history/download{by}")
        check("and downloaded", status == 200 and history["webhooks"] == [], (status, history))
    status, body = hub.http("DELETE", f"{WEBHOOKS}/{webhook}")
    check("the webhook is removed", status == 204, (status, body))
    status, ended = hub.http("PATCH", f"/public/v1/trackers/{tracker}", body={"isSubscribed": False})
    check("the tracker is given up", status == 200 and not ended["isSubscribed"], (status, ended))


def _webhook(hub: Hub) -> str:
    """One of Ship24's style at an address that does not answer, so that it is not told."""
    asked = {"url": f"https://{PUBLIC_ADDRESS}:8443/", "event": "track", "style": "ship24"}
    status, webhook = hub.http("POST", WEBHOOKS, body=asked)
    check("a webhook whose receiver is not there is kept, disabled", status == 200 and not webhook["enabled"], webhook)
    path = f"{WEBHOOKS}/{webhook['webhook_id']}"
    status, body = hub.http("PUT", path, body={"name": "shop"})
    check("it is changed", status == 204, (status, body))
    status, found = hub.http("GET", path)
    check("and shown", status == 200 and found["name"] == "shop", (status, found))
    return str(webhook["webhook_id"])


def be_told_again(hub: Hub, receiver: Receiver) -> None:
    """One delivery of the log, the same bytes under the same id, also after the following has ended."""
    status, log = hub.http("GET", f"/v1/deliveries?number={NUMBER}")
    check("the log has the delivery", status == 200 and len(log["deliveries"]) == 1, (status, log))
    delivery: Json = log["deliveries"][0]
    got = len(receiver.got)
    status, body = hub.http("POST", f"/v1/deliveries/{delivery['id']}/resend")
    check("it is sent again", status == 202, (status, body))
    wait_for("the delivery", 60, lambda: len(receiver.got) > got)
    headers, body = receiver.got[-1]
    check(
        "the same bytes under the same id", (headers["webhook-id"], body) == (delivery["id"], receiver.got[0][1]), headers
    )
