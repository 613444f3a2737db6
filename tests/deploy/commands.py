"""What an operator does by `milepost --target aws`. As long as the command has no `--target`, the items that it would
write are written here, as milepost-store has them."""

import base64
import hashlib
import json
import os
import secrets
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from emulator import REGION
from hub import ACCOUNT, STACK, Failed, Hub, milliseconds
from template import ROOT

CONNECTION = "usps-extract"


def command() -> str | None:
    """The `milepost` of `cargo build -p milepost`, or MILEPOST_CLI; None as long as it has no `--target`."""
    built = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/milepost"
    program = Path(os.environ.get("MILEPOST_CLI", built))
    if not program.exists():
        return None
    help_text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    return str(program) if "--target" in help_text else None


def milepost(hub: Hub, *arguments: str) -> str | None:
    """What the command prints, with every right in the account; None as long as there is no command for it."""
    program = command()
    if program is None:
        return None
    environment = os.environ | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{hub.emulator.port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    asked = [program, "--target", "aws", "--stack", STACK, "--region", REGION, *arguments]
    done = subprocess.run(asked, capture_output=True, text=True, env=environment, timeout=120)
    if done.returncode != 0:
        raise Failed(f"milepost {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def create_key(hub: Hub) -> str:
    """`milepost key create`: an API key, known by its hash, once for callers and once for the account's list."""
    if printed := milepost(hub, "key", "create", "--label", "e2e"):
        return printed.strip()
    key = "mp_" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    digest = hashlib.sha256(key.encode()).hexdigest()
    for pk, sk in ((f"K#{digest}", "K"), (f"A#{ACCOUNT}", f"K#{digest}")):
        hub.put(
            pk, sk, account=ACCOUNT, label="e2e", created_ms=milliseconds(datetime.now(UTC)),
            look_up=True, follow=True, manage=True,
        )  # fmt: skip
    return key


def add_webhook(hub: Hub, url: str) -> str:
    """`milepost webhook add`: an endpoint, its secret sealed to its item with AES-256-GCM. Answers the secret."""
    if printed := milepost(hub, "--json", "webhook", "add", url):
        return str(json.loads(printed)["secret"])
    pk, sk = f"A#{ACCOUNT}", "E#se-1"
    secret, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
    sealed = b"\x01" + nonce + AESGCM(hub.seal_key).encrypt(nonce, secret, f"{pk}\0{sk}".encode())
    hub.put(pk, sk, address=url, sealed=sealed, created_ms=milliseconds(datetime.now(UTC)), enabled=True)
    return "whsec_" + base64.b64encode(secret).decode()


def add_connection(hub: Hub, folder: Path) -> int:
    """`milepost connection add`: files below in/ of the hub's bucket, due at once. Answers its number."""
    file = folder / "connection.toml"
    file.write_text(
        f'name = "{CONNECTION}"\ncarrier = "usps"\naccount = "{ACCOUNT}"\nlayout = "generic"\nevery_minutes = 60\n'
        f'notify_from = "2020-01-01T00:00:00Z"\n[source]\nkind = "s3"\nprefix = "{CONNECTION}/"\npattern = "*.csv"\n'
    )
    if printed := milepost(hub, "--json", "connection", "add", str(file)):
        return int(json.loads(printed)["carrier_id"])
    now = datetime.now(UTC)
    due, shard = milliseconds(now), hashlib.sha256(CONNECTION.encode()).digest()[0] % 4
    week = int((now + timedelta(days=7)).timestamp())
    hub.put(f"D#connection#{shard}#{due // 900_000}", f"{due:013}#{CONNECTION}", payload=CONNECTION, expires_at=week)
    hub.put(
        f"C#{CONNECTION}", "C", carrier_id=1, carrier="usps", scope=ACCOUNT, layout="generic", notify_from=0,
        next_due=due, every_minutes=60, source="s3", bucket="", prefix=f"in/{CONNECTION}/", pattern="*.csv",
    )  # fmt: skip
    hub.put(f"A#{ACCOUNT}", f"C#{CONNECTION}", connection=CONNECTION)
    hub.put(f"A#{ACCOUNT}", "I#1", connection=CONNECTION)
    return 1
