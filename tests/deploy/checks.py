"""What must hold of template.yaml, each fault said in plain words.

The expectations are written out here, one place for each function; what the Rust sources say themselves (environment
variables, routes, keys of the table, the heartbeat) is read from them by the patterns of `rust.py`.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import rust
from template import Json, Stack, binaries

PARAMETER = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"

# Variables that no config struct reads: the log's filter is the tracing library's own.
LIBRARY_VARIABLES = {"RUST_LOG"}

STREAM_FILTER = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "B#"}]}}}}

DAY = 24 * 3600

# (actions, resource, leading keys of the table: N# a number, K# an API key, A# an account, C# a connection, D# due)
Right = tuple[frozenset[str], str, tuple[str, ...]]


def right(actions: str, resource: str, *keys: str) -> Right:
    """`right("dynamodb:GetItem Query", "${Table.Arn}", "N#*")`: the service is said once."""
    service, _, names = actions.partition(":")
    return frozenset(f"{service}:{name}" for name in names.split()), resource, tuple(sorted(keys))


def queue_of_its_own(queue: str, *more: str) -> Right:
    """What an SQS trigger asks of the function's role, and what the function itself sends."""
    return right(" ".join(["sqs:ReceiveMessage DeleteMessage GetQueueAttributes", *more]), f"${{{queue}.Arn}}")


@dataclass
class Expected:
    """One function."""

    timeout: int
    rights: list[Right]
    memory: str = ""  # the parameter that decides it
    default_route: bool = False
    queues: dict[str, dict[str, Any]] = field(default_factory=dict)
    stream: dict[str, Any] = field(default_factory=dict)
    tick: tuple[str, Json] | None = None  # the parameter that decides the rate, and the input
    denied: list[Right] = field(default_factory=list)
    reaches_outside: bool = False


# What asking carriers takes: L# is the quota and the token of a connection's credentials, G# an erased parcel.
ASKS_CARRIERS = [
    right("dynamodb:BatchWriteItem", "${Table.Arn}", "N#*"),
    right("dynamodb:GetItem", "${Table.Arn}", "G#*"),
    right("dynamodb:GetItem PutItem UpdateItem", "${Table.Arn}", "L#*"),
    right("ssm:GetParameter", f"{PARAMETER}/milepost/*"),
    right("ssm:GetParameter", f"{PARAMETER}/milepost/seal-key"),
]

