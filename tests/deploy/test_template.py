"""template.yaml does what the code needs; and the checks would notice if it did not.

python -m pytest tests/deploy
"""

import copy
from collections.abc import Callable

import pytest

import rust
from checks import faults, parameters
from template import Json, load


def test_the_template_is_as_it_should_be() -> None:
    assert faults(load()) == []


def test_the_sources_are_read() -> None:
    assert rust.functions() >= {"lookup-tracking", "run-import", "deliver-webhook"}
    assert "MILEPOST_RETENTION_DAYS" in rust.variables("run-import")
    assert "GET /v1/trackers/search/{number+}" in rust.routes("lookup-tracking")
    assert {"Query", "PutItem", "BatchWriteItem"} <= rust.table_operations()
    assert "Scan" not in rust.table_operations()


Break = Callable[[Json], object]


def properties(name: str) -> Callable[[Json], Json]:
    return lambda resources: resources[name]["Properties"]


def statement(role: str, sid: str) -> Callable[[Json], Json]:
    def find(resources: Json) -> Json:
        statements = resources[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return next(s for s in statements if s.get("Sid") == sid)

    return find


def put(where: Callable[[Json], Json], key: str, value: Json) -> Break:
    return lambda resources: where(resources).update({key: value})


def drop(where: Callable[[Json], Json], key: str) -> Break:
    return lambda resources: where(resources).pop(key)


def event(function: str, name: str) -> Callable[[Json], Json]:
    return lambda resources: resources[function]["Properties"]["Events"][name]["Properties"]


def variables(function: str) -> Callable[[Json], Json]:
    return lambda resources: resources[function]["Properties"]["Environment"]["Variables"]


def rename(where: Callable[[Json], Json], old: str, new: str) -> Break:
    return lambda resources: where(resources).update({new: where(resources).pop(old)})


def without(where: Callable[[Json], Json], action: str) -> Break:
    return lambda resources: where(resources)["Action"].remove(action)


def with_(where: Callable[[Json], Json], action: str) -> Break:
    return lambda resources: where(resources)["Action"].append(action)


READS = statement("LookupTrackingRole", "ReadParcelsAndListConnections")
STREAM = event("NotifyChanges", "Bundles")

# What is broken, and the words by which the fault must be named.
MUTATIONS: dict[str, tuple[Break, str]] = {
    "an action is missing": (without(READS, "dynamodb:Query"), "lookup-tracking: lacks that it may dynamodb:Query"),
    "an action is too many": (with_(READS, "dynamodb:PutItem"), "lookup-tracking: may dynamodb:PutItem"),
    "Scan": (with_(READS, "dynamodb:Scan"), "nobody may dynamodb:Scan"),
    "a wildcard of actions": (put(READS, "Action", ["dynamodb:*"]), "dynamodb:* is more than one action"),
    "a wildcard of resources": (put(READS, "Resource", "*"), "its resource is *"),
    "no leading keys": (drop(READS, "Condition"), "is not kept to kinds of items"),
    "a key too many": (
        lambda r: statement("DeliverWebhookRole", "ReadAndRecordDeliveries")(r)["Condition"]["ForAllValues:StringLike"][
            "dynamodb:LeadingKeys"
        ].append("N#*"),
        "deliver-webhook: may dynamodb:GetItem on ${Table.Arn} (A#* N#*), which it does not need",
    ),
    "another's queue": (
        put(
            statement("DeliverWebhookRole", "TakeAttemptsAndOrderTheNext"),
            "Resource",
            {"Fn::GetAtt": ["ImportQueue", "Arn"]},
        ),
        "deliver-webhook: may sqs:SendMessage on ${ImportQueue.Arn}",
    ),
    "the whole bucket": (
        put(statement("RunImportRole", "ReadAndPutAwayFiles"), "Resource", {"Fn::Sub": "${Bucket.Arn}/*"}),
        "run-import: may s3:GetObject on ${Bucket.Arn}/*",
    ),
    "the seal key for the importer": (
        lambda r: r["RunImportRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].remove(
            statement("RunImportRole", "NotTheSealKey")(r)
        ),
        "run-import: lacks that it is denied ssm:GetParameter",
    ),
    "a managed policy": (
        put(properties("LookupTrackingRole"), "ManagedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]),
        "lookup-tracking: its role has managed policies",
    ),
    "a role for anybody": (
        lambda r: r["StartTrackingRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0].update(
            Principal={"AWS": "*"}
        ),
        "start-tracking: others than Lambda may take its role",
    ),
    "a role of another": (
        put(properties("LookupTracking"), "Role", {"Fn::GetAtt": ["RunImportRole", "Arn"]}),
        "lookup-tracking: it has no role of its own",
    ),
    "network interfaces for the code": (
        lambda r: r["NetworkInterfaces"]["Properties"]["PolicyDocument"]["Statement"].pop(),
        "the functions' own code may change network interfaces",
    ),
    "a variable renamed": (
        rename(variables("RunImport"), "MILEPOST_BUCKET", "MILEPOST_BUCKET_NAME"),
        "run-import: reads MILEPOST_BUCKET, which the template does not set",
    ),
    "a variable that nobody reads": (
        put(variables("StartTracking"), "MILEPOST_BUCKET", "x"),
        "start-tracking: the template sets MILEPOST_BUCKET, which it does not read",
    ),
    "a variable of another queue": (
        put(variables("NotifyChanges"), "MILEPOST_WEBHOOK_QUEUE", {"Ref": "ImportQueue"}),
        "notify-changes: MILEPOST_WEBHOOK_QUEUE is ${ImportQueue}",
    ),
    "a function left out": (
        lambda r: r.pop("ScheduleImports"),
        "schedule-imports: functions/schedule-imports is built",
    ),
    "an unknown binary": (
        lambda r: r["RunImport"]["Metadata"]["BuildProperties"].update(Binary="run-imports"),
        "run-imports: the template runs a binary that is not built",
    ),
    "a timeout beyond the API's": (put(properties("LookupTracking"), "Timeout", 60), "lookup-tracking: Timeout is 60"),
    "a fixed memory": (put(properties("RunImport"), "MemorySize", 256), "ImportMemory does not decide its memory"),
    "a log that never expires": (
        drop(properties("RunImportLog"), "RetentionInDays"),
        "RunImportLog: the parameter LogRetentionDays does not decide",
    ),
    "a log of its own choosing": (
        drop(properties("RunImport"), "LoggingConfig"),
        "run-import: it does not log to its own",
    ),
    "a route lost": (
        lambda r: properties("StartTracking")(r)["Events"].pop("Stop"),
        "start-tracking: POST /v1/tracking/stop",
    ),
    "a route misspelt": (
        put(event("StartTracking", "Stop"), "Path", "/v1/tracking/halt"),
        "the route POST /v1/tracking/halt",
    ),
    "no default route": (
        lambda r: properties("ManageHub")(r)["Events"].pop("Default"),
        "manage-hub: $default does not lead to it",
    ),
    "no rate limit": (drop(properties("Api"), "DefaultRouteSettings"), "the API is not limited by ThrottlingRateLimit"),
    "an access log of queries": (
        lambda r: properties("Api")(r)["AccessLogSettings"].update(Format='{"path":"$context.path"}'),
        "says who asked for which parcel (path)",
    ),
    "a trigger dropped": (
        lambda r: properties("RunImport")(r)["Events"].clear(),
        "run-import: ImportQueue does not invoke it",
    ),
    "the stream dropped": (
        lambda r: properties("NotifyChanges")(r)["Events"].pop("Bundles"),
        "notify-changes: the table's stream does not invoke it",
    ),
    "the filter dropped": (drop(STREAM, "FilterCriteria"), "notify-changes: the stream is filtered by []"),
    "another filter": (
        lambda r: STREAM(r)["FilterCriteria"]["Filters"][0].update(
            Pattern=STREAM(r)["FilterCriteria"]["Filters"][0]["Pattern"].replace("B#", "W#")
        ),
        "not to new bundles",
    ),
    "no bisecting": (drop(STREAM, "BisectBatchOnFunctionError"), "BisectBatchOnFunctionError of the stream is None"),
    "retries without end": (drop(STREAM, "MaximumRetryAttempts"), "MaximumRetryAttempts of the stream is None"),
    "records too old to keep": (
        put(STREAM, "MaximumRecordAgeInSeconds", 86400),
        "MaximumRecordAgeInSeconds of the stream",
    ),
    "no destination of failures": (drop(STREAM, "DestinationConfig"), "DestinationConfig of the stream is None"),
    "no partial failures of the stream": (drop(STREAM, "FunctionResponseTypes"), "FunctionResponseTypes of the stream"),
    "no partial failures of a queue": (
        drop(event("DeliverWebhook", "Attempts"), "FunctionResponseTypes"),
        "deliver-webhook: WebhookQueue does not hear which messages failed",
    ),
    "a larger batch": (
        put(event("RunImport", "Orders"), "BatchSize", 10),
        "ImportQueue brings 10 messages at a time, not 1",
    ),
    "no limit of concurrency": (drop(event("RunImport", "Orders"), "ScalingConfig"), "not held to ImportConcurrency"),
    "a visibility below the timeout": (
        put(properties("ImportQueue"), "VisibilityTimeout", 300),
        "ImportQueue: a message comes again after 300 s",
    ),
    "a visibility below the heartbeat": (
        put(properties("ImportQueue"), "VisibilityTimeout", 120),
        "ImportQueue: the heartbeat of 180 s",
    ),
    "dead letters unlinked": (
        drop(properties("NotifyQueue"), "RedrivePolicy"),
        "NotifyQueue: a message that fails again and again goes to no queue",
    ),
    "too many tries": (
        lambda r: properties("ImportQueue")(r)["RedrivePolicy"].update(maxReceiveCount=100),
        "ImportQueue: a message is not given up after five tries",
    ),
    "dead letters that vanish": (
        put(properties("ImportDeadLetters"), "MessageRetentionPeriod", 3600),
        "ImportDeadLetters: dead letters are not kept",
    ),
    "a queue in the clear": (
        put(properties("WebhookQueue"), "SqsManagedSseEnabled", False),
        "WebhookQueue: messages are not",
    ),
    "a schedule dropped": (
        lambda r: properties("DeliverWebhook")(r)["Events"].pop("Tick"),
        "deliver-webhook: no schedule invokes it",
    ),
    "a fixed rate": (
        put(event("ScheduleImports", "Tick"), "ScheduleExpression", "rate(1 hour)"),
        "ImportTick does not decide",
    ),
    "another input": (
        put(event("DeliverWebhook", "Tick"), "Input", '{"tick":"retry"}'),
        'its schedule says {"tick":"retry"}',
    ),
    "ticks repeated": (
        drop(event("ScheduleImports", "Tick"), "RetryPolicy"),
        "its schedule repeats a tick that failed",
    ),
    "ticks repeated by Lambda": (
        drop(properties("ScheduleImports"), "EventInvokeConfig"),
        "schedule-imports: Lambda repeats a tick",
    ),
    "no expiry": (drop(properties("Table"), "TimeToLiveSpecification"), "Table: items do not expire by expires_at"),
    "no recovery": (
        drop(properties("Table"), "PointInTimeRecoverySpecification"),
        "Table: it has no point-in-time recovery",
    ),
    "a table in the clear": (drop(properties("Table"), "SSESpecification"), "Table: it is not encrypted"),
    "a stream with images": (
        put(properties("Table"), "StreamSpecification", {"StreamViewType": "NEW_AND_OLD_IMAGES"}),
        "Table: its stream is not one of keys alone",
    ),
    "a table that goes with the stack": (
        drop(lambda r: r["Table"], "DeletionPolicy"),
        "Table: DeletionPolicy does not keep it",
    ),
    "a bucket that goes": (
        drop(lambda r: r["Bucket"], "UpdateReplacePolicy"),
        "Bucket: UpdateReplacePolicy does not keep it",
    ),
    "a public bucket": (drop(properties("Bucket"), "PublicAccessBlockConfiguration"), "so it could be made public"),
    "a bucket without TLS": (lambda r: r.pop("BucketPolicy"), "Bucket: it answers without TLS"),
    "files kept for ever": (
        lambda r: properties("Bucket")(r)["LifecycleConfiguration"]["Rules"].pop(0),
        "Bucket: what lies below in/ is kept for ever",
    ),
    "dead letters unwatched": (
        lambda r: r.pop("WebhookDeadLettersAlarm"),
        "no alarm watches ApproximateNumberOfMessagesVisible of ${WebhookDeadLetters.QueueName}",
    ),
    "failing ticks unwatched": (lambda r: r.pop("FailingTicksAlarm"), "no alarm watches Errors of ${ScheduleImports}"),
    "late polls unwatched": (lambda r: r.pop("LatePollsAlarm"), "no alarm watches OldestPollWaiting"),
    "a quota for whoever looks": (
        without(statement("RefreshTrackingRole", "ShareQuotasAndTokens"), "dynamodb:UpdateItem"),
        "refresh-tracking: lacks that it may dynamodb:UpdateItem on ${Table.Arn} (L#*)",
    ),
    "erased parcels brought back": (
        put(statement("StartTrackingRole", "FindErasures"), "Action", "dynamodb:Query"),
        "start-tracking: lacks that it may dynamodb:GetItem on ${Table.Arn} (G#*)",
    ),
    "any function of the operator's": (
        lambda r: next(
            s["Fn::If"][1]
            for s in r["LookupTrackingRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
            if "AskCarriersOfTheOperator" in str(s)
        ).update(Resource="*"),
        "lookup-tracking: it may not call the functions of CarrierFunctions",
    ),
    "refresh-tracking without its schedule": (
        lambda r: properties("RefreshTracking")(r)["Events"].pop("Tick"),
        "refresh-tracking: no schedule invokes it",
    ),
    "an alarm that nobody hears": (
        drop(properties("FailingApiAlarm"), "AlarmActions"),
        "FailingApiAlarm: it tells nobody",
    ),
    "alarms that nobody asked for": (
        drop(lambda r: r["FailingApiAlarm"], "Condition"),
        "FailingApiAlarm: there although",
    ),
    "a VPC that nobody asked for": (
        put(properties("LookupTracking"), "VpcConfig", {"SubnetIds": {"Ref": "Subnets"}}),
        "lookup-tracking: it is put into a VPC",
    ),
    "a function outside the VPC": (
        drop(properties("RunImport"), "VpcConfig"),
        "run-import: it reaches hosts outside AWS",
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_fault_is_named(mutation: str) -> None:
    break_it, words = MUTATIONS[mutation]
    template = copy.deepcopy(load())
    break_it(template["Resources"])
    # Trying each parameter takes a second, and none of these is about parameters.
    named = faults(template, but=parameters)
    assert any(words in fault for fault in named), named


def test_a_parameter_without_effect_is_named() -> None:
    template = copy.deepcopy(load())
    template["Parameters"]["Unused"] = {"Type": "String", "Default": "", "Description": "Nothing"}
    assert any("Unused" in fault for fault in faults(template))
    template = copy.deepcopy(load())
    template["Resources"]["RunImport"]["Properties"]["MemorySize"] = 256
    assert "the parameter ImportMemory has no effect" in faults(template)
