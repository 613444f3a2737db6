"""A webhook's receiver: HTTPS at a public address of this run's network."""

import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from emulator import PUBLIC_ADDRESS


class Receiver:
    """Keeps what it gets. Its first answer is a failure."""

    def __init__(self, folder: Path) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        got = self.got
        self.authority, chain = _certificate(folder)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(503 if len(got) == 1 else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((PUBLIC_ADDRESS, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"https://{PUBLIC_ADDRESS}/hooks/milepost"

    def told_of(self, number: str) -> int:
        """How many messages there were about a parcel."""
        return sum(number.encode() in body for _, body in self.got)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """An authority of this run's own, and the receiver's certificate with its key."""
    now = datetime.now(UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("e2e authority", "receiver")]

    def certificate(subject: int, extensions: list[x509.ExtensionType]) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(names[subject])
            .issuer_name(names[0])
            .public_key(keys[subject].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, chain = folder / "authority.pem", folder / "receiver.pem"
    authority.write_bytes(certificate(0, [x509.BasicConstraints(ca=True, path_length=None)]))
    address = x509.IPAddress(ipaddress.ip_address(PUBLIC_ADDRESS))
    key = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain.write_bytes(key + certificate(1, [x509.SubjectAlternativeName([address])]))
    return authority, chain
