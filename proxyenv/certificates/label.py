"""Foreign text made fit for a comment line and for a terminal."""

from __future__ import annotations

import re
from typing import Final

_OUTSIDE: Final = re.compile(r"[^ -~]")
_RULE: Final = re.compile(r"-{4,}")
_SUSPECT: Final = re.compile(r"[^ -~]|-{4}")


def escape_label(text: str) -> str:
    r"""Printable ASCII on one line, in which no PEM marker can hide.

    A subject is written by whoever made the certificate. With a line feed in it, it could add a
    block to the bundle; with ``-----BEGIN`` in it, it could do so for readers that look for markers
    anywhere. So every other character becomes the ``\XX`` pairs of its UTF-8, as RFC 4514 has it,
    and likewise every hyphen of a row of four or more.

    Args:
        text: anything. What has been escaped stays as it is.
    """
    if _SUSPECT.search(text) is None:  # nearly always
        return text
    text = _OUTSIDE.sub(lambda match: _pairs(match.group()), text)
    return _RULE.sub(lambda match: _pairs(match.group()), text)


def _pairs(text: str) -> str:
    return "".join(f"\\{octet:02X}" for octet in text.encode("utf-8", "surrogatepass"))
