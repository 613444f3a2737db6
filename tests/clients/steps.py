"""What the scripts of this folder share: the story, and how they say what holds."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

OK = "  ok   "

STORY: dict[str, Any] = json.loads(Path(__file__).with_name("story.json").read_text())
"""What the hub of a run knows before the clients come."""

E = TypeVar("E", bound=Exception)


def check(what: str, holds: object, found: object = "") -> None:
    """Says what holds, or ends the script."""
    if not holds:
        sys.exit(f"FAILED: {what}: {found!r}")
    print(f"{OK}{what}", flush=True)


def raised(what: str, kind: type[E], call: Callable[[], Any]) -> E:
    """The error that a call must end with. Any other error ends the script by itself."""
    try:
        answer = call()
    except kind as error:
        return error
    sys.exit(f"FAILED: {what}: no {kind.__name__}, but {answer!r}")
