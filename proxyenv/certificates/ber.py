"""BER beside DER: lengths that an end mark replaces, and strings in pieces (X.690, 8.1.3.6 and 8.7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, encode_oid

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT: Final = 0x80
_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_END: Final = b"\0\0"

_LARGEST_INTEGER: Final = 8
"""In octets. No count is larger, and OpenSSL takes what is for some other number."""

_MOST_PIECES: Final = 5
"""Of pieces in pieces: OpenSSL follows no more."""


class Part(NamedTuple):
    """One element: its first octet, and what it holds."""

    tag: int
    content: bytes


class _Head(NamedTuple):
    tag: int
    start: int
    end: int | None
    """``None`` where an end mark says it."""


def split_ber(data: bytes) -> Iterator[Part]:
    """The elements in a row that fill *data*.

    Raises:
        ValueError: *data* ends before an element does, or a tag has several octets.
    """
    at = 0
    while at < len(data):
        head = _read_head(data, at)
        end = _find_end(data, head.start) if head.end is None else head.end
        yield Part(head.tag, data[head.start : end])
        at = end + len(_END) if head.end is None else end


def read_only(data: bytes, tag: int) -> bytes:
    """What the one element holds that *data* is.

    Raises:
        ValueError: it has another tag, or is not alone.
    """
    (part,) = split_ber(data)
    return read_part(part, tag)


def read_part(part: Part, tag: int) -> bytes:
    """What an element holds.

    Raises:
        ValueError: it has another tag.
    """
    if part.tag != tag:
        raise ValueError("an element is of another kind")
    return part.content


def read_octets(part: Part, tag: int = OCTET_STRING, depth: int = 0) -> bytes:
    """An OCTET STRING, in one piece or in several.

    Args:
        part: the element.
        tag: of a string in one piece.
        depth: in how many others it is.

    Raises:
        ValueError: it is none.
    """
    if part.tag != tag | _CONSTRUCTED:
        return read_part(part, tag)
    if depth >= _MOST_PIECES:
        raise ValueError("a string is in pieces of pieces")
    return b"".join(read_octets(piece, depth=depth + 1) for piece in split_ber(part.content))


def read_integer(part: Part) -> int:
    """An INTEGER that counts something.

    Raises:
        ValueError: it is none, is negative, or has more than eight octets.
    """
    octets = read_part(part, INTEGER)
    number = int.from_bytes(octets[:_LARGEST_INTEGER], "big", signed=True)
    if not 0 < len(octets) <= _LARGEST_INTEGER or number < 0:
        raise ValueError("a number is out of range")
    return number


def read_algorithm(part: Part) -> tuple[bytes, tuple[Part, ...]]:
    """The name of an AlgorithmIdentifier (RFC 5280, section 4.1.1.2), and its parameters, a row.

    Raises:
        ValueError: it is none.
    """
    name, parameters = split_ber(read_part(part, SEQUENCE))
    return read_part(name, OBJECT_IDENTIFIER), tuple(split_ber(read_part(parameters, SEQUENCE)))


def make_name(dotted: str) -> bytes:
    """What an object identifier holds, as it is compared with others."""
    return read_only(encode_oid(dotted), OBJECT_IDENTIFIER)


def _read_head(data: bytes, at: int) -> _Head:
    if at + 2 > len(data):
        raise ValueError("it is cut off")
    tag, size, start = data[at], data[at + 1], at + 2
    if tag & _LONG_TAG == _LONG_TAG:
        raise ValueError("a tag has several octets")
    if size == _SHORT and tag & _CONSTRUCTED:
        return _Head(tag, start, None)
    if size >= _SHORT:
        octets = size - _SHORT
        start += octets
        size = int.from_bytes(data[start - octets : start], "big")
    if start + size > len(data) or data[at + 1] == _SHORT:
        raise ValueError("it is cut off")
    return _Head(tag, start, start + size)


def _find_end(data: bytes, at: int) -> int:
    """Where the mark is that ends what starts at a place."""
    unended = 1
    while True:
        if data[at : at + 2] == _END:
            unended -= 1
            if not unended:
                return at
            at += len(_END)
            continue
        head = _read_head(data, at)
        unended += head.end is None
        at = head.start if head.end is None else head.end
