"""Settings over very many lines: the time to read them grows as they do."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from proxyenv.formats.settings import FORMATS
from support.growth import is_linear, soon

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        pytest.param("properties", "a" * 80 + "\\\n", id="a property over many lines"),
        pytest.param("gitconfig", "[a]\nb = " + "a" * 80 + "\\\n", id="a value over many lines"),
    ],
)
def test_a_setting_over_many_lines(name: str, unit: str) -> None:
    assert is_linear(
        lambda text: list(FORMATS[name].items(text, source="x")), lambda size: unit * size, 5_000
    )


@pytest.mark.parametrize("name", ["ini", "pip"])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda size: "[a]\n" + "".join(f"b{each} = c\n" for each in range(size)), id="settings"),
        pytest.param(lambda size: "".join(f"[a{each}]\nb = c\n" for each in range(size)), id="sections"),
        pytest.param(
            lambda size: "[a]\n[b" + " " * 8 * size + "%(", id="blanks of a line that is no setting"
        ),
    ],
)
def test_many_of_what_configparser_reads(name: str, text: Callable[[int], str]) -> None:
    assert is_linear(lambda given: list(FORMATS[name].items(given, source="x")), text, 2_000)


def test_the_square_is_seen_where_a_reader_remembers() -> None:
    @cache
    def compare(size: int) -> int:
        return sum(one == other for one in range(size) for other in range(size))

    assert not is_linear(compare, int, 400)


def test_what_takes_too_long_is_seen() -> None:
    with soon(5):
        pass
    with pytest.raises(AssertionError, match="where a quick machine is"), soon(0):
        pass
