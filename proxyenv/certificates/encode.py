"""Writes as much DER as a name or a container needs; :mod:`proxyenv.certificates.der` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SET: Final = 0x31
_OBJECT_IDENTIFIER: Final = 0x06

_LONG_FORM: Final = 0x80
_SEVEN_BITS: Final = 0x7F


def encode_element(tag: int, *content: bytes) -> bytes:
    """One element: the tag, the length in its shortest form, and all of *content* in a row."""
    body = b"".join(content)
    size = len(body)
    if size < _LONG_FORM:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + body


def encode_set_of(elements: Iterable[bytes]) -> bytes:
    """A SET OF: its elements in the order of their octets, as DER demands (X.690, 11.6)."""
    return encode_element(_SET, *sorted(elements))


def encode_oid(dotted: str) -> bytes:
    """An object identifier, such as ``2.5.29.37.0``."""
    first, second, *rest = map(int, dotted.split("."))
    return encode_element(_OBJECT_IDENTIFIER, *map(_base_128, (40 * first + second, *rest)))


def _base_128(number: int) -> bytes:
    octets = [number & _SEVEN_BITS]
    while number := number >> 7:
        octets.append(_LONG_FORM | number & _SEVEN_BITS)
    return bytes(reversed(octets))
