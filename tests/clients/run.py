"""Runs the clients of this folder against a hub on this machine: `make clients`.

run.py --program target/debug/milepost --node-modules FOLDER [CLIENT...]

Each client is somebody else's and unmodified; its script takes the hub's address and a key, prints one line a step and
fails loudly. A client that fails does not keep the others from their turn.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from hub import Failed, Hub
from steps import OK

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Client:
    """A script, how many requests in a minute its key may make (0 is no limit), and what it is told besides."""

    script: str
    requests_per_minute: int
    arguments: tuple[str, ...] = ()


# As a deployed hub, unless somebody sets it otherwise.
AS_DEPLOYED = 200

CLIENTS = {
    "shipengine-python": Client("shipengine_python.py", AS_DEPLOYED),
    "shipengine-js": Client("shipengine_js.js", AS_DEPLOYED),
    "openapi-client": Client("openapi_client.js", AS_DEPLOYED),
    "ship24-python": Client("ship24_python.py", AS_DEPLOYED),
    "ship24-requests": Client("ship24_requests.js", AS_DEPLOYED),
    "openapi-document": Client("openapi_document.py", 0),
}

# The slowest takes a minute, on an idle machine.
SCRIPT_SECONDS = 300


def run_script(hub: Hub, name: str, node_modules: Path) -> tuple[int, bool]:
    """Runs one client with a key of its own. Answers how many steps held, and whether all did."""
    script = HERE / CLIENTS[name].script
    program = "node" if script.suffix == ".js" else sys.executable
    environment = os.environ | {"NODE_PATH": str(node_modules), "no_proxy": "*", "NO_PROXY": "*"}
    # The Python SDK would go there instead.
    environment.pop("CLIENT_BASE_URI", None)
    said = hub.folder / f"{name}.log"
    try:
        with said.open("w") as log:
            command = [program, str(script), hub.url, hub.key(name), *CLIENTS[name].arguments]
            done = subprocess.run(command, stdout=log, stderr=log, env=environment, timeout=SCRIPT_SECONDS)
        ended_well, hung = done.returncode == 0, ""
    except subprocess.TimeoutExpired:
        ended_well, hung = False, f"FAILED: not done after {SCRIPT_SECONDS} s\n"
    lines = said.read_text(errors="replace")
    print(f"{lines}{hung}", end="", flush=True)
    return sum(line.startswith(OK) for line in lines.splitlines()), ended_well


def run(program: Path, node_modules: Path, names: list[str]) -> bool:
    """Runs the clients, each limit at a hub of its own. Answers whether all succeeded."""
    begun = time.monotonic()
    passed = failed = 0
    for limit in sorted({CLIENTS[name].requests_per_minute for name in names}, reverse=True):
        own = [name for name in names if CLIENTS[name].requests_per_minute == limit]
        with tempfile.TemporaryDirectory() as folder, Hub(program, Path(folder) / "hub", limit) as hub:
            hub.tell_the_story()
            failed_before = failed
            for name in own:
                print(f"== {name}", flush=True)
                held, succeeded = run_script(hub, name, node_modules)
                passed, failed = passed + held, failed + (not succeeded)
            if failed > failed_before:
                print(f"---- the end of the hub's log\n{hub.log.read_text(errors='replace')[-8000:]}\n----")
    print(f"== {len(names)} clients in {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return failed == 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True, help="milepost, built")
    parser.add_argument("--node-modules", type=Path, required=True, help="where npm put the clients")
    parser.add_argument("clients", nargs="*", choices=[[], *CLIENTS], help="all, if none is named")
    given = parser.parse_args()
    if not given.program.exists():
        raise Failed(f"{given.program} is not there: cargo build --workspace --bin milepost")
    if not run(given.program.resolve(), given.node_modules.resolve(), given.clients or list(CLIENTS)):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except (Failed, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
