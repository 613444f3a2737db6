"""A hub on this machine for the length of a run, and what it knows before the clients come."""

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from steps import STORY

COLUMNS = (
    "tracking_number,event_code,description,local_timestamp,city,state,postal_code,country,signer,company,utc_offset"
)

# Of a hub whose programs were built without optimisation, on a busy machine.
START_SECONDS = 60
COMMAND_SECONDS = 60
STOP_SECONDS = 30

# A proxy that the machine uses is no way to its own loopback.
_DIRECT = build_opener(ProxyHandler({}))

T = TypeVar("T")


class Failed(Exception):
    """Something was not as it should be."""


class Hub:
    """`milepost up` on a folder of its own. It ends with the `with` block.

    Each key may make so many requests in a minute; 0 is no limit.
    """

    def __init__(self, program: Path, folder: Path, requests_per_minute: int) -> None:
        folder.mkdir()
        self.folder, self._program, self._limit = folder, program, requests_per_minute
        self.log = folder / "hub.log"
        self.url = ""

    def __enter__(self) -> "Hub":
        limit = ["--requests-per-minute", str(self._limit)]
        command = [str(self._program), *self._data(), "up", "--empty", "--listen", "127.0.0.1:0", *limit]
        with self.log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.url = wait_for("the hub", START_SECONDS, self._address)
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise Failed(f"the hub does not stop within {STOP_SECONDS} s") from None

    def _data(self) -> list[str]:
        return ["--data", str(self.folder / "data")]

    def _address(self) -> str | None:
        """As the hub prints it."""
        said = self.log.read_text()
        if self._process.poll() is not None:
            raise Failed(f"the hub has ended: {said}")
        printed = re.search(r"^  API +(http://\S+)$.*^  data ", said, re.MULTILINE | re.DOTALL)
        return printed[1] if printed else None

    def milepost(self, *arguments: str) -> str:
        """What a command prints that runs beside the hub."""
        command = [str(self._program), *self._data(), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS)
        if done.returncode != 0:
            raise Failed(f"milepost {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def key(self, label: str) -> str:
        """An API key."""
        return self.milepost("key", "create", "--label", label).strip()

    def tell_the_story(self) -> None:
        """A connection, a carrier's file with a parcel, and a label of it."""
        connection = self.folder / "connection.toml"
        connection.write_text(
            f'name = "{STORY["connection"]}"\ncarrier = "usps"\naccount = "default"\nlayout = "generic"\n'
            f'[source]\nkind = "s3"\nprefix = "usps/"\npattern = "*.csv"\n'
        )
        self.milepost("connection", "add", str(connection))
        report = self.take_in(
            "first.csv",
            (STORY["number"], "MA", "Shipping Label Created", 4),
            (STORY["number"], "03", "USPS picked up item", 3),
            (STORY["number"], "OF", "Out for Delivery", 2),
            (STORY["number"], "01", "Delivered", 1),
        )
        if report["events"] != STORY["events"]:
            raise Failed(f"the story's file is not imported: {report}")
        asked = {"carrier_code": "usps", "tracking_number": STORY["number"], "label_id": STORY["label"]}
        start = f"{self.url}/v1/tracking/start?{urlencode(asked)}"
        request = Request(start, headers={"API-Key": self.key("story")}, method="POST")
        # An error of HTTP ends the run.
        _DIRECT.open(request, timeout=COMMAND_SECONDS).close()

    def take_in(self, name: str, *rows: tuple[str, str, str, int]) -> dict[str, Any]:
        """Imports a file of number, code, text and age in days of each event. Answers the import's report."""
        file = self.folder / name
        now = datetime.now(UTC)
        lines = [
            f"{number},{code},{text},{(now - timedelta(days=age)):%Y-%m-%dT%H:%M:00},SARCOXIE,MO,64862,US,,,+00:00"
            for number, code, text, age in rows
        ]
        file.write_text("\r\n".join([COLUMNS, *lines, ""]))
        printed = self.milepost("--json", "import", str(file), "--layout", "generic", "--carrier", "usps")
        report: dict[str, Any] = json.loads(printed)
        return report


def wait_for(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` answers as soon as it is something; an error when it takes longer than that."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not after {seconds:.0f} s")
        time.sleep(0.1)
