"""Long input of one kind, by which a reader shows itself that looks back at what it has read."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.fuzz_targets import FuzzTarget

MARKS: Final = tuple(bytes((each,)) for each in b" \t\n\r\\\"'`[]{}()<>=:;,.#!$%&|/*+-_~^@?aA0\0\xff")
ROWS: Final = (
    *(
        row + b"\n"
        for row in (b"", *MARKS, b"a\\", b"a=\\", b"a" * 30 + b"\\", b"a=b", b"a b", b" a", b"[a]", b"a: ")
    ),
    *(b"- ", b"${", b"${A", b"$(", b"/*", b"//", b"<a>", b"<a", b"</a>", b"<!--", b"-->", b"&amp;"),
    *(b"\n\n ", b'""', b"''", b'\\"', b"a.", b"a,", b"a ,"),
)

WORD: Final = re.compile(rb"[A-Za-z][A-Za-z_-]*|[0-9]+")


class LongInput(NamedTuple):
    """A kind of long input.

    Args:
        name: its parts, for people.
        make: makes one of about so many bytes.
    """

    name: tuple[bytes, ...]
    make: Callable[[int], bytes]


def find_repeated(target: FuzzTarget) -> Iterator[LongInput]:
    """One thing many times, alone and behind good input; good input many times."""
    units = dict.fromkeys((*MARKS, *ROWS, *target.words, *target.seeds))
    for head in (b"", target.seeds[0]):
        yield from (LongInput((head, unit), partial(repeat, head, unit)) for unit in units if unit)


def find_numbered(target: FuzzTarget) -> Iterator[LongInput]:
    """Many things with names of their own."""
    for seed in target.seeds:
        yield from (LongInput(parts, partial(number, *parts)) for parts in _find_names(seed))


def find_interrupted(target: FuzzTarget) -> Iterator[LongInput]:
    """Good input with blanks in the middle, before what goes on there and before what does not."""
    for seed in target.seeds:
        ends = () if b"\0" in seed else (found.end() for found in WORD.finditer(seed))
        for end in ends:
            for tail in (seed[end:], b"#" + seed[end:]):
                head = seed[:end]
                yield LongInput((head, b" ", tail), partial(_interrupt, head, tail))


def _interrupt(head: bytes, tail: bytes, length: int) -> bytes:
    return head + b" " * length + tail


def _find_names(seed: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """What stands before a line or a whole text, and its parts up to and behind one of its words."""
    rows = seed.splitlines(keepends=True)
    if len(rows) > 40 or b"\0" in seed:  # encoded: it has no names
        return
    heads = [b"".join(rows[:count]) for count in range(len(rows))]
    yield from ((head, *parts) for row, head in zip(rows, heads, strict=True) for parts in _split(row))
    yield from ((b"", *parts) for row in rows[1:] for parts in _split(row))
    yield from ((b"", *parts) for parts in _split(seed) if len(rows) > 1)


def _split(unit: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((unit[: found.end()], unit[found.end() :]) for found in WORD.finditer(unit))


def number(head: bytes, first: bytes, second: bytes, length: int) -> bytes:
    """*head*, and in *length* bytes at most many of two parts, each with a number of its own between them."""
    count = length // (len(first) + len(second) + len("999999"))
    return head + b"".join(b"%b%d%b" % (first, each, second) for each in range(count))


def repeat(head: bytes, unit: bytes, length: int) -> bytes:
    """*head*, and *unit* up to *length* bytes."""
    return head + unit * (length // len(unit))
