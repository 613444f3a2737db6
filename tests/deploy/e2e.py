"""The deployed hub from end to end, without an AWS account and without Docker: `make e2e`.

The binaries of target/ci (or of MILEPOST_BINARIES) are packaged as SAM packages them, a stack is made of template.yaml
on an emulator that checks permissions, and then the hub is used as its callers use it. What the emulator cannot show is
listed at the end.
"""

import fnmatch
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

import carrier
import trackers
from checks import PARAMETER
from commands import CONNECTION, READ, add_connection, add_webhook, create_key, import_by_hand
from emulator import PUBLIC_ADDRESS, Call, Emulator, enter_network_of_its_own, free_port, wait_for
from hub import ACCOUNT, NUMBER, PATCHES, QUEUES, Failed, Hub, check, say
from receiver import Receiver
from template import ROOT, Json, Stack, binaries, load

# What stays to be shown in AWS itself.
NOT_SHOWN = """\
dynamodb:LeadingKeys (checked here against what was sent) and the rights of a role on its own trigger
routes as SAM makes them, throttling and access logs of the HTTP API
partial failures, bisecting, retries and the on-failure destination of the stream; a tick that fails
memory, arm64, cold starts, TTL, point-in-time recovery, encryption, alarms, log groups, the VPC
continuations of a long import (sqs:SendMessage of run-import), files in buckets of others, FTP
carriers' own APIs, their tokens and throttling"""

