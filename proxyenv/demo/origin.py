"""The server at the far end: ``/uuid`` over http and https, and a directory of files."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import ssl
import threading
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIFETIME: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DemoOrigin:
    """A running origin.

    Args:
        http_port: on ``127.0.0.1``.
        https_port: on ``127.0.0.1``.
        ca: the certificate that signed the origin's, PEM. Only the proxy needs to trust it.
        issued: every ``uuid`` that was handed out → the path and query that asked for it.
    """

    http_port: int
    https_port: int
    ca: Path
    issued: dict[str, str] = field(default_factory=dict)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, issued: dict[str, str], directory: str) -> None:
        self.issued = issued
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]  # the server's own three

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/uuid":
            super().do_GET()
            return
        answer = str(uuid.uuid4())
        self.issued[answer] = self.path
        body = json.dumps({"uuid": answer}).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the proxy's log is the evidence."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up during the handshake is part of the demonstration."""


@contextmanager
def start_origin(directory: Path, *, names: tuple[str, ...]) -> Iterator[DemoOrigin]:
    """Serve ``/uuid``, and below ``directory/files`` everything else, over http and https on free ports.

    Args:
        directory: gets the CA (``origin-ca.pem``), the server's certificate and key, and ``files``.
        names: DNS names or addresses that the certificate is for.
    """
    files = directory / "files"
    files.mkdir(exist_ok=True)
    ca, chain = make_certificates(directory, names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    issued: dict[str, str] = {}
    handler = partial(_Handler, issued=issued, directory=str(files))
    with ExitStack() as stack:
        plain = stack.enter_context(_Server(("127.0.0.1", 0), handler))
        tls = stack.enter_context(_Server(("127.0.0.1", 0), handler))
        # Each handshake in the thread of its own request: a client that stalls holds up nobody.
        tls.socket = context.wrap_socket(tls.socket, server_side=True, do_handshake_on_connect=False)
        for server in (plain, tls):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            stack.callback(server.shutdown)
        yield DemoOrigin(plain.server_port, tls.server_port, ca, issued)


def make_certificates(directory: Path, names: tuple[str, ...]) -> tuple[Path, Path]:
    """Write a new CA, and a certificate of it for *names* together with its key; return both paths."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Public Root of the Demonstration")
    ca_basics = x509.BasicConstraints(ca=True, path_length=0)
    ca = (
        _builder(ca_name, ca_name, ca_key, ca_key)
        .add_extension(ca_basics, critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        _builder(_name(names[0]), ca_name, key, ca_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    ca_path, chain_path = directory / "origin-ca.pem", directory / "origin.pem"
    ca_path.write_bytes(ca.public_bytes(pem))
    chain_path.touch(mode=0o600)
    chain_path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(pem)
    )
    return ca_path, chain_path


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    """A certificate with everything that Python 3.13's strict verification asks for."""
    now = dt.datetime.now(dt.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFETIME)
        .not_valid_after(now + LIFETIME)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
