"""template.yaml as CloudFormation has it before it makes anything: SAM transformed, parameters and conditions decided.

References to resources stay, as texts: `!Ref Table` is "${Table}", `!GetAtt Table.Arn` is "${Table.Arn}", and
`!Sub ${Bucket.Arn}/in/*` is "${Bucket.Arn}/in/*". So whatever a property comes to can be compared with a text.
"""

import copy
import os
import re
from pathlib import Path
from typing import Any

from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]

# Stands for a property that is left out (AWS::NoValue).
NOTHING = object()

Json = Any


def load() -> Json:
    """template.yaml, its tags written out ({"Ref": ...}, {"Fn::Sub": ...})."""
    return yaml_parse((ROOT / "template.yaml").read_text())


def binaries(template: Json) -> dict[str, str]:
    """The functions' logical names, and the binary that `sam build` takes for each."""
    functions = {n: r for n, r in template["Resources"].items() if r["Type"] == "AWS::Serverless::Function"}
    return {n: r.get("Metadata", {}).get("BuildProperties", {}).get("Binary", "") for n, r in functions.items()}


def packaged(template: Json, bucket: str) -> Json:
    """A copy of the template as `sam package` leaves it: each function's code is an archive in a bucket."""
    template = copy.deepcopy(template)
    for name, binary in binaries(template).items():
        template["Resources"][name]["Properties"]["CodeUri"] = f"s3://{bucket}/{binary}.zip"
    return template


class Stack:
    """What a stack of the template with these parameters consists of."""

    def __init__(self, template: Json, parameters: dict[str, str] | None = None) -> None:
        os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
        self.source = template
        self._values = {name: str(declared.get("Default", "")) for name, declared in template["Parameters"].items()}
        self._values |= parameters or {}
        given = {name: self._parameter(name) for name in self._values}
        transformed = transform(packaged(template, "code"), given, ManagedPolicyLoader(None))
        self._conditions = transformed.get("Conditions", {})
        self.resources: dict[str, Json] = {}
        for name, resource in transformed["Resources"].items():
            if "Condition" not in resource or self._holds(resource["Condition"]):
                self.resources[name] = self._decided(resource)
        self.outputs = self._decided(transformed.get("Outputs", {}))

    def of_type(self, kind: str) -> dict[str, Json]:
        """The resources of a type: logical name and properties."""
        return {n: r.get("Properties", {}) for n, r in self.resources.items() if r["Type"] == kind}

    def properties(self, name: str) -> Json:
        """The properties of a resource; none if there is no such resource."""
        return self.resources.get(name, {}).get("Properties", {})

    def statements(self, role: str) -> list[Json]:
        """The statements of a role's own policies; actions, resources and leading keys as lists."""
        found = []
        for policy in self.properties(role).get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [])
                found.append(
                    {
                        "Sid": statement.get("Sid", "?"),
                        "Effect": statement["Effect"],
                        "Actions": as_list(statement["Action"]),
                        "Resources": as_list(statement["Resource"]),
                        "LeadingKeys": as_list(keys),
                        "Conditions": sorted(statement.get("Condition", {})),
                    }
                )
        return found

    def _parameter(self, name: str) -> Json:
        value = self._values[name]
        kind = self.source["Parameters"][name]["Type"]
        if kind == "Number":
            return int(value)
        return value.split(",") if kind == "CommaDelimitedList" else value

    def _holds(self, condition: str) -> bool:
        return self._truth(self._conditions[condition])

    def _truth(self, condition: Json) -> bool:
        (function, argument), *_ = condition.items()
        if function == "Condition":
            return self._holds(argument)
        if function == "Fn::Not":
            return not self._truth(argument[0])
        if function == "Fn::Equals":
            left, right = self._decided(argument)
            return bool(left == right)
        raise NotImplementedError(function)

    def _decided(self, value: Json) -> Json:
        if isinstance(value, list):
            return [decided for item in value if (decided := self._decided(item)) is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), *_ = value.items()
            if function in _FUNCTIONS:
                return _FUNCTIONS[function](self, argument)
        decided = {key: self._decided(item) for key, item in value.items()}
        return {key: item for key, item in decided.items() if item is not NOTHING}

    def _ref(self, name: str) -> Json:
        if name == "AWS::NoValue":
            return NOTHING
        return self._parameter(name) if name in self._values else f"${{{name}}}"

    def _get_att(self, argument: Json) -> str:
        return f"${{{argument if isinstance(argument, str) else '.'.join(argument)}}}"

    def _if(self, argument: Json) -> Json:
        condition, yes, no = argument
        return self._decided(yes if self._holds(condition) else no)

    def _sub(self, argument: Json) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})
        own = self._decided(own)

        def insert(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in own:
                return str(own[name])
            return str(self._parameter(name)) if name in self._values else match.group(0)

        return re.sub(r"\$\{([^!}]+)\}", insert, text)

    def _join(self, argument: Json) -> str:
        return str(argument[0]).join(str(part) for part in self._decided(argument[1]))

    def _split(self, argument: Json) -> list[str]:
        return str(self._decided(argument[1])).split(argument[0])


_FUNCTIONS = {
    "Ref": Stack._ref,
    "Fn::GetAtt": Stack._get_att,
    "Fn::If": Stack._if,
    "Fn::Sub": Stack._sub,
    "Fn::Join": Stack._join,
    "Fn::Split": Stack._split,
}


def as_list(value: Json) -> list[Json]:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list) else [value]