# Rights that this run does not use, and why.
BY_LAMBDA = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
}
BY_LAMBDA |= {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
NOT_USED = {
    ("start-tracking", "AskTheNotifier"): "only when something comes while a start is under way",
    ("lookup-tracking", "PutPollsAgain"): "only when a hub was off so long that a due entry was lost",
    ("lookup-tracking", "ShareQuotasAndTokens"): "tokens alone are updated, and a function has none",
    ("lookup-tracking", "TakeTheRightToAsk"): "the state alone is read only when two ask at once",
    ("lookup-tracking", "ReadCredentialsOfConnections"): "a function keeps its own",
    ("lookup-tracking", "ReadTheSealKey"): "only for tokens",
    ("start-tracking", "WaitForAnothersAnswer"): "the state alone is read only when two ask at once",
    ("start-tracking", "ShareQuotasAndTokens"): "tokens alone are updated, and a function has none",
    ("start-tracking", "ReadCredentialsOfConnections"): "a function keeps its own",
    ("start-tracking", "ReadTheSealKey"): "only for tokens",
    ("refresh-tracking", "ShareQuotasAndTokens"): "tokens alone are updated, and a function has none",
    ("refresh-tracking", "ReadCredentialsOfConnections"): "a function keeps its own",
    ("refresh-tracking", "ReadTheSealKey"): "only for tokens",
    ("start-tracking", "NoteTheUseOfKeys"): "lookup-tracking noted it within the hour",
    ("manage-hub", "NoteTheUseOfKeys"): "lookup-tracking noted it within the hour",
    ("run-import", "TakeOrdersAndContinue"): "only when a run takes several invocations, or finds another at work",
    ("run-import", "KeepWhatIsReadOn"): "what was kept is read again only when a run takes several invocations",
    ("notify-changes", "RenewMarks"): "only when a number has been followed for a month and more",
    ("deliver-webhook", "ReleaseWhatWasHeld"): "only when a receiver that was dead answers again",
    ("notify-changes", "TakeNumbersToLookAtAgain"): "only when a number could not be told",
    ("notify-changes", "WriteFailedBatches"): "Lambda itself, for batches that it gives up",
    ("notify-changes", "ListTheBucketAsLambdaAsks"): "Lambda itself, for batches that it gives up",
}


COLUMNS = (
    "tracking_number,event_code,description,local_timestamp,city,state,postal_code,country,signer,company,utc_offset"
)


def carrier_file(*rows: tuple[str, str, str, str]) -> bytes:
    """A file of the layout `generic`: number, code, text and local time of each row."""
    lines = [f"{number},{code},{text},{time},SARCOXIE,MO,64862,US,,,-06:00" for number, code, text, time in rows]
    return "\r\n".join([COLUMNS, *lines, ""]).encode()


def yesterday() -> date:
    """When the parcel was delivered."""
    return (datetime.now(UTC) - timedelta(days=1)).date()


def ask(hub: Hub) -> None:
    """A caller's key, the parcel before anything is known of it, and starting to follow it."""
    hub.key = create_key(hub)
    say("  key created")
    status, body = hub.http("GET", f"/v1/tracking?carrier_code=usps&tracking_number={NUMBER}", key="mp_wrong")
    check("a wrong key is 401", status == 401 and body["errors"][0]["error_code"] == "unauthorized", (status, body))
    log = hub.look_up()
    check("an unknown parcel is NY without events", (log["status_code"], log["events"]) == ("NY", []), log)
    for path, key in (("/v1/carriers", "carriers"), ("/v1/couriers", "data"), ("/public/v1/couriers", "data")):
        status, body = hub.http("GET", path)
        check(f"{path} answers", status == 200 and key in body, (status, body))
    status, body = hub.http("GET", f"/v1/couriers/detect?tracking_number={NUMBER}")
    check("the number is one of USPS", status == 200 and body["couriers"][0]["carrier_code"] == "usps", (status, body))
    status, body = hub.http("POST", f"/v1/tracking/start?carrier_code=usps&tracking_number={NUMBER}&label_id=se-7")
    check("start tracking is 204", status == 204, (status, body))
    status, body = hub.http("GET", "/v1/labels/se-7/track")
    check("the parcel is found by its label", status == 200 and body["tracking_number"] == NUMBER, (status, body))
    for path, key in (("/health", "status"), ("/openapi.json", "openapi")):
        status, body = hub.http("GET", path, key="")
        check(f"{path} needs no key", status == 200 and key in body, (status, body))


def import_file(hub: Hub, folder: Path) -> None:
    """A carrier's file in the bucket, found by the schedule."""
    hub.carrier_id = add_connection(hub, folder)
    content = carrier_file(
        (NUMBER, "01", "Delivered", f"{yesterday()}T14:03:00"),
        (NUMBER, "OF", "Out for Delivery", f"{yesterday()}T08:10:00"),
        ("9400000000000000000000", "01", "Delivered", "not a time"),
    )
    hub.s3.put_object(Bucket=hub.names["Bucket"], Key=f"in/{CONNECTION}/scans.csv", Body=content)
    begun = time.monotonic()
    say("  file uploaded; waiting for the schedule (rate(1 minute))")
    log = wait_for("the import", 300, lambda: (log := hub.look_up())["events"] and log)
    say(f"  imported {time.monotonic() - begun:.0f} s later")
    check(
        "the parcel is delivered, newest event first",
        log["status_code"] == "DE" and [e["event_code"] for e in log["events"]] == ["01", "OF"],
        log,
    )
    status, by_number = hub.http("GET", f"/v1/tracking?carrier_id=se-{hub.carrier_id}&tracking_number={NUMBER}")
    check("the connection's carrier_id finds it too", status == 200 and by_number["events"] == log["events"], by_number)
    for method, path in (("GET", "/v1/tracking"), ("POST", "/v1/tracking/start")):
        status, body = hub.http(method, f"{path}?carrier_code=dhl_express&tracking_number={NUMBER}")
        check(f"{method} {path} for a carrier without a connection is 400", status == 400, (status, body))
    run = wait_for("the run's report", 30, lambda: _reports(hub))
    check("the run left a report", len(run) == 1, run)
    rejects = hub.s3.list_objects_v2(Bucket=hub.names["Bucket"], Prefix="runs/").get("Contents", [])
    check("and the bad row in a file of rejects", len(rejects) == 1, rejects)
    status, body = hub.http("GET", f"/v1/imports?connection={CONNECTION}")
    check("the API lists the run", status == 200 and len(body["imports"]) == 1, (status, body))
    listed = body["imports"][0]
    status, everything = hub.http("GET", "/v1/imports")
    check("among those of all connections", status == 200 and listed in everything["imports"], (status, everything))
    status, body = hub.http("GET", f"/v1/imports/{listed['id']}")
    check("and shows its reject", status == 200 and body["rejects"][0]["reason"] == "bad_time", (status, body))
    left = hub.s3.list_objects_v2(Bucket=hub.names["Bucket"], Prefix="in/").get("Contents", [])
    check("the file is put away", [o["Key"] for o in left] == [f"in/{READ}/scans.csv"], (left, body))
    # As S3 sends it: the emulator sends none.
    file = {"bucket": {"name": hub.names["Bucket"]}, "object": {"key": f"in/{CONNECTION}/more.csv", "size": 1}}
    notice = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": file}]}
    hub.queues.send_message(QueueUrl=hub.names["ImportQueue"], MessageBody=json.dumps(notice))
    wait_for("the connection to be due", 60, lambda: any(
        (call.function, call.action, call.keys) == ("run-import", "dynamodb:PutItem", frozenset({"D#"}))
        for call in hub.emulator.recorder.calls
    ))  # fmt: skip
    say("  ok   a notice of another makes its connection due")


def _reports(hub: Hub) -> list[Json]:
    items: list[Json] = hub.table.query(
        TableName=hub.names["Table"],
        KeyConditionExpression="pk = :p AND begins_with(sk, :s)",
        ExpressionAttributeValues={":p": {"S": f"C#{CONNECTION}"}, ":s": {"S": "R#"}},
    )["Items"]
    return items


def be_told(hub: Hub, receiver: Receiver, secret: str) -> None:
    """The webhook: refused at first, sent again under the same id, signed."""
    wait_for("two attempts of the webhook", 90, lambda: len(receiver.got) >= 2)
    (first, body), (second, again) = receiver.got[:2]
    check("a webhook refused with 503 is sent again, the same bytes under the same id",
          (first["webhook-id"], body) == (second["webhook-id"], again), (first, second))  # fmt: skip
    told = Webhook(secret).verify(again, second)
    check("standardwebhooks (PyPI) verifies it", told["data"]["tracking_number"] == NUMBER, told)
    check("it tells what the lookup says", told["data"]["events"] == hub.look_up()["events"], told)
    check("it names the API as the stack does", hub.names["Api"] in told["resource_url"], told["resource_url"])
    try:
        Webhook(secret).verify(again + b" ", second)
    except WebhookVerificationError:
        say("  ok   and not with another byte")
    else:
        raise Failed("a changed body was verified")


def stop(hub: Hub, receiver: Receiver | None, folder: Path) -> None:
    """After a stop nothing more is told, whatever comes: here a file given by hand."""
    status, _ = hub.http("POST", f"/v1/tracking/start?carrier_id=se-{hub.carrier_id}&tracking_number={NUMBER}")
    check("starting again, by the connection's carrier_id, is 204 too", status == 204, status)
    status, _ = hub.http("POST", f"/v1/tracking/stop?carrier_code=usps&tracking_number={NUMBER}")
    check("stop tracking is 204", status == 204, status)
    content = carrier_file((NUMBER, "10", "Arrived at Facility", f"{yesterday()}T01:00:00"))
    late = folder / "late.csv"
    late.write_bytes(content)
    report = import_by_hand(hub, late)
    check("a file given by hand is imported", (report["outcome"], report["events"]) == ("finished", 1), report)
    check("and its event is answered", len(hub.look_up()["events"]) == 3, hub.look_up())
    # The notifier is asked to look, so that what it does can be waited for.
    hub.queues.send_message(QueueUrl=hub.names["NotifyQueue"], MessageBody=json.dumps({"number": NUMBER}))
    wait_for("the notifier", 60, lambda: hub.messages("NotifyQueue") == 0)
    waiting = hub.messages("WebhookQueue")
    told = receiver.told_of(NUMBER) if receiver else 2
    check("and nobody is told any more", (waiting, told) == (0, 2), (waiting, told))


def send_again(hub: Hub, folder: Path) -> None:
    """A cumulative file: the rows of yesterday, and one more."""
    rows = [(f"94055118990000001000{n:02}", "03", "Picked up", f"{yesterday()}T09:00:00") for n in range(25)]
    file = folder / "cumulative.csv"
    file.write_bytes(carrier_file(*rows))
    report = import_by_hand(hub, file)
    check("a new file is stored", (report["events"], report["known"]) == (25, None), report)
    file.write_bytes(carrier_file(*rows, (NUMBER, "03", "Picked up", f"{yesterday()}T00:30:00")))
    report = import_by_hand(hub, file)
    check("sent again with a row more, the row alone is", (report["events"], report["known"]) == (1, 25), report)


def poison(hub: Hub) -> None:
    """Messages that nothing can be made of."""
    bad = '{"poison": true}'
    for queue in QUEUES:
        hub.queues.send_message(QueueUrl=hub.names[queue], MessageBody=bad)
    for queue in QUEUES:
        letters = queue.replace("Queue", "DeadLetters")
        wait_for(letters, 90, partial(hub.holds_one, letters))
        (message,) = hub.queues.receive_message(QueueUrl=hub.names[letters])["Messages"]
        check(f"a poisoned message of {queue} is in {letters}", message["Body"] == bad, message)


def read_a_credential(hub: Hub) -> None:
    """run-import reads a connection's password from SSM, then finds no server."""
    hub.ssm.put_parameter(Name="/milepost/ftp-password", Type="SecureString", Value="secret")
    hub.put(
        "C#by-ftp", "C", carrier_id=2, carrier="usps", scope=ACCOUNT, layout="generic", notify_from=0,
        source="ftp", host=PUBLIC_ADDRESS, port=free_port(), user="milepost", folder="out", pattern="*",
        secret_ref="ssm:/milepost/ftp-password",
    )  # fmt: skip
    order = {"import": "connection", "connection": "by-ftp", "slot": "2026-01-01T00:00:00Z"}
    hub.queues.send_message(QueueUrl=hub.names["ImportQueue"], MessageBody=json.dumps(order))
    wait_for("the password's reading", 60, lambda: any(
        call.action == "ssm:GetParameter" and call.function == "run-import" for call in hub.emulator.recorder.calls
    ))  # fmt: skip
    say("  ok   run-import read the connection's password from SSM")


def permissions(hub: Hub, own_network: bool) -> None:
    """What was sent, against what the roles allow; and that the emulator does refuse."""
    stack = Stack(load(), {"CarrierFunctions": carrier.ARNS})
    roles = {binary: f"{name}Role" for name, binary in binaries(stack.source).items()}
    calls = set(hub.emulator.recorder.calls)
    check("no call was refused", not (refused := [c for c in calls if c.refused]), refused)
    check("every call is some function's", not (strange := [c for c in calls if c.function not in roles]), strange)
    faults = []
    for binary, role in roles.items():
        sent = {call for call in calls if call.function == binary}
        say(f"  {binary}: {', '.join(sorted({_shown(hub, call) for call in sent}))}")
        allows = [s for s in stack.statements(role) if s["Effect"] == "Allow"]
        denies = [s for s in stack.statements(role) if s["Effect"] == "Deny"]
        for call in sent:
            if not any(_fits(hub, s, call) for s in allows) or any(_fits(hub, s, call) for s in denies):
                faults.append(f"{_shown(hub, call)} is not within {role}")
        for statement, action, keys in _rights(allows):
            part = statement | {"Actions": [action], "LeadingKeys": keys}
            if action in BY_LAMBDA or any(_fits(hub, part, call) for call in sent):
                continue
            reason = NOT_USED.get((binary, statement["Sid"])) or (None if own_network else "no webhook was delivered")
            if reason is None:
                faults.append(f"{binary} may {action} {keys} ({statement['Sid']}) and did not: nothing here needs it")
                continue
            say(f"  --   {binary} did not {action} ({statement['Sid']}): {reason}")
    if faults:
        raise Failed("\n".join(faults))
    say("  ok   every call is within its role, leading keys included, and no right was left over")
    _take_away(hub)


def _rights(statements: list[Json]) -> Iterator[tuple[Json, str, list[str]]]:
    """Every action of every statement, with each kind of keys by itself."""
    for statement in statements:
        for action in statement["Actions"]:
            for key in statement["LeadingKeys"] or [None]:
                yield statement, action, [key] if key else []


def _take_away(hub: Hub) -> None:
    """Without a right, the function fails: so the others were needed and checked."""
    iam, role = hub.emulator.client("iam"), hub.names["LookupTrackingRole"]
    named = {"RoleName": role, "PolicyName": "lookup-tracking"}
    document = iam.get_role_policy(**named)["PolicyDocument"]
    kept = [s for s in document["Statement"] if "dynamodb:Query" not in s["Action"]]
    iam.put_role_policy(**named, PolicyDocument=json.dumps(document | {"Statement": kept}))
    path = f"/v1/tracking?carrier_code=usps&tracking_number={NUMBER}"
    status, body = hub.http("GET", path)
    check(
        "without dynamodb:Query a lookup fails, and says nothing of why",
        status >= 500 and "Query" not in str(body),
        body,
    )
    iam.put_role_policy(**named, PolicyDocument=json.dumps(document))
    check("and with it succeeds again", hub.http("GET", path)[0] == 200)


def _resource(hub: Hub, call: Call) -> str:
    """A call's resource as the template names it."""
    if call.action.startswith("ssm:"):
        return f"{PARAMETER}{call.resource}"
    if call.action.startswith("lambda:"):
        return call.resource
    name, slash, key = call.resource.partition("/")
    logical = {physical.rsplit("/", 1)[-1]: logical for logical, physical in hub.names.items()}.get(name, name)
    return f"${{{logical}.Arn}}{slash}{key}"


def _fits(hub: Hub, statement: Json, call: Call) -> bool:
    return (
        call.action in statement["Actions"]
        and any(fnmatch.fnmatchcase(_resource(hub, call), pattern) for pattern in statement["Resources"])
        and (
            not statement["LeadingKeys"]
            or all(any(fnmatch.fnmatchcase(key, pattern) for pattern in statement["LeadingKeys"]) for key in call.keys)
        )
    )


def _shown(hub: Hub, call: Call) -> str:
    keys = f" {'+'.join(sorted(call.keys))}" if call.keys else ""
    resource = _resource(hub, call).removeprefix(PARAMETER)
    where = (
        "" if call.action.startswith("dynamodb:") else f" {resource.split('/')[0] if resource[0] == '$' else resource}"
    )
    return f"{call.action}{where.replace('.Arn', '')}{keys}"


def step(title: str, act: Callable[[], object]) -> None:
    say(f"== {title}")
    act()


def run() -> None:
    """The whole story."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "ci"
    binaries_folder = Path(os.environ.get("MILEPOST_BINARIES", built))
    if missing := [b for b in binaries(load()).values() if not (binaries_folder / b).exists()]:
        raise Failed(f"{binaries_folder} lacks {', '.join(missing)}: cargo build --profile ci --locked")
    own_network = enter_network_of_its_own()
    begun = time.monotonic()
    say("== template.yaml is patched for the emulator in:")
    say("\n".join(f"  {line}" for line in PATCHES.splitlines()))
    folder = Path(tempfile.mkdtemp(prefix="milepost-e2e-"))
    receiver = Receiver(folder) if own_network else None
    trusted = {"SSL_CERT_FILE": str(receiver.authority)} if receiver else {}
    try:
        with Emulator(folder, trusted) as emulator:
            hub = Hub(emulator)
            try:
                carrier.put_functions(emulator)
                parameters = {"Architecture": "x86_64", "CarrierFunctions": carrier.ARNS}
                step("package and deploy", lambda: hub.deploy(binaries_folder, parameters))
                step("a caller", lambda: ask(hub))
                if receiver:
                    secret = add_webhook(hub, receiver.url)
                step("a carrier's file", lambda: import_file(hub, folder))
                if receiver:
                    step("the webhook", lambda: be_told(hub, receiver, secret))
                step("trackers and webhooks", lambda: trackers.be_kept(hub))
                step("carriers of one's own", lambda: carrier.be_asked(hub, folder))
                step("imports of one's own", lambda: carrier.be_imported(hub, folder))
                step("stop", lambda: stop(hub, receiver, folder))
                step("a cumulative file", lambda: send_again(hub, folder))
                if receiver:
                    step("the webhook once more", lambda: trackers.be_told_again(hub, receiver))
                step("poison", lambda: poison(hub))
                step("a credential", lambda: read_a_credential(hub))
                step("permissions", lambda: permissions(hub, own_network))
            except Exception:
                say(f"---- the end of the emulator's log\n{emulator.log.read_text(errors='replace')[-8000:]}\n----")
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say("== not shown here")
    say("\n".join(f"  {line}" for line in NOT_SHOWN.splitlines()))
    if not own_network:
        say("  the webhook: the hub posts to no private address, and here nobody may make a network of one's own")
    say(f"== done in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    try:
        run()
    except (Failed, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