EXPECTED: dict[str, Expected] = {
    "lookup-tracking": Expected(
        # Less than the 30 s after which an HTTP API ends a request.
        timeout=29,
        memory="ApiMemory",
        rights=[
            right("dynamodb:Query", "${Table.Arn}", "N#*", "A#*"),
            right("dynamodb:GetItem", "${Table.Arn}", "K#*", "A#*", "C#*"),
            right("dynamodb:BatchGetItem", "${Table.Arn}", "C#*", "A#*", "N#*"),
            right("dynamodb:UpdateItem", "${Table.Arn}", "K#*"),
            right("dynamodb:GetItem UpdateItem", "${Table.Arn}", "N#*"),
            right("dynamodb:PutItem", "${Table.Arn}", "D#*"),
            *ASKS_CARRIERS,
        ],
        reaches_outside=True,
    ),
    "start-tracking": Expected(
        timeout=29,
        memory="ApiMemory",
        rights=[
            right("dynamodb:Query", "${Table.Arn}", "N#*", "A#*"),
            right("dynamodb:GetItem", "${Table.Arn}", "K#*", "A#*", "C#*"),
            right("dynamodb:BatchGetItem", "${Table.Arn}", "C#*", "A#*"),
            right("dynamodb:PutItem DeleteItem UpdateItem", "${Table.Arn}", "N#*", "A#*"),
            right("dynamodb:PutItem", "${Table.Arn}", "D#*"),
            right("dynamodb:UpdateItem", "${Table.Arn}", "K#*"),
            right("sqs:SendMessage", "${NotifyQueue.Arn}"),
            right("dynamodb:GetItem", "${Table.Arn}", "N#*"),
            *ASKS_CARRIERS,
        ],
        reaches_outside=True,
    ),
    "manage-hub": Expected(
        timeout=29,
        memory="ApiMemory",
        reaches_outside=True,
        # Whatever meets no route of the table.
        default_route=True,
        rights=[
            right("dynamodb:Query", "${Table.Arn}", "A#*", "C#*"),
            right("dynamodb:GetItem", "${Table.Arn}", "K#*", "C#*"),
            right("dynamodb:BatchGetItem", "${Table.Arn}", "C#*"),
            right("dynamodb:UpdateItem", "${Table.Arn}", "K#*"),
            right("s3:GetObject", "${Bucket.Arn}/runs/*"),
            right("s3:ListBucket", "${Bucket.Arn}"),
            right("dynamodb:GetItem BatchGetItem PutItem UpdateItem DeleteItem", "${Table.Arn}", "A#*"),
            right("dynamodb:Query", "${Table.Arn}", "N#*"),
            right("dynamodb:PutItem", "${Table.Arn}", "D#*"),
            right("sqs:SendMessage", "${WebhookQueue.Arn}"),
            right("ssm:GetParameter", f"{PARAMETER}/milepost/seal-key"),
        ],
    ),
    "schedule-imports": Expected(
        timeout=60,
        tick=("ImportTick", None),
        rights=[
            right("dynamodb:GetItem Query PutItem", "${Table.Arn}", "D#*"),
            right("dynamodb:GetItem UpdateItem", "${Table.Arn}", "C#*"),
            right("sqs:SendMessage", "${ImportQueue.Arn}"),
        ],
    ),
    "run-import": Expected(
        timeout=900,
        memory="ImportMemory",
        queues={"ImportQueue": {"BatchSize": 1, "concurrency": "ImportConcurrency"}},
        rights=[
            queue_of_its_own("ImportQueue", "ChangeMessageVisibility", "SendMessage"),
            right("dynamodb:BatchWriteItem Query", "${Table.Arn}", "N#*"),
            right("dynamodb:BatchGetItem GetItem PutItem UpdateItem", "${Table.Arn}", "C#*"),
            right("dynamodb:Query", "${Table.Arn}", "S#*", "G#*"),
            right("dynamodb:PutItem", "${Table.Arn}", "D#*"),
            right("s3:GetObject PutObject DeleteObject", "${Bucket.Arn}/in/*"),
            right("s3:GetObject PutObject DeleteObject", "${Bucket.Arn}/spool/*"),
            right("s3:PutObject", "${Bucket.Arn}/runs/*"),
            right("s3:ListBucket", "${Bucket.Arn}"),
            right("ssm:GetParameter", f"{PARAMETER}/milepost/*"),
        ],
        denied=[right("ssm:GetParameter", f"{PARAMETER}/milepost/seal-key")],
        reaches_outside=True,
    ),
    "refresh-tracking": Expected(
        # A tick begins nothing after 35 s, and an answer may take fifteen.
        timeout=60,
        tick=("RefreshTick", None),
        rights=[
            right("dynamodb:Query", "${Table.Arn}", "N#*", "A#*"),
            right("dynamodb:BatchGetItem", "${Table.Arn}", "C#*"),
            right("dynamodb:UpdateItem", "${Table.Arn}", "N#*"),
            right("dynamodb:GetItem Query PutItem", "${Table.Arn}", "D#*"),
            *ASKS_CARRIERS,
        ],
        reaches_outside=True,
    ),
    "notify-changes": Expected(
        timeout=60,
        queues={"NotifyQueue": {"BatchSize": 10, "concurrency": 2}},
        stream={
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 1,
            "ParallelizationFactor": 2,
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": 8,
            # Half of what the stream keeps, so that what is given up can still be looked at.
            "MaximumRecordAgeInSeconds": 43200,
            "DestinationConfig": {"OnFailure": {"Destination": "${Bucket.Arn}"}},
        },
        rights=[
            right("dynamodb:DescribeStream GetRecords GetShardIterator", "${Table.StreamArn}"),
            right("dynamodb:ListStreams", "${Table.Arn}/stream/*"),
            right("dynamodb:Query", "${Table.Arn}", "N#*", "A#*"),
            right("dynamodb:BatchGetItem UpdateItem", "${Table.Arn}", "N#*"),
            right("dynamodb:PutItem", "${Table.Arn}", "N#*"),
            queue_of_its_own("NotifyQueue", "SendMessage"),
            right("sqs:SendMessage", "${WebhookQueue.Arn}"),
            # Lambda itself, for batches that are given up.
            right("s3:PutObject", "${Bucket.Arn}/*"),
            right("s3:ListBucket", "${Bucket.Arn}"),
        ],
    ),
    "deliver-webhook": Expected(
        timeout=60,
        queues={"WebhookQueue": {"BatchSize": 10, "concurrency": "WebhookConcurrency"}},
        tick=("RetryTick", {"tick": "retries"}),
        rights=[
            right("dynamodb:GetItem Query PutItem UpdateItem", "${Table.Arn}", "A#*"),
            right("dynamodb:BatchGetItem DeleteItem", "${Table.Arn}", "A#*"),
            # Whether a parcel is followed still; the statement names the attributes.
            right("dynamodb:GetItem", "${Table.Arn}", "N#*"),
            right("dynamodb:GetItem PutItem Query", "${Table.Arn}", "D#*"),
            queue_of_its_own("WebhookQueue", "SendMessage"),
            right("ssm:GetParameter", f"{PARAMETER}/milepost/seal-key"),
        ],
        reaches_outside=True,
    ),
}

