"""What an operator does by `milepost --target aws`."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from emulator import REGION
from hub import ACCOUNT, STACK, Failed, Hub, check
from template import ROOT

CONNECTION = "usps-extract"
READ = "read"
"""Where its files go when they have been read."""

PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/milepost"
"""As `make e2e` builds it."""


def milepost(hub: Hub, *arguments: str) -> str:
    """What the command prints, with every right in the account."""
    environment = os.environ | hub.emulator.more | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{hub.emulator.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    asked = [str(PROGRAM), "--target", "aws", "--stack", STACK, "--region", REGION, *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, env=environment, timeout=120)
    if done.returncode != 0:
        raise Failed(f"milepost {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def create_key(hub: Hub) -> str:
    """An API key."""
    return milepost(hub, "key", "create", "--label", "e2e").strip()


def add_webhook(hub: Hub, url: str) -> str:
    """An endpoint, whose receiver answers when it is added. Answers its secret."""
    added: dict[str, Any] = json.loads(milepost(hub, "--json", "webhook", "add", url))
    check("the webhook's receiver answers the probe", added["enabled"], added)
    return str(added["secret"])


def add_connection(hub: Hub, folder: Path) -> int:
    """A connection to files below in/ of the hub's bucket, due at once. Answers its number."""
    file = folder / "connection.toml"
    file.write_text(
        f'name = "{CONNECTION}"\ncarrier = "usps"\naccount = "{ACCOUNT}"\nlayout = "generic"\nevery_minutes = 60\n'
        f'notify_from = "2020-01-01T00:00:00Z"\n[source]\nkind = "s3"\nprefix = "{CONNECTION}/"\npattern = "*.csv"\n'
        f'[files]\nafterwards = "move"\narchive = "{READ}"\n'
    )
    return int(json.loads(milepost(hub, "--json", "connection", "add", str(file)))["carrier_id"])


def import_by_hand(hub: Hub, file: Path) -> dict[str, Any]:
    """A file of the operator's own. Answers the report of its import."""
    printed = milepost(hub, "--json", "import", str(file), "--layout", "generic", "--carrier", "usps")
    report: dict[str, Any] = json.loads(printed)
    return report
