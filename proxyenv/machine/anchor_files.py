"""Whether a file of CAs that a user names has the corporate ones."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import TrustError
from proxyenv.machine.content import read_content

if TYPE_CHECKING:
    from pathlib import Path


def lacks_anchors(path: Path, anchors: frozenset[str]) -> bool:
    """Whether a file has none of the corporate CAs.

    Args:
        path: the file; of a directory, and of what cannot be read or understood, that is not known.
        anchors: their fingerprints, SHA-256 in lower-case hex; empty means that there is none to lack.
    """
    if not anchors:
        return False
    try:
        blocks = parse_blocks(read_content(path), source=str(path))
    except (OSError, TrustError):
        return False
    return anchors.isdisjoint(hashlib.sha256(block.der).hexdigest() for block in blocks)
