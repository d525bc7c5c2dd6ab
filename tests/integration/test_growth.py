"""Readers of foreign bytes, given long input of one kind: their time grows as its length does."""

from __future__ import annotations

from functools import partial
from typing import Final

import pytest

from support.fuzz_targets import FuzzTarget, make_targets
from support.growth import is_linear
from support.machine import in_ci

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


@in_ci
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("target", [pytest.param(each, id=each.name) for each in make_targets()])
def test_no_reader_takes_the_square_of_its_input(target: FuzzTarget) -> None:
    target(target.seeds[0])  # imports
    slow = [
        (head, unit)
        for head in (b"", target.seeds[0])
        for unit in dict.fromkeys((*MARKS, *ROWS, *target.words))
        if unit and not is_linear(target.__call__, partial(repeat, head, unit), LENGTH)
    ]
    assert slow == []


def repeat(head: bytes, unit: bytes, length: int) -> bytes:
    return head + unit * (length // len(unit))
