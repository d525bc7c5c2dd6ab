"""Percent-encoding by RFC 3986, section 2.1, in time that grows with the text alone."""

from __future__ import annotations

from functools import cache


def percent_encode(octets: bytes, kept: frozenset[str]) -> str:
    """The text of *octets*: each as its ASCII character if that is in *kept*, else as ``%`` and digits."""
    return "".join(map(_make_table(kept).__getitem__, octets))


@cache
def _make_table(kept: frozenset[str]) -> tuple[str, ...]:
    """What each octet becomes."""
    return tuple(chr(octet) if chr(octet) in kept else f"%{octet:02X}" for octet in range(256))
