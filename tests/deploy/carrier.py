"""Carriers of the operator's own: the sample functions in Python and JavaScript, asked for lookups and by the tick."""

import io
import json
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from commands import milepost
from emulator import REGION, Emulator, wait_for
from hub import ACCOUNT, Hub, check, say
from template import ROOT, Json


@dataclass(frozen=True)
class Sample:
    """A file of docs/examples, as the carrier whose parcels it knows."""

    language: str
    file: str
    runtime: str
    carrier: str
    number: str
    """A parcel that is looked up."""

    code: str
    """Its newest event's."""

    imports: str
    """What of the file tells of all parcels; `handler` tells of one."""

    parcels: int
    """How many they are."""

    def name(self, handler: str) -> str:
        """The function that is made of a handler."""
        return f"carrier-in-{self.language}-{handler}"

    def arn(self, handler: str) -> str:
        """In the emulator's account."""
        return f"arn:aws:lambda:{REGION}:000000000000:function:{self.name(handler)}"

    def handlers(self) -> set[str]:
        """Those that become functions."""
        return {"handler", self.imports}


PYTHON = Sample("python", "handler.py", "python3.13", "acme_vans", "PY00000002", "PICK", "handler", 3)
JAVASCRIPT = Sample("javascript", "index.mjs", "nodejs24.x", "acme_bikes", "JS00000001", "DLV", "imports", 1)
SAMPLES = (PYTHON, JAVASCRIPT)

ARNS = ",".join(sample.arn(handler) for sample in SAMPLES for handler in sorted(sample.handlers()))
"""The stack is told of them by the parameter CarrierFunctions."""

FOLLOWED, CREATED = "PY00000001", "PY00000003"


def put_functions(emulator: Emulator) -> None:
    """The samples, as an operator would upload them."""
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    for sample in SAMPLES:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            code = (ROOT / "docs/examples" / f"carrier-{sample.language}" / sample.file).read_text()
            archive.writestr(sample.file, code)
        module = sample.file.split(".")[0]
        for handler in sample.handlers():
            name = sample.name(handler)
            created: Json = emulator.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)
            emulator.client("lambda").create_function(
                FunctionName=name,
                Runtime=sample.runtime,
                Handler=f"{module}.{handler}",
                Role=created["Role"]["Arn"],
                Code={"ZipFile": packed.getvalue()},
            )


def be_asked(hub: Hub, folder: Path) -> None:
    """A lookup asks them at once; a parcel that is followed is asked about by the tick."""
    for sample in SAMPLES:
        name = f"live-{sample.language}"
        _connect(hub, folder, sample, name, f'[live]\nfunction = "{sample.arn("handler")}"\n')
    say("  waiting until the hub knows of the connections (a minute at most)")
    for sample in SAMPLES:
        log = wait_for("the function's answer", 90, partial(_events_of, hub, sample))
        codes = [event["event_code"] for event in log["events"]]
        check(f"a lookup asks the function in {sample.language}", codes == [sample.code], log)
    made = wait_for("the answer to a new tracker", 90, partial(_tracked, hub))
    check("who creates a tracker and tracks it has the function asked", len(made) == 1, made)
    path = f"/v1/tracking/start?carrier_code={PYTHON.carrier}&tracking_number={FOLLOWED}"
    status, body = hub.http("POST", path)
    check("a parcel of it can be followed", status == 204, (status, body))
    say("  waiting for the tick (rate(1 minute))")
    wait_for("the first poll", 150, lambda: _is_stored(hub))
    log = _look_up(hub, PYTHON.carrier, FOLLOWED)
    check("and the tick has asked about it", [e["event_code"] for e in log["events"]] == ["HUB", "PICK"], log)


def be_imported(hub: Hub, folder: Path) -> None:
    """The schedule has them tell of all their parcels."""
    for sample in SAMPLES:
        source = f'every_minutes = 60\n[source]\nkind = "lambda"\nfunction = "{sample.arn(sample.imports)}"\n'
        _connect(hub, folder, sample, f"imports-{sample.language}", source)
    say("  waiting for the schedule (rate(1 minute))")
    for sample in SAMPLES:
        run = wait_for("the import", 150, partial(_run_of, hub, f"imports-{sample.language}"))
        told = (run["outcome"], run["rows"], run["rejected"])
        check(f"what the function in {sample.language} tells is imported", told == ("finished", sample.parcels, 0), run)


def _connect(hub: Hub, folder: Path, sample: Sample, name: str, more: str) -> None:
    file = folder / f"{name}.toml"
    file.write_text(f'name = "{name}"\ncarrier = "{sample.carrier}"\naccount = "{ACCOUNT}"\n{more}')
    added: Json = json.loads(milepost(hub, "--json", "connection", "add", str(file)))
    say(f"  connection {name} has the number {added['carrier_id']}")


def _run_of(hub: Hub, connection: str) -> Json | None:
    status, body = hub.http("GET", f"/v1/imports?connection={connection}")
    runs = body["imports"] if status == 200 else []
    return next((run for run in runs if run["outcome"] != "running"), None)


def _look_up(hub: Hub, carrier: str, number: str) -> Json:
    status, log = hub.http("GET", f"/v1/tracking?carrier_code={carrier}&tracking_number={number}")
    check(f"{number} is answered", status == 200, (status, log))
    return log


def _events_of(hub: Hub, sample: Sample) -> Json | None:
    status, log = hub.http("GET", f"/v1/tracking?carrier_code={sample.carrier}&tracking_number={sample.number}")
    return log if status == 200 and log["events"] else None


def _tracked(hub: Hub) -> list[Json]:
    """The same tracker each time: its events, once start-tracking knows of the connection."""
    asked = {"trackingNumber": CREATED, "courierCode": [PYTHON.carrier]}
    status, made = hub.http("POST", "/public/v1/trackers/track", body=asked)
    check(f"{CREATED} is created", status == 201, (status, made))
    events: list[Json] = made["data"]["trackings"][0]["events"]
    return events


def _is_stored(hub: Hub) -> bool:
    """Looked for in the table: a lookup would ask by itself."""
    items = hub.table.query(
        TableName=hub.names["Table"],
        KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
        ExpressionAttributeValues={":p": {"S": f"N#{FOLLOWED}"}, ":s": {"S": "B#"}},
    )["Items"]
    return bool(items)
