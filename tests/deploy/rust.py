"""What the Rust sources say of themselves, by simple patterns: a source that no longer fits one fails the tests."""

import json
import re
from functools import cache
from typing import Any

from template import ROOT


@cache
def _source(path: str) -> str:
    """Without comments: what stands in them is not what the code does."""
    return re.sub(r"^\s*//.*$", "", (ROOT / path).read_text(), flags=re.MULTILINE)


def _found(pattern: str, path: str) -> str:
    match = re.search(pattern, _source(path), re.DOTALL)
    assert match, f"{path} has nothing like {pattern}: rust.py reads it wrongly"
    return match.group(1)


def functions() -> set[str]:
    """A folder of functions/ is a function."""
    return {folder.name for folder in (ROOT / "functions").iterdir() if (folder / "Cargo.toml").exists()}


def variables(function: str) -> set[str]:
    """The MILEPOST_ variables in the body of the `impl` of the config that main.rs reads."""
    config = _found(r"(\w+Config)::from_env\(\)", f"functions/{function}/src/main.rs")
    body = _found(rf"\nimpl {config} \{{(.*?)\n\}}", "shared/milepost-runtime/src/config.rs")
    return set(re.findall(r'"(MILEPOST_\w+)"', body))


def routes(function: str) -> set[str]:
    """The lines of the table of routes that the function answers, as the gateway has them: `GET /v1/tracking`.

    A greedy parameter can only be the last of a gateway's path.
    """
    lines = re.findall(r'line\((\w+), "([^"]+)", (\w+)\(', _source("shared/milepost-contract/src/routes/table.rs"))
    first = function.split("-")[0].capitalize()
    up_to_greedy = [(method, re.sub(r"(\{\w+\+\}).*", r"\1", path), of) for method, path, of in lines]
    return {f"{method.upper()} {path}" for method, path, of in up_to_greedy if of == first}


def heartbeat_seconds() -> int:
    """For how long a run hides its message at a time."""
    return int(_found(r"hidden_seconds: (\d+)", "functions/run-import/src/lib.rs"))


def table_names() -> dict[str, str]:
    """The names of the table's attributes that the template has to know."""
    source = _source("shared/milepost-store/src/table.rs")
    return dict(re.findall(r'pub const (\w+): &str = "(\w+)"', source))


@cache
def table_operations() -> set[str]:
    """The operations that the crate that alone speaks to DynamoDB sends: calls of its client, in camel case."""
    names: set[str] = set()
    for file in (ROOT / "shared/milepost-store/src").rglob("*.rs"):
        names |= set(re.findall(r"client\s*\.(\w+)\(\)", file.read_text()))
    return {"".join(part.capitalize() for part in name.split("_")) for name in names}


def sample_events(function: str) -> list[Any]:
    """The sample events of a function, each of which a Rust test decodes."""
    return [json.loads(file.read_text()) for file in sorted((ROOT / "events" / function).glob("*.json"))]
