"""The stack on the emulator: how template.yaml is patched for it, how it is made, and ways to its parts."""

import base64
import io
import json
import secrets
import zipfile
from pathlib import Path
from typing import Any

from emulator import Emulator, wait_for
from template import Json, as_list, binaries, load, packaged

STACK = "milepost"
ACCOUNT = "default"
NUMBER = "9405511899223197428490"

QUEUES = ("ImportQueue", "WebhookQueue", "NotifyQueue")

# A failed message of these queues comes again after so many seconds in this run.
SHORT_VISIBILITY = 3

# Every place in which the template differs from template.yaml, and why.
PATCHES = """\
CodeUri            archives in the emulator's bucket, as `sam package` leaves it
Environment        AWS_SDK_UA_APP_ID for each function, by which the recorder knows whose call it sees
ScalingConfig      the parameters' defaults as numbers: the emulator hands on texts, and then polls no queue
BucketPolicy       left out: it refuses whoever speaks without TLS, as the emulator does
Roles              sqs:SendMessageBatch beside sqs:SendMessage: AWS has no such action, the emulator asks for it
VisibilityTimeout  3 s for every queue, so that five failures take seconds
Events of Api      an Integration and a Route beside each: the emulator does not make SAM's own routes
(no patch)         the functions inherit SSL_CERT_FILE, so that the receiver's certificate is trusted"""


def patched(template: Json, bucket: str) -> Json:
    """All that differs from template.yaml; PATCHES says why."""
    template = packaged(template, bucket)
    resources = template["Resources"]
    for name, binary in binaries(template).items():
        properties = resources[name]["Properties"]
        properties.setdefault("Environment", {}).setdefault("Variables", {})["AWS_SDK_UA_APP_ID"] = binary
        for label, event in properties["Events"].items():
            scaling = event["Properties"].get("ScalingConfig", {})
            if isinstance(scaling.get("MaximumConcurrency"), dict):
                parameter = scaling["MaximumConcurrency"]["Ref"]
                scaling["MaximumConcurrency"] = template["Parameters"][parameter]["Default"]
            if event["Type"] == "HttpApi":
                resources |= _route(name, f"{name}{label}", event["Properties"])
        for statement in resources[f"{name}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            if "sqs:SendMessage" in as_list(statement.get("Action")):
                statement["Action"] = [*as_list(statement["Action"]), "sqs:SendMessageBatch"]
    del resources["BucketPolicy"]
    for queue in QUEUES:
        resources[queue]["Properties"]["VisibilityTimeout"] = SHORT_VISIBILITY
    return template


def _route(function: str, name: str, event: Json) -> Json:
    integration = {
        "ApiId": {"Ref": "Api"},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": {"Fn::GetAtt": [function, "Arn"]},
        "PayloadFormatVersion": "2.0",
    }
    route = {
        "ApiId": {"Ref": "Api"},
        # Without a path it is the route of whatever meets none.
        "RouteKey": f"{event['Method']} {event['Path']}" if "Path" in event else "$default",
        "Target": {"Fn::Sub": f"integrations/${{{name}Integration}}"},
    }
    return {
        f"{name}Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": integration},
        f"{name}Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": route},
    }


class Failed(Exception):
    """Something was not as it should be."""


def check(what: str, holds: object, found: object = "") -> None:
    """Says what holds, or ends the run."""
    if not holds:
        raise Failed(f"{what}: {found!r}")
    say(f"  ok   {what}")


def say(line: str) -> None:
    print(line, flush=True)


class Hub:
    """The stack, and an operator's and a caller's way to it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.table, self.queues = emulator.client("dynamodb"), emulator.client("sqs")
        self.s3, self.ssm = emulator.client("s3"), emulator.client("ssm")
        self.names: dict[str, str] = {}
        self.key = ""
        self.carrier_id = 0

    def deploy(self, folder: Path, parameters: dict[str, str]) -> None:
        seal_key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.ssm.put_parameter(Name="/milepost/seal-key", Type="SecureString", Value=seal_key)
        place = {"CreateBucketConfiguration": {"LocationConstraint": self.s3.meta.region_name}}
        self.s3.create_bucket(Bucket="code", **place)
        for binary in binaries(load()).values():
            archive = _archive(folder / binary)
            self.s3.put_object(Bucket="code", Key=f"{binary}.zip", Body=archive)
            say(f"  {binary:18} {len(archive) / 1e6:4.1f} MB zipped")
        # As `sam deploy` hands it over: a template in a call has 51,200 bytes at most.
        self.s3.put_object(Bucket="code", Key="template.json", Body=json.dumps(patched(load(), "code")))
        stacks = self.emulator.client("cloudformation")
        stacks.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.s3.meta.endpoint_url}/code/template.json",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
        state = wait_for("the stack", 60, lambda: _ended(stacks.describe_stacks(StackName=STACK)["Stacks"][0]))
        check("stack is created", state["StackStatus"] == "CREATE_COMPLETE", state.get("StackStatusReason"))
        for resource in stacks.describe_stack_resources(StackName=STACK)["StackResources"]:
            self.names[resource["LogicalResourceId"]] = resource["PhysicalResourceId"]
        check(f"it has {len(self.names)} resources and all outputs", {"ApiUrl", "TableName"} <= _outputs(state).keys())

    def http(self, method: str, path: str, key: str | None = None, body: Json | None = None) -> tuple[int, Any]:
        headers = {"API-Key": self.key if key is None else key}
        if body is None:
            return self.emulator.http(method, self.names["Api"], path, headers)
        headers["Content-Type"] = "application/json"
        return self.emulator.http(method, self.names["Api"], path, headers, json.dumps(body))

    def look_up(self) -> Any:
        status, log = self.http("GET", f"/v1/tracking?carrier_code=usps&tracking_number={NUMBER}")
        if status != 200:
            raise Failed(f"lookup answers {status}: {log}")
        return log

    def put(self, pk: str, sk: str, **attributes: Any) -> None:
        """An item as milepost-store writes it: two keys, the version of its form, attributes."""
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "v": {"N": "1"}}
        item |= {name: _attribute(value) for name, value in attributes.items()}
        self.table.put_item(TableName=self.names["Table"], Item=item)

    def messages(self, queue: str) -> int:
        names = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ]
        found = self.queues.get_queue_attributes(QueueUrl=self.names[queue], AttributeNames=names)["Attributes"]
        return sum(int(found.get(name, 0)) for name in names)

    def holds_one(self, queue: str) -> bool:
        return self.messages(queue) == 1


def _ended(stack: Json) -> Json | None:
    return None if stack["StackStatus"].endswith("_IN_PROGRESS") else stack


def _outputs(stack: Json) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _attribute(value: Any) -> Json:
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    return {"B": value} if isinstance(value, bytes) else {"S": value}


def _archive(binary: Path) -> bytes:
    """What Lambda takes for a custom runtime: a zip with an executable `bootstrap`."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, binary.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return packed.getvalue()
