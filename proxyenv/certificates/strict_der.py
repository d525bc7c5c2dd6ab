"""DER as X.690 defines it, in one way only: what is encoded in another way is refused.

:mod:`proxyenv.certificates.der` reads what occurs in the field, BER too; this reads for callers that must not
be more lenient than cryptography is.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_SHORT: Final = 0x80
_LONG_TAG: Final = 0x1F
_MOST_OCTETS: Final = 3

_MOST_ELEMENTS: Final = 1_000
"""In a row. A certificate has eight fields and some ten extensions; a megabyte of zeros is half a million."""


class Span(NamedTuple):
    """Where an element is.

    Args:
        tag: its first octet.
        start: where that is.
        content: where its content starts.
        end: where it ends.
    """

    tag: int
    start: int
    content: int
    end: int


def require(condition: bool, /) -> None:  # noqa: FBT001 - as `assert`
    """Refuse input that does not hold to a rule.

    Raises:
        ValueError: *condition* is false.
    """
    if not condition:
        raise ValueError


def read_row(data: bytes, start: int, end: int) -> list[Span]:
    """The elements that fill *data* from *start* to *end*.

    Raises:
        ValueError: a length is not in its shortest form, a tag has several octets, or there are more than a
            thousand.
        IndexError: *data* ends before an element does.
    """
    found: list[Span] = []
    while start < end:
        require(len(found) < _MOST_ELEMENTS)
        tag, size, content = data[start], data[start + 1], start + 2
        if size >= _SHORT:
            octets = size - _SHORT
            content += octets
            size = int.from_bytes(data[start + 2 : content], "big")
            require(0 < octets <= _MOST_OCTETS and size >= max(_SHORT, 1 << 8 * (octets - 1)))
        require(content + size <= end and tag & _LONG_TAG != _LONG_TAG)
        found.append(Span(tag, start, content, content + size))
        start = content + size
    return found


def read_whole(data: bytes, tag: int) -> Span:
    """The one element of a tag that *data* is."""
    return only(read_row(data, 0, len(data)), tag)


def inside(data: bytes, element: Span, count: int) -> list[Span]:
    """The *count* elements in another one."""
    found = read_row(data, element.content, element.end)
    require(len(found) == count)
    return found


def only(found: list[Span], tag: int) -> Span:
    """The only element, which has that tag."""
    require(len(found) == 1 and found[0].tag == tag)
    return found[0]


def raw(data: bytes, element: Span) -> bytes:
    """An element with its header."""
    return data[element.start : element.end]


def content_of(data: bytes, element: Span) -> bytes:
    """What an element holds."""
    return data[element.content : element.end]
