"""A run of blanks in the middle of a line is looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources.wsl import parse_query
from support.fuzz_sources import read_source
from support.growth import soon

if TYPE_CHECKING:
    from collections.abc import Callable


def read(name: str) -> Callable[[str], object]:
    return lambda text: list(read_source(name)(text.encode()))


@pytest.mark.parametrize(
    ("look", "text"),
    [
        pytest.param(read("KDE"), "[Proxy Settings]\nProxyType" + " " * 1000 + "#\n", id="KDE"),
        pytest.param(
            read("scutil"), "<dictionary> {\n  HTTPProxy : a" + " " * 30_000 + "b\n}\n", id="scutil"
        ),
        pytest.param(
            parse_query, "    ProxyServer    REG_SZ    a" + " " * 30_000 + "b\n", id="`reg query` of Windows"
        ),
    ],
)
def test_blanks_in_a_line(look: Callable[[str], object], text: str) -> None:
    with soon(1):
        look(text)


def test_what_a_registry_says_ends_without_blanks() -> None:
    assert parse_query("    A    REG_SZ    b  c  \n    D    REG_SZ\n") == {"A": "b  c", "D": ""}
