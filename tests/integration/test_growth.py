"""Readers of foreign bytes, given long input of one kind: their time grows as its length does."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from support.fuzz_targets import FuzzTarget, make_targets
from support.growth import is_linear
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH: Final = 8_000

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

TARGETS: Final = [pytest.param(each, id=each.name) for each in make_targets()]


@in_ci
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", TARGETS)
def test_no_reader_takes_the_square_of_its_input(target: FuzzTarget) -> None:
    target(target.seeds[0])  # imports
    slow = [
        (head, unit)
        for head in (b"", target.seeds[0])
        for unit in dict.fromkeys((*MARKS, *ROWS, *target.words))
        if unit and not is_linear(target.__call__, partial(repeat, head, unit), LENGTH)
    ]
    assert slow == []


@in_ci
@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", TARGETS)
def test_nor_of_things_with_names_of_their_own(target: FuzzTarget) -> None:
    """What looks for each name among those before it is quick while all are the same."""
    target(target.seeds[0])  # imports
    slow = [
        parts
        for seed in target.seeds
        for parts in find_names(seed)
        if not is_linear(target.__call__, partial(number, *parts), LENGTH)
    ]
    assert slow == []


def find_names(seed: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """What stands before a line or a whole text, and its parts up to and behind one of its words."""
    rows = seed.splitlines(keepends=True)
    if len(rows) > 40 or b"\0" in seed:  # encoded: it has no names
        return
    heads = [b"".join(rows[:count]) for count in range(len(rows))]
    yield from ((head, *parts) for row, head in zip(rows, heads, strict=True) for parts in split(row))
    yield from ((b"", *parts) for row in rows[1:] for parts in split(row))
    yield from ((b"", *parts) for parts in split(seed) if len(rows) > 1)


def split(unit: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((unit[: found.end()], unit[found.end() :]) for found in WORD.finditer(unit))


def number(head: bytes, first: bytes, second: bytes, length: int) -> bytes:
    """Many of what lies between two parts, each with a number of its own."""
    count = length // (len(first) + len(second) + 4)
    return head + b"".join(b"%b%d%b" % (first, each, second) for each in range(count))


def repeat(head: bytes, unit: bytes, length: int) -> bytes:
    return head + unit * (length // len(unit))
