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
from pathlib import Path

from hub import Failed, Hub
from steps import OK

HERE = Path(__file__).parent

SCRIPTS = {
    "shipengine-python": "shipengine_python.py",
    "shipengine-js": "shipengine_js.js",
    "openapi-client": "openapi_client.js",
}

# The slowest of them needs a tenth of it.
SCRIPT_SECONDS = 120


def run_script(hub: Hub, name: str, node_modules: Path) -> tuple[int, bool]:
    """Runs one client with a key of its own. Answers how many steps held, and whether all did."""
    script = HERE / SCRIPTS[name]
    program = "node" if script.suffix == ".js" else sys.executable
    environment = os.environ | {"NODE_PATH": str(node_modules), "no_proxy": "*", "NO_PROXY": "*"}
    # The Python SDK would go there instead.
    environment.pop("CLIENT_BASE_URI", None)
    said = hub.folder / f"{name}.log"
    try:
        with said.open("w") as log:
            command = [program, str(script), hub.url, hub.key(name)]
            done = subprocess.run(command, stdout=log, stderr=log, env=environment, timeout=SCRIPT_SECONDS)
        ended_well, hung = done.returncode == 0, ""
    except subprocess.TimeoutExpired:
        ended_well, hung = False, f"FAILED: not done after {SCRIPT_SECONDS} s\n"
    lines = said.read_text(errors="replace")
    print(f"{lines}{hung}", end="", flush=True)
    return sum(line.startswith(OK) for line in lines.splitlines()), ended_well


def run(program: Path, node_modules: Path, names: list[str]) -> bool:
    """Starts a hub and runs the clients. Answers whether all succeeded."""
    begun = time.monotonic()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="milepost-clients-") as folder, Hub(program, Path(folder) / "hub") as hub:
        hub.tell_the_story()
        for name in names:
            print(f"== {name}", flush=True)
            held, succeeded = run_script(hub, name, node_modules)
            passed, failed = passed + held, failed + (not succeeded)
        if failed:
            print(f"---- the end of the hub's log\n{hub.log.read_text(errors='replace')[-8000:]}\n----")
    print(f"== {len(names)} clients in {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed", flush=True)
    return failed == 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True, help="milepost, built")
    parser.add_argument("--node-modules", type=Path, required=True, help="where npm put the clients")
    parser.add_argument("clients", nargs="*", choices=[[], *SCRIPTS], help="all, if none is named")
    given = parser.parse_args()
    if not given.program.exists():
        raise Failed(f"{given.program} is not there: cargo build --workspace --bin milepost")
    if not run(given.program.resolve(), given.node_modules.resolve(), given.clients or list(SCRIPTS)):
        sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except (Failed, TimeoutError) as failure:
        sys.exit(f"FAILED: {failure}")
