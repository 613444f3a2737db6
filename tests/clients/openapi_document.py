"""schemathesis against a hub and its own OpenAPI document: no server error, and no answer that is not in the document.

openapi_document.py URL KEY
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from steps import check

# One seed, so that two runs ask the same; so many requests that a run takes a minute or so.
SEED = 20261122
REQUESTS_OF_A_KIND = 20

# Left out: ignored_auth, for Ship24 answers 400 where no key is sent, and so does the hub at its routes; and
# allow_header_conformance, for which a path with an {id} in it takes no part in what a fixed path allows.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def main(url: str, key: str) -> None:
    """One run of schemathesis."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--no-color", "run", f"{url}/openapi.json",
        "--header", f"API-Key: {key}", "--checks", ",".join(CHECKS), "--warnings", "off",
        "--seed", str(SEED), "--max-examples", str(REQUESTS_OF_A_KIND), "--continue-on-failure",
        # Two threads that parse Python at once end Python 3.11 with a SystemError, now and then.
        "--workers", "1",
        # Ship24's routes stand twice in the document; /public/v1 is where its clients ask.
        "--exclude-path-regex", "^/public/v1/",
    ]  # fmt: skip
    # It leaves a folder of what it tried where it runs.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print(done.stdout)
    cases = re.search(r"Test cases:\n +(.*)", done.stdout)
    tested = re.search(r"Tested: (\d+)", done.stdout)
    what = f"{tested[1] if tested else 'no'} operations answer as documented ({cases[1] if cases else 'no cases'})"
    check(what, done.returncode == 0 and tested and cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
