"""Readers of foreign bytes, given long input of one kind: their time grows as its length does."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

import pytest

from proxyenv.formats.settings import FORMATS
from support.fuzz_targets import FuzzTarget, make_targets
from support.growth import is_linear

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


@pytest.mark.skipif(not os.environ.get("CI"), reason="minutes; where `CI` is set")
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


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        pytest.param("properties", "a" * 80 + "\\\n", id="a property over many lines"),
        pytest.param("gitconfig", "[a]\nb = " + "a" * 80 + "\\\n", id="a value over many lines"),
    ],
)
def test_a_setting_over_many_lines(name: str, unit: str) -> None:
    assert is_linear(
        lambda text: list(FORMATS[name].items(text, source="x")), lambda size: unit * size, 8_000
    )
