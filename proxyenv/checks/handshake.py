"""TLS servers and clients for trying certificates: in memory as each Python does it, and on loopback.

What Python 3.13 changed is two flags of OpenSSL, ``X509_STRICT`` and ``PARTIAL_CHAIN``, which Python has
offered since 3.10. So any interpreter can answer for any other.
"""

from __future__ import annotations

import os
import socket
import ssl
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from proxyenv.checks.mirror import Mirror

FLAGS: Final = {
    "python3.11": ssl.VERIFY_X509_TRUSTED_FIRST,
    "python3.12": ssl.VERIFY_X509_TRUSTED_FIRST,
    "python3.13": ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN,
    "openssl": ssl.VERIFY_X509_TRUSTED_FIRST,
    "openssl-strict": ssl.VERIFY_X509_TRUSTED_FIRST | ssl.VERIFY_X509_STRICT,
}
"""The flags of each runtime that Python's own OpenSSL can answer for."""

_TURNS: Final = 20


_PATIENCE: Final = 10.0


class UnservedError(Exception):
    """The server's side cannot be set up: OpenSSL does not load the certificates."""


def server_context(mirror: Mirror) -> ssl.SSLContext:
    """A server that sends the mirrored path.

    Its key and certificates are in a file for a moment, since OpenSSL loads them from files only.

    Raises:
        UnservedError: OpenSSL does not load them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # it sends weak certificates; the client judges them
    content = mirror.key + b"".join(_pems(mirror.path.sent))
    with tempfile.TemporaryDirectory(prefix="proxyenv-") as directory:
        name = Path(directory) / "server.pem"
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        try:
            context.load_cert_chain(name)
        except (ssl.SSLError, OSError) as error:
            raise UnservedError(f"OpenSSL does not load it: {error}") from error
    return context


def client_context(anchors: Iterable[bytes], flags: ssl.VerifyFlags) -> ssl.SSLContext:
    """A client that trusts only *anchors*, and verifies with *flags*.

    Raises:
        UnservedError: OpenSSL does not load one of them.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags = flags
    try:
        for der in anchors:
            context.load_verify_locations(cadata=der)
    except ssl.SSLError as error:
        raise UnservedError(f"OpenSSL does not load it: {error}") from error
    return context


def find_refusal(client: ssl.SSLContext, server: ssl.SSLContext, host: str) -> str | None:
    """Shake hands, and return what the client says; ``None`` if both sides accept.

    Args:
        client: verifies.
        server: sends its certificates.
        host: the name that the client asks for.
    """
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(_TURNS):
        try:
            ours.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            return f"certificate verify failed: {error.verify_message}"
        except ssl.SSLError as error:
            return error.reason or str(error)
        else:
            return None
        try:
            theirs.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLError as error:
            return f"the server aborts: {error.reason or error}"
    return "the handshake does not end"


def _pems(ders: Iterable[bytes]) -> Iterator[bytes]:
    return (ssl.DER_cert_to_PEM_cert(der).encode("ascii") for der in ders)


def write_anchors(directory: Path, number: int, anchors: Iterable[bytes]) -> Path:
    """Write *anchors* as a PEM file for another program to read."""
    path = directory / f"{number}.pem"
    with path.open("xb") as file:
        file.write(b"".join(_pems(anchors)))
    return path


class LoopbackServer:
    """A TLS server on loopback that sends one path to every client, as a context manager.

    Args:
        context: the server's side, with its certificates.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread on Linux
        self._listener.close()
        self._thread.join(timeout=1)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # it was closed
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):  # a client that refuses the certificate hangs up
            connection.settimeout(_PATIENCE)
            with self._context.wrap_socket(connection, server_side=True) as channel:
                channel.recv(1)