# Parameters as an operator would set them, all of them other than their defaults.
CHOSEN = {
    "Architecture": "x86_64",
    "SealKeyParameter": "/other/key",
    "SigningKeyParameter": "/other/signing-key",
    "PublicUrl": "https://parcels.example",
    "ReadableBuckets": "arn:aws:s3:::one,arn:aws:s3:::two",
    "ReadableKeys": "arn:aws:kms:eu-west-1:123456789012:key/one",
    "ImportRoles": "arn:aws:iam::210987654321:role/feeds,arn:aws:iam::310987654321:role/feeds",
    "PrivateNetworks": "10.20.0.0/16,fd12::/16",
    "CarrierFunctions": "arn:aws:lambda:eu-west-1:123456789012:function:one",
    "RetentionDays": "90",
    "LogRetentionDays": "7",
    "LogFilter": "debug",
    "ImportTick": "rate(5 minutes)",
    "RetryTick": "rate(2 minutes)",
    "RefreshTick": "rate(3 minutes)",
    "ApiMemory": "512",
    "ImportMemory": "1769",
    "ImportConcurrency": "50",
    "WebhookConcurrency": "60",
    "RequestsPerSecond": "10",
    "RequestsPerMinute": "60",
    "CorsOrigins": "https://shop.example,https://till.example",
    "AlarmAddress": "operator@parcels.example",
    "Subnets": "subnet-1,subnet-2",
    "SecurityGroups": "sg-1",
}


def faults(template: Json, but: "Check | None" = None) -> list[str]:
    """Everything that is wrong with the template; empty when nothing is. One check may be left out."""
    plain, chosen = Stack(template), Stack(template, CHOSEN)
    return [fault for check in CHECKS if check is not but for fault in check(plain, chosen)]


def _functions(stack: Stack) -> dict[str, str]:
    """Binary and logical name."""
    return {binary: name for name, binary in binaries(stack.source).items()}


def _each(stack: Stack) -> Iterator[tuple[str, str, Expected, Json]]:
    for binary, name in _functions(stack).items():
        if binary in EXPECTED:
            yield binary, name, EXPECTED[binary], stack.properties(name)


