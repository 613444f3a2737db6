"""An AWS of one's own for the length of a run: the emulator, a network of its own, and a record of every call.

`ministack` (PyPI) makes a stack of a SAM template and runs the functions' binaries as processes, without Docker.
"""

import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import boto3

REGION = "eu-west-1"

# An address that deliver-webhook takes for a public one. It is on the loopback interface of a network that only this
# run has, so nothing leaves the machine.
PUBLIC_ADDRESS = "93.184.215.14"

_INSIDE = "MILEPOST_E2E_NAMESPACE"

T = TypeVar("T")


def enter_network_of_its_own() -> bool:
    """Starts this program again in a network and a process tree of its own, where it may have any address.

    Everything that it starts there ends with it, whatever happens. False where the kernel does not allow that.
    """
    if _INSIDE in os.environ:
        _set_address("lo", "127.0.0.1")
        _set_address("lo:1", PUBLIC_ADDRESS)
        return True
    for own_user in (["--map-root-user"], []):
        command = ["unshare", *own_user, "--net", "--pid", "--fork", "--kill-child"]
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
            os.environ[_INSIDE] = "1"
            os.execvp("unshare", [*command, sys.executable, *sys.argv])
    return False


def _set_address(interface: str, address: str) -> None:
    set_address, set_flags, up_and_running = 0x8916, 0x8914, 0x41
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        sockaddr = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(control, set_address, struct.pack("16s16s8x", interface.encode(), sockaddr))
        fcntl.ioctl(control, set_flags, struct.pack("16sH22x", interface.encode(), up_and_running))


