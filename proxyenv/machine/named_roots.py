"""Reads what a path names that should name trust anchors, and whether clients get the CA from it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from proxyenv.bounded import read_content
from proxyenv.certificates.pem import is_plain, read_blocks
from proxyenv.errors import TrustError
from proxyenv.model.tools import NamedRoots

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.certificates.pem import Block


def read_roots(path: Path, anchors: frozenset[str], *, gnutls: bool = False) -> NamedRoots:
    """What is there.

    Args:
        path: absolute; nothing has to be there.
        anchors: the fingerprints of the corporate CAs, SHA-256 in lower-case hex; empty means that there is
            none to lack.
        gnutls: whether some builds of the client read it by GnuTLS, the others by OpenSSL.
    """
    if not os.path.exists(path):  # noqa: PTH110 - a path that cannot be is none, and raises nothing
        return NamedRoots("missing")
    if os.path.isdir(path):  # noqa: PTH112 - never raises
        return NamedRoots("directory")
    try:
        data = read_content(path)
        blocks = read_blocks(data, source=f"`{path}`").blocks
        lack = _find_lack(path, data, blocks, anchors, gnutls=gnutls)
    except (OSError, TrustError):
        blocks = ()
    return NamedRoots("file", lack) if blocks else NamedRoots("unreadable")


def find_lack(path: Path, anchors: frozenset[str], *, gnutls: bool = False) -> str | None:
    """Why a client gets none of the corporate CAs from a file, as a clause; ``None`` where it does.

    Of a directory, and of what cannot be read or understood, that is not known.
    """
    return read_roots(path, anchors, gnutls=gnutls).lack if anchors else None


def _find_lack(
    path: Path, data: bytes, blocks: tuple[Block, ...], anchors: frozenset[str], *, gnutls: bool
) -> str | None:
    held = anchors.intersection(block.fingerprint for block in blocks)
    if anchors and not held:
        return "lacks the corporate CA"
    if not held or is_plain(data):
        return None
    from proxyenv.machine.roots import find_misspelling

    spelling = find_misspelling(path, held, gnutls=gnutls)
    refuses = "neither GnuTLS nor OpenSSL loads" if gnutls else "OpenSSL does not load"
    return f"{refuses}: {spelling}" if spelling else None