def functions(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Every function that is built is deployed, as its own binary, with a role and a log of its own."""
    there = set(_functions(plain))
    for missing in rust.functions() - there:
        yield f"{missing}: functions/{missing} is built and no function of the template runs it"
    for unknown in there - rust.functions():
        yield f"{unknown}: the template runs a binary that is not built from functions/"
    for untold in there - set(EXPECTED):
        yield f"{untold}: checks.py does not say what to expect of it"
    for binary, name, expected, properties in _each(plain):
        for key, value in {"Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": expected.timeout}.items():
            if properties.get(key) != value:
                yield f"{binary}: {key} is {properties.get(key)}, not {value}"
        if properties.get("Role") != f"${{{name}Role.Arn}}":
            yield f"{binary}: it has no role of its own"
        if properties.get("LoggingConfig", {}).get("LogGroup") != f"${{{name}Log}}":
            yield f"{binary}: it does not log to its own log group, whose lines expire"
        if chosen.properties(name).get("Architectures") != [CHOSEN["Architecture"]]:
            yield f"{binary}: the parameter Architecture does not decide its processor"
        if expected.memory and chosen.properties(name).get("MemorySize") != int(CHOSEN[expected.memory]):
            yield f"{binary}: the parameter {expected.memory} does not decide its memory"
        in_vpc = chosen.properties(name).get("VpcConfig")
        if expected.reaches_outside and in_vpc != {
            "SubnetIds": CHOSEN["Subnets"].split(","),
            "SecurityGroupIds": CHOSEN["SecurityGroups"].split(","),
        }:
            yield f"{binary}: it reaches hosts outside AWS and is not put into the subnets that the operator names"
        if in_vpc and not expected.reaches_outside:
            yield f"{binary}: it is put into a VPC for nothing"
        if "VpcConfig" in properties:
            yield f"{binary}: it is put into a VPC although no subnet is named"


def environment(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Each function gets exactly the variables that its config struct reads."""
    for binary, _, _, properties in _each(plain):
        given = set(properties.get("Environment", {}).get("Variables", {})) - LIBRARY_VARIABLES
        read = rust.variables(binary)
        for missing in sorted(read - given):
            yield f"{binary}: reads {missing}, which the template does not set"
        for unread in sorted(given - read):
            yield f"{binary}: the template sets {unread}, which it does not read"
    for (binary, variable), value in {
        ("lookup-tracking", "MILEPOST_TABLE"): "${Table}",
        ("lookup-tracking", "MILEPOST_SEAL_KEY"): f"ssm:{CHOSEN['SealKeyParameter']}",
        ("lookup-tracking", "MILEPOST_RETENTION_DAYS"): int(CHOSEN["RetentionDays"]),
        ("lookup-tracking", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("refresh-tracking", "MILEPOST_SEAL_KEY"): f"ssm:{CHOSEN['SealKeyParameter']}",
        ("refresh-tracking", "MILEPOST_RETENTION_DAYS"): int(CHOSEN["RetentionDays"]),
        ("refresh-tracking", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("start-tracking", "MILEPOST_NOTIFY_QUEUE"): "${NotifyQueue}",
        ("start-tracking", "MILEPOST_SEAL_KEY"): f"ssm:{CHOSEN['SealKeyParameter']}",
        ("start-tracking", "MILEPOST_RETENTION_DAYS"): int(CHOSEN["RetentionDays"]),
        ("start-tracking", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("manage-hub", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("manage-hub", "MILEPOST_BUCKET"): "${Bucket}",
        ("manage-hub", "MILEPOST_REQUESTS_PER_MINUTE"): int(CHOSEN["RequestsPerMinute"]),
        ("schedule-imports", "MILEPOST_IMPORT_QUEUE"): "${ImportQueue}",
        ("run-import", "MILEPOST_IMPORT_QUEUE"): "${ImportQueue}",
        ("run-import", "MILEPOST_BUCKET"): "${Bucket}",
        ("run-import", "MILEPOST_RETENTION_DAYS"): int(CHOSEN["RetentionDays"]),
        ("run-import", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("deliver-webhook", "MILEPOST_PRIVATE_NETWORKS"): CHOSEN["PrivateNetworks"],
        ("notify-changes", "MILEPOST_WEBHOOK_QUEUE"): "${WebhookQueue}",
        ("notify-changes", "MILEPOST_NOTIFY_QUEUE"): "${NotifyQueue}",
        ("notify-changes", "MILEPOST_PUBLIC_URL"): CHOSEN["PublicUrl"],
        ("deliver-webhook", "MILEPOST_WEBHOOK_QUEUE"): "${WebhookQueue}",
        ("deliver-webhook", "MILEPOST_SEAL_KEY"): f"ssm:{CHOSEN['SealKeyParameter']}",
        ("deliver-webhook", "MILEPOST_SIGNING_KEY"): f"ssm:{CHOSEN['SigningKeyParameter']}",
        ("manage-hub", "MILEPOST_WEBHOOK_QUEUE"): "${WebhookQueue}",
        ("manage-hub", "MILEPOST_SEAL_KEY"): f"ssm:{CHOSEN['SealKeyParameter']}",
        ("manage-hub", "MILEPOST_SIGNING_KEY"): f"ssm:{CHOSEN['SigningKeyParameter']}",
        ("deliver-webhook", "RUST_LOG"): CHOSEN["LogFilter"],
    }.items():
        variables = chosen.properties(_functions(chosen).get(binary, "")).get("Environment", {}).get("Variables", {})
        if variable in variables and variables[variable] != value:
            yield f"{binary}: {variable} is {variables[variable]}, not {value}"


def routes(plain: Stack, chosen: Stack) -> Iterator[str]:
    """The API leads each route to the function that answers it, at the rate that the operator allows."""
    found: dict[str, str] = {}
    for path, methods in plain.properties("Api").get("Body", {}).get("paths", {}).items():
        for method, operation in methods.items():
            route = path if path == "$default" else f"{method.upper()} {path}"
            found[route] = operation.get("x-amazon-apigateway-integration", {}).get("uri", "")
            if operation["x-amazon-apigateway-integration"].get("payloadFormatVersion") != "2.0":
                yield f"{route}: events are not of format 2.0, which the functions read"
    for binary, name, expected, _ in _each(plain):
        answered = rust.routes(binary) | ({"$default"} if expected.default_route else set())
        for route in sorted(answered):
            if f"${{{name}.Arn}}" not in found.pop(route, ""):
                yield f"{binary}: {route} does not lead to it"
    for route in found:
        yield f"the API has the route {route}, which no function is to answer"
    stage = chosen.properties("ApiApiGatewayDefaultStage")
    for limit in ("ThrottlingRateLimit", "ThrottlingBurstLimit"):
        if stage.get("DefaultRouteSettings", {}).get(limit) != int(CHOSEN["RequestsPerSecond"]):
            yield f"the API is not limited by {limit}"
    if plain.properties("Api").get("Body", {}).get("x-amazon-apigateway-cors"):
        yield "the API lets pages of some origin in although none is named"
    cors = chosen.properties("Api").get("Body", {}).get("x-amazon-apigateway-cors", {})
    if cors.get("allowOrigins") != CHOSEN["CorsOrigins"].split(","):
        yield "the parameter CorsOrigins does not decide whose pages may call the API"
    if not {"api-key", "authorization", "content-type"} <= set(cors.get("allowHeaders", [])):
        yield "pages that may call the API may not send its headers"
    line = stage.get("AccessLogSettings", {}).get("Format", "")
    if not line:
        yield "the API keeps no access log"
    for private in ("path", "querystring", "sourceIp", "requestOverride", "header"):
        if private.lower() in line.lower():
            yield f"the API's access log says who asked for which parcel ({private})"


def _rights(stack: Stack, role: str, effect: str) -> list[Right]:
    return [
        (frozenset(s["Actions"]), resource, tuple(sorted(s["LeadingKeys"])))
        for s in stack.statements(role)
        if s["Effect"] == effect
        for resource in s["Resources"]
    ]


def policies(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Each role may do what its function does, on its resources, and nothing else."""
    for binary, name, expected, _ in _each(plain):
        role = f"{name}Role"
        log = right("logs:CreateLogStream PutLogEvents", f"${{{name}Log.Arn}}")
        yield from _differences(binary, "may", _rights(plain, role, "Allow"), [*expected.rights, log])
        yield from _differences(binary, "is denied", _rights(plain, role, "Deny"), expected.denied)
        if plain.properties(role).get("ManagedPolicyArns"):
            yield f"{binary}: its role has managed policies, which nobody here has read"
        assumed = plain.properties(role).get("AssumeRolePolicyDocument", {}).get("Statement", [])
        if [s.get("Principal") for s in assumed] != [{"Service": "lambda.amazonaws.com"}]:
            yield f"{binary}: others than Lambda may take its role"
        attached = chosen.properties(role).get("ManagedPolicyArns", [])
        if attached != (["${NetworkInterfaces}"] if expected.reaches_outside else []):
            yield f"{binary}: in a VPC its role has the managed policies {attached}"
    own = EXPECTED["run-import"].rights
    others = [right("s3:ListBucket", arn) for arn in CHOSEN["ReadableBuckets"].split(",")]
    others += [right("s3:GetObject", f"{arn}/*") for arn in CHOSEN["ReadableBuckets"].split(",")]
    others += [right("sts:AssumeRole", arn) for arn in CHOSEN["ImportRoles"].split(",")]
    others.append(right("kms:Decrypt", CHOSEN["ReadableKeys"]))
    others += [right("lambda:InvokeFunction", arn) for arn in CHOSEN["CarrierFunctions"].split(",")]
    log = right("logs:CreateLogStream PutLogEvents", "${RunImportLog.Arn}")
    for fault in _differences("run-import", "may", _rights(chosen, "RunImportRole", "Allow"), [*own, *others, log]):
        yield f"{fault} (with ReadableBuckets, ImportRoles, ReadableKeys and CarrierFunctions)"
    for binary in ("lookup-tracking", "start-tracking", "refresh-tracking"):
        for function in CHOSEN["CarrierFunctions"].split(","):
            called = right("lambda:InvokeFunction", function)
            if called not in _rights(chosen, f"{_functions(chosen).get(binary)}Role", "Allow"):
                yield f"{binary}: it may not call the functions of CarrierFunctions"
    for role in chosen.of_type("AWS::IAM::Role"):
        for statement in chosen.statements(role):
            yield from _wide(role, statement)
    interfaces = chosen.properties("NetworkInterfaces").get("PolicyDocument", {}).get("Statement", [])
    if not any(s["Effect"] == "Deny" and "lambda:SourceFunctionArn" in str(s.get("Condition")) for s in interfaces):
        yield "NetworkInterfaces: the functions' own code may change network interfaces"
    if "NetworkInterfaces" in plain.resources:
        yield "NetworkInterfaces: there without subnets"


def _differences(binary: str, verb: str, found: list[Right], expected: list[Right]) -> Iterator[str]:
    """Actions one by one, so that a fault names the one that is missing or too many."""
    flat = {(a, resource, keys) for actions, resource, keys in found for a in actions}
    wanted = {(a, resource, keys) for actions, resource, keys in expected for a in actions}
    for action, resource, keys in sorted(wanted - flat):
        yield f"{binary}: lacks that it {verb} {action} on {resource}{_of(keys)}"
    for action, resource, keys in sorted(flat - wanted):
        yield f"{binary}: {verb} {action} on {resource}{_of(keys)}, which it does not need"


def _of(keys: tuple[str, ...]) -> str:
    return f" ({' '.join(keys)})" if keys else ""


def _wide(role: str, statement: Json) -> Iterator[str]:
    where = f"{role}, {statement['Sid']}"
    for action in statement["Actions"]:
        if "*" in action:
            yield f"{where}: {action} is more than one action"
        if action.endswith(":Scan") or "PartiQL" in action:
            yield f"{where}: nobody may {action}"
        operation = action.removeprefix("dynamodb:")
        if (
            action.startswith("dynamodb:")
            and "Stream" not in operation
            and operation not in {"GetRecords", "GetShardIterator"}
        ):
            if not statement["LeadingKeys"] and statement["Effect"] == "Allow":
                yield f"{where}: {action} is not kept to kinds of items by dynamodb:LeadingKeys"
            if operation not in rust.table_operations():
                yield f"{where}: milepost-store sends no {operation}"
    if "*" in statement["Resources"]:
        yield f"{where}: its resource is *"


def queues(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Each queue outlasts its function, has its dead letters, and invokes the function as expected."""
    all_queues = plain.of_type("AWS::SQS::Queue")
    letters = {as_name(q["RedrivePolicy"]["deadLetterTargetArn"]) for q in all_queues.values() if "RedrivePolicy" in q}
    for name, queue in all_queues.items():
        if queue.get("SqsManagedSseEnabled") is not True:
            yield f"{name}: messages are not encrypted"
        if name in letters:
            if queue.get("MessageRetentionPeriod") != 14 * DAY:
                yield f"{name}: dead letters are not kept for 14 days"
        elif "RedrivePolicy" not in queue:
            yield f"{name}: a message that fails again and again goes to no queue of dead letters"
        else:
            if queue["RedrivePolicy"].get("maxReceiveCount") != 5:
                yield f"{name}: a message is not given up after five tries"
            if queue.get("MessageRetentionPeriod") != 4 * DAY:
                yield f"{name}: messages are not kept for four days, ten less than dead letters"
    for binary, name, expected, properties in _each(plain):
        mappings = [
            (mapping, plain.resources[mapping]["Properties"])
            for mapping, m in plain.of_type("AWS::Lambda::EventSourceMapping").items()
            if m.get("FunctionName") == f"${{{name}}}" and as_name(m.get("EventSourceArn", "")) in all_queues
        ]
        for queue in expected.queues.keys() - {as_name(m["EventSourceArn"]) for _, m in mappings}:
            yield f"{binary}: {queue} does not invoke it"
        for mapping, trigger in mappings:
            queue = as_name(trigger["EventSourceArn"])
            if queue not in expected.queues:
                yield f"{binary}: {queue} invokes it, which is not expected"
                continue
            wanted = expected.queues[queue]
            size = trigger.get("BatchSize")
            if size != wanted["BatchSize"]:
                yield f"{binary}: {queue} brings {size} messages at a time, not {wanted['BatchSize']}"
            if trigger.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                yield f"{binary}: {queue} does not hear which messages failed"
            if trigger.get("FilterCriteria"):
                yield f"{binary}: {queue} is filtered, so that messages vanish"
            most = chosen.properties(mapping).get("ScalingConfig", {}).get("MaximumConcurrency")
            concurrency = wanted["concurrency"]
            if most != (int(CHOSEN[concurrency]) if isinstance(concurrency, str) else concurrency):
                yield f"{binary}: {queue} is not held to {concurrency} batches at a time"
            hidden = all_queues[queue].get("VisibilityTimeout", 30)
            # A run keeps its message hidden by itself; for the others AWS advises six times the timeout.
            least = properties["Timeout"] + 60 if binary == "run-import" else 6 * properties["Timeout"]
            if hidden < least:
                yield f"{queue}: a message comes again after {hidden} s, less than the {least} s that {binary} needs"
    heartbeat = rust.heartbeat_seconds()
    if heartbeat >= all_queues.get("ImportQueue", {}).get("VisibilityTimeout", 0):
        yield f"ImportQueue: the heartbeat of {heartbeat} s brings a killed run back no sooner than the queue"


def stream(plain: Stack, chosen: Stack) -> Iterator[str]:
    """The table's stream invokes the notifier, for bundles alone, and loses nothing in silence."""
    found = {
        n: m for n, m in plain.of_type("AWS::Lambda::EventSourceMapping").items()
        if m.get("EventSourceArn") == "${Table.StreamArn}"
    }  # fmt: skip
    for binary, name, expected, _ in _each(plain):
        of_function = [m for m in found.values() if m.get("FunctionName") == f"${{{name}}}"]
        if expected.stream and not of_function:
            yield f"{binary}: the table's stream does not invoke it"
        for mapping in of_function:
            if not expected.stream:
                yield f"{binary}: the table's stream invokes it, which is not expected"
                continue
            for key, value in expected.stream.items():
                if mapping.get(key) != value:
                    yield f"{binary}: {key} of the stream is {mapping.get(key)}, not {value}"
            filters = [json.loads(f["Pattern"]) for f in mapping.get("FilterCriteria", {}).get("Filters", [])]
            if filters != [STREAM_FILTER]:
                yield f"{binary}: the stream is filtered by {filters}, not to new bundles"


def ticks(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Schedules fire at the operator's rate, with the input that the function reads, and are not repeated."""
    for binary, name, expected, _ in _each(plain):
        schedules = {
            n: s
            for n, s in plain.of_type("AWS::Scheduler::Schedule").items()
            if s["Target"]["Arn"] == f"${{{name}.Arn}}"
        }
        if bool(schedules) != (expected.tick is not None):
            yield f"{binary}: {'no schedule invokes it' if expected.tick else 'a schedule invokes it'}"
        for schedule, properties in schedules.items():
            if expected.tick is None:
                continue
            parameter, given = expected.tick
            if chosen.properties(schedule).get("ScheduleExpression") != CHOSEN[parameter]:
                yield f"{binary}: the parameter {parameter} does not decide its schedule"
            if not re.fullmatch(r"rate\((1 minute|\d+ minutes)\)", properties["ScheduleExpression"]):
                yield f"{binary}: {properties['ScheduleExpression']} is no rate"
            target = properties["Target"]
            if (json.loads(target["Input"]) if "Input" in target else None) != given:
                yield f"{binary}: its schedule says {target.get('Input')}, not {given}"
            if given is not None and given not in rust.sample_events(binary):
                yield f"{binary}: the input of its schedule is none of its sample events, which a test decodes"
            if target.get("RetryPolicy", {}).get("MaximumRetryAttempts") != 0:
                yield f"{binary}: its schedule repeats a tick that failed; the next tick does its work"
            if "Name" in properties:
                yield f"{binary}: its schedule has a name, which two stacks cannot both have"
            invoke = [
                c
                for c in plain.of_type("AWS::Lambda::EventInvokeConfig").values()
                if c["FunctionName"] == f"${{{name}}}"
            ]
            if [c.get("MaximumRetryAttempts") for c in invoke] != [0]:
                yield f"{binary}: Lambda repeats a tick that failed"


def table(plain: Stack, chosen: Stack) -> Iterator[str]:
    """The table is what milepost-store expects, and its items cannot be lost by a mistake."""
    properties = plain.properties("Table")
    names = rust.table_names()
    keys = {k["KeyType"]: k["AttributeName"] for k in properties.get("KeySchema", [])}
    if keys != {"HASH": names["PARTITION_KEY"], "RANGE": names["SORT_KEY"]}:
        yield f"Table: its keys are {keys}, not those of milepost-store"
    if properties.get("BillingMode") != "PAY_PER_REQUEST":
        yield "Table: it is not billed on demand"
    ttl = {"AttributeName": names["TTL_ATTRIBUTE"], "Enabled": True}
    if properties.get("TimeToLiveSpecification") != ttl:
        yield f"Table: items do not expire by {names['TTL_ATTRIBUTE']}"
    if properties.get("StreamSpecification") != {"StreamViewType": "KEYS_ONLY"}:
        yield "Table: its stream is not one of keys alone"
    if properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled") is not True:
        yield "Table: it has no point-in-time recovery"
    if properties.get("SSESpecification", {}).get("SSEEnabled") is not True:
        yield "Table: it is not encrypted with a KMS key"
    yield from _kept(plain, "Table")


def bucket(plain: Stack, chosen: Stack) -> Iterator[str]:
    """The bucket is private, encrypted, spoken to over TLS, and does not grow for ever."""
    properties = plain.properties("Bucket")
    public = properties.get("PublicAccessBlockConfiguration", {})
    for block in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
        if public.get(block) is not True:
            yield f"Bucket: {block} is not set, so it could be made public"
    if not properties.get("BucketEncryption"):
        yield "Bucket: objects are not encrypted"
    expiring = {
        r.get("Prefix")
        for r in properties.get("LifecycleConfiguration", {}).get("Rules", [])
        if r.get("ExpirationInDays")
    }
    for prefix in ("in/", "spool/", "runs/", "aws/lambda/"):
        if prefix not in expiring:
            yield f"Bucket: what lies below {prefix} is kept for ever"
    statements = plain.properties("BucketPolicy").get("PolicyDocument", {}).get("Statement", [])
    if not any(
        s["Effect"] == "Deny" and s.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}} for s in statements
    ):
        yield "Bucket: it answers without TLS"
    for statement in statements:
        if statement["Effect"] == "Allow":
            yield "Bucket: its policy lets somebody in"
    yield from _kept(plain, "Bucket")


def _kept(stack: Stack, name: str) -> Iterator[str]:
    for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
        if stack.resources.get(name, {}).get(policy) != "Retain":
            yield f"{name}: {policy} does not keep it, so that deleting the stack deletes parcels"


def logs(plain: Stack, chosen: Stack) -> Iterator[str]:
    """Every log group expires as the operator says."""
    groups = chosen.of_type("AWS::Logs::LogGroup")
    for name, group in groups.items():
        if group.get("RetentionInDays") != int(CHOSEN["LogRetentionDays"]):
            yield f"{name}: the parameter LogRetentionDays does not decide how long its lines are kept"
    for _, name, _, _ in _each(plain):
        if f"{name}Log" not in groups:
            yield f"{name}: its log group is not the template's, so its lines never expire"


def alarms(plain: Stack, chosen: Stack) -> Iterator[str]:
    """With an address there is an alarm for whatever needs an operator, and without one none is paid for."""
    for name in (*plain.of_type("AWS::CloudWatch::Alarm"), *plain.of_type("AWS::SNS::Topic")):
        yield f"{name}: there although nobody is told"
    told = chosen.properties("Alarms").get("Subscription")
    if told != [{"Protocol": "email", "Endpoint": CHOSEN["AlarmAddress"]}]:
        yield "Alarms: the address of AlarmAddress is not subscribed"
    watched: set[tuple[str, str]] = set()
    for name, alarm in chosen.of_type("AWS::CloudWatch::Alarm").items():
        watched |= {(alarm["MetricName"], dimension["Value"]) for dimension in alarm.get("Dimensions", [{"Value": ""}])}
        if alarm.get("AlarmActions") != ["${Alarms}"]:
            yield f"{name}: it tells nobody"
        if alarm.get("TreatMissingData") != "notBreaching":
            yield f"{name}: it rings when there is nothing to count"
        if alarm.get("ComparisonOperator") != "GreaterThanThreshold":
            yield f"{name}: it does not ring above its threshold"
    queues_of = chosen.of_type("AWS::SQS::Queue").values()
    letters = [as_name(q["RedrivePolicy"]["deadLetterTargetArn"]) for q in queues_of if "RedrivePolicy" in q]
    wanted = [("ApproximateNumberOfMessagesVisible", f"${{{queue}.QueueName}}") for queue in letters]
    wanted += [("Errors", f"${{{name}}}") for _, name, expected, _ in _each(chosen) if expected.tick]
    wanted += [
        ("OnFailureDestinationDeliveredEventCount", "${NotifyChangesBundles}"),
        ("IteratorAge", "${NotifyChanges}"),
        ("LostWebhooks", ""),
        ("5xx", "${Api}"),
        ("OldestPollWaiting", "${RefreshTracking}"),
    ]
    for metric, of in wanted:
        if (metric, of) not in watched:
            yield f"no alarm watches {metric} of {of}"
    if chosen.properties("NotifyChangesBundles").get("MetricsConfig") != {"Metrics": ["EventCount"]}:
        yield "notify-changes: what its stream gives up is not counted, so its alarm never rings"


def parameters(plain: Stack, chosen: Stack) -> Iterator[str]:
    """An operator can decide everything by a parameter that says what it does, and none is without effect."""
    declared = plain.source["Parameters"]
    for name, parameter in declared.items():
        if not parameter.get("Description"):
            yield f"the parameter {name} has no description"
        if "Default" not in parameter:
            yield f"the parameter {name} has no default"
        if name not in CHOSEN:
            yield f"the parameter {name} is not tried in checks.py"
            continue
        alone = Stack(
            plain.source, {name: CHOSEN[name]} | ({"Subnets": CHOSEN["Subnets"]} if name == "SecurityGroups" else {})
        )
        before = Stack(plain.source, {"Subnets": CHOSEN["Subnets"]}) if name == "SecurityGroups" else plain
        if (alone.resources, alone.outputs) == (before.resources, before.outputs):
            yield f"the parameter {name} has no effect"
    for name in CHOSEN.keys() - declared.keys():
        yield f"there is no parameter {name}"
    for name, output in plain.outputs.items():
        if not output.get("Description"):
            yield f"the output {name} has no description"


def as_name(reference: Any) -> str:
    """The logical name in "${Name.Arn}"."""
    match = re.fullmatch(r"\$\{(\w+)[^}]*\}", str(reference))
    return match.group(1) if match else ""


Check = Callable[[Stack, Stack], Iterator[str]]
CHECKS: list[Check] = [
    functions,
    environment,
    routes,
    policies,
    queues,
    stream,
    ticks,
    table,
    bucket,
    logs,
    alarms,
    parameters,
]
