"""A carrier of the operator's own: the sample in Python, asked for a lookup, for a new tracker, and by the tick."""

import io
import json
import zipfile
from pathlib import Path

from commands import milepost
from emulator import REGION, Emulator, wait_for
from hub import ACCOUNT, Hub, check, say
from template import ROOT, Json

NAME = "carrier-of-ones-own"
ARN = f"arn:aws:lambda:{REGION}:000000000000:function:{NAME}"
"""The emulator's account. The stack is told of it by the parameter CarrierFunctions."""

CARRIER = "acme_vans"
FOLLOWED, LOOKED_UP, CREATED = "PY00000001", "PY00000002", "PY00000003"


def put_function(emulator: Emulator) -> None:
    """The sample, as an operator would upload it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("handler.py", (ROOT / "docs/examples/carrier-python/handler.py").read_text())
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role: Json = emulator.client("iam").create_role(
        RoleName=NAME,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]}),
    )["Role"]
    emulator.client("lambda").create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Handler="handler.handler",
        Role=role["Arn"],
        Code={"ZipFile": packed.getvalue()},
    )


def be_asked(hub: Hub, folder: Path) -> None:
    """A lookup asks it at once, so does who waits for a new tracker; the tick asks about what is followed."""
    file = folder / "carrier.toml"
    file.write_text(f'name = "vans"\ncarrier = "{CARRIER}"\naccount = "{ACCOUNT}"\n[live]\nfunction = "{ARN}"\n')
    added: Json = json.loads(milepost(hub, "--json", "connection", "add", str(file)))
    say(f"  connection {added['carrier_id']} to {ARN}")
    log = _look_up(hub, LOOKED_UP)
    check("a lookup asks the function", [e["event_code"] for e in log["events"]] == ["PICK"], log)
    asked = {"trackingNumber": CREATED, "courierCode": [CARRIER]}
    status, made = hub.http("POST", "/public/v1/trackers/track", body=asked)
    check("a tracker is created and tracked", status == 201, (status, made))
    check("and the function asked", len(made["data"]["trackings"][0]["events"]) == 1, made)
    status, body = hub.http("POST", f"/v1/tracking/start?carrier_code={CARRIER}&tracking_number={FOLLOWED}")
    check("a parcel of it can be followed", status == 204, (status, body))
    say("  waiting for the tick (rate(1 minute))")
    wait_for("the first poll", 150, lambda: _is_stored(hub))
    log = _look_up(hub, FOLLOWED)
    check("and the tick has asked about it", [e["event_code"] for e in log["events"]] == ["HUB", "PICK"], log)


def _look_up(hub: Hub, number: str) -> Json:
    status, log = hub.http("GET", f"/v1/tracking?carrier_code={CARRIER}&tracking_number={number}")
    check(f"{number} is answered", status == 200, (status, log))
    return log


def _is_stored(hub: Hub) -> bool:
    """Looked for in the table: a lookup would ask by itself."""
    items = hub.table.query(
        TableName=hub.names["Table"],
        KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
        ExpressionAttributeValues={":p": {"S": f"N#{FOLLOWED}"}, ":s": {"S": "B#"}},
    )["Items"]
    return bool(items)
