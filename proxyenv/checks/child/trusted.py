"""What a job trusts: its files of roots, and what is in them."""

from __future__ import annotations

import hashlib
import os
import ssl
import stat
from typing import TYPE_CHECKING, Final

from proxyenv.checks.child.record import Record, describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HELD: Final = 16
"""How many hex digits of a fingerprint stand for a certificate in a list of hundreds."""
_MOST: Final = 1000
_LARGEST: Final = 64 << 20
_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"
_END: Final = b"-----END CERTIFICATE-----"


def describe_roots(path: str, anchors: Iterable[str]) -> Record:
    """A file of roots: its digest, how many it has, the corporate CAs that it lacks, and when they end.

    Args:
        path: of the file.
        anchors: the SHA-256 of each corporate CA.
    """
    try:
        data = _read(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(path)
    except OSError as error:
        return {"path": path, "error": describe(error)}
    held = _read_fingerprints(data)
    return {
        "path": path,
        "digest": hashlib.sha256(data).hexdigest(),
        "count": len(held),
        "lacks": [anchor for anchor in anchors if anchor not in held],
        "ends": dict(_find_ends(context, frozenset(anchors))),
    }


def find_held(paths: Iterable[str]) -> list[str] | None:
    """What each of these files holds, so that it is trusted whichever is read.

    Returns:
        The beginning of each SHA-256, sorted; ``None`` where a file cannot be read, or it is too much to say.
    """
    try:
        held = [_read_fingerprints(_read(path)) for path in set(paths)]
    except (OSError, ValueError):  # a block that is no Base64
        return None
    common = sorted(each[:HELD] for each in frozenset.intersection(*held))
    return common if len(common) <= _MOST else None


def _read(path: str) -> bytes:
    """A whole file, before OpenSSL reads it: a device has no end, and a pipe may have no writer.

    Raises:
        OSError: it cannot be read, is none, or is larger than any file of roots.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"`{path}` is not a regular file")
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise OSError(f"`{path}` is larger than {_LARGEST >> 20} MiB")
    return data


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read_fingerprints(data: bytes) -> frozenset[str]:
    parts = (each.partition(_END) for each in data.split(_BEGIN)[1:])
    blocks = ((_BEGIN + body + _END).decode("ascii", "replace") for body, ended, _ in parts if ended)
    return frozenset(hashlib.sha256(ssl.PEM_cert_to_DER_cert(each)).hexdigest() for each in blocks)


def _find_ends(context: ssl.SSLContext, anchors: frozenset[str]) -> Iterator[tuple[str, float]]:
    pairs = zip(context.get_ca_certs(binary_form=True), context.get_ca_certs(), strict=False)
    for der, certificate in pairs:
        fingerprint = hashlib.sha256(der).hexdigest()
        if fingerprint in anchors and "notAfter" in certificate:
            yield fingerprint, ssl.cert_time_to_seconds(str(certificate["notAfter"]))