def wait_for(what: str, seconds: float, look: Callable[[], T | None]) -> T:
    """What `look` answers as soon as it is neither None nor False; an error when it takes longer than that."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not after {seconds:.0f} s")
        time.sleep(0.2)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Call:
    """A call of a function to AWS."""

    function: str
    action: str  # as policies name it: dynamodb:Query
    resource: str  # a table's or a queue's name, bucket/key, a parameter's name
    keys: frozenset[str]  # the first two characters of the partition keys
    refused: bool  # for want of permission


class Emulator:
    """The emulator as a process, and before it the recorder that the functions speak to."""

    def __init__(self, folder: Path, more: dict[str, str]) -> None:
        self.more = more
        """What else stands in the environment of the functions, and in that of who speaks to their receivers."""
        self.port = free_port()
        self.recorder = Recorder(self.port)
        self.log = folder / "emulator.log"
        # Its functions inherit its environment: nothing of the caller's own AWS settings may get there.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MILEPOST_"))}
        self._environment = kept | more | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "AWS_ENDPOINT_URL": self.recorder.url,
            "TMPDIR": str(folder),
            "HOME": str(folder),
        }  # fmt: skip

    def __enter__(self) -> "Emulator":
        program = Path(sys.executable).with_name("ministack")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [program], env=self._environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        try:
            wait_for("the emulator", 60, self._healthy)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the emulator and its functions."""
        self.recorder.close()
        self._process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        # Whatever of its functions is left is in its process group.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)

    def client(self, service: str) -> Any:
        """A client with every right, past the recorder."""
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def http(
        self, method: str, api: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> tuple[int, Any]:
        """A request to the HTTP API: status, and the JSON of the answer. Who asks too often waits as it is told to."""
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
            connection.request(method, f"/_aws/execute-api/{api}/$default{path}", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            connection.close()
            if answer.status != 429:
                return answer.status, json.loads(said) if said else None
            time.sleep(int(answer.headers["Retry-After"]))
        return answer.status, said.decode()

    def _healthy(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"the emulator ended:\n{self.log.read_text()[-2000:]}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False


class QuietServer(ThreadingHTTPServer):
    """Says nothing of a caller that goes away, as a function does that is stopped at its timeout."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Recorder:
    """Hands every request of the functions on to the emulator as it is, and notes what it asks for.

    A function is known by the application's name in the SDK's user agent (AWS_SDK_UA_APP_ID).
    """

    def __init__(self, port: int) -> None:
        self.calls: set[Call] = set()
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self) -> None:
                body = self._body()
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    connection.putheader(name, value)
                connection.endheaders(self._sent if self._sent else None)
                answer = connection.getresponse()
                content = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else None
                self.send_header("Content-Length", length or str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                connection.close()
                refused = answer.status in (400, 403) and b"AccessDenied" in content
                calls.update(_calls(self.command, self.path, self.headers, body, refused))

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any

            def _body(self) -> bytes:
                """The body; `_sent` is what goes on, with the frames of a chunked one."""
                if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                    self._sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    return self._sent
                self._sent, body = b"", b""
                while True:
                    line = self.rfile.readline()
                    size = int(line.split(b";")[0], 16)
                    chunk = self.rfile.read(size + 2)
                    self._sent, body = self._sent + line + chunk, body + chunk[:size]
                    if size == 0:
                        return body

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _calls(method: str, target: str, headers: Any, body: bytes, refused: bool) -> list[Call]:
    """What a policy is asked about: of a transaction each of its writes (Service Authorization Reference, DynamoDB)."""
    call = _call(method, target, headers, body, refused)
    if call is None or call.action != "dynamodb:TransactWriteItems":
        return [call] if call else []
    writes = [write for item in json.loads(body)["TransactItems"] for write in item.items()]
    return [
        Call(call.function, f"dynamodb:{kind}Item", asked["TableName"], frozenset(_kinds(asked)), refused)
        for kind, asked in writes
    ]


def _kinds(asked: Any) -> set[str]:
    return {key[:2] for key in _partition_keys(asked)}


def _call(method: str, target: str, headers: Any, body: bytes, refused: bool) -> Call | None:
    agent = f"{headers.get('x-amz-user-agent', '')} {headers.get('user-agent', '')}"
    named = re.search(r"\bapp/(\S+)", agent)
    function = named.group(1) if named else "?"
    operation = headers.get("x-amz-target", "")
    if invoked := re.match(r"/2015-03-31/functions/([^/]+)/invocations", target):
        return Call(function, "lambda:InvokeFunction", unquote(invoked.group(1)), frozenset(), refused)
    if not operation:
        return _s3_call(function, method, target, refused)
    service, _, name = operation.partition(".")
    asked = json.loads(body or b"{}")
    if service.startswith("DynamoDB_"):
        tables = {asked["TableName"]} if "TableName" in asked else set(asked.get("RequestItems", {}))
        return Call(function, f"dynamodb:{name}", " ".join(sorted(tables)), frozenset(_kinds(asked)), refused)
    if service == "AmazonSQS":
        # AWS knows one action for both (Service Authorization Reference, Amazon SQS).
        name = name.removesuffix("Batch")
        return Call(function, f"sqs:{name}", asked.get("QueueUrl", "").rsplit("/", 1)[-1], frozenset(), refused)
    return Call(
        function, f"{service.removeprefix('Amazon').lower()}:{name}", asked.get("Name", ""), frozenset(), refused
    )


def _partition_keys(asked: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(asked, dict):
        for name, value in asked.items():
            if name in ("pk", ":p") and isinstance(value, dict) and "S" in value:
                found.add(value["S"])
            found |= _partition_keys(value)
    elif isinstance(asked, list):
        for value in asked:
            found |= _partition_keys(value)
    return found


def _s3_call(function: str, method: str, target: str, refused: bool) -> Call | None:
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = parse_qs(parts.query, keep_blank_values=True)
    if not key:
        return Call(function, "s3:ListBucket", bucket, frozenset(), refused)
    actions = {
        "GET": "GetObject",
        "HEAD": "GetObject",
        "PUT": "PutObject",
        "DELETE": "DeleteObject",
        "POST": "PutObject",
    }
    action = "AbortMultipartUpload" if method == "DELETE" and "uploadId" in query else actions[method]
    return Call(function, f"s3:{action}", f"{bucket}/{key}", frozenset(), refused)
