"""The certificates that a peer sent, read from a handshake that failed.

A context that verifies does not hand out a certificate that it refused, and one that does not verify
has no place here. But up to TLS 1.2 the certificates cross the wire in the clear (RFC 5246, section
7.4.2), so they can be read from what was received while the handshake failed, as it should.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANDSHAKE_RECORD: Final = 22
_CERTIFICATE_MESSAGE: Final = 11
_RECORD_HEAD: Final = 5
_MESSAGE_HEAD: Final = 4
_LENGTH: Final = 3


def find_chain(received: bytes) -> tuple[bytes, ...]:
    """The certificates (DER, leaf first) in what a TLS 1.2 server sent; empty when there are none.

    Args:
        received: the bytes of the connection from its start; may end anywhere.
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
