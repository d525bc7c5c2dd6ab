"""As much DER as names, containers and lints need; certificates themselves are parsed by cryptography."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
TELETEX_STRING: Final = 0x14
IA5_STRING: Final = 0x16
VISIBLE_STRING: Final = 0x1A
UNIVERSAL_STRING: Final = 0x1C
BMP_STRING: Final = 0x1E
SEQUENCE: Final = 0x30
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SET: Final = 0x31
CONTEXT_0: Final = 0xA0
CONTEXT_3: Final = 0xA3

_HEADER: Final = 2
_LONGEST_HEADER: Final = 10
_LONG_TAG: Final = 0x1F
_LONG_FORM: Final = 0x80
_SEVEN_BITS: Final = 0x7F
_PKCS12_VERSION: Final = b"\x03"


class Element(NamedTuple):
    """One DER element.

    Args:
        tag: its first octet.
        content: its content octets.
        rest: what follows the element.
        raw: header and content.
    """

    tag: int
    content: bytes
    rest: bytes
    raw: bytes


def is_der(data: bytes) -> bool:
    """Whether *data* starts with a DER (or BER) sequence, as a text that begins with ``0`` does not.

    A short sequence, such as a key on an elliptic curve, must fill *data*, since its length
    octet could be a letter.
    """
    if len(data) < _HEADER or data[0] != SEQUENCE:
        return False
    return data[1] == len(data) - _HEADER or _LONG_FORM <= data[1] <= _LONG_FORM + 4


def parse_element(data: bytes) -> Element:
    """Read the first element. One of indefinite length (BER) is assumed to extend to the end of *data*.

    Raises:
        ValueError: *data* ends before the element does, or the tag has several octets.
    """
    if len(data) < _HEADER or data[0] & _LONG_TAG == _LONG_TAG:
        raise ValueError("no element")
    start, size = _HEADER, data[1]
    if size == _LONG_FORM:
        return Element(data[0], data[start:], b"", data)
    if size > _LONG_FORM:
        start += size - _LONG_FORM
        size = int.from_bytes(data[_HEADER:start], "big")
    end = start + size
    if len(data) < end:
        raise ValueError("the element is cut off")
    return Element(data[0], data[start:end], data[end:], data[:end])


def split_elements(data: bytes) -> Iterator[Element]:
    """The elements in a row that fill *data*, each with an empty `rest`, in one pass.

    Raises:
        ValueError: as :func:`parse_element`; what comes before is yielded first.
    """
    start = 0
    while start < len(data):
        end = start + _find_end(data[start : start + _LONGEST_HEADER], len(data) - start)
        element = parse_element(data[start:end])
        yield element
        start += len(element.raw)


def _find_end(head: bytes, left: int) -> int:
    """Where the element ends that starts with *head*; where *head* does not tell, with the data."""
    if len(head) < _HEADER or head[1] == _LONG_FORM:
        return left
    if head[1] < _LONG_FORM:
        return min(_HEADER + head[1], left)
    start = _HEADER + head[1] - _LONG_FORM
    return min(start + int.from_bytes(head[_HEADER:start], "big"), left) if start <= len(head) else left


def find_foreign_kind(data: bytes) -> str | None:
    """The PEM label for *data* where it is something that often accompanies certificates.

    Returns:
        ``PRIVATE KEY`` (PKCS#1, SEC 1 or PKCS#8), ``ENCRYPTED PRIVATE KEY``, ``PUBLIC KEY`` (also that of
        PKCS#1), ``PKCS7`` or ``PKCS12``; ``None`` for anything else, including a certificate.
    """
    try:
        outer = parse_element(data)
        first = parse_element(outer.content)
        if outer.tag != SEQUENCE:
            return None
        if first.tag == INTEGER:
            return _by_version(first.content)
        if first.tag == OBJECT_IDENTIFIER:
            return "PKCS7"
        if first.tag == SEQUENCE and parse_element(first.content).tag == OBJECT_IDENTIFIER:
            follower = parse_element(first.rest).tag
            return {OCTET_STRING: "ENCRYPTED PRIVATE KEY", BIT_STRING: "PUBLIC KEY"}.get(follower)
    except ValueError:
        return None
    return None


def _by_version(number: bytes) -> str:
    """What starts with an INTEGER: a version, or the modulus of a public key, which is longer."""
    if len(number) > 1:
        return "PUBLIC KEY"
    return "PKCS12" if number == _PKCS12_VERSION else "PRIVATE KEY"


def encode_element(tag: int, *content: bytes) -> bytes:
    """One element: the tag, the length in its shortest form, and *content* concatenated."""
    body = b"".join(content)
    size = len(body)
    if size < _LONG_FORM:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(octets))) + octets + body


def encode_set_of(elements: Iterable[bytes]) -> bytes:
    """A SET OF: its elements sorted by their octets, as DER requires (X.690, 11.6)."""
    return encode_element(SET, *sorted(elements))


def encode_oid(dotted: str) -> bytes:
    """An object identifier, such as ``2.5.29.37.0``."""
    first, second, *rest = map(int, dotted.split("."))
    return encode_element(OBJECT_IDENTIFIER, *map(_base_128, (40 * first + second, *rest)))


def _base_128(number: int) -> bytes:
    octets = [number & _SEVEN_BITS]
    while number := number >> 7:
        octets.append(_LONG_FORM | number & _SEVEN_BITS)
    return bytes(reversed(octets))
