"""Bytes to and from a peer: a socket, and TLS over a socket or over another TLS connection.

TLS goes through memory buffers instead of :meth:`ssl.SSLContext.wrap_socket` for two reasons: an
``https://`` proxy needs TLS within TLS, and the bytes that the peer sent remain available when verification
fails. Up to TLS 1.2 the certificates cross the wire unencrypted (RFC 5246, section 7.4.2), so a refused
certificate can be read from these bytes. Every context here verifies.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from proxyenv.checks.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_CHUNK: Final = 65536

T = TypeVar("T")


_HANDSHAKE_RECORD: Final = 22
_CERTIFICATE_MESSAGE: Final = 11
_RECORD_HEAD: Final = 5
_MESSAGE_HEAD: Final = 4
_LENGTH: Final = 3


class Channel(Protocol):
    """A connection."""

    def send(self, data: bytes) -> None:
        """Send all of *data*."""

    def receive(self) -> bytes:
        """The next bytes; ``b""`` at the end."""

    def close(self) -> None:
        """Close the connection; may be called twice."""


def trusting(roots: Path) -> ssl.SSLContext:
    """A context that trusts the certificates of one file or hashed directory, and no others.

    Raises:
        OSError: the file cannot be read or has no certificate.
    """
    if roots.is_dir():
        return ssl.create_default_context(capath=roots)
    return ssl.create_default_context(cafile=roots)


def is_of_roots(error: OSError) -> bool:
    """Whether an error of :func:`trusting` is about what the file holds."""
    return isinstance(error, ssl.SSLError) and error.library == "X509"


def name_of(name: Iterable[Iterable[tuple[str, str]]]) -> str:
    """A short form of a distinguished name from :meth:`ssl.SSLSocket.getpeercert`."""
    parts = dict(pair for group in name for pair in group)
    common, organisation = parts.get("commonName"), parts.get("organizationName")
    if common and organisation and organisation != common:
        return f"{common} ({organisation})"
    return (
        common
        or organisation
        or ", ".join(f"{key}={value}" for key, value in parts.items())
        or "an empty name"
    )


class PlainChannel:
    """A TCP connection.

    Args:
        host: a name or an address.
        port: 1 to 65535.
        timeout: seconds for connecting, the resolver included, and for each later step; three times as long
            for all.

    Raises:
        OSError: the name does not resolve, or none of its addresses accepts.
    """

    def __init__(self, host: str, port: int, *, timeout: float) -> None:
        self._timeout, self._deadline = timeout, time.monotonic() + 3 * timeout
        self._socket = connect(host, port, seconds=timeout)
        self._socket.settimeout(timeout)
        self.peer: tuple[str, int] = self._socket.getpeername()[:2]

    def send(self, data: bytes) -> None:
        """Send all of *data*."""
        self._socket.sendall(data)

    def receive(self) -> bytes:
        """The next bytes; ``b""`` at the end."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("it sends without end")
        self._socket.settimeout(min(self._timeout, left))
        return self._socket.recv(_CHUNK)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class TLSChannel:
    """TLS over another channel, which it then owns.

    Args:
        below: what carries it.
        context: how to verify the peer.
        server_hostname: the name or address that the certificate must be for. A name is also sent to the
            peer (SNI); an address is not (RFC 6066, section 3).

    Raises:
        ssl.SSLCertVerificationError: the certificate is refused.
        ssl.SSLError: the peer does not speak TLS, or refuses.
        OSError: the connection was lost.
    """

    def __init__(self, below: Channel, context: ssl.SSLContext, *, server_hostname: str) -> None:
        self._below = below
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
        self.received = bytearray()

    def handshake(self) -> None:
        """Shake hands and verify the peer. Afterwards :attr:`received` holds what the peer sent."""
        try:
            self._drive(self._tls.do_handshake, record=True)
        except ssl.SSLError:
            with suppress(OSError):  # the peer, which would get the alert, may be gone
                self._flush()
            raise

    @property
    def issuer(self) -> str:
        """A short name of the issuer of the verified certificate."""
        certificate: dict[str, Any] = dict(self._tls.getpeercert() or {})
        return name_of(certificate.get("issuer", ()))

    @property
    def version(self) -> str:
        """The protocol's version, such as ``TLSv1.3``."""
        return self._tls.version() or "TLS"

    def send(self, data: bytes) -> None:
        """Send all of *data*."""
        self._drive(lambda: self._tls.write(data))

    def receive(self) -> bytes:
        """The next bytes; ``b""`` at the end."""
        try:
            return self._drive(lambda: self._tls.read(_CHUNK))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def close(self) -> None:
        """Close the connection below."""
        self._below.close()

    def _drive(self, step: Callable[[], T], *, record: bool = False) -> T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                data = self._below.receive()
                if record:
                    self.received += data
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._below.send(self._outgoing.read())


def find_chain(received: bytes) -> tuple[bytes, ...]:
    """The certificates (DER, leaf first) in what a TLS 1.2 server sent; empty if there are none.

    Args:
        received: the bytes of the connection from its start; they may end anywhere.
    """
    for kind, body in _messages(b"".join(_handshake_records(received))):
        if kind == _CERTIFICATE_MESSAGE:
            return tuple(_certificates(body[_LENGTH:]))
    return ()


def _handshake_records(data: bytes) -> Iterator[bytes]:
    while len(data) >= _RECORD_HEAD and data[0] == _HANDSHAKE_RECORD:
        end = _RECORD_HEAD + int.from_bytes(data[3:_RECORD_HEAD], "big")
        yield data[_RECORD_HEAD:end]
        data = data[end:]


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _MESSAGE_HEAD:
        end = _MESSAGE_HEAD + int.from_bytes(data[1:_MESSAGE_HEAD], "big")
        if len(data) < end:
            return
        yield data[0], data[_MESSAGE_HEAD:end]
        data = data[end:]


def _certificates(data: bytes) -> Iterator[bytes]:
    while len(data) >= _LENGTH:
        end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
        if len(data) < end:
            return
        yield data[_LENGTH:end]
        data = data[end:]
